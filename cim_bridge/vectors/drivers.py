"""GDAL with only harmless drivers (the keeper of pyogrio's import).

GDAL sniffs content and would follow files into the network and the disk. So the drivers not named
here are not even registered, its network file systems are shut, and it reads in a child process.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

DRIVERS: dict[str, str] = {
    "GPKG": "SQLite format 3",
    "ESRI Shapefile": "\x00\x00\x27\x0a",
    "FlatGeobuf": "fgb",
    "GeoJSON": "{",
    "GeoJSONSeq": "{",
    "TopoJSON": "{",
}
"""Allowed GDAL drivers and how their files begin."""

CHUNKED = ("GPKG", "FlatGeobuf")
"""Drivers that skip to a row at once; the others would read the file again for every chunk."""

_SKIPPED = (
    "ADBC,AIVector,AVCBin,AVCE00,AmigoCloud,CSV,CSW,Carto,DGN,DXF,EDIGEO,EEDA,ESRIJSON,"
    "Elasticsearch,GDALG,GML,GPSBabel,GPX,GTFS,GeoRSS,HTTP,Idrisi,JML,JSONFG,KML,LIBKML,"
    "LVBAG,MBTiles,MapInfo File,MapML,MiraMonVector,NGW,OAPIF,ODS,OGCAPI,OGR_GMT,OGR_PDS,"
    "OGR_VRT,OSM,OpenFileGDB,PCIDSK,PDF,PDS4,PGDUMP,PLSCENES,S57,SQLite,SXF,Selafin,VDV,VFK,"
    "VICAR,WAsP,WFS,XLSX"
)

_SHUT = {
    "OGR_SKIP": _SKIPPED,
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": ".none",
    "GDAL_DISABLE_READDIR_ON_OPEN": "FALSE",
    "OGR_SQLITE_LOAD_EXTENSIONS": "NO",
    "OGR_GPKG_ALLOW_SQL_CREATE_VIRTUAL_TABLE": "NO",
}


def load_pyogrio() -> Any:
    """Import pyogrio with only harmless drivers registered."""
    for name, value in _SHUT.items():
        os.environ.setdefault(name, value)
    return import_module("pyogrio")
