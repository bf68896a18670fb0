"""What measures may see of a city: shapes, attributes and parents of one model, one period."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from cim_bridge.levels import PARENT_LEVELS
from indicator_overlays.nesting import Nesting, Sums
from indicator_overlays.overlap import Shapes, usable, without_overlaps
from indicator_overlays.period import Period
from indicator_overlays.told import Told
from indicator_overlays.unit_table import LevelUnits, UnitTable

if TYPE_CHECKING:
    import geopandas as gpd

Floats = npt.NDArray[np.float64]


class CityShapes:
    """One model release as measures use it; element i of every array of a level is row i."""

    def __init__(self, units: gpd.GeoDataFrame, period: Period) -> None:
        self.period = period
        frame = pd.DataFrame(units.drop(columns=units.geometry.name))
        self.table = UnitTable(frame)
        levels = frame["level"].to_numpy()
        rows = frame["row"].to_numpy(dtype=np.int64)
        geometry = np.asarray(units.geometry.array, dtype=object)
        self._shapes: dict[str, Shapes] = {}
        self._sound: dict[str, Shapes] = {}
        self._made: dict[str, Any] = {}
        for level in self.table.levels:
            mine = np.flatnonzero(levels == level)
            self._shapes[level] = geometry[mine[np.argsort(rows[mine])]]

    @property
    def levels(self) -> list[str]:
        """Levels that have units."""
        return self.table.levels

    def units(self, level: str) -> LevelUnits:
        """Ids and attributes of a level."""
        return self.table.level(level)

    def shapes(self, level: str) -> Shapes:
        """Geometry of every row; tombstones and units without one are empty polygons."""
        if level not in self._sound:
            self._sound[level] = self._make_sound(level)
        return self._sound[level]

    def _make_sound(self, level: str) -> Shapes:
        found = self._shapes.get(level, np.zeros(0, object)).copy()
        gone = shapely.is_missing(found) | self.units(level).removed
        found[gone] = shapely.Polygon()
        broken = ~shapely.is_valid(found)
        found[broken] = shapely.make_valid(found[broken])
        whole: Shapes = found
        return whole

    def area(self, level: str) -> Floats:
        """m2 of every unit's geometry, 0 without one."""
        found: Floats = shapely.area(self.shapes(level))
        return found

    def objects(self, kind: str) -> Shapes:
        """Shapes of objects of a kind (road, park, school, ...)."""
        found: Shapes = self._of_kind("object", kind)
        return found

    def areas(self, kind: str) -> Shapes:
        """Shapes of special areas of a kind (built_up, residential_land, ...)."""
        found: Shapes = self._of_kind("area", kind)
        return found

    def object_area(self, kind: str) -> Floats:
        """m2 of objects of a kind as `objects` orders them: their geometry's, else as stated."""
        units = self.units("object")
        mine = self._pick("object", kind)
        shape = shapely.area(self._shapes["object"][mine]) if len(units) else np.zeros(0)
        stated = units.numbers("area")[mine] if len(units) else np.zeros(0)
        return np.where(shape > 0, shape, np.nan_to_num(stated))

    def remember(self, name: str, make: Callable[[], Any]) -> Any:
        """What several measures share, made once: `make()` the first time, the same after it."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    def told(self, level: str, kind: str | None = None) -> Told:
        """Own attributes of a level's rows, or of the objects and areas of a kind.

        The order is that of `units(level)`, or of `objects(kind)` and `areas(kind)`.
        """
        found: Told = self.remember(f"told {level} {kind}", lambda: self._read(level, kind))
        return found

    def _read(self, level: str, kind: str | None) -> Told:
        units = self.units(level)
        if len(units) == 0:
            return Told(np.zeros(0, object))
        texts = units.frame["attributes"].to_numpy(dtype=object)
        return Told(texts if kind is None else texts[self._pick(level, kind)])

    def object_parents(self, kind: str, level: str) -> npt.NDArray[np.int64]:
        """Row of the unit of a level that each object of a kind lies in, -1 none."""
        if len(self.units("object")) == 0:
            return np.zeros(0, np.int64)
        return self.table.parent_rows("object", level)[self._pick("object", kind)]

    def surveyed(self, level: str, layer: Shapes | None = None) -> npt.NDArray[np.bool_]:
        """Units at least half inside the hull of all buildings and objects (and a layer's box).

        Beyond it nothing was mapped: a zero there would be made up.
        """
        units = self.shapes(level)
        half = shapely.area(units) / 2
        seen = shapely.area(shapely.intersection(units, self._hull)) >= half
        if layer is not None:
            box = shapely.box(*shapely.total_bounds(layer))
            seen &= shapely.area(shapely.intersection(units, box)) >= half
        return np.asarray(seen, bool)

    @cached_property
    def _hull(self) -> Any:
        shapes = [self.shapes(level) for level in ("building", "object") if level in self.levels]
        mapped = np.concatenate(shapes) if shapes else np.zeros(0, object)
        boxes = shapely.bounds(mapped[~shapely.is_empty(mapped)])
        corners = np.concatenate([boxes[:, :2], boxes[:, 2:], boxes[:, [0, 3]], boxes[:, [2, 1]]])
        return shapely.convex_hull(shapely.multipoints(corners))

    @cached_property
    def footprints(self) -> Shapes:
        """Footprints of buildings, united where they overlap: their sum is the area of the union.

        The order is not the rows' order.
        """
        return without_overlaps(usable(self._polygons("building")))

    def parents(self, level: str) -> npt.NDArray[np.int64]:
        """Row of each building's unit at a level, -1 none; removed buildings have none."""
        found = self.table.parent_rows("building", level)
        return np.where(self.units("building").removed, -1, found)

    def summed(self, name: str, amounts: Callable[[], Floats]) -> Sums:
        """Amounts of buildings, summed once for all levels; `name` is theirs alone."""
        found: Sums = self.remember(f"summed {name}", lambda: self._nesting.sums(amounts()))
        return found

    def per_unit(self, level: str, amounts: Floats | Sums) -> Floats:
        """Sum amounts of buildings for each unit of a level."""
        sums = amounts if isinstance(amounts, Sums) else self._nesting.sums(amounts)
        return self._nesting.units(level, sums)

    @cached_property
    def _nesting(self) -> Nesting:
        levels = [level for level in PARENT_LEVELS if level in self.levels]
        above = {level: self.parents(level) for level in levels}
        sizes = {level: len(self.units(level)) for level in self.levels}
        return Nesting(above, sizes, len(self.units("building")))

    def _polygons(self, level: str) -> Shapes:
        found = self.shapes(level)
        flat: Shapes = found[shapely.get_dimensions(found) == 2]
        return flat

    def _pick(self, level: str, kind: str) -> npt.NDArray[np.bool_]:
        units = self.units(level)
        if len(units) == 0:
            return np.zeros(0, bool)
        shapes = self._shapes[level]
        has = ~(shapely.is_missing(shapes) | shapely.is_empty(shapes))
        return np.asarray(has & ~units.removed & (units.words("kind") == kind), bool)

    def _of_kind(self, level: str, kind: str) -> Any:
        mine = self._pick(level, kind)
        return usable(self._shapes[level][mine]) if len(mine) else np.zeros(0, object)
