"""Shapes of work on problems, projects and submissions."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from twin_server.schemas.common import Page, Shape, Text, UnitRef


class StepBody(BaseModel):
    """What someone wants to do with an item."""

    model_config = ConfigDict(extra="forbid")

    action: str = Field(max_length=40)
    note: str = Field("", max_length=4000)
    department: str = Field("", max_length=200)
    deadline: dt.date | None = None
    evidence: str = Field("", max_length=2000)

    def fields(self) -> dict[str, str]:
        """The fields that were given."""
        given = {"department": self.department, "evidence": self.evidence}
        given["deadline"] = self.deadline.isoformat() if self.deadline else ""
        return {name: value for name, value in given.items() if value}


class Possible(Shape):
    """An action that may come next: what it needs, and whose hands it must not be in."""

    code: str
    label: Text
    to: str
    needs: list[str]
    note: bool
    not_by: list[str]


class EventShape(Shape):
    """One thing that was done."""

    version: int
    time: str
    actor: str
    action: str
    from_state: str
    to_state: str
    note: str
    fields: dict[str, str]


class Workflow(Shape):
    """Where an item stands; send `version` as If-Match with the next action."""

    id: str
    kind: str
    state: str
    label: Text
    version: int
    fields: dict[str, str]
    changed: str | None
    actor: str | None
    actions: list[Possible]
    history: list[EventShape]
    asks_verification: list[str] = Field(default_factory=list)
    """Problems that a project just completed may have mended: they wait for verification now."""


class Share(Shape):
    """How many of a group were verified."""

    code: str
    label: Text
    total: int
    verified: int
    rate: float


class Rectification(Shape):
    """Of the confirmed problems of the year before (`of`), how many were mended and verified.

    candidates: findings of that year that nobody confirmed or rejected; they are not in `total`.
    """

    year: int | None
    of: int | None
    total: int
    verified: int
    rate: float | None
    candidates: int
    not_found_again: int
    states: dict[str, int]
    rules: list[Share]
    departments: list[Share]


class IssueShape(BaseModel):
    """A finding with its place, in both languages."""

    model_config = ConfigDict(extra="allow")

    code: str
    severity: str


class SubmissionShape(Shape):
    """A district's delivery of self-reported values, before it is taken."""

    id: str
    state: str
    label: Text
    version: int
    unit: str
    category: str
    year: int
    author: str
    file: str
    sha256: str
    rows: int
    changed: str
    actor: str
    batch: str | None
    issues: list[dict[str, Any]]


class SubmissionPage(Page):
    """Submissions, the latest change first."""

    items: list[SubmissionShape]


class Task(Shape):
    """Who owes which indicator until when; state: delivered, submitted, due or overdue."""

    indicator: str
    system: str
    name: Text
    unit: str | None
    department: Text
    deadline: dt.date | None
    year: int
    state: str
    units_with_value: int
    units: int


class TaskPage(Page):
    """The task table."""

    items: list[Task]
    counts: dict[str, int]


class DecisionBody(BaseModel):
    """Adopt a source that spoke, or correct a value by hand; why is part of it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    kind: Literal["adopt", "adjust"]
    source: str = Field("", max_length=300)
    value: float | None = None
    reason: str = Field(max_length=4000)


class DecisionShape(Shape):
    """A decision on one value; it shows with the next publication. `version` is for If-Match."""

    address: str
    kind: str
    source: str
    value: float | None
    reason: str
    actor: str
    time: str
    version: str


class Conflict(Shape):
    """A value on which sources disagree by more than the city's tolerance."""

    address: str
    unit: UnitRef
    indicator: str
    system: str
    name: Text
    period: str
    value: float | None
    source: str | None
    spread: float | None
    sources: int
    decision: DecisionShape | None


class ConflictPage(Page):
    """Conflicts, the widest first."""

    items: list[Conflict]
