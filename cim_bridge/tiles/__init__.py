"""3D Tiles 1.1 out of a city model: contents named by their own hash, one tileset per layer."""

from cim_bridge.tiles.write import write_tilesets

__all__ = ["write_tilesets"]
