"""Levels of detail of the buildings: block massing far away, every building near."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.massing import Massing
from cim_bridge.tiles.part import Part
from cim_bridge.tiles.quadtree import MAX_CORNERS, MAX_FEATURES, Node
from cim_bridge.tiles.strings import I64
from cim_bridge.tiles.tileset import Tile

Content = Callable[[FeatureSet, I64], tuple[Part, str]]
"""Writes the chosen features of a set as one content; returns its part and its file name."""

_WORTH = 0.5
"""Massing is written where it has less than this share of the buildings' own corners."""
_SMALLER = 0.5
"""Massing is written below massing only where it stands for less than this share of it."""
_MOST_CHILDREN = 32
"""A tile takes over the children of an empty child as long as it has no more than these."""


@dataclass(frozen=True)
class Details:
    """Turns the quadtree of the buildings into tiles."""

    buildings: FeatureSet
    massing: Massing | None
    content: Content

    def tile(self, node: Node, above: float = np.inf) -> Tile:
        """Make the tile of a node and all below; above: pieces in the massing that covers it."""
        if not node.children:
            return Tile.leaf(*self.content(self.buildings, node.features))
        pieces = self._pieces(node, above)
        covered = above if pieces is None else float(len(pieces))
        tile = Tile.above(_lifted([self.tile(child, covered) for child in node.children]))
        if pieces is None or self.massing is None:
            return tile
        part, uri = self.content(self.massing.features, pieces)
        return tile.with_content(part, uri, float(np.percentile(self.massing.error[pieces], 90)))

    def _pieces(self, node: Node, above: float) -> I64 | None:
        """Massing features to write at a node; None where it would not pay or not fit."""
        if self.massing is None:
            return None
        pieces = np.unique(self.massing.piece[node.features])
        corners = int(self.massing.features.counts[pieces].sum()) * 2
        own = int(self.buildings.counts[node.features].sum()) * 2
        fits = len(pieces) <= MAX_FEATURES and corners <= MAX_CORNERS
        pays = corners < _WORTH * own and len(pieces) < _SMALLER * above
        return pieces if fits and pays else None


def _lifted(children: list[Tile]) -> list[Tile]:
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
