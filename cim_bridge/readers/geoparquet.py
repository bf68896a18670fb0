"""GeoParquet: units of any level from columns (the keeper of reading foreign Parquet)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.geoparquet import GeoColumn, NotGeo, geo_column
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish
from cim_bridge.rowunits import reading_of

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_MOST_CELLS = 2_000_000_000
"""Rows times columns: repeated values take next to no room in a file, but all of it in memory."""
_MOST_BYTES = 16 << 30
_OUTSIDE = 1e-6
"""Share of its size by which data may stand out of the declared bounds."""


class GeoParquet:
    """Reads one Parquet file with a geometry column."""

    name = "GeoParquet"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the file begins as Parquet does."""
        return head.startswith(b"PAR1")

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read the primary geometry column and all attributes; None when an error was found."""
        opened = _open(path, log)
        if opened is None:
            return None
        table, column = opened
        _tell(column, log, path.name)
        shapes = _shapes(table.column(column.name), column, log, path.name)
        if shapes is None:
            return None
        _compare(shapes, column, log, path.name)
        dropped = {column.name, *column.others, *column.covering}
        frame = _frame(table.select([name for name in table.column_names if name not in dropped]))
        return reading_of(frame, shapes, column.crs, wish, log, path.name)


def _open(path: Path, log: IssueLog) -> tuple[pa.Table, GeoColumn] | None:
    """The whole table; every fault of a damaged or lying file is an Issue."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(path) as file:
            about, schema = file.metadata, file.schema_arrow
            size = sum(about.row_group(n).total_byte_size for n in range(about.num_row_groups))
            if about.num_rows * max(about.num_columns, 1) > _MOST_CELLS or size > _MOST_BYTES:
                log.add("PARQUET_TOO_LARGE", file=path, rows=about.num_rows, size=size)
                return None
            twice = [name for name in schema.names if schema.names.count(name) > 1]
            if twice:
                raise NotGeo(f"two columns are called {twice[0]}")
            column = geo_column(schema)
            return file.read(), column
    except NotGeo as exc:
        log.add("GEOPARQUET_METADATA", file=path, reason=exc)
    except (pa.ArrowException, OSError, UnicodeDecodeError, MemoryError) as exc:
        log.add("PARQUET_BROKEN", file=path, reason=str(exc).replace("\n", " ")[:300])
    return None


def _tell(column: GeoColumn, log: IssueLog, file: str) -> None:
    if column.others:
        names = ", ".join(column.others)
        log.add("GEOMETRY_COLUMNS", file=file, cell=column.name, column=column.name, others=names)
    if column.spherical:
        log.add("EDGES_SPHERICAL", file=file, cell=column.name)


def _shapes(values: Any, column: GeoColumn, log: IssueLog, file: str) -> npt.NDArray[Any] | None:
    import shapely

    try:
        if column.encoding != "WKB":
            return _native(values.combine_chunks(), column.encoding)
        raw = values.to_numpy(zero_copy_only=False)
        shapes: npt.NDArray[Any] = shapely.from_wkb(raw, on_invalid="ignore")
    except (TypeError, ValueError, AttributeError, KeyError) as exc:
        said = f"column {column.name} is not of encoding {column.encoding}: {exc}"
        log.add("GEOPARQUET_METADATA", file=file, reason=said[:300])
        return None
    broken = np.flatnonzero(shapely.is_missing(shapes) & np.array([one is not None for one in raw]))
    if len(broken):
        log.add(
            "WKB_BROKEN", file=file, cell=column.name, row=int(broken[0]) + 1, count=len(broken)
        )
    return shapes


def _native(values: Any, encoding: str) -> npt.NDArray[Any]:
    """Shapes of a native layout: lists of lists of x, y (and z, which is left)."""
    import pyarrow as pa
    import shapely

    kind = getattr(shapely.GeometryType, encoding.upper())
    missing = values.is_null().to_numpy(zero_copy_only=False)
    offsets: list[npt.NDArray[Any]] = []
    while pa.types.is_list(values.type) or pa.types.is_large_list(values.type):
        starts = values.offsets.to_numpy()
        offsets.append(starts - starts[0])
        values = values.flatten()
    columns = [values.field(axis).to_numpy(zero_copy_only=False) for axis in ("x", "y")]
    points = np.column_stack(columns).astype(np.float64)
    if encoding == "point":
        shapes: Any = shapely.points(points)
    else:
        shapes = shapely.from_ragged_array(kind, points, tuple(offsets[::-1]))
    found: npt.NDArray[Any] = np.asarray(shapes, dtype=object)
    found[missing] = None
    return found


def _compare(shapes: npt.NDArray[Any], column: GeoColumn, log: IssueLog, file: str) -> None:
    """Say so when data lie outside the bounds that the file declares."""
    import shapely

    if column.bounds is None or not len(shapes):
        return
    found, told = shapely.total_bounds(shapes), np.array(column.bounds)
    slack = _OUTSIDE * max(float(np.abs(told).max()), 1.0)
    if (found[:2] < told[:2] - slack).any() or (found[2:] > told[2:] + slack).any():
        said = ", ".join(f"{value:.6g}" for value in told)
        real = ", ".join(f"{value:.6g}" for value in found)
        log.add("BOUNDS_DIFFER", file=file, cell=column.name, declared=said, found=real)


def _frame(table: pa.Table) -> pd.DataFrame:
    """Attributes; whole numbers stay whole beside missing ones, nested values become texts."""
    frame: pd.DataFrame = table.to_pandas(
        integer_object_nulls=True, ignore_metadata=True, date_as_object=True
    )
    kept = [name for name in frame.columns if not str(name).startswith("__index_level_")]
    return frame[kept]


READER = GeoParquet()
