"""Settings of the server: the only reader of the environment, and of `[serve]` in city.toml."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cim_bridge.citytoml import CityConfig
from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from twin_server.basemaps.settings import Basemaps, read_basemaps
from twin_server.identity.settings import Auth, read_auth
from twin_server.settingtable import Table, secret_of

_CITY = "CIMTWIN_CITY"

LOOPBACK: frozenset[str] = frozenset({"127.0.0.1", "localhost", "::1"})
"""Names of this machine for itself; the only ones served without sign-in."""


@dataclass(frozen=True)
class Webhooks:
    """`[webhooks]`: whom the server tells of what happened.

    endpoints: address → types it wants (none: all). allow, allow_private: hosts, as in `[remote]`.
    """

    endpoints: dict[str, tuple[str, ...]] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    allow_private: tuple[str, ...] = ()
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Settings:
    """Everything that may differ from one installation to the next."""

    database_url: str = field(default="", repr=False)
    """SQLAlchemy URL of the decisions; empty means twin.db in the city folder."""
    refresh_seconds: float = 1.0
    """How often the current publication is looked up; readers change over within this time."""
    hosts: frozenset[str] = LOOPBACK
    """Host names a request may ask for; others are refused (DNS rebinding)."""
    memory_bytes: int = 256 * 2**20
    """Memory for hot files: tiles, columns and viewer files with their compressed copies."""
    private_secret: str = field(default="", repr=False)
    """Opens /private (values of single buildings) beside the stewards' role; empty: it does not."""
    auth: Auth = field(default_factory=Auth)
    """Who may sign in, and how."""
    secret: str = field(default="", repr=False)
    """What tile tokens and sign-ins under way are signed with."""
    public_url: str = ""
    """The address under which people reach the server, such as https://cim.example.cn."""
    cors: frozenset[str] = frozenset()
    """Origins of other pages that may ask; exact, or `*` for all (then never with cookies)."""
    cors_credentials: bool = False
    """Whether those pages may ask with the cookies of their visitors."""
    frame_ancestors: tuple[str, ...] = ("'self'",)
    """Who may show the page in a frame."""
    log: str = "off"
    """`json`: one line of JSON a request on stderr."""
    webhooks: Webhooks = field(default_factory=Webhooks)
    basemaps: Basemaps = field(default_factory=Basemaps)

    @property
    def secure(self) -> bool:
        """Whether people come by https."""
        return self.public_url.startswith("https://")


def read_settings(
    environment: Mapping[str, str] | None = None, config: CityConfig | None = None
) -> Settings:
    """Read DATABASE_URL, the CIMTWIN_* variables and what city.toml says about serving.

    Any secret may lie in a file: CIMTWIN_SECRET_FILE names it. InputRefused when something is
    wrong.
    """
    env = os.environ if environment is None else environment
    try:
        return _read(env, config.raw if config is not None else {})
    except (OSError, TypeError, ValueError) as exc:
        log = IssueLog()
        log.add("CITY_CONFIG_INVALID", file="city.toml", reason=str(exc))
        raise InputRefused(log) from exc


def _read(env: Mapping[str, str], raw: dict[str, Any]) -> Settings:
    serve = Table(raw, "serve")
    auth = read_auth(env, raw)
    public = (env.get("CIMTWIN_PUBLIC_URL") or serve.text("public_url")).rstrip("/")
    found = Settings(
        database_url=secret_of(env, "DATABASE_URL"),
        refresh_seconds=float(env.get("CIMTWIN_REFRESH_SECONDS", "1")),
        hosts=LOOPBACK | frozenset(serve.texts("hosts")) | _host_of(public),
        private_secret=secret_of(env, "CIMTWIN_PRIVATE_SECRET"),
        memory_bytes=int(env.get("CIMTWIN_MEMORY_MB", "256")) * 2**20,
        auth=auth,
        secret=secret_of(env, "CIMTWIN_SECRET"),
        public_url=public,
        cors=frozenset(map(_origin, serve.texts("cors"))),
        cors_credentials=serve.flag("cors_credentials"),
        frame_ancestors=tuple(map(_ancestor, serve.texts("frame_ancestors"))) or ("'self'",),
        log=env.get("CIMTWIN_LOG")
        or serve.text("log")
        or ("off" if auth.mode == "off" else "json"),
        webhooks=_webhooks(env, raw),
        basemaps=read_basemaps(env, raw),
    )
    serve.nothing_else()
    if found.log not in ("off", "json"):
        raise ValueError(f'[serve] log = "{found.log}": write "json" or "off"')
    return found


def _webhooks(env: Mapping[str, str], raw: dict[str, Any]) -> Webhooks:
    table = Table(raw, "webhooks")
    endpoints = {}
    for item in table.tables("endpoint"):
        endpoints[item.text("url")] = tuple(item.texts("types"))
        item.nothing_else()
    found = Webhooks(
        endpoints, tuple(table.texts("allow")), tuple(table.texts("allow_private")),
        secret_of(env, "CIMTWIN_WEBHOOK_SECRET"),
    )  # fmt: skip
    table.nothing_else()
    return found


def _host_of(address: str) -> frozenset[str]:
    if not address:
        return frozenset()
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path:
        raise ValueError(f"public_url {address!r}: write https://host, without a path")
    return frozenset({parts.hostname})


def _origin(text: str) -> str:
    """An origin as browsers send it, or `*`."""
    parts = urlsplit(text)
    plain = f"{parts.scheme}://{parts.netloc}"
    if text != "*" and (parts.scheme not in ("http", "https") or text != plain or not parts.netloc):
        raise ValueError(f"[serve] cors {text!r}: write an origin such as https://host or *")
    return text


def _ancestor(text: str) -> str:
    if text in ("'self'", "'none'"):
        return text
    if text == "*":
        raise ValueError("[serve] frame_ancestors: list the origins, not *")
    return _origin(text)


def hand_down(city: Path) -> None:
    """Tell the worker processes of a server which city it serves."""
    os.environ[_CITY] = str(city.absolute())


def hand_down_secret(secret: str) -> None:
    """Let all worker processes sign with the same secret."""
    os.environ["CIMTWIN_SECRET"] = secret


def hand_down_metrics(folder: Path) -> None:
    """Let all worker processes keep their figures in one folder."""
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def handed_city() -> Path:
    """The city that the process which started this one serves."""
    return Path(os.environ[_CITY])
