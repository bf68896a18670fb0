"""Existing 3D Tiles: every feature of a tileset becomes a unit, its triangles the unit's body."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Units, Wish
from cim_bridge.tilesin.web import MAGIC

if TYPE_CHECKING:
    import pandas as pd

    from cim_bridge.mesh import Mesh
    from cim_bridge.tilesin.gather import Features
    from cim_bridge.tilesin.pieces import Piece

_LOD = 20
"""Ten times the level of detail given to triangles whose own is unknown."""


class Tileset:
    """Reads a tileset.json, .3tz or .3dtiles of version 1.0 or 1.1 (see cim_bridge.tilesin)."""

    name = "3dtiles"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether it is a tileset's JSON, or an archive of one by its ending."""
        suffix = path.suffix.lower()
        if suffix in (".3tz", ".3dtiles"):
            return head.startswith((b"PK", b"SQLite format 3"))
        if head.startswith(MAGIC):
            return True
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if head[:2] == b"\x1f\x8b" or text.startswith(b"{"):
            named = path.name.lower() == "tileset.json"
            told = b'"geometricError"' in head and (b'"asset"' in head or b'"root"' in head)
            return named or (told and suffix == ".json")
        return False

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read the contents that nothing finer replaces."""
        from cim_bridge.tilesin.opened import open_tileset

        before = len(log.errors)
        opened = open_tileset(path, log, looks=True)
        if opened is None:
            return None
        pieces = list(opened.pieces(finest=True))
        opened.package.close()
        return reading_of(pieces, wish, log, path.name) if len(log.errors) == before else None


def reading_of(pieces: list[Piece], wish: Wish, log: IssueLog, file: str) -> Reading | None:
    """Contents that were read already as a Reading; None when an error was found."""
    from cim_bridge.tilesin.gather import gather
    from cim_bridge.tilesin.keys import choose_key

    before = len(log.errors)
    if not any(len(piece) for piece in pieces):
        log.add("TILESIN_NOTHING", file=file)
        return None
    key = choose_key(pieces, wish.key, log, file)
    if len(log.errors) > before:
        return None
    ids = _ids(pieces, key, log, file)
    found = gather(pieces, log, file, crs=_metres(wish.crs))
    return _reading(found, ids, wish, log, file)


def _metres(crs: str | None) -> str | None:
    """The wished system when lengths are true in it: the city is placed from there."""
    from cim_bridge.crs import crs_text, measures_true, read_crs

    asked = crs_text(crs)
    return asked if asked and read_crs(asked) is not None and measures_true(asked) else None


def _ids(pieces: list[Piece], key: str | None, log: IssueLog, file: str) -> npt.NDArray[Any]:
    """Source ids of all features, piece after piece."""
    from cim_bridge.tilesin.keys import own_names, texts_of

    parts: list[npt.NDArray[Any]] = []
    gaps = 0
    for piece in pieces:
        own = own_names(piece)
        if key is not None and key in piece.columns:
            texts = texts_of(piece.columns[key])
            gaps += int((texts == "").sum())
            parts.append(np.where(texts == "", own, texts))
        else:
            gaps += len(piece) if key is not None else 0
            parts.append(own)
    if gaps:
        log.add("TILESIN_KEY_GAPS", file=file, column=key, count=gaps)
    return np.concatenate(parts)


def _reading(
    found: Features, ids: npt.NDArray[Any], wish: Wish, log: IssueLog, file: str
) -> Reading | None:
    """Features of one id are one unit, wherever the tiles cut it."""
    import pandas as pd
    import shapely

    from cim_bridge.geometry.footprint import union_by

    drawn = ~shapely.is_missing(found.shapes)
    if not drawn.all():
        log.add("TILESIN_WITHOUT_SHAPE", file=file, count=int((~drawn).sum()))
    frame = pd.DataFrame({name: values.tolist() for name, values in found.columns.items()})
    frame = frame.reindex(range(len(found)))
    keep = _wished(frame, wish.where, log, file)
    if keep is None:
        return None
    rows = np.flatnonzero(drawn & keep)
    names, first, unit = np.unique(ids[rows].astype(str), return_index=True, return_inverse=True)
    if len(names) < len(rows):
        log.add("TILESIN_MERGED", file=file, count=len(rows) - len(names), units=len(names))
    order = np.argsort(first)  # units in the order in which the tiles name them
    unit = np.argsort(order)[unit]
    frame = frame.iloc[rows[first[order]]].reset_index(drop=True)
    base = np.full(len(names), np.inf)
    np.minimum.at(base, unit, found.base[rows])
    units = _units(frame, names[order].astype(object), base, wish)
    units.shapes = union_by(found.shapes[rows], unit, len(names))
    mesh = _mesh(found, rows, unit) if units.level == "building" else None
    return Reading(found.crs, [units], mesh, ellipsoidal=found.crs is not None)


def _mesh(found: Features, rows: npt.NDArray[Any], unit: npt.NDArray[Any]) -> Mesh:
    """Triangles of the features in `rows`, which belong to the units in `unit`."""
    from cim_bridge.mesh import NONE, Mesh

    row_of = np.full(len(found) + 1, NONE, np.uint32)  # the last one serves owner -1
    row_of[rows] = unit
    mesh = Mesh.of(found.vertices, found.triangles, row_of[found.owner], _LOD)
    if found.look is not None:
        mesh = mesh.wearing(found.look.material, found.look.uv, found.look.materials)
    return mesh.select(mesh.feature != NONE)


def _wished(
    frame: pd.DataFrame, where: str | None, log: IssueLog, file: str
) -> npt.NDArray[np.bool_] | None:
    """Features with the wished value of a property; None when there is no such property."""
    from cim_bridge.attributes import as_texts

    if where is None:
        return np.ones(len(frame), bool)
    name, _, value = (part.strip() for part in where.partition("="))
    if name not in frame.columns:
        columns = ", ".join(map(str, frame.columns)) or "—"
        log.add("TILESIN_KEY_UNKNOWN", file=file, column=name, columns=columns)
        return None
    keep: npt.NDArray[np.bool_] = as_texts(frame[name]) == value
    if not keep.any():
        log.add("FILTER_EMPTY", file=file, cell=name, where=where)
    return keep


def _units(frame: pd.DataFrame, ids: npt.NDArray[Any], base: npt.NDArray[Any], wish: Wish) -> Units:
    """Columns of the units; their ground is where their triangles begin, unless it is told."""
    from cim_bridge.attributes import columns_of, json_rows, layer_kind

    level = "object" if wish.layer else wish.level or "building"
    columns = columns_of(frame, level)
    columns["source_id"] = ids
    columns["attributes"] = json_rows(frame)
    columns["ground"] = np.where(np.isnan(columns["ground"]), base, columns["ground"])
    if wish.layer:
        columns["kind"] = np.full(len(ids), layer_kind(wish.layer) or wish.layer, object)
    return Units(level, columns, np.full(len(ids), None, object))


READER = Tileset()
