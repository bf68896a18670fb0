"""Pages of features and single ones, as bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import orjson

from twin_server.errors import Missing
from twin_server.ogc.asking import Asked
from twin_server.ogc.catalog import Collection
from twin_server.ogc.documents import GEOJSON, HTML, JSON, Link, link
from twin_server.ogc.layer import Layer
from twin_server.ogc.records import HOST
from twin_server.ogc.systems import System


def items(
    base: str, one: Collection, layer: Layer, asked: Asked, given: Mapping[str, str]
) -> bytes:
    """A page of features with the links around it; the same question gives the same bytes."""
    matched = np.flatnonzero(asked.keep)
    rows = matched[asked.offset : asked.offset + asked.limit]
    url = f"{base}/collections/{one.path}/items"
    links = _around(url, given, asked, len(matched))
    links.append(link(f"{base}/collections/{one.path}", "collection", JSON, one.title["zh"]))
    head = {
        "type": "FeatureCollection",
        "numberMatched": len(matched),
        "numberReturned": len(rows),
        "links": links,
    }
    written = layer.written(rows, asked.system, asked.chosen)
    if layer.more is not None:
        host = base.removesuffix("/ogc").encode()
        written = [one.replace(HOST, host) for one in written]
    return b"".join((orjson.dumps(head)[:-1], b',"features":[\n', b",\n".join(written), b"\n]}\n"))


def item(base: str, one: Collection, layer: Layer, name: str, system: System) -> bytes:
    """One feature; Missing when the collection has none of that id."""
    row = layer.index.get(name)
    if row is None:
        raise Missing("UNKNOWN_FEATURE", f"collection {one.id} has no feature {name!r}")
    (written,) = layer.written(np.array([row]), system, None)
    url = f"{base}/collections/{one.path}"
    own = f"{url}/items/{quote(name, safe='')}"
    links = [
        link(own, "self", GEOJSON),
        link(f"{own}?f=html", "alternate", HTML),
        link(url, "collection", JSON, one.title["zh"]),
    ]
    if layer.more is not None:
        host = base.removesuffix("/ogc").encode()
        own_links = orjson.dumps(links)[1:-1]
        return written.replace(HOST, host)[:-2] + b"," + own_links + b"]}\n"
    return written[:-1] + b',"links":' + orjson.dumps(links) + b"}\n"


def _around(url: str, given: Mapping[str, str], asked: Asked, matched: int) -> list[Link]:
    """Links to this page, to its form for people, and to the pages before and after it."""

    def at(**changed: Any) -> str:
        query = {**given, **{name: str(value) for name, value in changed.items()}}
        return f"{url}?{urlencode(query, quote_via=quote)}" if query else url

    links = [link(at(), "self", GEOJSON), link(at(f="html"), "alternate", HTML)]
    if asked.offset + asked.limit < matched:
        links.append(link(at(offset=asked.offset + asked.limit), "next", GEOJSON))
    if asked.offset > 0:
        links.append(link(at(offset=max(asked.offset - asked.limit, 0)), "prev", GEOJSON))
    return links
