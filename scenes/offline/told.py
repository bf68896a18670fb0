"""What an offline file tells: names, columns of several years, problems."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cim_bridge.texts import Text, text
from indicator_overlays.results_reader import Overlay
from scenes.coat import NO_UNIT, STATE_BYTE, STATES, coat
from scenes.offline.censor import Censor
from scenes.offline.excerpt import NO_PARENT, Excerpt
from scenes.scene import Published, Scene
from scenes.unitwords import measured_in

WITHHELD = STATE_BYTE["withheld"]
MOST_PROBLEMS = 2000


def overlays_of(
    scene: Scene, published: Published, excerpt: Excerpt, years: Sequence[int], censor: Censor
) -> list[dict[str, Any]]:
    """Every overlay the scene shows, with its column of each year; values beside class codes."""
    found = []
    wanted = dict.fromkeys(
        (view.system, view.indicator, view.level) for view in (scene, *scene.stops)
        if view.indicator
    )  # fmt: skip
    for system, indicator, level in wanted:
        if not censor.tells_level(level):
            continue
        there = published.results.available[system, indicator][level]
        told = [
            (year, published.results.overlay(system, indicator, level, year))
            for year in sorted(there)
            if not years or year in years
        ]
        if told:
            found.append(_overlay(told, published, excerpt, censor))
    return found


def _overlay(
    told: list[tuple[int, Overlay]], published: Published, excerpt: Excerpt, censor: Censor
) -> dict[str, Any]:
    key = told[0][1].key
    about = published.systems.get(key.system)
    indicator = about.indicators.get(key.indicator) if about else None
    legend = published.results.legend(*key[:3])
    rows = excerpt.rows(key.level)
    hidden = censor.hidden(key.level)[rows]
    years = {}
    for year, overlay in told:
        code = coat(excerpt.model, published.results, overlay).unit[rows]
        value = np.full(int(excerpt.model.manifest["levels"][key.level]["rows"]), np.nan)
        number = overlay.cells.state == 0
        value[overlay.cells.row[number]] = overlay.cells.value[number]
        code = np.where(hidden & (code != NO_UNIT), WITHHELD, code)
        years[str(year)] = {
            "codes": code.tolist(),
            "values": [
                None if gone or not np.isfinite(v) else float(f"{v:.6g}")
                for v, gone in zip(value[rows].tolist(), hidden.tolist(), strict=True)
            ],
            "period": overlay.period,
            "sources": [published.source(name) for name in overlay.sources()],
        }
    return {
        "system": key.system,
        "indicator": key.indicator,
        "level": key.level,
        "name": indicator.name if indicator else text(key.indicator, key.indicator),
        "unit": measured_in(legend["unit"]),
        "classes": [{"label": item["label"], "color": item["color"]} for item in legend["classes"]],
        "years": years,
    }


def names_of(excerpt: Excerpt, censor: Censor) -> dict[str, dict[str, Any]]:
    """Rows, ids and names of the units in a file by level; buildings are nameless in public."""
    units = excerpt.model.units
    found: dict[str, dict[str, Any]] = {}
    for level in excerpt.levels:
        if level == "area" or (censor.public and level == "building"):
            continue
        at = excerpt.inside & (units["level"] == level).to_numpy(bool)
        rows = units[at].sort_values("row")
        found[level] = {
            "rows": rows["row"].astype(int).tolist(),
            "ids": rows["id"].tolist(),
            "names": [
                [zh or source, en or zh or source]
                for zh, en, source in zip(
                    rows["label_zh"], rows["label_en"], rows["source_id"], strict=True
                )
            ],
        }
    return found


def parents_of(excerpt: Excerpt, levels: Sequence[str]) -> dict[str, Any]:
    """Building rows in the file and, for each level, the row of each one's unit (-1 none)."""
    rows = excerpt.rows("building")
    found: dict[str, Any] = {"building": rows.tolist()}
    for level in levels:
        if level != "building" and level in excerpt.model.manifest["parents"]:
            above = excerpt.parents(level)[rows].astype(np.int64)
            found[level] = np.where(above == NO_PARENT, -1, above).tolist()
    return found


def problems_of(
    published: Published, excerpt: Excerpt, years: Sequence[int], censor: Censor
) -> list[dict[str, Any]]:
    """Problems of the units in a file, worst first, as far as they may be told."""
    units = excerpt.model.units
    inside = set(units["id"][excerpt.inside])
    names = ("problem_id", "unit_id", "level", "year", "rule", "severity", "title_zh", "title_en",
             "why_zh", "why_en", "people")  # fmt: skip
    found = []
    for row in published.results.diagnosis.select(list(names)).to_pylist():
        if row["unit_id"] not in inside or (years and row["year"] not in years):
            continue
        if not censor.tells_problem(row):
            continue
        found.append({
            "id": row["problem_id"], "unit": row["unit_id"], "year": row["year"],
            "rule": row["rule"], "severity": row["severity"],
            "title": censor.words(text(row["title_zh"], row["title_en"]), row),
            "why": censor.words(text(row["why_zh"], row["why_en"]), row),
            "people": censor.people(row),
        })  # fmt: skip
        if len(found) == MOST_PROBLEMS:
            break
    return found


def state_words() -> list[tuple[int, Text, str]]:
    """Code, words and name (of its hatch) of every state that is no class."""
    return [(STATE_BYTE[name], label, name) for name, label in STATES.items()]
