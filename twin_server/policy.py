"""Who may do what: one table of routes, one of roles, one of steps; deny by default.

Every route names its scope, every scope its roles. The gate (identity/gate.py) asks this table
before anything behind it runs, and the framework asks again which route it took: a route that is
not here is nobody's.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Literal, get_args

Role = Literal["leader", "planner", "reporter", "steward", "publisher", "integrator", "admin"]
"""leader reads; planner works on problems and projects; reporter hands in a district's figures;
steward checks, decides and sees single buildings; publisher makes publications current;
integrator is a machine; admin runs the server."""

Scope = Literal[
    "public", "page", "reader", "reports", "report", "work", "decide", "audit", "releases",
    "release", "compose", "join", "unjoin", "private", "operate",
]  # fmt: skip
"""What a route asks for. page: a page for people, who are led to the sign-in."""

ROLES: tuple[Role, ...] = get_args(Role)

RIGHTS: dict[Scope, frozenset[Role]] = {
    "page": frozenset(ROLES),
    "reader": frozenset(ROLES),
    "reports": frozenset({"reporter", "steward"}),
    "report": frozenset({"reporter", "steward"}),
    "work": frozenset({"planner", "reporter", "steward", "integrator"}),
    "decide": frozenset({"steward"}),
    "audit": frozenset({"steward", "publisher", "admin"}),
    "releases": frozenset({"steward", "publisher", "admin"}),
    "release": frozenset({"publisher"}),
    "compose": frozenset({"planner", "publisher"}),
    "join": frozenset({"planner", "steward", "integrator"}),
    "unjoin": frozenset({"planner", "steward", "integrator", "admin"}),
    "private": frozenset({"steward"}),
    "operate": frozenset({"integrator", "admin"}),
}
"""Roles of every scope; `public` asks for none. reports: read self-reports; report, work, decide:
change something, within one's own districts; audit: who did what; releases: see proposed
publications; release: approve, reject and roll back; compose: edit scenes; join: attach tables of
one's own; unjoin: take one's own away, a steward or an admin anybody's; operate: figures of the
server itself."""

KEEPERS: frozenset[Role] = frozenset({"steward", "admin"})
"""Roles that may take away what others left in the common scratch folder."""

_DESK: frozenset[Role] = frozenset({"planner", "steward"})
_SITE: frozenset[Role] = frozenset({"planner", "steward", "reporter", "integrator"})

ACTIONS: dict[str, frozenset[Role]] = {
    "problem.confirm": _DESK,
    "problem.reject": _DESK,
    "problem.assign": _DESK,
    "problem.start": _SITE,
    "problem.submit": _SITE,
    "problem.verify": _DESK,
    "problem.return": _DESK,
    "problem.carry_over": _DESK,
    "problem.reopen": _DESK,
    "project.approve": _DESK,
    "project.begin": _SITE,
    "project.complete": _SITE,
    "project.accept": _DESK,
    "project.reject": _DESK,
    "project.pause": _SITE,
    "project.cancel": _DESK,
    "project.revive": _DESK,
    "submission.submit": RIGHTS["report"],
    "submission.return": frozenset({"steward"}),
    "submission.approve": frozenset({"steward"}),
    "submission.withdraw": RIGHTS["report"],
}
"""Roles of every step of a workflow (workflow/machines.toml), inside the scope of its route."""

SCOPES: dict[str, Scope] = {
    "/health": "public",
    "/health/ready": "public",
    "/metrics": "operate",
    "/auth/sign-in": "public",
    "POST /auth/sign-in": "public",
    "/auth/signed-in": "public",
    "POST /auth/sign-out": "public",
    "/auth/callback": "public",
    "/api/v1/me": "public",
    "/api/v1/embed": "public",
    "POST /api/v1/tile-tokens": "reader",
    "/releases": "page",
    "/docs": "page",
    "/openapi.json": "reader",
    "/api/v1/city": "reader",
    "/api/v1/systems": "reader",
    "/api/v1/indicators": "reader",
    "/api/v1/indicators/{code}": "reader",
    "/api/v1/overlays/{code}": "reader",
    "/api/v1/ranking/{code}": "reader",
    "/api/v1/units": "reader",
    "/api/v1/units/{unit_id:path}": "reader",
    "/api/v1/values/{address:path}": "reader",
    "POST /api/v1/values/{address:path}/decision": "decide",
    "DELETE /api/v1/values/{address:path}/decision": "decide",
    "/api/v1/conflicts": "reader",
    "/api/v1/problems": "reader",
    "/api/v1/problems/{problem_id:path}/explain": "reader",
    "/api/v1/problems/{problem_id:path}": "reader",
    "/api/v1/projects": "reader",
    "/api/v1/problems/{problem_id:path}/workflow": "reader",
    "POST /api/v1/problems/{problem_id:path}/workflow": "work",
    "/api/v1/projects/{project_id:path}/workflow": "reader",
    "POST /api/v1/projects/{project_id:path}/workflow": "work",
    "/api/v1/rectification": "reader",
    "/api/v1/submissions": "reports",
    "POST /api/v1/submissions": "report",
    "/api/v1/submissions/{name}": "reports",
    "/api/v1/submissions/{name}/workflow": "reports",
    "POST /api/v1/submissions/{name}/workflow": "report",
    "/api/v1/tasks": "reader",
    "/api/v1/surveys": "reader",
    "/api/v1/spatial/{code}": "reader",
    "/api/v1/spatial/{code}/blind": "reader",
    "/api/v1/piles": "reader",
    "/api/v1/scores": "reader",
    "/api/v1/quadrants": "reader",
    "/api/v1/warnings": "reader",
    "/api/v1/areas": "reader",
    "/api/v1/find": "reader",
    "/api/v1/tables/find": "reader",
    "/api/v1/tables/unit/{unit_id:path}": "reader",
    "/api/v1/maps/{code}": "reader",
    "/api/v1/maps/{code}/disagreement": "reader",
    "/api/v1/peers/{unit_id:path}": "reader",
    "/api/v1/themes": "reader",
    "/api/v1/evaluation/{unit_id:path}": "reader",
    "POST /api/v1/whatif": "reader",
    "/api/v1/scenes": "reader",
    "/api/v1/scenes/schema": "public",
    "/api/v1/scenes/{name}": "reader",
    "PUT /api/v1/scenes/{name}": "compose",
    "DELETE /api/v1/scenes/{name}": "compose",
    "/api/v1/basemaps": "reader",
    "/basemaps/{name}/{z}/{x}/{y}": "reader",
    "/api/v1/releases": "reader",
    "/api/v1/releases/{release_id}/changes": "reader",
    "POST /api/v1/releases/{release_id}/rollback": "release",
    "/api/v1/proposals": "releases",
    "POST /api/v1/proposals/{proposal_id}/decision": "release",
    "/api/v1/audit": "audit",
    "/ogc": "reader",
    "/ogc/conformance": "reader",
    "/ogc/api": "reader",
    "/ogc/collections": "reader",
    "/ogc/collections/{collection_id}": "reader",
    "/ogc/": "reader",
    "/ogc/collections/{collection_id}/3dtiles": "reader",
    "/ogc/collections/{collection_id}/keys": "reader",
    "/ogc/collections/{collection_id}/keys/{key_id}": "reader",
    "/ogc/joins": "reader",
    "POST /ogc/joins": "join",
    "/ogc/joins/{join_id}": "reader",
    "DELETE /ogc/joins/{join_id}": "unjoin",
    "/ogc/joins/{join_id}/output": "reader",
    "POST /ogc/filejoin": "reader",
    "/ogc/collections/{collection_id}/queryables": "reader",
    "/ogc/collections/{collection_id}/schema": "reader",
    "/ogc/collections/{collection_id}/items": "reader",
    "/ogc/collections/{collection_id}/items/{feature_id:path}": "reader",
    "/tiles": "reader",
    "/columns": "reader",
    "/private": "private",
    "/": "public",
}
"""Scope of every route, with its method where that is not GET.

"/tiles", "/columns", "/private" and "/" stand for the files in front; "/" is the built page.
"""

HEAVY: frozenset[str] = frozenset({
    "/api/v1/find", "/api/v1/tables/find", "/api/v1/maps/{code}",
    "/api/v1/maps/{code}/disagreement", "/api/v1/spatial/{code}", "/api/v1/spatial/{code}/blind",
    "POST /api/v1/whatif",
})  # fmt: skip
"""Ways that reckon the whole city for one question: they take turns (operate/turns.py)."""

FILES: tuple[str, ...] = ("/tiles", "/columns", "/private")
"""Folders of files that are served in front of the framework."""

_VALUE = re.compile(r"{\w+(:path)?}")


def scope_of(path: str, method: str = "GET") -> Scope | None:
    """Scope of a route's path template and method; None means nobody may use it."""
    return SCOPES.get(key_of(path, method))


def key_of(path: str, method: str) -> str:
    """How the table writes a route."""
    return path if method == "GET" else f"{method} {path}"


@cache
def _patterns(method: str) -> list[tuple[re.Pattern[str], str]]:
    """(pattern, key) of every templated route of a method, the most particular one first."""
    found = []
    for key in SCOPES:
        way, _, path = key.rpartition(" ")
        if (way or "GET") == method and "{" in path:
            kinds = [".*" if match[1] else "[^/]+" for match in _VALUE.finditer(path)]
            fixed = _VALUE.sub("\0", path).split("\0")
            text = "".join(re.escape(a) + b for a, b in zip(fixed, [*kinds, ""], strict=True))
            found.append((len("".join(fixed)), re.compile(text, re.DOTALL), key))
    found.sort(key=lambda item: -item[0])
    return [(pattern, key) for _, pattern, key in found]


@lru_cache(maxsize=4096)
def asked_for(path: str, method: str) -> str | None:
    """Key in the table of a request's own path and method; None where the table has none."""
    if "{" not in path and key_of(path, method) in SCOPES:
        return key_of(path, method)
    for folder in FILES:
        if path.startswith(f"{folder}/"):
            return folder if method == "GET" else None
    return next((key for pattern, key in _patterns(method) if pattern.fullmatch(path)), None)


def may(roles: frozenset[Role], scope: Scope | None) -> bool:
    """Whether someone with these roles may use a scope."""
    if scope is None:
        return False
    return scope == "public" or bool(RIGHTS[scope] & roles)


def may_act(roles: frozenset[Role], kind: str, action: str) -> bool:
    """Whether someone with these roles may take a step of a workflow."""
    return bool(ACTIONS.get(f"{kind}.{action}", frozenset()) & roles)
