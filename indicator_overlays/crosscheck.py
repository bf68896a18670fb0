"""A unit's own value held against the roll-up of the units below it.

The own value stays adopted. Where the two contradict each other beyond the city's tolerance the
value is marked as a conflict, and the roll-up stands among its candidates.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.citytoml import CityConfig
from indicator_overlays.adopt import KEY
from indicator_overlays.keycodes import groups_of, in_one_piece, is_one_of
from indicator_overlays.rollup import Rollup
from indicator_overlays.values import NUMBER_STATES

COMPARED = 0.9
"""Roll-ups that cover less of a unit than this say too little to contradict its own value."""

Floats = npt.NDArray[np.float64]


def cross_check(candidates: pa.Table, told: Rollup, config: CityConfig) -> pa.Table:
    """Candidates (ADOPTED_SCHEMA) with the comparable roll-ups among them, not adopted."""
    return in_one_piece(pa.concat_tables(cross_checked(candidates, told, config)))


def cross_checked(candidates: pa.Table, told: Rollup, config: CityConfig) -> list[pa.Table]:
    """The candidates and, where there are any, the comparable roll-ups behind them, not adopted.

    `conflict`, `spread` and `n_sources` of every candidate of such a value take it into account.
    Measures are not compared: each level's is computed from geometry itself.
    """
    number = is_one_of(told.beside, "state", NUMBER_STATES)
    keep = number & (told.coverage >= COMPARED)
    beside, coverage = told.beside.filter(pa.array(keep)), told.coverage[keep]
    if beside.num_rows == 0:
        return [candidates]
    keys = list(KEY)
    every = pa.concat_tables([candidates.select(keys), beside.select(keys)])
    group = groups_of(every, KEY)
    own = _own(candidates, group)
    mine = own.reindex(group[candidates.num_rows :])
    comparable = np.isfinite(mine["value"].to_numpy(float))
    last = np.flatnonzero(comparable)
    beside, coverage = beside.take(last), coverage[last]
    of = group[candidates.num_rows :][last]
    apart = pd.Series(_apart(mine["value"].to_numpy(float)[last], beside, coverage), index=of)
    return _marked(candidates, beside, group[: candidates.num_rows], apart, config)


def _own(candidates: pa.Table, group: npt.NDArray[np.int64]) -> pd.DataFrame:
    """Adopted numbers by group; those that a measure computed are left out."""
    told = candidates["adopted"].to_numpy() & ~is_one_of(candidates, "source_kind", ("computed",))
    told &= is_one_of(candidates, "state", NUMBER_STATES)
    value = candidates["value"].to_numpy().astype(float)[told]
    return pd.DataFrame({"value": value}, index=group[: candidates.num_rows][told])


def _apart(own: Floats, beside: pa.Table, coverage: Floats) -> Floats:
    """How far an own value lies outside what the units below can add up to, as a share of it.

    A sum over part of a unit may still grow by what the rest holds; a ratio is one number.
    """
    low = beside["value"].to_numpy().astype(float)
    ratio = beside["denominator"].is_valid().to_numpy()
    high = np.where(ratio, low, low / coverage)
    low, high = np.minimum(low, high), np.maximum(low, high)
    away = np.maximum(np.maximum(low - own, own - high), 0.0)
    base = np.where(own != 0, np.abs(own), np.maximum(np.abs(low), np.abs(high)))
    share: Floats = np.divide(away, base, out=np.zeros(len(own)), where=base > 0)
    return share


def _marked(
    candidates: pa.Table,
    beside: pa.Table,
    group: npt.NDArray[np.int64],
    apart: pd.Series[float],
    config: CityConfig,
) -> list[pa.Table]:
    """Candidates and roll-ups with what the comparison found."""
    here = apart.reindex(group).to_numpy(float)
    compared = np.isfinite(here)
    spread = candidates["spread"].to_numpy().astype(float)
    wider = np.where(compared, np.fmax(spread, here), spread)
    conflict = candidates["conflict"].to_numpy() | (compared & (here > config.tolerance))
    count = candidates["n_sources"].to_numpy() + compared.astype(np.int32)
    at = np.flatnonzero(compared)
    told = {"spread": wider[at], "conflict": conflict[at], "n_sources": count[at]}
    first = pd.DataFrame(told, index=group[at])
    first = first[~first.index.duplicated()].reindex(apart.index)
    return [
        _with(candidates, wider, conflict, count),
        _with(
            beside.set_column(
                beside.schema.get_field_index("adopted"),
                "adopted",
                pa.array(np.zeros(beside.num_rows, bool)),
            ),
            first["spread"].to_numpy(float),
            first["conflict"].to_numpy(bool),
            first["n_sources"].to_numpy(np.int32),
        ),
    ]


def _with(
    table: pa.Table,
    spread: Floats,
    conflict: npt.NDArray[np.bool_],
    count: npt.NDArray[np.int32],
) -> pa.Table:
    columns: dict[str, Any] = {
        "n_sources": pa.array(count, pa.int32()),
        "conflict": pa.array(conflict),
        "spread": pa.array(spread, mask=~np.isfinite(spread)),
    }
    for name, column in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table
