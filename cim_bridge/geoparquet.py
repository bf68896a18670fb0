"""What the `geo` metadata of a GeoParquet file says, checked (versions 0.1 to 1.1).

The format keeps x east and y north whatever the CRS's own axes are; without a `crs` member the
coordinates are OGC:CRS84, with `null` nobody knows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from cim_bridge.crsspell import WGS84, crs_text

ENCODINGS = (
    "WKB", "point", "linestring", "polygon", "multipoint", "multilinestring", "multipolygon",
)  # fmt: skip
"""Well-known binary, and the native layouts of version 1.1."""
_NAMED = ("geometry", "geom", "wkb_geometry", "the_geom", "wkb", "shape")


class NotGeo(ValueError):
    """The metadata are absent or say nothing that can be used; the text says what is wrong."""


@dataclass(frozen=True)
class GeoColumn:
    """The geometry column to read.

    others: further geometry columns. covering: columns that only repeat bounding boxes. bounds:
    (west, south, east, north) as declared. spherical: edges follow great circles.
    """

    name: str
    encoding: str
    crs: str | None
    version: str = ""
    others: tuple[str, ...] = ()
    covering: tuple[str, ...] = ()
    bounds: tuple[float, float, float, float] | None = None
    spherical: bool = False


def geo_column(schema: Any) -> GeoColumn:
    """Read a pyarrow schema's metadata; NotGeo when no geometry column can be told."""
    text = (schema.metadata or {}).get(b"geo")
    if text is None:
        return _undeclared(schema)
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as exc:
        raise NotGeo(f"its `geo` metadata are not JSON: {exc}") from exc
    columns = told.get("columns") if isinstance(told, dict) else None
    if not isinstance(columns, dict) or not columns:
        raise NotGeo("its `geo` metadata name no columns")
    version = str(told.get("version") or told.get("schema_version") or "")
    if version and version.split(".")[0] not in ("0", "1"):
        raise NotGeo(f"version {version} of GeoParquet is not known here")
    name = str(told.get("primary_column") or next(iter(columns)))
    about = columns.get(name)
    if not isinstance(about, dict) or name not in schema.names:
        raise NotGeo(f"its primary column {name} is not in the file")
    encoding = str(about.get("encoding", "WKB"))
    if encoding not in ENCODINGS:
        raise NotGeo(f"encoding {encoding} of column {name} is not one of {', '.join(ENCODINGS)}")
    return GeoColumn(
        name, encoding, _crs(about), version,
        tuple(other for other in columns if other != name and other in schema.names),
        _covering(about, schema.names), _bounds(about.get("bbox")),
        about.get("edges") == "spherical",
    )  # fmt: skip


def _undeclared(schema: Any) -> GeoColumn:
    """No `geo` metadata: a column that Arrow marks as WKB, or one named and typed like it."""
    for field in schema:
        marks: Mapping[bytes, bytes] = field.metadata or {}
        if marks.get(b"ARROW:extension:name") == b"geoarrow.wkb":
            about = marks.get(b"ARROW:extension:metadata", b"{}")
            try:
                told = orjson.loads(about or b"{}")
            except orjson.JSONDecodeError:
                told = {}
            return GeoColumn(field.name, "WKB", _named_crs(told.get("crs")))
    names = {str(name).lower(): str(name) for name in schema.names}
    for word in _NAMED:
        if word in names and str(schema.field(names[word]).type) in ("binary", "large_binary"):
            return GeoColumn(names[word], "WKB", None)
    raise NotGeo("it has no `geo` metadata and no column of WKB called geometry")


def _crs(about: dict[str, Any]) -> str | None:
    return _named_crs(about["crs"]) if "crs" in about else WGS84


def _named_crs(given: Any) -> str | None:
    """PROJJSON, WKT or a code as our CRS text; None where it is null."""
    if given is None:
        return None
    if not isinstance(given, dict):
        return crs_text(given)
    code = given.get("id")
    if isinstance(code, dict):
        name = f"{code.get('authority')}:{code.get('code')}"
        return WGS84 if name in ("OGC:CRS84", "OGC:CRS84h") else crs_text(name)
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return crs_text(CRS.from_json_dict(given).to_wkt())
    except (CRSError, TypeError, ValueError):
        return str(given.get("name") or "PROJJSON without a name")


def _covering(about: dict[str, Any], names: list[str]) -> tuple[str, ...]:
    """Top columns of the declared bounding boxes of rows."""
    boxes = about.get("covering")
    box = boxes.get("bbox") if isinstance(boxes, dict) else None
    paths = box.values() if isinstance(box, dict) else ()
    tops = [str(path[0]) for path in paths if isinstance(path, list) and path]
    return tuple(name for name in dict.fromkeys(tops) if name in names)


def _bounds(box: Any) -> tuple[float, float, float, float] | None:
    if not isinstance(box, list) or len(box) not in (4, 6):
        return None
    if not all(isinstance(value, (int, float)) for value in box):
        return None
    half = len(box) // 2
    return float(box[0]), float(box[1]), float(box[half]), float(box[half + 1])
