"""tileset.json: tiles with their frames, boxes and geometric errors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cim_bridge.tiles.globe import F64, rigid_inverse
from cim_bridge.tiles.part import Part

THIN = 0.01
"""Metres: the least half-axis of a box, so that a flat surface still has a volume."""


_MOST_CHILDREN = 32
"""A tile takes over the children of an empty child as long as it has no more than these."""


@dataclass
class Tile:
    """One tile: content or children or both; bounds in its own east-north-up frame, metres."""

    frame: F64
    low: F64
    high: F64
    error: float = 0.0
    uri: str | None = None
    children: list[Tile] = field(default_factory=list)

    @classmethod
    def leaf(cls, part: Part, uri: str) -> Tile:
        """Return a tile that loses nothing."""
        return cls(part.frame, part.low, part.high, 0.0, uri)

    @classmethod
    def above(cls, children: list[Tile]) -> Tile:
        """Return a tile without content: what it loses is everything, so the size of its box."""
        tile = cls(children[len(children) // 2].frame, np.zeros(3), np.zeros(3), children=children)
        corners = _corners_of(children, tile.frame)
        tile.low, tile.high = corners.min(axis=0), corners.max(axis=0)
        below = max(child.error for child in children)
        tile.error = max(tile.diagonal(), below)
        return tile

    def with_content(self, part: Part, uri: str, error: float) -> Tile:
        """Return this tile with a coarser content that loses `error` metres."""
        corners = _corners_of(self.children, part.frame)
        low = np.minimum(part.low, corners.min(axis=0))
        high = np.maximum(part.high, corners.max(axis=0))
        error = max(error, *(child.error for child in self.children))
        return Tile(part.frame, low, high, error, uri, self.children)

    def corners(self) -> F64:
        """(8, 3) corners of the box, Earth-centred."""
        pick = np.array([[i & 1, i >> 1 & 1, i >> 2 & 1] for i in range(8)], bool)
        local = np.where(pick, self.high, self.low)
        return local @ self.frame[:3, :3].T + self.frame[:3, 3]

    def diagonal(self) -> float:
        """Half the diagonal of the box, metres."""
        return float(np.linalg.norm(self.high - self.low) / 2.0)

    def count(self) -> int:
        """Tiles with content, this one and all below."""
        return (self.uri is not None) + sum(child.count() for child in self.children)


def lifted(children: list[Tile]) -> list[Tile]:
    """Children without content are replaced by their own children, which saves a level."""
    found: list[Tile] = []
    spare = _MOST_CHILDREN - len(children)
    for child in children:
        if child.uri is None and child.children and len(child.children) - 1 <= spare:
            spare -= len(child.children) - 1
            found += child.children
        else:
            found.append(child)
    return found


def _corners_of(tiles: list[Tile], frame: F64) -> F64:
    inverse = rigid_inverse(frame)
    ecef = np.concatenate([tile.corners() for tile in tiles])
    local: F64 = ecef @ inverse[:3, :3].T + inverse[:3, 3]
    return local


def asset(synthetic: bool) -> dict[str, Any]:
    """Return the `asset` of a tileset.json."""
    found: dict[str, Any] = {"version": "1.1", "generator": "cimtwin"}
    return found | {"extras": {"synthetic": True}} if synthetic else found


def document(root: Tile, *, synthetic: bool) -> dict[str, Any]:
    """Return the JSON document of one tileset; contents lie in the folder above."""
    tile = _tile(root, None)
    return {
        "asset": asset(synthetic),
        "geometricError": number(max(root.diagonal(), root.error)),
        "root": {"refine": "REPLACE", **tile},
    }


def _tile(tile: Tile, parent: Tile | None) -> dict[str, Any]:
    """Transforms multiply down the tree, so a child's is relative to its parent's."""
    frame = tile.frame if parent is None else rigid_inverse(parent.frame) @ tile.frame
    found: dict[str, Any] = {
        "boundingVolume": {"box": _box(tile)},
        "geometricError": number(tile.error),
    }
    if parent is None or parent.frame is not tile.frame:
        found["transform"] = frame.T.ravel().tolist()
    if tile.uri is not None:
        found["content"] = {"uri": f"../{tile.uri}"}
    if tile.children:
        found["children"] = [_tile(child, tile) for child in tile.children]
    return found


def _box(tile: Tile) -> list[float]:
    centre = (tile.low + tile.high) / 2.0
    half = np.maximum((tile.high - tile.low) / 2.0, THIN)
    axes = np.diag(half).ravel()
    return [float(value) for value in (*centre, *axes)]


def number(value: float) -> float:
    """Metres, rounded up to the millimetre."""
    return float(np.ceil(value * 1000.0) / 1000.0)
