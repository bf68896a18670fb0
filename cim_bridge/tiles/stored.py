"""Buildings that are on disk as the tiles want them: columns and features mapped from files.

What is made of a building depends on that building alone, so it is made run by run of rows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.mapped import mapped, release, trim
from cim_bridge.mesh import NONE, Mesh
from cim_bridge.table import ROWS
from cim_bridge.tiles.blocks import Blocks, block_features, blocks_of, has_finer
from cim_bridge.tiles.buildings import building_features
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.features import F64, FeatureSet
from cim_bridge.tiles.look import Look
from cim_bridge.tiles.strings import I64, Strings

if TYPE_CHECKING:
    from cim_bridge.flow.stored import Stored
    from cim_bridge.materials import Materials

RUN = ROWS
"""Buildings of which features are made together."""
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
_LOOK = {"material": (np.uint32, ()), "uv": (np.float32, (3, 2))}
_OWN = {"vertices": (np.float64, (3,))}


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
    """Features whose arrays are mapped, their looks too; low, high (n, 3): their bounds."""

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

    def take(self, chosen: I64) -> FeatureSet:
        """Return a set of some features only, in memory but for its vertices."""
        part: Any = super().take(chosen)
        low, high = (bound[chosen] for bound in self.bounds)
        found: FeatureSet = replace(part, low=low, high=high)
        return found

    def release(self) -> None:
        """Give all pages back."""
        release(
            self.vertices, self.triangles, self.first, self.ids.blob, self.ids.offsets, self.row,
            self.group, self.massing, self.low, self.high,
        )  # fmt: skip
        if self.look is not None:
            release(self.look.material, self.look.uv)


def stored_columns(stored: Stored) -> Columns:
    """The columns tiles need of buildings on disk."""
    ids = Strings(*(mapped(stored.folder / f"{name}.npy") for name in ("blob", "offsets")))
    group, removed = (mapped(stored.folder / f"{name}.npy") for name in ("group", "removed"))
    nothing = np.zeros(0, object)
    shapes: Any = StoredShapes(stored)
    return StoredColumns(
        ids, group, nothing, np.array(removed), shapes, nothing, stored.folder / "features"
    )


def features_of(mesh: Mesh, units: Columns) -> FeatureSet:
    """Features of all buildings that stand, on disk where the units are."""
    if not isinstance(units, StoredColumns):
        return building_features(mesh, units)
    files = _Files(units.folder, mesh.materials if mesh.material is not None else None)
    for first, near, base, some in runs_of(mesh, units):
        files.add(building_features(near, some) if len(near) else FeatureSet.none(), base, first)
    return files.features(mesh.vertices)


def stored_blocks(mesh: Mesh, units: Columns, fine: FeatureSet) -> Blocks | None:
    """Blocks of all buildings (cim_bridge.tiles.blocks), on disk where the units are."""
    if not isinstance(units, StoredColumns):
        return block_features(mesh, units, fine)
    if not has_finer(mesh):
        return None
    files, error, any_finer = _Files(units.folder / "blocks", None, own=True), [], False
    for first, near, base, some in runs_of(mesh, units, shapes=True):
        a, b = np.searchsorted(fine.row, np.array([first, first + len(some)], np.uint32)).tolist()
        made, finer = blocks_of(near, some, _some(fine, a, b, near, base, first))
        files.add(made.features, files.vertices, first)
        error.append(made.error)
        any_finer |= finer
        fine.release()
    features = files.features(None)
    return Blocks(features, np.concatenate(error)) if any_finer else None


def _some(fine: FeatureSet, a: int, b: int, near: Mesh, base: int, first: int) -> FeatureSet:
    """Features a to b - 1 over the vertices of `near`; rows count from `first`."""
    start, end = int(fine.first[a]), int(fine.first[b])
    ids = Strings.of(fine.ids[a:b])
    return FeatureSet(
        near.vertices, np.asarray(fine.triangles[start:end], np.int64) - base,
        np.asarray(fine.first[a : b + 1]) - start, ids, fine.row[a:b] - np.uint32(first),
        np.asarray(fine.group[a:b]), np.asarray(fine.massing[a:b]),
    )  # fmt: skip


def runs_of(
    mesh: Mesh, units: Columns, *, shapes: bool = False
) -> Iterator[tuple[int, Mesh, int, Columns]]:
    """Run after run: its first row, triangles, where their vertices begin, and its columns.

    Triangles and columns count rows from the first. shapes: whether columns hold the shapes.
    """
    for first in range(0, len(units), RUN):
        near, base, some = _run(mesh, units, first, min(first + RUN, len(units)), shapes)
        yield first, near, base, some
        del near, some
        release(
            mesh.vertices, mesh.triangles, mesh.feature, mesh.lod, mesh.surface, mesh.material,
            mesh.uv, units.group,
        )  # fmt: skip
        trim()


def _run(
    mesh: Mesh, units: Columns, first: int, last: int, shapes: bool
) -> tuple[Mesh, int, Columns]:
    """The triangles of some rows over their own vertices, where those begin, and the columns."""
    geometry = units.geometry[np.arange(first, last)] if shapes else units.attributes
    some = Columns(
        units.ids[first:last], np.asarray(units.group[first:last]), units.kind,
        units.removed[first:last], geometry, units.attributes,
    )  # fmt: skip
    a, b = mesh.span(first, last)
    if a == b:
        return Mesh.none(), 0, some
    corners = np.asarray(mesh.triangles[a:b])
    low, high = int(corners.min()), int(corners.max()) + 1
    near = Mesh.of(
        mesh.vertices[low:high], corners - np.uint32(low), mesh.feature[a:b] - np.uint32(first),
        mesh.lod[a:b], mesh.surface[a:b],
    )  # fmt: skip
    if mesh.material is not None:
        uv = None if mesh.uv is None else np.asarray(mesh.uv[a:b])
        near = near.wearing(np.asarray(mesh.material[a:b]), uv, mesh.materials)
    return near, low, some


class _Files:
    """The arrays of a feature set while they grow.

    materials: of the looks, None without any. own: vertices are kept too, as `vertices` counts.
    """

    def __init__(self, folder: Path, materials: Materials | None, *, own: bool = False) -> None:
        from cim_bridge.flow.appended import Appended

        self._folder, self._materials = folder, materials
        parts = {**_PARTS, **(_LOOK if materials is not None else {}), **(_OWN if own else {})}
        self._files = {
            name: Appended(folder / f"{name}.npy", kind, tail)
            for name, (kind, tail) in parts.items()
        }
        self._last = {"first": 0, "offsets": 0}
        for name in self._last:
            self._files[name].add(np.zeros(1, np.int64))
        self._worn = self._imaged = False
        self.vertices = 0

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
        if self._materials is not None:
            parts |= self._look(features)
        if "vertices" in self._files:
            parts["vertices"] = features.vertices
            self.vertices += len(features.vertices)
        for name, values in parts.items():
            self._files[name].add(values)
        for name, ends in (("first", features.first), ("offsets", features.ids.offsets)):
            self._files[name].add(ends[1:] + self._last[name])
            self._last[name] += int(ends[-1])

    def _look(self, features: FeatureSet) -> dict[str, npt.NDArray[Any]]:
        look, count = features.look, len(features.triangles)
        uv = None if look is None else look.uv
        self._worn |= look is not None
        self._imaged |= uv is not None
        return {
            "material": np.full(count, NONE, np.uint32) if look is None else look.material,
            "uv": np.zeros((count, 3, 2), np.float32) if uv is None else uv,
        }

    def features(self, vertices: F64 | None) -> FeatureSet:
        """The finished set, mapped, over these vertices or its own."""
        for file in self._files.values():
            file.close()
        held: dict[str, Any] = {name: mapped(self._folder / f"{name}.npy") for name in self._files}
        ids = Strings(held.pop("blob"), held.pop("offsets"))
        material, uv = held.pop("material", None), held.pop("uv", None)
        if self._worn:
            held["look"] = Look(material, uv if self._imaged else None, self._materials or ())
        if vertices is not None:
            held["vertices"] = vertices
        return StoredFeatures(ids=ids, **held)
