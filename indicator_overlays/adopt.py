"""Several sources for one value: all are kept, one is adopted, a disagreement is told."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.citytoml import CityConfig
from indicator_overlays.keycodes import count_of, groups_of, is_one_of, looked_up
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
    count = count_of(table, KEY)
    adopted, spread = np.ones(table.num_rows, bool), np.full(table.num_rows, np.nan)
    rivals = np.flatnonzero(count > 1)
    if len(rivals):
        part = table.select([*KEY, "state", "value", "source_kind", "seq"]).take(rivals)
        adopted[rivals], spread[rivals] = _chosen(part, config)
    known = np.isfinite(spread)
    conflict = known & (np.where(known, spread, 0.0) > config.tolerance)
    return (
        table.append_column("adopted", pa.array(adopted))
        .append_column("n_sources", pa.array(count))
        .append_column("conflict", pa.array(conflict))
        .append_column("spread", pa.array(spread, mask=~known))
        .cast(ADOPTED_SCHEMA)
    )


def _chosen(
    table: pa.Table, config: CityConfig
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Of candidates that have rivals: which is adopted, and the spread (NaN for one number)."""
    group = groups_of(table, KEY)
    value = table["value"].to_numpy().astype(float)
    value = np.where(is_one_of(table, "state", NUMBER_STATES), value, np.nan)
    place = {kind: at for at, kind in enumerate(config.adoption_order)}
    rank = looked_up(table, "source_kind", lambda kind: place.get(kind, len(place)), np.int64)
    silent = is_one_of(table, "state", _SAYS_NOTHING)
    order = np.lexsort((-table["seq"].to_numpy(), rank, silent, group))
    opens = np.ones(len(order), bool)
    opens[1:] = group[order[1:]] != group[order[:-1]]
    first = order[opens]
    adopted = np.zeros(len(group), bool)
    adopted[first] = True
    spread, numbers = _spread(group, value, first)
    return adopted, np.where(numbers < 2, np.nan, spread)


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
