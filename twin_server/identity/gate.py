"""The gate in front of everything: who asks, may they, and what every answer carries.

Nothing behind it runs for a request that may not use its route. What it found lies in the
request's state: `principal`, `policy` (the key in policy.SCOPES), `private`.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from twin_server.errors import problem
from twin_server.hot.answers import App, Message, Receive, Scope, Send
from twin_server.hot.private import may_read
from twin_server.identity import tiletoken
from twin_server.identity.dress import Dress
from twin_server.identity.failures import Forbidden, NotSignedIn, TooManyTries
from twin_server.identity.origins import SAFE, Origins
from twin_server.identity.principal import LOCAL, Principal
from twin_server.identity.ways import Ways
from twin_server.policy import RIGHTS, SCOPES, asked_for
from twin_server.policy import Scope as Wanted
from twin_server.settings import Settings

SIGN_IN = "/auth/sign-in"
PROOFS = frozenset({b"authorization", b"cookie", b"x-api-key", b"x-cim-proxy-secret"})
"""Headers that prove who asks; nothing behind the gate needs them where everyone reads alike."""

_TILES = Principal("tile-token", frozenset({"leader"}), via="tiles")
_PAGES = ("/", "/index.html")
EMBEDDED = re.compile(rb"(?:^|&)embed=1(?:&|$)")
"""Query of the page in a frame: its pass comes by message from the page around it."""


class Gate:
    """An ASGI app that lets through to `inside` what the policy allows."""

    def __init__(self, inside: App, ways: Ways, settings: Settings) -> None:
        self.inside, self.ways = inside, ways
        self._open = settings.auth.mode == "off"
        self._settings = settings
        self._origins = Origins(settings)
        self._dress = Dress(settings, self._origins)
        self._private_secret = settings.private_secret

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI connection."""
        if scope["type"] != "http":
            await self.inside(scope, receive, send)
            return
        if self._open and self._dress.plain and scope["method"] in ("GET", "HEAD"):
            path: str = scope["path"]
            if not path.startswith(
                tiletoken.PREFIX
            ):  # nobody signs in, and reading changes nothing
                state: dict[str, Any] = scope.setdefault("state", {})
                state["policy"], state["principal"] = asked_for(path, "GET"), LOCAL
                await self.inside(scope, receive, send)
                return
        await self._guarded(scope, receive, send)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}
        send = self._dress.of(scope, headers, send)
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            more = dict(self._origins.preflight(headers.get("origin", "")))
            start = {"type": "http.response.start", "status": 204, "headers": list(more.items())}
            await send(start)
            await send({"type": "http.response.body", "body": b""})
            return
        try:
            scope = await self._judged(scope, headers)
        except NotSignedIn as exc:
            await self._ask_to_sign_in(scope, receive, send, str(exc))
        except TooManyTries as exc:
            answer = problem(429, exc.code, str(exc))
            answer.headers["retry-after"] = str(exc.seconds)
            await answer(scope, receive, send)
        except Forbidden as exc:
            await problem(403, exc.code, str(exc))(scope, receive, send)
        else:
            await self.inside(scope, receive, send)

    async def _judged(self, scope: Scope, headers: dict[str, str]) -> Scope:
        """The request as it goes on; NotSignedIn or Forbidden when it does not."""
        path, method = scope["path"], "GET" if scope["method"] == "HEAD" else scope["method"]
        state: dict[str, Any] = scope.setdefault("state", {})
        if path.startswith(tiletoken.PREFIX):
            inner = tiletoken.inner_path(self._settings.secret, path)
            if inner is None or method != "GET":
                raise Forbidden("TOKEN_INVALID", "this tile token holds no longer, or never did")
            state |= {"principal": _TILES, "policy": asked_for(inner, "GET")}
            return {**_without(scope, PROOFS), "path": inner, "raw_path": inner.encode()}
        key = asked_for(path, method)
        state["policy"] = key
        if path in _PAGES and method == "GET" and EMBEDDED.search(scope["query_string"]):
            return _without(scope, PROOFS)  # the page's code alone; what it shows asks for a pass
        wanted = SCOPES.get(key) if key else None
        if wanted == "private" and may_read(headers.get("authorization", ""), self._private_secret):
            state["private"] = True
            return scope
        if path.startswith("/health"):
            return scope
        client = scope.get("client")
        who = await self.ways.who(headers, client[0] if client else "")
        state["principal"] = who
        self._same_page(who, wanted, method, headers, scope["scheme"])
        self._may(who, wanted, path, key is None)
        state["private"] = not self._open and who is not None and who.may("private")
        alike = wanted == "reader" and not state["private"] and not self._open
        return _without(scope, PROOFS) if alike else scope

    def _may(self, who: Principal | None, wanted: Wanted | None, path: str, strange: bool) -> None:
        if strange and not path.startswith(("/api/", "/ogc")) and path not in _PAGES:
            return  # a file of the page, or nothing at all
        if wanted == "private" and self._open:
            return  # the secret alone opens it, and the files' own door asks for it
        if wanted == "public" and (path not in _PAGES or self._open):
            return
        if who is None:
            raise NotSignedIn("sign in, or send a key: Authorization: Bearer twk_…")
        if wanted is not None and wanted != "public" and not who.may(wanted):
            roles = ", ".join(sorted(RIGHTS[wanted]))
            raise Forbidden("FORBIDDEN", f"this is for the roles {roles}")

    def _same_page(
        self, who: Principal | None, wanted: Wanted | None, method: str, headers: dict[str, str],
        scheme: str,
    ) -> None:  # fmt: skip
        """Refuse what a foreign page makes somebody's browser do."""
        ambient = who is not None and who.ambient
        if method in SAFE or not (ambient or wanted == "public"):
            return
        same = self._origins.same_page(headers, scheme)
        by_cookie = who is not None and who.via == "session"
        if same is False or (same is None and by_cookie):
            raise Forbidden("FOREIGN_ORIGIN", "another page may not do this with your sign-in")

    async def _ask_to_sign_in(
        self, scope: Scope, receive: Receive, send: Send, detail: str
    ) -> None:
        wanted = SCOPES.get(scope.get("state", {}).get("policy") or "")
        reads = scope["method"] in ("GET", "HEAD")
        if reads and (wanted == "page" or scope["path"] in _PAGES):
            back = scope["path"] + (f"?{q.decode()}" if (q := scope["query_string"]) else "")
            where = f"{SIGN_IN}?next={quote(back, safe='/')}"
            await _redirect(send, where)
            return
        answer = problem(401, NotSignedIn.code, detail)
        answer.headers["www-authenticate"] = 'Bearer realm="CIM Twin"'
        await answer(scope, receive, send)


async def _redirect(send: Send, where: str) -> None:
    headers = [(b"location", where.encode()), (b"cache-control", b"no-store")]
    await send({"type": "http.response.start", "status": 303, "headers": headers})
    message: Message = {"type": "http.response.body", "body": b""}
    await send(message)


def _without(scope: Scope, names: frozenset[bytes]) -> Scope:
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] not in names]}
