"""The units of one model release, ready to be found by id, place, label, parent or kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from cim_bridge.areas import Areas, Crossings, crossings
from cim_bridge.citytoml import CityConfig
from cim_bridge.crs import WGS84, transformer
from cim_bridge.levels import LEVELS, PARENT_LEVELS
from cim_bridge.release import ModelRelease
from cim_bridge.texts import text
from twin_server.coded import CodedTable, Rows, pc, plain

Floats = npt.NDArray[np.float64]

_SEARCHED = ("label_zh", "label_en", "id", "external_ids")
_REF = ("level", "label_zh", "label_en", "source_id", "row")


@dataclass(frozen=True)
class Places:
    """Where every unit is: bbox (N,4) west, south, east, north and centre (N,2), degrees WGS84."""

    bbox: Floats
    centre: Floats


class UnitTable:
    """Units of all levels. `index` is the line in the table, `row` the dense row of a level."""

    def __init__(self, release: ModelRelease, config: CityConfig) -> None:
        self._config = config
        self._release = release
        self._offset = float(release.manifest.get("height_offset", 0.0))
        units = release.units
        self._places = _places(units, release.manifest["crs"])
        plain_units = units.drop(columns=units.geometry.name)
        flat: Any = pa.Table.from_pandas(plain_units, preserve_index=False)
        self.ids: list[str] = flat["id"].to_pylist()
        self._attributes = flat["attributes"].combine_chunks()
        self._external = flat["external_ids"].combine_chunks()
        words = (pc.fill_null(flat[name].cast(pa.string()), "") for name in _SEARCHED)
        self._search = pc.utf8_lower(pc.binary_join_element_wise(*words, "\n"))
        self.table = CodedTable(flat.drop_columns(["attributes", "external_ids", "id"]))
        self._index = {name: place for place, name in enumerate(self.ids)}
        self._first = {
            level: int(np.argmax(self.levels == self.table.code("level", level)))
            for level in self.table.words("level")
        }

    @property
    def levels(self) -> npt.NDArray[np.int32]:
        """Level code of every unit (words in `table`)."""
        return self.table.codes("level")

    @property
    def boxes(self) -> Floats:
        """(N, 4) west, south, east, north of every unit in degrees WGS84."""
        return self._places.bbox

    @property
    def centres(self) -> Floats:
        """(N, 2) longitude and latitude of a point in every unit, degrees WGS84."""
        return self._places.centre

    @cached_property
    def alive(self) -> npt.NDArray[np.bool_]:
        """False for tombstones."""
        found: npt.NDArray[np.bool_] = self.table.numbers("removed") != 1
        return found

    @cached_property
    def counts(self) -> dict[str, int]:
        """Number of living units of each level."""
        found = np.bincount(self.levels[self.alive], minlength=len(self.table.words("level")))
        return dict(zip(self.table.words("level"), found.tolist(), strict=True))

    def find(self, unit_id: str) -> int | None:
        """Line of a public id, or None."""
        return self._index.get(unit_id)

    def at(self, level: str, row: int) -> int:
        """Line of a level's dense row."""
        return self._first[level] + row

    def of_level(self, level: str) -> Rows:
        """Lines of the living units of a level, in row order."""
        return np.flatnonzero((self.levels == self.table.code("level", level)) & self.alive)

    def level(self, index: int) -> str:
        """Level of a unit."""
        found: str = self.table.words("level")[self.levels[index]]
        return found

    def value(self, name: str, index: int) -> Any:
        """One cell; None where unknown."""
        return self.table.value(name, index)

    def refs(self, indexes: Rows) -> list[dict[str, Any]]:
        """What units are called elsewhere: id, level, label (the source id without one), row."""
        names = [self.table.values(name, indexes) for name in _REF]
        return [
            {"id": self.ids[index], "level": level, "label": text(zh or en or own, en), "row": row}
            for index, level, zh, en, own, row in zip(indexes.tolist(), *names, strict=True)
        ]

    def ref(self, index: int) -> dict[str, Any]:
        """One unit's id, level, label and row."""
        return self.refs(np.array([index]))[0]

    def items(self, indexes: Rows) -> list[dict[str, Any]]:
        """Units as a list gives them: who, where, how high, in what."""
        boxes = np.round(self._places.bbox[indexes], 7).tolist()
        heights = self.table.values("height", indexes)
        rows = zip(self.refs(indexes), indexes.tolist(), boxes, heights, strict=True)
        return [
            {
                **ref,
                "parent": self.nearest_parent(index),
                "centroid": self.centroid(index),
                "bbox": box,
                "height": height,
            }
            for ref, index, box, height in rows
        ]

    def centroid(self, index: int) -> list[float]:
        """[longitude, latitude, height of the top above the ellipsoid in metres]."""
        lon, lat = self._places.centre[index].tolist()
        ground, height = self.value("ground", index) or 0.0, self.value("height", index) or 0.0
        return [round(lon, 7), round(lat, 7), round(ground + height + self._offset, 2)]

    def bbox(self, index: int) -> list[float]:
        """[west, south, east, north] in degrees."""
        found: list[float] = np.round(self._places.bbox[index], 7).tolist()
        return found

    def attributes(self, index: int) -> dict[str, Any]:
        """The source's own attributes."""
        return _json(self._attributes[index].as_py())

    def external_ids(self, index: int) -> dict[str, Any]:
        """Ids of this unit in other systems."""
        return _json(self._external[index].as_py())

    def parent(self, index: int, level: str) -> str | None:
        """Public id of the parent at a level."""
        found: str | None = self.value(f"parent_{level}", index)
        return found

    def parents(self, index: int) -> list[dict[str, Any]]:
        """Every parent, from the city down; without the row."""
        found = []
        for level in PARENT_LEVELS:
            above = self.find(self.parent(index, level) or "")
            if above is not None and above != index:
                found.append(self.ref(above))
        return found

    def nearest_parent(self, index: int) -> str | None:
        """Public id of the finest unit this one lies in."""
        names = (self.parent(index, level) for level in reversed(PARENT_LEVELS))
        return next((name for name in names if name and name != self.ids[index]), None)

    @cached_property
    def children(self) -> dict[str, dict[str, dict[str, int]]]:
        """{parent level: {parent id: {child level: count}}}, counted once."""
        width = len(LEVELS)
        order = np.array([LEVELS.index(word) for word in self.table.words("level")], np.int64)
        found: dict[str, dict[str, dict[str, int]]] = {}
        for level in PARENT_LEVELS:
            codes, words = self.table.codes(f"parent_{level}"), self.table.words(f"parent_{level}")
            finer = order[self.levels] > LEVELS.index(level)
            keep = (codes >= 0) & self.alive & finer
            pairs = codes[keep].astype(np.int64) * width + order[self.levels[keep]]
            table = np.bincount(pairs, minlength=len(words) * width).reshape(-1, width)
            found[level] = {
                word: {LEVELS[k]: int(row[k]) for k in np.flatnonzero(row)}
                for word, row in zip(words, table, strict=True)
            }
        return found

    @cached_property
    def _floor_areas(self) -> dict[str, dict[str, float]]:
        """{parent level: {parent id: m2}}: footprint times storeys of the buildings in it."""
        floors = self._floors
        found: dict[str, dict[str, float]] = {}
        for level in PARENT_LEVELS:
            codes, words = self.table.codes(f"parent_{level}"), self.table.words(f"parent_{level}")
            keep = (codes >= 0) & np.isfinite(floors)
            sums = np.bincount(codes[keep], floors[keep], len(words))
            found[level] = dict(zip(words, sums.tolist(), strict=True))
        return found

    @cached_property
    def _floors(self) -> Floats:
        building = (self.levels == self.table.code("level", "building")) & self.alive
        area, storeys = self.table.numbers("area"), self.table.numbers("storeys")
        return np.where(building, area * storeys, np.nan)

    def floor_area(self, index: int) -> float | None:
        """Floor area in m2, footprint times storeys; of the buildings inside a higher level.

        None where no storeys are known.
        """
        if self.level(index) == "building":
            own = plain(float(self._floors[index]))
        else:
            own = self._floor_areas.get(self.level(index), {}).get(self.ids[index]) or None
        return None if own is None else round(own, 1)

    def search(
        self,
        *,
        level: str | None = None,
        bbox: tuple[float, float, float, float] | None = None,
        q: str = "",
        parent: str | None = None,
        kind: str | None = None,
    ) -> Rows:
        """Lines of the living units that fit every condition, in the order of level and row."""
        keep = self.alive.copy()
        if level is not None:
            keep &= self.levels == self.table.code("level", level)
        if kind is not None:
            keep &= self.table.codes("kind") == self.table.code("kind", kind)
        if parent is not None:
            keep &= self._inside(parent)
        if bbox is not None:
            west, south, east, north = bbox
            box = self._places.bbox
            keep &= (box[:, 0] <= east) & (box[:, 2] >= west)
            keep &= (box[:, 1] <= north) & (box[:, 3] >= south)
        if q.strip():
            found = pc.match_substring(self._search, q.strip().lower())
            keep &= found.to_numpy(zero_copy_only=False)
        return np.flatnonzero(keep)

    def _inside(self, parent: str) -> npt.NDArray[np.bool_]:
        level = parent.partition(":")[0]
        if level == "area":
            return self._in_area(parent)
        if level not in PARENT_LEVELS:
            return np.zeros(len(self.ids), bool)
        name = f"parent_{level}"
        inside: npt.NDArray[np.bool_] = self.table.codes(name) == self.table.code(name, parent)
        own = self.find(parent)
        if own is not None:
            inside[own] = False
        return inside

    def areas_of(self, index: int) -> list[dict[str, Any]]:
        """Special areas that hold at least half of a unit."""
        if self.level(index) in ("city", "area") or not self.alive[index]:
            return []
        if index not in self._held:
            self._held[index] = self._areas.of(self._shapes[index])
        rows = self._held[index]
        lines = np.array([self._first["area"] + row for row in rows], np.int64)
        return self.refs(lines) if len(lines) else []

    def _in_area(self, area: str) -> npt.NDArray[np.bool_]:
        """Units of any level of which at least half lies in a special area, of many."""
        inside = np.zeros(len(self.ids), bool)
        place = self.find(area)
        if place is None:
            return inside
        row = place - self._first["area"]
        for level, pairs in self._crossings.items():
            inside[self._first[level] + pairs.units_in(row)] = True
        return inside

    @cached_property
    def _held(self) -> dict[int, list[int]]:
        return {}  # rows of the areas of units whose files were read

    @cached_property
    def _shapes(self) -> npt.NDArray[np.object_]:
        return np.asarray(self._release.units.geometry.to_numpy(), object)

    @cached_property
    def _areas(self) -> Areas:
        return Areas(self._release)

    @cached_property
    def _crossings(self) -> dict[str, Crossings]:
        """Level → which of its units lie in which special areas; made when first asked for."""
        below = [level for level in self._first if level not in ("city", "area")]
        return {level: crossings(self._release, level) for level in below}


def _places(units: Any, crs: str) -> Places:
    import shapely

    to_degrees = transformer(crs, WGS84)
    shapes = units.geometry.to_numpy()
    bounds = shapely.bounds(shapes)
    corners = [
        to_degrees.transform(bounds[:, i], bounds[:, j])
        for i, j in ((0, 1), (0, 3), (2, 1), (2, 3))
    ]
    lon = np.stack([corner[0] for corner in corners])
    lat = np.stack([corner[1] for corner in corners])
    small = np.isin(units["level"].to_numpy(), ("building", "object"))
    points = shapely.centroid(shapes)
    points[~small] = shapely.point_on_surface(shapes[~small])
    centre = np.stack(to_degrees.transform(shapely.get_x(points), shapely.get_y(points)), axis=1)
    bbox = np.stack([lon.min(0), lat.min(0), lon.max(0), lat.max(0)], axis=1)
    return Places(bbox, centre)


def _json(written: str | None) -> dict[str, Any]:
    if not written:
        return {}
    found = orjson.loads(written)
    return {str(key): plain(value) for key, value in found.items()} if found else {}
