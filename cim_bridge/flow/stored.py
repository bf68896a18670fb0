"""Finished buildings on disk: table in runs of rows, mesh, parents, and what tiles ask for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.flow.appended import Appended
from cim_bridge.flow.meshfile import Written
from cim_bridge.table import Columns, arrow_table, kinds_of
from cim_bridge.tiles.strings import Strings

TABLE = "buildings.arrow"


@dataclass
class Facts:
    """What the manifest says of the buildings, gathered run by run.

    low, high: bounds (x, y) of the shapes.
    corners: points whose hull is that of all shapes.
    """

    rows: int = 0
    living: int = 0
    kinds: set[int] = field(default_factory=set)
    low: npt.NDArray[np.float64] = field(default_factory=lambda: np.full(2, np.inf))
    high: npt.NDArray[np.float64] = field(default_factory=lambda: np.full(2, -np.inf))
    corners: list[npt.NDArray[np.float64]] = field(default_factory=list)

    @property
    def box(self) -> tuple[float, float, float, float] | None:
        """West, south, east, north of the shapes; None without any."""
        if not np.isfinite(self.low).all():
            return None
        return (*self.low.tolist(), *self.high.tolist())


class Stored:
    """The table of the buildings in a folder, written once and read in runs.

    mesh: their triangles. parents: for each higher level the file with every building's row there.
    """

    mesh: Written
    parents: dict[str, Path]

    def __init__(self, folder: Path, size: int) -> None:
        """size: rows of a run; all have as many, but for the last."""
        import pyarrow as pa

        self.size = size
        self.folder, self.facts = folder, Facts()
        self.mesh, self.parents = Written(folder), {}
        folder.mkdir(parents=True, exist_ok=True)
        self._sink: Any = pa.OSFile(str(folder / TABLE), "wb")
        self._writer: Any = None
        self._arrays = {
            name: Appended(folder / f"{name}.npy", kind)
            for name, kind in (
                ("group", np.uint32), ("removed", np.bool_), ("blob", np.uint8),
                ("offsets", np.int64),
            )
        }  # fmt: skip
        self._arrays["offsets"].add(np.zeros(1, np.int64))
        self._end = 0

    def add(self, columns: Columns) -> None:
        """Append one run of rows."""
        import pyarrow as pa
        import shapely

        table = arrow_table(columns)
        if self._writer is None:
            self._writer = pa.ipc.new_file(self._sink, table.schema)
        self._writer.write_batch(table.combine_chunks().to_batches()[0])
        self._columns(columns)
        facts = self.facts
        facts.rows += len(table)
        facts.living += int((~columns["removed"].astype(bool)).sum())
        facts.kinds |= kinds_of(columns["geometry"])
        box = shapely.bounds(columns["geometry"])
        box = box[np.isfinite(box).all(axis=1)]
        if len(box):
            facts.low = np.minimum(facts.low, box[:, :2].min(axis=0))
            facts.high = np.maximum(facts.high, box[:, 2:].max(axis=0))
            facts.corners.append(_corners(box))

    def _columns(self, columns: Columns) -> None:
        """What tiles ask for by row, as arrays that can be mapped."""
        ids = Strings.of(columns["source_id"].tolist())
        self._arrays["group"].add(columns["visual_group"])
        self._arrays["removed"].add(columns["removed"].astype(bool))
        self._arrays["blob"].add(ids.blob)
        self._arrays["offsets"].add(ids.offsets[1:] + self._end)
        self._end += int(ids.offsets[-1])

    def close(self) -> None:
        """Finish writing."""
        if self._writer is not None:
            self._writer.close()
        self._sink.close()
        for array in self._arrays.values():
            array.close()

    def tables(self, *names: str) -> Iterator[Any]:
        """Every run in row order, all columns or some, as Arrow tables."""
        import pyarrow as pa

        with pa.OSFile(str(self.folder / TABLE), "rb") as source:
            file = pa.ipc.open_file(source)
            for number in range(file.num_record_batches):
                # no name is kept here: the batch before would stay beside the one that is read
                yield _table(file.get_batch(number), names)

    def run(self, number: int) -> Any:
        """One run as an Arrow table."""
        import pyarrow as pa

        with pa.OSFile(str(self.folder / TABLE), "rb") as source:
            return _table(pa.ipc.open_file(source).get_batch(number), ())


def _table(batch: Any, names: tuple[str, ...]) -> Any:
    """A batch as a table, all columns or some; `pa.table` would load pandas to ask what it is."""
    import pyarrow as pa

    table = pa.Table.from_batches([batch])
    return table.select(list(names)) if names else table


def _corners(box: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """(M, 2) corners of the hull of some boxes."""
    import shapely

    corners = np.concatenate((box[:, [0, 1]], box[:, [0, 3]], box[:, [2, 1]], box[:, [2, 3]]))
    return shapely.get_coordinates(shapely.convex_hull(shapely.linestrings(corners)))
