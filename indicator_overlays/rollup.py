"""Values of units made from the units below: ratios as Σnumerator/Σdenominator, counts as sums.

Never a mean of ratios. A value that several units share (`shared=<group>` in its note) counts once.
Where children lack a value, the note says how many had one: `coverage 0.83`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.levels import LEVELS, PARENT_LEVELS
from indicator_overlays.indicator import Indicator, IndicatorSystem
from indicator_overlays.values import ADOPTED_SCHEMA, NUMBER_STATES

_SERIES = ["system", "indicator", "period", "period_start", "period_end"]
_SHARED = r"shared=([^;]+)"


@dataclass(frozen=True)
class _Units:
    """Ids, levels and parents of all units as positions."""

    ids: pd.Index
    level: npt.NDArray[np.object_]
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
        return cls(ids, frame["level"].to_numpy(object), parent)


def rollup(
    adopted: pa.Table, units: pd.DataFrame | pa.Table, systems: dict[str, IndicatorSystem]
) -> pa.Table:
    """Rows (ADOPTED_SCHEMA, method "rollup") for units above that have no value of their own.

    `units` has id, level and parent_<level> columns. Upwards level by level, so the city is the
    roll-up of its districts; each parent takes the level of children that covers it best.
    """
    known = _Units.of(units)
    direct = _base(adopted, known, systems)
    if direct.empty:
        return ADOPTED_SCHEMA.empty_table()
    have, made = direct, []
    for level in reversed(PARENT_LEVELS):
        if level not in known.parent:
            continue
        rows = _level(level, have, direct, known)
        if len(rows):
            made.append(rows)
            have = pd.concat([have, rows], ignore_index=True)
    if not made:
        return ADOPTED_SCHEMA.empty_table()
    return _table(pd.concat(made, ignore_index=True), known)


def _base(adopted: pa.Table, units: _Units, systems: dict[str, IndicatorSystem]) -> pd.DataFrame:
    """Adopted values with their unit's position and how their indicator rolls up."""
    chosen = adopted.filter(adopted["adopted"])
    frame = chosen.to_pandas()
    frame["at"] = units.ids.get_indexer(pd.Index(frame["unit_id"].astype("str")))
    frame = frame[frame["at"] >= 0].reset_index(drop=True)
    frame["level"] = units.level[frame["at"].to_numpy()]
    codes, words = pd.factorize(frame["system"] + "\x1f" + frame["indicator"])
    items = [_item(str(word), systems) for word in words]
    kinds = np.array([item.rollup if item else "none" for item in items], object)
    scales = np.array([item.scale if item else 1.0 for item in items], float)
    frame["kind"], frame["scale"] = kinds[codes], scales[codes]
    frame["wanted"] = np.array([_levels(item) for item in items], object)[codes]
    frame = frame[frame["kind"] != "none"].reset_index(drop=True)
    frame["series"] = frame.groupby(_SERIES, sort=False, dropna=False).ngroup()
    frame["shared"] = frame["note"].fillna("").str.extract(_SHARED, expand=False).fillna("")
    frame["number"] = frame["state"].isin(NUMBER_STATES) & frame["value"].notna()
    ratio = frame["kind"] == "ratio"
    frame["number"] &= ~ratio | (frame["numerator"].notna() & frame["denominator"].notna())
    frame["shift"] = _shift(frame)
    return frame


def _item(word: str, systems: dict[str, IndicatorSystem]) -> Indicator | None:
    system, code = word.split("\x1f")
    return systems[system].indicators.get(code) if system in systems else None


def _levels(item: Indicator | None) -> str:
    """Levels an indicator is rolled up to, as one text for quick tests."""
    return "" if item is None else " ".join({*item.attach_levels, item.natural_level, "city"})


def _shift(frame: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Power of ten between numerator/denominator and the value where the unit names no scale."""
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = (frame["value"] * frame["denominator"] / frame["numerator"]).to_numpy(float)
        power = pd.Series(np.log10(np.abs(quotient)), index=frame.index)
    power = power.where(np.isfinite(power) & (frame["scale"] == 1.0) & frame["number"])
    usual = power.groupby(frame["series"]).transform("median").fillna(0.0).round()
    shift: npt.NDArray[np.float64] = np.power(10.0, usual.to_numpy(float))
    return shift


def _level(level: str, have: pd.DataFrame, direct: pd.DataFrame, units: _Units) -> pd.DataFrame:
    """Rolled-up rows of one level: the best covered of every finer level of children."""
    wanted = have["wanted"].str.contains(rf"\b{level}\b", regex=True)
    finer = LEVELS[LEVELS.index(level) + 1 : LEVELS.index("object")]
    finer = (*(name for name in finer if name != "area"), "object")
    parts = [
        _from_children(have[wanted & (have["level"] == child)], child, level, units)
        for child in finer
        if (wanted & (have["level"] == child)).any()
    ]
    parts = [part for part in parts if len(part)]
    if not parts:
        return pd.DataFrame()
    every = pd.concat(parts, ignore_index=True)
    own = direct.loc[direct["level"] == level, ["series", "at"]].assign(own=True)
    every = every.merge(own, on=["series", "at"], how="left")
    every = every[every["own"].isna()].drop(columns="own")
    order = every["child"].map({name: number for number, name in enumerate(finer)})
    every = every.assign(order=order).sort_values(
        ["series", "at", "coverage", "order"], ascending=[True, True, False, True], kind="stable"
    )
    best = every.drop_duplicates(["series", "at"]).drop(columns="order")
    return best.reset_index(drop=True)


def _from_children(rows: pd.DataFrame, child: str, level: str, units: _Units) -> pd.DataFrame:
    above = units.parent[level]
    rows = rows.assign(above=above[rows["at"].to_numpy()])
    rows = rows[rows["above"] >= 0]
    ruled_out = rows[rows["state"] == "not_applicable"]
    used = rows[rows["number"]]
    if used.empty:
        return pd.DataFrame()
    of_level = units.level == child
    size = np.bincount(above[of_level & (above >= 0)], minlength=len(units.ids))
    key = ["series", "above"]
    with_value = used.groupby(key, sort=False).size()
    skipped = ruled_out.groupby(key, sort=False).size().reindex(with_value.index).fillna(0)
    once = used[(used["shared"] == "") | ~used.duplicated([*key, "shared"])]
    grouped = once.groupby(key, sort=False)
    found = grouped.agg(
        **{
            name: (name, "first") for name in (*_SERIES, "kind", "scale", "wanted", "shift", "unit")
        },
        total=("value", "sum"),
        numerator=("numerator", "sum"),
        denominator=("denominator", "sum"),
        source=("source", "first"),
        sources=("source", "nunique"),
        batch=("batch", "first"),
        batches=("batch", "nunique"),
        cutoff_date=("cutoff_date", "first"),
        seq=("seq", "max"),
    ).reset_index()
    possible = np.maximum(
        size[found["above"].to_numpy()] - skipped.to_numpy(), with_value.to_numpy()
    )
    found["coverage"] = with_value.to_numpy() / possible
    found["children"] = with_value.to_numpy()
    found["child"], found["level"] = child, level
    return _valued(found.rename(columns={"above": "at"}))


def _valued(found: pd.DataFrame) -> pd.DataFrame:
    ratio = (found["kind"] == "ratio").to_numpy()
    below = found["denominator"].to_numpy(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient = found["numerator"].to_numpy(float) / below
    quotient = quotient * found["scale"].to_numpy() * found["shift"].to_numpy()
    value = np.where(ratio, np.where(below != 0, quotient, np.nan), found["total"])
    found["value"] = value
    found["numerator"] = np.where(ratio, found["numerator"], np.nan)
    found["denominator"] = np.where(ratio, found["denominator"], np.nan)
    found["state"] = np.where(np.isnan(value), "not_computable", "computed")
    found["number"] = ~np.isnan(value)
    found["shared"] = ""
    found["source"] = found["source"].where(found["sources"] == 1, "rollup")
    found["batch"] = found["batch"].where(found["batches"] == 1, "")
    told = "from " + found["child"] + " (" + found["children"].astype("str") + ")"
    share = "coverage " + found["coverage"].map("{:.2f}".format) + "; " + told
    found["note"] = told.where(found["coverage"] >= 1.0, share)
    return found.drop(columns=["sources", "batches", "total", "children"])


def _table(rows: pd.DataFrame, units: _Units) -> pa.Table:
    rows = rows.assign(
        unit_id=units.ids.take(rows["at"].to_numpy(np.int64)),
        source_kind="computed",
        method="rollup",
        method_version="1",
        place="",
        adopted=True,
        n_sources=1,
        conflict=False,
        spread=None,
    ).sort_values(["unit_id", "series"], kind="stable")
    table = pa.Table.from_pandas(rows[ADOPTED_SCHEMA.names], ADOPTED_SCHEMA, preserve_index=False)
    return table.replace_schema_metadata(None)
