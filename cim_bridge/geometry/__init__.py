"""Geometry on flat arrays: faces, triangles, footprints, extrusion, repair."""
