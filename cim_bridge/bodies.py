"""Building bodies: parts folded in, heights settled, footprints extruded where no mesh came."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.geometry.extrude import extrude
from cim_bridge.geometry.faces import I64, Bools
from cim_bridge.geometry.parts import drawn_by_parts, holders
from cim_bridge.geometry.triangulate import F64
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh, finest, join
from cim_bridge.reader import Units

STOREY = 3.0
"""Metres of a storey where only storeys are known."""

DRAWN = 6.0
"""Metres a building of unknown height is drawn; its `height` stays unknown."""

LIKELY = 1000.0
"""Metres above which a height is questioned."""

POSSIBLE = 10_000.0
"""Metres above which a height is none: as it stands it would stretch every tile to the sky."""


def bodies(units: Units, mesh: Mesh | None, log: IssueLog, file: str) -> tuple[Units, Mesh]:
    """Return the buildings without parts, with heights, and triangles for every one of them."""
    parts = units.take(units.part) if units.part is not None else None
    if parts is not None and units.part is not None:
        units = units.take(~units.part)
    mesh = mesh if mesh is not None else Mesh.none()
    top, low = _mesh_heights(mesh, len(units))
    ground = _filled(_numbers(units, "ground"), low)
    height = _filled(_heights(units, log, file), top - low)
    held, by_parts = _held(parts, units, log, file)
    bare = np.bincount(mesh.feature, minlength=len(units))[: len(units)] == 0
    drawn = _drawn(height, bare & ~by_parts, log, file)
    made = [mesh, _extruded(units, ground, drawn, bare & ~by_parts)]
    if parts is not None:
        chosen = (held >= 0) & (bare & by_parts)[np.maximum(held, 0)]
        made.append(_extruded_parts(parts.take(chosen), held[chosen], ground, drawn))
    _question(units, height, log, file)
    units.columns |= {"height": height, "ground": ground}
    return units, join([part for part in made if len(part)])


def _numbers(units: Units, name: str) -> F64:
    found = units.columns.get(name)
    if found is None or found.dtype.kind != "f":
        return np.full(len(units), np.nan)
    return found


def _filled(first: F64, second: F64) -> F64:
    return np.where(np.isnan(first), second, first)


def _mesh_heights(mesh: Mesh, count: int) -> tuple[F64, F64]:
    """Highest and lowest z of each building's finest triangles, NaN without any."""
    top, low = np.full(count, -np.inf), np.full(count, np.inf)
    fine = finest(mesh)
    mesh = mesh if fine.all() else mesh.take(fine)
    if len(mesh):
        order = np.argsort(mesh.feature, kind="stable")
        z = mesh.vertices[:, 2][mesh.triangles[order]]
        rows, first = np.unique(mesh.feature[order], return_index=True)
        a, b, c = np.ascontiguousarray(z.T)
        top[rows] = np.maximum.reduceat(np.maximum(np.maximum(a, b), c), first)
        low[rows] = np.minimum.reduceat(np.minimum(np.minimum(a, b), c), first)
    top[np.isinf(top)] = np.nan
    low[np.isinf(low)] = np.nan
    return top, low


def _heights(units: Units, log: IssueLog, file: str) -> F64:
    """Heights of the source; else storeys times three metres, which an Issue tells."""
    height, storeys = _numbers(units, "height"), _numbers(units, "storeys")
    with np.errstate(invalid="ignore"):
        odd = (height > POSSIBLE) | (storeys * STOREY > POSSIBLE)
    if odd.any():
        first: Any = units.ids[np.flatnonzero(odd)[0]]
        log.add("HEIGHT_IMPOSSIBLE", file=file, id=first, count=int(odd.sum()), limit=int(POSSIBLE))
        height, storeys = np.where(odd, np.nan, height), np.where(odd, np.nan, storeys)
    guessed = np.isnan(height) & (storeys > 0)
    if guessed.any():
        log.add("HEIGHT_FROM_STOREYS", file=file, count=int(guessed.sum()), storey=STOREY)
    return np.where(guessed, storeys * STOREY, height)


def _drawn(height: F64, alone: Bools, log: IssueLog, file: str) -> F64:
    unknown = np.isnan(height)
    lacking = int((unknown & alone).sum())
    if lacking:
        log.add("HEIGHT_MISSING", file=file, count=lacking, default=DRAWN)
    return np.where(unknown, DRAWN, height)


def _held(parts: Units | None, units: Units, log: IssueLog, file: str) -> tuple[I64, Bools]:
    """For every part its building, and for every building whether its parts draw it."""
    if parts is None:
        return np.zeros(0, np.int64), np.zeros(len(units), bool)
    held = holders(parts.shapes, units.shapes)
    lost = int((held < 0).sum())
    log.add("PARTS_FOLDED", file=file, count=len(parts) - lost, lost=lost)
    known = ~np.isnan(_heights(parts, IssueLog(), file))
    held = np.where(known, held, -1)
    return held, drawn_by_parts(parts.shapes, held, units.shapes)


def _extruded(units: Units, ground: F64, height: F64, chosen: Bools) -> Mesh:
    if not chosen.any():
        return Mesh.none()
    base = np.where(np.isnan(ground), 0.0, ground)
    lift = _lift(units, height)
    rows = np.flatnonzero(chosen)
    bottom, top = base + lift, base + height
    return extrude(units.shapes[chosen], bottom[chosen], top[chosen], rows)


def _lift(units: Units, height: F64) -> F64:
    """Metres between ground and underside (min_height), where it lies below the top."""
    lift = np.nan_to_num(_numbers(units, "min_height"), nan=0.0)
    return np.where((lift > 0) & (lift < height), lift, 0.0)


def _extruded_parts(parts: Units, row: I64, ground: F64, height: F64) -> Mesh:
    if not len(parts):
        return Mesh.none()
    base = np.where(np.isnan(ground), 0.0, ground)[row]
    own = _filled(_heights(parts, IssueLog(), ""), height[row])
    return extrude(parts.shapes, base + _lift(parts, own), base + own, row)


def _question(units: Units, height: F64, log: IssueLog, file: str) -> None:
    odd = height > LIKELY
    if odd.any():
        first: Any = units.ids[np.flatnonzero(odd)[0]]
        log.add("HEIGHT_UNLIKELY", file=file, id=first, count=int(odd.sum()), limit=int(LIKELY))


def drop(units: Units, mesh: Mesh | None, keep: Bools) -> tuple[Units, Mesh | None]:
    """Leave out units, and their triangles."""
    if keep.all():
        return units, mesh
    rows = np.where(keep, np.cumsum(keep) - 1, 0xFFFFFFFF).astype(np.uint32)
    if mesh is not None:
        moved = mesh.with_features(rows)
        mesh = moved.select(moved.feature != 0xFFFFFFFF)
    return units.take(np.flatnonzero(keep)), mesh


def true_area(shapes: npt.NDArray[Any]) -> F64:
    """Ground area in square metres; NaN for lines and points."""
    area = shapely.area(shapes)
    return np.where(area > 0, area, np.nan)
