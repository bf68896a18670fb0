"""/auth: the sign-in page, the return from the provider; /api/v1/me and tile tokens."""

from __future__ import annotations

import asyncio
import datetime as dt
from typing import Annotated, get_args
from urllib.parse import parse_qs

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from cim_bridge.errors import WrongUse
from twin_server.answering import Json
from twin_server.errors import problem
from twin_server.identity.desk import SignIns
from twin_server.identity.failures import TooManyTries
from twin_server.identity.principal import Principal
from twin_server.identity.session import (
    NOTE_SECONDS,
    Note,
    cookie_header,
    sealed,
    unsealed,
    way_back,
)
from twin_server.identity.signinpage import sign_in_page, signed_in_page
from twin_server.identity.tiletoken import make
from twin_server.identity.tries import asker
from twin_server.identity.ways import cookies
from twin_server.policy import ACTIONS, Scope
from twin_server.schemas.common import documented
from twin_server.schemas.identity import Me, TileToken, TokenBody

router = APIRouter(tags=["sign-in"])

_NOTE = "cimtwin-note"
_MOST_BYTES = 4096


def _desk(request: Request) -> SignIns:
    found: SignIns = request.app.state.sign_ins
    return found


@router.get("/api/v1/me", responses=documented(Me))
async def read_me(request: Request) -> Response:
    """Who is signed in, and what they may do."""
    who: Principal | None = getattr(request.state, "principal", None)
    auth = _desk(request).settings.auth
    scopes = [scope for scope in get_args(Scope) if who is not None and who.may(scope)]
    return Json(
        {
            "signed_in": who is not None and who.via != "off",
            "mode": auth.mode,
            "name": who.name if who else None,
            "via": who.via if who else None,
            "roles": sorted(who.roles) if who else [],
            "districts": sorted(who.districts) if who else [],
            "scopes": scopes,
            "steps": [step for step, roles in ACTIONS.items() if who and roles & who.roles],
            "sign_in": "/auth/sign-in" if auth.mode in ("keys", "oidc") else None,
        }
    )


@router.post("/api/v1/tile-tokens", responses=documented(TileToken))
async def make_tile_token(body: TokenBody, request: Request) -> Response:
    """A path that lets a host without headers read tiles and columns for a while."""
    base, end = make(_desk(request).settings.secret, body.seconds)
    when = dt.datetime.fromtimestamp(end, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer = Json({"base": base, "expires": when, "seconds": body.seconds})
    answer.headers["cache-control"] = "no-store"
    return answer


@router.get("/auth/sign-in", include_in_schema=False)
async def ask_who(
    request: Request, back: Annotated[str, Query(alias="next", max_length=2000)] = "/"
) -> Response:
    """The page that asks for a key; or on to the provider."""
    desk = _desk(request)
    if desk.provider is None:
        return sign_in_page(desk.settings.auth.mode, way_back(back))
    started = await asyncio.to_thread(desk.provider.start, desk.address(request))
    note = Note(started.state, started.nonce, started.verifier, way_back(back))
    answer = RedirectResponse(started.url, 303, {"cache-control": "no-store"})
    answer.headers.append(
        "set-cookie",
        cookie_header(
            _NOTE, sealed(desk.settings.secret, note), seconds=NOTE_SECONDS,
            secure=desk.settings.secure, path="/auth",
        ),
    )  # fmt: skip
    return answer


@router.post("/auth/sign-in", include_in_schema=False)
async def sign_in(request: Request) -> Response:
    """Take a key from the page's form and give a cookie for it."""
    desk = _desk(request)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _MOST_BYTES:
            return problem(413, "FILE_SIZE", "a key is shorter")
    form = parse_qs(body.decode("utf-8", "replace"))
    key, back = form.get("key", [""])[0].strip(), way_back(form.get("next", ["/"])[0])
    tries, address = desk.ways.tries, asker(request.headers, _peer(request))
    try:
        tries.may(key, address)
    except TooManyTries as exc:
        return sign_in_page(desk.settings.auth.mode, back, wait=exc.seconds)
    who = await asyncio.to_thread(desk.people.of_key, key) if desk.opens("key") else None
    if who is None:
        tries.wrong(key, address)
        return sign_in_page(desk.settings.auth.mode, back, wrong=True)
    tries.held(key)
    return await _signed_in(desk, who, "key", back)


@router.get("/auth/callback", include_in_schema=False)
async def come_back(
    request: Request,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Back from the provider: the code is exchanged, the browser gets its cookie."""
    desk = _desk(request)
    kept = cookies(request.headers.get("cookie", "")).get(_NOTE, "")
    note = unsealed(desk.settings.secret, kept) if kept else None
    if desk.provider is None or note is None or not code or note.state != state:
        raise WrongUse("this sign-in was not begun here, or too long ago: begin again")
    address = desk.address(request)
    who = await asyncio.to_thread(desk.provider.finish, address, code, note.verifier, note.nonce)
    answer = await _signed_in(desk, who, "oidc", note.back)
    gone = cookie_header(_NOTE, "", seconds=0, secure=desk.settings.secure, path="/auth")
    answer.headers.append("set-cookie", gone)
    return answer


@router.get("/auth/signed-in", include_in_schema=False)
async def tell_signed_in(request: Request) -> Response:
    """Where a sign-in in a tab of its own ends: the page that waits goes on by itself."""
    return signed_in_page(getattr(request.state, "principal", None) is not None)


@router.post("/auth/sign-out", include_in_schema=False)
async def sign_out(request: Request) -> Response:
    """End this browser's sign-in."""
    desk = _desk(request)
    cookie = cookies(request.headers.get("cookie", "")).get(desk.ways.cookie, "")
    if cookie:
        await asyncio.to_thread(desk.people.close_session, cookie)
        desk.ways.forget()
    answer = RedirectResponse("/auth/sign-in", 303, {"cache-control": "no-store"})
    gone = cookie_header(desk.ways.cookie, "", seconds=0, secure=desk.settings.secure)
    answer.headers.append("set-cookie", gone)
    return answer


def _peer(request: Request) -> str:
    return request.client.host if request.client else ""


async def _signed_in(desk: SignIns, who: Principal, via: str, back: str) -> Response:
    hours = desk.settings.auth.session_hours
    cookie = await asyncio.to_thread(desk.people.open_session, who, hours, via=via)
    answer = RedirectResponse(back, 303, {"cache-control": "no-store"})
    seconds = int(hours * 3600)
    header = cookie_header(desk.ways.cookie, cookie, seconds=seconds, secure=desk.settings.secure)
    answer.headers.append("set-cookie", header)
    return answer
