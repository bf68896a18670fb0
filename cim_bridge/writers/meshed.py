"""CityJSON of buildings whose original is gone or was none: the stored triangles as solids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.geometry.faces import I64, Bools
from cim_bridge.mesh import GROUND, ROOF, WALL, Mesh, finest
from cim_bridge.table import Columns
from cim_bridge.writers.added import Added

STEP = 0.001
"""Metres of a whole-number coordinate: what is written lies within 0.9 mm of what is stored."""

SURFACES = {WALL: "WallSurface", ROOF: "RoofSurface", GROUND: "GroundSurface"}
_NAMED = {"height": "measuredHeight", "storeys": "storeysAboveGround", "use": "function",
          "year_built": "yearOfConstruction"}  # fmt: skip


@dataclass(frozen=True)
class Bodies:
    """Buildings to write: their columns, and welded whole-number vertices.

    points (V, 3) int64 in STEP from origin; triangles (T, 3) in row order; first, count: run of
    each building's triangles; closed: whether they bound a solid.
    """

    columns: Columns
    origin: npt.NDArray[np.float64]
    points: I64
    triangles: I64
    surface: npt.NDArray[np.uint8]
    lod: npt.NDArray[np.uint8]
    first: I64
    count: I64
    closed: Bools

    def __len__(self) -> int:
        return len(self.first)


def bodies_of(columns: Columns, mesh: Mesh, step: float = STEP) -> Bodies:
    """Take the finest triangles of some buildings (columns in row order) from the model's mesh."""
    rows = columns["row"].astype(np.int64)
    place = np.full(int(rows.max(initial=-1)) + 2, -1, np.int64)
    place[rows] = np.arange(len(rows))
    of = place[np.minimum(mesh.feature.astype(np.int64), len(place) - 1)]
    mine = (of >= 0) & finest(mesh)
    part, of = mesh.select(mine), of[mine]
    origin = np.floor(part.vertices.min(axis=0)) if len(part) else np.zeros(3)
    whole = np.round((part.vertices - origin) / step).astype(np.int64)
    points, at = np.unique(whole, axis=0, return_inverse=True)
    triangles = at.reshape(-1)[part.triangles.astype(np.int64)].reshape(-1, 3)
    a, b, c = triangles.T
    sound = (a != b) & (b != c) & (c != a)
    triangles, of = triangles[sound], of[sound]
    count = np.bincount(of, minlength=len(rows))
    return Bodies(
        columns, origin, points, triangles, part.surface[sound], part.lod[sound],
        np.cumsum(count) - count, count, _closed(triangles, of, len(rows)) & (count > 3),
    )  # fmt: skip


def _closed(triangles: I64, of: I64, rows: int) -> Bools:
    """Whether every edge of a building is passed as often forth as back."""
    ends = [(0, 1), (1, 2), (2, 0)]
    low = np.concatenate([np.minimum(triangles[:, i], triangles[:, j]) for i, j in ends])
    high = np.concatenate([np.maximum(triangles[:, i], triangles[:, j]) for i, j in ends])
    forth = np.concatenate([np.sign(triangles[:, j] - triangles[:, i]) for i, j in ends])
    owner = np.tile(of, 3)
    order = np.lexsort((high, low, owner))
    low, high, owner, forth = low[order], high[order], owner[order], forth[order]
    new = np.ones(len(owner), bool)
    new[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1]) | (owner[1:] != owner[:-1])
    start = np.flatnonzero(new)
    found = np.ones(rows, bool)
    if len(start):
        odd = np.add.reduceat(forth, start) != 0
        found[owner[start[odd]]] = False
    return found


def header(bodies: Bodies, crs: str, title: str) -> dict[str, Any]:
    """A CityJSON 2.0 head: CRS, extent and the transform of the whole-number vertices."""
    metadata: dict[str, Any] = {"title": title}
    authority, _, code = crs.partition(":")
    if code.isdigit():
        metadata["referenceSystem"] = f"https://www.opengis.net/def/crs/{authority}/0/{code}"
    if len(bodies.points):
        ends = [bodies.points.min(axis=0), bodies.points.max(axis=0)]
        box = np.concatenate(ends) * STEP + np.tile(bodies.origin, 2)
        metadata["geographicalExtent"] = np.round(box, 3).tolist()
    transform = {"scale": [STEP] * 3, "translate": bodies.origin.tolist()}
    return {"type": "CityJSON", "version": "2.0", "metadata": metadata, "transform": transform}


def objects(bodies: Bodies, added: Added) -> Iterator[tuple[str, dict[str, Any], I64]]:
    """(id, city object, numbers of the vertices it uses) of every building."""
    for place in range(len(bodies)):
        run = slice(bodies.first[place], bodies.first[place] + bodies.count[place])
        triangles = bodies.triangles[run]
        used, local = np.unique(triangles, return_inverse=True)
        item: dict[str, Any] = {
            "type": "Building",
            "attributes": {**attributes(bodies.columns, place),
                           **added.of(str(bodies.columns["id"][place]))},
        }  # fmt: skip
        if len(triangles):
            item["geometry"] = [_geometry(bodies, place, run, local.reshape(-1, 3))]
        yield str(bodies.columns["source_id"][place]), item, used


def attributes(columns: Columns, place: int) -> dict[str, Any]:
    """A building's own attributes, and what the model knows of it under CityJSON's names."""
    own: dict[str, Any] = orjson.loads(columns["attributes"][place] or "{}")
    for name, word in _NAMED.items():
        value = columns[name][place]
        known = bool(value) if isinstance(value, str) else bool(np.isfinite(value))
        if known and word not in own:
            whole = name in ("storeys", "year_built")
            own[word] = value if isinstance(value, str) else int(value) if whole else float(value)
    return own


def _geometry(bodies: Bodies, place: int, run: slice, triangles: I64) -> dict[str, Any]:
    codes = bodies.surface[run].tolist()
    kinds = [code for code in SURFACES if code in codes]
    number: dict[int, int | None] = {code: kinds.index(code) for code in kinds}
    values = [number.get(code) for code in codes]
    faces = triangles[:, None, :].tolist()
    closed = bool(bodies.closed[place])
    lod = int(bodies.lod[run].max())
    made: dict[str, Any] = {
        "type": "Solid" if closed else "MultiSurface",
        "lod": f"{lod / 10:g}" if lod else "1",
        "boundaries": [faces] if closed else faces,
    }
    if kinds:
        surfaces = [{"type": SURFACES[code]} for code in kinds]
        made["semantics"] = {"surfaces": surfaces, "values": [values] if closed else values}
    return made


def sequence(bodies: Bodies, added: Added, head: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Header and features of a CityJSONSeq."""
    yield {**head, "CityObjects": {}, "vertices": []}
    for name, item, used in objects(bodies, added):
        yield {
            "type": "CityJSONFeature",
            "id": name,
            "CityObjects": {name: item},
            "vertices": bodies.points[used].tolist(),
        }
