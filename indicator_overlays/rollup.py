"""Values of units made from the units below: ratios as Σnumerator/Σdenominator, counts as sums.

Never a mean of ratios. A value that several units share (`shared=<group>` in its note) counts once.
Where children lack a value, the note says so: `coverage 0.83` (a child that is itself partly
covered counts with its own coverage).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.levels import LEVELS, PARENT_LEVELS
from indicator_overlays.indicator import Indicator, IndicatorSystem
from indicator_overlays.keycodes import key_codes
from indicator_overlays.values import ADOPTED_SCHEMA, NUMBER_STATES

_SERIES = ("system", "indicator", "period", "period_start", "period_end")
_SHARED = r"shared=([^;]+)"
_FINE_FIRST = tuple(level for level in reversed(LEVELS) if level != "area")
"""Levels that can be children, finest first; special areas cross the others and are none."""


@dataclass(frozen=True)
class _Units:
    """Ids, level numbers and parents of all units as positions."""

    ids: pd.Index
    level: npt.NDArray[np.int64]
    parent: dict[str, npt.NDArray[np.int64]]

    @classmethod
    def of(cls, units: pd.DataFrame | pa.Table) -> _Units:
        """Read id, level, removed and parent_<level>; a missing parent is -1."""
        frame = units.to_pandas() if isinstance(units, pa.Table) else units
        frame = frame.reset_index(drop=True)
        if "removed" in frame:
            frame = frame[~frame["removed"].astype("bool")].reset_index(drop=True)
        ids = pd.Index(frame["id"].astype("str"))
        parent = {
            level: ids.get_indexer(pd.Index(frame[f"parent_{level}"].fillna("").astype("str")))
            for level in PARENT_LEVELS
            if f"parent_{level}" in frame
        }
        codes, words = pd.factorize(frame["level"])
        numbers = np.array([LEVELS.index(str(word)) for word in words], np.int64)
        return cls(ids, numbers[codes], parent)


@dataclass(frozen=True)
class _Series:
    """What all values of one indicator and period have in common, one row each."""

    table: pd.DataFrame
    """_SERIES columns, unit, ratio (bool), scale, shift, wanted (levels it rolls up to)."""

    def wanted(self, level: str) -> npt.NDArray[np.bool_]:
        """Which series are rolled up to a level."""
        return np.array([level in levels for levels in self.table["wanted"]], bool)


def rollup(
    adopted: pa.Table, units: pd.DataFrame | pa.Table, systems: dict[str, IndicatorSystem]
) -> pa.Table:
    """Rows (ADOPTED_SCHEMA, method "rollup") for units above that have no value of their own.

    `units` has id, level and parent_<level> columns. Upwards level by level, so the city is the
    roll-up of its districts; each parent takes the level of children that covers it best.
    """
    known = _Units.of(units)
    chosen = adopted.filter(adopted["adopted"])
    at = known.ids.get_indexer(pd.Index(chosen["unit_id"].to_pandas().astype("str")))
    chosen, at = chosen.take(np.flatnonzero(at >= 0)), at[at >= 0]
    if chosen.num_rows == 0:
        return ADOPTED_SCHEMA.empty_table()
    direct, series = _base(chosen, at, known, systems)
    have, made = direct, []
    for level in reversed(PARENT_LEVELS):
        if level in known.parent:
            rows = _level(level, have, direct, known, series)
            if len(rows):
                made.append(rows)
                have = pd.concat([have, rows[have.columns]], ignore_index=True)
    if not made:
        return ADOPTED_SCHEMA.empty_table()
    return _table(pd.concat(made, ignore_index=True), known, series, chosen)


def _base(
    chosen: pa.Table,
    at: npt.NDArray[np.int64],
    units: _Units,
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
    state = chosen["state"].to_numpy().astype(str)
    frame = pd.DataFrame(
        {
            "series": number,
            "at": at,
            "level": units.level[at],
            "value": chosen["value"].to_numpy(),
            "numerator": chosen["numerator"].to_numpy(),
            "denominator": chosen["denominator"].to_numpy(),
            "shared": _shared(chosen),
            "ruled_out": state == "not_applicable",
            "source": key_codes(chosen, "source"),
            "batch": key_codes(chosen, "batch"),
            "cutoff": key_codes(chosen, "cutoff_date"),
            "seq": chosen["seq"].to_numpy(),
            "coverage": 1.0,
        }
    )
    ratio = table["ratio"].to_numpy(bool)[number]
    whole = frame["numerator"].notna() & frame["denominator"].notna()
    frame["number"] = np.isin(state, NUMBER_STATES) & frame["value"].notna() & (~ratio | whole)
    table["shift"] = _shift(frame, table)
    return frame, _Series(table)


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
    level: str, have: pd.DataFrame, direct: pd.DataFrame, units: _Units, series: _Series
) -> pd.DataFrame:
    """Rolled-up rows of one level: the best covered of every finer level of children."""
    number = LEVELS.index(level)
    wanted = series.wanted(level)[have["series"].to_numpy()]
    above = units.parent[level][have["at"].to_numpy()]
    usable = wanted & (above >= 0) & have["number"].to_numpy(bool)
    ruled_out = wanted & (above >= 0) & have["ruled_out"].to_numpy(bool)
    placed = have.assign(above=above)
    every = _from_children(placed[usable], placed[ruled_out], units, level)
    every = every[every["child"] > number]
    own = pd.MultiIndex.from_frame(direct.loc[direct["level"] == number, ["series", "at"]])
    mine = pd.MultiIndex.from_frame(every[["series", "at"]]).isin(own)
    best = every[~mine].sort_values(
        ["series", "at", "coverage", "child"], ascending=[True, True, False, True], kind="stable"
    )
    best = best.drop_duplicates(["series", "at"]).reset_index(drop=True)
    return _valued(best, series).assign(level=number)


def _from_children(
    used: pd.DataFrame, ruled_out: pd.DataFrame, units: _Units, level: str
) -> pd.DataFrame:
    """Sums over the children of each parent, one row for each level of children."""
    key = ["series", "above", "level"]
    with_value = used.groupby(key, sort=True).size()
    once = used[(used["shared"] < 0) | ~used.duplicated([*key, "shared"])]
    grouped = once.groupby(key, sort=True)
    found = grouped[["value", "numerator", "denominator"]].sum()
    covered = used.groupby(key, sort=True)["coverage"].sum().to_numpy()
    for name in ("source", "batch"):
        lowest, highest = grouped[name].min(), grouped[name].max()
        found[name] = lowest.where(lowest == highest, -1)
    found["cutoff"], found["seq"] = grouped["cutoff"].max(), grouped["seq"].max()
    skipped = ruled_out.groupby(key).size().reindex(found.index).fillna(0).to_numpy()
    found = found.reset_index().rename(columns={"above": "at", "level": "child"})
    at, child = found["at"].to_numpy(np.int64), found["child"].to_numpy(np.int64)
    asked = _child_counts(units, level, at, child)
    found["children"] = with_value.to_numpy()
    found["coverage"] = covered / np.maximum(asked - skipped, found["children"])
    return found


def _child_counts(
    units: _Units, level: str, at: npt.NDArray[np.int64], child: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """How many units of level number `child` lie in the unit at position `at`, row by row."""
    parents = np.flatnonzero(units.level == LEVELS.index(level))
    number = np.full(len(units.ids), -1, np.int64)
    number[parents] = np.arange(len(parents))
    above = units.parent[level]
    above = np.where(above >= 0, number[above], -1)
    inside = above >= 0
    flat = above[inside] * len(LEVELS) + units.level[inside]
    counted = np.bincount(flat, minlength=len(parents) * len(LEVELS))
    asked: npt.NDArray[np.int64] = counted[number[at] * len(LEVELS) + child].astype(np.int64)
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


def _table(rows: pd.DataFrame, units: _Units, series: _Series, chosen: pa.Table) -> pa.Table:
    about = series.table.iloc[rows["series"].to_numpy(np.int64)].reset_index(drop=True)
    names = np.array(LEVELS, object)
    child = pd.Series(names[rows["child"].to_numpy(np.int64)], dtype="str")
    told = "from " + child + " (" + rows["children"].astype("str") + ")"
    share = "coverage " + rows["coverage"].map("{:.2f}".format) + "; " + told
    days: list[dt.date] = rows["cutoff"].to_numpy(np.int64).astype("datetime64[D]").tolist()
    frame = pd.DataFrame(
        {
            "unit_id": units.ids.take(rows["at"].to_numpy(np.int64)),
            "level": names[rows["level"].to_numpy(np.int64)],
            **{name: about[name] for name in (*_SERIES, "unit")},
            **{name: rows[name] for name in ("value", "numerator", "denominator", "seq")},
            "state": np.where(rows["number"], "computed", "not_computable"),
            "source": _words(chosen, "source", rows["source"], "rollup"),
            "source_kind": "computed",
            "method": "rollup",
            "method_version": "1",
            "cutoff_date": [day if day >= dt.date(1970, 1, 1) else None for day in days],
            "note": told.where(rows["coverage"] >= 1.0, share),
            "place": "",
            "batch": _words(chosen, "batch", rows["batch"], ""),
            "adopted": True,
            "n_sources": 1,
            "conflict": False,
            "spread": None,
        }
    )
    frame = frame.assign(order=rows["series"]).sort_values(["unit_id", "order"], kind="stable")
    table = pa.Table.from_pandas(frame[ADOPTED_SCHEMA.names], ADOPTED_SCHEMA, preserve_index=False)
    return table.replace_schema_metadata(None)


def _words(chosen: pa.Table, name: str, codes: pd.Series[int], several: str) -> pd.Series[str]:
    """Text of codes again; `several` where children differ."""
    words = chosen[name].combine_chunks().dictionary_encode().dictionary.to_pylist()
    return (
        pd.Series([*words, several], dtype="str")
        .take(codes.to_numpy(np.int64))
        .reset_index(drop=True)
    )
