"""The SQL tables of people, their keys and their sign-ins."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table, Text

from twin_server.tables import metadata

person = Table(
    "person",
    metadata,
    Column("name", String(128), primary_key=True),
    Column("roles", Text, nullable=False),
    Column("districts", Text, nullable=False),
    Column("disabled", Boolean, nullable=False, default=False),
    Column("created", String(32), nullable=False),
    Column("actor", String(128), nullable=False),
)
"""People and machines that may sign in; roles and districts are JSON lists."""

api_key = Table(
    "api_key",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("created", String(32), nullable=False),
    Column("expires", String(32), nullable=False),
    Column("revoked", Boolean, nullable=False, default=False),
    Index("keys_of_a_person", "name"),
)
"""Keys by their SHA-256; the key itself is shown once and kept nowhere."""

session = Table(
    "session",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("name", String(128), nullable=False),
    Column("roles", Text, nullable=False),
    Column("districts", Text, nullable=False),
    Column("via", String(16), nullable=False),
    Column("expires", String(32), nullable=False),
    Index("sessions_of_a_person", "name"),
)
"""Sign-ins of browsers by the SHA-256 of their cookie. via: key (then the person counts), oidc."""
