"""Work on problems, projects and submissions; decisions on values."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Text, UniqueConstraint

from twin_server.migrations.steps import add_table

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Items, their events, answers by idempotency key, decisions."""
    add_table(
        "workflow_item",
        Column("kind", String(32), primary_key=True),
        Column("id", String(300), primary_key=True),
        Column("state", String(32), nullable=False),
        Column("version", Integer, nullable=False),
        Column("fields", Text, nullable=False),
        Column("changed", String(32), nullable=False),
        Column("actor", String(128), nullable=False),
    )
    add_table(
        "workflow_event",
        Column("kind", String(32), nullable=False),
        Column("id", String(300), nullable=False),
        Column("version", Integer, nullable=False),
        Column("time", String(32), nullable=False),
        Column("actor", String(128), nullable=False),
        Column("action", String(32), nullable=False),
        Column("from_state", String(32), nullable=False),
        Column("to_state", String(32), nullable=False),
        Column("note", Text, nullable=False),
        Column("fields", Text, nullable=False),
        UniqueConstraint("kind", "id", "version", name="one_event_a_version"),
        Index("events_of_an_item", "kind", "id"),
    )
    add_table(
        "idempotency",
        Column("key", String(128), primary_key=True),
        Column("actor", String(128), primary_key=True),
        Column("body", String(64), nullable=False),
        Column("status", Integer, nullable=False),
        Column("answer", Text, nullable=False),
        Column("time", String(32), nullable=False),
    )
    add_table(
        "value_decision",
        Column("address", String(600), primary_key=True),
        Column("kind", String(16), nullable=False),
        Column("source", String(300), nullable=False),
        Column("value", Float, nullable=True),
        Column("reason", Text, nullable=False),
        Column("actor", String(128), nullable=False),
        Column("time", String(32), nullable=False),
    )
