"""Put a reading into the model's coordinate system, and refuse one that lands elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import (
    Box,
    Placement,
    area_of_use,
    crs_text,
    fitting,
    horizontal_text,
    local_crs,
    lonlat_box,
    measures_true,
    meet,
    read_crs,
)
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.reader import Reading, Units

_AREA_MARGIN = 1.0
"""Degrees beyond a system's area of use that still pass with a warning."""


@dataclass(frozen=True)
class Ground:
    """Where the city is: its CRS, the model's CRS once there is one, and the extent if known."""

    city_crs: str
    model_crs: str | None = None
    extent: Box | None = None


def levelled(reading: Reading, height_offset: float) -> Reading:
    """Heights above the ellipsoid become the model's (ellipsoidal = model + offset)."""
    if not reading.ellipsoidal or not height_offset:
        return reading
    for units in reading.units:
        if "ground" in units.columns:
            units.columns["ground"] = units.columns["ground"] - height_offset
    by = np.array([0.0, 0.0, height_offset])
    mesh = reading.mesh
    if mesh is not None:
        mesh = Mesh(mesh.vertices - by, mesh.triangles, mesh.feature, mesh.lod, mesh.surface)
    return Reading(reading.crs, reading.units, mesh, reading.ground)


def place(
    reading: Reading, wanted: str | None, where: Ground, log: IssueLog, file: str
) -> tuple[Reading, str] | None:
    """Return the reading in the model CRS, and that CRS; None when an error was found."""
    bounds = _bounds(reading, log, file)
    if bounds is None:
        return None
    source = _source_crs(reading.crs, wanted, bounds, where, log, file)
    if source is None:
        return None
    box = lonlat_box(bounds, source)
    if not _inside(box, bounds, source, where, log, file):
        return None
    model_crs = where.model_crs or _model_crs(where.city_crs, box, log)
    step = Placement(source, model_crs)
    units = [_placed(units, step) for units in reading.units]
    mesh = _moved(reading.mesh, step)
    return Reading(model_crs, units, mesh, _moved(reading.ground, step)), model_crs


def _placed(units: Units, step: Placement) -> Units:
    return Units(units.level, units.columns, step.shapes(units.shapes), units.part, units.claims)


def _moved(mesh: Mesh | None, step: Placement) -> Mesh | None:
    if mesh is None or not len(mesh):
        return mesh
    moved = step.points(mesh.vertices)
    return Mesh(moved, mesh.triangles, mesh.feature, mesh.lod, mesh.surface)


def _bounds(reading: Reading, log: IssueLog, file: str) -> Box | None:
    """Bounds of everything read, in the source's CRS; an Issue for coordinates that are none."""
    import shapely

    clouds: list[npt.NDArray[Any]] = [
        shapely.get_coordinates(units.shapes) for units in reading.units
    ]
    clouds += [mesh.vertices[:, :2] for mesh in (reading.mesh, reading.ground) if mesh is not None]
    points = np.concatenate([cloud for cloud in clouds if len(cloud)] or [np.zeros((0, 2))])
    if not len(points):
        log.add("GEOMETRY_ALL_MISSING", file=file)
        return None
    bad = int((~np.isfinite(points)).any(axis=1).sum())
    if bad:
        log.add("COORDINATE_NOT_FINITE", file=file, count=bad)
        return None
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _source_crs(
    declared: str | None, wanted: str | None, bounds: Box, where: Ground, log: IssueLog, file: str
) -> str | None:
    asked = crs_text(wanted)
    if asked and declared and asked != declared:
        log.add("CRS_OVERRIDDEN", file=file, declared=_short(declared), crs=asked)
    found = asked or declared
    if found is None:
        zh, en = _guess(bounds, where, None)
        log.add("CRS_MISSING", file=file, guess_zh=zh, guess_en=en)
        return None
    if read_crs(found) is None:
        log.add("CRS_UNREADABLE", file=file, crs=_short(found))
        return None
    return found


def _inside(
    box: Box | None, bounds: Box, source: str, where: Ground, log: IssueLog, file: str
) -> bool:
    """Whether the data touch the city: its known extent, else the area of its CRS."""
    reference = where.extent or area_of_use(where.city_crs)
    if reference is None:
        return box is not None
    degrees = abs(bounds[0]) <= 180 and abs(bounds[2]) <= 180
    if box is not None and (degrees or not _is_degrees(source)):
        margin = 0.01 if where.extent else 0.0
        if meet(box, reference, margin):
            return True
        if where.extent is None and meet(box, reference, _AREA_MARGIN):
            log.add(
                "CRS_OUTSIDE_AREA", file=file, crs=where.city_crs, place=_text(box),
                extent=_text(reference),
            )  # fmt: skip
            return True
    zh, en = _guess(bounds, where, source)
    log.add(
        "CRS_OUTSIDE_EXTENT", file=file, crs=_short(source), place=_text(box) if box else "—",
        extent=_text(reference), guess_zh=zh, guess_en=en,
    )  # fmt: skip
    return False


def _is_degrees(crs: str) -> bool:
    from cim_bridge.crs import is_geographic

    return is_geographic(crs)


def _model_crs(city_crs: str, box: Box | None, log: IssueLog) -> str:
    """Return the city's CRS when lengths are true in it, else a local one, and say so."""
    if measures_true(city_crs) or box is None:
        return horizontal_text(city_crs)
    chosen = local_crs((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    log.add("MODEL_CRS_CHOSEN", crs=city_crs, chosen=chosen)
    return chosen


def _guess(bounds: Box, where: Ground, declared: str | None) -> tuple[str, str]:
    """Words that name the systems which would fit, in both languages; empty when none does."""
    reference = where.extent or area_of_use(where.city_crs)
    fits = fitting(bounds, reference, where.city_crs, declared) if reference else []
    if not fits:
        return "", ""
    codes = ", ".join(fits)
    return f"；坐标与 {codes} 相符", f"; the coordinates would fit {codes}"


def _text(box: Box) -> str:
    return f"{box[0]:.4f},{box[1]:.4f} – {box[2]:.4f},{box[3]:.4f}"


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
