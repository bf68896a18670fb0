"""Units of all levels as columns: how they are merged, stored and shown as a GeoDataFrame."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from cim_bridge.arrowed import arrow_array
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


class UnitsFile:
    """GeoParquet 1.1 in groups of ROWS rows, however many come at once."""

    def __init__(self, path: Path, crs: str, kinds: set[int]) -> None:
        """kinds: type ids of all geometries that will come."""
        import pyarrow.parquet as pq

        meta = orjson.dumps(_geo(kinds, crs), option=orjson.OPT_SORT_KEYS)
        schema = _schema().with_metadata({"geo": meta})
        self._schema = schema
        self._writer: Any = pq.ParquetWriter(
            path, schema, compression="zstd", write_statistics=True
        )
        self._held: list[Any] = []
        self._count = 0

    def add(self, table: Any) -> None:
        """Append the rows of an Arrow table."""
        self._held.append(table.replace_schema_metadata(self._schema.metadata))
        self._count += len(table)
        if self._count >= ROWS:
            self._write(self._count // ROWS * ROWS)

    def _write(self, rows: int) -> None:
        import pyarrow as pa

        table = pa.concat_tables(self._held).combine_chunks()
        for start in range(0, rows, ROWS):
            self._writer.write_table(table.slice(start, min(ROWS, rows - start)), ROWS)
        self._held = [table.slice(rows)] if rows < len(table) else []
        self._count -= rows

    def __enter__(self) -> UnitsFile:
        return self

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None and self._count:
            self._write(self._count)
        self._writer.close()


def _schema() -> pa.Schema:
    import pyarrow as pa

    fields = []
    for name in UNIT_COLUMNS:
        kind = (
            pa.binary() if name == "geometry"
            else pa.float64() if name in FLOATS
            else pa.uint32() if name in COUNTS
            else pa.bool_() if name == "removed"
            else pa.string()
        )  # fmt: skip
        fields.append((name, kind))
    return pa.schema(fields)


def arrow_table(columns: Columns) -> pa.Table:
    """Return units as an Arrow table; geometries as WKB without heights."""
    import pyarrow as pa

    schema, arrays = _schema(), []
    for field in schema:
        values = columns[field.name]
        if field.name == "geometry":
            values = shapely.to_wkb(values, byte_order=1, output_dimension=2)
        arrays.append(arrow_array(values, field.type))
    return pa.Table.from_arrays(arrays, schema=schema)


def kinds_of(shapes: npt.NDArray[Any]) -> set[int]:
    """Type ids of the geometries that are there."""
    return set(np.unique(shapely.get_type_id(shapes[~shapely.is_missing(shapes)])).tolist())


def _geo(kinds: set[int], crs: str) -> dict[str, Any]:
    from cim_bridge.crs import known

    names = {0: "Point", 1: "LineString", 3: "Polygon", 4: "MultiPoint", 5: "MultiLineString",
             6: "MultiPolygon", 7: "GeometryCollection"}  # fmt: skip
    told = sorted({names.get(kind, "Geometry") for kind in kinds})
    column = {"encoding": "WKB", "geometry_types": told, "crs": known(crs).to_json_dict()}
    return {"version": "1.1.0", "primary_column": "geometry", "columns": {"geometry": column}}


def read_columns(path: Path) -> Columns:
    """Read units.parquet as columns."""
    import pyarrow.parquet as pq

    return columns_in(pq.read_table(path))


def columns_in(table: Any) -> Columns:
    """Return the columns of an Arrow table of units."""
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
