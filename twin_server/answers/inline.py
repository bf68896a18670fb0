"""Overlay answers whose codes are made for one question: the column travels inside the answer."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.texts import Text, text
from indicator_overlays import ramp
from indicator_overlays.columns import NO_UNIT, STATE_CODES
from indicator_overlays.legend import plain_number
from twin_server.twin import Twin

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

_STATE_NAMES = {code: name for name, code in STATE_CODES.items()}


def inline_column(codes: npt.NDArray[Any], dtype: str) -> dict[str, Any]:
    """A column as a data: address; `dtype` names what its bytes are."""
    body = codes.tobytes()
    packed = base64.b64encode(body).decode()
    return {
        "url": f"data:application/octet-stream;base64,{packed}",
        "dtype": dtype,
        "length": len(codes),
        "digest": hashlib.sha256(body).hexdigest(),
    }


def removed_rows(twin: Twin, level: str) -> npt.NDArray[np.bool_]:
    """True for the rows of a level that no living unit has."""
    units = twin.units
    mine = np.flatnonzero(units.levels == units.table.code("level", level))
    rows = units.table.numbers("row")[mine].astype(np.int64)
    gone = np.ones(int(rows.max(initial=-1)) + 1, bool)
    gone[rows[units.alive[mine]]] = False
    return gone


def histogram_of(values: Floats, bins: int = 24) -> dict[str, Any] | None:
    """Edges and counts of the finite values; None without any."""
    finite = values[np.isfinite(values)]
    if not len(finite):
        return None
    counts, edges = np.histogram(finite, bins=min(bins, max(1, len(np.unique(finite)))))
    return {"edges": edges.tolist(), "counts": counts.tolist()}


def states_of(codes: Bytes) -> dict[str, int]:
    """How many units hold each state that is not a class."""
    found, counts = np.unique(codes, return_counts=True)
    pairs = zip(found.tolist(), counts.tolist(), strict=True)
    return {_STATE_NAMES[code]: count for code, count in pairs if code in _STATE_NAMES}


def counted(classes: list[dict[str, Any]], codes: Bytes) -> list[dict[str, Any]]:
    """Classes with the number of units in each."""
    counts = np.bincount(codes, minlength=256)
    return [{**item, "count": int(counts[item["index"]])} for item in classes]


def plain_class(
    index: int, color: str, label: Text, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    """A class without a verdict."""
    return {
        "index": index,
        "from": low,
        "to": high,
        "from_closed": low is not None,
        "to_closed": False,
        "label": label,
        "color": color,
        "ink": ramp.ink(color),
        "meets": None,
        "count": 0,
    }


def range_label(low: float | None, high: float | None) -> Text:
    """Words for a class between two numbers."""
    if low is None and high is None:
        return text("全部", "All")
    if low is None:
        words = f"< {plain_number(high or 0.0)}"
    elif high is None:
        words = f"≥ {plain_number(low)}"
    else:
        words = f"{plain_number(low)} – {plain_number(high)}"
    return text(words, words)


def laid_out(twin: Twin, level: str, codes: Bytes) -> Bytes:
    """Codes of a whole level with its removed rows marked."""
    gone = removed_rows(twin, level)
    full = np.full(len(gone), STATE_CODES["missing"], np.uint8)
    size = min(len(full), len(codes))
    full[:size] = codes[:size]
    full[gone] = NO_UNIT
    return full
