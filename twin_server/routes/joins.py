"""/ogc/joins, /ogc/filejoin and the keys of collections: OGC API Joins."""

from __future__ import annotations

import asyncio

import numpy as np
import orjson
from fastapi import APIRouter, Request
from starlette.responses import FileResponse, Response

from twin_server.actor import Actor, Who
from twin_server.answering import PinnedTwin
from twin_server.errors import Missing
from twin_server.identity.failures import Forbidden
from twin_server.joins import documents
from twin_server.joins.asked import CREATE, FILES, File, Form, read_form, read_output, read_right
from twin_server.joins.match import attached, match
from twin_server.joins.shelf import Shelf
from twin_server.joins.table import features_of, keys_of
from twin_server.ogc.asking import count, days
from twin_server.ogc.catalog import Collection, find, layer_of
from twin_server.ogc.documents import GEOJSON
from twin_server.ogc.replying import base, document, known
from twin_server.ogc.systems import CRS84, named
from twin_server.pinned import Pinned
from twin_server.policy import KEEPERS
from twin_server.twin import Twin

router = APIRouter(prefix="/ogc", include_in_schema=False)

_PAGE = 1000
"""Keys and joins of a page when nothing is said."""
_MOST = 10_000


@router.get("/collections/{collection_id}/keys")
def read_keys(collection_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """Fields a table may be joined by."""
    one = find(pinned[0], collection_id)
    known(request, ("f",))
    return document(request, documents.keys(base(request), one), one.title["zh"])


@router.get("/collections/{collection_id}/keys/{key_id}")
def read_key_values(
    collection_id: str, key_id: str, request: Request, pinned: PinnedTwin
) -> Response:
    """Values of a key field."""
    twin, live = pinned
    one = find(twin, collection_id)
    given = known(request, ("f", "limit", "offset", "key"))
    limit = min(count(given.get("limit", str(_PAGE)), "limit", 1), _MOST)
    offset = count(given.get("offset", "0"), "offset", 0)
    pairs = _keys(twin, live, one, key_id)
    if "key" in given:
        pairs = [pair for pair in pairs if pair[0] == given["key"]]
    url = f"{base(request)}/collections/{one.path}/keys/{key_id}"
    part = pairs[offset : offset + limit]
    found = documents.key_values(url, part, len(pairs), offset, limit)
    return document(request, found, f"{one.title['zh']} {key_id}")


@router.get("/joins")
def list_joins(request: Request, pinned: PinnedTwin) -> Response:
    """Joins that are kept, the newest first."""
    given = known(request, ("f", "limit", "offset", "datetime"))
    limit = min(count(given.get("limit", str(_PAGE)), "limit", 1), _MOST)
    offset = count(given.get("offset", "0"), "offset", 0)
    every = Shelf(pinned[0].folder).every()
    if "datetime" in given:
        first, last = days(given["datetime"])
        every = [
            one
            for one in every
            if (first is None or one.told["timeStamp"][:10] >= first.isoformat())
            and (last is None or one.told["timeStamp"][:10] <= last.isoformat())
        ]
    part = every[offset : offset + limit]
    found = documents.joins(base(request), part, len(every), limit, offset)
    return document(request, found, "Joins")


@router.post("/joins")
async def create_join(request: Request, pinned: PinnedTwin, actor: Actor) -> Response:
    """Attach a table to a collection: kept as a join, or given at once."""
    known(request, ())
    form = await read_form(request, CREATE)
    twin, live = pinned
    return await asyncio.to_thread(_create, request, twin, live, form, actor)


@router.get("/joins/{join_id}")
def read_join(join_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """One join."""
    known(request, ("f",))
    one = Shelf(pinned[0].folder).find(join_id)
    return document(request, documents.join(base(request), one), f"Join {join_id}")


@router.get("/joins/{join_id}/output")
def read_output_file(join_id: str, request: Request, pinned: PinnedTwin) -> Response:
    """The joined features."""
    known(request, ())
    one = Shelf(pinned[0].folder).find(join_id)
    headers = {"content-crs": f"<{CRS84}>", "cache-control": "no-cache"}
    return FileResponse(one.output, media_type=GEOJSON, headers=headers)


@router.delete("/joins/{join_id}")
def delete_join(
    join_id: str, request: Request, pinned: PinnedTwin, actor: Actor, who: Who
) -> Response:
    """Take a join away: one's own, or as a steward or an admin anybody's."""
    known(request, ())
    shelf = Shelf(pinned[0].folder)
    if not who.roles & KEEPERS and shelf.find(join_id).told.get("by") != actor:
        raise Forbidden("NOT_YOURS", "this join is somebody else's: a steward may take it away")
    shelf.delete(join_id)
    request.app.state.store.record("join.deleted", {"join": join_id}, actor=actor)
    return Response(status_code=204)


@router.post("/filejoin")
async def join_files(request: Request, pinned: PinnedTwin) -> Response:
    """Join a table to the features of a file; nothing is kept."""
    known(request, ())
    form = await read_form(request, FILES)
    return await asyncio.to_thread(_join_files, form)


def _keys(twin: Twin, live: Pinned, one: Collection, key: str) -> list[tuple[str, str]]:
    """Value and title of a key field of every feature; "" where a feature has none."""
    if key not in documents.key_fields(one):
        raise Missing("UNKNOWN_KEY", f"collection {one.id} has no key field {key[:60]!r}")
    layer = layer_of(twin, live, one)
    values = layer.column(key).to_pylist()
    names = {field.name for field in one.fields}
    title = next((n for n in ("label_zh", "title_zh", "name_zh") if n in names), "id")
    titles = layer.column(title).to_pylist()
    return [(value or "", told or "") for value, told in zip(values, titles, strict=True)]


def _create(request: Request, twin: Twin, live: Pinned, form: Form, actor: str) -> Response:
    one = find(twin, form.text("collection-id"))
    key = form.texts.get("collection-key", "").strip() or "id"
    direct, with_keys = read_output(form)
    table = read_right(form)
    layer = layer_of(twin, live, one)
    matched = match([pair[0] for pair in _keys(twin, live, one, key)], table)
    system = named(None, layer.crs, "crs")
    written = layer.written(np.arange(len(layer)), system, None)
    features = [orjson.loads(text) for text in written]
    body = _collection(attached(features, table, matched))
    if direct:
        return Response(body, media_type=GEOJSON, headers={"content-crs": f"<{CRS84}>"})
    counts = {name: n for name, n in matched.information.items() if name.startswith("numberOf")}
    told = {
        "by": actor, "collection": one.id, "key": key, "table": table.name,
        "information": matched.information if with_keys else counts,
    }  # fmt: skip
    made = Shelf(twin.folder).keep(told, body)
    request.app.state.store.record(
        "join.created", {"join": made.id, "collection": one.id, "file": table.name, **counts},
        actor=actor,
    )  # fmt: skip
    answer = document(request, documents.join(base(request), made), f"Join {made.id}", status=201)
    answer.headers["location"] = f"{base(request)}/joins/{made.id}"
    return answer


def _join_files(form: Form) -> Response:
    form.format("left-dataset-format", (documents.GEO,))
    left: File = form.file("left-dataset-file")
    key = form.text("left-dataset-key")
    table = read_right(form)
    features = features_of(left.data, left.name)
    matched = match(keys_of(features, key), table)
    return Response(_collection(attached(features, table, matched)), media_type=GEOJSON)


def _collection(features: list[dict[str, object]]) -> bytes:
    return orjson.dumps({"type": "FeatureCollection", "features": features})
