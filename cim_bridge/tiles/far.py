"""Draped layers as they are seen from afar: outlines with fewer corners, many tiles in one content.

A layer lies in tiles of two kilometres at most, so that positions are exact when one stands before
them. Seen whole, each of those tiles would be a question more and full of corners that no pixel
shows; here a coarser content stands above them. Heights stay those of the near tiles, so that
layers keep their order whichever of them a viewer shows.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from cim_bridge.tiles.detail import Content
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.quadtree import MAX_CORNERS, MAX_FEATURES, Node
from cim_bridge.tiles.strings import I64, Strings
from cim_bridge.tiles.tileset import Tile, lifted

PIXELS = 8.0
"""A corner left out of t metres counts as an error of 8 t: viewers that keep a tile until its error
covers 16 pixels show it two pixels off at most."""

_WIDTHS = 3000.0
"""A content may be off by this part of its own width: less than a pixel where it fills a screen."""
_FINEST = 1.0
"""Metres: nothing coarse is finer."""
_STEP = 4.0
_WORTH = 0.6
"""Coarse contents lie above each other only where the lower one is so many times finer, and has no
more than this share of the triangles of what it stands for."""


@dataclass(frozen=True)
class Far:
    """Turns the quadtree of a draped layer into tiles.

    near: the layer as it is. coarse: the same units with outlines off by some metres at most, of
    which some may be missing. content: writes the chosen features of a set.
    """

    near: FeatureSet
    coarse: Callable[[float], FeatureSet]
    content: Content
    _sets: dict[float, tuple[FeatureSet, I64]] = field(default_factory=dict)

    def tile(self, node: Node, above: float = np.inf) -> Tile:
        """Make the tile of a node and all below; above: metres of the coarse one that covers it."""
        if not node.children:
            return Tile.leaf(*self.content(self.near, node.features))
        metres = self._metres(node.features)
        chosen = self._chosen(node.features, metres, above)
        covered = above if chosen is None else metres
        tile = Tile.above(lifted([self.tile(child, covered) for child in node.children]))
        if chosen is None:
            return tile
        part, uri = self.content(self._sets[metres][0], chosen)
        return tile.with_content(part, uri, PIXELS * metres)

    def _metres(self, features: I64) -> float:
        """What outlines of these features may be off by: a power of two."""
        low, high = self.near.bounds
        width = float((high[features].max(axis=0) - low[features].min(axis=0))[:2].max())
        return max(math.ldexp(1.0, math.floor(math.log2(max(width, 1.0) / _WIDTHS))), _FINEST)

    def _chosen(self, features: I64, metres: float, above: float) -> I64 | None:
        """These features' places in the coarse set; None where it does not fit or does not pay."""
        if len(features) > MAX_FEATURES or metres * _STEP > above:
            return None
        if metres not in self._sets:
            made = self.coarse(metres)
            self._sets[metres] = made, _places(self._ids, made.ids)
        source, places = self._sets[metres]
        chosen = places[features]
        chosen = chosen[chosen >= 0]
        size, own = int(source.counts[chosen].sum()), int(self.near.counts[features].sum())
        pays = above == np.inf or size <= _WORTH * own
        return chosen if 0 < size <= MAX_CORNERS and pays else None

    @cached_property
    def _ids(self) -> npt.NDArray[np.str_]:
        return np.array(self.near.ids[:], np.str_)


def _places(wanted: npt.NDArray[np.str_], ids: Strings) -> I64:
    """For every wanted id its place among others, -1 where it is not there."""
    if not len(ids):
        return np.full(len(wanted), -1, np.int64)
    there = np.array(ids[:], np.str_)
    order = np.argsort(there, kind="stable")
    at = order[np.minimum(np.searchsorted(there, wanted, sorter=order), len(there) - 1)]
    return np.where(there[at] == wanted, at, -1).astype(np.int64)
