"""Vector layers as GeoPackages whose bytes depend on their content only."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import geopandas as gpd
import pyogrio

EPOCH = "2026-01-01T00:00:00.000Z"
NOTE = "Fictitious city, synthetic data, CC0 虚构城市，合成数据"


def write_layer(folder: Path, name: str, frame: gpd.GeoDataFrame) -> Path:
    """``<name>.gpkg`` with one layer of that name; the description says it is synthetic."""
    path = folder / f"{name}.gpkg"
    path.unlink(missing_ok=True)
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": EPOCH})
    try:
        frame.to_file(
            path,
            layer=name,
            driver="GPKG",
            engine="pyogrio",
            DESCRIPTION=NOTE,
            IDENTIFIER=f"{name} (synthetic)",
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
    return path


def label_of(path: Path) -> str:
    """The description of a GeoPackage's first layer."""
    with sqlite3.connect(path) as db:
        row = db.execute("SELECT description FROM gpkg_contents LIMIT 1").fetchone()
    return str(row[0]) if row else ""
