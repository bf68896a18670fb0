"""Existing 3D Tiles in: 1.0 and 1.1, from folders, .3tz and .3dtiles; every feature with its id."""
