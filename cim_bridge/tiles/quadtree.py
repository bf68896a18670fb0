"""A loose quadtree: features are never cut, a node holds whatever its anchors fall into.

A feature larger than its cell makes its tile's box larger, never a hole; one with more vertices
than a tile may have is a tile by itself.

The root square is snapped to powers of two of a metre, so a city that grows keeps its cells and
with them most of its tiles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.curve import DEPTH, morton

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

MAX_FEATURES = 2000
"""A node with more features is split; 2048 is what every WebGL 2 device can look up in a table."""
MAX_CORNERS = 62_000
"""A node with more estimated vertices is split, so that 16-bit indices nearly always do."""

_MOST_LARGE = 16
"""A node with more features that are each beyond the budget is split."""


@dataclass
class Node:
    """One node: its features (leaf) or its children."""

    features: I64
    children: list[Node] = field(default_factory=list)

    def leaves(self) -> list[Node]:
        """Every leaf below, in order."""
        if not self.children:
            return [self]
        return [leaf for child in self.children for leaf in child.leaves()]


def build(anchors: F64, corners: I64, *, widest: float = np.inf) -> Node:
    """Split features, by anchor (n, 2) and estimated vertices (n,), into leaves within budget.

    widest: metres; a leaf's cell is no wider.
    """
    code, size = _morton(anchors)
    order = np.argsort(code, kind="stable")
    levels = max(int(np.ceil(np.log2(size / widest))), 0) if np.isfinite(widest) else 0
    return _split(code[order], order, np.asarray(corners, np.int64)[order], 0, levels)


def _morton(anchors: F64) -> tuple[npt.NDArray[np.uint64], float]:
    """Interleave the bits of both axes on 2^20 cells a side over the snapped square of a size."""
    if not len(anchors):
        return np.zeros(0, np.uint64), 1.0
    low, high = anchors.min(axis=0), anchors.max(axis=0)
    exponent = int(np.ceil(np.log2(max(float((high - low).max()), 1.0))))
    while not _fits(low, high, 2.0**exponent):
        exponent += 1
    size = 2.0**exponent
    half = size / 2.0
    origin = np.floor(low / half) * half
    return morton(anchors, origin, size), size


def _fits(low: F64, high: F64, size: float) -> bool:
    origin = np.floor(low / (size / 2.0)) * (size / 2.0)
    return bool((high < origin + size).all())


def _split(code: npt.NDArray[np.uint64], order: I64, corners: I64, depth: int, levels: int) -> Node:
    large = corners > MAX_CORNERS
    few = len(order) <= MAX_FEATURES and int(large.sum()) <= _MOST_LARGE
    within = few and int(corners[~large].sum()) <= MAX_CORNERS
    if (within and depth >= levels) or len(order) <= 1:
        return _leaf(order, large)
    if depth == DEPTH:
        return Node(order, [Node(order[part]) for part in _chunks(corners)])
    shift = np.uint64(2 * (DEPTH - 1 - depth))
    quadrant = (code >> shift) & np.uint64(3)
    cuts = np.searchsorted(quadrant, np.arange(1, 4))
    ends = [0, *cuts.tolist(), len(order)]
    parts = [slice(a, b) for a, b in pairwise(ends) if a < b]  # views: the order is kept once
    children = [_split(code[p], order[p], corners[p], depth + 1, levels) for p in parts]
    return children[0] if len(children) == 1 else Node(order, children)


def _leaf(order: I64, large: npt.NDArray[np.bool_]) -> Node:
    """One leaf; features that are beyond the budget by themselves get each a leaf beside it."""
    if len(order) <= 1 or not large.any():
        return Node(order)
    rest = [order[~large]] if not large.all() else []
    return Node(order, [Node(part) for part in (*rest, *order[large][:, None])])


def _chunks(corners: I64) -> list[I64]:
    """Cut features that share one point into runs within both budgets."""
    by_corners = np.cumsum(corners) // MAX_CORNERS
    by_count = np.arange(len(corners)) // MAX_FEATURES
    run = np.cumsum(np.diff(by_corners + by_count, prepend=0) > 0)
    return [np.flatnonzero(run == k) for k in np.unique(run)]
