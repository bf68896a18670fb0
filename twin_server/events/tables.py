"""The SQL tables of events that others are told of."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, Text

from twin_server.tables import metadata

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("type", String(64), nullable=False),
    Column("subject", String(600), nullable=False),
    Column("time", String(32), nullable=False),
    Column("data", Text, nullable=False),
    Column("spread", Boolean, nullable=False, default=False),
)
"""Events, written with the change they tell of; seq is that of the audit entry."""

delivery = Table(
    "delivery",
    metadata,
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("endpoint", String(600), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next", String(32), nullable=False),
    Column("error", Text, nullable=False, default=""),
)
"""What was or is to be sent where; state: waiting, delivered, or dead after the last attempt.

`next` is when it may be tried again: whoever tries moves it on first, so no two send at once.
"""
