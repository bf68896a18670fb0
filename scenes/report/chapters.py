"""The chapters of a report pack, in the order of a checkup report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from cim_bridge.texts import Text, text
from scenes.report.content import Cell, Chapter, Figure, Report, Table
from scenes.report.facts import Answer, Facts
from scenes.report.views import category_view, overview_view, problem_views, survey_view
from scenes.report.words import named, number, say

DONE = frozenset({"verified"})
LISTED = frozenset({"confirmed", "assigned", "rectifying", "submitted", "returned", "verified",
                    "carried_over"})  # fmt: skip
"""States of problems that someone confirmed: these are on a rectification list."""

NUMBERS = frozenset({
    "area", "people", "buildings", "value", "before", "n", "count", "known", "good", "bad", "score",
    "satisfaction", "money", "progress",
})  # fmt: skip
"""Columns of numbers."""

MANY = 100_000
LAST_SHOWN = 40


def make_report(facts: Facts, figures: int = 12) -> Report:
    """The report of a unit and a year; at most so many figures."""
    place, now = facts.unit["label"], facts.published
    about = [
        say("stamp", cutoff=facts.cutoff, date=now.published, version=now.version,
            release=now.publication.get("id", "")),
        *(text(credit, credit) for credit in now.attribution),
    ]  # fmt: skip
    chapters = [
        _overview(facts), _survey(facts), _system(facts), _verdict(facts), _analysis(facts),
        _joint(facts), _problems(facts), _last(facts), _plan(facts), _sources(facts),
    ]  # fmt: skip
    note = None
    if now.model.manifest.get("synthetic"):
        from scenes.still import SYNTHETIC

        note = SYNTHETIC
    city = now.name
    whole = place if facts.whole else text(
        f"{city['zh']}{place['zh']}", f"{city['en']}, {place['en']}"
    )  # fmt: skip
    title = say("title", place=whole, year=facts.year)
    return Report(title, about, _limited(chapters, figures), note)


def _limited(chapters: Sequence[Chapter], most: int) -> list[Chapter]:
    """The chapters with the first `most` figures."""
    left, found = most, []
    for chapter in chapters:
        parts = []
        for part in chapter.parts:
            if isinstance(part, Figure):
                left -= 1
                if left < 0:
                    continue
            parts.append(part)
        found.append(Chapter(chapter.title, parts))
    return found


def _table(
    name: str, caption: Text, head: str, rows: Iterable[Sequence[Cell | Text]],
    widths: Sequence[float], most: int = 60,
) -> list[Text | Table | Figure]:  # fmt: skip
    """A table, or the words that there is nothing."""
    every = list(rows)
    if not every:
        return [say("nothing")]
    words = head.split()
    numeric = frozenset(at for at, word in enumerate(words) if word in NUMBERS)
    heads = [say(f"h_{word}") for word in words]
    table = Table(name, caption, heads, every, widths, most, numeric)
    told: list[Text | Table | Figure] = [table]
    if len(every) > most:
        told.append(say("more", most=most, count=len(every)))
    return told


def _overview(facts: Facts) -> Chapter:
    who = facts.unit["identity"]
    words = say(
        "overview", place=facts.unit["label"], year=facts.year, cutoff=facts.cutoff,
        area=number(_km2(who["area"])), people=number(who["population"], 0),
        buildings=number(who["buildings"], 0),
    )  # fmt: skip
    rows = [
        (item["label"], number(_km2(item["identity"]["area"])),
         number(item["identity"]["population"], 0), number(item["identity"]["buildings"], 0))
        for item in facts.units
    ]  # fmt: skip
    table = _table("units", say("t_units"), "unit area people buildings", rows, (4, 2, 2, 2))
    return Chapter(say("ch_overview"), [words, say("method"), *overview_view(facts), *table])


def _km2(area: float | None) -> float | None:
    return None if area is None else area / 1e6


def _survey(facts: Facts) -> Chapter:
    rows = [
        ((item["unit"] or {"label": text(item["unit_id"], item["unit_id"])})["label"],
         _indicator_name(facts, item), _told(item), item["n"], item["period"],
         facts.published.source(item["source"]))
        for item in facts.surveys
    ]  # fmt: skip
    table = _table(
        "survey", say("t_survey"), "unit indicator value n period source", rows,
        (3, 3, 1.4, 1.2, 1.2, 3.2), LAST_SHOWN,
    )  # fmt: skip
    return Chapter(say("ch_survey"), [*survey_view(facts), *table])


def _indicator_name(facts: Facts, item: Answer) -> Text:
    about = facts.published.systems.get(item["system"])
    found = about.indicators.get(item["indicator"]) if about else None
    return found.name if found else text(item["indicator"], item["indicator"])


def _told(item: Answer) -> str | Text:
    """A value, or why there is none."""
    return number(item["value"]) if item["value"] is not None else named(item["state"])


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


def _system(facts: Facts) -> Chapter:
    rows = [(label, len(items), *_counts(items)) for label, items in _categories(facts)]
    table = _table(
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


def _verdict(facts: Facts) -> Chapter:
    items = facts.unit["indicators"]
    known, good, bad = _counts(items)
    words = say(
        "verdict", known=known, judged=good + bad, good=good, bad=bad, absent=len(items) - known
    )
    severity = Counter(item["severity"] for item in facts.problems)
    count = {name: severity[name] for name in ("high", "medium", "low")}
    return Chapter(say("ch_verdict"), [words, say("problems", count=len(facts.problems), **count)])


def _analysis(facts: Facts) -> Chapter:
    parts: list[Text | Table | Figure] = []
    for at, (label, items) in enumerate(_categories(facts), start=1):
        parts += category_view(facts, items)
        rows = [_indicator(facts, item) for item in items]
        parts += _table(
            f"indicators-{at}", say("t_category", category=label),
            "indicator measure value before standard verdict period source", rows,
            (3.6, 1.2, 1.4, 1.4, 1.6, 1.4, 1.1, 2.6), MANY,
        )  # fmt: skip
    return Chapter(say("ch_analysis"), parts or [say("nothing")])


def _indicator(facts: Facts, item: Answer) -> Sequence[Cell | Text]:
    verdict: Text | str = "—"
    if item["meets"] is not None:
        verdict = say("yes" if item["meets"] else "no")
        if (item["standard"] or {}).get("reference"):
            mark = say("reference")
            verdict = text(verdict["zh"] + mark["zh"], verdict["en"] + mark["en"])
    return (
        item["name"], item["unit"] or "—", _told(item), _before(item), _standard(item["standard"]),
        verdict, item["period"] or "—", facts.published.source(item["source"]),
    )  # fmt: skip


def _before(item: Answer) -> str:
    """The value of the year before, as the trend of the unit's file has it."""
    trend = item.get("trend") or []
    return number(trend[-2]["value"]) if len(trend) > 1 else "—"


def _standard(told: Answer | None) -> str:
    if not told:
        return "—"
    if told["value"] is not None:
        return f"{_SIGNS.get(told['op'], told['op'])} {number(told['value'])}"
    if told["low"] is not None and told["high"] is not None:
        return f"{number(told['low'])} – {number(told['high'])}"
    return "—"


_SIGNS = {">=": "≥", "<=": "≤", "==": "="}


def _joint(facts: Facts) -> Chapter:
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
    table = _table(
        "quadrants", say("t_quadrants"), "unit quadrant score satisfaction n", rows,
        (3, 3, 1.5, 1.5, 1.2), LAST_SHOWN,
    )  # fmt: skip
    return Chapter(say("ch_joint"), [words, *table])


def _problems(facts: Facts) -> Chapter:
    rows = [
        (item["id"], item["unit"]["label"], item["title"], item["why"], named(item["severity"]),
         number(item["people"], 0), item["department"] or "—", named(item["state"]))
        for item in facts.problems
    ]  # fmt: skip
    table = _table(
        "problems", say("t_problems"), "id unit problem why severity people department state", rows,
        (1.9, 1.7, 2.0, 4.0, 0.9, 1.0, 1.7, 1.1), 80,
    )  # fmt: skip
    return Chapter(say("ch_problems"), [*problem_views(facts), *table])


def _last(facts: Facts) -> Chapter:
    if facts.last_year is None:
        return Chapter(say("ch_last"), [say("last_none")])
    counted = [item for item in facts.last if item["state"] in LISTED]
    done = sum(item["state"] in DONE for item in counted)
    rate = f"{100 * done / len(counted):.1f} %" if counted else "—"
    words = say("last", year=facts.last_year, total=len(counted), done=done, rate=rate)
    rows = [
        (item["id"], item["unit"]["label"], item["title"], item["department"] or "—",
         named(item["state"]))
        for item in counted
    ]  # fmt: skip
    table = _table(
        "last-year", say("t_last"), "id unit problem department state", rows, (1.6, 2, 4, 2.4, 1.4)
    )
    return Chapter(say("ch_last"), [words, *table])


def _plan(facts: Facts) -> Chapter:
    listed = [item for item in facts.problems if item["state"] in LISTED or item["projects"]]
    rows = [
        (item["id"], item["unit"]["label"], item["title"], item["fix"] or "—",
         item["department"] or "—", _projects(item, "name"), _projects(item, "deadline"),
         named(item["state"]))
        for item in listed
    ]  # fmt: skip
    plan = _table(
        "plan", say("t_plan"), "id unit problem fix department project deadline state", rows,
        (1.4, 1.7, 2.2, 2.6, 1.7, 2.4, 1.5, 1.2),
    )  # fmt: skip
    works = [
        (item["id"], item["name"], named(item["state"]), item["department"] or "—",
         number(item["investment_10k"]), number(item["progress"], 0), item["deadline"] or "—")
        for item in facts.projects
    ]  # fmt: skip
    projects = _table(
        "projects", say("t_projects"), "id project state department money progress deadline", works,
        (1.6, 4.2, 1.5, 2.4, 1.6, 1.3, 1.7),
    )  # fmt: skip
    return Chapter(say("ch_plan"), [*plan, *projects])


def _projects(item: Answer, name: str) -> str | Text:
    told: list[Any] = [one[name] for one in item["projects"] if one[name]]
    if not told:
        return "—"
    if isinstance(told[0], dict):
        return text("；".join(one["zh"] for one in told), "; ".join(one["en"] for one in told))
    return "; ".join(map(str, told))


def _sources(facts: Facts) -> Chapter:
    rows = [
        (facts.published.source(item["name"]), named(item["kind"] or "—"), item["files"])
        for item in facts.sources
    ]
    table = _table("sources", say("t_sources"), "source kind files", rows, (4, 1.6, 5), MANY)
    return Chapter(say("ch_sources"), table)
