"""/ogc: the standard door, OGC API Features 1 to 3."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from twin_server.answering import PinnedTwin
from twin_server.joins.documents import CLASSES, paths
from twin_server.ogc import documents, features
from twin_server.ogc.asking import ITEMS, read_page
from twin_server.ogc.catalog import collections, find, layer_of
from twin_server.ogc.openapi import openapi
from twin_server.ogc.replying import base, document, geojson, known, model_crs
from twin_server.ogc.systems import named
from twin_server.version import version

router = APIRouter(prefix="/ogc", include_in_schema=False)


@router.get("")
@router.get("/")
def read_landing(request: Request, pinned: PinnedTwin) -> Response:
    """The landing page."""
    known(request, ("f",))
    name = pinned[0].folder.config.name
    title = f"{name['zh']} {name['en']} · CIM Twin"
    told = "城市体检结果与 CIM 模型 City checkup results on a CIM base model"
    return document(request, documents.landing(base(request), title, told), title)


@router.get("/conformance")
def read_conformance(request: Request) -> Response:
    """The conformance classes."""
    known(request, ("f",))
    return document(request, documents.conformance(base(request), CLASSES), "Conformance")


@router.get("/api")
def read_api(request: Request, pinned: PinnedTwin) -> Response:
    """OpenAPI with concrete paths."""
    known(request, ("f",))
    twin, _ = pinned
    every = list(collections(twin).values())
    title = f"{twin.folder.config.name['en']} · OGC API"
    described = openapi(base(request), title, version(), every, model_crs(twin))
    described["paths"] |= paths()
    return document(request, described, title, documents.OPENAPI)


@router.get("/collections")
def read_collections(request: Request, pinned: PinnedTwin) -> Response:
    """Every collection."""
    known(request, ("f",))
    twin, _ = pinned
    every = list(collections(twin).values())
    found = documents.collections(base(request), every, model_crs(twin))
    return document(request, found, "Collections")


@router.get("/collections/{collection_id}")
def read_collection(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """One collection."""
    twin, _ = pinned
    one = find(twin, collection_id)
    known(request, ("f",))
    found = documents.collection(base(request), one, model_crs(twin))
    return document(request, found, found["title"])


@router.get("/collections/{collection_id}/queryables")
def read_queryables(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """What filters may name."""
    one = find(pinned[0], collection_id)
    known(request, ("f",))
    found = documents.queryables(base(request), one)
    return document(request, found, found["title"], documents.SCHEMA)


@router.get("/collections/{collection_id}/schema")
def read_schema(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """What features have."""
    one = find(pinned[0], collection_id)
    known(request, ("f",))
    found = documents.schema(base(request), one)
    return document(request, found, found["title"], documents.SCHEMA)


@router.get("/collections/{collection_id}/items")
def read_items(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """A page of features."""
    twin, live = pinned
    one = find(twin, collection_id)
    names = (field.name for field in one.fields if field.queryable)
    given = known(request, (*ITEMS, "id", *names))
    layer = layer_of(twin, live, one)
    asked = read_page(layer, given)
    body = features.items(base(request), one, layer, asked, given)
    return geojson(request, body, asked.system.uri, one.title["zh"])


@router.get("/collections/{collection_id}/items/{feature_id:path}")
def read_item(
    collection_id: str, feature_id: str, request: Request, pinned: PinnedTwin
) -> Response:
    """One feature."""
    twin, live = pinned
    one = find(twin, collection_id)
    given = known(request, ("f", "crs"))
    system = named(given.get("crs"), model_crs(twin), "crs")
    body = features.item(base(request), one, layer_of(twin, live, one), feature_id, system)
    return geojson(request, body, system.uri, feature_id)
