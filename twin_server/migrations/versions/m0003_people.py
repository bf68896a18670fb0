"""People, keys, sign-ins; events for others; proposals of publications."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Text

from twin_server.migrations.steps import add_table

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Who may sign in, what is told to whom, what waits for a second person."""
    _people()
    add_table(
        "outbox",
        Column("seq", Integer, primary_key=True, autoincrement=False),
        Column("type", String(64), nullable=False),
        Column("subject", String(600), nullable=False),
        Column("time", String(32), nullable=False),
        Column("data", Text, nullable=False),
        Column("spread", Boolean, nullable=False),
    )
    add_table(
        "delivery",
        Column("seq", Integer, primary_key=True, autoincrement=False),
        Column("endpoint", String(600), primary_key=True),
        Column("state", String(16), nullable=False),
        Column("attempts", Integer, nullable=False),
        Column("next", String(32), nullable=False),
        Column("error", Text, nullable=False),
    )
    add_table(
        "proposal",
        Column("id", String(16), primary_key=True),
        Column("model", String(32), nullable=False),
        Column("results", String(32), nullable=False),
        Column("created", String(32), nullable=False),
        Column("actor", String(128), nullable=False),
        Column("note", Text, nullable=False),
        Column("bindings", Text, nullable=False),
        Column("state", String(16), nullable=False),
        Column("decided", String(32), nullable=False),
        Column("decider", String(128), nullable=False),
        Column("reason", Text, nullable=False),
        Column("publication", String(16), nullable=False),
    )


def _people() -> None:
    add_table(
        "person",
        Column("name", String(128), primary_key=True),
        Column("roles", Text, nullable=False),
        Column("districts", Text, nullable=False),
        Column("disabled", Boolean, nullable=False),
        Column("created", String(32), nullable=False),
        Column("actor", String(128), nullable=False),
    )
    add_table(
        "api_key",
        Column("id", String(16), primary_key=True),
        Column("name", String(128), nullable=False),
        Column("digest", String(64), nullable=False),
        Column("created", String(32), nullable=False),
        Column("expires", String(32), nullable=False),
        Column("revoked", Boolean, nullable=False),
        Index("keys_of_a_person", "name"),
    )
    add_table(
        "session",
        Column("digest", String(64), primary_key=True),
        Column("name", String(128), nullable=False),
        Column("roles", Text, nullable=False),
        Column("districts", Text, nullable=False),
        Column("via", String(16), nullable=False),
        Column("expires", String(32), nullable=False),
        Index("sessions_of_a_person", "name"),
    )
