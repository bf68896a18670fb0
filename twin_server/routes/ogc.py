"""/ogc: the standard door, OGC API Features 1 to 3."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from cim_bridge.errors import WrongUse
from twin_server.answering import PinnedTwin
from twin_server.hot.negotiate import etag_matches
from twin_server.ogc import documents, features
from twin_server.ogc.asking import ITEMS, parameters, read_page
from twin_server.ogc.catalog import collections, find, layer_of
from twin_server.ogc.openapi import openapi
from twin_server.ogc.page import POLICY, html
from twin_server.ogc.systems import named
from twin_server.twin import Twin
from twin_server.version import version

router = APIRouter(prefix="/ogc", include_in_schema=False)


@router.get("")
def read_landing(request: Request, pinned: PinnedTwin) -> Response:
    """The landing page."""
    _known(request, ("f",))
    name = pinned[0].folder.config.name
    title = f"{name['zh']} {name['en']} · CIM Twin"
    told = "城市体检结果与 CIM 模型 City checkup results on a CIM base model"
    return _document(request, documents.landing(_base(request), title, told), title)


@router.get("/conformance")
def read_conformance(request: Request) -> Response:
    """The conformance classes."""
    _known(request, ("f",))
    return _document(request, documents.conformance(_base(request)), "Conformance")


@router.get("/api")
def read_api(request: Request, pinned: PinnedTwin) -> Response:
    """OpenAPI with concrete paths."""
    _known(request, ("f",))
    twin, _ = pinned
    every = list(collections(twin).values())
    title = f"{twin.folder.config.name['en']} · OGC API"
    described = openapi(_base(request), title, version(), every, _crs(twin))
    return _document(request, described, title, documents.OPENAPI)


@router.get("/collections")
def read_collections(request: Request, pinned: PinnedTwin) -> Response:
    """Every collection."""
    _known(request, ("f",))
    twin, _ = pinned
    every = list(collections(twin).values())
    found = documents.collections(_base(request), every, _crs(twin))
    return _document(request, found, "Collections")


@router.get("/collections/{collection_id}")
def read_collection(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """One collection."""
    twin, _ = pinned
    one = find(twin, collection_id)
    _known(request, ("f",))
    found = documents.collection(_base(request), one, _crs(twin))
    return _document(request, found, found["title"])


@router.get("/collections/{collection_id}/queryables")
def read_queryables(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """What filters may name."""
    one = find(pinned[0], collection_id)
    _known(request, ("f",))
    found = documents.queryables(_base(request), one)
    return _document(request, found, found["title"], documents.SCHEMA)


@router.get("/collections/{collection_id}/schema")
def read_schema(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """What features have."""
    one = find(pinned[0], collection_id)
    _known(request, ("f",))
    found = documents.schema(_base(request), one)
    return _document(request, found, found["title"], documents.SCHEMA)


@router.get("/collections/{collection_id}/items")
def read_items(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """A page of features."""
    twin, live = pinned
    one = find(twin, collection_id)
    names = (field.name for field in one.fields if field.queryable)
    given = _known(request, (*ITEMS, "id", *names))
    layer = layer_of(twin, live, one)
    asked = read_page(layer, given)
    body = features.items(_base(request), one, layer, asked, given)
    return _features(request, body, asked.system.uri, one.title["zh"])


@router.get("/collections/{collection_id}/items/{feature_id:path}")
def read_item(
    collection_id: str, feature_id: str, request: Request, pinned: PinnedTwin
) -> Response:
    """One feature."""
    twin, live = pinned
    one = find(twin, collection_id)
    given = _known(request, ("f", "crs"))
    system = named(given.get("crs"), _crs(twin), "crs")
    body = features.item(_base(request), one, layer_of(twin, live, one), feature_id, system)
    return _features(request, body, system.uri, feature_id)


def _base(request: Request) -> str:
    return f"{str(request.base_url).rstrip('/')}/ogc"


def _crs(twin: Twin) -> str:
    return str(twin.model.manifest["crs"]) if twin.model else "EPSG:4326"


def _known(request: Request, allowed: tuple[str, ...]) -> dict[str, str]:
    given = parameters(request.query_params.multi_items(), allowed)
    if given.get("f", "json") not in ("json", "html"):
        raise WrongUse(f"f {given['f'][:40]!r} is neither json nor html")
    return given


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


def _document(request: Request, found: Any, title: str, media: str = documents.JSON) -> Response:
    if _wants_html(request):
        return _answer(request, html(found, title), documents.HTML, {})
    return _answer(request, orjson.dumps(found), media, {})


def _features(request: Request, body: bytes, crs: str, title: str) -> Response:
    headers = {"content-crs": f"<{crs}>"}
    if _wants_html(request):
        return _answer(request, html(orjson.loads(body), title), documents.HTML, headers)
    return _answer(request, body, documents.GEOJSON, headers)


def _answer(request: Request, body: bytes, media: str, headers: dict[str, str]) -> Response:
    """200 with an entity tag of its bytes, or 304 when the client has them."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    sent = {"etag": f"W/{etag}", "cache-control": "no-cache", "vary": "accept", **headers}
    if media == documents.HTML:
        sent["content-security-policy"] = POLICY
    if etag_matches(request.headers.get("if-none-match", ""), etag):
        return Response(status_code=304, headers=sent)
    return Response(body, media_type=media, headers=sent)
