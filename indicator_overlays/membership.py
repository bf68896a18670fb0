"""Which units lie in which special areas, by a point inside each unit; read once for a model.

Geometry is decoded only for a model that has areas, and only the first time: the pairs are kept in
`memberships/<model>.parquet` of the city folder, which may be deleted at any time.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cim_bridge.folder import CityFolder
from cim_bridge.release import ModelRelease
from indicator_overlays.unit_table import UnitTable

LEVELS_INSIDE: tuple[str, ...] = ("community", "block", "compound", "plot", "building")
"""Levels whose units are counted in areas; a district is no part of an area it crosses."""

Ints = npt.NDArray[np.int64]

_FIELDS: dict[str, pa.DataType] = {
    "level": pa.string(), "unit": pa.int64(), "area": pa.int64(),
}  # fmt: skip
_SCHEMA = pa.schema(_FIELDS)


@dataclass(frozen=True)
class Membership:
    """pairs: level → (unit rows, area rows), one pair for each unit in each area."""

    pairs: dict[str, tuple[Ints, Ints]]

    def units_in(self, level: str, area: int) -> Ints:
        """Rows of the units of a level that lie in one area."""
        units, areas = self._by_area.get(level, (np.zeros(0, np.int64), np.zeros(0, np.int64)))
        first, last = np.searchsorted(areas, (area, area + 1))
        found: Ints = units[first:last]
        return found

    @cached_property
    def _by_area(self) -> dict[str, tuple[Ints, Ints]]:
        """The pairs in the order of their areas, sorted once for all of them."""
        order = {level: np.argsort(areas, kind="stable") for level, (_, areas) in
                 self.pairs.items()}  # fmt: skip
        return {
            level: (units[order[level]], areas[order[level]])
            for level, (units, areas) in self.pairs.items()
        }

    def ids(self, units: UnitTable) -> pd.DataFrame:
        """`unit_id` and `area_id` of every pair."""
        names = units.level("area").ids
        parts = [
            pd.DataFrame({"unit_id": units.level(level).ids[unit], "area_id": names[area]})
            for level, (unit, area) in self.pairs.items()
        ]
        empty = pd.DataFrame({"unit_id": [], "area_id": []}, dtype=object)
        return pd.concat([empty, *parts], ignore_index=True)


def membership_of(folder: CityFolder, model: ModelRelease) -> Membership | None:
    """Return the pairs of a model; None where it has no areas. Kept after the first time."""
    heads = model.columns("level", "removed")
    stands = pc.and_(pc.equal(heads["level"], pa.scalar("area")), pc.invert(heads["removed"]))
    if not pc.any(stands).as_py():
        return None
    kept = folder.path / "memberships" / f"{model.digest}.parquet"
    if not kept.is_file():
        _keep(kept, _located(model))
    table = pq.read_table(kept)
    level = table["level"].to_numpy().astype(str)
    unit, area = table["unit"].to_numpy(), table["area"].to_numpy()
    return Membership({name: (unit[level == name], area[level == name]) for name in LEVELS_INSIDE})


def _keep(file: Path, table: pa.Table) -> None:
    file.parent.mkdir(exist_ok=True)
    temporary = file.with_name(f".{file.name}")
    pq.write_table(table, temporary, compression="zstd")
    temporary.replace(file)


def _located(model: ModelRelease) -> pa.Table:
    """Every pair, by level, unit and area."""
    import shapely

    from cim_bridge.geometry.locate import inner_points

    units = model.units
    stands = ~units["removed"].to_numpy(bool)
    level = units["level"].to_numpy(object)
    mine = np.flatnonzero(stands & np.isin(level, LEVELS_INSIDE))
    held = np.flatnonzero(stands & (level == "area"))
    shapes = np.asarray(units.geometry.to_numpy(), object)
    mine = mine[~(shapely.is_missing(shapes[mine]) | shapely.is_empty(shapes[mine]))]
    points = shapely.points(inner_points(shapes[mine]))
    left, right = shapely.STRtree(shapes[held]).query(points, predicate="intersects")
    row = units["row"].to_numpy(np.int64)
    found = {"level": level[mine[left]], "unit": row[mine[left]], "area": row[held[right]]}
    table = pa.table(found).cast(_SCHEMA)
    return table.sort_by([(name, "ascending") for name in ("level", "unit", "area")])
