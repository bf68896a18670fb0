"""Two releases side by side, their buildings some thousand rows at a time.

A unit keeps its row from model to model, so what is compared lies in the same rows of both.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from cim_bridge.flow import pile
from cim_bridge.flow.before import LEVEL, Before
from cim_bridge.mapped import trim
from cim_bridge.mesh import Mesh
from cim_bridge.release import ModelRelease
from cim_bridge.table import ROWS, Columns, by_level

Run = tuple[Columns | None, Columns, tuple[Mesh, Mesh]]
"""Living buildings of the old (None: it has none at all) and of the new release, and the triangles
of those rows."""


@dataclass(frozen=True)
class RowRuns:
    """Buildings of two releases that share their rows."""

    old: Before
    new: Before
    releases: tuple[ModelRelease, ModelRelease]

    def others(self, which: int) -> dict[str, Columns]:
        """Living units of all other levels of the old (0) or the new release (1)."""
        columns = (self.old, self.new)[which].others()
        return {} if columns is None else by_level(_living(columns))

    def __iter__(self) -> Iterator[Run]:
        """Every run of rows."""
        for first in range(0, len(self.new), ROWS):
            last = first + ROWS
            before, after = self.old.rows(first, last), self.new.rows(first, last)
            if after is None:
                return
            none = {name: values[:0] for name, values in after.items()} if len(self.old) else None
            meshes = [release.mesh() for release in self.releases]
            yield (
                _living(before) if before is not None else none, _living(after),
                (_near(meshes[0], first, last), _near(meshes[1], first, last)),
            )  # fmt: skip
            trim()


def row_runs(old: ModelRelease, new: ModelRelease) -> RowRuns | None:
    """The runs of two large releases; None for small ones, and where rows were given anew."""
    rows = [release.manifest["levels"].get(LEVEL, {}).get("rows", 0) for release in (old, new)]
    if rows[1] <= pile.MANY or rows[0] > rows[1]:
        return None
    runs = RowRuns(Before(old, ""), Before(new, ""), (old, new))
    known = len(runs.old)
    return runs if np.array_equal(runs.old.hashes, runs.new.hashes[:known]) else None


def _living(columns: Columns) -> Columns:
    keep = ~columns["removed"].astype(bool)
    return {name: values[keep] for name, values in columns.items()}


def _near(mesh: Mesh, first: int, last: int) -> Mesh:
    """Triangles of some rows over their own vertices; the rows keep their numbers."""
    a, b = mesh.span(first, last)
    if a == b:
        return Mesh.none()
    run = mesh.take(np.arange(a, b))
    low, high = int(run.triangles.min()), int(run.triangles.max()) + 1
    return replace(
        run, vertices=np.array(mesh.vertices[low:high]), triangles=run.triangles - np.uint32(low)
    )
