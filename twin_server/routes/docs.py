"""/docs: the API in one plain page that needs no network and no script."""

from __future__ import annotations

from html import escape
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

router = APIRouter(include_in_schema=False)

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
body{color:#1d2b33}
h2{font:600 1rem ui-monospace,monospace;margin:2rem 0 .2rem}table{border-collapse:collapse}
td{padding:.1rem 1rem .1rem 0;vertical-align:top;color:#44545c}code{color:#1d2b33}
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@router.get("/docs")
async def read_docs(request: Request) -> Response:
    """Every path with its parameters; the machine's own version is /openapi.json."""
    described: dict[str, Any] = request.app.openapi()
    sections = [
        _section(method, path, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    info = described["info"]
    page = (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        f"<title>{escape(info['title'])} API</title>"
        f"<style>{_STYLE}</style><h1>{escape(info['title'])} API</h1>"
        f"<p>{escape(info['description'])} Schemas: <a href=/openapi.json>/openapi.json</a></p>"
        + "".join(sections)
    )
    return Response(page, media_type="text/html", headers={"content-security-policy": _POLICY})


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(item['name'])}</code><td>{escape(item['in'])}"
        f"<td>{escape(item.get('description', ''))}"
        for item in operation.get("parameters", [])
    )
    return (
        f"<h2>{method.upper()} {escape(path)}</h2><p>{escape(operation.get('description', ''))}</p>"
        f"<table>{rows}</table>"
    )
