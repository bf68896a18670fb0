"""ArcGIS REST: a layer of a FeatureServer or MapServer, in Esri's JSON.

Servers cut an answer off at maxRecordCount. Where they can page they are paged in the order of
their object ids; where they cannot, the ids are asked first and the features by ranges of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from cim_bridge.crs import Box, read_crs
from cim_bridge.readers.remote.client import Answer, Client, with_query
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.layer import Layer, Tally
from cim_bridge.readers.remote.names import number, one_of

_SERVICE = re.compile(r"^(.*/(?:FeatureServer|MapServer))(?:/(\d+))?(?:/query)?/?$", re.IGNORECASE)
_TYPES = {
    "esriFieldTypeString": "text", "esriFieldTypeGUID": "text", "esriFieldTypeGlobalID": "text",
    "esriFieldTypeInteger": "integer", "esriFieldTypeSmallInteger": "integer",
    "esriFieldTypeOID": "integer", "esriFieldTypeDouble": "number",
    "esriFieldTypeSingle": "number",
}  # fmt: skip
_JSON = "application/json"


def layer(client: Client, url: str, wished: str | None) -> Layer:
    """Describe a layer; a service serves when it has one layer only."""
    parts = urlsplit(url)
    found = _SERVICE.match(parts.path)
    if found is None:
        raise Refused("REMOTE_ADDRESS_INVALID", reason="…/FeatureServer/0 or …/MapServer/0")
    given = {name.lower(): value for name, value in parse_qsl(parts.query)}
    service = urlunsplit(parts._replace(path=found[1], query=""))
    which = found[2] or _only(client, service)
    address = f"{service}/{which}"
    document = _asked(client, with_query(address, f="json"))
    fields = [item for item in document.get("fields") or () if isinstance(item, dict)]
    if not fields:
        raise Refused("REMOTE_LAYER_UNKNOWN", url=address, name=which, names="—")
    oid = str(document.get("objectIdField") or _oid(fields))
    system = _system(document.get("sourceSpatialReference")) or _system(
        (document.get("extent") or {}).get("spatialReference")
    )
    extent, extent_crs = _extent(document.get("extent"))
    can = document.get("advancedQueryCapabilities") or {}
    most = number(document.get("maxRecordCount")) or client.limits.page_size
    return Layer(
        protocol="ArcGIS REST",
        address=client.shown(address),
        name=str(document.get("name") or which),
        driver="ESRIJSON",
        crs=system or wished,
        extent=extent,
        extent_crs=extent_crs,
        types={str(f.get("name")): _TYPES.get(str(f.get("type")), "") for f in fields},
        id_column=oid,
        query={
            "where": given.get("where", "1=1"),
        },
        paging={
            "way": "offset" if can.get("supportsPagination") else "ids",
            "most": str(min(most, client.limits.page_size)),
        },
        attribution=str(document.get("copyrightText") or ""),
    )


def pages(client: Client, layer: Layer, tally: Tally) -> Layer:
    """Ask for the count, then for the features."""
    told = _asked(client, _query(layer, returnCountOnly="true"))
    tally.expect(number(told.get("count")))
    walk = _by_offset if layer.paging["way"] == "offset" else _by_ids
    for answer, document in walk(client, layer, tally):
        layer = _seen_system(layer, document)
        features = document.get("features")
        if not isinstance(features, list):
            found = client.glimpse(answer.head())
            raise Refused("REMOTE_NOT_DATA", url=answer.url, wanted="Esri JSON", found=found)
        some = tally.add(answer.path, [_id(item, layer.id_column) for item in features])
        if not some:
            break
    return layer


def _by_offset(
    client: Client, layer: Layer, tally: Tally
) -> Iterator[tuple[Answer, dict[str, Any]]]:
    """Pages by offset, until the server no longer says that it held something back."""
    while True:
        asked = _query(
            layer, outFields="*", returnGeometry="true", orderByFields=layer.id_column,
            resultOffset=tally.received, resultRecordCount=layer.paging["most"],
        )  # fmt: skip
        answer, document = _page(client, asked)
        yield answer, document
        whole = tally.matched is not None and tally.received >= tally.matched
        more = bool(document.get("exceededTransferLimit"))
        if not more and (whole or tally.matched is None):
            return


def _by_ids(client: Client, layer: Layer, tally: Tally) -> Iterator[tuple[Answer, dict[str, Any]]]:
    """Ranges of object ids; each must come whole."""
    document = _asked(client, _query(layer, returnIdsOnly="true"))
    listed = document.get("objectIds") or []
    ids = sorted(value for value in listed if isinstance(value, int))
    tally.expect(len(ids))
    step = int(layer.paging["most"])
    name, where = layer.id_column, layer.query["where"]
    for first in range(0, len(ids), step):
        part = ids[first : first + step]
        within = f"({where}) AND {name} >= {part[0]} AND {name} <= {part[-1]}"
        limited = replace(layer, query=layer.query | {"where": within})
        asked = _query(limited, outFields="*", returnGeometry="true", orderByFields=name)
        answer, found = _page(client, asked)
        yield answer, found
        if found.get("exceededTransferLimit"):
            tally.fall_short()


def _page(client: Client, url: str) -> tuple[Answer, dict[str, Any]]:
    answer = client.get(url, _JSON)
    return answer, _sound(client, client.parsed(answer), url)


def _asked(client: Client, url: str) -> dict[str, Any]:
    answer = client.get(url, _JSON)
    document = _sound(client, client.parsed(answer), url)
    answer.path.unlink()
    return document


def _sound(client: Client, document: dict[str, Any], url: str) -> dict[str, Any]:
    """ArcGIS reports its errors with status 200."""
    error = document.get("error")
    if isinstance(error, dict):
        said = f"{error.get('code')} {error.get('message')}"
        details = error.get("details")
        said += f" {' '.join(map(str, details))}" if isinstance(details, list) else ""
        if error.get("code") in (401, 403, 498, 499):
            raise Refused("REMOTE_UNAUTHORISED", url=client.shown(url), status=error["code"])
        raise Refused(
            "REMOTE_REPORTS_ERROR", url=client.shown(url), said=client.glimpse(said.encode())
        )
    return document


def _query(layer: Layer, **more: object) -> str:
    asked: dict[str, object] = {"where": layer.query["where"], "f": "json"}
    return with_query(f"{layer.address}/query", **(asked | more))


def _only(client: Client, service: str) -> str:
    document = _asked(client, with_query(service, f="json"))
    listed = [item for item in document.get("layers") or () if isinstance(item, dict)]
    names = [f"{item.get('id')} ({item.get('name')})" for item in listed]
    one_of(names, service)
    return str(listed[0].get("id"))


def _oid(fields: list[dict[str, Any]]) -> str:
    found = [str(f.get("name")) for f in fields if f.get("type") == "esriFieldTypeOID"]
    return found[0] if found else "OBJECTID"


def _id(feature: Any, name: str) -> str:
    attributes = feature.get("attributes") if isinstance(feature, dict) else None
    value = attributes.get(name) if isinstance(attributes, dict) else None
    return "" if value is None else str(value)


def _system(told: Any) -> str | None:
    """A CRS text of a spatialReference; the newer number first."""
    if not isinstance(told, dict):
        return None
    for code in (told.get("latestWkid"), told.get("wkid")):
        for authority in ("EPSG", "ESRI"):
            text = f"{authority}:{code}"
            if isinstance(code, int) and read_crs(text) is not None:
                return text
    wkt = told.get("wkt")
    return wkt if isinstance(wkt, str) and read_crs(wkt) is not None else None


def _extent(told: Any) -> tuple[Box | None, str]:
    crs = _system(told.get("spatialReference")) if isinstance(told, dict) else None
    try:
        west, south, east, north = (float(told[k]) for k in ("xmin", "ymin", "xmax", "ymax"))
    except (KeyError, TypeError, ValueError):
        return None, "OGC:CRS84"
    return ((west, south, east, north), crs) if crs else (None, "OGC:CRS84")


def _seen_system(layer: Layer, document: dict[str, Any]) -> Layer:
    found = _system(document.get("spatialReference"))
    return replace(layer, crs=found) if found else layer
