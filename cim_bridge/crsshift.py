"""Do points sit on the buildings and roads of the city, or are they shifted as map services do?

Measured, not guessed: under each system in question the share of points that meet a known shape is
counted, and the best constant shift over the whole neighbourhood is found by correlation; both are
told. A system other than the declared one is only named when it is clearly better.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.chinashift import FORWARD
from cim_bridge.crs import WGS84, transformer
from cim_bridge.crsdetect import to_degrees
from cim_bridge.crsspell import spelling

F64 = npt.NDArray[np.float64]
Shapes = npt.NDArray[Any]

_SAMPLE = 3000
_FEWEST = 20
"""Points below which nothing is said."""
_CLEAR = 4.0
"""Standard errors by which the better system must win, point by point."""
_GAIN = 0.15
"""Share of points by which it must win."""
_SITS = 0.5
"""Share of points on shapes at which no shift is looked for. Lines must be met so by a better
system: the vertices of one line are no independent witnesses, and by chance a shore or a railway
that is moved a kilometre meets a third of a town's roads."""
_REACH = 2000.0
"""Metres to which a constant shift is looked for: BD-09 is up to about 1.4 km off."""
_SMALL = 600.0
"""Metres: larger shapes say nothing about a shift of a few hundred."""
_TOUCH = {"area": 3.0, "line": 12.0, "outline": 12.0}
"""Metres at which a point meets a shape."""


@dataclass(frozen=True)
class Reference:
    """What the city has: shapes in a metre system.

    kind: "area" (buildings), "line" (roads) or "outline" (boundaries of districts, as lines).
    """

    shapes: Shapes
    crs: str
    kind: str = "area"


@dataclass(frozen=True)
class Shift:
    """What was measured. hits: CRS text → share of points on a shape of the city.

    best: the system that is clearly better than the declared one, else "". east, north: the best
    constant shift in metres (city minus data), 0 where the data sit, NaN when none stands out.
    expected: the shift of each system in question at this place, in metres.
    kind: of the shapes that were compared with.
    """

    points: int
    hits: dict[str, float]
    best: str
    east: float
    north: float
    expected: dict[str, tuple[float, float]]
    kind: str = "area"

    @property
    def apart(self) -> bool:
        """Whether a constant shift stands out that no system in question explains."""
        if self.best or not np.isfinite(self.east):
            return False
        return float(np.hypot(self.east, self.north)) > 25.0


def probes(shapes: Shapes, kind: str) -> F64:
    """(N, 2) points of small shapes, in the source's own numbers.

    Areas and points give one inside each; lines and outlines of areas every vertex.
    """
    import shapely

    types = shapely.get_type_id(shapes)
    if kind == "line":
        lines = shapes[np.isin(types, (1, 5))]
        return np.asarray(shapely.get_coordinates(lines), np.float64)
    if kind == "outline":
        areas = shapes[np.isin(types, (3, 6))]
        return np.asarray(shapely.get_coordinates(areas), np.float64)
    some = shapes[np.isin(types, (0, 3, 6))]
    some = some[~shapely.is_empty(some)]
    return np.asarray(shapely.get_coordinates(shapely.point_on_surface(some)), np.float64)


def outlines(shapes: Shapes) -> Shapes:
    """Boundaries of areas as lines of two corners each: a tree finds the near ones at once."""
    import shapely

    rings = shapely.get_rings(shapely.get_parts(shapes))
    points, ring = shapely.get_coordinates(rings, return_index=True)
    first = np.flatnonzero(ring[1:] == ring[:-1])
    pairs = np.stack((points[first], points[first + 1]), axis=1)
    found: Shapes = np.asarray(shapely.linestrings(pairs), dtype=object)
    return found


def measure(points: F64, declared: str, reference: Reference) -> Shift | None:
    """Compare; None when there are too few points near shapes of the city to say anything."""
    import shapely

    tree = shapely.STRtree(reference.shapes)
    tried = _in_question(declared)
    placed = {crs: _placed(points, crs, reference.crs) for crs in tried}
    near = _nearby(placed, reference)
    if near.sum() < _FEWEST:
        return None
    index = np.flatnonzero(near)[:: max(1, int(near.sum()) // _SAMPLE)]
    touch = _TOUCH[reference.kind]
    met = {crs: _meets(tree, spots[index], touch) for crs, spots in placed.items()}
    best = _better(met, declared)
    if best and reference.kind == "line" and float(met[best].mean()) < _SITS:
        best = ""
    sits = not best and float(met[declared].mean()) >= _SITS
    east, north = (0.0, 0.0) if sits else _constant(placed[declared][index], reference)
    middle = points[index].mean(axis=0, keepdims=True)
    here = _placed(middle, declared, reference.crs)[0]
    expected = {
        crs: tuple((_placed(middle, crs, reference.crs)[0] - here).tolist()) for crs in tried
    }
    hits = {crs: float(hit.mean()) for crs, hit in met.items()}
    return Shift(len(index), hits, best, east, north, expected, reference.kind)


def _in_question(declared: str) -> tuple[str, ...]:
    """The declared system, and the same numbers as the shifted ones (or as unshifted)."""
    said = spelling(declared)
    others = [replace(said, shift=shift).text for shift in ("", *FORWARD)]
    if said.base != WGS84 and not said.shift and _degrees(said.base):
        others = [replace(said, base=WGS84, shift=shift).text for shift in FORWARD]
    return tuple(dict.fromkeys([declared, *others]))


def _degrees(code: str) -> bool:
    from cim_bridge.crs import is_geographic

    return is_geographic(code)


def _placed(points: F64, crs: str, target: str) -> F64:
    degrees = to_degrees(points, crs)
    safe = np.where(np.isfinite(degrees), degrees, np.nan)
    if len(safe) == 1:
        return _placed(np.repeat(points, 2, axis=0), crs, target)[:1]
    x, y = transformer(WGS84, target).transform(safe[:, 0], safe[:, 1])
    return np.column_stack((x, y))


def _nearby(placed: dict[str, F64], reference: Reference) -> npt.NDArray[np.bool_]:
    """Points that lie in the box of the city's shapes under every system in question."""
    import shapely

    west, south, east, north = shapely.total_bounds(reference.shapes)
    inside = [
        (p[:, 0] >= west) & (p[:, 0] <= east) & (p[:, 1] >= south) & (p[:, 1] <= north)
        for p in placed.values()
    ]
    found: npt.NDArray[np.bool_] = np.logical_and.reduce(inside)
    return found


def _meets(tree: Any, points: F64, distance: float) -> npt.NDArray[np.bool_]:
    import shapely

    hit = np.zeros(len(points), bool)
    hit[tree.query(shapely.points(points), predicate="dwithin", distance=distance)[0]] = True
    return hit


def _better(met: dict[str, npt.NDArray[np.bool_]], declared: str) -> str:
    """The system that meets more shapes, point by point (McNemar's test), and by a margin."""
    base, best, most = met[declared], "", 0.0
    for crs, hit in met.items():
        gained, lost = int((hit & ~base).sum()), int((base & ~hit).sum())
        if gained + lost == 0 or crs == declared:
            continue
        errors = (gained - lost) / np.sqrt(gained + lost)
        gain = float(hit.mean() - base.mean())
        if errors >= _CLEAR and gain >= max(_GAIN, most):
            best, most = crs, gain
    return best


def _constant(points: F64, reference: Reference) -> tuple[float, float]:
    """Shift (m) at which points and shapes agree most, by correlation of two rasters.

    Outlines of two makers are drawn so differently that none is looked for.
    """
    import shapely

    if reference.kind == "outline":
        return np.nan, np.nan
    size = 10.0 if len(points) else 0.0
    spots = shapely.get_coordinates(
        shapely.point_on_surface(reference.shapes)
        if reference.kind == "area"
        else shapely.segmentize(reference.shapes, 20.0)
    )
    low = points.min(axis=0) - _REACH
    high = points.max(axis=0) + _REACH
    size = max(size, float((high - low).max()) / 800)
    shape = np.ceil((high - low) / size).astype(int) + 1
    mine, theirs = _raster(points, low, size, shape), _raster(spots, low, size, shape)
    if not theirs.any():
        return np.nan, np.nan
    return _peak(mine, theirs, size)


def _raster(points: F64, low: F64, size: float, shape: npt.NDArray[Any]) -> F64:
    from scipy.ndimage import gaussian_filter

    cells = np.floor((points - low) / size).astype(int)
    inside = ((cells >= 0) & (cells < shape)).all(axis=1)
    grid = np.zeros(shape)
    np.add.at(grid, (cells[inside, 0], cells[inside, 1]), 1.0)
    blurred: F64 = gaussian_filter(np.minimum(grid, 3.0), 1.5)
    return blurred


def _peak(mine: F64, theirs: F64, size: float) -> tuple[float, float]:
    """Highest correlation within reach; NaN unless it stands eight deviations above the rest."""
    from scipy.fft import irfft2, next_fast_len, rfft2

    full = [next_fast_len(2 * n) for n in mine.shape]
    product = np.conj(rfft2(mine, full)) * rfft2(theirs, full)
    level = np.roll(irfft2(product, full), [n // 2 for n in full], axis=(0, 1))
    reach = int(_REACH / size)
    middle = [n // 2 for n in full]
    window = level[
        middle[0] - reach : middle[0] + reach + 1, middle[1] - reach : middle[1] + reach + 1
    ]
    at = np.unravel_index(int(window.argmax()), window.shape)
    if window[at] < window.mean() + 6 * window.std():
        return np.nan, np.nan
    return float((at[0] - reach) * size), float((at[1] - reach) * size)
