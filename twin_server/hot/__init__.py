"""Immutable files in front of the framework: tiles, columns, the viewer."""
