"""`[remote]` of city.toml: hosts that may be asked, limits, and where the token is.

[remote]
allow = ["gis.example.cn", "10.1.2.3:6080"]     # exact hosts; with a port, that port alone
allow_private = ["platform.city.local:8080"]    # names that lead into your own network
token_env = "PLATFORM_TOKEN"                    # the variable that holds the token
token_as = "bearer"                             # or "header:NAME", "query:NAME"
page_size = 1000
max_megabytes = 4096
max_pages = 100000
max_seconds = 7200
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from cim_bridge.citytoml import CityConfig
from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.issues import IssueLog
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.hosts import Hosts

_TOKEN_AS = re.compile(r"^(bearer|(header|query):[A-Za-z][A-Za-z0-9_-]*)$")
_KNOWN = frozenset(
    ("allow", "allow_private", "token_env", "token_as", "page_size", "max_megabytes", "max_pages",
     "max_seconds")
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """How much one source may send. `pause`: seconds before the first new try of a failed page."""

    page_size: int = 1000
    total_bytes: int = 4096 << 20
    page_bytes: int = 256 << 20
    pages: int = 100_000
    seconds: float = 7200.0
    connect_seconds: float = 10.0
    read_seconds: float = 60.0
    tries: int = 3
    pause: float = 0.5
    redirects: int = 5


@dataclass(frozen=True)
class Token:
    """A secret and how it is sent; its value is never shown."""

    value: str = field(repr=False)
    way: str = "bearer"

    @property
    def query(self) -> str:
        """Name of the parameter it travels in, "" when it travels in a header."""
        return self.way.removeprefix("query:") if self.way.startswith("query:") else ""

    def header(self) -> dict[str, str]:
        """Request headers that carry it."""
        if self.way == "bearer":
            return {"Authorization": f"Bearer {self.value}"}
        if self.way.startswith("header:"):
            return {self.way.removeprefix("header:"): self.value}
        return {}


@dataclass(frozen=True)
class RemoteSettings:
    """Everything `[remote]` says."""

    hosts: Hosts = field(default_factory=Hosts)
    limits: Limits = field(default_factory=Limits)
    token_env: str = ""
    token_as: str = "bearer"  # noqa: S105 - a way of sending, not a secret

    @classmethod
    def of(cls, config: CityConfig, allowed: Iterable[str] = ()) -> RemoteSettings:
        """Read them; `allowed` are further hosts. InputRefused when the file is wrong.

        A host named on the command line may lead anywhere but to the machine's own link.
        """
        raw = config.raw.get("remote", {})
        try:
            found = _parse(raw)
        except (TypeError, ValueError, AttributeError) as exc:
            log = IssueLog()
            log.add("CITY_CONFIG_INVALID", file="city.toml", reason=f"[remote] {exc}")
            raise InputRefused(log) from exc
        named = list(allowed)
        try:
            more = Hosts.of(named, named)
        except ValueError as exc:
            raise WrongUse(f"--allow-host {exc}") from exc
        return RemoteSettings(
            found.hosts.joined(more), found.limits, found.token_env, found.token_as
        )

    def token(self) -> Token | None:
        """The token, from its variable; Refused when that is not set."""
        if not self.token_env:
            return None
        value = os.environ.get(self.token_env, "").strip()
        if not value:
            raise Refused("REMOTE_TOKEN_MISSING", variable=self.token_env)
        if not value.isprintable() or not value.isascii():
            raise Refused("REMOTE_TOKEN_MISSING", variable=self.token_env)
        return Token(value, self.token_as)


def _parse(raw: dict[str, Any]) -> RemoteSettings:
    unknown = sorted(set(raw) - _KNOWN)
    if unknown:
        raise ValueError(f"has unknown keys: {', '.join(unknown)}")
    way = str(raw.get("token_as", "bearer"))
    if not _TOKEN_AS.match(way):
        raise ValueError(f'token_as = "{way}": write "bearer", "header:NAME" or "query:NAME"')
    plain = Limits()
    limits = Limits(
        page_size=_number(raw, "page_size", plain.page_size),
        total_bytes=_number(raw, "max_megabytes", plain.total_bytes >> 20) << 20,
        pages=_number(raw, "max_pages", plain.pages),
        seconds=float(_number(raw, "max_seconds", int(plain.seconds))),
    )
    hosts = Hosts.of(_texts(raw, "allow"), _texts(raw, "allow_private"))
    return RemoteSettings(hosts, limits, str(raw.get("token_env", "")), way)


def _number(raw: dict[str, Any], name: str, otherwise: int) -> int:
    value = raw.get(name, otherwise)
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} must be a whole number above 0")
    return value


def _texts(raw: dict[str, Any], name: str) -> list[str]:
    value = raw.get(name, [])
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise ValueError(f"{name} must be a list of texts")
    return value
