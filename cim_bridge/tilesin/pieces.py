"""What one content gives: features with properties, and triangles or points that belong to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.materials import Materials

F64 = npt.NDArray[np.float64]
I64 = npt.NDArray[np.int64]
F32 = npt.NDArray[np.float32]
Columns = dict[str, npt.NDArray[Any]]

WHOLE = -1
"""Feature id of a content that has no features of its own: it is one thing."""
MAX_VERTICES = 50_000_000
"""Vertices of one content, instances written out."""


@dataclass
class Shape:
    """Geometry of one primitive in glTF axes, with ids as the file gives them.

    triangles is empty for points. feature (V,): feature id of every vertex, -1 none.
    table: which property table the ids speak of, -1 none.
    material: row of the document's materials, -1 none; uv (V, 2): v up, None without an image.
    """

    vertices: F64
    triangles: I64
    feature: I64
    table: int = -1
    material: int = -1
    uv: F32 | None = None


@dataclass
class Table:
    """One table of features: `count` rows; columns may be empty."""

    count: int
    columns: Columns = field(default_factory=dict)


@dataclass
class Piece:
    """One content read. Vertices are in the axes of the tileset's root, metres.

    fid, table (N,): feature id and table of every feature; columns: N values each.
    owner (T,), point_owner (V,): place of the feature in those lists, -1 none.
    material (T,), uv (T, 3, 2), materials: as in cim_bridge.mesh, where looks were asked for.
    """

    uri: str
    kind: str
    fid: I64
    table: I64
    columns: Columns
    vertices: F64
    triangles: I64
    owner: I64
    point_owner: I64
    notes: dict[str, int] = field(default_factory=dict)
    finest: bool = True
    material: I64 | None = None
    uv: F32 | None = None
    materials: Materials = ()

    def __len__(self) -> int:
        return len(self.fid)


def assemble(uri: str, kind: str, shapes: list[Shape], tables: list[Table]) -> Piece:
    """Join primitives and tables: rows of the tables that have columns, else the ids in use."""
    starts = np.cumsum([0, *(len(s.vertices) for s in shapes)]).astype(np.int64)
    vertices = np.concatenate([s.vertices for s in shapes] or [np.zeros((0, 3))])
    feature = np.concatenate([s.feature for s in shapes] or [np.zeros(0, np.int64)])
    table = np.repeat(
        np.array([s.table for s in shapes], np.int64), [len(s.vertices) for s in shapes]
    )
    triangles = np.concatenate(
        [s.triangles + first for s, first in zip(shapes, starts[:-1], strict=True)]
        or [np.zeros((0, 3), np.int64)]
    )
    drawn = np.concatenate(
        [np.full(len(s.vertices), not len(s.triangles)) for s in shapes] or [np.zeros(0, bool)]
    )
    fid, of, columns = _features(feature, table, tables)
    place = _place(feature, table, fid, of)
    if not len(fid) and len(vertices):
        fid, of = np.array([WHOLE]), np.array([-1])
        place = np.zeros(len(vertices), np.int64)
    owner = place[triangles[:, 0]] if len(triangles) else np.zeros(0, np.int64)
    return Piece(
        uri, kind, fid, of, columns, vertices, triangles, owner, np.where(drawn, place, -1)
    )


def dressed(piece: Piece, shapes: list[Shape], materials: Materials) -> Piece:
    """Give a piece what its shapes, in the same order, wear."""
    if not materials:
        return piece
    piece.materials = materials
    piece.material = np.repeat(
        np.array([s.material for s in shapes], np.int64), [len(s.triangles) for s in shapes]
    )
    corners = [
        np.zeros((len(s.triangles), 3, 2), np.float32) if s.uv is None else s.uv[s.triangles]
        for s in shapes
    ]
    piece.uv = np.concatenate(corners or [np.zeros((0, 3, 2), np.float32)])
    return piece


def _features(feature: I64, table: I64, tables: list[Table]) -> tuple[I64, I64, Columns]:
    fids, ofs, parts = [], [], []
    for number in range(-1, len(tables)):
        known = tables[number] if number >= 0 else Table(0)
        used = np.unique(feature[(table == number) & (feature >= 0)])
        if known.columns:
            length = min(known.count, *(len(values) for values in known.columns.values()))
            used = np.union1d(np.arange(length), used)
        fids.append(used)
        ofs.append(np.full(len(used), number, np.int64))
        parts.append(known)
    fid, of = np.concatenate(fids).astype(np.int64), np.concatenate(ofs)
    columns: Columns = {}
    for number, part in enumerate(parts):
        for name, values in part.columns.items():
            rows = np.flatnonzero((of == number - 1) & (fid < len(values)))
            if len(rows) == len(fid):
                columns[name] = values[fid]
                continue
            column = columns.setdefault(name, np.full(len(fid), None, object)).astype(object)
            column[rows] = values[fid[rows]]
            columns[name] = column
    return fid, of, columns


def _place(feature: I64, table: I64, fid: I64, of: I64) -> I64:
    """Place in (of, fid) of every vertex's (table, feature), -1 none."""
    found = np.full(len(feature), -1, np.int64)
    for number in np.unique(of).tolist():
        rows = np.flatnonzero(of == number)
        here = np.flatnonzero((table == number) & (feature >= 0))
        at = np.minimum(np.searchsorted(fid[rows], feature[here]), len(rows) - 1)
        found[here] = np.where(fid[rows[at]] == feature[here], rows[at], -1)
    return found


def with_constants(piece: Piece, values: dict[str, Any]) -> Piece:
    """Add metadata of the tile, content and group as columns that every feature has."""
    for name, value in values.items():
        if name not in piece.columns and len(piece):
            column = np.full(len(piece), None, object)
            for row in range(len(piece) if isinstance(value, list) else 0):
                column[row] = value
            if not isinstance(value, list):
                column[:] = value
            piece.columns[name] = column
    return piece
