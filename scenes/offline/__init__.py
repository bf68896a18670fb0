"""A city in one HTML file that opens from a disk with the network off."""

from cim_bridge.lazy import lazy_names

__all__ = ["Excerpt", "write_offline"]

__getattr__, __dir__ = lazy_names(__name__, {"Excerpt": "excerpt", "write_offline": "pack"})
