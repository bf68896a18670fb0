"""Several sources for one value: all are kept, one is adopted, a disagreement is told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.citytoml import CityConfig
from indicator_overlays.keycodes import key_frame
from indicator_overlays.values import ADOPTED_SCHEMA, NUMBER_STATES

KEY: tuple[str, ...] = ("unit_id", "system", "indicator", "period_start", "period_end")
"""What makes two rows candidates for one value."""

_SAYS_NOTHING = ("missing", "not_computable")


def adopt(table: pa.Table, config: CityConfig) -> pa.Table:
    """Mark one candidate of every value as adopted (ADOPTED_SCHEMA; rows stay in their order).

    Order: a candidate that says something before one that is missing; then the kinds of source as
    in city.toml's adoption.order; then the newest delivery. A conflict is a spread beyond the
    tolerance.
    """
    if table.num_rows == 0:
        return ADOPTED_SCHEMA.empty_table()
    numbered = key_frame(table, KEY).groupby(list(KEY), sort=False).ngroup()
    group = np.asarray(numbered, np.int64)
    state = table["state"].to_numpy().astype(str)
    value = np.where(np.isin(state, NUMBER_STATES), table["value"].to_numpy().astype(float), np.nan)
    rank = _ranks(table["source_kind"].to_numpy().astype(str), config)
    order = pd.DataFrame(
        {
            "group": group,
            "silent": np.isin(state, _SAYS_NOTHING),
            "rank": rank,
            "newest": -table["seq"].to_numpy(),
        }
    ).sort_values(["group", "silent", "rank", "newest"], kind="stable")
    first = order.drop_duplicates("group").index.to_numpy()
    adopted = np.zeros(table.num_rows, bool)
    adopted[first] = True
    spread, numbers = _spread(group, value, first)
    count = np.bincount(group)[group].astype(np.int32)
    conflict = (numbers > 1) & (spread > config.tolerance)
    return (
        table.append_column("adopted", pa.array(adopted))
        .append_column("n_sources", pa.array(count))
        .append_column("conflict", pa.array(conflict))
        .append_column("spread", pa.array(spread, mask=numbers < 2))
        .cast(ADOPTED_SCHEMA)
    )


def _spread(
    group: npt.NDArray[np.int64], value: npt.NDArray[np.float64], first: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """(max - min) / |adopted| of each row's group, and how many of its candidates are numbers."""
    grouped = pd.Series(value).groupby(group)
    high, low, count = (grouped.max().to_numpy(), grouped.min().to_numpy(), grouped.count())
    chosen = np.full(len(high), np.nan)
    chosen[group[first]] = value[first]
    largest = np.fmax(np.abs(high), np.abs(low))
    base = np.where(np.isfinite(chosen) & (chosen != 0), np.abs(chosen), largest)
    width = np.nan_to_num(high - low)
    spread = np.divide(width, base, out=np.zeros_like(width), where=base > 0)
    return spread[group], np.asarray(count, np.int64)[group]


def _ranks(kinds: npt.NDArray[np.str_], config: CityConfig) -> npt.NDArray[np.int64]:
    order = {kind: number for number, kind in enumerate(config.adoption_order)}
    codes, words = pd.factorize(kinds)
    return np.array([order.get(str(word), len(order)) for word in words], np.int64)[codes]
