"""The chapters of problems: the list, what became of the last one, what is to be done."""

from __future__ import annotations

from typing import Any

from cim_bridge.texts import Text, text
from scenes.report.content import Chapter
from scenes.report.facts import Answer, Facts
from scenes.report.tabled import tabled
from scenes.report.views import problem_views
from scenes.report.words import named, number, say

DONE = frozenset({"verified"})
LISTED = frozenset({"confirmed", "assigned", "rectifying", "submitted", "returned", "verified",
                    "carried_over"})  # fmt: skip
"""States of problems that someone confirmed: these are on a rectification list."""


def problems(facts: Facts) -> Chapter:
    """The list of problems with the views of the gravest."""
    rows = [
        (item["id"], item["unit"]["label"], item["title"], item["why"], named(item["severity"]),
         number(item["people"], 0), item["department"] or "—", named(item["state"]))
        for item in facts.problems
    ]  # fmt: skip
    table = tabled(
        "problems", say("t_problems"), "id unit problem why severity people department state", rows,
        (1.9, 1.7, 2.0, 4.0, 0.9, 1.0, 1.7, 1.1), 80,
    )  # fmt: skip
    return Chapter(say("ch_problems"), [*problem_views(facts), *table])


def last_year(facts: Facts) -> Chapter:
    """What became of the problems of the year before: counted, and listed."""
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
    table = tabled(
        "last-year", say("t_last"), "id unit problem department state", rows, (1.6, 2, 4, 2.4, 1.4)
    )
    return Chapter(say("ch_last"), [words, *table])


def plan(facts: Facts) -> Chapter:
    """What is to be done by whom until when, and the projects that do it."""
    listed = [item for item in facts.problems if item["state"] in LISTED or item["projects"]]
    rows = [
        (item["id"], item["unit"]["label"], item["title"], item["fix"] or "—",
         item["department"] or "—", _projects(item, "name"), _projects(item, "deadline"),
         named(item["state"]))
        for item in listed
    ]  # fmt: skip
    listed_ = tabled(
        "plan", say("t_plan"), "id unit problem fix department project deadline state", rows,
        (1.4, 1.7, 2.2, 2.6, 1.7, 2.4, 1.5, 1.2),
    )  # fmt: skip
    works = [
        (item["id"], item["name"], named(item["state"]), item["department"] or "—",
         number(item["investment_10k"]), number(item["progress"], 0), item["deadline"] or "—")
        for item in facts.projects
    ]  # fmt: skip
    projects = tabled(
        "projects", say("t_projects"), "id project state department money progress deadline", works,
        (1.6, 4.2, 1.5, 2.4, 1.6, 1.3, 1.7),
    )  # fmt: skip
    return Chapter(say("ch_plan"), [*listed_, *projects])


def _projects(item: Answer, name: str) -> str | Text:
    told: list[Any] = [one[name] for one in item["projects"] if one[name]]
    if not told:
        return "—"
    if isinstance(told[0], dict):
        return text("；".join(one["zh"] for one in told), "; ".join(one["en"] for one in told))
    return "; ".join(map(str, told))
