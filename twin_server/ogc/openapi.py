"""OpenAPI of the door with a concrete path for each collection: clients read filters from it."""

from __future__ import annotations

from typing import Any

from twin_server.ogc.asking import MOST, USUAL
from twin_server.ogc.catalog import Collection
from twin_server.ogc.documents import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, Document
from twin_server.ogc.records import ASKED
from twin_server.ogc.systems import systems
from twin_server.ogc.volumes import MEDIA

_PROBLEM = "application/problem+json"


def openapi(base: str, title: str, version: str, every: list[Collection], crs: str) -> Document:
    """The whole description, OpenAPI 3.0."""
    paths: Document = {
        "/": _get("Landing page", "landing", JSON),
        "/conformance": _get("Conformance classes", "conformance", JSON),
        "/api": _get("This description", "api", OPENAPI),
        "/collections": _get("Collections", "collections", JSON, [_reference("bbox")]),
    }
    for one in every:
        paths |= _paths(one)
    return {
        "openapi": "3.0.3",
        "info": {"title": title, "version": version},
        "servers": [{"url": base}],
        "paths": paths,
        "components": {
            "parameters": _parameters(list(systems(crs))),
            "schemas": {"problem": _SCHEMA, "any": {"type": "object"}},
            "responses": {"problem": _answer("Refused", _PROBLEM, "problem")},
        },
    }


_SCHEMA: Document = {
    "type": "object",
    "required": ["title", "status"],
    "properties": {
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
    },
}


def _paths(one: Collection) -> Document:
    path = f"/collections/{one.path}"
    named = [
        {"name": field.name, "in": "query", "required": False, "schema": _plain(field.schema())}
        for field in one.fields
        if field.queryable and field.asked_by_name
    ]
    shared = ("limit", "offset", "bbox", "bbox-crs", "crs", "datetime", "filter", "filter-lang",
              "filter-crs", "properties")  # fmt: skip
    if one.item == "record":
        words = {"type": "array", "items": {"type": "string"}}
        plain = {"in": "query", "required": False, "style": "form", "explode": False}
        named += [{"name": name, **plain, "schema": words} for name in ASKED]
    feature = [_reference("featureId"), _reference("crs")]
    found = {
        path: _get(one.title["en"], f"{one.id}.describe", JSON, tag=one.id),
        f"{path}/queryables": _get("Queryables", f"{one.id}.queryables", SCHEMA, tag=one.id),
        f"{path}/schema": _get("Schema", f"{one.id}.schema", SCHEMA, tag=one.id),
        f"{path}/items": _get(
            "Features", f"{one.id}.items", GEOJSON,
            [*(_reference(name) for name in shared), *named], one.id,
        ),
        f"{path}/items/{{featureId}}": _get(
            "One feature", f"{one.id}.item", GEOJSON, feature, one.id
        ),
    }  # fmt: skip
    if one.volume is not None:
        found[f"{path}/3dtiles"] = _volume(one)
    return found


def _volume(one: Collection) -> Document:
    schema = {"$ref": "#/components/schemas/any"}
    form = {"name": "f", "in": "query", "schema": {"type": "string", "enum": list(MEDIA)}}
    described = _get("3D Tiles", f"{one.id}.3dtiles", GEOJSON, [_reference("bbox")], one.id)
    described["get"]["parameters"] = [_reference("bbox"), form]
    content = {media: {"schema": schema} for media in MEDIA.values()}
    described["get"]["responses"]["200"] = {"description": "3D Tiles", "content": content}
    return described


def _plain(schema: Document) -> Document:
    return {name: schema[name] for name in ("type", "format") if name in schema}


def _reference(name: str) -> Document:
    return {"$ref": f"#/components/parameters/{name}"}


def _get(
    summary: str, name: str, media: str, parameters: list[Any] | None = None, tag: str = "door"
) -> Document:
    answer = _answer(summary, media, "any")
    answer["content"][HTML] = {"schema": {"type": "string"}}
    problem = {"$ref": "#/components/responses/problem"}
    return {
        "get": {
            "summary": summary,
            "operationId": name,
            "tags": [tag],
            "parameters": [*(parameters or []), _reference("f")],
            "responses": {"200": answer, "400": problem, "404": problem},
        }
    }


def _answer(text: str, media: str, shape: str) -> Document:
    schema = {"$ref": f"#/components/schemas/{shape}"}
    return {"description": text, "content": {media: {"schema": schema}}}


def _parameters(uris: list[str]) -> Document:
    words: Document = {"type": "string"}
    uri: Document = {"type": "string", "format": "uri", "enum": uris}
    number = {"type": "integer", "minimum": 0, "default": 0}
    box = {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}
    limit = {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}
    language = {"type": "string", "enum": ["cql2-text", "cql2-json"], "default": "cql2-text"}
    listed: Document = {"type": "array", "items": {"type": "string"}}
    query = {
        "f": {"type": "string", "enum": ["json", "html"]},
        "limit": limit, "offset": number, "bbox": box, "bbox-crs": uri, "crs": uri,
        "datetime": words, "filter": words, "filter-lang": language, "filter-crs": uri,
        "properties": listed,
    }  # fmt: skip
    plain = {"in": "query", "required": False, "style": "form", "explode": False}
    found: Document = {
        name: {"name": name, **plain, "schema": schema} for name, schema in query.items()
    }
    found["featureId"] = {"name": "featureId", "in": "path", "required": True, "schema": words}
    return found
