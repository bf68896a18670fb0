"""Publications, live states, the audit."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Text, UniqueConstraint

from twin_server.migrations.steps import add_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The tables of the first version."""
    add_table(
        "publication",
        Column("id", String(16), primary_key=True),
        Column("seq", Integer, nullable=False),
        Column("model", String(32), nullable=False),
        Column("results", String(32), nullable=False),
        Column("bindings", Text, nullable=False),
        Column("created", String(32), nullable=False),
        Column("actor", String(128), nullable=False),
        Column("current", Boolean, nullable=False),
        Column("note", Text, nullable=False),
        UniqueConstraint("seq"),
    )
    for kind in ("problem", "project"):
        add_table(
            f"{kind}_state",
            Column(f"{kind}_id", String(128), primary_key=True),
            Column("state", String(32), nullable=False),
            Column("changed", String(32), nullable=False),
            Column("actor", String(128), nullable=False),
            Column("note", Text, nullable=False),
        )
    add_table(
        "audit",
        Column("seq", Integer, primary_key=True, autoincrement=False),
        Column("time", String(32), nullable=False),
        Column("actor", String(128), nullable=False),
        Column("action", String(64), nullable=False),
        Column("payload", Text, nullable=False),
        Column("prev_hash", String(64), nullable=False),
        Column("hash", String(64), nullable=False),
    )
