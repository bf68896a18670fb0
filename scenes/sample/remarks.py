"""What a panel says in words beside the numbers: grades and remarks of places."""

from __future__ import annotations

import csv
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from indicator_overlays.indicator import Standard
from scenes.sample.books import write_csv
from scenes.sample.levels import Units
from scenes.sample.sums import Places
from scenes.sample.truth import Series

PERIOD, DAY = "2024", "2025-06-12"
REVIEWER = "专家甲、专家乙 experts A and B (fictitious)"
CROWDED = 3
"""Communities that are spoken of for their many old residents."""
GRADES = ((1.0, "较好", "good"), (0.85, "一般", "fair"), (0.0, "较差", "poor"))
"""How much of the standard is reached, at least, and the grade for it."""


def read_said() -> dict[str, tuple[tuple[str, str], tuple[str, str]]]:
    """Code → what is said of a district that meets the standard, and of one that does not."""
    text = resources.files("scenes.sample").joinpath("remarks.csv").read_text(encoding="utf-8")
    return {
        row["code"]: ((row["met_zh"], row["met_en"]), (row["missed_zh"], row["missed_en"]))
        for row in csv.DictReader(text.splitlines())
    }


def write_remarks(
    folder: Path, series: list[Series], units: Units, elders: pd.DataFrame, places: Places
) -> Path:
    """``remarks.csv``: a grade and a sentence a row. elders: rows of ``elders.csv``."""
    said = read_said()
    rows = [row for item in series for row in _districts(item, units, said.get(item.row.code))]
    rows += _communities(elders, units, places)
    frame = pd.DataFrame(
        rows,
        columns=["unit_id", "level", "system", "indicator", "grade", "grade_en", "remark",
                 "remark_en"],
    )  # fmt: skip
    frame["period"] = PERIOD
    frame["remark"] += "（虚构）"
    frame["remark_en"] += " (fictitious)"
    return write_csv(folder / "remarks.csv", frame.assign(reviewer=REVIEWER, date=DAY))


def _districts(
    series: Series, units: Units, said: tuple[tuple[str, str], tuple[str, str]] | None
) -> list[tuple[str, ...]]:
    row, standard = series.row, series.indicator.standard
    if row.level != "district" or said is None or standard is None:
        return []
    table = units.tables["district"]
    found: list[tuple[str, ...]] = []
    for at, value in enumerate(series.value[-1].tolist()):
        if not np.isfinite(value):
            continue
        share = reached(value, standard)
        _, zh, en = next(grade for grade in GRADES if share >= grade[0])
        said_zh, said_en = said[0 if share >= 1.0 else 1]
        unit, name, english = (table[name].iloc[at] for name in ("id", "name_zh", "name_en"))
        whole = (f"{name}：{said_zh}", f"{english}: {said_en}")
        found.append((unit, "district", row.system, row.code, zh, en, *whole))
    return found


def reached(value: float, standard: Standard) -> float:
    """Share of a standard that a value reaches; 1 and more meets it."""
    limit = standard.value or 0.0
    if standard.meets(value):
        return 1.0
    over, under = (limit, value) if standard.op.startswith("<") else (value, limit)
    return min(over / under, 0.999) if under else 0.0


def _communities(elders: pd.DataFrame, units: Units, places: Places) -> list[tuple[str, ...]]:
    """The communities with most old residents, of those that more than a few live in."""
    large = set(places.ids[places.people >= 300].tolist())
    mine = elders[(elders["period"] == PERIOD) & elders["unit_id"].isin(large)]
    mine = mine.dropna(subset=["value"]).sort_values(["value", "unit_id"], ascending=[False, True])
    names = units.tables["community"].set_index("id")
    said = (
        "老年人口集中，先看电梯与养老服务站",
        "many old residents: look at lifts and elderly stations first",
    )
    return [
        (unit, "community", system, code, "无标准", "no standard",
         f"{names.loc[unit, 'name_zh']}：{said[0]}", f"{names.loc[unit, 'name_en']}: {said[1]}")
        for unit, system, code in mine[["unit_id", "system", "indicator"]]
        .head(CROWDED).itertuples(index=False, name=None)
    ]  # fmt: skip
