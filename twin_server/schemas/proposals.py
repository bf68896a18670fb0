"""Shapes of proposed publications and of decisions on them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from twin_server.schemas.common import Page, Shape


class ProposalShape(Shape):
    """A model and results that someone proposes to publish; state: open, approved, rejected,
    replaced. publication: what it became, empty before."""

    id: str
    model: str
    results: str
    created: str
    actor: str
    note: str
    state: str
    decided: str
    decider: str
    reason: str
    publication: str
    bindings: list[str]


class ProposalPage(Page):
    """Proposals, newest first; two_person: whether publications need them."""

    items: list[ProposalShape]
    two_person: bool


class ProposalDecision(BaseModel):
    """What another person decides."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "reject"]
    reason: str = Field("", max_length=2000)


class RollbackBody(BaseModel):
    """Why readers go back."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field("", max_length=2000)
