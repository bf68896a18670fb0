"""The chapters of a report pack, in the order of a checkup report."""

from __future__ import annotations

from collections.abc import Sequence

from cim_bridge.texts import Text, text
from scenes.report.content import Chapter, Figure, Report
from scenes.report.facts import Answer, Facts
from scenes.report.found import last_year, plan, problems
from scenes.report.measured import analysis, joint, system, verdict
from scenes.report.tabled import LAST_SHOWN, MANY, shown, tabled
from scenes.report.views import overview_view, survey_view
from scenes.report.words import named, number, say


def make_report(facts: Facts, figures: int = 12) -> Report:
    """The report of a unit and a year; at most so many figures."""
    place, now = facts.unit["label"], facts.published
    about = [
        say("stamp", cutoff=facts.cutoff, date=now.published, version=now.version,
            release=now.publication.get("id", "")),
        *(text(credit, credit) for credit in now.attribution),
    ]  # fmt: skip
    chapters = [
        _overview(facts), _survey(facts), system(facts), verdict(facts), analysis(facts),
        joint(facts), problems(facts), last_year(facts), plan(facts), _sources(facts),
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


def _overview(facts: Facts) -> Chapter:
    who = facts.unit["identity"]
    people, summed = _people(facts)
    words = say(
        "overview_summed" if summed else "overview", place=facts.unit["label"], year=facts.year,
        cutoff=facts.cutoff, area=number(_km2(who["area"])), people=number(people, 0),
        buildings=number(who["buildings"], 0),
    )  # fmt: skip
    rows = [
        (item["label"], number(_km2(item["identity"]["area"])),
         number(item["identity"]["population"], 0), number(item["identity"]["buildings"], 0))
        for item in facts.units
    ]  # fmt: skip
    table = tabled("units", say("t_units"), "unit area people buildings", rows, (4, 2, 2, 2))
    return Chapter(say("ch_overview"), [words, say("method"), *overview_view(facts), *table])


def _people(facts: Facts) -> tuple[float | None, bool]:
    """Inhabitants of the unit; the sum of a city's districts, and that it is one, without its own.

    None where a district's are unknown: a sum of some is not the city's.
    """
    own = facts.unit["identity"]["population"]
    parts = [item["identity"]["population"] for item in facts.units]
    if own is not None or not facts.whole or not parts or None in parts:
        return own, False
    return sum(parts), True


def _km2(area: float | None) -> float | None:
    return None if area is None else area / 1e6


def _survey(facts: Facts) -> Chapter:
    rows = [
        ((item["unit"] or {"label": text(item["unit_id"], item["unit_id"])})["label"],
         _indicator_name(facts, item), shown(item), item["n"], item["period"],
         facts.published.source(item["source"]))
        for item in facts.surveys
    ]  # fmt: skip
    table = tabled(
        "survey", say("t_survey"), "unit indicator value n period source", rows,
        (3, 3, 1.4, 1.2, 1.2, 3.2), LAST_SHOWN,
    )  # fmt: skip
    return Chapter(say("ch_survey"), [*survey_view(facts), *table])


def _indicator_name(facts: Facts, item: Answer) -> Text:
    about = facts.published.systems.get(item["system"])
    found = about.indicators.get(item["indicator"]) if about else None
    return found.name if found else text(item["indicator"], item["indicator"])


def _sources(facts: Facts) -> Chapter:
    rows = [
        (facts.published.source(item["name"]), named(item["kind"] or "—"), item["files"])
        for item in facts.sources
    ]
    table = tabled("sources", say("t_sources"), "source kind files", rows, (4, 1.6, 5), MANY)
    return Chapter(say("ch_sources"), table)
