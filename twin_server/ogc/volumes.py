"""OGC API 3D GeoVolumes: collections with three-dimensional extents and the 3D Tiles they hold."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.tilesin.earth import geodetic
from twin_server.twin import Twin

CLASSES: tuple[str, ...] = (
    "https://www.opengis.net/spec/ogcapi-geovolumes-1/1.0/conf/core",
    "https://www.opengis.net/spec/ogcapi-geovolumes-1/1.0/conf/3d-tiles",
)
"""Conformance classes of GeoVolumes that are kept."""

REL = "http://www.opengis.net/def/rel/ogc/0.0/3d-geovolumes"
MEDIA: dict[str, str] = {
    "3dtiles": "application/3dtiles+json",
    "json3dtiles": "application/json+3dtiles",
}
"""Media types of a tileset by the word that asks for them: the draft names both."""

_SIGNS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)

Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Volume:
    """The tileset of a collection. low, high: metres above the ellipsoid; name: as in the model."""

    name: str
    low: float
    high: float


def volume_of(twin: Twin, level: str, lines: npt.NDArray[Any]) -> Volume | None:
    """The tileset of a level and the heights its units take; None where there is none."""
    if twin.model is None:
        return None
    tilesets: dict[str, Any] = twin.model.manifest.get("tilesets", {})
    names = [name for name, told in tilesets.items() if told.get("level") == level]
    if level == "building" and "buildings" in tilesets:
        names.insert(0, "buildings")
    if not names:
        return None
    offset = float(twin.model.manifest.get("height_offset", 0.0))
    table = twin.units.table
    ground = np.nan_to_num(table.numbers("ground")[lines].astype(float))
    height = np.nan_to_num(table.numbers("height")[lines].astype(float))
    low, high = (ground.min(), (ground + height).max()) if len(lines) else (0.0, 0.0)
    return Volume(names[0], round(float(low) + offset, 3), round(float(high) + offset, 3))


def tileset(twin: Twin, volume: Volume, box: Box | None) -> bytes:
    """A tileset whose contents are named from the root of this server.

    box: west, south, east, north in degrees; tiles that lie outside are left out, the root stays.
    """
    assert twin.model is not None  # noqa: S101 - there is a volume
    digest = twin.model.path.name
    told = twin.model.manifest["tilesets"][volume.name]
    found = orjson.loads((twin.model.path / told["uri"]).read_bytes())
    if box is not None:
        _cut(found["root"], box)
    _rooted(found["root"], posixpath.dirname(told["uri"]), digest)
    return orjson.dumps(found)


def _rooted(tile: dict[str, Any], place: str, digest: str) -> None:
    for one in (tile.get("content"), *tile.get("contents", ())):
        if one is not None:
            one["uri"] = _address(place, one["uri"], digest)
    subtrees = tile.get("implicitTiling", {}).get("subtrees")
    if subtrees is not None:
        subtrees["uri"] = _address(place, subtrees["uri"], digest)
    for child in tile.get("children", ()):
        _rooted(child, place, digest)


def _address(place: str, uri: str, digest: str) -> str:
    """Where a file of the model is served: contents by their hash alone, all else below it."""
    inside = posixpath.normpath(posixpath.join(place, uri)).removeprefix("tiles/")
    return f"/tiles/{inside}" if "/" not in inside else f"/tiles/{digest}/{inside}"


def _cut(root: dict[str, Any], box: Box) -> None:
    """Leave out the tiles of an explicit tileset whose boxes do not meet a box in degrees."""
    tiles: list[dict[str, Any]] = []
    corners: list[npt.NDArray[np.float64]] = []

    def gather(tile: dict[str, Any], above: npt.NDArray[np.float64]) -> None:
        own = np.array(tile.get("transform", np.eye(4).ravel()), float).reshape(4, 4).T
        placed = above @ own
        told = np.array(tile["boundingVolume"]["box"], float).reshape(4, 3)
        points = told[0] + _SIGNS @ told[1:]
        corners.append(points @ placed[:3, :3].T + placed[:3, 3])
        tiles.append(tile)
        for child in tile.get("children", ()):
            gather(child, placed)

    gather(root, np.eye(4))
    found = np.degrees(geodetic(np.concatenate(corners))[:, :2]).reshape(-1, 8, 2)
    lon, lat = found[..., 0], found[..., 1]
    west, south, east, north = box
    meets = (
        (lon.min(1) <= east) & (lon.max(1) >= west) & (lat.min(1) <= north) & (lat.max(1) >= south)
    )
    kept = {id(tile) for tile, meet in zip(tiles, meets.tolist(), strict=True) if meet}
    for tile in tiles:
        if "children" in tile:
            tile["children"] = [child for child in tile["children"] if id(child) in kept]
            if not tile["children"]:
                del tile["children"]


def meet(one: Box, other: Box) -> bool:
    """Whether two boxes (west, south, east, north in degrees) meet; west above east crosses 180."""
    if other[0] > other[2]:
        west, south, east, north = other
        return meet(one, (west, south, 180.0, north)) or meet(one, (-180.0, south, east, north))
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
