"""OGC API Features: a collection, page after page along its `next` links."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit, urlunsplit

import orjson

from cim_bridge.crs import Box, crs_text, read_crs
from cim_bridge.readers.remote.client import Answer, Client, with_query
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.layer import Layer, Tally
from cim_bridge.readers.remote.names import number, one_of

_GEOJSON = "application/geo+json, application/json;q=0.9"
_COLLECTION = re.compile(r"^(.*/collections/[^/]+)(?:/items)?/?$")
_OURS = frozenset(("limit", "offset", "f", "crs", "bbox-crs", "startindex"))
_CRS84 = re.compile(r"CRS84h?$")


def layer(client: Client, url: str, wished: str | None) -> Layer:
    """Describe a collection; a landing page serves when it has one collection only."""
    parts = urlsplit(url)
    found = _COLLECTION.match(parts.path)
    if found is not None:
        where = urlunsplit(parts._replace(path=found[1], query=""))
        document = client.json(where)
    else:
        where, document = _only(client, urlunsplit(parts._replace(query="")))
    name = str(document.get("id") or where.rpartition("/")[2])
    kept = {k: v for k, v in parse_qsl(parts.query) if k.lower() not in _OURS}
    crs, official = _system(document)
    return Layer(
        protocol="OGC API Features",
        address=client.shown(where),
        name=name,
        driver="GeoJSON",
        crs=crs,
        official=official,
        extent=_extent(document),
        id_column="feature_id",
        query=kept,
        attribution=str(document.get("attribution") or ""),
    )


def pages(client: Client, layer: Layer, tally: Tally) -> Layer:
    """Follow `next` to the end."""
    asked = dict(layer.query) | {"limit": str(client.limits.page_size)}
    own = urljoin(layer.address.rstrip("/") + "/", "items")
    answer, layer = _first(client, own, asked, layer)
    seen: set[str] = set()
    while True:
        document = client.parsed(answer)
        features = document.get("features")
        if not isinstance(features, list):
            head = answer.head()
            raise Refused(
                "REMOTE_NOT_DATA", url=answer.url, wanted="GeoJSON", found=client.glimpse(head)
            )
        tally.expect(number(document.get("numberMatched")))
        onward = _next(document, answer.url)
        told = number(document.get("numberReturned"))
        ids = [_id(item) for item in features]
        _keep_ids(answer.path, ids, features)
        some = tally.add(answer.path, ids, told)
        if not onward or (not some and tally.received == tally.matched):
            return layer
        if not some:
            tally.fall_short()  # an empty page that is not the last
        if onward in seen:
            raise Refused(
                "REMOTE_REPEATED", url=layer.address, received=tally.received,
                distinct=tally.received, expected=str(tally.matched or "?"),
            )  # fmt: skip
        seen.add(onward)
        answer = client.get(onward, _GEOJSON)


def _keep_ids(page: Path, ids: list[str], features: list[Any]) -> None:
    """Lay the features' ids beside their page: GDAL would take numbers among them for its own.

    own: whether a property is called id too, which is then another column.
    """
    properties = [item.get("properties") for item in features if isinstance(item, dict)]
    own = any(isinstance(item, dict) and "id" in item for item in properties)
    page.with_suffix(".ids").write_bytes(orjson.dumps({"ids": ids, "own": own}))


def _only(client: Client, url: str) -> tuple[str, dict[str, Any]]:
    """The one collection of a landing page; Refused with their names when there are more."""
    base = url.rstrip("/")
    base = base if base.endswith("/collections") else f"{base}/collections"
    listed = client.json(base).get("collections")
    found = [item for item in listed if isinstance(item, dict)] if isinstance(listed, list) else []
    name = one_of([str(item.get("id")) for item in found], base)
    return f"{base}/{name}", found[0]


def _system(document: dict[str, Any]) -> tuple[str, bool]:
    """The system the collection is stored in, when it is a known one; else CRS84."""
    stored = document.get("storageCrs")
    if isinstance(stored, str) and not _CRS84.search(stored):
        text = crs_text(stored)
        if text and read_crs(text) is not None:
            return text, True
    return "OGC:CRS84", False


def _uri(crs: str) -> str:
    authority, _, code = crs.partition(":")
    return f"http://www.opengis.net/def/crs/{authority}/0/{code}"


def _first(client: Client, own: str, asked: dict[str, str], layer: Layer) -> tuple[Answer, Layer]:
    """The first page, in the stored system if the platform says that it obeys.

    A platform that ignores `crs`, or does not say which it used, is asked for the default: CRS84.
    """
    if layer.crs != "OGC:CRS84" and layer.crs is not None:
        uri = _uri(layer.crs)
        try:
            answer = client.get(with_query(own, **asked, crs=uri), _GEOJSON)
        except Refused as exc:
            if exc.code != "REMOTE_STATUS":
                raise
        else:
            told = answer.headers.get("content-crs", "").strip().strip("<>")
            if crs_text(told) == layer.crs:
                return answer, replace(layer, query=layer.query | {"crs": uri})
            answer.path.unlink()
    plain = replace(layer, crs="OGC:CRS84", official=False)
    return client.get(with_query(own, **asked), _GEOJSON), plain


def _next(document: dict[str, Any], base: str) -> str:
    """Address of the next page, "" after the last."""
    links = document.get("links")
    found = [
        link
        for link in (links if isinstance(links, list) else [])
        if isinstance(link, dict)
        and link.get("rel") == "next"
        and isinstance(link.get("href"), str)
    ]
    fitting = [link for link in found if "json" in str(link.get("type", ""))] or found
    return urljoin(base, fitting[0]["href"]) if fitting else ""


def _id(feature: Any) -> str:
    value = feature.get("id") if isinstance(feature, dict) else None
    return "" if value is None else str(value)


def _extent(document: dict[str, Any]) -> Box | None:
    """The declared bounding box in degrees; boxes in another system say so."""
    try:
        spatial = document["extent"]["spatial"]
        box = [float(value) for value in spatial["bbox"][0]]
        system = str(spatial.get("crs", "CRS84"))
    except (KeyError, TypeError, ValueError, IndexError):
        return None
    flat = [*box[:2], *box[3:5]] if len(box) == 6 else box
    if len(flat) != 4 or not _CRS84.search(system):
        return None
    return flat[0], flat[1], flat[2], flat[3]
