"""What OGC API Joins tells: key fields, their values, joins, and its part of the description."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from twin_server.joins.shelf import Join
from twin_server.ogc.catalog import Collection
from twin_server.ogc.documents import GEOJSON, HTML, JSON, Document, Link, both, link

_CONF = "http://www.opengis.net/spec/ogcapi-joins-1/1.0/conf"
CLASSES: tuple[str, ...] = tuple(
    f"{_CONF}/{name}"
    for name in (
        "core", "data-joining", "file-joining", "join-delete", "input-csv", "input-geojson",
        "input-file-upload", "output-geojson", "output-geojson-direct", "json", "html",
    )
)  # fmt: skip
"""Conformance classes of Joins that are kept; addresses as inputs are not among them."""

CSV, GEO = "csv", "geojson"
STORED, DIRECT = "geojson", "geojson-direct"

KEYS: tuple[str, ...] = ("id", "source_id", "label_zh", "label_en")
"""Fields that a table may be joined by, where a collection has them; the first is the default."""


def key_fields(one: Collection) -> list[str]:
    """Names of a collection's key fields."""
    there = {field.name for field in one.fields}
    return [name for name in KEYS if name == "id" or name in there]


def keys(base: str, one: Collection) -> Document:
    """The key fields of a collection; exactly one is the default."""
    url = f"{base}/collections/{one.path}/keys"
    listed = [
        {
            "id": name,
            "isDefault": name == "id",
            "links": [
                link(f"{url}/{name}", "key-values", JSON),
                link(f"{url}/{name}?f=html", "key-values", HTML),
            ],
        }
        for name in key_fields(one)
    ]
    return {"links": both(url), "keys": listed}


def key_values(
    url: str, values: Sequence[tuple[str, str]], total: int, offset: int, limit: int
) -> Document:
    """A page of key values with their titles."""
    links = both(url)
    if offset + len(values) < total:
        links.append(link(f"{url}?offset={offset + limit}&limit={limit}", "next", JSON))
    if offset:
        links.append(link(f"{url}?offset={max(offset - limit, 0)}&limit={limit}", "prev", JSON))
    return {
        "links": links,
        "keys": [{"key": key, "title": title} for key, title in values],
        "numberMatched": total,
        "numberReturned": len(values),
    }


def joins(base: str, every: Sequence[Join], total: int, limit: int, offset: int) -> Document:
    """A page of joins."""
    url = f"{base}/joins"
    links = both(url)
    if offset + len(every) < total:
        links.append(link(f"{url}?offset={offset + limit}&limit={limit}", "next", JSON))
    return {
        "links": links,
        "joins": [
            {
                "id": one.id,
                "timeStamp": one.told["timeStamp"],
                "links": [
                    link(f"{url}/{one.id}", "join", JSON),
                    link(f"{url}/{one.id}?f=html", "join", HTML),
                ],
            }
            for one in every
        ],
        "numberMatched": total,
        "numberReturned": len(every),
    }


def join(base: str, one: Join) -> Document:
    """One join: what it was made of, what came of it, until when it is kept."""
    url = f"{base}/joins/{one.id}"
    told = one.told
    home = f"{base}/collections/{quote(told['collection'], safe='')}"
    outputs: list[Link] = [link(f"{url}/output", "output", GEOJSON, "GeoJSON")]
    found: Document = {
        "id": one.id,
        "timeStamp": told["timeStamp"],
        "expires": told["expires"],
        "inputs": {
            "attributeDataset": told["table"],
            "collection": [
                link(home, "collection", JSON),
                link(f"{home}?f=html", "collection", HTML),
            ],
            "collectionKey": told["key"],
        },
        "outputs": {"links": outputs},
    }
    if "information" in told:
        found["joinInformation"] = told["information"]
    return {"links": both(url), "join": found}


def paths() -> dict[str, Any]:
    """The part of the door's OpenAPI that is about joins."""
    text = {"type": "string"}
    file = {"type": "string", "format": "binary"}
    right: dict[str, Any] = {
        "right-dataset-format": {**text, "enum": [f"{_CONF}/input-csv", f"{_CONF}/input-geojson"]},
        "right-dataset-file": file,
        "right-dataset-key": text,
        "right-dataset-data-value-list": text,
        "csv-file-delimiter": {**text, "default": ","},
        "csv-file-header-row-number": {"type": "integer", "minimum": 1, "default": 1},
        "csv-file-data-start-row-number": {"type": "integer", "minimum": 1, "default": 2},
    }
    output = {
        "output-formats": {
            **text,
            "enum": [f"{_CONF}/output-geojson", f"{_CONF}/output-geojson-direct"],
        },
        "include-join-metadata": {**text, "enum": ["true", "false"], "default": "false"},
    }
    left = {
        "left-dataset-format": {**text, "enum": [f"{_CONF}/input-geojson"]},
        "left-dataset-file": file,
        "left-dataset-key": text,
    }
    needed = ["right-dataset-format", "right-dataset-file", "right-dataset-key"]
    ours = {"collection-id": text, "collection-key": {**text, "enum": list(KEYS)}}
    create = _posted("Attach a table to a collection", "joins.create", {**ours, **right, **output},
                     ["collection-id", *needed], {"200": GEOJSON, "201": JSON})  # fmt: skip
    both_needed = ["left-dataset-format", "left-dataset-file", "left-dataset-key", *needed]
    files = _posted(
        "Join two files", "joins.files", {**left, **right}, both_needed, {"200": GEOJSON}
    )
    where = [{"name": "joinId", "in": "path", "required": True, "schema": text}]
    form = {"$ref": "#/components/parameters/f"}
    page = [{"$ref": f"#/components/parameters/{name}"} for name in ("limit", "offset", "datetime")]
    return {
        "/joins": {"get": _asked("Joins", "joins.list", JSON, [*page, form]), "post": create},
        "/joins/{joinId}": {
            "get": _asked("One join", "joins.read", JSON, [*where, form]),
            "delete": {
                "summary": "Delete a join", "operationId": "joins.delete", "tags": ["joins"],
                "parameters": where,
                "responses": {"204": {"description": "Deleted"}, **_REFUSED},
            },
        },
        "/joins/{joinId}/output": {
            "get": _asked("The joined features", "joins.output", GEOJSON, where)
        },
        "/filejoin": {"post": files},
    }  # fmt: skip


_REFUSED: Document = {
    "400": {"$ref": "#/components/responses/problem"},
    "404": {"$ref": "#/components/responses/problem"},
    "4XX": {"$ref": "#/components/responses/problem"},
}


def _content(media: str) -> Document:
    schema = {"$ref": "#/components/schemas/any"}
    found: Document = {media: {"schema": schema}}
    return found if media == GEOJSON else {**found, HTML: {"schema": {"type": "string"}}}


def _asked(summary: str, name: str, media: str, parameters: list[Any]) -> Document:
    answer = {"description": summary, "content": _content(media)}
    return {
        "summary": summary, "operationId": name, "tags": ["joins"], "parameters": parameters,
        "responses": {"200": answer, **_REFUSED},
    }  # fmt: skip


def _posted(
    summary: str, name: str, fields: Document, needed: list[str], answers: dict[str, str]
) -> Document:
    schema = {"type": "object", "properties": fields, "required": needed}
    given = {
        status: {"description": summary, "content": _content(media)}
        for status, media in answers.items()
    }
    return {
        "summary": summary, "operationId": name, "tags": ["joins"],
        "requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}},
        "responses": {**given, **_REFUSED},
    }  # fmt: skip
