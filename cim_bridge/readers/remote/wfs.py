"""WFS 2.0 and 1.1: GetFeature in GML, paged, counted by `resultType=hits`.

A server of 1.1 has no paging in its standard: when it cuts its answer off, the vendors' usual
`startIndex` is tried, and when that repeats what came, the read is refused.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlsplit, urlunsplit

from cim_bridge.crs import Box, crs_text, read_crs
from cim_bridge.readers.remote.client import Client, with_query
from cim_bridge.readers.remote.failures import Refused
from cim_bridge.readers.remote.gmlpage import GmlPage, local, read_page, small_document
from cim_bridge.readers.remote.layer import Layer, Tally
from cim_bridge.readers.remote.names import number, one_of

_XML = "application/gml+xml, application/xml;q=0.9, text/xml;q=0.9"
_OFFICIAL = re.compile(r"^(urn:|https?://www\.opengis\.net/def/)", re.IGNORECASE)
_OWN = frozenset(
    ("service", "version", "request", "typename", "typenames", "startindex", "count", "maxfeatures",
     "resulttype", "outputformat", "srsname")
)  # fmt: skip
_TYPES = {
    "string": "text", "integer": "integer", "int": "integer", "long": "integer",
    "short": "integer", "nonNegativeInteger": "integer", "positiveInteger": "integer",
    "double": "number", "float": "number", "decimal": "number", "boolean": "truth",
}  # fmt: skip
V1, V2 = "1.1.0", "2.0.0"


def layer(client: Client, url: str, wished: str | None) -> Layer:
    """Describe a feature type; the address may name it with typeName, and the version."""
    parts = urlsplit(url)
    given = {name.lower(): value for name, value in parse_qsl(parts.query)}
    rest = [(k, v) for k, v in parse_qsl(parts.query) if k.lower() not in _OWN]
    base = urlunsplit(parts._replace(query="&".join(f"{k}={v}" for k, v in rest)))
    asked = with_query(
        base, service="WFS", version=given.get("version", V2), request="GetCapabilities"
    )
    root = small_document(client, client.get(asked, _XML))
    version = _version(root, client, asked)
    types = {_text(item, "Name"): item for item in root.iter("{*}FeatureType")}
    wanted = given.get("typenames") or given.get("typename") or ""
    item = _chosen(types, wanted, client.shown(base))
    name = _text(item, "Name")
    srs = _text(item, "DefaultCRS") or _text(item, "DefaultSRS") or _text(item, "SRS")
    crs = crs_text(srs)
    if crs is None or read_crs(crs) is None:
        crs = None
    query = {"version": version, "name": name} | ({"srsName": srs} if srs else {})
    described = Layer(
        protocol=f"WFS {version[:3]}",
        address=client.shown(base),
        name=name.rpartition(":")[2],
        driver="GML",
        crs=crs or wished,
        official=bool(_OFFICIAL.match(srs)),
        extent=_extent(item),
        id_column="gml_id",
        query=query,
        paging=_cap(root),
    )
    return replace(described, types=_described(client, described))


def pages(client: Client, layer: Layer, tally: Tally) -> Layer:
    """Ask for the count, then for page after page until nothing more comes.

    The count is not the end: MapServer counts no further than its own cap, so that the feature
    after the last one is asked for before an answer passes for the whole.
    """
    tally.expect(_hits(client, layer), atleast=True)
    paged = layer.query["version"] != V1
    while True:
        asked = _window(layer, tally.received, client.limits.page_size) if paged else {}
        answer = client.get(_request(layer, **asked), _XML)
        page = read_page(client, answer)
        if layer.query["version"] != V1:
            tally.expect(page.matched)
        layer = _seen_system(layer, page)
        if not tally.add(answer.path, page.ids, page.returned):
            return layer
        whole = not paged if tally.matched is None else tally.received >= tally.matched
        if whole and not _more(client, layer, tally):
            return layer
        paged = True


def _window(layer: Layer, start: int, count: int) -> dict[str, object]:
    name = "maxFeatures" if layer.query["version"] == V1 else "count"
    return {"startIndex": start, name: count}


def _more(client: Client, layer: Layer, tally: Tally) -> bool:
    """Whether there is a feature after the last that came.

    A server that does not know paging gives one that came before, or an error; then the cap that
    it declares must not be just what came.
    """
    url = _request(layer, **_window(layer, tally.received, 1))
    try:
        answer = client.get(url, _XML)
        page = read_page(client, answer)
        answer.path.unlink()
    except Refused as exc:
        if exc.code not in ("REMOTE_STATUS", "REMOTE_REPORTS_ERROR", "REMOTE_FAILED"):
            raise
        page = None
    if page is not None and not page.ids:
        return False
    if page is not None and not tally.knows(page.ids):
        return True
    if layer.paging.get("cap") == str(tally.received):
        tally.fall_short(f"> {tally.received}")
    return False


def _request(layer: Layer, **more: object) -> str:
    version = layer.query["version"]
    name = "typeName" if version == V1 else "typeNames"
    asked: dict[str, object] = {
        "service": "WFS", "version": version, "request": "GetFeature", name: layer.query["name"],
    }  # fmt: skip
    if "srsName" in layer.query:
        asked["srsName"] = layer.query["srsName"]
    return with_query(layer.address, **(asked | more))


def _hits(client: Client, layer: Layer) -> int | None:
    answer = client.get(_request(layer, resultType="hits"), _XML)
    page = read_page(client, answer)
    answer.path.unlink()
    return page.matched


def _version(root: Any, client: Client, asked: str) -> str:
    """The version that will be spoken: 2.0.x or 1.1.x, as the server answered."""
    if local(root) != "WFS_Capabilities":
        found = client.glimpse(str(root.tag).encode())
        raise Refused(
            "REMOTE_NOT_DATA", url=client.shown(asked), wanted="WFS_Capabilities", found=found
        )
    told = str(root.get("version") or "")
    if told.startswith("2.0"):
        return V2
    if told.startswith("1.1"):
        return V1
    raise Refused("REMOTE_VERSION", url=client.shown(asked), version=told or "—")


def _chosen(types: dict[str, Any], wanted: str, address: str) -> Any:
    """The type of that name, with or without its prefix; the only one when none is named."""
    names = list(types)
    if wanted:
        plain = wanted.rpartition(":")[2]
        fitting = [name for name in names if name == wanted]
        fitting = fitting or [name for name in names if name.rpartition(":")[2] == plain]
        if len(fitting) == 1:
            return types[fitting[0]]
    return types[one_of(names, address)] if not wanted else _unknown(names, wanted, address)


def _unknown(names: list[str], wanted: str, address: str) -> Any:
    shown = ", ".join(names[:20]) or "—"
    raise Refused("REMOTE_LAYER_UNKNOWN", url=address, name=wanted, names=shown)


def _text(item: Any, name: str) -> str:
    found = item.find(f"{{*}}{name}")
    return (found.text or "").strip() if found is not None else ""


def _cap(root: Any) -> dict[str, str]:
    """How many features an answer holds at most, where the server declares it."""
    for item in root.iter("{*}Constraint"):
        if item.get("name") in ("CountDefault", "DefaultMaxFeatures"):
            told = number(_text(item, "DefaultValue") or _text(item, "Value"))
            if told:
                return {"cap": str(told)}
    return {}


def _extent(item: Any) -> Box | None:
    box = item.find("{*}WGS84BoundingBox")
    if box is None:
        return None
    try:
        west, south = map(float, _text(box, "LowerCorner").split()[:2])
        east, north = map(float, _text(box, "UpperCorner").split()[:2])
    except ValueError:
        return None
    return west, south, east, north


def _described(client: Client, layer: Layer) -> dict[str, str]:
    """Column → type from DescribeFeatureType; nothing when the server does not describe it."""
    version = layer.query["version"]
    name = "typeName" if version == V1 else "typeNames"
    asked = with_query(
        layer.address, service="WFS", version=version, request="DescribeFeatureType",
        **{name: layer.query["name"]},
    )  # fmt: skip
    try:
        root = small_document(client, client.get(asked, _XML))
    except Refused as exc:
        if exc.code in ("REMOTE_STATUS", "REMOTE_NOT_DATA", "REMOTE_REPORTS_ERROR"):
            return {}
        raise
    found: dict[str, str] = {}
    for element in root.iter("{http://www.w3.org/2001/XMLSchema}element"):
        kind = str(element.get("type") or "").rpartition(":")[2]
        inner = element.find(".//{http://www.w3.org/2001/XMLSchema}restriction")
        kind = kind or (str(inner.get("base")).rpartition(":")[2] if inner is not None else "")
        if kind in _TYPES and element.get("name"):
            found[str(element.get("name"))] = _TYPES[kind]
    return found


def _seen_system(layer: Layer, page: GmlPage) -> Layer:
    """Heed the system that the coordinates themselves name."""
    if not page.srs:
        return layer
    crs = crs_text(page.srs)
    if crs is None or read_crs(crs) is None:
        return layer
    return replace(layer, crs=crs, official=bool(_OFFICIAL.match(page.srs)))
