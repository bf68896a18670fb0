"""Names that try to be more than names: every text of an answer becomes one of them."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from playwright.sync_api import Page, Route

_DO = "window.__pwned=1;alert(1)"

PAYLOADS: tuple[str, ...] = (
    f"<script>{_DO}</script>",
    f"</script><script>{_DO}</script>",
    f"<img src=x onerror={_DO}>",
    f'"><img src=x onerror="{_DO}">',
    f"'><img src=x onerror='{_DO}'>",
    f"<svg onload={_DO}>",
    f"<svg><script>{_DO}</script></svg>",
    f"<svg><animate onbegin={_DO} attributeName=x dur=1s>",
    f"<body onload={_DO}>",
    f"<iframe srcdoc='<script>parent.{_DO}</script>'></iframe>",
    f'<iframe src="javascript:parent.{_DO}"></iframe>',
    f"<details open ontoggle={_DO}>x</details>",
    f"<input autofocus onfocus={_DO}>",
    f"<select autofocus onfocus={_DO}>",
    f"<textarea autofocus onfocus={_DO}>",
    f"<video><source onerror={_DO}></video>",
    f"<audio src=x onerror={_DO}>",
    f'<object data="javascript:{_DO}">',
    f'<embed src="javascript:{_DO}">',
    f'<a href="javascript:{_DO}">x</a>',
    f"javascript:{_DO}",
    f"JaVaScRiPt:{_DO}",
    f"data:text/html,<script>{_DO}</script>",
    f"<math><mtext><table><mglyph><style><img src=x onerror={_DO}>",
    f"<template><script>{_DO}</script></template>",
    f"<noscript><p title='</noscript><img src=x onerror={_DO}>'>",
    f"<style>@import 'javascript:{_DO}';</style>",
    "<style>*{background:red!important}</style>",
    f'<link rel=stylesheet href="javascript:{_DO}">',
    f'<meta http-equiv=refresh content="0;url=javascript:{_DO}">',
    f'<base href="javascript:{_DO}//">',
    f'<form action="javascript:{_DO}"><button>x</button></form>',
    f"<marquee onstart={_DO}>x</marquee>",
    f"${{({_DO.replace(';', ',')})}}",
    f"{{{{constructor.constructor('{_DO}')()}}}}",
    f"`;{_DO};`",
    f"';{_DO};//",
    f'";{_DO};//',
    f"*/{_DO}/*",
    f'<!--<img src="--><img src=x onerror={_DO}//">',
    f"<![CDATA[<img src=x onerror={_DO}>]]>",
    f"&lt;img src=x onerror={_DO}&gt;",
    f"\\u003cimg src=x onerror={_DO}\\u003e",
    f"%3Cscript%3E{_DO}%3C/script%3E",
    f"<b onmouseover={_DO}>x</b>",
    f"\u202e<img src=x onerror={_DO}>",
    '=HYPERLINK("http://example.invalid","x")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "</title></textarea></option></style>",
    f"<image xlink:href=x onerror={_DO}>",
)
"""Fifty of them, one purpose each."""

_READ = {
    "key", "remark", "note", "detail", "source", "attribution", "text", "message", "by", "actor",
    "author", "from_name", "address_text", "caption", "department", "title", "label", "file",
    "column", "header", "organisation", "method",
}  # fmt: skip
"""Keys whose plain strings are read by people (those with two languages need no list)."""

_KEPT = {"kind", "method"}


class Hostile:
    """Answers of the API with every text for people replaced."""

    def __init__(self, page: Page) -> None:
        self.said = count()
        self.dialogs: list[str] = []
        self.texts = 0
        page.on("dialog", self._dialog)
        page.route("**/api/v1/**", self._answer)

    def _dialog(self, dialog: Any) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _answer(self, route: Route) -> None:
        answer = route.fetch()
        if "json" not in answer.headers.get("content-type", "") or not answer.ok:
            route.fulfill(response=answer)
            return
        body = self.turned(answer.json())
        route.fulfill(response=answer, body=json.dumps(body, ensure_ascii=False))

    def _next(self) -> str:
        self.texts += 1
        return PAYLOADS[next(self.said) % len(PAYLOADS)]

    def turned(self, value: Any, key: str = "") -> Any:
        """The same shape with other words."""
        if isinstance(value, list):
            return [self.turned(item, key) for item in value]
        if isinstance(value, dict):
            if set(value) == {"zh", "en"}:
                word = self._next()
                return {"zh": word, "en": word}
            return {name: self.turned(item, name) for name, item in value.items()}
        if isinstance(value, str) and key in _READ - _KEPT:
            return self._next()
        return value
