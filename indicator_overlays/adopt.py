"""Several sources for one value: all are kept, one is adopted, a disagreement is told."""

from __future__ import annotations

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.citytoml import CityConfig
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.keycodes import key_codes, key_frame
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


def select_year(
    adopted: pa.Table, year: int, config: CityConfig, systems: dict[str, IndicatorSystem]
) -> pa.Table:
    """Adopted values that stand for a checkup year: the latest period that ends by its cut-off.

    Of two periods with one end the shorter is taken. A number older than the city's
    `stale_after_years` (or the indicator's own `max_age_years`) becomes stale and keeps its value.
    """
    cutoff = config.cutoff(year)
    end = key_codes(adopted, "period_end")
    usable = adopted["adopted"].to_numpy() & (end <= _day(cutoff))
    rows = np.flatnonzero(usable)
    part = adopted.take(rows)
    frame = key_frame(part, KEY)
    latest = frame.sort_values(["period_end", "period_start"], kind="stable").drop_duplicates(
        ["unit_id", "system", "indicator"], keep="last"
    )
    chosen = part.take(np.sort(latest.index.to_numpy(np.int64)))
    return _mark_stale(chosen, cutoff, config, systems)


def _mark_stale(
    table: pa.Table, cutoff: dt.date, config: CityConfig, systems: dict[str, IndicatorSystem]
) -> pa.Table:
    pairs = pd.Series(table["system"].to_numpy() + "\x1f" + table["indicator"].to_numpy())
    codes, words = pd.factorize(pairs)
    limits = []
    for word in words:
        system, code = str(word).split("\x1f")
        item = systems[system].indicators.get(code) if system in systems else None
        own = item.max_age_years if item is not None else None
        limits.append(own if own is not None else config.stale_after_years)
    oldest = np.array(
        [-(1 << 30) if years is None else _day(_years_before(cutoff, years)) for years in limits],
        np.int64,
    )
    state = table["state"].to_numpy().astype(object)
    end = key_codes(table, "period_end")
    old = (end < oldest[codes]) & np.isin(state.astype(str), NUMBER_STATES)
    state = np.where(old, "stale", state)
    at = table.schema.get_field_index("state")
    return table.set_column(at, "state", pa.array(state, pa.string()))


def _years_before(day: dt.date, years: int) -> dt.date:
    return day.replace(year=day.year - years, day=min(day.day, 28)) if years else day


def _day(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days


def _ranks(kinds: npt.NDArray[np.str_], config: CityConfig) -> npt.NDArray[np.int64]:
    order = {kind: number for number, kind in enumerate(config.adoption_order)}
    codes, words = pd.factorize(kinds)
    return np.array([order.get(str(word), len(order)) for word in words], np.int64)[codes]
