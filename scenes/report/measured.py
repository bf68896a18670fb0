"""The chapters of indicators: judged, summed up, one by one, and beside what residents say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cim_bridge.texts import Text, text
from scenes.report.content import Cell, Chapter, Figure, Table
from scenes.report.facts import Answer, Facts
from scenes.report.tabled import LAST_SHOWN, MANY, shown, tabled
from scenes.report.views import category_view
from scenes.report.words import named, number, say
from scenes.unitwords import measured_in


def _categories(facts: Facts) -> list[tuple[Text, list[Answer]]]:
    found: dict[str, tuple[Text, list[Answer]]] = {}
    for item in facts.unit["indicators"]:
        about = item["category"]
        found.setdefault(about["code"], (about["label"], []))[1].append(item)
    return list(found.values())


def _counts(items: Sequence[Answer]) -> tuple[int, int, int]:
    known = sum(item["value"] is not None for item in items)
    verdicts = Counter(item["meets"] for item in items)
    return known, verdicts[True], verdicts[False]


def system(facts: Facts) -> Chapter:
    """How many indicators there are, and how many reach their standard, by category."""
    rows = [(label, len(items), *_counts(items)) for label, items in _categories(facts)]
    table = tabled(
        "categories",
        say("t_system"),
        "category count known good bad",
        rows,
        (4, 1.5, 1.5, 1.5, 1.5),
    )
    systems = {item["system"] for item in facts.unit["indicators"]}
    told = [
        facts.published.systems[name].label
        for name in sorted(systems)
        if name in facts.published.systems
    ]
    return Chapter(say("ch_system"), [*told, *table])


def verdict(facts: Facts) -> Chapter:
    """The whole in two sentences: what is reached, and how many problems."""
    items = facts.unit["indicators"]
    known, good, bad = _counts(items)
    words = say(
        "verdict", known=known, judged=good + bad, good=good, bad=bad, absent=len(items) - known
    )
    severity = Counter(item["severity"] for item in facts.problems)
    count = {name: severity[name] for name in ("high", "medium", "low")}
    return Chapter(say("ch_verdict"), [words, say("problems", count=len(facts.problems), **count)])


def analysis(facts: Facts) -> Chapter:
    """Every indicator with its value, standard and source, category by category."""
    parts: list[Text | Table | Figure] = []
    for at, (label, items) in enumerate(_categories(facts), start=1):
        parts += category_view(facts, items)
        rows = [_indicator(facts, item) for item in items]
        parts += tabled(
            f"indicators-{at}", say("t_category", category=label),
            "indicator measure value before standard verdict period source", rows,
            (3.6, 1.2, 1.4, 1.4, 1.6, 1.4, 1.1, 2.6), MANY,
        )  # fmt: skip
    return Chapter(say("ch_analysis"), parts or [say("nothing")])


def _indicator(facts: Facts, item: Answer) -> Sequence[Cell | Text]:
    judged: Text | str = "—" if item["meets"] is None else say("yes" if item["meets"] else "no")
    return (
        item["name"], _unit(item["unit"]), shown(item), _before(item), _standard(item["standard"]),
        judged, item["period"] or "—", facts.published.source(item["source"]),
    )  # fmt: skip


def _unit(unit: str | None) -> Text | str:
    words = measured_in(unit)
    return words if words["zh"] and words["en"] else words["zh"] or words["en"] or "—"


def _before(item: Answer) -> str:
    """The value of the year before, as the trend of the unit's file has it."""
    trend = item.get("trend") or []
    return number(trend[-2]["value"]) if len(trend) > 1 else "—"


def _standard(told: Answer | None) -> str | Text:
    """The line a value is held against; one that is a reference only judges nothing."""
    if not told:
        return "—"
    line = "—"
    if told["value"] is not None:
        line = f"{_SIGNS.get(told['op'], told['op'])} {number(told['value'])}"
    elif told["low"] is not None and told["high"] is not None:
        line = f"{number(told['low'])} – {number(told['high'])}"
    if line == "—" or not told.get("reference"):
        return line
    mark = say("reference")
    return text(line + mark["zh"], line + mark["en"])


_SIGNS = {">=": "≥", "<=": "≤", "==": "="}


def joint(facts: Facts) -> Chapter:
    """Facts and feelings together: the units whose residents and numbers disagree."""
    counts = Counter(item["quadrant"] for item in facts.quadrants)
    names = ("keep", "perception", "hidden", "priority", "unknown")
    words = say("quadrants", **{name: counts[name] for name in names})
    order = ("priority", "hidden", "perception")
    chosen = [item for item in facts.quadrants if item["quadrant"] in order]
    chosen.sort(key=lambda item: (order.index(item["quadrant"]), item["satisfaction"] or 0.0))
    rows = [
        (item["unit"]["label"], named(item["quadrant"]), number(item["score"]),
         number(item["satisfaction"]), item["n"])
        for item in chosen
    ]  # fmt: skip
    table = tabled(
        "quadrants", say("t_quadrants"), "unit quadrant score satisfaction n", rows,
        (3, 3, 1.5, 1.5, 1.2), LAST_SHOWN,
    )  # fmt: skip
    return Chapter(say("ch_joint"), [words, *table])
