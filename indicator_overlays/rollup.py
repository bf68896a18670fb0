"""Values of units made from the units below: ratios as Σnumerator/Σdenominator, counts as sums.

Never a mean of ratios. A value that several units share (`shared=<group>` in its note) counts once.
Where units below lack a value, the note says so: `coverage 0.83`. Coverage counts units of the
finest level that the indicator was delivered at, so a level of children that leaves part of the
parent out (compounds) covers less than one that tiles it (blocks), however complete its own are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.levels import LEVELS, PARENT_LEVELS
from cim_bridge.mapped import trim
from indicator_overlays.hierarchy import Hierarchy
from indicator_overlays.indicator import Indicator, IndicatorSystem
from indicator_overlays.keycodes import groups_of, in_one_piece, is_one_of, key_codes, words_of
from indicator_overlays.lines import Lines
from indicator_overlays.origins import Origins
from indicator_overlays.rolledrows import MADE, NARROW, SERIES, Series, rows_of
from indicator_overlays.values import ADOPTED_SCHEMA, NUMBER_STATES, in_plain_text

_SHARED = r"shared=([^;]+)"
_AREA = LEVELS.index("area")
"""Special areas cross the other levels: they are nobody's children."""


class Rollup(NamedTuple):
    """What the units below say (ADOPTED_SCHEMA, method "rollup").

    rows: for units that have no value of their own. beside: for units that have one, to be held
    against it. coverage: of each row of `beside`.
    """

    rows: pa.Table
    beside: pa.Table
    coverage: npt.NDArray[np.float64]


def rollup(
    adopted: pa.Table,
    units: pd.DataFrame | pa.Table,
    systems: dict[str, IndicatorSystem],
    inside: pd.DataFrame | None = None,
) -> Rollup:
    """Roll adopted values up; a unit's own value is kept and feeds the units above it.

    `units` has id, level and parent_<level> columns. Upwards level by level, so the city is the
    roll-up of its districts; each parent takes the level of children that covers it best.
    `inside`: `unit_id` lies in `area_id`, for values of special areas.
    """
    known = Hierarchy.of(units)
    adopted = in_one_piece(adopted.select(["adopted", *_READ]))
    chosen, at = _stands(adopted, known)
    if len(chosen):
        number, series = _series(Lines((adopted,), chosen), known.level[at], systems)
        rolled = series.rolled[number]
        chosen, at, number = chosen[rolled], at[rolled], number[rolled]
    if len(chosen) == 0:
        nothing = ADOPTED_SCHEMA.empty_table()
        return Rollup(nothing, nothing, np.zeros(0))
    pairs = _pairs(known, inside)
    made: list[pd.DataFrame] = []
    for lines in _parts(number):
        frame = _base(
            adopted.take(chosen[lines]), at[lines].astype(np.int64), number[lines], known, series
        )
        made += _upwards(frame, known, series, pairs)
        del frame
        trim()
    if not made:
        return Rollup(ADOPTED_SCHEMA.empty_table(), ADOPTED_SCHEMA.empty_table(), np.zeros(0))
    sources = words_of(adopted, "source")
    del chosen, at, number
    every = pd.concat(made, ignore_index=True)
    made.clear()
    mine = every["own"].to_numpy(bool)
    above, beside = every[~mine].reset_index(drop=True), every[mine].reset_index(drop=True)
    del every
    upward, _ = rows_of(above, known, series, sources)
    del above
    return Rollup(upward, *rows_of(beside, known, series, sources))


_READ = (
    "unit_id", *SERIES, "unit", "value", "numerator", "denominator", "note", "state", "source",
    "batch", "cutoff_date", "seq",
)  # fmt: skip
"""Columns of the adopted values that a roll-up reads."""

ROWS = 250_000
"""Values that are rolled up at once; a series is never cut."""


def _stands(
    adopted: pa.Table, units: Hierarchy
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Lines of adopted values of units that exist, and the position of each one's unit."""
    place = units.ids.get_indexer(pd.Index(words_of(adopted, "unit_id"), dtype="str"))
    at = np.array([*place, -1], np.int32)[key_codes(adopted, "unit_id")]
    lines = np.flatnonzero(adopted["adopted"].to_numpy() & (at >= 0)).astype(np.int32)
    return lines, at[lines]


def _parts(number: npt.NDArray[np.int32]) -> Iterator[npt.NDArray[np.int64]]:
    """Lines of whole series, about ROWS at a time, in their order."""
    part = ((np.cumsum(np.bincount(number)) - 1) // ROWS).astype(np.int32)
    for asked in np.unique(part).tolist():
        yield np.flatnonzero(part[number] == asked)


def _upwards(
    direct: pd.DataFrame, known: Hierarchy, series: Series, pairs: pd.DataFrame | None
) -> list[pd.DataFrame]:
    """Rolled-up rows of some series, level by level."""
    have, made = direct, []
    for level in reversed(PARENT_LEVELS):
        if level in known.parent:
            rows = _level(level, have, direct, known, series)
            if len(rows):
                made.append(rows)
                new = rows.loc[~rows["own"], have.columns]
                have = pd.concat([have, new], ignore_index=True)
    if pairs is not None:
        rows = _areas(have, direct, known, series, pairs)
        made += [rows] if len(rows) else []
    return [rows[list(MADE)].astype(NARROW) for rows in made]


def _series(
    chosen: Lines, level: npt.NDArray[np.int64], systems: dict[str, IndicatorSystem]
) -> tuple[npt.NDArray[np.int32], Series]:
    """Number of each value's series, and the table of the series."""
    number = groups_of(chosen, SERIES).astype(np.int32)
    first = np.flatnonzero(np.diff(np.maximum.accumulate(number), prepend=-1))
    table = in_plain_text(chosen.select([*SERIES, "unit"]).take(first).table()).to_pandas()
    items = [
        _item(system, code, systems)
        for system, code in zip(table["system"], table["indicator"], strict=True)
    ]
    kind = np.array([item.rollup if item else "none" for item in items], object)
    table["ratio"] = kind == "ratio"
    table["scale"] = [item.scale if item else 1.0 for item in items]
    table["wanted"] = [
        _levels(item) if k != "none" else () for item, k in zip(items, kind, strict=True)
    ]
    table["finest"] = _finest(number, level, len(table))
    table["shift"] = 1.0
    return number, Series(Origins(words_of(chosen, "batch")), table)


def _base(
    chosen: pa.Table,
    at: npt.NDArray[np.int64],
    number: npt.NDArray[np.int32],
    units: Hierarchy,
    series: Series,
) -> pd.DataFrame:
    """Adopted values of some series as numbers only; their shift is set in the series."""
    table = series.table
    whole = chosen["numerator"].is_valid().to_numpy() & chosen["denominator"].is_valid().to_numpy()
    ratio = table["ratio"].to_numpy(bool)[number]
    told = chosen["value"].is_valid().to_numpy() & is_one_of(chosen, "state", NUMBER_STATES)
    frame = pd.DataFrame(
        {
            "series": number,
            "at": at,
            "level": units.level[at],
            "value": chosen["value"].to_numpy(),
            "numerator": chosen["numerator"].to_numpy(),
            "denominator": chosen["denominator"].to_numpy(),
            "shared": _shared(chosen),
            "ruled_out": is_one_of(chosen, "state", ("not_applicable",)),
            "source": key_codes(chosen, "source"),
            "batch": key_codes(chosen, "batch"),
            "cutoff": key_codes(chosen, "cutoff_date"),
            "seq": chosen["seq"].to_numpy(),
            "covered": units.inside(at, table["finest"].to_numpy(np.int64)[number]),
            "number": told & (~ratio | whole),
        }
    )
    shift = _shift(frame, table)
    table.loc[shift.index, "shift"] = shift
    return frame


def _pairs(units: Hierarchy, inside: pd.DataFrame | None) -> pd.DataFrame | None:
    """Positions of units and of the special areas they lie in; None where there are none."""
    if inside is None or not len(inside):
        return None
    at = units.ids.get_indexer(pd.Index(inside["unit_id"].astype("str")))
    above = units.ids.get_indexer(pd.Index(inside["area_id"].astype("str")))
    both = (at >= 0) & (above >= 0)
    units.cross("area", at[both], above[both])
    return pd.DataFrame({"at": at[both], "above": above[both]})


def _finest(
    series: npt.NDArray[np.int32], level: npt.NDArray[np.int64], count: int
) -> npt.NDArray[np.int64]:
    """Finest level number that each series has values at; special areas do not count."""
    found = np.zeros(count, np.int64)
    np.maximum.at(found, series, np.where(level == _AREA, 0, level))
    return found


def _item(system: str, code: str, systems: dict[str, IndicatorSystem]) -> Indicator | None:
    return systems[system].indicators.get(code) if system in systems else None


def _levels(item: Indicator | None) -> tuple[str, ...]:
    return () if item is None else item.reach


def _shared(chosen: pa.Table) -> npt.NDArray[np.int64]:
    """Number of the shared group of every row, -1 where the value is the unit's own."""
    found = pd.Series(words_of(chosen, "note"), dtype="str").str.extract(_SHARED, expand=False)
    groups, _ = pd.factorize(found)
    return np.array([*groups, -1], np.int64)[key_codes(chosen, "note")]


def _shift(frame: pd.DataFrame, table: pd.DataFrame) -> pd.Series[float]:
    """Power of ten between numerator/denominator and the value where the unit names no scale."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = (frame["value"] * frame["denominator"] / frame["numerator"]).to_numpy(float)
        power = np.log10(np.abs(quotient))
    free = frame["number"].to_numpy(bool) & (table["scale"] == 1.0).to_numpy()[frame["series"]]
    power = np.where(free & np.isfinite(power), power, np.nan)
    usual = pd.Series(power).groupby(frame["series"]).median().fillna(0.0).round()
    return pd.Series(np.power(10.0, usual.to_numpy(float)), index=usual.index)


def _level(
    level: str, have: pd.DataFrame, direct: pd.DataFrame, units: Hierarchy, series: Series
) -> pd.DataFrame:
    """Rolled-up rows of one level: the best covered of every finer level of children.

    `own` marks those whose unit has a value of its own.
    """
    number = LEVELS.index(level)
    above = units.parent[level][have["at"].to_numpy()]
    child = series.wanted(level)[have["series"].to_numpy()] & (above >= 0)
    child &= (have["level"].to_numpy() > number) & (have["level"].to_numpy() != _AREA)
    return _best(level, have.assign(above=above)[child], direct, units, series)


def _areas(
    have: pd.DataFrame,
    direct: pd.DataFrame,
    units: Hierarchy,
    series: Series,
    pairs: pd.DataFrame,
) -> pd.DataFrame:
    """Values of special areas, by the same sums: a unit counts in every area that it lies in."""
    inner = have[have["level"].to_numpy() != _AREA]
    placed = inner.merge(pairs, on="at", how="inner")
    return _best("area", placed, direct, units, series, finest_first=True)


def _best(
    level: str,
    placed: pd.DataFrame,
    direct: pd.DataFrame,
    units: Hierarchy,
    series: Series,
    *,
    finest_first: bool = False,
) -> pd.DataFrame:
    """Rows of one level from children placed under it (`above`), best covered first."""
    number = LEVELS.index(level)
    used, ruled_out = placed[placed["number"]], placed[placed["ruled_out"]]
    every = _from_children(used, series.batches)
    every["coverage"] = every["covered"] / _asked(every, ruled_out, level, units, series)
    every["coverage"] = every["coverage"].clip(upper=1.0)
    best = every.sort_values(
        ["series", "at", "coverage", "child"],
        ascending=[True, True, False, not finest_first],
        kind="stable",
    )
    best = best.drop_duplicates(["series", "at"]).reset_index(drop=True)
    own = pd.MultiIndex.from_frame(direct.loc[direct["level"] == number, ["series", "at"]])
    mine = pd.MultiIndex.from_frame(best[["series", "at"]]).isin(own)
    return _valued(best, series).assign(level=number, own=mine)


def _from_children(used: pd.DataFrame, batches: Origins) -> pd.DataFrame:
    """Sums over the children of each parent, one row for each level of children."""
    key = ["series", "above", "level"]
    once = used[(used["shared"] < 0) | ~used.duplicated([*key, "shared"])]
    grouped = once.groupby(key, sort=True)
    found = grouped[["value", "numerator", "denominator"]].sum()
    every = used.groupby(key, sort=True)
    found["children"], found["covered"] = every.size(), every["covered"].sum()
    lowest, highest = grouped["source"].min(), grouped["source"].max()
    found["source"] = lowest.where(lowest == highest, -1)
    found["batch"] = batches.joined(once["batch"], once[key])
    found["cutoff"], found["seq"] = grouped["cutoff"].max(), grouped["seq"].max()
    return found.reset_index().rename(columns={"above": "at", "level": "child"})


def _asked(
    found: pd.DataFrame, ruled_out: pd.DataFrame, level: str, units: Hierarchy, series: Series
) -> npt.NDArray[np.int64]:
    """How many units of the finest level each row should speak for, without those ruled out."""
    at, child = found["at"].to_numpy(np.int64), found["child"].to_numpy(np.int64)
    finest = series.table["finest"].to_numpy(np.int64)[found["series"].to_numpy(np.int64)]
    inside = np.maximum(units.lying(level, at, finest), units.lying(level, at, child))
    skipped = ruled_out.groupby(["series", "above", "level"])["covered"].sum()

    def without(number: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
        rows = pd.MultiIndex.from_arrays([found["series"], at, number])
        out: npt.NDArray[np.int64] = skipped.reindex(rows).fillna(0).to_numpy(np.int64)
        return out

    out = without(finest) + np.where(child == finest, 0, without(child))
    asked: npt.NDArray[np.int64] = np.maximum(inside - out, found["children"].to_numpy(np.int64))
    return asked


def _valued(found: pd.DataFrame, series: Series) -> pd.DataFrame:
    rows = series.table.iloc[found["series"].to_numpy(np.int64)]
    ratio, below = rows["ratio"].to_numpy(bool), found["denominator"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = found["numerator"].to_numpy(float) / below
    quotient = quotient * rows["scale"].to_numpy(float) * rows["shift"].to_numpy(float)
    value = np.where(ratio, np.where(below != 0, quotient, np.nan), found["value"])
    return found.assign(
        value=value,
        numerator=np.where(ratio, found["numerator"], np.nan),
        denominator=np.where(ratio, found["denominator"], np.nan),
        number=~np.isnan(value),
        ruled_out=False,
        shared=-1,
    )
