"""Values of units made from the units below: ratios as Σnumerator/Σdenominator, counts as sums.

Never a mean of ratios. A value that several units share (`shared=<group>` in its note) counts once.
Where units below lack a value, the note says so: `coverage 0.83`. Coverage counts units of the
finest level that the indicator was delivered at, so a level of children that leaves part of the
parent out (compounds) covers less than one that tiles it (blocks), however complete its own are.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.levels import LEVELS, PARENT_LEVELS
from indicator_overlays.hierarchy import Hierarchy
from indicator_overlays.indicator import Indicator, IndicatorSystem
from indicator_overlays.keycodes import key_codes
from indicator_overlays.origins import Origins
from indicator_overlays.values import ADOPTED_SCHEMA, NUMBER_STATES, SEVERAL

_SERIES = ("system", "indicator", "period", "period_start", "period_end")
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


@dataclass(frozen=True)
class _Series:
    """What all values of one indicator and period have in common, one row each."""

    batches: Origins
    table: pd.DataFrame
    """_SERIES columns, unit, ratio (bool), scale, shift, wanted (levels it rolls up to), finest
    (number of the finest level it has values at)."""

    def wanted(self, level: str) -> npt.NDArray[np.bool_]:
        """Which series are rolled up to a level."""
        return np.array([level in levels for levels in self.table["wanted"]], bool)


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
    chosen = adopted.filter(adopted["adopted"])
    at = known.ids.get_indexer(pd.Index(chosen["unit_id"].to_pandas().astype("str")))
    chosen, at = chosen.take(np.flatnonzero(at >= 0)), at[at >= 0]
    nothing = Rollup(ADOPTED_SCHEMA.empty_table(), ADOPTED_SCHEMA.empty_table(), np.zeros(0))
    if chosen.num_rows == 0:
        return nothing
    direct, series = _base(chosen, at, known, systems)
    have, made = direct, []
    for level in reversed(PARENT_LEVELS):
        if level in known.parent:
            rows = _level(level, have, direct, known, series)
            if len(rows):
                made.append(rows)
                new = rows.loc[~rows["own"], have.columns]
                have = pd.concat([have, new], ignore_index=True)
    if inside is not None and len(inside):
        rows = _areas(have, direct, known, series, inside)
        made += [rows] if len(rows) else []
    if not made:
        return nothing
    every = pd.concat(made, ignore_index=True)
    own, told = every[every["own"]], every[~every["own"]]
    upward, _ = _table(told.reset_index(drop=True), known, series, chosen)
    return Rollup(upward, *_table(own.reset_index(drop=True), known, series, chosen))


def _base(
    chosen: pa.Table,
    at: npt.NDArray[np.int64],
    units: Hierarchy,
    systems: dict[str, IndicatorSystem],
) -> tuple[pd.DataFrame, _Series]:
    """Adopted values as numbers only, and the table of their series."""
    keys = pd.DataFrame({name: key_codes(chosen, name) for name in _SERIES})
    number = np.asarray(keys.groupby(list(_SERIES), sort=False).ngroup(), np.int64)
    first = np.unique(number, return_index=True)[1]
    table = chosen.select([*_SERIES, "unit"]).take(first).to_pandas()
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
    level = units.level[at]
    table["finest"] = _finest(number, level, len(table))
    state = chosen["state"].to_numpy().astype(str)
    frame = pd.DataFrame(
        {
            "series": number,
            "at": at,
            "level": level,
            "value": chosen["value"].to_numpy(),
            "numerator": chosen["numerator"].to_numpy(),
            "denominator": chosen["denominator"].to_numpy(),
            "shared": _shared(chosen),
            "ruled_out": state == "not_applicable",
            "source": key_codes(chosen, "source"),
            "batch": key_codes(chosen, "batch"),
            "cutoff": key_codes(chosen, "cutoff_date"),
            "seq": chosen["seq"].to_numpy(),
            "covered": units.inside(at, table["finest"].to_numpy(np.int64)[number]),
        }
    )
    ratio = table["ratio"].to_numpy(bool)[number]
    whole = frame["numerator"].notna() & frame["denominator"].notna()
    frame["number"] = np.isin(state, NUMBER_STATES) & frame["value"].notna() & (~ratio | whole)
    table["shift"] = _shift(frame, table)
    names = chosen["batch"].combine_chunks().dictionary_encode().dictionary.to_pylist()
    return frame, _Series(Origins([str(name) for name in names]), table)


def _finest(
    series: npt.NDArray[np.int64], level: npt.NDArray[np.int64], count: int
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
    codes, words = pd.factorize(chosen["note"].to_pandas().fillna(""))
    found = pd.Series(words, dtype="str").str.extract(_SHARED, expand=False)
    groups, _ = pd.factorize(found)
    return np.asarray(groups, np.int64)[codes]


def _shift(frame: pd.DataFrame, table: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Power of ten between numerator/denominator and the value where the unit names no scale."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = (frame["value"] * frame["denominator"] / frame["numerator"]).to_numpy(float)
        power = np.log10(np.abs(quotient))
    free = frame["number"].to_numpy(bool) & (table["scale"] == 1.0).to_numpy()[frame["series"]]
    power = np.where(free & np.isfinite(power), power, np.nan)
    usual = pd.Series(power).groupby(frame["series"]).median().fillna(0.0).round()
    shift: npt.NDArray[np.float64] = np.power(10.0, usual.to_numpy(float))
    return shift


def _level(
    level: str, have: pd.DataFrame, direct: pd.DataFrame, units: Hierarchy, series: _Series
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
    series: _Series,
    inside: pd.DataFrame,
) -> pd.DataFrame:
    """Values of special areas, by the same sums: a unit counts in every area that it lies in."""
    at = units.ids.get_indexer(pd.Index(inside["unit_id"].astype("str")))
    above = units.ids.get_indexer(pd.Index(inside["area_id"].astype("str")))
    both = (at >= 0) & (above >= 0)
    units.cross("area", at[both], above[both])
    rolled = np.array([bool(levels) for levels in series.table["wanted"]], bool)
    inner = have[rolled[have["series"].to_numpy()] & (have["level"].to_numpy() != _AREA)]
    pairs = pd.DataFrame({"at": at[both], "above": above[both]})
    placed = inner.merge(pairs, on="at", how="inner")
    return _best("area", placed, direct, units, series, finest_first=True)


def _best(
    level: str,
    placed: pd.DataFrame,
    direct: pd.DataFrame,
    units: Hierarchy,
    series: _Series,
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
    found: pd.DataFrame, ruled_out: pd.DataFrame, level: str, units: Hierarchy, series: _Series
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


def _valued(found: pd.DataFrame, series: _Series) -> pd.DataFrame:
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


def _table(
    rows: pd.DataFrame, units: Hierarchy, series: _Series, chosen: pa.Table
) -> tuple[pa.Table, npt.NDArray[np.float64]]:
    """Rows in the columns of values, by unit; and how much of each unit they cover."""
    if rows.empty:
        return ADOPTED_SCHEMA.empty_table(), np.zeros(0)
    about = series.table.iloc[rows["series"].to_numpy(np.int64)].reset_index(drop=True)
    names = np.array(LEVELS, object)
    child = pd.Series(names[rows["child"].to_numpy(np.int64)], dtype="str")
    told = "from " + child + " (" + rows["children"].astype("str") + ")"
    share = "coverage " + rows["coverage"].map("{:.2f}".format).astype("str") + "; " + told
    days: list[dt.date] = rows["cutoff"].to_numpy(np.int64).astype("datetime64[D]").tolist()
    frame = pd.DataFrame(
        {
            "unit_id": units.ids.take(rows["at"].to_numpy(np.int64)),
            "level": names[rows["level"].to_numpy(np.int64)],
            **{name: about[name] for name in (*_SERIES, "unit")},
            **{name: rows[name] for name in ("value", "numerator", "denominator", "seq")},
            "state": np.where(rows["number"], "computed", "not_computable"),
            "source": _words(chosen, "source", rows["source"], SEVERAL),
            "source_kind": "computed",
            "method": "rollup",
            "method_version": "1",
            "cutoff_date": [day if day >= dt.date(1970, 1, 1) else None for day in days],
            "note": told.where(rows["coverage"] >= 1.0, share),
            "place": "",
            "batch": series.batches.words(rows["batch"].to_numpy(np.int64)),
            "adopted": True,
            "n_sources": 1,
            "conflict": False,
            "spread": None,
        }
    )
    frame = frame.assign(order=rows["series"], coverage=rows["coverage"])
    frame = frame.sort_values(["unit_id", "order"], kind="stable")
    table = pa.Table.from_pandas(frame[ADOPTED_SCHEMA.names], ADOPTED_SCHEMA, preserve_index=False)
    return table.replace_schema_metadata(None), frame["coverage"].to_numpy(float)


def _words(chosen: pa.Table, name: str, codes: pd.Series[int], several: str) -> pd.Series[str]:
    """Text of codes again; `several` where children differ."""
    words = chosen[name].combine_chunks().dictionary_encode().dictionary.to_pylist()
    return (
        pd.Series([*words, several], dtype="str")
        .take(codes.to_numpy(np.int64))
        .reset_index(drop=True)
    )
