"""What a new model changed: units added, removed, moved and changed, by comparing two releases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.flow.rowruns import RowRuns, row_runs
from cim_bridge.geometry.faces import I64, Bools
from cim_bridge.geometry.triangulate import F64
from cim_bridge.levels import LEVELS
from cim_bridge.mesh import Mesh
from cim_bridge.release import UNITS, ModelRelease
from cim_bridge.rows import position
from cim_bridge.table import Columns, by_level, read_columns

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = ("added", "removed", "moved", "changed")
"""A unit may be moved and changed at once; it is then listed under both."""

MOVED = 0.5
"""Metres the centre of a footprint may shift before the unit counts as moved."""

SAME = 0.01
"""Metres that corners and heights may differ and still be the same (a surveyor's centimetre)."""

TOLD = ("height", "storeys", "use", "structure", "year_built", "label_zh", "label_en")
"""Columns whose difference makes a unit changed, beside its geometry."""

_NUMBERS = ("height", "storeys", "year_built")
_CHUNK = 200_000


@dataclass(frozen=True)
class Changes:
    """One line for each unit and kind of change.

    old, new: digests of the compared releases. table: level, id, change, shift (metres; null for
    added and removed), fields (what changed), and `<column>_before`, `<column>_after` for height,
    storeys and use. unchanged: units by level that are the same in both.
    """

    old: str
    new: str
    table: pa.Table
    unchanged: dict[str, int]

    def ids(self, change: str, level: str = "building") -> list[str]:
        """Ids of one kind of change at one level, in row order."""
        import pyarrow.compute as pc

        table: Any = self.table
        kind, at = pc.field("change") == change, pc.field("level") == level
        found: list[str] = table.filter(kind & at)["id"].to_pylist()
        return found

    def counts(self) -> dict[str, dict[str, int]]:
        """Level → kind of change → how many units."""
        found = {
            level: dict.fromkeys(KINDS, 0) | {"unchanged": same}
            for level, same in self.unchanged.items()
        }
        grouped = self.table.group_by(["level", "change"]).aggregate([([], "count_all")])
        for row in grouped.to_pylist():
            found[row["level"]][row["change"]] = row["count_all"]
        return found


def compare(old: ModelRelease, new: ModelRelease) -> Changes:
    """Compare the living units of two releases, matched by id."""
    import pyarrow as pa

    runs = row_runs(old, new)
    before, after = (_alive(old), _alive(new)) if runs is None else (runs.others(0), runs.others(1))
    meshes = old.mesh(), new.mesh()
    tables: list[pa.Table] = []
    unchanged: dict[str, int] = {}
    for level in LEVELS[1:]:
        if level == "building" and runs is not None:
            found, unchanged[level] = _in_runs(runs)
            tables += found
            continue
        first, second = before.get(level), after.get(level)
        if first is None and second is None:
            continue
        bodies = meshes if level == "building" else None
        found, unchanged[level] = _level(level, first, second, bodies)
        tables += found
    return Changes(old.digest, new.digest, pa.concat_tables(tables or [_none()]), unchanged)


def _in_runs(runs: RowRuns) -> tuple[list[pa.Table], int]:
    """Buildings compared some thousand rows at a time; the same lines in the same order."""
    import pyarrow as pa

    kinds: list[list[pa.Table]] = [[] for _ in KINDS]
    same = 0
    for first, second, meshes in runs:
        found, unchanged = _level("building", first, second, meshes)
        same += unchanged
        for kind, table in zip(kinds, found, strict=False):  # all are new where none was before
            kind.append(table)
    return [pa.concat_tables(kind) for kind in kinds if kind], same


def _alive(release: ModelRelease) -> dict[str, Columns]:
    columns = read_columns(release.path / UNITS)
    keep = ~columns["removed"].astype(bool)
    return by_level({name: values[keep] for name, values in columns.items()})


def _level(
    level: str, old: Columns | None, new: Columns | None, meshes: tuple[Mesh, Mesh] | None
) -> tuple[list[pa.Table], int]:
    if old is None or new is None:
        only = new if old is None else old
        assert only is not None  # noqa: S101 - one of the two is there
        return [_table(level, "added" if old is None else "removed", only["id"])], 0
    place = position(old["id"], new["id"])
    kept = place >= 0
    gone = np.ones(len(old["id"]), bool)
    gone[place[kept]] = False
    a = {name: values[place[kept]] for name, values in old.items()}
    b = {name: values[kept] for name, values in new.items()}
    shift = _shift(a["geometry"], b["geometry"])
    fields = _fields(a, b) | {"geometry": _reshaped(a, b, shift, meshes)}
    distance = np.round(np.hypot(shift[:, 0], shift[:, 1]), 6)  # no move by rounding alone
    moved = distance > MOVED
    changed = np.logical_or.reduce(list(fields.values()))
    tables = [
        _table(level, "added", new["id"][~kept], after=_some(new, ~kept)),
        _table(level, "removed", old["id"][gone], before=_some(old, gone)),
    ]
    for kind, chosen in (("moved", moved), ("changed", changed)):
        told = {name: values[chosen] for name, values in fields.items()}
        tables.append(
            _table(level, kind, b["id"][chosen], before=_some(a, chosen), after=_some(b, chosen),
                   shift=distance[chosen], fields=told)
        )  # fmt: skip
    return tables, int((~moved & ~changed).sum())


def _some(columns: Columns, chosen: Bools) -> Columns:
    return {name: columns[name][chosen] for name in ("height", "storeys", "use")}


def _shift(old: npt.NDArray[Any], new: npt.NDArray[Any]) -> F64:
    """(N, 2) metres from the old centre to the new one; 0 where either has no geometry."""
    ends = [
        np.column_stack((shapely.get_x(points), shapely.get_y(points)))
        for points in (shapely.centroid(old), shapely.centroid(new))
    ]
    found: F64 = np.nan_to_num(ends[1] - ends[0])
    return found


def _fields(old: Columns, new: Columns) -> dict[str, Bools]:
    found: dict[str, Bools] = {}
    for name in TOLD:
        a, b = old[name], new[name]
        if name in _NUMBERS:
            a, b = a.astype(float), b.astype(float)
            close = np.isclose(a, b, rtol=0, atol=SAME, equal_nan=True)
            found[name] = ~close
        else:
            found[name] = (a != b).astype(bool)
    return found


def _reshaped(old: Columns, new: Columns, shift: F64, meshes: tuple[Mesh, Mesh] | None) -> Bools:
    """Whether a unit's shape differs otherwise than by its shift."""
    found = _redrawn(old["geometry"], new["geometry"], shift)
    if meshes is not None:
        rows = old["row"].astype(np.int64), new["row"].astype(np.int64)
        found |= _rebuilt(meshes, rows, shift)
    return found


def _redrawn(old: npt.NDArray[Any], new: npt.NDArray[Any], shift: F64) -> Bools:
    found: Bools = shapely.get_num_coordinates(old) != shapely.get_num_coordinates(new)
    found |= shapely.get_type_id(old) != shapely.get_type_id(new)
    same = np.flatnonzero(~found)
    first, of = shapely.get_coordinates(old[same], return_index=True)
    second = shapely.get_coordinates(new[same])
    if len(of):
        off = np.abs(second - first - shift[same][of]).max(axis=1)
        worst = np.zeros(len(same))
        np.maximum.at(worst, of, off)
        found[same] = worst > SAME
    odd = np.flatnonzero(found)
    found[odd] = _differ(old[odd], new[odd], shift[odd])
    return found


def _differ(old: npt.NDArray[Any], new: npt.NDArray[Any], shift: F64) -> Bools:
    """Judge by area what is not the same list of corners: a ring may begin anywhere."""
    moved = old.copy()
    points, of = shapely.get_coordinates(moved, return_index=True)
    moved = shapely.set_coordinates(moved, points + shift[of])
    both = shapely.symmetric_difference(shapely.make_valid(moved), shapely.make_valid(new))
    areal = (shapely.area(old) > 0) & (shapely.area(new) > 0)
    found: Bools = ~areal | (shapely.area(both) > SAME * shapely.length(new))
    return found


def _rebuilt(meshes: tuple[Mesh, Mesh], rows: tuple[I64, I64], shift: F64) -> Bools:
    """Whether a building's triangles differ; those of a release lie in row order."""
    if _equal(*meshes) and np.array_equal(*rows):
        return np.zeros(len(rows[0]), bool)
    starts, counts = zip(*(_runs(m, r) for m, r in zip(meshes, rows, strict=True)), strict=True)
    found: Bools = counts[0] != counts[1]
    same = np.flatnonzero(~found & (counts[0] > 0))
    total = np.cumsum(counts[0][same])
    cuts = np.searchsorted(total, np.arange(_CHUNK, int(total[-1]) if len(total) else 0, _CHUNK))
    for part in np.split(same, np.unique(cuts)):
        if len(part):
            found[part] = _deviation(meshes, starts, counts[0][part], part, shift[part]) > SAME
    return found


def _equal(old: Mesh, new: Mesh) -> bool:
    """Whether two meshes are the same numbers: the usual case, when another source was bridged."""
    names = ("feature", "triangles", "vertices")
    return all(np.array_equal(getattr(old, name), getattr(new, name)) for name in names)


def _runs(mesh: Mesh, rows: I64) -> tuple[I64, I64]:
    first = np.searchsorted(mesh.feature, rows, "left")
    return first, np.searchsorted(mesh.feature, rows, "right") - first


def _deviation(
    meshes: tuple[Mesh, Mesh], starts: tuple[I64, ...], count: I64, part: I64, shift: F64
) -> F64:
    """Largest difference of corners of each building of `part`, in metres."""
    begin = np.cumsum(count) - count
    within = np.arange(int(count.sum())) - np.repeat(begin, count)
    corners = [
        mesh.vertices[mesh.triangles[np.repeat(start[part], count) + within]]
        for mesh, start in zip(meshes, starts, strict=True)
    ]
    away = np.repeat(np.column_stack((shift, np.zeros(len(shift)))), count, axis=0)[:, None, :]
    off = np.abs(corners[1] - corners[0] - away).max(axis=(1, 2))
    found: F64 = np.maximum.reduceat(off, begin)
    return found


def _table(
    level: str, change: str, ids: npt.NDArray[Any], *, before: Columns | None = None,
    after: Columns | None = None, shift: F64 | None = None,
    fields: dict[str, Bools] | None = None,
) -> pa.Table:  # fmt: skip
    import pyarrow as pa

    count = len(ids)
    columns: dict[str, Any] = {
        "level": pa.array([level] * count, pa.string()),
        "id": pa.array(ids, pa.string()),
        "change": pa.array([change] * count, pa.string()),
        "shift": pa.array([None] * count if shift is None else shift, pa.float64()),
        "fields": pa.array(_names(fields, count), pa.list_(pa.string())),
    }
    for name in ("height", "storeys", "use"):
        for when, side in (("before", before), ("after", after)):
            kind = pa.string() if name == "use" else pa.float64()
            values = [None] * count if side is None else side[name]
            columns[f"{name}_{when}"] = pa.array(values, kind, from_pandas=True)
    return pa.table(columns)


def _names(fields: dict[str, Bools] | None, count: int) -> list[list[str]]:
    if fields is None:
        return [[] for _ in range(count)]
    names = np.array(list(fields), dtype=object)
    flags = np.column_stack(list(fields.values())) if count else np.zeros((0, len(names)), bool)
    patterns, which = np.unique(flags, axis=0, return_inverse=True)
    lists = [names[pattern].tolist() for pattern in patterns]
    return [lists[number] for number in which.ravel()]


def _none() -> pa.Table:
    return _table("building", "added", np.zeros(0, object))
