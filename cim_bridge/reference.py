"""What a city already has, to compare a new source with: buildings, then roads, then outlines."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import Box, meet
from cim_bridge.crsshift import Reference, Shift, measure, outlines, probes
from cim_bridge.reader import Reading
from cim_bridge.release import ModelRelease

CHINA: Box = (72.004, 0.8293, 137.8347, 55.8271)
"""Where the formulas of GCJ-02 and BD-09 shift anything."""
_SMALL = 600.0
_SMALL_DEGREES = 0.006
_FEWEST = 20

References = Callable[[], tuple[Reference, ...]]


def references(model: ModelRelease | None, without: str) -> References:
    """Shapes of the newest model but for one source (the one that is being replaced); lazy."""

    @cache
    def read() -> tuple[Reference, ...]:
        if model is None:
            return ()
        import shapely

        table = model.columns("level", "kind", "source", "removed", "geometry")
        level, kind, source = (
            np.array(table.column(name).to_pylist(), object) for name in ("level", "kind", "source")
        )
        stands = ~table.column("removed").to_numpy().astype(bool) & (source != without)
        found = []
        for mask, name, least in (
            (level == "building", "area", _FEWEST),
            ((level == "object") & (kind == "road"), "line", _FEWEST),
            (~np.isin(level, ("city", "building", "object")), "outline", 1),
        ):
            rows = np.flatnonzero(mask & stands)
            if len(rows) >= least:
                wkb = table.column("geometry").take(rows).to_numpy()
                shapes = shapely.from_wkb(wkb)
                shapes = shapes[~shapely.is_missing(shapes) & ~shapely.is_empty(shapes)]
                shapes = outlines(shapes) if name == "outline" else shapes
                if len(shapes):
                    found.append(Reference(shapes, str(model.manifest["crs"]), name))
        return tuple(found)

    return read


def compared(
    reading: Reading, crs: str, box: Box | None, known: tuple[Reference, ...], *, degrees: bool
) -> Shift | None:
    """Measure a reading against the city, with buildings if they tell, else roads or outlines."""
    if box is None or not meet(box, CHINA):
        return None
    for reference in known:
        points = _probes(reading, reference.kind, degrees=degrees)
        found = measure(points, crs, reference) if len(points) >= _FEWEST else None
        if found is not None:
            return found
    return None


def _probes(reading: Reading, kind: str, *, degrees: bool) -> npt.NDArray[np.float64]:
    import shapely

    parts: list[npt.NDArray[np.float64]] = []
    limit = _SMALL_DEGREES if degrees else _SMALL
    for units in reading.units:
        shapes = units.shapes[~shapely.is_missing(units.shapes)]
        if kind == "area" and len(shapes):
            bounds = shapely.bounds(shapes)
            size = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
            shapes = shapes[size <= limit]
        parts.append(probes(shapes, kind))
    if kind == "area" and reading.mesh is not None and not any(len(part) for part in parts):
        parts.append(_centres(reading.mesh))
    return np.concatenate(parts) if parts else np.zeros((0, 2))


def _centres(mesh: Any) -> npt.NDArray[np.float64]:
    """Middle of the box of each feature's triangles, as numbers of the source."""
    owner = np.repeat(mesh.feature.astype(np.int64), 3)
    spots = mesh.vertices[mesh.triangles.ravel(), :2]
    order = np.argsort(owner, kind="stable")
    if not len(order):
        return np.zeros((0, 2))
    first = np.flatnonzero(np.diff(owner[order], prepend=-1))
    low = np.minimum.reduceat(spots[order], first, axis=0)
    high = np.maximum.reduceat(spots[order], first, axis=0)
    middle: npt.NDArray[np.float64] = (low + high) / 2
    return middle
