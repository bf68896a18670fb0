"""The documents of the door: landing, conformance, collections, queryables."""

from __future__ import annotations

from typing import Any

from twin_server.ogc.catalog import Collection
from twin_server.ogc.layer import Field
from twin_server.ogc.systems import CRS84, CRS84H, storage, systems
from twin_server.ogc.volumes import MEDIA
from twin_server.ogc.volumes import REL as VOLUMES

Document = dict[str, Any]
Link = dict[str, str]

GEOJSON = "application/geo+json"
JSON = "application/json"
HTML = "text/html"
SCHEMA = "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"

_FEATURES = "http://www.opengis.net/spec/ogcapi-features"
_CQL2 = "http://www.opengis.net/spec/cql2/1.0/conf"
CONFORMANCE: tuple[str, ...] = (
    "http://www.opengis.net/spec/ogcapi-common-1/1.0/conf/core",
    "http://www.opengis.net/spec/ogcapi-common-2/1.0/conf/collections",
    f"{_FEATURES}-1/1.0/conf/core",
    f"{_FEATURES}-1/1.0/conf/oas30",
    f"{_FEATURES}-1/1.0/conf/html",
    f"{_FEATURES}-1/1.0/conf/geojson",
    f"{_FEATURES}-2/1.0/conf/crs",
    f"{_FEATURES}-3/1.0/conf/queryables",
    f"{_FEATURES}-3/1.0/conf/queryables-query-parameters",
    f"{_FEATURES}-3/1.0/conf/filter",
    f"{_FEATURES}-3/1.0/conf/features-filter",
    f"{_CQL2}/cql2-text",
    f"{_CQL2}/cql2-json",
    f"{_CQL2}/basic-cql2",
    f"{_CQL2}/advanced-comparison-operators",
    f"{_CQL2}/basic-spatial-functions",
    f"{_CQL2}/spatial-functions",
)
"""What is promised: only what is answered."""

_REL = "http://www.opengis.net/def/rel/ogc/1.0"


def link(href: str, rel: str, media: str, title: str = "") -> Link:
    """One link, absolute and typed."""
    found = {"href": href, "rel": rel, "type": media}
    return {**found, "title": title} if title else found


def both(url: str, media: str = JSON) -> list[Link]:
    """A document's links to itself and to its page for people."""
    return [link(url, "self", media), link(f"{url}?f=html", "alternate", HTML)]


def landing(base: str, title: str, description: str) -> Document:
    """The landing page; base: address of /ogc without a slash at its end."""
    return {
        "title": title,
        "description": description,
        "links": [
            *both(base),
            link(f"{base}/api", "service-desc", OPENAPI, "OpenAPI 3.0"),
            link(f"{base}/api?f=html", "service-doc", HTML, "API"),
            link(f"{base}/conformance", "conformance", JSON, "Conformance classes"),
            link(f"{base}/conformance", f"{_REL}/conformance", JSON),
            link(f"{base}/collections", "data", JSON, "Collections"),
            link(f"{base}/collections", f"{_REL}/data", JSON),
            link(f"{base}/joins", "joins", JSON, "Joins"),
        ],
    }


def conformance(base: str, more: tuple[str, ...] = ()) -> Document:
    """The conformance classes that are kept; more: those of other standards behind the door."""
    return {"links": both(f"{base}/conformance"), "conformsTo": [*CONFORMANCE, *more]}


def collection(base: str, one: Collection, model_crs: str) -> Document:
    """One collection as OGC API describes it; `label` is its title in both languages."""
    url = f"{base}/collections/{one.path}"
    found: Document = {
        "id": one.id,
        "title": f"{one.title['zh']} {one.title['en']}",
        "description": f"{one.description['zh']} {one.description['en']}",
        "label": dict(one.title),
        "itemType": one.item,
        "crs": list(systems(model_crs)),
        "storageCrs": storage(model_crs),
        "links": [
            *both(url),
            link(f"{url}/items", "items", GEOJSON, "Features"),
            link(f"{url}/items?f=html", "items", HTML, "Features"),
            link(f"{url}/queryables", f"{_REL}/queryables", SCHEMA, "Queryables"),
            link(f"{url}/queryables", "queryables", SCHEMA, "Queryables"),
            link(f"{url}/schema", f"{_REL}/schema", SCHEMA, "Schema"),
            link(f"{url}/keys", "keys", JSON, "Fields a table may be joined by"),
            link(f"{url}/keys?f=html", "keys", HTML, "Fields a table may be joined by"),
        ],
    }
    if one.item == "record":
        found["type"] = "Collection"
    extent: Document = {}
    if one.box is not None:
        west, south, east, north = (round(edge, 7) for edge in one.box)
        extent["spatial"] = {"bbox": [[west, south, east, north]], "crs": CRS84}
        if one.volume is not None:
            box = [west, south, one.volume.low, east, north, one.volume.high]
            extent["spatial"] = {"bbox": [box], "crs": CRS84H}
            found["links"] += [
                link(f"{url}/3dtiles?f={word}", VOLUMES, media, "3D Tiles")
                for word, media in MEDIA.items()
            ]
    if one.days is not None and any(one.days):
        interval = [None if day is None else f"{day}T00:00:00Z" for day in one.days]
        extent["temporal"] = {
            "interval": [interval],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return {**found, "extent": extent} if extent else found


def collections(base: str, every: list[Collection], model_crs: str) -> Document:
    """All collections."""
    return {
        "links": both(f"{base}/collections"),
        "crs": list(systems(model_crs)),
        "collections": [collection(base, one, model_crs) for one in every],
    }


def queryables(base: str, one: Collection) -> Document:
    """What filters may name, as JSON Schema."""
    fields = [Field("id", "text", "Id"), *(one for one in one.fields if one.queryable)]
    return _schema(f"{base}/collections/{one.path}/queryables", one, fields)


def schema(base: str, one: Collection) -> Document:
    """Every property that features have, as JSON Schema."""
    return _schema(f"{base}/collections/{one.path}/schema", one, list(one.fields))


def _schema(url: str, one: Collection, fields: list[Field]) -> Document:
    properties: Document = {field.name: field.schema() for field in fields}
    geometry = {"format": "geometry-any", "x-ogc-role": "primary-geometry"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": url,
        "type": "object",
        "title": one.title["zh"] + " " + one.title["en"],
        "properties": {**properties, "geometry": geometry},
        "additionalProperties": False,
    }
