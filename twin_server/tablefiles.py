"""Tables of units as files: one function a format, through GDAL, Arrow, pandas and openpyxl."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import pandas as pd

Tables = dict[str, gpd.GeoDataFrame]

_FORMULA = ("=", "+", "-", "@", "\t", "\r")

ONE_LEVEL = ("flatgeobuf",)
"""Formats whose file holds one layer of one kind."""


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers stay numbers."""
    safe = table.copy()
    for name in safe.columns:
        if pd.api.types.is_numeric_dtype(safe[name]) or safe[name].dtype == bool:
            continue
        words = safe[name].fillna("").astype(str)
        safe[name] = words.where(~words.str.startswith(_FORMULA), "'" + words)
    return safe


def _flat(tables: Tables) -> dict[str, pd.DataFrame]:
    return {
        name: harmless(pd.DataFrame(table.drop(columns="geometry")))
        for name, table in tables.items()
    }


def _csv(tables: Tables, path: Path) -> None:
    stacked = pd.concat(list(_flat(tables).values()), ignore_index=True)
    stacked.to_csv(path, index=False, encoding="utf-8-sig")


def _xlsx(tables: Tables, path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, table in _flat(tables).items():
        sheet = book.create_sheet(name)
        sheet.append(list(table.columns))
        blank = table.astype(object).where(table.notna(), None)
        for row in blank.itertuples(index=False, name=None):
            sheet.append(row)
    book.save(path)


def _gpkg(tables: Tables, path: Path) -> None:
    for name, table in tables.items():
        table.to_file(path, layer=name, driver="GPKG", engine="pyogrio")


def _geoparquet(tables: Tables, path: Path) -> None:
    _stacked(tables).to_parquet(path, index=False)


def _flatgeobuf(tables: Tables, path: Path) -> None:
    for table in tables.values():
        table.to_file(path, driver="FlatGeobuf", engine="pyogrio")


def _geojson(tables: Tables, path: Path) -> None:
    """RFC 7946: longitude and latitude in WGS84, to a tenth of a millimetre."""
    world = _stacked(tables).to_crs("EPSG:4326")
    world.to_file(path, driver="GeoJSON", engine="pyogrio", COORDINATE_PRECISION=9)


def _pmtiles(tables: Tables, path: Path) -> None:
    """Vector tiles, a layer a level; nothing is left out of a tile that GDAL thinks too full."""
    import pyogrio

    drawn = _stacked(tables)
    drawn = drawn[drawn["level"] != "city"] if drawn["level"].nunique() > 1 else drawn
    pyogrio.write_dataframe(
        drawn.to_crs("EPSG:3857"), path, driver="PMTiles", layer="units",
        dataset_options={"MINZOOM": 8, "MAXZOOM": 15, "MAX_SIZE": 50_000_000,
                         "MAX_FEATURES": 5_000_000},
    )  # fmt: skip


def _stacked(tables: Tables) -> gpd.GeoDataFrame:
    stacked = pd.concat(list(tables.values()), ignore_index=True)
    return gpd.GeoDataFrame(stacked, geometry="geometry")


FILES: dict[str, Callable[[Tables, Path], None]] = {
    "gpkg": _gpkg,
    "geoparquet": _geoparquet,
    "flatgeobuf": _flatgeobuf,
    "geojson": _geojson,
    "csv": _csv,
    "xlsx": _xlsx,
    "pmtiles": _pmtiles,
}
"""Format → what writes it."""
