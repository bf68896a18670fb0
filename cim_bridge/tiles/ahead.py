"""Contents that other processes make while the tree of tiles is walked.

A leaf is sent with the arrays of its own features alone, so any process on any machine makes of it
what this one would, to the byte; a few are under way at a time, and memory grows with their number
only.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from cim_bridge.tiles.encode import profile_of, tile_part
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import Globe
from cim_bridge.tiles.part import Part
from cim_bridge.tiles.store import Packed, packed
from cim_bridge.tiles.strings import I64
from cim_bridge.workers import Crew

_UNDER_WAY = 3
"""Leaves a worker that are under way or waiting to be taken."""


@dataclass(frozen=True)
class Manner:
    """How contents are made: where the model lies, and the profile's name."""

    crs: str
    height_offset: float
    profile: str
    absolute: bool = False


Made = tuple[Part, Packed]
"""A part with its bounds and features, without triangles, and its bytes."""


class Ahead:
    """Leaves in the order in which they will be asked for; a crew of none makes none of them."""

    def __init__(self, crew: Crew, known: Callable[[I64], bool]) -> None:
        """known: whether a leaf need not be made."""
        self._pool, self._most, self._known = crew.pool, crew.many * _UNDER_WAY, known
        self._source: FeatureSet | None = None
        self._manner = Manner("", 0.0, "")
        self._waiting: deque[I64] = deque()
        self._running: deque[tuple[I64, Future[Made] | None]] = deque()

    def plan(self, source: FeatureSet, leaves: Sequence[I64], manner: Manner) -> None:
        """Begin the leaves of a set; one that wears images is left to this process."""
        self._running.clear()
        if self._pool is None or source.look is not None:
            self._source = None
            return
        self._source, self._manner, self._waiting = source, manner, deque(leaves)
        self._fill()

    def take(self, source: FeatureSet, chosen: I64) -> Made | None:
        """The content of a planned leaf (the very array); None: nobody makes it elsewhere."""
        if source is not self._source or not self._running or self._running[0][0] is not chosen:
            return None
        _, future = self._running.popleft()
        self._fill()
        if future is None:
            return None
        part, data = future.result()
        return replace(part, features=chosen), data

    def _fill(self) -> None:
        while self._waiting and len(self._running) < self._most:
            chosen = self._waiting.popleft()
            future: Future[Made] | None = None
            if self._pool is not None and self._source is not None and not self._known(chosen):
                future = self._pool.submit(make, alone(self._source, chosen), self._manner)
                self._source.release()
            self._running.append((chosen, future))


def alone(source: FeatureSet, chosen: I64) -> FeatureSet:
    """The chosen features over their own vertices, fit to be sent elsewhere."""
    corners, _ = source.corners(chosen)
    used, triangles = np.unique(corners, return_inverse=True)
    some = source.take(chosen)
    return FeatureSet(
        np.array(source.vertices.take(used, axis=0)), triangles.reshape(-1, 3), some.first,
        some.ids, some.row, some.group, some.massing,
        None if source.normals is None else source.normals[used],
    )  # fmt: skip


def make(source: FeatureSet, manner: Manner) -> Made:
    """Make a set one content, compressed ahead; what a worker does."""
    globe = _globe(manner.crs, manner.height_offset)
    every = np.arange(len(source))
    part, data = tile_part(
        source, every, globe, profile_of(manner.profile), absolute=manner.absolute
    )
    return Part.bounds_only(every, part.frame, part.low, part.high), packed(data)


@lru_cache(maxsize=4)
def _globe(crs: str, height_offset: float) -> Globe:
    return Globe.of(crs, height_offset)
