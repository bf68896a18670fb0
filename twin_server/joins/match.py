"""Which rows of a table belong to which features: by exact key, the first row of a key wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from twin_server.joins.table import Table

SHOWN = 10_000
"""Keys of one sort that are listed; their numbers are always whole."""


@dataclass(frozen=True)
class Matched:
    """rows: the table's row of each feature, -1 without one; information: what became of keys."""

    rows: npt.NDArray[np.int64]
    information: dict[str, Any]


def match(keys: Sequence[str], table: Table) -> Matched:
    """Find each feature's row. Keys are compared as texts; an empty one matches nothing."""
    import pandas as pd

    theirs = pd.Index(np.array(table.keys, object))
    again = np.asarray(theirs.duplicated(keep="first")) & (theirs != "")
    first = np.flatnonzero(~again & (theirs != ""))
    unique = theirs[first]
    ours = np.array(keys, object)
    found = unique.get_indexer(pd.Index(ours))
    rows = np.where(found >= 0, first[found] if len(first) else -1, -1).astype(np.int64)
    there = rows >= 0
    extra = unique[~np.isin(np.arange(len(unique)), found[there])]
    sorts = {
        "MatchedCollectionKeys": ours[there].tolist(),
        "UnmatchedCollectionKeys": ours[~there].tolist(),
        "AdditionalAttributeKeys": extra.tolist(),
        "DuplicateAttributeKeys": list(dict.fromkeys(theirs[again].tolist())),
    }
    counts = {f"numberOf{name}": len(listed) for name, listed in sorts.items()}
    lists = {name[0].lower() + name[1:]: listed[:SHOWN] for name, listed in sorts.items()}
    return Matched(rows, {**counts, **lists})


def attached(
    features: list[dict[str, Any]], table: Table, matched: Matched
) -> list[dict[str, Any]]:
    """Features with the table's cells among their properties; null where no row fits.

    A column takes the place of a property of the same name: names are those of the table.
    """
    names = list(table.columns)
    cells = list(zip(*table.columns.values(), strict=True)) or [()] * len(table.keys)
    nothing = (None,) * len(names)
    return [
        {
            **one,
            "properties": {
                **(one.get("properties") or {}),
                **dict(zip(names, cells[row] if row >= 0 else nothing, strict=True)),
            },
        }
        for one, row in zip(features, matched.rows.tolist(), strict=True)
    ]
