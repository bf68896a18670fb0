"""Which property is the id of a tileset's features."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.attributes import spellings
from cim_bridge.issues import IssueLog
from cim_bridge.tilesin.pieces import WHOLE, Piece

_FIRST = ("gml_id", "gml:id", "gmlid", "unit_id", "id", "identificatie", "globalid", "guid",
          "uuid", "building_id", "buildingid", "bldg_id", "source_id")  # fmt: skip
_LAST = ("name", "label", "名称", "楼号")
ENOUGH = 0.95
"""Share of features that an id must name, each by its own."""
_NEVER = ("batchid", "_batchid", "featureid", "height", "longitude", "latitude", "class")


def texts_of(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Texts of a property, "" where it is missing; whole floats lose their ".0"."""
    if values.dtype.kind == "f":
        whole = np.isfinite(values) & (values == np.rint(values)) & (np.abs(values) < 2**53)
        texts = np.where(np.isfinite(values), values.astype(str), "").astype(object)
        texts[whole] = values[whole].astype(np.int64).astype(str)
        return texts
    if values.dtype.kind in "iu":
        return values.astype(str).astype(object)
    return np.array([_text(value) for value in values.tolist()] + [""], object)[:-1]


def _text(value: Any) -> str:
    if value is None or isinstance(value, (list, dict)) or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def own_names(piece: Piece) -> npt.NDArray[Any]:
    """`<content>#<feature id>`; a content that is one thing is its URI alone."""
    fid = piece.fid.astype(str).astype(object)
    if (piece.table > 0).any():
        fid = np.where(piece.table > 0, piece.table.astype(str).astype(object) + "." + fid, fid)
    return np.where(piece.fid == WHOLE, piece.uri, f"{piece.uri}#" + fid)


def choose_key(pieces: list[Piece], wanted: str | None, log: IssueLog, file: str) -> str | None:
    """The id property: the one asked for, else the first likely one that tells features apart."""
    names = list(dict.fromkeys(name for piece in pieces for name in piece.columns))
    if wanted is not None:
        if wanted not in names:
            log.add(
                "TILESIN_KEY_UNKNOWN", file=file, column=wanted, columns=", ".join(names) or "—"
            )
            return None
        return wanted
    for name in _likely(names):
        example = _apart(pieces, name)
        if example:
            log.add("TILESIN_KEY_CHOSEN", file=file, column=name, example=example)
            return name
    log.add("TILESIN_KEY_NONE", file=file)
    return None


def _likely(names: list[str]) -> Iterator[str]:
    lower = {name.strip().lower(): name for name in reversed(names)}
    told = [name.format(level="building") for name in spellings()["keys"]["names"]]
    ending = tuple(spellings()["keys"]["endings"])
    ends = [name for name in lower if name.endswith(ending)]
    for name in dict.fromkeys((*_FIRST, *told, *ends, *_LAST)):
        if name in lower and name not in _NEVER:
            yield lower[name]


def _apart(pieces: list[Piece], name: str) -> str:
    """An example when the property tells features apart: a label wholly, an id but for a few.

    Real tilesets hold a handful of doubles and gaps: those are merged, or named by their place.
    """
    parts = [
        texts_of(piece.columns[name]) if name in piece.columns else np.full(len(piece), "", object)
        for piece in pieces
        if piece.finest and len(piece)
    ]
    if not parts:
        return ""
    total = sum(map(len, parts))
    given = [texts[texts != ""].astype(str) for texts in parts]
    inside = sum(len(np.unique(texts)) for texts in given)
    joined = np.concatenate(given)
    needed = total if name.strip().lower() in _LAST else ENOUGH * total
    if inside < needed or len(np.unique(joined)) * 2 <= total:
        return ""
    return ", ".join(joined[:3].tolist())
