"""Shapes of problems, explanations, projects and surveys."""

from __future__ import annotations

from typing import Any

from twin_server.schemas.common import Page, Point, Shape, Text, UnitRef


class ProjectRef(Shape):
    """A project in short."""

    id: str
    name: Text
    state: str
    deadline: str | None


class Problem(Shape):
    """A diagnosed problem with its evidence and what answers it."""

    id: str
    rule: str
    title: Text
    severity: str
    state: str
    unit: UnitRef
    centroid: Point | None
    year: int
    indicator: str | None
    system: str | None
    value: float | None
    threshold: float | None
    margin: float | None
    unit_of_measure: str | None
    why: Text
    fix: Text
    evidence: list[dict[str, Any]]
    people: float | None
    department: Text
    projects: list[ProjectRef]
    origin: str
    address: str | None
    clause: Text
    reference: bool
    repeated: bool


class ProblemCounts(Shape):
    """How many problems fit in all, whatever the page; a rule "" is a loaded problem's."""

    severity: dict[str, int]
    rule: dict[str, int]
    state: dict[str, int]


class ProblemPage(Page):
    """Problems, worst first."""

    items: list[Problem]
    counts: ProblemCounts


class RuleRef(Shape):
    """The rule that was applied."""

    code: str
    version: str
    name: Text


class Explanation(Shape):
    """Why, why not, and what would make it green."""

    id: str
    rule: RuleRef | None
    outcome: str
    fires: bool | None
    why: dict[str, Any]
    why_not: list[dict[str, Any]]
    what_would_fix: dict[str, Any]
    missing: list[str]


class Effect(Shape):
    """What a project declares to change where it is: sets an indicator, or adds to it."""

    indicator: str
    sets: bool
    amount: float


class Project(ProjectRef):
    """A renewal project; overdue when its deadline passed and it is still open."""

    department: Text
    start: str | None
    overdue: bool
    investment_10k: float | None
    fund_source: str | None
    progress: float | None
    units: list[UnitRef]
    problems: list[str]
    rules: list[str]
    effects: list[Effect]
    description: Text
    centroid: Point | None


class ProjectPage(Page):
    """Projects, the earliest deadline first."""

    items: list[Project]


class Survey(Shape):
    """An aggregate of a survey in one unit; small samples are marked."""

    unit: UnitRef | None
    unit_id: str
    system: str
    indicator: str
    year: int
    period: str
    value: float | None
    state: str
    n: int | None
    small_sample: bool
    source: str | None
    note: str | None


class SurveyPage(Page):
    """Aggregates."""

    items: list[Survey]
