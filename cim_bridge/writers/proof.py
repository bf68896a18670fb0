"""Proof that what was written is what was there: ids, geometry, and nothing but our additions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from cim_bridge.geometry.triangulate import F64
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.reader import Wish, find_reader
from cim_bridge.writers.added import PREFIX
from cim_bridge.writers.passing import Object, Raw, attributes_of, objects_of
from cim_bridge.writers.regroup import renumbered

TOLERANCE = 0.001
"""Metres that a written corner may lie from the stored one."""

_SHOWN = 20
_APART = 1e5
"""Metres between buildings in the fourth coordinate, so that corners meet only their own."""

Parts = Iterable[dict[str, Raw]]


@dataclass
class Proof:
    """What one written file was compared with, and what came of it.

    how: `pass-through` (the original's bytes), `regrouped` (the other form of CityJSON) or `mesh`
    (the model's triangles). max_deviation: metres; None where geometry could not be compared.
    """

    file: str
    how: str
    original: str = ""
    ids_in: int = 0
    ids_out: int = 0
    missing: list[str] = field(default_factory=list)
    extra: list[str] = field(default_factory=list)
    max_deviation: float | None = None
    attributes_added: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether ids and geometry are the same and nothing else was changed."""
        near = self.max_deviation is not None and self.max_deviation <= TOLERANCE
        return near and not (self.missing or self.extra or self.differences)

    @property
    def reason(self) -> str:
        """What is not equal, in short."""
        told = [*self.differences[:3]]
        if self.missing or self.extra:
            told.append(f"{len(self.missing)} ids missing, {len(self.extra)} too many")
        if self.max_deviation is None or self.max_deviation > TOLERANCE:
            told.append(f"max deviation {self.max_deviation} m")
        return "; ".join(told)

    def to_json(self) -> dict[str, Any]:
        """Return every field, long lists cut."""
        return {
            "file": self.file,
            "how": self.how,
            "original": self.original,
            "ids": {
                "in": self.ids_in,
                "out": self.ids_out,
                "missing": self.missing[:_SHOWN],
                "extra": self.extra[:_SHOWN],
            },
            "max_deviation_m": self.max_deviation,
            "attributes_added": self.attributes_added,
            "differences": self.differences[:_SHOWN],
            "equal": self.equal,
        }

    def ids(self, before: Iterable[str], after: Iterable[str]) -> None:
        """Compare two sets of ids."""
        first, second = list(before), list(after)
        self.ids_in, self.ids_out = len(first), len(second)
        self.missing = sorted(set(first) - set(second))
        self.extra = sorted(set(second) - set(first))


def same_text(proof: Proof, old: Parts, new: Parts) -> None:
    """Compare two CityJSON texts member by member: all bytes but the added attributes."""
    before: dict[str, Object] = {}
    after: dict[str, Object] = {}
    for number, (a, b) in enumerate(zip(old, new, strict=True)):
        if _others(a) != _others(b):
            proof.differences.append(f"members of part {number}")
        before |= objects_of(a)
        after |= objects_of(b)
    _same_objects(
        proof, before, after, lambda one: _plain(one["geometry"]) if "geometry" in one else b""
    )


def same_shapes(proof: Proof, old: Parts, new: Parts) -> None:
    """Compare two forms of a CityJSON model: every corner, material and texture resolved."""
    first, second = _resolved(old), _resolved(new)
    if first[1] != second[1]:
        proof.differences.append("head of the file")
    _same_objects(proof, first[0], second[0], lambda one: one.get("geometry"))


def _others(part: dict[str, Raw]) -> dict[str, bytes]:
    return {key: _plain(value) for key, value in part.items() if key != "CityObjects"}


def _plain(text: Raw) -> bytes:
    """JSON text without the blanks between its words; every number keeps its spelling."""
    return msgspec.json.format(bytes(text), indent=-1)


def _same_objects(
    proof: Proof, before: dict[str, Any], after: dict[str, Any], shape: Callable[[Any], Any]
) -> None:
    proof.ids(before, after)
    off = False
    for name in before.keys() & after.keys():
        a, b = before[name], after[name]
        if shape(a) != shape(b):
            off = True
            proof.differences.append(f"geometry of {name}")
        if _rest(a) != _rest(b):
            proof.differences.append(f"members of {name}")
        if _own(a) != _own(b):
            proof.differences.append(f"attributes of {name}")
    proof.differences.sort()
    if not off:
        proof.max_deviation = 0.0


def _rest(item: dict[str, Any]) -> dict[str, bytes]:
    return {k: _plain(v) for k, v in item.items() if k not in ("geometry", "attributes")}


def _own(item: dict[str, Any]) -> dict[str, Any]:
    return {
        key: msgspec.json.decode(value)
        for key, value in attributes_of(item).items()
        if not key.startswith(PREFIX)
    }


def _resolved(parts: Parts) -> tuple[dict[str, Any], dict[str, bytes]]:
    """City objects with coordinates instead of numbers, and the head."""
    objects: dict[str, Any] = {}
    head: dict[str, bytes] = {}
    own = ("CityObjects", "vertices", "appearance", "id", "type")
    for number, part in enumerate(parts):
        if number == 0:
            head = {key: _plain(value) for key, value in part.items() if key not in own}
        vertices = msgspec.json.decode(part.get("vertices", Raw(b"[]")))
        look = msgspec.json.decode(part.get("appearance", Raw(b"{}")))
        lists = {
            "vertex": vertices, "material": look.get("materials", []),
            "texture": look.get("textures", []), "uv": look.get("vertices-texture", []),
        }  # fmt: skip
        numbers = {kind: values.__getitem__ for kind, values in lists.items()}
        for name, item in objects_of(part).items():
            found: dict[str, Any] = dict(item)
            if "geometry" in item:
                shapes = msgspec.json.decode(item["geometry"]) or []
                found["geometry"] = [renumbered(shape, numbers) for shape in shapes]
            objects[name] = found
    return objects, head


def same_mesh(proof: Proof, path: Path, ids: list[str], mesh: Mesh) -> None:
    """Read a written file with our own reader and compare every corner with the stored mesh.

    ids: id of each building in the file; mesh: its feature is the place in `ids`.
    """
    log = IssueLog()
    reader = find_reader(path, log)
    reading = reader.read(path, Wish(), log) if reader else None
    if reading is None:
        proof.differences += [f"{issue.code} {issue.place}" for issue in log.errors]
        return
    units = next((one for one in reading.units if one.level == "building"), None)
    names = units.ids.astype(str).tolist() if units is not None else []
    proof.ids(ids, names)
    place = {name: number for number, name in enumerate(ids)}
    rows = np.array([place.get(name, len(ids)) for name in names], np.int64)
    back = (reading.mesh or Mesh.none()).with_features(rows)
    proof.max_deviation = deviation(mesh, back)
    mesh, back = _once(mesh), _once(back)
    area = np.abs(_area(mesh, len(ids)) - _area(back, len(ids)))
    lost = np.flatnonzero(area > 0.05 + 0.01 * _area(mesh, len(ids)))
    proof.differences += [f"surface of {ids[number]}" for number in lost]
    old, new = (_volume(one, mesh, len(ids)) for one in (mesh, back))
    other = np.flatnonzero(np.abs(old - new) > 0.05 + 0.01 * np.abs(old))
    proof.differences += [f"volume of {ids[number]}" for number in other]


def deviation(old: Mesh, new: Mesh) -> float:
    """Largest distance (metres) from a corner of one mesh to the nearest of the same building.

    Corners that belong to slivers only are not asked for: a triangle narrower than two millimetres
    has no area once written in whole millimetres, and its neighbours cover it.
    """
    from scipy.spatial import cKDTree

    found = 0.0
    for a, b in ((old, new), (new, old)):
        asked, known = _cloud(a, 2 * TOLERANCE), _cloud(b, 0.0)
        if len(asked):
            if not len(known):
                return float("inf")
            away: Any = cKDTree(known).query(asked)[0]
            found = max(found, float(away.max()))
    return round(found, 6)


def _cloud(mesh: Mesh, width: float) -> F64:
    """(N, 4) distinct corners with their building, of triangles at least so wide (metres)."""
    points = mesh.vertices[mesh.triangles]
    sides = [np.linalg.norm(points[:, k] - points[:, k - 1], axis=1) for k in range(3)]
    longest = np.maximum.reduce([*sides, np.full(len(points), 1e-9)])
    twice = np.linalg.norm(
        np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0]), axis=1
    )
    wide = twice >= width * longest
    corners = points[wide].reshape(-1, 3)
    of = np.repeat(mesh.feature[wide].astype(float), 3) * _APART
    found: F64 = np.unique(np.column_stack((corners, of)), axis=0)
    return found


def _once(mesh: Mesh) -> Mesh:
    """Without triangles that lie a second time in the same building: no format need keep them."""
    if not len(mesh):
        return mesh
    whole = np.round(mesh.vertices / TOLERANCE).astype(np.int64)
    weld = np.unique(whole, axis=0, return_inverse=True)[1].reshape(-1)
    corner = weld[mesh.triangles.astype(np.int64)]
    first = corner.argmin(axis=1)[:, None]
    turned = np.take_along_axis(corner, (first + np.arange(3)) % 3, axis=1)
    key = np.column_stack((mesh.feature.astype(np.int64), turned))
    keep = np.zeros(len(mesh), bool)
    keep[np.unique(key, axis=0, return_index=True)[1]] = True
    return mesh.select(keep)


def _area(mesh: Mesh, count: int) -> F64:
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    feature = np.minimum(mesh.feature.astype(np.int64), count)
    found: F64 = np.bincount(feature, area, minlength=count + 1)[:count].astype(np.float64)
    return found


def _volume(mesh: Mesh, about: Mesh, count: int) -> F64:
    """Cubic metres within the triangles of each building, taken about a corner of `about`.

    Of an open body it is no volume, but the same triangles give the same number.
    """
    corner = np.zeros((count + 1, 3))
    corner[np.minimum(about.feature.astype(np.int64), count)] = about.vertices[
        about.triangles[:, 0]
    ]
    feature = np.minimum(mesh.feature.astype(np.int64), count)
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] - corner[feature] for k in range(3))
    each = np.einsum("ij,ij->i", a, np.cross(b, c)) / 6
    found: F64 = np.bincount(feature, each, minlength=count + 1)[:count].astype(np.float64)
    return found
