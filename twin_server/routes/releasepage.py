"""/releases: every publication and what it changed, as a page without a script."""

from __future__ import annotations

import asyncio
from html import escape
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from cim_bridge.levels import LABELS
from twin_server.answering import PinnedTwin
from twin_server.answers.changes import release_changes
from twin_server.proposals import Proposals, two_person
from twin_server.releasewords import STYLE, WORDS, Words
from twin_server.store import Publication, Store

router = APIRouter(include_in_schema=False)

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'"
_KINDS = ("added", "removed", "moved", "changed")
_IDS_SHOWN = 50


@router.get("/releases")
async def read_releases(
    request: Request,
    at: PinnedTwin,
    chosen: Annotated[str, Query(alias="id", max_length=40)] = "",
    lang: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """Publications, newest first; of the chosen one, what it changed since the one before."""
    words = WORDS["en" if (lang or _language(request)) == "en" else "zh"]
    store: Store = request.app.state.store
    every = await asyncio.to_thread(store.publications)
    current = next((item.id for item in every if item.current), "")
    shown = next((item.id for item in every if item.id == chosen), current)
    folder = at[0].folder
    parts = [_head(words, folder.config.name, shown)]
    if two_person(folder.config):
        parts.append(_proposals(words, Proposals(store)))
    parts.append(_table(words, every, shown))
    if shown:
        told = await asyncio.to_thread(release_changes, folder, store, shown)
        parts.append(_changes(words, told, every))
    page = "".join([*parts, "</main></html>"])
    headers = {"content-security-policy": _POLICY, "cache-control": "no-cache",
               "vary": "accept-language"}  # fmt: skip
    return Response(page, headers=headers, media_type="text/html; charset=utf-8")


def _language(request: Request) -> str:
    wishes = request.headers.get("accept-language", "zh").lower()
    return "zh" if "zh" in wishes or "en" not in wishes else "en"


def _head(words: Words, name: Any, shown: str) -> str:
    title = f"{words['title']} · {name[words['lang']]}"
    other = "en" if words["lang"] == "zh" else "zh"
    back = f"/releases?lang={other}" + (f"&amp;id={escape(shown)}" if shown else "")
    return (
        f"<!doctype html><html lang={words['lang']}><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width,initial-scale=1'>"
        f"<title>{escape(title)}</title><style>{STYLE}</style><main><nav><a href=/>"
        f"{words['home']}</a><a href='{back}' lang={other}>{words['other']}</a></nav>"
        f"<h1>{escape(title)}</h1>"
    )


def _proposals(words: Words, proposals: Proposals) -> str:
    rows = [
        f"<tr><td><code>{escape(item.id)}</code><td>{_moment(item.created)}"
        f"<td>{escape(item.actor)}<td>{escape(item.note) or '—'}"
        for item in proposals.all()
        if item.state == "open"
    ]
    if not rows:
        return f"<p class=note>{words['two']} {words['none_open']}</p>"
    heads = "".join(f"<th>{words[name]}" for name in ("number", "time", "by", "note"))
    return (
        f"<h2>{words['open']}</h2><p class=note>{words['two']}</p>"
        f"<div class=wide><table><tr>{heads}{''.join(rows)}</table></div>"
    )


def _table(words: Words, every: list[Publication], shown: str) -> str:
    if not every:
        return f"<p class=note>{words['nothing']}</p>"
    rows = []
    for item in every:
        mark = f"<b class=now>{words['current']}</b>" if item.current else ""
        chosen = " class=chosen aria-current=true" if item.id == shown else ""
        rows.append(
            f"<tr{chosen}><td>{item.seq}<td><a href='/releases?id={escape(item.id)}"
            f"&amp;lang={words['lang']}'>{_moment(item.created)}</a> {mark}"
            f"<td>{escape(item.actor)}<td>{escape(item.note) or '—'}"
            f"<td><code>{item.model[:12]}</code><td><code>{item.results[:12]}</code>"
        )
    names = ("seq", "time", "by", "note", "model", "results")
    heads = "".join(f"<th>{words[name]}" for name in names)
    table = f"<div class=wide><table><tr>{heads}{''.join(rows)}</table></div>"
    return f"<h2>{words['published']}</h2>{table}"


def _changes(words: Words, told: dict[str, Any], every: list[Publication]) -> str:
    numbers = {item.id: item.seq for item in every}
    number = numbers[told["publication"]]
    if told["previous"] is None:
        return f"<h2>{words['changes']} #{number}</h2><p class=note>{words['first']}</p>"
    title = f"{words['changes']} #{number} ← #{numbers[told['previous']]}"
    total = told["total"]
    if not any(total.values()):
        return f"<h2>{title}</h2><p class=note>{words['same']}</p>"
    tiles = "".join(
        f"<div><b>{total[kind]:,}</b><span>{words[kind]}</span></div>" for kind in _KINDS
    )
    return f"<h2>{title}</h2><div class=tiles>{tiles}</div>{_levels(words, told)}"


def _levels(words: Words, told: dict[str, Any]) -> str:
    kinds = (*_KINDS, "unchanged")
    rows = "".join(
        f"<tr><td>{escape(_label(words, level))}"
        + "".join(f"<td class=number>{counts[kind]:,}" for kind in kinds)
        for level, counts in told["levels"].items()
    )
    heads = "".join(f"<th>{words[kind]}" for kind in kinds)
    lists = "".join(
        f"<details><summary>{escape(_label(words, level))} · {words[kind]} "
        f"({len(names):,})</summary><p class=ids>{_ids(words, names)}</p></details>"
        for level, found in told["ids"].items()
        for kind, names in found.items()
        if names
    )
    return f"<div class=wide><table><tr><th>{words['level']}{heads}{rows}</table></div>{lists}"


def _moment(written: str) -> str:
    """Date and minute of a time as it is kept."""
    return escape(written[:16].replace("T", " "))


def _label(words: Words, level: str) -> str:
    found = LABELS[level]
    return found["en"] if words["lang"] == "en" else found["zh"]


def _ids(words: Words, names: list[str]) -> str:
    shown = " ".join(f"<code>{escape(name)}</code>" for name in names[:_IDS_SHOWN])
    more = len(names) - _IDS_SHOWN
    return shown + (f" … {more:,} {words['more']}" if more > 0 else "")
