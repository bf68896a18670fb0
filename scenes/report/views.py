"""The figures of a report: which scene stands in which chapter."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cim_bridge.levels import LABELS
from cim_bridge.texts import Text
from indicator_overlays.survey import SATISFACTION
from scenes.making import made_scenes
from scenes.report.content import Figure
from scenes.report.facts import Answer, Facts
from scenes.report.words import say
from scenes.scene import Scene
from scenes.tour import make_tour

FINE = ("block", "community", "compound", "subdistrict", "district", "building")
"""Levels a figure prefers, in order."""

PROBLEMS = 3


def overview_view(facts: Facts) -> list[Figure]:
    """The indicator that tells the city's parts apart most clearly."""
    found = next((one for one in made_scenes(facts.published) if one.name == "overview"), None)
    if found is None or facts.year not in _years(facts, found.system, found.indicator, found.level):
        return []
    caption = say(
        "f_overview", place=facts.unit["label"], year=facts.year,
        indicator=_name(facts, found.system, found.indicator),
    )  # fmt: skip
    return [_figure(facts, "overview", caption, found.system, found.indicator, found.level)]


def survey_view(facts: Facts) -> list[Figure]:
    """Satisfaction at the finest level that has it."""
    return _first(facts, "survey", [(facts.published.default_system, SATISFACTION)])


def category_view(facts: Facts, items: Sequence[Answer]) -> list[Figure]:
    """Of a category the first indicator that misses its standard, else the first with a map."""
    ranked = sorted(items, key=lambda item: item["meets"] is not False)
    wanted = [(item["system"], item["code"]) for item in ranked]
    return _first(facts, f"category-{items[0]['category']['code']}", wanted)


def problem_views(facts: Facts) -> list[Figure]:
    """The first stops of the unit's own tour."""
    if not facts.problems:
        return []
    unit = "" if facts.whole else str(facts.unit["id"])
    tour, _ = make_tour(facts.published, unit=unit, year=facts.year)
    return [
        Figure(f"problem-{at}", say("f_problem", title=stop.title), stop)
        for at, stop in enumerate(tour.stops[:PROBLEMS], start=1)
    ]


def _first(facts: Facts, name: str, wanted: Sequence[tuple[str, str]]) -> list[Figure]:
    for system, indicator in wanted:
        for level in FINE:
            if facts.year in _years(facts, system, indicator, level):
                caption = say(
                    "f_indicator", indicator=_name(facts, system, indicator), year=facts.year,
                    level=LABELS[level],
                )  # fmt: skip
                return [_figure(facts, name, caption, system, indicator, level)]
    return []


def _figure(facts: Facts, name: str, caption: Text, *overlay: str) -> Figure:
    system, indicator, level = overlay
    more: dict[str, Any] = {} if facts.whole else {"selection": str(facts.unit["id"])}
    scene = Scene(
        name, caption, system=system, indicator=indicator, level=level, year=facts.year, **more
    )
    return Figure(name, caption, scene)


def _years(facts: Facts, system: str, indicator: str, level: str) -> list[int]:
    levels = facts.published.results.available.get((system, indicator), {})
    return levels.get(level, [])


def _name(facts: Facts, system: str, indicator: str) -> Text:
    known = facts.published.systems.get(system)
    found = known.indicators.get(indicator) if known else None
    return found.name if found else Text(zh=indicator, en=indicator)
