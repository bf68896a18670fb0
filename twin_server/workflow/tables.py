"""The SQL tables of work on problems, projects and submissions."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table, Text, UniqueConstraint

from twin_server.tables import metadata

workflow_item = Table(
    "workflow_item",
    metadata,
    Column("kind", String(32), primary_key=True),
    Column("id", Text, primary_key=True),
    Column("state", String(32), nullable=False),
    Column("version", Integer, nullable=False),
    Column("fields", Text, nullable=False, default="{}"),
    Column("changed", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
)
"""Where an item stands now; `version` counts its changes, `fields` is JSON (department, ...)."""

workflow_event = Table(
    "workflow_event",
    metadata,
    Column("kind", String(32), nullable=False),
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("time", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("action", String(32), nullable=False),
    Column("from_state", String(32), nullable=False),
    Column("to_state", String(32), nullable=False),
    Column("note", Text, nullable=False, default=""),
    Column("fields", Text, nullable=False, default="{}"),
    UniqueConstraint("kind", "id", "version", name="one_event_a_version"),
    Index("events_of_an_item", "kind", "id"),
)
"""Everything that was done to an item, in order; never changed."""

idempotency = Table(
    "idempotency",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("actor", String(128), primary_key=True),
    Column("body", String(64), nullable=False),
    Column("status", Integer, nullable=False),
    Column("answer", Text, nullable=False),
    Column("time", String(32), nullable=False),
)
"""Answers of requests that carried an Idempotency-Key, so that a repeat changes nothing."""
