"""Problems and renewal projects of one results release, joined both ways."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import numpy as np
import orjson

from cim_bridge.texts import text
from twin_server.coded import CodedTable, Rows
from twin_server.units import UnitTable

SEVERITIES: tuple[str, ...] = ("high", "medium", "low")
"""Severity of a problem, worst first."""

_CLOSED = frozenset({"completed", "verified", "cancelled"})


class ProblemTable:
    """diagnosis.parquet, projects.parquet and links.parquet."""

    def __init__(self, problems: CodedTable, projects: CodedTable, links: CodedTable) -> None:
        self.problems = problems
        self.projects = projects
        self._links = links

    @cached_property
    def order(self) -> Rows:
        """All problems, worst first: severity, its points, people concerned, margin."""
        place = {word: rank for rank, word in enumerate(SEVERITIES)}
        words = self.problems.words("severity")
        ranks = np.array([*(place.get(word, 9) for word in words), 9])
        severity = ranks[self.problems.codes("severity")]
        points = -np.nan_to_num(self.problems.numbers("points").astype(np.float64))
        people = -np.nan_to_num(self.problems.numbers("people").astype(np.float64))
        margin = -np.abs(np.nan_to_num(self.problems.numbers("margin").astype(np.float64)))
        found: Rows = np.lexsort((margin, people, points, severity)).astype(np.int64)
        return found

    @cached_property
    def by_id(self) -> dict[str, int]:
        """Line of each problem id."""
        ids = self.problems.values("problem_id", np.arange(self.problems.rows))
        return {name: row for row, name in enumerate(ids)}

    @cached_property
    def by_unit(self) -> dict[str, list[int]]:
        """Lines of each unit's problems, worst first."""
        found: dict[str, list[int]] = {}
        names = self.problems.values("unit_id", self.order)
        for name, row in zip(names, self.order.tolist(), strict=True):
            found.setdefault(name, []).append(row)
        return found

    @cached_property
    def project_rows(self) -> list[dict[str, Any]]:
        """Every project with its lists read; few, so plain dicts."""
        rows = self.projects.records(np.arange(self.projects.rows))
        for row in rows:
            for name in ("unit_ids", "problem_ids", "rules"):
                row[name] = orjson.loads(row.get(name) or "[]")
        return rows

    @cached_property
    def projects_of_unit(self) -> dict[str, list[int]]:
        """Places in `project_rows` of the projects that touch a unit."""
        found: dict[str, list[int]] = {}
        for place, row in enumerate(self.project_rows):
            for name in row["unit_ids"]:
                found.setdefault(name, []).append(place)
        return found

    @cached_property
    def projects_of_problem(self) -> dict[str, list[int]]:
        """Places in `project_rows` of the projects that answer a problem.

        By an explicit link, by the project's own list of problems, or because the project lies on
        the problem's unit and names its rule.
        """
        found: dict[str, dict[int, None]] = {}
        places = {row["project_id"]: place for place, row in enumerate(self.project_rows)}
        for link in self._links.records(np.arange(self._links.rows)):
            if link["project_id"] in places:
                found.setdefault(link["problem_id"], {})[places[link["project_id"]]] = None
        for place, row in enumerate(self.project_rows):
            for name in row["problem_ids"]:
                found.setdefault(name, {})[place] = None
            for unit in row["unit_ids"] if row["rules"] else ():
                lines = np.array(self.by_unit.get(unit, []), np.int64)
                rules = self.problems.values("rule", lines)
                ids = self.problems.values("problem_id", lines)
                for rule, name in zip(rules, ids, strict=True):
                    if rule in row["rules"]:
                        found.setdefault(name, {})[place] = None
        return {name: list(places) for name, places in found.items()}

    @cached_property
    def problems_of_project(self) -> dict[int, list[str]]:
        """Problem ids that each project answers."""
        found: dict[int, list[str]] = {}
        for name, places in self.projects_of_problem.items():
            for place in places:
                found.setdefault(place, []).append(name)
        return {place: sorted(names) for place, names in found.items()}

    def counts(self) -> dict[str, dict[str, int]]:
        """{year: {high, medium, low}}."""
        found: dict[str, dict[str, int]] = {}
        everything = np.arange(self.problems.rows)
        years = self.problems.values("year", everything)
        severities = self.problems.values("severity", everything)
        for year, severity in zip(years, severities, strict=True):
            found.setdefault(str(year), dict.fromkeys(SEVERITIES, 0))[severity] += 1
        return dict(sorted(found.items()))


def problem_json(
    table: ProblemTable,
    rows: Rows,
    units: UnitTable,
    problem_states: Mapping[str, str],
    project_states: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Problems as the API gives them."""
    found = []
    for row in table.problems.records(rows):
        index = units.find(row["unit_id"])
        name = row["problem_id"]
        evidence = orjson.loads(row.get("evidence") or "[]")
        found.append(
            {
                "id": name,
                "rule": row.get("rule") or "",
                "title": text(row.get("title_zh"), row.get("title_en")),
                "severity": row.get("severity"),
                "state": problem_states.get(name, row.get("state") or "candidate"),
                "unit": lost_unit(row["unit_id"]) if index is None else units.ref(index),
                "centroid": None if index is None else units.centroid(index),
                "year": row.get("year"),
                "indicator": row.get("indicator") or None,
                "system": row.get("system") or None,
                "value": row.get("value"),
                "threshold": row.get("threshold"),
                "margin": row.get("margin"),
                "unit_of_measure": row.get("unit") or None,
                "why": text(row.get("why_zh"), row.get("why_en")),
                "fix": text(row.get("fix_zh"), row.get("fix_en")),
                "evidence": evidence,
                "people": row.get("people"),
                "department": text(row.get("department_zh"), row.get("department_en")),
                "projects": [
                    project_ref(table.project_rows[place], project_states)
                    for place in table.projects_of_problem.get(name, [])
                ],
                "origin": row.get("origin") or "rule",
                "address": row.get("address") or None,
                "clause": text(row.get("clause_zh"), row.get("clause_en")),
                "reference": bool(row.get("reference")),
                "repeated": bool(row.get("repeated")),
            }
        )
    return found


def lost_unit(unit_id: str) -> dict[str, Any]:
    """A unit that the published model no longer holds."""
    level, _, name = unit_id.partition(":")
    return {"id": unit_id, "level": level, "label": text(name, name), "row": None}


def project_ref(row: Mapping[str, Any], states: Mapping[str, str]) -> dict[str, Any]:
    """A project in short."""
    return {
        "id": row["project_id"],
        "name": text(row.get("name_zh"), row.get("name_en")),
        "state": states.get(row["project_id"], row.get("state") or "planned"),
        "deadline": row.get("deadline"),
    }


def project_json(
    table: ProblemTable, place: int, units: UnitTable, states: Mapping[str, str], today: dt.date
) -> dict[str, Any]:
    """One project as the API gives it; overdue when its deadline passed and it is still open."""
    row = table.project_rows[place]
    short = project_ref(row, states)
    indexes = [(name, units.find(name)) for name in row["unit_ids"]]
    first = next((index for _, index in indexes if index is not None), None)
    deadline, closed = row.get("deadline"), short["state"] in _CLOSED
    return {
        **short,
        "department": text(row.get("department_zh"), row.get("department_en")),
        "start": row.get("start"),
        "overdue": deadline is not None and deadline < today.isoformat() and not closed,
        "investment_10k": row.get("investment_10k"),
        "fund_source": row.get("fund_source"),
        "progress": row.get("progress"),
        "units": [
            lost_unit(name) if index is None else units.ref(index) for name, index in indexes
        ],
        "problems": table.problems_of_project.get(place, []),
        "rules": row["rules"],
        "effects": orjson.loads(row.get("effects") or "[]"),
        "description": text(row.get("description_zh"), row.get("description_en")),
        "centroid": None if first is None else units.centroid(first),
    }
