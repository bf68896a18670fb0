"""New York's Environment & Health Data Portal → the tables a user would load.

The portal's files are columnar JSON; a user's table is long: unit, level, indicator, period with
its dates, value. `***` marks a suppressed value. Community districts are our districts,
neighbourhoods (NTA2020) our communities.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SYSTEM = "NYC-EHDP"
LEVELS = {"CD": "district", "NTA2020": "community", "Citywide": "city"}


@dataclass(frozen=True)
class Measure:
    """One measure of the portal and what our indicator list says of it."""

    indicator: int
    measure: int
    code: str
    name_en: str
    name_zh: str
    category_en: str
    category_zh: str
    unit: str
    direction: str
    standard: str = ""
    standard_text: str = ""
    rollup: str = "none"


MEASURES: tuple[Measure, ...] = (
    Measure(2023, 365, "pm25", "Fine particles (PM2.5), mean", "细颗粒物年均浓度",
            "ecological livability", "生态宜居", "mcg/m3", "lower", "9",
            "US EPA annual standard 2024"),
    Measure(2143, 690, "vegetative_cover", "Vegetative cover", "植被覆盖率",
            "ecological livability", "生态宜居", "%", "higher"),
    Measure(15, 25, "household_crowding", "Household crowding", "住房拥挤家庭占比",
            "diversity and inclusion", "多元包容", "%", "lower"),
    Measure(2093, 594, "pedestrian_injury_hosp", "Pedestrian injury hospitalizations",
            "行人交通伤害住院数", "convenient transport", "交通便捷", "events", "lower"),
)  # fmt: skip
"""A handful that shows periods, suppressed values and values shared by two districts."""


def write_system_csv(shared: Path, out: Path) -> Path:
    """Write the city's own indicator list (for <city>/systems/NYC-EHDP.csv)."""
    known = {int(item["IndicatorID"]) for item in _json(shared, "metadata/metadata.json")}
    fields = [
        "system", "code", "category_zh", "category_en", "name_zh", "name_en", "unit", "direction",
        "standard_value", "standard_text", "attach_levels", "provenance", "rollup", "max_value",
    ]  # fmt: skip
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as handle:
        table = csv.DictWriter(handle, fields, lineterminator="\n")
        table.writeheader()
        for item in MEASURES:
            assert item.indicator in known
            table.writerow(
                {
                    "system": SYSTEM,
                    "code": item.code,
                    "category_zh": item.category_zh,
                    "category_en": item.category_en,
                    "name_zh": item.name_zh,
                    "name_en": item.name_en,
                    "unit": item.unit,
                    "direction": item.direction,
                    "standard_value": item.standard,
                    "standard_text": item.standard_text,
                    "attach_levels": "district;community;city",
                    "provenance": f"NYC EHDP indicator {item.indicator}, measure {item.measure}",
                    "rollup": item.rollup,
                    "max_value": "",
                }
            )
    return out


def write_values_csv(
    shared: Path,
    out: Path,
    geo_types: Sequence[str] = ("CD", "NTA2020"),
    only: Iterable[str] | None = None,
) -> Path:
    """Write the long table: every period of every measure at some of the portal's levels.

    `only` keeps some of the portal's own ids (`101`), for a model of a part of the city.
    """
    wanted = set(only) if only is not None else None
    fields = [
        "GeoID",
        "level",
        "indicator",
        "period",
        "period_start",
        "period_end",
        "value",
        "note",
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8", newline="") as handle:
        table = csv.DictWriter(handle, fields, lineterminator="\n")
        table.writeheader()
        for item in MEASURES:
            for row in _rows(shared, item):
                if row["GeoType"] not in geo_types:
                    continue
                if wanted is None or str(row["GeoID"]) in wanted:
                    table.writerow(_value(row, item))
    return out


def write_lookup_csv(shared: Path, out: Path) -> Path:
    """Write the portal's ids beside the ids in the polygons (`50101` → `BX0101`; CDs: the same)."""
    out.parent.mkdir(parents=True, exist_ok=True)
    topo = json.loads((_geography(shared) / "NTA2020.topo.json").read_text("utf-8"))
    (layer,) = topo["objects"].values()
    codes = {
        str(shape["properties"]["GEOCODE"]): str(shape["properties"]["NTACode"])
        for shape in layer["geometries"]
    }
    with (_geography(shared) / "GeoLookup.csv").open(encoding="utf-8-sig", newline="") as handle:
        for row in csv.DictReader(handle):
            if row["GeoType"] == "CD":
                codes[row["GeoID"]] = row["GeoID"]
    with out.open("w", encoding="utf-8", newline="") as handle:
        table = csv.writer(handle, lineterminator="\n")
        table.writerow(["GeoID", "unit"])
        table.writerows(sorted(codes.items()))
    return out


def write_map_toml(out: Path, lookup: Path | None = None, *, unknown_units: str = "refuse") -> Path:
    """Write the --map file of the long table; `lookup` lies beside it."""
    lines = [
        f'system = "{SYSTEM}"',
        'source_kind = "statistics"',
        f'unknown_units = "{unknown_units}"',
        'key = "GeoID"',
        "[null]",
        'withheld = ["***", "**"]',
    ]
    if lookup is not None:
        lines += ["[ids]", f'lookup = "{lookup.name}"', 'from = "GeoID"', 'to = "unit"']
    out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return out


def shared_groups(rows: Sequence[tuple[str, float]]) -> dict[float, list[str]]:
    """Units that carry one and the same census value: (unit, value) → value → units."""
    found: dict[float, list[str]] = {}
    for unit, value in rows:
        found.setdefault(value, []).append(unit)
    return {value: units for value, units in found.items() if len(units) > 1}


def _rows(shared: Path, item: Measure) -> Iterator[dict[str, Any]]:
    periods = {
        period["TimePeriodID"]: period for period in _json(shared, "metadata/TimePeriods.json")
    }
    columns = _json(shared, f"data/{item.indicator}.json")
    names = list(columns)
    for values in zip(*columns.values(), strict=True):
        row = dict(zip(names, values, strict=True))
        if row["MeasureID"] == item.measure:
            yield {**row, "period": periods[row["TimePeriodID"]]}


def _value(row: dict[str, Any], item: Measure) -> dict[str, Any]:
    suppressed = str(row["Note"]).startswith("**")
    period = row["period"]
    return {
        "GeoID": row["GeoID"],
        "level": LEVELS[row["GeoType"]],
        "indicator": item.code,
        "period": period["TimePeriod"],
        "period_start": _day(period["start_period"]),
        "period_end": _last_day(period),
        "value": str(row["DisplayValue"]) if suppressed else row["Value"],
        "note": row["Note"],
    }


def _day(milliseconds: int) -> str:
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).date().isoformat()


def _last_day(period: dict[str, Any]) -> str:
    """The portal ends a season on the first day after it, and everything else on its last day."""
    end = dt.datetime.fromtimestamp(period["end_period"] / 1000, dt.UTC).date()
    return (end - dt.timedelta(days=1) if end.day == 1 else end).isoformat()


def _json(shared: Path, name: str) -> Any:
    return json.loads((shared / "data/nyc/ehdp_indicators" / name).read_text("utf-8"))


def _geography(shared: Path) -> Path:
    return shared / "data/nyc/ehdp_geography"
