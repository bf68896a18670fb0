"""A batch of city objects to a Reading: numbers, faces, units, all objects at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt
import orjson
import shapely

from cim_bridge.citybody import Body, Source
from cim_bridge.citygml.appearance import Appearance
from cim_bridge.citygml.batch import EDGE, FOOT, RELIEF, Batch
from cim_bridge.citygml.frame import Frame
from cim_bridge.citygml.rings import Rings, faces_of, read_rings
from cim_bridge.citygml.wearing import worn
from cim_bridge.cityjson import CityObject
from cim_bridge.cityobjects import by_slope
from cim_bridge.cityunits import gather
from cim_bridge.crs import F64
from cim_bridge.geometry.faces import I64, Bools, Faces
from cim_bridge.geometry.triangulate import normals, triangulate
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import GROUND, Mesh
from cim_bridge.reader import Reading, Units, Wish


def first_points(batch: Batch) -> F64:
    """Some coordinates as written, by which the frame is settled."""
    texts = batch.texts[:200] or [text for _, text, _ in batch.marks[:200]]
    dims = {number: dim for number, dim in batch.dims.items() if number < len(texts)}
    return read_rings(texts, dims).points


def collect(
    batch: Batch, frame: Frame, wish: Wish, log: IssueLog, file: str, rings: Rings | None = None,
    appearance: Appearance | None = None,
) -> Reading:  # fmt: skip
    """Units, building triangles and ground of a batch, in the document's own system.

    rings: those of the batch where they came as numbers; else its texts are read. appearance: what
    the faces wear, if the document says.
    """
    rings = read_rings(batch.texts, batch.dims) if rings is None else rings
    runs = np.array(batch.runs, np.int64).reshape(-1, 5)
    owner, lod, surface, placement = (np.repeat(runs[:, k], runs[:, 4]) for k in range(4))
    root = _roots(batch, owner)
    _report(batch, rings, root, log, file)
    points = _placed(batch, rings, frame, placement)
    dress = worn(appearance, batch, rings) if appearance is not None else None
    look = (dress.material, dress.uv) if dress is not None else None
    faces, vertices, number = faces_of(batch, rings, points, root * 1000 + lod, look)
    if dress is not None:
        _undressed(batch, number[dress.bad[number]], root, log, file)
    _degenerate(batch, rings, number, root, log, file)
    owner, lod, surface = owner[number], lod[number], surface[number]
    faces = replace(faces, owner=owner)
    ground, feet = owner == RELIEF, np.isin(lod, (FOOT, EDGE))
    solid = ~ground & ~feet
    part = faces.select(solid)
    normal = normals(part, vertices)
    materials = appearance.materials if appearance is not None else ()
    body = Body(part, vertices, normal, by_slope(surface[solid], normal), lod[solid], materials)
    source = _source(batch, vertices, file)
    flat = faces.select(feet)
    asked = Wish(wish.level, wish.layer, None, wish.lod, wish.key, None)
    reading = gather(source, body, flat, asked, log)
    _stand(reading, batch, flat, vertices, lod[feet] == FOOT)
    _mark(reading, batch, frame)
    if wish.layer in (None, "ground") and wish.level is None:
        reading.ground = _ground(faces.select(ground), vertices)
    return frame.back(reading)


def _roots(batch: Batch, owner: I64) -> I64:
    """Unit that each face belongs to, RELIEF for the ground."""
    return np.append(np.array(batch.root, np.int64), RELIEF)[owner]


def _source(batch: Batch, vertices: F64, file: str) -> Source:
    texts = [orjson.dumps(data) for data in batch.attributes]
    objects = [
        CityObject(type_, None, msgspec.Raw(text), [batch.ids[above]] if above >= 0 else None)
        for type_, text, above in zip(batch.types, texts, batch.parent, strict=True)
    ]
    return Source(file, None, batch.ids, objects, vertices)


def _placed(batch: Batch, rings: Rings, frame: Frame, placement: I64) -> F64:
    """Points in metres; those of prototypes go through their matrix to their reference point."""
    points = frame.metres(rings.points)
    if not batch.matrices:
        return points
    face_ring = np.diff(np.append(np.array(batch.face, np.int64), len(rings.ring) - 1))
    of = np.repeat(np.repeat(placement, face_ring), np.diff(rings.ring))
    chosen = of >= 0
    anchors = read_rings(batch.anchors, {})
    found = np.diff(anchors.ring) > 0
    at = np.zeros((len(batch.anchors), 3))
    at[found] = frame.metres(anchors.points[anchors.ring[:-1][found]])
    matrix = np.array(batch.matrices).reshape(-1, 4, 4)[of[chosen]]
    local = np.einsum("nij,nj->ni", matrix[:, :3, :3], rings.points[chosen])
    points[chosen] = local + matrix[:, :3, 3] + at[of[chosen]]
    return points


def _report(batch: Batch, rings: Rings, root: I64, log: IssueLog, file: str) -> None:
    for code, marked in (("COORDINATE_NOT_FINITE", rings.odd), ("POSLIST_BROKEN", rings.wrong)):
        if marked.any():
            first = int(np.flatnonzero(marked)[0])
            name = _name(batch, root, int(np.searchsorted(batch.face, first, side="right")) - 1)
            log.add(code, file=file, id=name, count=int(marked.sum()))


def _undressed(batch: Batch, bad: I64, root: I64, log: IssueLog, file: str) -> None:
    """Tell of faces whose texture has no place on them."""
    if len(bad):
        name = _name(batch, root, int(bad[0]))
        log.add("TEXTURE_PLACE_BROKEN", file=file, id=name, count=len(bad))


def _degenerate(batch: Batch, rings: Rings, kept: I64, root: I64, log: IssueLog, file: str) -> None:
    """Tell of faces that were given enough numbers but not three distinct points."""
    few: Bools = (np.diff(rings.ring) < 4) & ~rings.wrong & ~rings.odd
    starts = np.array(batch.face, np.int64)
    gone = np.ones(len(starts), bool)
    gone[kept] = False
    gone &= starts < len(few)
    lost = np.flatnonzero(gone)[few[starts[gone]]]
    if len(lost):
        log.add("FACE_DEGENERATE", file=file, id=_name(batch, root, int(lost[0])), count=len(lost))


def _name(batch: Batch, root: I64, face: int) -> str:
    unit = int(root[face]) if 0 <= face < len(root) else RELIEF
    return batch.ids[unit] if unit >= 0 else "TINRelief"


def _ground(faces: Faces, vertices: F64) -> Mesh | None:
    if not len(faces):
        return None
    triangles, _ = triangulate(faces, vertices)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    down = (b - a)[:, 0] * (c - a)[:, 1] < (b - a)[:, 1] * (c - a)[:, 0]
    triangles[down] = triangles[down][:, ::-1]
    mesh = Mesh.of(vertices, triangles, surface=GROUND)
    return mesh.select(np.ones(len(mesh), bool))


def _stand(reading: Reading, batch: Batch, flat: Faces, vertices: F64, foot: Bools) -> None:
    """Buildings known only by a footprint stand at its height."""
    units = _units(reading, "building")
    if units is None or not foot.any():
        return
    part = flat.select(foot)
    corner_root = np.repeat(np.array(batch.root, np.int64)[part.owner], np.diff(part.face_corner))
    low = np.full(len(batch.ids), np.inf)
    np.minimum.at(low, corner_root, vertices[part.corner, 2])
    low[np.isinf(low)] = np.nan
    own = [
        n for n, kind in enumerate(batch.types) if kind[:8] == "Building" and batch.parent[n] < 0
    ]
    bare = np.ones(len(own), bool)
    if reading.mesh is not None:
        bare[np.unique(reading.mesh.feature)] = False
    ground = units.columns["ground"]
    units.columns["ground"] = np.where(np.isnan(ground) & bare, low[own], ground)


def _mark(reading: Reading, batch: Batch, frame: Frame) -> None:
    """Objects without faces get their lines or points as shape."""
    units = _units(reading, "object")
    if units is None or not batch.marks:
        return
    lacking: npt.NDArray[Any] = shapely.is_missing(units.shapes) | shapely.is_empty(units.shapes)
    own = [n for n, above in enumerate(batch.parent) if above < 0]
    row = {batch.ids[n]: n for n in own}  # ids are unique here, or the document is refused
    wanted = {row.get(str(name), -1): k for k, name in enumerate(units.ids) if lacking[k]}
    marks = [mark for mark in batch.marks if batch.root[mark[0]] in wanted]
    if not marks:
        return
    read = read_rings([text for _, text, _ in marks], {})
    points = frame.metres(read.points)[:, :2]
    counts = np.diff(read.ring)
    of = np.array([wanted[batch.root[owner]] for owner, _, _ in marks], np.int64)
    line = np.array([is_line for _, _, is_line in marks], bool) & (counts >= 2)
    shapes = _points(points, counts, of) | _lines(points, counts, line, of)
    for k, shape in shapes.items():
        units.shapes[k] = shape


def _lines(points: F64, counts: I64, line: Bools, of: I64) -> dict[int, Any]:
    if not line.any():
        return {}
    chosen = np.repeat(line, counts)
    index = np.repeat(np.arange(int(line.sum())), counts[line])
    lines: Any = shapely.linestrings(points[chosen], indices=index)
    return _joined(lines, of[line], 5)


def _points(points: F64, counts: I64, of: I64) -> dict[int, Any]:
    return _joined(shapely.points(points), np.repeat(of, counts), 4)


def _joined(shapes: Any, of: I64, kind: int) -> dict[int, Any]:
    """One shape for each unit: alone as it is, several as a collection of their kind."""
    found: dict[int, Any] = {}
    order = np.argsort(of, kind="stable")
    rows, first = np.unique(of[order], return_index=True)
    make: Any = shapely.multilinestrings if kind == 5 else shapely.multipoints
    for row, group in zip(rows.tolist(), np.split(shapes[order], first[1:]), strict=True):
        found[row] = group[0] if len(group) == 1 else make(group)
    return found


def _units(reading: Reading, level: str) -> Units | None:
    return next((units for units in reading.units if units.level == level), None)
