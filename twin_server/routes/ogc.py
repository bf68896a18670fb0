"""/ogc: the standard door, OGC API Features 1 to 3."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from cim_bridge.errors import WrongUse
from twin_server.answering import PinnedTwin
from twin_server.errors import Missing
from twin_server.joins.documents import CLASSES, paths
from twin_server.ogc import documents, features
from twin_server.ogc.asking import ITEMS, degrees, parameters, read_page
from twin_server.ogc.catalog import collections, find, layer_of
from twin_server.ogc.openapi import openapi
from twin_server.ogc.records import ASKED
from twin_server.ogc.records import CLASSES as RECORDS
from twin_server.ogc.replying import base, document, geojson, known, model_crs
from twin_server.ogc.systems import named
from twin_server.ogc.volumes import CLASSES as VOLUMES
from twin_server.ogc.volumes import MEDIA, meet, tileset
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
    return document(
        request, documents.conformance(base(request), (*CLASSES, *VOLUMES, *RECORDS)), "Conformance"
    )


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
    """Every collection, or those that meet a box."""
    given = known(request, ("f", "bbox"))
    twin, _ = pinned
    every = list(collections(twin).values())
    if "bbox" in given:
        wanted = degrees(given["bbox"])
        every = [one for one in every if one.box is not None and meet(one.box, wanted)]
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


@router.get("/collections/{collection_id}/3dtiles")
def read_volume(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """The 3D Tiles tileset of a collection, or the part of it that meets a box."""
    twin, _ = pinned
    one = find(twin, collection_id)
    given = parameters(request.query_params.multi_items(), ("f", "bbox"))
    media = MEDIA.get(given.get("f", "3dtiles"))
    if media is None:
        raise WrongUse(f"f {given['f'][:40]!r} is none of {', '.join(MEDIA)}")
    if one.volume is None:
        raise Missing("NO_VOLUME", f"collection {one.id} has no 3D Tiles")
    box = degrees(given["bbox"]) if "bbox" in given else None
    body = tileset(twin, one.volume, box)
    return Response(body, media_type=media, headers={"cache-control": "no-cache"})


@router.get("/collections/{collection_id}/items")
def read_items(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """A page of features."""
    twin, live = pinned
    one = find(twin, collection_id)
    names = (field.name for field in one.fields if field.queryable)
    more = ASKED if one.item == "record" else ()
    given = known(request, (*ITEMS, *more, "id", *names))
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
