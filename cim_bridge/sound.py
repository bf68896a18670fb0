"""Sound units: shapes that a level can be made of, repaired, without gaps; the rest is reported."""

from __future__ import annotations

from typing import Any

import numpy.typing as npt

from cim_bridge.bodies import bodies, drop
from cim_bridge.geometry.faces import Bools
from cim_bridge.geometry.quality import shells
from cim_bridge.geometry.repair import is_areal, repair, usable
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.reader import Reading, Units

_SHOWN = 5


def sound(reading: Reading, log: IssueLog, file: str) -> Reading:
    """Return the reading with only usable units; buildings get their bodies."""
    units: list[Units] = []
    mesh = reading.mesh
    for one in reading.units:
        if one.level == "building":
            one, mesh = _checked(one, mesh, log, file)
            if len(one):
                mesh = _judged(mesh, log, file)
                one, mesh = bodies(one, mesh, log, file)
        else:
            one, _ = _checked(one, None, log, file)
        units.append(one)
    if not any(len(one) for one in units) and reading.ground is None:
        log.add("GEOMETRY_ALL_MISSING", file=file)
    return Reading(reading.crs, [one for one in units if len(one)], mesh, reading.ground)


def _judged(mesh: Mesh | None, log: IssueLog, file: str) -> Mesh | None:
    """Report open shells; closed ones that are turned wrongly are mended."""
    if mesh is None or not len(mesh):
        return mesh
    mesh, found = shells(mesh)
    if found.open or found.flipped:
        log.add(
            "MESH_OPEN", file=file, count=found.open, judged=found.judged, flipped=found.flipped
        )
    return mesh


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
