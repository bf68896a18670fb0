"""All pieces of a tileset as one table of features with one mesh, in a projected system."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.crs import Placement, local_crs
from cim_bridge.geometry.faces import Faces
from cim_bridge.geometry.footprint import footprints
from cim_bridge.geometry.triangulate import normals
from cim_bridge.issues import IssueLog
from cim_bridge.materials import merged
from cim_bridge.mesh import NONE
from cim_bridge.tiles.look import Look
from cim_bridge.tilesin.earth import geodetic, into, on_earth
from cim_bridge.tilesin.pieces import F64, I64, Columns, Piece

_SPECK = 0.05
"""Square metres: smaller holes in a footprint are gaps between quantised triangles."""


@dataclass
class Features:
    """Features of a whole tileset.

    crs: system of vertices and shapes; None when the tileset does not lie on the Earth.
    content (N,): number of the feature's piece; fid, table (N,): its id there.
    shapes (N,): footprints, None without geometry; base, top (N,): metres, ellipsoidal on Earth.
    triangles belong to `owner` (T,).
    """

    crs: str | None
    uris: list[str]
    finest: npt.NDArray[np.bool_]
    content: I64
    fid: I64
    table: I64
    columns: Columns
    vertices: F64
    triangles: I64
    owner: I64
    shapes: npt.NDArray[Any] = field(default_factory=lambda: np.zeros(0, object))
    base: F64 = field(default_factory=lambda: np.zeros(0))
    top: F64 = field(default_factory=lambda: np.zeros(0))
    alone: I64 = field(default_factory=lambda: np.zeros(0, np.int64))
    """(V,) owner of every vertex that is a point of its own, -1 none."""
    look: Look | None = None

    def __len__(self) -> int:
        return len(self.fid)

    def moved(self, source: str, target: str) -> None:
        """Bring features that are in `source` into the metre system `target`."""
        self.vertices = Placement(source, target).points(self.vertices)
        self.crs = target
        _foot(self)


def gather(
    pieces: list[Piece], log: IssueLog, file: str, *, crs: str | None = None, offset: float = 0.0
) -> Features:
    """Join the pieces and place them: on Earth in `crs` or a local metre system, else as they are.

    offset: metres taken off ellipsoidal heights. Footprints and heights are made too.
    """
    counts = np.array([len(piece) for piece in pieces], np.int64)
    spots = np.array([len(piece.vertices) for piece in pieces], np.int64)
    first = np.concatenate(([0], np.cumsum(counts)))
    start = np.concatenate(([0], np.cumsum(spots)))
    points = np.concatenate([piece.vertices for piece in pieces] or [np.zeros((0, 3))])
    found = Features(
        None,
        [piece.uri for piece in pieces],
        np.repeat([piece.finest for piece in pieces], counts).astype(bool),
        np.repeat(np.arange(len(pieces)), counts),
        _joined([piece.fid for piece in pieces]),
        _joined([piece.table for piece in pieces]),
        _columns(pieces, first),
        points,
        np.concatenate(
            [p.triangles + by for p, by in zip(pieces, start[:-1], strict=True)]
            or [np.zeros((0, 3), np.int64)]
        ),
        _joined(
            [
                np.where(p.owner >= 0, p.owner + by, -1)
                for p, by in zip(pieces, first[:-1], strict=True)
            ]
        ),
    )
    found.alone = _joined(
        [
            np.where(p.point_owner >= 0, p.point_owner + by, -1)
            for p, by in zip(pieces, first[:-1], strict=True)
        ]
    )
    found.look = _look(pieces)
    _place(found, crs, offset, log, file)
    _foot(found)
    return found


def _look(pieces: list[Piece]) -> Look | None:
    """What the triangles of all pieces wear; None when none wears anything."""
    if all(piece.material is None for piece in pieces):
        return None
    table, moved = merged([piece.materials for piece in pieces])
    rows, corners = [], []
    for piece, to in zip(pieces, moved, strict=True):
        count = len(piece.triangles)
        own = np.full(count, -1) if piece.material is None else piece.material
        rows.append(np.append(to, np.uint32(NONE))[own])
        corners.append(np.zeros((count, 3, 2), np.float32) if piece.uv is None else piece.uv)
    return Look(np.concatenate(rows).astype(np.uint32), np.concatenate(corners), table)


def _joined(parts: list[I64]) -> I64:
    return np.concatenate(parts or [np.zeros(0, np.int64)]).astype(np.int64)


def _columns(pieces: list[Piece], first: I64) -> Columns:
    names = list(dict.fromkeys(name for piece in pieces for name in piece.columns))
    total = int(first[-1])
    found: Columns = {}
    for name in names:
        parts = [piece.columns.get(name) for piece in pieces]
        kinds = {part.dtype.kind for part in parts if part is not None}
        if None not in [None if part is None else 0 for part in parts] and kinds <= set("iuf"):
            found[name] = np.concatenate([part for part in parts if part is not None])
            continue
        column = np.full(total, None, object)
        for part, a, b in zip(parts, first[:-1].tolist(), first[1:].tolist(), strict=True):
            if part is not None:
                column[a:b] = part
        found[name] = column
    return found


def _place(found: Features, crs: str | None, offset: float, log: IssueLog, file: str) -> None:
    if not on_earth(found.vertices):
        if len(found.vertices):
            log.add("TILESIN_NOT_ON_EARTH", file=file)
        return
    if crs is None:
        middle = np.median(found.vertices, axis=0)[None]
        lon, lat, _ = np.degrees(geodetic(middle))[0]
        crs = local_crs(float(lon), float(lat))
    found.crs = crs
    found.vertices = into(found.vertices, crs, offset)


def _foot(found: Features) -> None:
    """Footprints: what every feature covers seen from above; the hull where it has only points."""
    count, alone = len(found), found.alone
    found.shapes = np.full(count, None, object)
    found.base, found.top = np.full(count, np.inf), np.full(count, -np.inf)
    mine = found.owner >= 0
    triangles, owner = found.triangles[mine], found.owner[mine]
    if len(triangles):
        z = found.vertices[:, 2][triangles]
        np.minimum.at(found.base, owner, z.min(axis=1))
        np.maximum.at(found.top, owner, z.max(axis=1))
        found.shapes = _without_specks(_covered(triangles, owner, found.vertices, count))
    dots = np.flatnonzero(alone >= 0)
    if len(dots):
        _foot_points(found, dots, alone[dots])
    empty = np.isinf(found.base)
    found.base[empty] = found.top[empty] = np.nan


def _covered(triangles: I64, owner: I64, points: F64, count: int) -> npt.NDArray[Any]:
    step = np.arange(len(triangles) + 1)
    faces = Faces(triangles.ravel(), step * 3, step, owner, np.zeros(count, np.int64))
    normal = normals(faces, points)
    length = np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
    lying = np.abs(normal[:, 2]) / length > 0.05
    shapes: npt.NDArray[Any] = footprints(faces, points, normal, lying, owner, count)
    return shapes


def _without_specks(shapes: npt.NDArray[Any]) -> npt.NDArray[Any]:
    holed = np.flatnonzero(shapely.get_num_interior_rings(shapes) > 0)
    many = shapely.get_type_id(shapes) == 6
    chosen = np.union1d(holed, np.flatnonzero(many))
    if not len(chosen):
        return shapes
    parts, index = shapely.get_parts(shapes[chosen], return_index=True)
    parts, index = parts[shapely.area(parts) > _SPECK], index[shapely.area(parts) > _SPECK]
    if not len(parts):
        return shapes
    rings, of = shapely.get_rings(parts, return_index=True)
    outer = np.concatenate(([True], of[1:] != of[:-1]))
    large = shapely.area(shapely.polygons(rings)) > _SPECK
    keep = outer | large
    mended = shapely.polygons(rings[outer])
    inner = np.flatnonzero(keep & ~outer)
    for part in np.unique(of[inner]).tolist():
        holes = rings[inner[of[inner] == part]]
        mended[part] = shapely.polygons(shapely.get_exterior_ring(parts[part]), holes)
    which, place = np.unique(index, return_inverse=True)
    joined: Any = shapely.multipolygons(mended, indices=place)
    single = shapely.get_num_geometries(joined) == 1
    joined[single] = shapely.get_geometry(joined[single], 0)
    shapes = shapes.copy()
    shapes[chosen[which]] = joined
    return shapes


def _foot_points(found: Features, dots: I64, owner: I64) -> None:
    points = found.vertices[dots]
    np.minimum.at(found.base, owner, points[:, 2])
    np.maximum.at(found.top, owner, points[:, 2])
    order = np.argsort(owner, kind="stable")
    which, index = np.unique(owner[order], return_inverse=True)
    spots: Any = shapely.points(points[order, :2])
    hulls: Any = shapely.convex_hull(shapely.multipoints(spots, indices=index))
    flat = shapely.get_type_id(hulls) != 3
    hulls[flat] = shapely.buffer(hulls[flat], 0.05)
    lacking = shapely.is_missing(found.shapes[which])
    found.shapes[which[lacking]] = hulls[lacking]
