"""Settings of the server: the only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_CITY = "CIMTWIN_CITY"

LOOPBACK: frozenset[str] = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names of this machine for itself; nothing else may be served to before sign-in exists."""


@dataclass(frozen=True)
class Settings:
    """Everything that may differ from one installation to the next."""

    database_url: str = ""
    """SQLAlchemy URL of the decisions; empty means twin.db in the city folder."""
    refresh_seconds: float = 1.0
    """How often the current publication is looked up; readers change over within this time."""
    hosts: frozenset[str] = LOOPBACK
    """Host names a request may ask for; others are refused (DNS rebinding)."""
    memory_bytes: int = 256 * 2**20
    """Memory for hot files: tiles, columns and viewer files with their compressed copies."""
    private_secret: str = ""
    """What opens /private (values of single buildings); empty: it stays shut for everyone."""


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read DATABASE_URL and the CIMTWIN_* variables."""
    env = os.environ if environment is None else environment
    return Settings(
        database_url=env.get("DATABASE_URL", ""),
        refresh_seconds=float(env.get("CIMTWIN_REFRESH_SECONDS", "1")),
        private_secret=env.get("CIMTWIN_PRIVATE_SECRET", ""),
        memory_bytes=int(env.get("CIMTWIN_MEMORY_MB", "256")) * 2**20,
    )


def hand_down(city: Path) -> None:
    """Tell the worker processes of a server which city it serves."""
    os.environ[_CITY] = str(city.absolute())


def handed_city() -> Path:
    """The city that the process which started this one serves."""
    return Path(os.environ[_CITY])
