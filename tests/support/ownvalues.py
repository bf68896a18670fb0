"""Which value stands where, worked out again in plain Python from a city's raw deliveries.

Nothing of the product's adoption, roll-up or choice of periods is used: only the Parquet and JSON
files of the city folder, and what the indicator lists declare.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import tomllib
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import pandas as pd

from indicator_overlays.indicator import Indicator, IndicatorSystem

UP = ("city", "district", "subdistrict", "community", "block", "compound", "plot")
ORDER = (*UP, "building", "area", "object")
NUMBERS = {"measured", "computed", "adjusted", "stale"}
SILENT = {"missing", "not_computable"}

Row = dict[str, Any]
Series = tuple[str, str, str, dt.date | None, dt.date | None]


@dataclass
class OwnCity:
    """A city folder's units, settings and deliveries, read by hand."""

    path: Path
    systems: dict[str, IndicatorSystem]
    wanted: set[str]
    units: dict[str, Row] = field(init=False)
    settings: dict[str, Any] = field(init=False)
    below: dict[tuple[str, str], list[str]] = field(init=False)
    """(unit above, level) → units of that level that lie in it."""

    def __post_init__(self) -> None:
        head = (self.path / "models" / "HEAD").read_text().strip()
        table = pd.read_parquet(self.path / "models" / head / "units.parquet")
        table = table.drop(columns=["geometry"])
        rows = table.astype(object).where(table.notna(), None).to_dict("records")
        self.units = {str(row["id"]): row for row in rows if not row["removed"]}
        self.settings = tomllib.loads((self.path / "city.toml").read_text("utf-8"))
        self.below = defaultdict(list)
        for unit, row in self.units.items():
            for level in UP:
                if row[f"parent_{level}"]:
                    self.below[str(row[f"parent_{level}"]), str(row["level"])].append(unit)

    def cutoff(self, year: int) -> dt.date:
        """The day by which a period must have ended."""
        named = self.settings.get("years", {}).get(str(year), {}).get("cutoff")
        return named if isinstance(named, dt.date) else dt.date(year, 12, 31)

    def deliveries(self) -> list[Row]:
        """Every row of every batch of values, the newest of one source for one value."""
        parts: list[tuple[int, Path]] = []
        for folder in self.path.glob("batches/*"):
            told = json.loads((folder / "manifest.json").read_text("utf-8"))
            assert told["of"] != "decisions", "decisions are not part of this reading"
            if told["of"] in ("values", "survey"):
                parts.append((int(told["seq"]), folder))
        newest: dict[tuple[Any, ...], Row] = {}
        for seq, folder in sorted(parts):
            table = pd.read_parquet(folder / "values.parquet")
            table = table[table["indicator"].isin(self.wanted)]
            for row in table.astype(object).where(table.notna(), None).to_dict("records"):
                newest[(*key_of(row), row["unit_id"], row["source"])] = {**row, "seq": seq}
        return list(newest.values())

    def adopted(self) -> dict[tuple[str, Series], Row]:
        """(unit, series) → the candidate that stands."""
        order = list(
            self.settings.get("adoption", {}).get(
                "order",
                ["statistics", "third_party", "department", "self_report", "survey", "computed"],
            )
        )
        found: dict[tuple[str, Series], Row] = {}
        for row in self.deliveries():
            place = (str(row["unit_id"]), key_of(row))
            best = found.get(place)
            if best is None or _rank(row, order) < _rank(best, order):
                found[place] = row
        return {place: row for place, row in found.items() if place[0] in self.units}

    def of_year(self, year: int) -> dict[tuple[str, str, str], Row]:
        """(system, indicator, unit) → the value that stands for a checkup year, rolled up too."""
        chosen = self.adopted()
        series: dict[Series, dict[str, Row]] = defaultdict(dict)
        for (unit, key), row in chosen.items():
            series[key][unit] = row
        for key, rows in series.items():
            item = self._item(key)
            if item is not None:
                rows |= roll_up(self, item, rows)
        cutoff = self.cutoff(year)
        latest: dict[tuple[str, str, str], tuple[dt.date, dt.date, str]] = {}
        placed: dict[tuple[str, str, str, Any], list[tuple[str, Row]]] = defaultdict(list)
        for (system, code, period, start, end), rows in series.items():
            if end is None or end > cutoff:
                continue
            recency = (end, start or dt.date.min, period)
            for unit, row in rows.items():
                place = (system, code, str(self.units[unit]["level"]))
                placed[*place, recency].append((unit, row))
                latest[place] = max(latest.get(place, recency), recency)
        found: dict[tuple[str, str, str], Row] = {}
        for (system, code, level), recency in latest.items():
            old = self._is_old(system, code, recency[0], cutoff)
            for unit, row in placed[system, code, level, recency]:
                stale = old and row["state"] in NUMBERS
                found[system, code, unit] = {**row, "state": "stale"} if stale else row
        return found

    def _item(self, key: Series) -> Indicator | None:
        system = self.systems.get(key[0])
        return system.indicators.get(key[1]) if system else None

    def _is_old(self, system: str, code: str, end: dt.date, cutoff: dt.date) -> bool:
        item = self.systems[system].indicators[code]
        limit = item.max_age_years
        if limit is None:
            limit = self.settings["city"].get("stale_after_years")
        return limit is not None and cutoff.year - end.year > int(limit)


def key_of(row: Row) -> Series:
    """What values of different units have in common."""
    return (
        str(row["system"]), str(row["indicator"]), str(row["period"]),
        row["period_start"], row["period_end"],
    )  # fmt: skip


def _rank(row: Row, order: list[str]) -> tuple[bool, int, int]:
    kind = str(row["source_kind"])
    place = order.index(kind) if kind in order else len(order)
    return row["state"] in SILENT, place, -int(row["seq"])


def roll_up(city: OwnCity, item: Indicator, rows: dict[str, Row]) -> dict[str, Row]:
    """Values of units that have none of their own: Σnumerator/Σdenominator, or Σ.

    The children are of the level that speaks for most units of the finest level delivered.
    """
    if item.rollup == "none":
        return {}
    ratio = item.rollup == "ratio"
    levels = [str(city.units[unit]["level"]) for unit in rows]
    finest = max((ORDER.index(level) for level in levels if level != "area"), default=0)
    times = item.scale * (_power(rows) if ratio and item.scale == 1.0 else 1.0)
    spoken = {unit: _stands_for(city, unit, finest) for unit in rows}
    have, made = dict(rows), {}
    for level in reversed(UP):
        if level not in item.reach:
            continue
        for above in [u for u, row in city.units.items() if row["level"] == level]:
            best = _best(city, above, have, spoken, finest, ratio=ratio)
            if best is None or above in rows:
                continue
            children, covered = best
            made[above] = _summed(children, times, ratio=ratio)
            spoken[above] = covered
        have |= made
    return made


def _best(
    city: OwnCity, above: str, have: dict[str, Row], spoken: dict[str, int], finest: int, *,
    ratio: bool,
) -> tuple[list[Row], int] | None:  # fmt: skip
    """Children of the level that covers a unit best, and how many finest units they speak for."""
    own = ORDER.index(str(city.units[above]["level"]))
    found: tuple[float, list[Row], int] | None = None
    fine = ORDER[finest]
    for level in ORDER[own + 1 :]:
        inside = city.below.get((above, level), [])
        used = [unit for unit in inside if unit in have and _counts(have[unit], ratio=ratio)]
        if not used or level == "area":
            continue
        covered = sum(spoken[unit] for unit in used)
        asked = max(len(city.below.get((above, fine), [])), len(inside))
        for other in dict.fromkeys((fine, level)):
            asked -= sum(
                spoken[unit]
                for unit in city.below.get((above, other), [])
                if unit in have and have[unit]["state"] == "not_applicable"
            )
        share = min(1.0, covered / max(asked, len(used)))
        if found is None or share > found[0]:
            found = share, [have[unit] for unit in used], covered
    return None if found is None else found[1:]


def _counts(row: Row, *, ratio: bool) -> bool:
    whole = row["numerator"] is not None and row["denominator"] is not None
    return row["state"] in NUMBERS and row["value"] is not None and (whole or not ratio)


def _summed(rows: list[Row], times: float, *, ratio: bool) -> Row:
    groups: set[str] = set()
    once = []
    for row in rows:
        note = str(row["note"] or "")
        group = note.partition("shared=")[2].partition(";")[0]
        if not group or group not in groups:
            once.append(row)
        groups |= {group} if group else set()
    above = math.fsum(row["numerator"] for row in once) if ratio else None
    below = math.fsum(row["denominator"] for row in once) if ratio else None
    if ratio:
        value = above / below * times if below else None
    else:
        value = math.fsum(row["value"] for row in once)
    state = "computed" if value is not None else "not_computable"
    return {**rows[0], "value": value, "numerator": above, "denominator": below, "state": state,
            "note": ""}  # fmt: skip


def _power(rows: dict[str, Row]) -> float:
    """Power of ten between the quotient and the value, where the unit names none (m in km/km2)."""
    found = [
        math.log10(abs(row["value"] * row["denominator"] / row["numerator"]))
        for row in rows.values()
        if _counts(row, ratio=True) and row["value"] and row["denominator"] and row["numerator"]
    ]
    return float(10.0 ** round(median(found))) if found else 1.0


def _stands_for(city: OwnCity, unit: str, finest: int) -> int:
    inside = city.below.get((unit, ORDER[finest]), [])
    coarser = ORDER.index(str(city.units[unit]["level"])) < finest
    return max(1, len(inside)) if coarser else 1


def codes_in(texts: Iterable[str]) -> set[str]:
    """Every identifier-like word of some rule texts."""
    found: set[str] = set()
    for text in texts:
        word = ""
        for letter in f"{text} ":
            if letter.isalnum() or letter == "_":
                word += letter
            else:
                found |= {word} if word else set()
                word = ""
    return found
