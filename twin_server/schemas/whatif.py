"""Shapes of what-if questions and answers."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from twin_server.schemas.common import Column, Point, Shape, Text, UnitRef


class WhatIfQuestion(BaseModel):
    """Projects taken as finished, standards replaced, or a budget to choose projects for."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    year: int | None = Field(None, ge=1900, le=2200)
    projects: list[str] = Field(default_factory=list, max_length=500)
    standards: dict[str, float] = Field(default_factory=dict, max_length=100)
    budget_10k: float | None = Field(None, ge=0, description="10k yuan; chooses among projects.")


class Counts(Shape):
    """Problems by severity."""

    high: int
    medium: int
    low: int


class BeforeAfter(Shape):
    """Problems of the rules that the question touches, as they are and as they would be."""

    before: Counts
    after: Counts


class WhatIfProblem(Shape):
    """A problem that would be gone, new, milder or graver."""

    problem_id: str
    rule: str
    severity: str
    value: float | None
    threshold: float | None
    margin: float | None
    people: float | None
    indicator: str | None
    system: str | None
    title: Text
    unit: UnitRef | None
    centroid: Point | None


class WhatIfColumn(Shape):
    """Class codes as they would be (classes of the published legend); the url holds the bytes."""

    system: str
    indicator: str
    level: str
    changed: int
    column: Column


class Portfolio(Shape):
    """What the program chose for the budget; gap 0 is proven best, null none found in time."""

    budget_10k: float
    cost_10k: float
    points: float
    gap: float | None
    of: list[str]
    without_cost: list[str]


class Unmet(Shape):
    """An effect that met units without a number: nothing was made up there."""

    project: str
    indicator: str
    units: int


class WhatIf(Shape):
    """The answer; labelled as a what-if, and nothing stored is altered."""

    label: Text
    year: int
    system: str
    model: str
    projects: list[str]
    standards: dict[str, float]
    portfolio: Portfolio | None
    counts: BeforeAfter
    gone: list[WhatIfProblem]
    new: list[WhatIfProblem]
    milder: list[WhatIfProblem]
    graver: list[WhatIfProblem]
    columns: list[WhatIfColumn]
    rules: list[str]
    rules_without_line: list[str]
    projects_without_effect: list[str]
    projects_unknown: list[str]
    effects_unmet: list[Unmet]
