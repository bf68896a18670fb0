"""GeoPackage, GeoJSON, Shapefile and FlatGeobuf: units of any level (the keeper of pyogrio).

GDAL sniffs content and would follow files into the network and the disk, so only the drivers named
here are registered, and the magic of a file must match before it is opened.
"""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import crs_text
from cim_bridge.encoding import mend_texts
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish
from cim_bridge.rowunits import reading_of

if TYPE_CHECKING:
    import pandas as pd

DRIVERS: dict[str, str] = {
    "GPKG": "SQLite format 3",
    "ESRI Shapefile": "\x00\x00\x27\x0a",
    "FlatGeobuf": "fgb",
    "GeoJSON": "{",
    "GeoJSONSeq": "{",
    "TopoJSON": "{",
}
"""Allowed GDAL drivers and how their files begin."""

_SKIPPED = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,CSV,CSW,Carto,DGN,DXF,EDIGEO,EEDA,ESRIJSON,"
    "Elasticsearch,GDALG,GML,GPSBabel,GPX,GTFS,GeoRSS,HTTP,Idrisi,JML,JSONFG,KML,LIBKML,"
    "LVBAG,MBTiles,MapInfo File,MapML,MiraMonVector,NGW,OAPIF,ODS,OGCAPI,OGR_GMT,OGR_PDS,"
    "OGR_VRT,OSM,OpenFileGDB,PCIDSK,PDF,PDS4,PGDUMP,PLSCENES,S57,SQLite,SXF,Selafin,VDV,VFK,"
    "VICAR,WAsP,WFS,XLSX"
)
_JSON_TYPES = (
    b'"FeatureCollection"', b'"Feature"', b'"GeometryCollection"', b'"Topology"',
    b'"MultiPolygon"', b'"Polygon"', b'"Point"', b'"LineString"', b'"MultiLineString"',
)  # fmt: skip


class Vector:
    """Reads one vector file, its first layer."""

    name = "vector"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the first bytes are those of a driver we allow."""
        if head.startswith((b"SQLite format 3", b"fgb")):
            return True
        if head.startswith(b"\x00\x00\x27\x0a"):
            return path.suffix.lower() == ".shp"
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n\x1e")
        unsafe = b"gdal_streamed_alg" in head or b"connection_url" in head
        named = path.suffix.lower() in (".geojson", ".json", ".geojsonl", ".geojsons", ".topojson")
        return (
            text.startswith(b"{")
            and not unsafe
            and (named or any(word in head for word in _JSON_TYPES))
        )

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read the file; None when an error was found."""
        before = len(log.errors)
        frame, shapes, crs, undeclared = _open(path, log)
        if frame is None or len(log.errors) > before:
            return None
        mend_texts(frame, log, file=path.name, undeclared=undeclared)
        return reading_of(frame, shapes, crs, wish, log, path.name)


def load_pyogrio() -> Any:
    """Import pyogrio with only harmless drivers registered."""
    os.environ.setdefault("OGR_SKIP", _SKIPPED)
    os.environ.setdefault("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", ".none")
    import pyogrio

    return pyogrio


_Opened = tuple["pd.DataFrame | None", npt.NDArray[Any], str | None, bool]


def _open(path: Path, log: IssueLog) -> _Opened:
    """Table, shapes, CRS, and whether the encoding of texts is undeclared."""
    import shapely

    nothing: _Opened = (None, np.zeros(0, object), None, False)
    pyogrio = load_pyogrio()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            info = pyogrio.read_info(path)
            if info["driver"] not in DRIVERS:
                log.add("FORMAT_UNKNOWN", file=path, known=", ".join(DRIVERS))
                return nothing
            (meta, _, geometry, fields), undeclared = _raw(pyogrio, path, info)
    except UnicodeDecodeError as exc:
        log.add("TEXT_NOT_UTF8", file=path, reason=_short(exc))
        return nothing
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as exc:
        log.add("VECTOR_UNREADABLE", file=path, reason=_short(exc))
        return nothing
    except (ValueError, RuntimeError) as exc:
        log.add("VECTOR_UNREADABLE", file=path, reason=_short(exc))
        return nothing
    frame = _frame(meta["fields"], fields, geometry)
    shapes: npt.NDArray[Any] = np.full(len(frame), None, dtype=object)
    if geometry is not None:
        shapes = shapely.from_wkb(geometry, on_invalid="ignore")
    return frame, shapes, crs_text(meta["crs"]), undeclared


def _frame(names: Any, fields: Any, geometry: Any) -> pd.DataFrame:
    import pandas as pd

    frame = pd.DataFrame({str(name): values for name, values in zip(names, fields, strict=True)})
    return frame if len(fields) else frame.reindex(range(len(geometry)))


def _raw(pyogrio: Any, path: Path, info: dict[str, Any]) -> Any:
    """Read columns; texts of a Shapefile that declares no encoding come byte for byte."""
    if info["driver"] == "ESRI Shapefile" and info["encoding"] == "ISO-8859-1":
        declared = path.with_suffix(".cpg").is_file()
        return pyogrio.raw.read(path, encoding="ISO-8859-1"), not declared
    try:
        return pyogrio.raw.read(path), False
    except UnicodeDecodeError:
        if info["driver"] != "ESRI Shapefile":
            raise
        return pyogrio.raw.read(path, encoding="ISO-8859-1"), True


def _short(error: Exception) -> str:
    return str(error).replace("\n", " ")[:300]


READER = Vector()
