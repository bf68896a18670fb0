"""A binding on disk: bindings/<digest>/ with manifest, map, review list and, if wished, tiles."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.errors import NotFound
from cim_bridge.folder import CityFolder
from cim_bridge.release import ModelRelease
from cim_bridge.staging import read_manifest

if TYPE_CHECKING:
    import pyarrow as pa

HEAD = "HEAD.json"
MAP, INDEX, TABLE = "map.u32", "map.json", "map.parquet"
REVIEW, REPORT, FILES = "review.csv", "report.json", "files.json"
"""`review.csv` is a copy of what the review list said when the binding was made."""


@dataclass(frozen=True)
class Binding:
    """One immutable binding release."""

    path: Path
    digest: str
    manifest: dict[str, Any]

    def table(self) -> pa.Table:
        """content_uri, feature_id, row (null: none), unit_id, how, score, state, table."""
        import pyarrow.parquet as pq

        return pq.read_table(self.path / TABLE)

    def rows(self) -> npt.NDArray[np.uint32]:
        """The column that viewers read."""
        return np.fromfile(self.path / MAP, "<u4")

    def files(self) -> dict[str, str]:
        """Files of the tileset that were met, with their SHA-256."""
        found: dict[str, str] = orjson.loads((self.path / FILES).read_bytes())
        return found

    def fits(self, model: ModelRelease) -> bool:
        """Whether every bound row still is the unit it was bound to in this model."""
        if model.digest == self.manifest["model"]:
            return True
        bound = self.table()
        row = bound.column("row").to_pandas().to_numpy(float)
        known = ~np.isnan(row)
        units = model.columns("id", "level", "row", "removed").to_pandas()
        units = units[(units["level"] == self.manifest["level"]) & ~units["removed"].astype(bool)]
        names = dict(zip(units["row"].tolist(), units["id"].tolist(), strict=True))
        wanted = bound.column("unit_id").to_pandas().to_numpy(object)[known]
        return all(names.get(int(at)) == unit for at, unit in zip(row[known], wanted, strict=True))


def open_binding(folder: CityFolder, digest: str) -> Binding:
    """Open one binding release."""
    path = folder.bindings / digest
    if not path.is_dir():
        raise NotFound(f"{folder.path.name} has no binding {digest}")
    return Binding(path, digest, read_manifest(path))


def newest(folder: CityFolder) -> dict[str, str]:
    """Name of a bound tileset → digest of its newest binding."""
    file = folder.bindings / HEAD
    if not file.is_file():
        return {}
    found: dict[str, str] = orjson.loads(file.read_bytes())
    return found


def set_newest(folder: CityFolder, name: str, digest: str) -> None:
    """Point a tileset's name to its newest binding, atomically."""
    table = newest(folder) | {name: digest}
    folder.bindings.mkdir(parents=True, exist_ok=True)
    temporary = folder.bindings / f".{HEAD}"
    temporary.write_bytes(orjson.dumps(table, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2))
    temporary.replace(folder.bindings / HEAD)
