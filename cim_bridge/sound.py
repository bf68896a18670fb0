"""Sound units: shapes that a level can be made of, repaired, without gaps; the rest is reported."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from cim_bridge.bodies import bodies, drop
from cim_bridge.geometry.faces import Bools
from cim_bridge.geometry.quality import Judge
from cim_bridge.geometry.repair import is_areal, repair, usable
from cim_bridge.issues import Issue, IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.reader import Reading, Units

_SHOWN = 5


ORDER = (
    "GEOMETRY_KIND", "GEOMETRY_REPAIRED", "GEOMETRY_NONE", "MESH_OPEN", "HEIGHT_IMPOSSIBLE",
    "HEIGHT_FROM_STOREYS",
    "PARTS_FOLDED", "HEIGHT_MISSING", "HEIGHT_UNLIKELY",
)  # fmt: skip
"""Findings about buildings in the order in which they are made."""


def sound(reading: Reading, log: IssueLog, file: str) -> Reading:
    """Return the reading with only usable units; buildings get their bodies."""
    units: list[Units] = []
    mesh = reading.mesh
    for one in reading.units:
        if one.level == "building":
            judge, told = Judge(), IssueLog()
            one, mesh = sound_buildings(one, mesh, judge, told, file)
            tell_shells(judge, told, file)
            log.extend(in_order(told))
        else:
            one, _ = _checked(one, None, log, file)
        units.append(one)
    if not any(len(one) for one in units) and reading.ground is None:
        log.add("GEOMETRY_ALL_MISSING", file=file)
    return Reading(reading.crs, [one for one in units if len(one)], mesh, reading.ground)


def in_order(found: IssueLog) -> list[Issue]:
    """Findings about buildings as if each check had looked at all of them."""
    rank = {code: number for number, code in enumerate(ORDER)}
    return sorted(found, key=lambda issue: rank.get(issue.code, len(ORDER)))


def sound_buildings(
    units: Units, mesh: Mesh | None, judge: Judge, log: IssueLog, file: str
) -> tuple[Units, Mesh | None]:
    """Usable buildings with their bodies; the judge keeps what is found of their shells."""
    units, mesh = _checked(units, mesh, log, file)
    if not len(units):
        return units, mesh
    mesh = judge.mend(mesh) if mesh is not None else None
    return bodies(units, mesh, log, file)


def tell_shells(judge: Judge, log: IssueLog, file: str) -> None:
    """Report open shells and closed ones that were turned wrongly."""
    found = judge.found
    if found.open or found.flipped:
        log.add(
            "MESH_OPEN", file=file, count=found.open, judged=found.judged, flipped=found.flipped
        )


def _checked(
    units: Units, mesh: Mesh | None, log: IssueLog, file: str
) -> tuple[Units, Mesh | None]:
    areal = units.level != "object"
    if areal:
        units, mesh = _only_areas(units, mesh, log, file)
    shapes, mended = repair(units.shapes)
    units.shapes = shapes
    if mended.any():
        log.add(
            "GEOMETRY_REPAIRED", file=file, id=units.ids[mended][0], count=int(mended.sum()),
            ids=_some(units.ids[mended]),
        )  # fmt: skip
    keep = usable(shapes, areal=areal)
    if not keep.all():
        log.add(
            "GEOMETRY_NONE", file=file, id=units.ids[~keep][0], count=int((~keep).sum()),
            ids=_some(units.ids[~keep]),
        )  # fmt: skip
    return drop(units, mesh, keep)


def _only_areas(
    units: Units, mesh: Mesh | None, log: IssueLog, file: str
) -> tuple[Units, Mesh | None]:
    present: Bools = usable(units.shapes, areal=False)
    wrong = present & ~is_areal(units.shapes)
    if not wrong.any():
        return units, mesh
    log.add(
        "GEOMETRY_KIND", file=file, id=units.ids[wrong][0], count=int(wrong.sum()),
        level=units.level,
    )  # fmt: skip
    return drop(units, mesh, ~wrong)


def _some(ids: npt.NDArray[Any]) -> str:
    shown = ", ".join(str(name) for name in ids[:_SHOWN])
    return shown + (" …" if len(ids) > _SHOWN else "")
