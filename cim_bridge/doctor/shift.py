"""Does a source sit where the city (or another source) has the same things?

Measured in metres of one system: by units of the same id, their middle points; else by nearest
footprints. The median is told with its spread, so that a few moved buildings do not speak for all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.crs import Placement
from cim_bridge.doctor.words import say
from cim_bridge.reader import Units
from cim_bridge.texts import Text

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]

FEWEST = 5
"""Pairs below which nothing is said."""
FLAT, RISE = 1.0, 1.0
"""Metres from which a systematic shift is told, on the ground and in height."""
_NEAR = 60.0
"""Metres within which the nearest footprint may be the same building."""


@dataclass(frozen=True)
class Offset:
    """A systematic difference (reference minus source) in metres.

    how: id or nearest. pairs: compared. spread: median distance from the median shift. rise: NaN
    when heights cannot be compared; taller: median of the buildings' own heights, likewise.
    """

    reference: str
    how: str
    pairs: int
    east: float
    north: float
    spread: float
    rise: float
    taller: float

    @property
    def flat(self) -> bool:
        """Whether the ground positions are systematically apart: well beyond their spread."""
        length = float(np.hypot(self.east, self.north))
        return length > max(FLAT, 2.0 * self.spread)

    @property
    def raised(self) -> bool:
        """Whether the heights of feet are systematically apart."""
        return bool(np.isfinite(self.rise) and abs(self.rise) > RISE)

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "reference": self.reference,
            "how": self.how,
            "pairs": self.pairs,
            "east": round(self.east, 2),
            "north": round(self.north, 2),
            "spread": round(self.spread, 2),
            "rise": None if np.isnan(self.rise) else round(self.rise, 2),
            "taller": None if np.isnan(self.taller) else round(self.taller, 2),
            "systematic": self.flat,
            "raised": self.raised,
        }

    @property
    def text(self) -> Text:
        """In words."""
        how = say(f"shift.how_{self.how}", n=self.pairs)
        if not self.flat:
            return say("shift.none", how=how, spread=self.spread)
        return say("shift.flat", how=how, east=self.east, north=self.north, spread=self.spread)


@dataclass(frozen=True)
class Bodies:
    """Units to compare, in metres: ids, middles (N, 2), feet and heights (NaN unknown)."""

    ids: npt.NDArray[Any]
    shapes: npt.NDArray[Any]
    ground: F64
    height: F64

    @classmethod
    def of(cls, units: Units, crs: str, metres: str) -> Bodies:
        """From units in `crs`, brought to `metres`; those without a shape are left out."""
        shapes = units.shapes
        keep = ~shapely.is_missing(shapes)
        keep[keep] &= ~shapely.is_empty(shapes[keep])
        moved = Placement(crs, metres).shapes(shapes[keep])
        numbers = [
            np.asarray(column, np.float64)[keep]
            if (column := units.columns.get(name)) is not None and column.dtype.kind == "f"
            else np.full(int(keep.sum()), np.nan)
            for name in ("ground", "height")
        ]
        return cls(units.ids[keep].astype(str), moved, numbers[0], numbers[1])

    @property
    def middles(self) -> F64:
        """(N, 2) centres of the shapes."""
        return np.asarray(shapely.get_coordinates(shapely.centroid(self.shapes)), np.float64)


def offset(source: Bodies, known: Bodies, reference: str) -> Offset | None:
    """Compare by id where enough ids agree, else by the nearest footprint; None if too few."""
    left, right = _same_ids(source, known)
    how = "id"
    if len(left) < FEWEST:
        left, right = _nearest(source, known)
        how = "nearest"
    if len(left) < FEWEST:
        return None
    apart = known.middles[right] - source.middles[left]
    middle = np.median(apart, axis=0)
    if how == "nearest" and not _agree(source, known, left, right):
        return None
    spread = float(np.median(np.hypot(*(apart - middle).T)))
    rise, taller = (
        _median(getattr(known, name)[right] - getattr(source, name)[left])
        for name in ("ground", "height")
    )
    return Offset(
        reference, how, len(left), float(middle[0]), float(middle[1]), spread, rise, taller
    )


def _same_ids(source: Bodies, known: Bodies) -> tuple[I64, I64]:
    names, left, right = np.intersect1d(source.ids, known.ids, return_indices=True)
    real = names != ""
    return left[real], right[real]


def _nearest(source: Bodies, known: Bodies) -> tuple[I64, I64]:
    """Pairs of a source shape and the nearest known one of much the same size."""
    if not len(source.shapes) or not len(known.shapes):
        none = np.zeros(0, np.int64)
        return none, none
    spots: Any = shapely.points(source.middles)
    theirs: Any = shapely.points(known.middles)
    tree = shapely.STRtree(theirs)
    found: Any = tree.query_nearest(spots, max_distance=_NEAR, all_matches=False)
    left, right = found
    sizes = shapely.area(source.shapes[left]), shapely.area(known.shapes[right])
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = sizes[0] / sizes[1]
    alike = (ratio > 0.7) & (ratio < 1.4)
    return left[alike], right[alike]


def _agree(source: Bodies, known: Bodies, left: I64, right: I64) -> bool:
    """Whether neighbours point the same way: chance neighbours point anywhere."""
    apart = known.middles[right] - source.middles[left]
    middle = np.median(apart, axis=0)
    near = np.hypot(*(apart - middle).T) < np.maximum(2.0, 0.25 * np.hypot(*middle))
    return bool(near.mean() > 0.3)


def _median(values: F64) -> float:
    values = values[np.isfinite(values)]
    return float(np.median(values)) if len(values) >= FEWEST else float("nan")
