"""`[auth]` of city.toml: how people and machines show who they are.

[auth]
mode = "oidc"                     # off (this machine only), keys, oidc, proxy
session_hours = 12
[auth.oidc]
issuer = "https://id.example.cn/realms/city"
client_id = "cim-twin"            # its secret: CIMTWIN_OIDC_CLIENT_SECRET
audience = "cim-twin"             # of tokens that programs send; client_id without one
name_claim = "preferred_username"
roles_claim = "roles"
districts_claim = "districts"
allow = ["keys.example.cn"]        # hosts of its other addresses, where they differ
allow_private = ["id.example.cn"] # hosts of it that lie in your own network
[auth.oidc.roles]                 # their word = ours
"cim-planners" = "planner"
[auth.proxy]
addresses = ["10.0.0.5"]          # and CIMTWIN_PROXY_SECRET, which the proxy sends along
user_header = "x-forwarded-user"
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from twin_server.policy import ROLES
from twin_server.settingtable import Table, secret_of

Mode = Literal["off", "keys", "oidc", "proxy"]


@dataclass(frozen=True)
class Oidc:
    """The provider that signs people in."""

    issuer: str
    client_id: str
    audience: str
    name_claim: str = "preferred_username"
    roles_claim: str = "roles"
    districts_claim: str = "districts"
    roles: dict[str, str] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    allow_private: tuple[str, ...] = ()
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Proxy:
    """The platform's proxy that has signed people in already; header names in lower case."""

    addresses: frozenset[str]
    user_header: str = "x-forwarded-user"
    roles_header: str = "x-forwarded-roles"
    districts_header: str = "x-forwarded-districts"
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Auth:
    """How people and machines show who they are."""

    mode: Mode = "off"
    session_hours: float = 12.0
    oidc: Oidc | None = None
    proxy: Proxy | None = None


def read_auth(env: Mapping[str, str], raw: dict[str, Any]) -> Auth:
    """Read it; ValueError and TypeError say what is wrong."""
    table = Table(raw, "auth")
    asked = env.get("CIMTWIN_AUTH") or table.text("mode", "off")
    mode: Mode | None = next((known for known in get_args(Mode) if known == asked), None)
    if mode is None:
        raise ValueError(f'[auth] mode = "{asked}": write one of {", ".join(get_args(Mode))}')
    found = Auth(
        mode=mode,
        session_hours=table.number("session_hours", 12.0),
        oidc=_oidc(table.table("oidc"), env) if mode == "oidc" else None,
        proxy=_proxy(table.table("proxy"), env) if mode == "proxy" else None,
    )
    table.table("oidc"), table.table("proxy"), table.text("mode")
    table.nothing_else()
    return found


def _oidc(table: Table, env: Mapping[str, str]) -> Oidc:
    client = table.text("client_id")
    roles = table.table("roles").words()
    strange = sorted(set(roles.values()) - set(ROLES))
    if strange:
        raise ValueError(f"[auth.oidc.roles] {strange[0]}: no role of ours ({', '.join(ROLES)})")
    found = Oidc(
        issuer=table.text("issuer").rstrip("/"),
        client_id=client,
        audience=table.text("audience", client),
        name_claim=table.text("name_claim", "preferred_username"),
        roles_claim=table.text("roles_claim", "roles"),
        districts_claim=table.text("districts_claim", "districts"),
        roles=roles,
        allow=tuple(table.texts("allow")),
        allow_private=tuple(table.texts("allow_private")),
        client_secret=secret_of(env, "CIMTWIN_OIDC_CLIENT_SECRET"),
    )
    table.nothing_else()
    if not (found.issuer.startswith(("https://", "http://")) and client):
        raise ValueError("[auth.oidc] needs issuer (an address) and client_id")
    return found


def _proxy(table: Table, env: Mapping[str, str]) -> Proxy:
    addresses = frozenset(str(ipaddress.ip_address(text)) for text in table.texts("addresses"))
    found = Proxy(
        addresses,
        table.text("user_header", "x-forwarded-user").lower(),
        table.text("roles_header", "x-forwarded-roles").lower(),
        table.text("districts_header", "x-forwarded-districts").lower(),
        secret_of(env, "CIMTWIN_PROXY_SECRET"),
    )
    table.nothing_else()
    return found
