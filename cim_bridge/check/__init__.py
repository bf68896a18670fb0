"""Checks on what was made, or on what others made: tilesets and whole city folders."""

from cim_bridge.check.city import check_city
from cim_bridge.check.tileset import check_tileset

__all__ = ["check_city", "check_tileset"]
