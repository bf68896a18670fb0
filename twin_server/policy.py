"""Who may read which route: one table, deny by default.

Sign-in comes with feature S5; until then the server listens on this machine only and everyone who
can reach it is a reader. Every route must already say here which scope it needs.
"""

from __future__ import annotations

from typing import Literal

Scope = Literal["public", "reader", "steward"]
"""public: no sign-in needed; reader: published data; steward: who did what."""

SCOPES: dict[str, Scope] = {
    "/health": "public",
    "/docs": "public",
    "/openapi.json": "public",
    "/api/v1/city": "reader",
    "/api/v1/systems": "reader",
    "/api/v1/indicators": "reader",
    "/api/v1/indicators/{code}": "reader",
    "/api/v1/overlays/{code}": "reader",
    "/api/v1/ranking/{code}": "reader",
    "/api/v1/units": "reader",
    "/api/v1/units/{unit_id:path}": "reader",
    "/api/v1/values/{address:path}": "reader",
    "POST /api/v1/values/{address:path}/decision": "steward",
    "DELETE /api/v1/values/{address:path}/decision": "steward",
    "/api/v1/conflicts": "reader",
    "/api/v1/problems": "reader",
    "/api/v1/problems/{problem_id:path}/explain": "reader",
    "/api/v1/problems/{problem_id:path}": "reader",
    "/api/v1/projects": "reader",
    "/api/v1/problems/{problem_id:path}/workflow": "reader",
    "POST /api/v1/problems/{problem_id:path}/workflow": "steward",
    "/api/v1/projects/{project_id:path}/workflow": "reader",
    "POST /api/v1/projects/{project_id:path}/workflow": "steward",
    "/api/v1/rectification": "reader",
    "/api/v1/submissions": "steward",
    "POST /api/v1/submissions": "steward",
    "/api/v1/submissions/{name}": "steward",
    "/api/v1/submissions/{name}/workflow": "steward",
    "POST /api/v1/submissions/{name}/workflow": "steward",
    "/api/v1/tasks": "reader",
    "/api/v1/surveys": "reader",
    "/api/v1/spatial/{code}": "reader",
    "/api/v1/spatial/{code}/blind": "reader",
    "/api/v1/piles": "reader",
    "/api/v1/scores": "reader",
    "/api/v1/quadrants": "reader",
    "/api/v1/areas": "reader",
    "/api/v1/themes": "reader",
    "/api/v1/evaluation/{unit_id:path}": "reader",
    "POST /api/v1/whatif": "reader",
    "/api/v1/scenes": "reader",
    "/api/v1/scenes/schema": "public",
    "/api/v1/scenes/{name}": "reader",
    "PUT /api/v1/scenes/{name}": "steward",
    "DELETE /api/v1/scenes/{name}": "steward",
    "/api/v1/releases": "reader",
    "/api/v1/releases/{release_id}/changes": "reader",
    "/api/v1/audit": "steward",
    "/ogc": "reader",
    "/ogc/conformance": "reader",
    "/ogc/api": "reader",
    "/ogc/collections": "reader",
    "/ogc/collections/{collection_id}": "reader",
    "/ogc/collections/{collection_id}/queryables": "reader",
    "/ogc/collections/{collection_id}/schema": "reader",
    "/ogc/collections/{collection_id}/items": "reader",
    "/ogc/collections/{collection_id}/items/{feature_id:path}": "reader",
    "/tiles": "reader",
    "/columns": "reader",
    "/private": "steward",
    "/": "public",
}
"""Scope of every route, with its method where that is not GET.

"/tiles", "/columns", "/private" and "/" stand for the files in front. Until sign-in exists whoever
reaches the server is a reader; /private alone asks for a right: the secret of hot/private.py.
"""


def scope_of(path: str, method: str = "GET") -> Scope | None:
    """Scope of a route's path template and method; None means nobody may use it."""
    return SCOPES.get(path if method == "GET" else f"{method} {path}")
