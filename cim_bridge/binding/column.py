"""(content, feature id) → unit row as one binary column with a small index, for viewers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.mesh import NONE
from cim_bridge.tilesin.gather import Features
from cim_bridge.tilesin.pieces import WHOLE

I64 = npt.NDArray[np.int64]
_SPARSE = 1 << 22
"""A content whose ids go beyond this is not written: its ids are no counts."""


@dataclass(frozen=True)
class MapColumn:
    """contents: URI → {first, count} of its part of `rows`, or {row} for one without features."""

    contents: dict[str, dict[str, int]]
    rows: npt.NDArray[np.uint32]


def map_column(features: Features, row: I64) -> MapColumn:
    """Build from the row of every feature (-1 none); element first + feature id is its row.

    Where a content has several property tables, the first is the one a viewer picks by.
    """
    contents: dict[str, dict[str, int]] = {}
    parts: list[npt.NDArray[np.uint32]] = []
    total = 0
    bounds = np.searchsorted(features.content, np.arange(len(features.uris) + 1))
    for number, uri in enumerate(features.uris):
        here = np.arange(bounds[number], bounds[number + 1])
        if not len(here) or uri in contents:
            continue
        here = here[features.table[here] == _primary(features.table[here])]
        fid, rows = features.fid[here], row[here]
        if fid[0] == WHOLE:
            contents[uri] = {"row": int(rows[0]) if rows[0] >= 0 else NONE}
            continue
        count = int(fid.max()) + 1
        if count > _SPARSE:
            continue
        part = np.full(count, NONE, np.uint32)
        bound = rows >= 0
        part[fid[bound]] = rows[bound].astype(np.uint32)
        contents[uri] = {"first": total, "count": count}
        parts.append(part)
        total += count
    return MapColumn(contents, np.concatenate(parts or [np.zeros(0, np.uint32)]))


def _primary(tables: I64) -> Any:
    known = tables[tables >= 0]
    return known.min() if len(known) else -1
