"""Buildings from the order of their source to the rows of the model: one file for each run of rows.

A run (`ROWS` rows) gathers what every chunk has for it, so that it can be finished on its own.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cim_bridge.flow.order import Order
from cim_bridge.flow.pile import Pile
from cim_bridge.mapped import trim
from cim_bridge.mesh import Mesh, canonical
from cim_bridge.reader import Reading, Units, join_readings
from cim_bridge.spool import dump, parse
from cim_bridge.table import ROWS

ROW, GROUP = "row", "group_row"
"""Columns that a building carries to its run: its row in the run, and the row of its group."""

_AT_ONCE = 2 * ROWS
"""Buildings that are scattered together."""


class Runs:
    """The runs of one model, each a file of pieces."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True)

    def scatter(self, pile: Pile, order: Order) -> None:
        """Send every building of the pile to its run."""
        groups = _Groups(order) if order.hashes is not None else None
        seen = 0
        for reading in _gathered(pile):
            units = reading.units[0]
            rows = order.rows[seen : seen + len(units)]
            seen += len(units)
            if groups is not None and "group" in units.columns:
                units.columns[GROUP] = groups.rows(units.columns["group"], rows)
            self._send(units, reading.mesh, rows)
            trim()

    def _send(self, units: Units, mesh: Mesh | None, rows: npt.NDArray[np.uint32]) -> None:
        sorted_ = canonical(mesh.with_features(rows)) if mesh is not None else None
        run = rows // ROWS
        for number in np.unique(run).tolist():
            mine = np.flatnonzero(run == number)
            some = units.take(mine)
            some.columns[ROW] = rows[mine] - np.uint32(number * ROWS)
            part = None if sorted_ is None else _slice(sorted_, number * ROWS, ROWS)
            buffer = io.BytesIO()
            dump(Reading(None, [some], part), buffer, self._folder / "textures")
            data = buffer.getbuffer()
            with self._file(number).open("ab") as file:
                file.write(len(data).to_bytes(8, "little"))
                file.write(data)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number:06d}.run"

    def pieces(self, number: int) -> Iterator[Reading]:
        """What came for one run, in the order of the source; the file goes with it."""
        path = self._file(number)
        if not path.is_file():
            return
        with path.open("rb") as file:
            while head := file.read(8):
                yield parse(io.BytesIO(file.read(int.from_bytes(head, "little"))))
        path.unlink()


def _gathered(pile: Pile) -> Iterator[Reading]:
    """Buildings alone, several chunks together."""
    held: list[Reading] = []
    count = 0
    for reading in pile:
        for units in reading.units:
            if units.level == "building":
                held.append(Reading(None, [units], reading.mesh))
                count += len(units)
        if count >= _AT_ONCE:
            yield join_readings(held)
            held, count = [], 0
    if held:
        yield join_readings(held)


def _slice(mesh: Mesh, first: int, count: int) -> Mesh | None:
    """Triangles of some rows of a canonical mesh, the rows counted from the first."""
    a, b = mesh.span(first, first + count)
    if a == b:
        return None
    part = mesh.take(np.arange(a, b))
    low, high = int(part.triangles.min()), int(part.triangles.max()) + 1
    return replace(
        part, vertices=mesh.vertices[low:high], feature=part.feature - np.uint32(first),
        triangles=part.triangles - np.uint32(low),
    )  # fmt: skip


class _Groups:
    """Rows by the id that a group names."""

    def __init__(self, order: Order) -> None:
        assert order.hashes is not None  # noqa: S101 - made only then
        self._turn = np.argsort(order.hashes, kind="stable")
        self._hashes, self._rows = order.hashes[self._turn], order.rows

    def rows(
        self, names: npt.NDArray[np.object_], own: npt.NDArray[np.uint32]
    ) -> npt.NDArray[np.uint32]:
        """Row of the building each name is the id of; its own where there is none."""
        wanted = np.fromiter(map(hash, names.tolist()), np.int64, len(names))
        place = np.minimum(np.searchsorted(self._hashes, wanted), len(self._hashes) - 1)
        same = self._hashes[place] == wanted
        return np.where(same, self._rows[self._turn[place]], own)
