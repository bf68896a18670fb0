"""Measurements with goals beside them: `python -m bench`."""
