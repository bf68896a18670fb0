"""City objects of one or more CityJSON documents to a Reading: units, mesh and ground."""

from __future__ import annotations

from collections import Counter
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cim_bridge.attributes import (
    columns_of,
    layer_kind,
    object_kinds,
    parent_columns,
    words_of,
)
from cim_bridge.bodies import drop
from cim_bridge.citybody import Body, Source, body_of, upright, within
from cim_bridge.citylevels import finest_faces, settled
from cim_bridge.cityobjects import Chosen, choose, faces_of, roots
from cim_bridge.geometry.faces import I64, Faces
from cim_bridge.geometry.footprint import Shapes, footprints, outlines, union_by
from cim_bridge.geometry.triangulate import triangulate, worn_triangles
from cim_bridge.issues import IssueLog
from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.mesh import GROUND, Mesh, as_rows
from cim_bridge.reader import Reading, Units, Wish
from cim_bridge.rowtable import RowTable

_BUILDING = {"Building", "BuildingPart", "BuildingInstallation", "BuildingConstructiveElement"}


def collect(source: Source, wish: Wish, log: IssueLog) -> Reading:
    """Turn city objects into units, building triangles and ground."""
    return collected(source, choose(source.objects, wish.lod), wish, log)


def collected(source: Source, chosen: Chosen, wish: Wish, log: IssueLog) -> Reading:
    """The same for geometries that are chosen already."""
    body = body_of(source, chosen, log)
    feet = _feet(source, chosen, log)
    reading = gather(source, body, feet, wish, log)
    return filtered(reading, wish.where, log, source.file)


def gather(source: Source, body: Body, feet: Faces, wish: Wish, log: IssueLog) -> Reading:
    """Units, building triangles and ground of faces in any notation.

    feet: footprints given as such, over `source.vertices`; their owners are city objects.
    """
    root = roots(source.ids, source.objects, log, source.file)
    kinds = _kinds(source, root, log)
    reading = Reading(source.crs, [])
    if wish.layer is None and wish.level in (None, "building"):
        _add_buildings(reading, source, feet, body, root, wish, log)
    if wish.layer in (None, "ground") and wish.level is None:
        reading.ground = _ground(source, body, root)
    if wish.level in (None, "object") and wish.layer != "ground":
        _add_objects(reading, source, body, root, kinds, wish)
    return reading


def _feet(source: Source, chosen: Chosen, log: IssueLog) -> Faces:
    given, _, _ = faces_of(chosen.flat, source.bases, source.ids, log, source.file)
    flat = source.own(given)
    return flat.select(within(flat, len(source.vertices), source, log))


def filtered(reading: Reading, where: str | None, log: IssueLog, file: str) -> Reading:
    """Keep the units whose attribute has the wished value."""
    if where is None:
        return reading
    name, _, value = where.partition("=")
    kept: list[Units] = []
    mesh = reading.mesh
    for units in reading.units:
        keep = words_of(units.columns["attributes"], name.strip()) == value.strip()
        if units.level == "building":
            units, mesh = drop(units, mesh, keep)
        else:
            units, _ = drop(units, None, keep)
        kept += [units] if len(units) else []
    if not kept:
        log.add("FILTER_EMPTY", file=file, cell=name, where=where)
    return Reading(reading.crs, kept, mesh, None)


def _kinds(source: Source, root: I64, log: IssueLog) -> dict[int, str]:
    """Object number → kind for units that are neither buildings nor ground."""
    table = object_kinds()
    own = np.flatnonzero(root == np.arange(len(root)))
    found = {int(n): table.get(source.objects[n].type, "") for n in own}
    skipped = Counter(
        source.objects[n].type
        for n in own
        if not found[int(n)] and source.objects[n].type not in (*_BUILDING, "TINRelief")
    )
    skipped.update(source.objects[int(n)].type for n in np.flatnonzero(root < 0))
    if skipped:
        types = ", ".join(f"{name} ({n})" for name, n in sorted(skipped.items()))
        log.add("TYPE_SKIPPED", file=source.file, count=skipped.total(), types=types)
    return {number: kind for number, kind in found.items() if kind}


def _rows(source: Source, root: I64, own: list[int]) -> I64:
    """For every city object the row of the unit it belongs to, -1 none."""
    row = np.full(len(source.ids) + 1, -1, np.int64)
    row[own] = np.arange(len(own))
    return row[root]


def _add_buildings(
    reading: Reading, source: Source, flat: Faces, body: Body, root: I64, wish: Wish,
    log: IssueLog,
) -> None:  # fmt: skip
    here = root == np.arange(len(root))
    own = [n for n in np.flatnonzero(here).tolist() if source.objects[n].type in _BUILDING]
    if not own:
        return
    rows = _rows(source, root, own)
    of = rows[body.faces.owner]
    part = of >= 0
    lod, kept = settled(
        body.lod[part], body.faces.owner[part], of[part], root, [o.type for o in source.objects]
    )  # fmt: skip
    part[part] = kept
    faces, of, lod = body.faces.select(part), of[part], lod[kept]
    surface, normal = body.surface[part], body.normal[part]
    shape = upright(body.points, source.crs)
    triangles, face, uv = worn_triangles(faces, shape, normal)
    mesh = Mesh.of(body.points, triangles, of[face], lod[face], surface[face])
    if faces.material is not None:
        mesh = mesh.wearing(as_rows(faces.material)[face], uv, body.materials)
    fine = finest_faces(lod, of, len(own))
    shapes = footprints(
        faces.select(fine), body.points, normal[fine], surface[fine] == GROUND, of[fine], len(own)
    )  # fmt: skip
    flat_rows = rows[flat.owner]
    feet = flat.select(flat_rows >= 0)
    if len(feet):
        given = union_by(outlines(feet, source.vertices), flat_rows[flat_rows >= 0], len(own))
        shapes = np.where(np.array([s is None for s in given]), shapes, given)
    columns, claims = _columns(source, rows, own, "building", wish, log)
    reading.units.append(Units("building", columns, shapes, claims=claims))
    reading.mesh = mesh.select(np.ones(len(mesh), bool))


def _columns(
    source: Source, rows: I64, own: list[int], level: str, wish: Wish, log: IssueLog
) -> tuple[dict[str, Any], dict[str, str]]:
    """Unit columns; what a building leaves open its parts fill (the largest number counts)."""
    members = np.flatnonzero(rows >= 0)
    texts = [bytes(source.objects[n].attributes) or b"{}" for n in members]
    decoded = _decoded(texts, log, source.file)
    rows_of = [row if isinstance(row, dict) else {} for row in decoded]
    table = RowTable(rows_of, source.columns[level] if source.columns is not None else None)
    found = columns_of(table, level)
    is_own = np.isin(members, own)
    columns = {
        name: _fold(values, rows[members], is_own, len(own)) for name, values in found.items()
    }
    ids = np.array([source.ids[n] for n in own], dtype=object)
    if wish.key is not None:
        held = [row for row, mine in zip(rows_of, is_own, strict=True) if mine]
        ids = _keyed(held, wish.key, log, source.file)
    columns["source_id"] = ids
    raw = np.array(texts, dtype=object)[is_own]
    columns["attributes"] = np.array([text.decode() for text in raw], dtype=object)
    claims = {
        parent: names[0]
        for parent in PARENT_LEVELS
        if (names := parent_columns(parent, table.columns))
    }
    return columns, claims


def _decoded(texts: list[bytes], log: IssueLog, file: str) -> list[Any]:
    try:
        rows: list[Any] = msgspec.json.decode(b"[" + b",".join(texts) + b"]")
    except (msgspec.MsgspecError, RecursionError) as exc:
        log.add("CITYJSON_STRUCTURE", file=file, reason=f"attributes: {exc}")
        return [{}] * len(texts)
    return rows


def _keyed(rows: list[dict[str, Any]], key: str, log: IssueLog, file: str) -> npt.NDArray[Any]:
    import pandas as pd

    from cim_bridge.keys import ids_of

    frame = pd.DataFrame(rows).reindex(range(len(rows)))
    return ids_of(frame, "building", key=key, log=log, file=file)


def _fold(
    values: npt.NDArray[Any], row: I64, is_own: npt.NDArray[np.bool_], count: int
) -> npt.NDArray[Any]:
    if values.dtype.kind == "f":
        own = values[is_own]
        largest = np.full(count, -np.inf)
        given = np.isfinite(values)
        np.maximum.at(largest, row[given], values[given])
        largest[np.isinf(largest)] = np.nan
        return np.where(np.isnan(own), largest, own)
    own = values[is_own].copy()
    filled = (values != "") & ~is_own
    first = np.full(count, "", dtype=object)
    first[row[filled][::-1]] = values[filled][::-1]
    return np.where(own == "", first, own)


def _ground(source: Source, body: Body, root: I64) -> Mesh | None:
    tin = np.array([item.type == "TINRelief" for item in source.objects], bool)
    wanted = tin[np.maximum(root[body.faces.owner], 0)] & (root[body.faces.owner] >= 0)
    if not wanted.any():
        return None
    triangles, _ = triangulate(body.faces.select(wanted), upright(body.points, source.crs))
    mesh = Mesh.of(body.points, triangles, surface=GROUND)
    return mesh.select(np.ones(len(mesh), bool))


def _add_objects(
    reading: Reading, source: Source, body: Body, root: I64, kinds: dict[int, str], wish: Wish
) -> None:
    only = layer_kind(wish.layer) if wish.layer else ""
    own = [n for n, kind in sorted(kinds.items()) if not only or kind == only]
    if not own:
        return
    rows = _rows(source, root, own)
    of = rows[body.faces.owner]
    part = body.faces.select(of >= 0)
    none = np.zeros(len(part), bool)
    shapes: Shapes = footprints(
        part, body.points, -np.abs(body.normal[of >= 0]), none, of[of >= 0], len(own)
    )
    columns, claims = _columns(source, rows, own, "object", wish, IssueLog())
    columns["kind"] = np.array([kinds[n] for n in own], dtype=object)
    reading.units.append(Units("object", columns, shapes, claims=claims))
