"""How the loopback platform speaks: one layer in the words of three protocols."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

import numpy as np
import shapely
from pyproj import CRS
from shapely.geometry import mapping

from tests.support.platform import Reply

if TYPE_CHECKING:
    import geopandas as gpd

    from tests.support.platform import Platform

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_GML = {"1.1.0": "http://www.opengis.net/gml", "2.0.0": "http://www.opengis.net/gml/3.2"}
_WFS = {"1.1.0": "http://www.opengis.net/wfs", "2.0.0": "http://www.opengis.net/wfs/2.0"}


def _turned(shapes: Any) -> Any:
    return shapely.transform(shapes, lambda xy: xy[:, ::-1])


def _code(platform: Platform) -> int:
    return int(platform.frame.crs.to_epsg())


def _northing_first(code: int) -> bool:
    return CRS(code).axis_info[0].direction == "north"


def _extent(platform: Platform) -> list[float]:
    told = platform.faults.extent
    return list(told or platform.frame.to_crs("OGC:CRS84").total_bounds)


def _slice(platform: Platform, start: str | None, count: str | None) -> gpd.GeoDataFrame:
    faults = platform.faults
    first = 0 if faults.deaf else int(start or 0)
    most = min(int(count) if count else 10**9, faults.cap)
    return platform.frame.iloc[first : first + most]


def _rows(frame: gpd.GeoDataFrame) -> list[tuple[Any, dict[str, Any], Any]]:
    names = [name for name in frame.columns if name != frame.geometry.name]
    values = frame[names].astype(object).where(frame[names].notna(), None)
    plain = [
        {k: v.item() if isinstance(v, np.generic) else v for k, v in row.items()}
        for row in values.to_dict("records")
    ]
    return list(zip(frame.index.tolist(), plain, frame.geometry.tolist(), strict=True))


# ---- OGC API Features


def ogc_api(platform: Platform, path: str, query: dict[str, str]) -> Reply:
    """Landing page, collections, one collection and its items."""
    base = f"{platform.address}/ogc"
    stored = f"http://www.opengis.net/def/crs/EPSG/0/{_code(platform)}"
    name = platform.name
    about = {
        "id": name,
        "extent": {"spatial": {"bbox": [_extent(platform)], "crs": CRS84}},
        "crs": [CRS84, stored],
        "storageCrs": stored,
        "attribution": "© Tiny platform",
        "links": [{"rel": "items", "href": f"{base}/collections/{name}/items"}],
    }
    if path in ("", "/"):
        links = [{"rel": "data", "href": f"{base}/collections"}]
        return _json({"title": "platform", "conformsTo": [], "links": links})
    if path == "/collections":
        return _json({"collections": [about], "links": []})
    if path == f"/collections/{name}":
        return _json(about)
    if path != f"/collections/{name}/items":
        return Reply(b"{}", status=404)
    return _items(platform, query, base, stored)


def _items(platform: Platform, query: dict[str, str], base: str, stored: str) -> Reply:
    faults = platform.faults
    start, limit = int(query.get("offset", 0)), query.get("limit", "10")
    frame = _slice(platform, str(start), limit)
    crs = CRS84 if faults.no_crs else query.get("crs", CRS84)
    shown = frame.to_crs("OGC:CRS84") if crs == CRS84 else frame
    promised = crs == stored and _northing_first(_code(platform))
    if promised != faults.swap:
        shown = shown.set_geometry(_turned(shown.geometry.to_numpy()), crs=None)
    features = [
        {"type": "Feature", "id": index, "properties": row, "geometry": mapping(shape)}
        for index, row, shape in _rows(shown)
    ]
    links = []
    if start + len(frame) < len(platform.frame) and not (faults.cap < 10_000 and faults.deaf):
        onward = {**query, "offset": str(start + len(frame))}
        host = faults.onward or f"{base}/collections/{platform.name}/items"
        href = f"{host}?{urlencode(onward)}"
        links.append({"rel": "next", "type": "application/geo+json", "href": href})
    body: dict[str, Any] = {
        "type": "FeatureCollection",
        "features": features,
        "links": links,
        "numberReturned": len(features) + faults.returned,
        "timeStamp": "2026-01-01T00:00:00Z",
    }
    if platform.matched:
        body["numberMatched"] = int(platform.matched)
    if faults.report:
        body = {"code": "ServerError", "description": "the database is away"}
    headers = {} if faults.no_crs else {"Content-Crs": f"<{crs}>"}
    reply = _json(body, data=True)
    reply.kind, reply.headers = "application/geo+json", headers
    return reply


# ---- WFS


def wfs(platform: Platform, query: dict[str, str]) -> Reply:
    """GetCapabilities, DescribeFeatureType, GetFeature."""
    version = query.get("version", "2.0.0")
    request = query.get("request", "")
    if request == "GetCapabilities":
        return _xml(_capabilities(platform, version))
    if request == "DescribeFeatureType":
        return _xml(_schema(platform))
    return _features(platform, query, version)


def _capabilities(platform: Platform, version: str) -> str:
    west, south, east, north = _extent(platform)
    name = "DefaultSRS" if version == "1.1.0" else "DefaultCRS"
    cap = platform.faults.cap
    return f"""<WFS_Capabilities version="{version}" xmlns="{_WFS[version]}"
 xmlns:ows="http://www.opengis.net/ows/1.1"><ows:OperationsMetadata>
 <ows:Constraint name="CountDefault"><ows:DefaultValue>{cap}</ows:DefaultValue></ows:Constraint>
 </ows:OperationsMetadata><FeatureTypeList><FeatureType>
 <Name>tiny:{platform.name}</Name><Title>Buildings</Title>
 <{name}>urn:ogc:def:crs:EPSG::{_code(platform)}</{name}>
 <ows:WGS84BoundingBox><ows:LowerCorner>{west} {south}</ows:LowerCorner>
 <ows:UpperCorner>{east} {north}</ows:UpperCorner></ows:WGS84BoundingBox>
 </FeatureType></FeatureTypeList></WFS_Capabilities>"""


def _schema(platform: Platform) -> str:
    kinds = {"i": "xsd:int", "f": "xsd:double"}
    lines = "".join(
        f'<xsd:element name="{name}" type="{kinds.get(column.dtype.kind, "xsd:string")}"/>'
        for name, column in platform.frame.drop(columns="geometry").items()
    )
    return f"""<xsd:schema xmlns:xsd="http://www.w3.org/2001/XMLSchema"
 targetNamespace="http://tiny.example"><xsd:complexType name="T"><xsd:sequence>{lines}
 </xsd:sequence></xsd:complexType></xsd:schema>"""


def _features(platform: Platform, query: dict[str, str], version: str) -> Reply:
    faults = platform.faults
    gml, wfs_space = _GML[version], _WFS[version]
    matched = platform.matched or "unknown"
    if query.get("resulttype") == "hits":
        matched = str(min(int(matched), faults.hits)) if matched.isdigit() else matched
        told = (
            f'numberOfFeatures="{matched}"' if version == "1.1.0"
            else f'numberMatched="{matched}" numberReturned="0"'
        )  # fmt: skip
        return _xml(f'<wfs:FeatureCollection xmlns:wfs="{wfs_space}" {told}/>')
    count = query.get("maxfeatures") if version == "1.1.0" else query.get("count")
    frame = _slice(platform, query.get("startindex"), count)
    srs = query.get("srsname", f"urn:ogc:def:crs:EPSG::{_code(platform)}")
    northing = srs.startswith("urn:") and _northing_first(_code(platform))
    shapes = frame.geometry.to_numpy()
    if northing != faults.swap:
        frame = frame.set_geometry(_turned(shapes), crs=None)
    number = len(frame) + faults.returned
    told = (
        f'numberOfFeatures="{number}"' if version == "1.1.0"
        else f'numberMatched="{matched}" numberReturned="{number}"'
    )  # fmt: skip
    member = "gml:featureMember" if version == "1.1.0" else "wfs:member"
    members = "".join(
        f"<{member}>{_feature(platform.name, index, row, shape, srs)}</{member}>"
        for index, row, shape in _rows(frame)
    )
    if faults.report:
        members += "<ows:ExceptionReport xmlns:ows='http://www.opengis.net/ows/1.1'><ows:Exception>"
        members += "<ows:ExceptionText>the database is away</ows:ExceptionText></ows:Exception>"
        members += "</ows:ExceptionReport>"
    body = f"""<?xml version="1.0" encoding="UTF-8"?>
<wfs:FeatureCollection xmlns:wfs="{wfs_space}" xmlns:gml="{gml}" xmlns:tiny="http://tiny.example"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://tiny.example {platform.address}/lure.xsd" {told}>{members}
</wfs:FeatureCollection>"""
    return _xml(body, data=True)


def _feature(name: str, index: Any, row: dict[str, Any], shape: Any, srs: str) -> str:
    values = "".join(
        f"<tiny:{key}>{escape(str(value))}</tiny:{key}>"
        for key, value in row.items()
        if value is not None
    )
    identifier = quoteattr(f"{name}.{index}")
    return (
        f"<tiny:{name} gml:id={identifier}>{values}"
        f"<tiny:geometry>{_gml(shape, srs)}</tiny:geometry></tiny:{name}>"
    )


def _gml(shape: Any, srs: str) -> str:
    named = f" srsName={quoteattr(srs)}" if srs else ""
    if shape.geom_type == "MultiPolygon":
        parts = "".join(
            f"<gml:surfaceMember>{_gml(one, '')}</gml:surfaceMember>" for one in shape.geoms
        )
        return f"<gml:MultiSurface{named}>{parts}</gml:MultiSurface>"
    rings = f"<gml:exterior>{_ring(shape.exterior)}</gml:exterior>" + "".join(
        f"<gml:interior>{_ring(one)}</gml:interior>" for one in shape.interiors
    )
    return f"<gml:Polygon{named}>{rings}</gml:Polygon>"


def _ring(ring: Any) -> str:
    text = " ".join(f"{x!r} {y!r}" for x, y in np.asarray(ring.coords)[:, :2].tolist())
    return f"<gml:LinearRing><gml:posList>{text}</gml:posList></gml:LinearRing>"


# ---- ArcGIS REST

_RANGE = re.compile(r"^\(?1=1\)? AND OBJECTID >= (\d+) AND OBJECTID <= (\d+)$")
_ESRI_NUMBERS = {3857: 102100, 2263: 102718}
"""Systems that Esri numbered before EPSG did: `wkid` is theirs, `latestWkid` EPSG's."""
_PAGE = 1000


def arcgis(platform: Platform, path: str, query: dict[str, str]) -> Reply:
    """A FeatureServer with one layer; a page of HTML to whoever does not ask for JSON."""
    if query.get("f") not in ("json", "pjson"):
        return Reply(b"<html><head><title>ArcGIS REST Services Directory</title>", "text/html")
    if platform.faults.sealed:
        return _esri_error(499, "Token Required")
    service = "/arcgis/rest/services/tiny/FeatureServer"
    code = _code(platform)
    wkid = {"wkid": _ESRI_NUMBERS.get(code, code), "latestWkid": code}
    if path == service:
        layers = [{"id": 0, "name": platform.name}]
        return _json({"currentVersion": 11.1, "serviceDescription": "", "layers": layers})
    if path == f"{service}/0":
        kinds = {"i": "esriFieldTypeInteger", "f": "esriFieldTypeDouble"}
        plain = platform.frame.drop(columns="geometry")
        told = platform.faults.extent
        low_high = told or platform.frame.total_bounds.tolist()
        box = dict(zip(("xmin", "ymin", "xmax", "ymax"), low_high, strict=True))
        return _json({
            "currentVersion": 11.1, "id": 0, "name": platform.name,
            "geometryType": "esriGeometryPolygon", "objectIdField": "OBJECTID",
            "copyrightText": "© Tiny platform",
            "fields": _fields(plain, kinds), "maxRecordCount": min(platform.faults.cap, _PAGE),
            "extent": {**box, "spatialReference": wkid},
            "advancedQueryCapabilities": {"supportsPagination": not platform.faults.unpaged},
        })  # fmt: skip
    if path != f"{service}/0/query":
        return _esri_error(404, "Service not found")
    return _query(platform, query, wkid)


def _fields(plain: Any, kinds: dict[str, str]) -> list[dict[str, str]]:
    listed = [{"name": "OBJECTID", "type": "esriFieldTypeOID", "alias": "OBJECTID"}]
    for name, column in plain.items():
        kind = kinds.get(column.dtype.kind, "esriFieldTypeString")
        listed.append({"name": name, "type": kind, "alias": name})
    return listed


def _esri_error(code: int, message: str, *details: str) -> Reply:
    """As their servers tell errors: with status 200."""
    return _json({"error": {"code": code, "message": message, "details": list(details)}})


def _esri_ids(frame: Any) -> Any:
    """Object ids: not from one, and with gaps where rows were deleted."""
    return frame.index.to_numpy() * 3 + 7


def _chosen(platform: Platform, query: dict[str, str]) -> tuple[Any, bool] | Reply:
    """Rows that a query asks for, and whether some are held back; an error where it is wrong."""
    faults, whole = platform.faults, platform.frame
    where = query.get("where", "")
    held = _RANGE.match(where)
    if held is None and where not in ("1=1", "(1=1)"):
        return _esri_error(400, "Cannot perform query. Invalid query parameters.", "'where'")
    if held is not None:
        ids = _esri_ids(whole)
        whole = whole[(ids >= int(held[1])) & (ids <= int(held[2]))]
    paged = {"resultoffset", "resultrecordcount"} & query.keys()
    if faults.unpaged and paged:
        return _esri_error(400, "Pagination is not supported.")
    first = 0 if faults.deaf else int(query.get("resultoffset", 0))
    asked = int(query.get("resultrecordcount", _PAGE))
    frame = whole.iloc[first : first + min(asked, faults.cap, _PAGE)]
    return frame, int(query.get("resultoffset", 0)) + len(frame) < len(whole)


def _query(platform: Platform, query: dict[str, str], wkid: dict[str, int]) -> Reply:
    faults = platform.faults
    if faults.report:
        return _esri_error(400, "Unable to complete operation.", "away")
    if "returncountonly" in query:
        return _json({"count": int(platform.matched)} if platform.matched else {})
    if "returnidsonly" in query:
        ids = _esri_ids(platform.frame).tolist()[::-1]  # their order means nothing
        return _json({"objectIdFieldName": "OBJECTID", "objectIds": ids})
    found = _chosen(platform, query)
    if isinstance(found, Reply):
        return found
    frame, more = found
    if faults.swap:
        frame = frame.set_geometry(_turned(frame.geometry.to_numpy()), crs=None)
    kinds = {"i": "esriFieldTypeInteger", "f": "esriFieldTypeDouble"}
    names = {"OBJECTID"} | (set(frame.columns) if query.get("outfields") == "*" else set())
    features = [
        {
            "attributes": {k: v for k, v in {"OBJECTID": oid, **row}.items() if k in names},
            "geometry": {"rings": _esri(shape)},
        }
        for oid, (_, row, shape) in zip(_esri_ids(frame).tolist(), _rows(frame), strict=True)
    ]
    plain = platform.frame.drop(columns="geometry")
    body: dict[str, Any] = {
        "objectIdFieldName": "OBJECTID",
        "geometryType": "esriGeometryPolygon",
        "spatialReference": wkid,
        "fields": [one for one in _fields(plain, kinds) if one["name"] in names],
        "features": features,
    }
    if query.get("returngeometry") == "false":
        for one in features:
            del one["geometry"]
    if (more and not faults.deaf) or faults.held_back:
        body["exceededTransferLimit"] = True
    return _json(body, data=True)


def _esri(shape: Any) -> list[Any]:
    """Rings: outer ones clockwise, holes the other way."""
    parts = shape.geoms if shape.geom_type == "MultiPolygon" else [shape]
    rings = []
    for part in parts:
        turned = shapely.geometry.polygon.orient(part, sign=-1.0)
        rings += [
            np.asarray(r.coords)[:, :2].tolist() for r in (turned.exterior, *turned.interiors)
        ]
    return rings


def _json(body: Any, data: bool = False) -> Reply:
    return Reply(json.dumps(body, ensure_ascii=False).encode(), data=data)


def _xml(body: str, data: bool = False) -> Reply:
    return Reply(body.encode(), "text/xml; charset=utf-8", data=data)
