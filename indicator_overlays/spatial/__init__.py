"""Spatial diagnosis: where values cluster, where problems pile up, what no facility reaches."""
