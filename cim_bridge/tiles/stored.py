"""Buildings that are on disk as the tiles want them: columns and features mapped from files.

Only for cities of blocks without a look: where some buildings are finer than blocks, or painted,
levels of detail are made of all of them, and they are taken into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.mapped import mapped, release, trim
from cim_bridge.mesh import Mesh
from cim_bridge.table import ROWS
from cim_bridge.tiles.blocks import has_finer
from cim_bridge.tiles.buildings import building_features
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.features import F64, FeatureSet
from cim_bridge.tiles.strings import I64, Strings

if TYPE_CHECKING:
    from cim_bridge.flow.stored import Stored

_PARTS = {
    "triangles": (np.uint32, (3,)),
    "first": (np.int64, ()),
    "row": (np.uint32, ()),
    "group": (np.uint32, ()),
    "massing": (np.uint8, ()),
    "low": (np.float64, (3,)),
    "high": (np.float64, (3,)),
    "blob": (np.uint8, ()),
    "offsets": (np.int64, ()),
}


class StoredShapes:
    """Geometries of the buildings by row, read run by run."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    def __len__(self) -> int:
        return self._stored.facts.rows

    def runs(self) -> Iterator[npt.NDArray[Any]]:
        """All shapes, ROWS at a time."""
        for start in range(0, len(self), ROWS):
            yield self[np.arange(start, min(start + ROWS, len(self)))]

    def __getitem__(self, rows: I64) -> npt.NDArray[Any]:
        import shapely

        rows = np.asarray(rows, np.int64)
        wkb = np.full(len(rows), None, dtype=object)
        size = self._stored.size
        run = rows // size
        for number in np.unique(run).tolist():
            mine = run == number
            column = self._stored.run(number).column("geometry")
            wkb[mine] = column.take(rows[mine] - number * size).to_numpy()
        found: npt.NDArray[Any] = shapely.from_wkb(wkb)
        return found


@dataclass(frozen=True)
class StoredColumns(Columns):
    """Columns of buildings whose ids and shapes stay on disk. folder: for what is made of them."""

    folder: Path = Path()


@dataclass(frozen=True)
class StoredFeatures(FeatureSet):
    """Features whose arrays are mapped; low, high (n, 3): their bounds."""

    low: F64 | None = None
    high: F64 | None = None

    @property
    def bounds(self) -> tuple[F64, F64]:
        """(n, 3) lowest and highest coordinates of every feature."""
        assert self.low is not None  # noqa: S101 - made with both
        assert self.high is not None  # noqa: S101
        return self.low, self.high

    def centres(self) -> F64:
        """(n, 2) centre of the horizontal bounding box of every feature."""
        low, high = self.bounds
        found = np.zeros((len(self), 2))
        for start in range(0, len(self), ROWS):
            part = slice(start, start + ROWS)
            found[part] = (low[part, :2] + high[part, :2]) / 2.0
            release(low, high)
        return found

    def release(self) -> None:
        """Give all pages back."""
        release(
            self.vertices, self.triangles, self.first, self.ids.blob, self.ids.offsets, self.row,
            self.group, self.massing, self.low, self.high,
        )  # fmt: skip


def stored_columns(stored: Stored, mesh: Mesh) -> Columns:
    """The columns tiles need of buildings on disk."""
    plain = mesh.material is None and not has_finer(mesh)
    release(mesh.lod)
    ids = Strings(*(mapped(stored.folder / f"{name}.npy") for name in ("blob", "offsets")))
    group, removed = (mapped(stored.folder / f"{name}.npy") for name in ("group", "removed"))
    nothing = np.zeros(0, object)
    shapes: Any = StoredShapes(stored)
    if not plain:
        every = np.concatenate([np.zeros(0, object), *shapes.runs()])
        return Columns(ids[:], np.array(group), nothing, np.array(removed), every, nothing)
    return StoredColumns(
        ids, group, nothing, np.array(removed), shapes, nothing, stored.folder / "features"
    )


def features_of(mesh: Mesh, units: Columns) -> FeatureSet:
    """Features of all buildings that stand, on disk where the units are."""
    if not isinstance(units, StoredColumns):
        return building_features(mesh, units)
    files = _Files(units.folder)
    for start in range(0, len(units), ROWS):
        files.add(*_run(mesh, units, start, min(start + ROWS, len(units))))
        release(mesh.vertices, mesh.triangles, mesh.feature, mesh.lod, mesh.surface, units.group)
        trim()
    return files.features(mesh)


def _run(mesh: Mesh, units: Columns, first: int, last: int) -> tuple[FeatureSet, int, int]:
    """Features of some rows, over their own vertices; where those begin, and the first row."""
    a, b = mesh.span(first, last)
    if a == b:
        return FeatureSet.none(), 0, first
    corners = np.asarray(mesh.triangles[a:b])
    low, high = int(corners.min()), int(corners.max()) + 1
    near = Mesh.of(
        mesh.vertices[low:high], corners - np.uint32(low), mesh.feature[a:b] - np.uint32(first),
        mesh.lod[a:b], mesh.surface[a:b],
    )  # fmt: skip
    some = Columns(
        units.ids[first:last], np.asarray(units.group[first:last]), units.kind,
        units.removed[first:last], units.attributes, units.attributes,
    )  # fmt: skip
    return building_features(near, some), low, first


class _Files:
    """The arrays of a feature set while they grow."""

    def __init__(self, folder: Path) -> None:
        from cim_bridge.flow.appended import Appended

        self._folder = folder
        self._files = {
            name: Appended(folder / f"{name}.npy", kind, tail)
            for name, (kind, tail) in _PARTS.items()
        }
        self._last = {"first": 0, "offsets": 0}
        for name in self._last:
            self._files[name].add(np.zeros(1, np.int64))

    def add(self, features: FeatureSet, base: int, row: int) -> None:
        """Append features whose vertices begin at `base` and whose rows count from `row`."""
        low, high = features.bounds
        parts = {
            "triangles": features.triangles + base,
            "row": features.row + np.uint32(row),
            "group": features.group,
            "massing": features.massing,
            "low": low,
            "high": high,
            "blob": features.ids.blob,
        }
        for name, values in parts.items():
            self._files[name].add(values)
        for name, ends in (("first", features.first), ("offsets", features.ids.offsets)):
            self._files[name].add(ends[1:] + self._last[name])
            self._last[name] += int(ends[-1])

    def features(self, mesh: Mesh) -> FeatureSet:
        """The finished set, mapped."""
        for file in self._files.values():
            file.close()
        held: dict[str, Any] = {name: mapped(self._folder / f"{name}.npy") for name in self._files}
        ids = Strings(held.pop("blob"), held.pop("offsets"))
        return StoredFeatures(vertices=mesh.vertices, ids=ids, **held)
