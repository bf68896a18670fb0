"""Files of a binding: the map as a column and as a table, JSON in a fixed order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.binding.column import MapColumn
from cim_bridge.binding.match import Matches
from cim_bridge.binding.release import INDEX, MAP, TABLE
from cim_bridge.binding.targets import Targets
from cim_bridge.mesh import NONE
from cim_bridge.tilesin.gather import Features


def write_map(out: Path, made: MapColumn, level: str, model: str, column: str) -> None:
    """Write the column and its index."""
    (out / MAP).write_bytes(made.rows.astype("<u4").tobytes())
    index = {
        "format": 1,
        "level": level,
        "model": model,
        "id_property": column,
        "none": NONE,
        "column": {"uri": MAP, "dtype": "u32", "length": len(made.rows)},
        "contents": made.contents,
    }
    (out / INDEX).write_bytes(as_json(index))


def write_table(
    out: Path, features: Features, uris: npt.NDArray[Any], row: npt.NDArray[Any],
    matches: Matches, targets: Targets,
) -> None:  # fmt: skip
    """Write one line a feature: where it is in the tileset, what it was bound to and how."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    bound = matches.target >= 0
    units = np.full(len(features), "", object)
    units[bound] = targets.ids[matches.target[bound]]
    table = pa.table(
        {
            "content_uri": pa.array(uris.tolist(), pa.string()),
            "feature_id": pa.array(features.fid, pa.int64()),
            "row": pa.array(np.maximum(row, 0), pa.uint32(), mask=row < 0),
            "unit_id": pa.array(units.tolist(), pa.string()),
            "how": pa.array(matches.how.tolist(), pa.string()),
            "score": pa.array(matches.score, pa.float64()),
            "state": pa.array(matches.state.tolist(), pa.string()),
            "table": pa.array(features.table, pa.int64()),
        }
    )
    pq.write_table(table, out / TABLE, compression="zstd")


def as_json(value: Any) -> bytes:
    """JSON that is the same for the same value."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2)
