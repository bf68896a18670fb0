"""The SQL tables of a city's decisions; what changes here needs a step in `migrations/`."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Integer, MetaData, String, Table, Text

metadata = MetaData()

publication = Table(
    "publication",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("seq", Integer, nullable=False, unique=True),
    Column("model", String(32), nullable=False),
    Column("results", String(32), nullable=False),
    Column("bindings", Text, nullable=False, default="[]"),
    Column("created", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("current", Boolean, nullable=False, default=False),
    Column("note", Text, nullable=False, default=""),
)
"""What was published when; exactly one row is current once something is published."""

problem_state = Table(
    "problem_state",
    metadata,
    Column("problem_id", Text, primary_key=True),
    Column("state", String(32), nullable=False),
    Column("changed", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("note", Text, nullable=False, default=""),
)
"""Workflow state of a problem, keyed by its stable id; live, never rolled back."""

project_state = Table(
    "project_state",
    metadata,
    Column("project_id", Text, primary_key=True),
    Column("state", String(32), nullable=False),
    Column("changed", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("note", Text, nullable=False, default=""),
)
"""Workflow state of a renewal project; live, never rolled back."""

value_decision = Table(
    "value_decision",
    metadata,
    Column("address", Text, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("source", Text, nullable=False, default=""),
    Column("value", Float, nullable=True),
    Column("reason", Text, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("time", String(32), nullable=False),
)
"""Decisions on values by address `<system>/<indicator>/<unit id>/<period>`; publish copies them."""

audit = Table(
    "audit",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("time", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("action", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("prev_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
)
"""Append-only; each entry's hash covers the one before it."""
