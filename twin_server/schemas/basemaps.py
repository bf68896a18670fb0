"""Shapes of base maps."""

from __future__ import annotations

from typing import Literal

from twin_server.schemas.common import Shape, Text


class BasemapShape(Shape):
    """A base map; `url` is an XYZ template of this server.

    shift: `gcj02` lies off the model, `note` says so; overlay: labels to lie over another one.
    """

    name: str
    kind: Literal["tianditu", "xyz", "wmts", "wms"]
    label: Text
    attribution: str
    url: str
    crs: str
    min_level: int
    max_level: int
    overlay: bool
    shift: Literal["none", "gcj02"]
    note: Text | None


class BasemapList(Shape):
    """Base maps in the order of city.toml."""

    items: list[BasemapShape]
