"""Units with the published results beside them, as files that other programs open."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS
from indicator_overlays.columns import NUMBER, STATE_CODES
from twin_server.twin import Twin

FORMATS: tuple[str, ...] = ("csv", "xlsx", "gpkg", "geoparquet")
"""Formats of the first form; a table or a layer a level where the format can hold several."""

_STATES = {code: name for name, code in STATE_CODES.items()}
_DROPPED = ("attributes", "external_ids", "visual_group", "removed", "row")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def export_units(
    twin: Twin, out: Path, form: str, *, level: str | None, year: int | None, system: str | None
) -> dict[str, int]:
    """Write the file whole or not at all; answers the number of units of each level."""
    tables = level_tables(twin, level, twin.year(year), twin.system(system).id)
    writers: dict[str, Callable[[dict[str, gpd.GeoDataFrame], Path], None]] = {
        "csv": _csv,
        "xlsx": _xlsx,
        "gpkg": _gpkg,
        "geoparquet": _geoparquet,
    }
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".part-{out.name}")
    try:
        writers[form](tables, temporary)
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return {name: len(table) for name, table in tables.items()}


def level_tables(
    twin: Twin, level: str | None, year: int | None, system: str
) -> dict[str, gpd.GeoDataFrame]:
    """One table a level: who a unit is, then `<code>`, `<code>_state` and `<code>_period`."""
    units = twin.model.units if twin.model else gpd.GeoDataFrame()
    there = [name for name in LEVELS if name in twin.units.counts]
    if level is not None and level not in there:
        log = IssueLog()
        log.add("EXPORT_NO_UNITS", level=level, levels=", ".join(there))
        raise InputRefused(log)
    return {
        name: _with_results(twin, units[units["level"].to_numpy() == name], name, year, system)
        for name in ([level] if level else there)
    }


def _with_results(
    twin: Twin, units: gpd.GeoDataFrame, level: str, year: int | None, system: str
) -> gpd.GeoDataFrame:
    extra: dict[str, Any] = {}
    results = twin.results
    for key in results.keys if results is not None else ():
        if results is None or (key.system, key.level, key.year) != (system, level, year):
            continue
        overlay = results.overlay(*key)
        row = overlay.cells.row
        value = np.full(len(units), np.nan)
        value[row] = overlay.cells.value
        state = np.full(len(units), "missing", object)
        state[row] = _state_names(overlay.cells.state)
        extra[key.indicator] = value
        extra[f"{key.indicator}_state"] = state
        extra[f"{key.indicator}_period"] = overlay.period
    table = pd.concat([units, pd.DataFrame(extra, index=units.index)], axis=1)
    kept = table[~units["removed"].to_numpy(bool)]
    return gpd.GeoDataFrame(kept.drop(columns=list(_DROPPED)), geometry="geometry", crs=units.crs)


def _state_names(codes: npt.NDArray[np.uint8]) -> npt.NDArray[np.object_]:
    names = np.full(256, "value", object)
    for code, name in _STATES.items():
        names[code] = name
    assert NUMBER not in _STATES  # noqa: S101 - a number has no state of its own here
    found: npt.NDArray[np.object_] = names[codes]
    return found


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Text that a spreadsheet would run as a formula gets an apostrophe; numbers stay numbers."""
    safe = table.copy()
    for name in safe.columns:
        if pd.api.types.is_numeric_dtype(safe[name]) or safe[name].dtype == bool:
            continue
        words = safe[name].fillna("").astype(str)
        safe[name] = words.where(~words.str.startswith(_FORMULA), "'" + words)
    return safe


def _flat(tables: dict[str, gpd.GeoDataFrame]) -> dict[str, pd.DataFrame]:
    return {
        name: harmless(pd.DataFrame(table.drop(columns="geometry")))
        for name, table in tables.items()
    }


def _csv(tables: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    stacked = pd.concat(list(_flat(tables).values()), ignore_index=True)
    stacked.to_csv(path, index=False, encoding="utf-8-sig")


def _xlsx(tables: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    for name, table in _flat(tables).items():
        sheet = book.create_sheet(name)
        sheet.append(list(table.columns))
        blank = table.astype(object).where(table.notna(), None)
        for row in blank.itertuples(index=False, name=None):
            sheet.append(row)
    book.save(path)


def _gpkg(tables: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    for name, table in tables.items():
        table.to_file(path, layer=name, driver="GPKG", engine="pyogrio")


def _geoparquet(tables: dict[str, gpd.GeoDataFrame], path: Path) -> None:
    stacked = pd.concat(list(tables.values()), ignore_index=True)
    gpd.GeoDataFrame(stacked, geometry="geometry").to_parquet(path, index=False)
