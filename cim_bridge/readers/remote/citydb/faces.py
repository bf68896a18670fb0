"""The chosen geometries of a page to the faces of its batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import shapely

from cim_bridge.citygml.appearance import Appearance
from cim_bridge.citygml.batch import RELIEF, Batch
from cim_bridge.citygml.rings import Rings
from cim_bridge.crs import F64
from cim_bridge.geometry.faces import I64, Bools
from cim_bridge.readers.remote.citydb.asking import Questions, Rows
from cim_bridge.readers.remote.citydb.looks import Looks
from cim_bridge.readers.remote.citydb.shapes import Shapes, decode, spans
from cim_bridge.readers.remote.citydb.tree import Seen
from cim_bridge.readers.remote.citydb.uses import BOUNDING, INSTANCE, OWN, Choice, Uses, matrix

Told = Mapping[int, tuple[str, bool]]
"""Number of a polygon → its id, and whether the database holds it turned over."""


@dataclass(frozen=True)
class Picked:
    """Faces of a page: polygon: of the shapes; row: of the choice."""

    polygon: I64
    row: I64


def take(
    uses: Uses, choice: Choice, questions: Questions, batch: Batch, seen: Seen,
    looks: Looks | None = None,
) -> tuple[Rings, Appearance | None]:  # fmt: skip
    """Fetch what was chosen and put it into the batch; the rings of its faces come back, and what
    these wear where the database says it."""
    ids = _geometry_ids(uses.rows, np.concatenate((choice.use, choice.marks)))
    wanted = np.unique(ids[ids >= 0])
    named = _linked(uses, choice, ids) if looks is None else wanted
    answers = questions.geometries(wanted.tolist(), named.tolist())
    got = np.array([row.id for row in answers], np.int64)
    shapes = decode([row.wkb for row in answers], np.array([row.flat for row in answers], bool))
    seen.lost += [*np.setdiff1d(wanted, got).tolist(), *got[shapes.lost].tolist()]
    at = np.where(np.isin(ids, got), np.searchsorted(got, ids), -1) if len(got) else ids * 0 - 1
    use_at, mark_at = at[: len(choice.use)], at[len(choice.use) :]
    placement = _place(uses, choice, batch, seen)
    told = [row.told for row in answers]
    picked = _picked(use_at, placement, choice, shapes)
    picked = _without_repeats(picked, uses, choice, shapes, told, batch)
    rings, first = shapes.rings(picked.polygon)
    batch.face = first.tolist()
    batch.runs = _runs(uses, choice, placement, picked)
    _mark(uses, choice, use_at, mark_at, picked, shapes, batch)
    if looks is None or not len(picked.polygon):
        return rings, None
    own = got[np.searchsorted(shapes.polygon, picked.polygon, side="right") - 1]
    names = {k: name for k, (name, _) in _face_names(told, shapes).items()}
    counts = np.diff(np.append(first, len(rings.ring) - 1))
    return rings, looks.dress(batch, own, picked.polygon, counts, names)


def _geometry_ids(rows: Rows, use: I64) -> I64:
    """Geometry of each use, that of its prototype where it is placed; -1 none."""
    found = [
        rows[k].template if rows[k].val_geometry_id is None else rows[k].val_geometry_id
        for k in use.tolist()
    ]
    return np.array([-1 if one is None else one for one in found], np.int64)


def _linked(uses: Uses, choice: Choice, ids: I64) -> I64:
    """Geometries whose faces may come twice: of objects with surfaces and a body of their own."""
    owner = uses.owner[choice.use]
    here = owner != RELIEF
    both = np.intersect1d(
        owner[here & (choice.stage == BOUNDING)], owner[here & (choice.stage == OWN)]
    )
    return np.unique(ids[: len(choice.use)][np.isin(owner, both) & (choice.stage <= OWN)])


def _place(uses: Uses, choice: Choice, batch: Batch, seen: Seen) -> I64:
    """Placement of each use, -1 none, -2 where a prototype lacks its place or its faces."""
    found = np.full(len(choice.use), -1)
    for k in np.flatnonzero(choice.stage == INSTANCE).tolist():
        row, owner = uses.rows[choice.use[k]], int(uses.owner[choice.use[k]])
        anchor = text_of(_points(row.anchor)) if row.anchor else ""
        found[k] = -2
        if anchor:
            batch.marks.append((owner, anchor, False))
        if row.template is None:
            seen.skipped["ImplicitGeometry (library object)"] += 1
        elif anchor:
            found[k] = len(batch.matrices)
            batch.matrices.append(matrix(row.matrix))
            batch.anchors.append(anchor)
    return found


def _points(blob: bytes) -> F64:
    found: F64 = shapely.get_coordinates(
        shapely.from_wkb(blob, on_invalid="ignore"), include_z=True
    )
    return found


def text_of(points: F64) -> str:
    """Coordinates as a document would write them; nothing is rounded."""
    return " ".join(map(repr, np.nan_to_num(points).ravel().tolist()))


def _picked(at: I64, placement: I64, choice: Choice, shapes: Shapes) -> Picked:
    """Every polygon of every use."""
    use = np.flatnonzero((at >= 0) & (placement != -2))
    start, stop = shapes.polygon[at[use]], shapes.polygon[at[use] + 1]
    return Picked(spans(start, stop), np.repeat(use, stop - start))


def _without_repeats(
    picked: Picked, uses: Uses, choice: Choice, shapes: Shapes, told: Sequence[str | None],
    batch: Batch,
) -> Picked:  # fmt: skip
    """Leave out what a solid says again of the surfaces that bound its object, at its LoD.

    Faces with the id of a bounding one are that one. A solid that shares none of them but has no
    more faces than there are surfaces repeats them without their meaning, and is left out whole.
    """
    names = _face_names(told, shapes)
    whose = np.unique(uses.owner[choice.use] * 1000 + choice.lod, return_inverse=True)[1]
    owner, stage = uses.owner[choice.use][picked.row], choice.stage[picked.row]
    body_of = whose[picked.row]
    named = np.isin(picked.polygon, np.fromiter(names, np.int64, len(names)))
    held: dict[tuple[int, str], int] = {}
    keep, links = np.ones(len(picked.polygon), bool), np.zeros(len(choice.use), np.int64)
    for face in np.flatnonzero(named & (owner != RELIEF)).tolist():
        name, turned = names[int(picked.polygon[face])]
        key = (int(body_of[face]), name)
        if stage[face] == BOUNDING:
            held.setdefault(key, face)
        elif stage[face] == OWN and key in held:
            keep[face] = False
            links[picked.row[face]] += 1
            if turned != names[int(picked.polygon[held[key]])][1]:
                batch.flips.append(held[key])
    bounded = np.bincount(body_of[stage == BOUNDING], minlength=len(whose))
    inline = np.bincount(picked.row, minlength=len(choice.use))
    repeats = (choice.stage == OWN) & uses.solid[choice.use] & (uses.owner[choice.use] >= 0)
    repeats &= (links == 0) & (inline <= bounded[whose])
    keep &= ~repeats[picked.row]
    _renumber(batch, keep)
    return Picked(picked.polygon[keep], picked.row[keep])


def _renumber(batch: Batch, keep: Bools) -> None:
    place = np.cumsum(keep) - 1
    batch.flips = [int(place[face]) for face in batch.flips]


def _face_names(told: Sequence[str | None], shapes: Shapes) -> Told:
    """Ids of the polygons of the geometries whose JSON was asked for."""
    found: dict[int, tuple[str, bool]] = {}
    for k, text in enumerate(told):
        if text is None:
            continue
        first, last = int(shapes.polygon[k]), int(shapes.polygon[k + 1])
        for child in _children(text):
            index = child.get("geometryIndex", 0)
            name = child.get("objectId")
            if isinstance(index, int) and name and first <= first + index < last:
                found[first + index] = (str(name), bool(child.get("isReversed")))
    return found


def _children(text: str) -> list[dict[str, Any]]:
    """The polygons that `geometry_properties` lists; a polygon on its own is its only one."""
    try:
        whole: Any = msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return []
    children = whole.get("children", [whole]) if isinstance(whole, dict) else []
    listed = children if isinstance(children, list) else []
    return [one for one in listed if isinstance(one, dict) and one.get("type") == 5]


def _runs(
    uses: Uses, choice: Choice, placement: I64, picked: Picked
) -> list[tuple[int, int, int, int, int]]:
    """What the faces are, use by use."""
    count = np.bincount(picked.row, minlength=len(choice.use))
    table = np.column_stack((uses.owner[choice.use], choice.lod, choice.surface, placement, count))[
        count > 0
    ]
    return [(a, b, c, d, e) for a, b, c, d, e in table.tolist()]


def _mark(
    uses: Uses, choice: Choice, use_at: I64, mark_at: I64, picked: Picked, shapes: Shapes,
    batch: Batch,
) -> None:  # fmt: skip
    """Keep lines and points of objects that have no faces."""
    owner = np.concatenate((uses.owner[choice.use], uses.owner[choice.marks]))
    at = np.concatenate((np.where(choice.stage == OWN, use_at, -1), mark_at))
    mine = owner >= 0
    faces = np.bincount(
        np.maximum(uses.owner[choice.use][picked.row], 0), minlength=len(batch.ids) + 1
    )
    held: dict[int, list[tuple[F64, bool]]] = {}
    for geometry, points, is_line in shapes.marks:
        held.setdefault(geometry, []).append((points, is_line))
    for k in np.flatnonzero(mine & (at >= 0)).tolist():
        number = int(owner[k])
        if faces[number] == 0 and batch.parent[number] < 0:
            for points, is_line in held.get(int(at[k]), ()):
                batch.marks.append((number, text_of(points), is_line))
