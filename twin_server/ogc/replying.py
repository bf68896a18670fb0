"""How the standard door answers: parameters that are known, JSON or a page, tags and types."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from fastapi import Request
from starlette.responses import Response

from cim_bridge.errors import WrongUse
from twin_server.hot.negotiate import etag_matches
from twin_server.ogc import documents
from twin_server.ogc.asking import parameters
from twin_server.ogc.page import POLICY, html
from twin_server.twin import Twin


def base(request: Request) -> str:
    """Address of the door, without a slash at its end."""
    return f"{str(request.base_url).rstrip('/')}/ogc"


def model_crs(twin: Twin) -> str:
    """System of the model's geometries."""
    return str(twin.model.manifest["crs"]) if twin.model else "EPSG:4326"


def known(request: Request, allowed: tuple[str, ...]) -> dict[str, str]:
    """The parameters of a request; WrongUse for one that is not known, or another form."""
    given = parameters(request.query_params.multi_items(), allowed)
    if given.get("f", "json") not in ("json", "html"):
        raise WrongUse(f"f {given['f'][:40]!r} is neither json nor html")
    return given


def document(
    request: Request, found: Any, title: str, media: str = documents.JSON, status: int = 200
) -> Response:
    """A document as JSON, or as a page for people."""
    if _wants_html(request):
        return _answer(request, html(found, title), documents.HTML, {}, status)
    return _answer(request, orjson.dumps(found), media, {}, status)


def geojson(request: Request, body: bytes, crs: str, title: str) -> Response:
    """Features as GeoJSON in a system, or as a page for people."""
    headers = {"content-crs": f"<{crs}>"}
    if _wants_html(request):
        return _answer(request, html(orjson.loads(body), title), documents.HTML, headers)
    return _answer(request, body, documents.GEOJSON, headers)


def _wants_html(request: Request) -> bool:
    """`f` decides; else the first of the types in Accept that is given here."""
    asked = request.query_params.get("f")
    if asked is not None:
        return asked == "html"
    for part in request.headers.get("accept", "").lower().split(","):
        media = part.partition(";")[0].strip()
        if "json" in media or media == "*/*":
            return False
        if media == documents.HTML:
            return True
    return False


def _answer(
    request: Request, body: bytes, media: str, headers: dict[str, str], status: int = 200
) -> Response:
    """The answer with an entity tag of its bytes, or 304 when the client has them."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    sent = {"etag": f"W/{etag}", "cache-control": "no-cache", "vary": "accept", **headers}
    if media == documents.HTML:
        sent["content-security-policy"] = POLICY
    if status == 200 and etag_matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=sent)
    return Response(body, status, media_type=media, headers=sent)
