"""A document as a page for people: its links, a table of its features, and the whole as text."""

from __future__ import annotations

from html import escape
from typing import Any

import orjson

POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""What such a page may load: nothing."""

_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
body{color:#1d2b33}a{color:#0a5a86}pre{background:#f4f6f7;padding:1rem;overflow:auto}
div{overflow:auto}table{border-collapse:collapse}
td,th{padding:.15rem .8rem .15rem 0;text-align:left;white-space:nowrap}
"""


def html(document: dict[str, Any], title: str) -> bytes:
    """The page of a document; texts are escaped, only http links become anchors."""
    parts = [f"<h1>{escape(title)}</h1>", _links(document.get("links", []))]
    parts.extend(
        f"<h2>{escape(one['title'])}</h2>{_links(one['links'])}"
        for one in document.get("collections", [])
    )
    if document.get("type") == "FeatureCollection":
        parts.append(_table(document["features"]))
    shown = orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()
    parts.append(f"<pre>{escape(shown)}</pre>")
    page = (
        f"<!doctype html><html lang=zh><meta charset=utf-8><title>{escape(title)}</title>"
        f"<style>{_STYLE}</style>{''.join(parts)}"
    )
    return page.encode()


def _links(links: list[dict[str, str]]) -> str:
    rows = "".join(
        f'<li><a href="{escape(one["href"])}">{escape(one.get("title") or one["rel"])}</a> '
        f"<small>{escape(one['rel'])} · {escape(one.get('type', ''))}</small>"
        for one in links
        if one["href"].startswith(("http://", "https://"))
    )
    return f"<ul>{rows}</ul>"


def _table(features: list[dict[str, Any]]) -> str:
    names = list(features[0]["properties"])[:12] if features else []
    head = "".join(f"<th>{escape(name)}" for name in ("id", *names))
    rows = "".join(
        "<tr>"
        + "".join(
            f"<td>{escape('' if cell is None else str(cell))}"
            for cell in (one["id"], *(one["properties"][name] for name in names))
        )
        for one in features
    )
    return f"<div><table><tr>{head}{rows}</table></div>"
