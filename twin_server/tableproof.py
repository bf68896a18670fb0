"""Reads an exported table back and compares it: ids, values, and every corner of the geometry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim_bridge.writers.proof import Proof

Tables = dict[str, gpd.GeoDataFrame]

_FLAT = ("csv", "xlsx")
"""Formats that carry no geometry."""


def same_tables(tables: Tables, path: Path, form: str) -> Proof:
    """Compare what was written with what another library reads from the file."""
    proof = Proof(path.name, "table")
    back = _READ[form](path, list(tables))
    given = pd.concat([pd.DataFrame(table) for table in tables.values()], ignore_index=True)
    if form == "pmtiles":
        levels = given["level"].nunique()
        given = given[given["level"] != "city"] if levels > 1 else given
        back = back.drop_duplicates("id")  # a unit lies in every tile it touches
        given = given[~shapely.is_missing(given["geometry"].to_numpy())]
    proof.ids(given["id"].astype(str), back["id"].astype(str))
    if proof.missing or proof.extra or len(given) != len(back):
        return proof
    given = given.sort_values("id", kind="stable").reset_index(drop=True)
    back = back.sort_values("id", kind="stable").reset_index(drop=True)
    results = [name for name in given.columns if f"{name}_state" in given.columns]
    proof.attributes_added = 3 * len(results) * len(given)
    _values(proof, given, back, results)
    if form in _FLAT or form == "pmtiles":
        proof.max_deviation = 0.0  # no geometry, or drawn on the grid of tiles: not compared
    else:
        crs: Any = next(iter(tables.values())).crs
        shapes = gpd.GeoSeries(back["geometry"].to_numpy(), crs=getattr(back, "crs", crs) or crs)
        _shapes(proof, given["geometry"].to_numpy(), shapes.to_crs(crs).to_numpy())
    return proof


def _values(proof: Proof, given: pd.DataFrame, back: pd.DataFrame, results: list[str]) -> None:
    for name in results:
        for column in (name, f"{name}_state", f"{name}_period"):
            if column not in back.columns:
                proof.differences.append(f"column {column} is not in the file")
                continue
            if column == name:
                a, b = (_numbers(t[column]) for t in (given, back))
                same = np.isclose(a, b, rtol=1e-12, atol=0, equal_nan=True)
            else:
                words = [t[column].fillna("").astype(str).to_numpy() for t in (given, back)]
                same = words[0] == words[1]
            if not same.all():
                proof.differences.append(f"{int((~same).sum())} values of {column}")


def _numbers(column: pd.Series[Any]) -> npt.NDArray[np.float64]:
    """Numbers of a column, NaN where a cell is blank."""
    numbers: Any = pd.to_numeric(column.replace("", None))
    found: npt.NDArray[np.float64] = numbers.to_numpy(float)
    return found


def _shapes(proof: Proof, given: Any, back: Any) -> None:
    a, of = shapely.get_coordinates(given, return_index=True)
    b, too = shapely.get_coordinates(back, return_index=True)
    if len(a) != len(b) or not np.array_equal(of, too):
        counts = shapely.get_num_coordinates(given) != shapely.get_num_coordinates(back)
        proof.differences.append(f"{int(counts.sum())} geometries have other corners")
        return
    proof.max_deviation = round(float(np.abs(a - b).max(initial=0.0)), 9)


def _gpkg(path: Path, levels: list[str]) -> pd.DataFrame:
    parts = [gpd.read_file(path, layer=level, engine="pyogrio") for level in levels]
    return gpd.GeoDataFrame(pd.concat(parts, ignore_index=True), crs=parts[0].crs)


def _ogr(path: Path, _levels: list[str]) -> pd.DataFrame:
    return gpd.read_file(path, engine="pyogrio")


def _parquet(path: Path, _levels: list[str]) -> pd.DataFrame:
    return gpd.read_parquet(path)


def _csv(path: Path, _levels: list[str]) -> pd.DataFrame:
    return _undone(pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig"))


def _xlsx(path: Path, levels: list[str]) -> pd.DataFrame:
    parts = [
        pd.read_excel(path, sheet_name=level, dtype=str, keep_default_na=False) for level in levels
    ]
    return _undone(pd.concat(parts, ignore_index=True))


def _undone(table: pd.DataFrame) -> pd.DataFrame:
    """Ids without the apostrophe that kept a spreadsheet from running them."""
    table["id"] = table["id"].astype(str).str.removeprefix("'")
    return table


_READ: dict[str, Callable[[Path, list[str]], pd.DataFrame]] = {
    "gpkg": _gpkg,
    "geoparquet": _parquet,
    "flatgeobuf": _ogr,
    "geojson": _ogr,
    "pmtiles": _ogr,
    "csv": _csv,
    "xlsx": _xlsx,
}
