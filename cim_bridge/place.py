"""Put a reading into the model's coordinate system, and refuse one that lands elsewhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import (
    F64,
    Box,
    Placement,
    area_of_use,
    crs_text,
    horizontal_text,
    is_geographic,
    local_crs,
    lonlat_box,
    measures_true,
    meet,
    read_crs,
)
from cim_bridge.crstold import Ground as Ground
from cim_bridge.crstold import guess, shifted, short
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.reader import Reading, Units

_AREA_MARGIN = 1.0
"""Degrees beyond a system's area of use that still pass with a warning."""


def levelled(reading: Reading, height_offset: float) -> Reading:
    """Heights above the ellipsoid become the model's (ellipsoidal = model + offset)."""
    if not reading.ellipsoidal or not height_offset:
        return reading
    return raised(reading, -height_offset)


def raised(reading: Reading, by: float) -> Reading:
    """Move every height of a reading by some metres; columns, buildings and ground alike."""
    if not by:
        return reading
    for units in reading.units:
        if "ground" in units.columns:
            units.columns["ground"] = units.columns["ground"] + by
    return replace(reading, mesh=_raised(reading.mesh, by), ground=_raised(reading.ground, by))


def _raised(mesh: Mesh | None, by: float) -> Mesh | None:
    if mesh is None:
        return None
    up = np.array([0.0, 0.0, by])
    return mesh.at(mesh.vertices + up)


def place(
    reading: Reading, wanted: str | None, where: Ground, log: IssueLog, file: str
) -> tuple[Reading, str] | None:
    """Return the reading in the model CRS, and that CRS; None when an error was found."""
    step = settle(reading, wanted, where, log, file)
    return None if step is None else (moved(reading, step), step.target)


def settle(
    reading: Reading, wanted: str | None, where: Ground, log: IssueLog, file: str
) -> Placement | None:
    """Find out how the reading gets into the model CRS; None when an error was found."""
    points = points_of(reading, log, file)
    if points is None:
        return None
    source = _source_crs(reading, wanted, points, where, log, file)
    if source is None:
        return None
    bounds = _bounds(points)
    box = lonlat_box(bounds, source)
    if not _inside(box, bounds, source, points, where, log, file):
        return None
    if shifted(reading, source, wanted, box, where, log, file):
        return None
    return Placement(source, where.model_crs or _model_crs(where.city_crs, box, log))


def moved(reading: Reading, step: Placement) -> Reading:
    """Return the reading in the model CRS."""
    units = [_placed(units, step) for units in reading.units]
    meshes = (_moved(reading.mesh, step), _moved(reading.ground, step))
    return Reading(step.target, units, *meshes)


def _placed(units: Units, step: Placement) -> Units:
    return Units(units.level, units.columns, step.shapes(units.shapes), units.part, units.claims)


def _moved(mesh: Mesh | None, step: Placement) -> Mesh | None:
    if mesh is None or not len(mesh):
        return mesh
    moved = step.points(mesh.vertices)
    return mesh.at(moved)


def points_of(reading: Reading, log: IssueLog, file: str) -> F64 | None:
    """Everything read, (N, 2) in the source's CRS; an Issue for coordinates that are none."""
    points = cloud_of(reading)
    if not len(points):
        log.add("GEOMETRY_ALL_MISSING", file=file)
        return None
    bad = int((~np.isfinite(points)).any(axis=1).sum())
    if bad:
        log.add("COORDINATE_NOT_FINITE", file=file, count=bad)
        return None
    return points


def cloud_of(reading: Reading) -> F64:
    """(N, 2) coordinates of everything read, in the source's numbers, finite or not."""
    import shapely

    clouds: list[npt.NDArray[Any]] = [
        shapely.get_coordinates(units.shapes) for units in reading.units
    ]
    clouds += [mesh.vertices[:, :2] for mesh in (reading.mesh, reading.ground) if mesh is not None]
    found: F64 = np.concatenate([cloud for cloud in clouds if len(cloud)] or [np.zeros((0, 2))])
    return found


def _bounds(points: F64) -> Box:
    low, high = points.min(axis=0), points.max(axis=0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _source_crs(
    reading: Reading, wanted: str | None, points: F64, where: Ground, log: IssueLog, file: str
) -> str | None:
    declared = reading.crs
    asked = crs_text(wanted)
    if asked and declared and asked != declared:
        log.add("CRS_OVERRIDDEN", file=file, declared=short(declared), crs=asked)
    found = asked or declared
    if found is None:
        zh, en = guess(points, where, None, reading)
        log.add("CRS_MISSING", file=file, guess_zh=zh, guess_en=en)
        return None
    if read_crs(found) is None:
        log.add("CRS_UNREADABLE", file=file, crs=short(found))
        return None
    return found


def _inside(
    box: Box | None, bounds: Box, source: str, points: F64, where: Ground, log: IssueLog,
    file: str,
) -> bool:  # fmt: skip
    """Whether the data touch the city: its known extent, else the area of its CRS."""
    reference = where.extent or area_of_use(where.city_crs)
    if reference is None:
        return box is not None
    degrees = abs(bounds[0]) <= 180 and abs(bounds[2]) <= 180
    if box is not None and (degrees or not is_geographic(source)):
        margin = 0.01 if where.extent else 0.0
        if meet(box, reference, margin):
            return True
        if where.extent is None and meet(box, reference, _AREA_MARGIN):
            log.add(
                "CRS_OUTSIDE_AREA", file=file, crs=where.city_crs, place=_text(box),
                extent=_text(reference),
            )  # fmt: skip
            return True
    zh, en = guess(points, where, source)
    log.add(
        "CRS_OUTSIDE_EXTENT", file=file, crs=short(source), place=_text(box) if box else "—",
        extent=_text(reference), guess_zh=zh, guess_en=en,
    )  # fmt: skip
    return False


def _model_crs(city_crs: str, box: Box | None, log: IssueLog) -> str:
    """Return the city's CRS when lengths are true in it, else a local one, and say so."""
    chosen = metric_crs(city_crs, box)
    if box is not None and not measures_true(city_crs):
        log.add("MODEL_CRS_CHOSEN", crs=city_crs, chosen=chosen)
    return chosen


def metric_crs(crs: str, box: Box | None) -> str:
    """The ground part of a system where lengths are true in it, else a local one of the box."""
    if measures_true(crs) or box is None:
        return horizontal_text(crs)
    return local_crs((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)


def _text(box: Box) -> str:
    return f"{box[0]:.4f},{box[1]:.4f} – {box[2]:.4f},{box[3]:.4f}"
