"""Units of all levels as columns: how they are merged, stored and shown as a GeoDataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from cim_bridge.levels import LEVELS
from cim_bridge.model import PARENT_COLUMNS, UNIT_COLUMNS

if TYPE_CHECKING:
    import geopandas as gpd
    import pyarrow as pa

Columns = dict[str, npt.NDArray[Any]]
"""Columns of one level, in row order; UNIT_COLUMNS of equal length."""

ROWS = 8192
"""Rows of a group in units.parquet: what is written, and can be read, at once."""

FLOATS = ("height", "ground", "storeys", "year_built", "area", "population")
COUNTS = ("row", "visual_group")
TEXTS = tuple(
    name
    for name in UNIT_COLUMNS
    if name not in (*FLOATS, *COUNTS, *PARENT_COLUMNS, "removed", "geometry")
)


def blank(count: int, level: str) -> Columns:
    """Columns of `count` empty units."""
    made: Columns = {name: np.full(count, "", dtype=object) for name in TEXTS}
    made |= {name: np.full(count, np.nan) for name in FLOATS}
    made |= {name: np.full(count, None, dtype=object) for name in PARENT_COLUMNS}
    made["row"] = np.arange(count, dtype=np.uint32)
    made["visual_group"] = np.arange(count, dtype=np.uint32)
    made["removed"] = np.zeros(count, bool)
    made["geometry"] = np.full(count, None, dtype=object)
    made["level"] = np.full(count, level, dtype=object)
    return made


def ordered(levels: Mapping[str, Columns]) -> Columns:
    """All levels one after the other, from the city down."""
    present = [levels[level] for level in LEVELS if level in levels]
    return {name: np.concatenate([part[name] for part in present]) for name in UNIT_COLUMNS}


def by_level(columns: Columns) -> dict[str, Columns]:
    """Split into levels."""
    levels = columns["level"].astype(str)
    return {
        level: {name: values[levels == level] for name, values in columns.items()}
        for level in LEVELS
        if (levels == level).any()
    }


def to_frame(columns: Columns, crs: str) -> gpd.GeoDataFrame:
    """Return a GeoDataFrame with UNIT_COLUMNS."""
    import geopandas as gpd
    import pandas as pd

    data = {name: columns[name] for name in UNIT_COLUMNS if name != "geometry"}
    return gpd.GeoDataFrame(pd.DataFrame(data), geometry=columns["geometry"], crs=crs)


def write_parquet(columns: Columns, crs: str, path: Path) -> None:
    """Write GeoParquet 1.1; the same columns give the same bytes."""
    import pyarrow.parquet as pq

    table = _arrow(columns)
    meta = orjson.dumps(_geo(columns["geometry"], crs), option=orjson.OPT_SORT_KEYS)
    table = table.replace_schema_metadata({"geo": meta})
    pq.write_table(table, path, compression="zstd", row_group_size=ROWS, write_statistics=True)


def _arrow(columns: Columns) -> pa.Table:
    import pyarrow as pa

    arrays: dict[str, Any] = {}
    for name in UNIT_COLUMNS:
        values = columns[name]
        if name == "geometry":
            wkb = shapely.to_wkb(values, byte_order=1, output_dimension=2)
            arrays[name] = pa.array(wkb, pa.binary())
        elif name in FLOATS:
            arrays[name] = pa.array(values, pa.float64())
        elif name in COUNTS:
            arrays[name] = pa.array(values, pa.uint32())
        elif name == "removed":
            arrays[name] = pa.array(values, pa.bool_())
        else:
            arrays[name] = pa.array(values, pa.string())
    return pa.table(arrays)


def _geo(shapes: npt.NDArray[Any], crs: str) -> dict[str, Any]:
    from cim_bridge.crs import known

    present = shapes[~shapely.is_missing(shapes)]
    names = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString",
             6: "MultiPolygon", 7: "GeometryCollection"}  # fmt: skip
    kinds = sorted({names.get(int(kind), "Geometry") for kind in shapely.get_type_id(present)})
    column = {"encoding": "WKB", "geometry_types": kinds, "crs": known(crs).to_json_dict()}
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def read_columns(path: Path) -> Columns:
    """Read units.parquet as columns."""
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    found: Columns = {}
    for name in UNIT_COLUMNS:
        column = table.column(name)
        if name == "geometry":
            found[name] = shapely.from_wkb(column.to_numpy())
        elif name in (*FLOATS, *COUNTS, "removed"):
            found[name] = column.to_numpy()
        else:
            found[name] = np.array(column.to_pylist(), dtype=object)
    return found
