"""Checks on what was made, or on what others made: tilesets and whole city folders."""

from typing import TYPE_CHECKING

from cim_bridge.lazy import lazy_names

if TYPE_CHECKING:
    from cim_bridge.check.city import check_city
    from cim_bridge.check.tileset import check_tileset

__all__ = ["check_city", "check_tileset"]

__getattr__, __dir__ = lazy_names(__name__, {"check_city": "city", "check_tileset": "tileset"})
