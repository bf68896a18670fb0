"""The sample city as the product's own measures see it, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
import shapely
from numpy.typing import NDArray

from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.period import year_period
from indicator_overlays.unit_table import NUMBERS, WORDS
from scenes.sample.fabric import Fabric
from scenes.sample.levels import Units
from scenes.sample.people import People, use_words
from scenes.sample.placing import PART
from scenes.sample.plan import CRS
from scenes.sample.sums import district_of

Ints = NDArray[np.int64]
Texts = NDArray[np.object_]
RIM = 300.0  # metres around a district within which buildings count at its edge
ABOVE = ("district", "community", "block", "compound")  # levels that a parent is looked up at
SCHOOLS = ("primary_school", "middle_school")  # kinds of the facilities' table that are schools
OBJECTS = ("roads", "parks", "green", "water", "coast", "greenways", "facilities")
ASKED = (  # attributes of objects that a measure reads
    "detail", "bike_lane", "barrier_free", "utility_tunnel", "natural", "grade", "station_type",
    "effective_area", "site_area", "floor_area", "vacant", "vacant_months", "listed",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Some districts as measures see them, and the rows of their units in the whole city."""

    city: CityShapes
    rows: dict[str, Ints]


def city_shapes(
    fabric: Fabric,
    units: Units,
    people: People,
    layers: dict[str, gpd.GeoDataFrame],
    year: int,
) -> CityShapes:
    """Units, objects and areas in memory, shaped like those of a model release of them."""
    every = np.arange(len(people.ids))
    return _shapes(fabric, units, people, layers, year, every, _all_units(units))


def without_buildings(
    fabric: Fabric, units: Units, people: People, layers: dict[str, gpd.GeoDataFrame], year: int
) -> CityShapes:
    """The city for measures that look at no building."""
    none = np.zeros(0, np.int64)
    return _shapes(fabric, units, people, layers, year, none, _all_units(units))


def in_parts(
    fabric: Fabric,
    units: Units,
    people: People,
    layers: dict[str, gpd.GeoDataFrame],
    year: int,
    most: int = PART,
) -> Iterator[Part]:
    """The city district by district, so that only one's buildings are in memory at a time.

    A city of at most ``most`` buildings is one part. Objects and areas are in every part, and so
    are the neighbours' buildings at its rim.
    """
    if len(people.ids) <= most:
        yield Part(city_shapes(fabric, units, people, layers, year), _all_units(units))
        return
    above = district_of(units)
    outline = np.asarray(units.tables["district"].geometry, dtype=object)
    for number in range(len(outline)):
        rows = {level: np.flatnonzero(above[level] == number) for level in ABOVE}
        shapely.prepare(outline[number])
        near = shapely.dwithin(outline[number], shapely.points(fabric.origin), RIM)
        here = np.flatnonzero((people.district == number) | near)
        yield Part(_shapes(fabric, units, people, layers, year, here, rows), rows)


def _all_units(units: Units) -> dict[str, Ints]:
    return {level: np.arange(len(units.tables[level])) for level in ABOVE}


def _shapes(
    fabric: Fabric, units: Units, people: People, layers: dict[str, gpd.GeoDataFrame], year: int,
    buildings: Ints, rows: dict[str, Ints],
) -> CityShapes:  # fmt: skip
    built = [_buildings(fabric, units, people, buildings)] if len(buildings) else []
    frames = [
        *built,
        *(_level(units, layers, level, rows[level]) for level in ABOVE),
        _objects(units, layers),
        _areas(layers["areas"]),
    ]
    table = pd.concat(frames, ignore_index=True)
    return CityShapes(gpd.GeoDataFrame(table, geometry="geometry", crs=CRS), year_period(year - 1))


def _frame(level: str, ids: Texts, shapes: Texts, **columns: object) -> pd.DataFrame:
    """Rows of one level; what is not given is unknown."""
    size = len(ids)
    told = {name: np.full(size, np.nan) for name in NUMBERS}
    said: dict[str, object] = {name: np.full(size, "", object) for name in (*WORDS, "attributes")}
    names = {f"parent_{name}": np.full(size, None, object) for name in ABOVE}
    first = {"id": ids, "level": level, "row": np.arange(size), "removed": False}
    return pd.DataFrame({**first, **told, **said, **names, "geometry": shapes, **columns})


def _ids(units: Units, level: str) -> Texts:
    return units.tables[level]["id"].to_numpy(object)


def _buildings(fabric: Fabric, units: Units, people: People, rows: Ints) -> pd.DataFrame:
    compound = np.full(len(rows), None, dtype=object)
    inside = people.compound[rows] >= 0
    compound[inside] = _ids(units, "compound")[people.compound[rows][inside]]
    green = np.array(['{"green_building":false}', '{"green_building":true}'], dtype=object)
    return _frame(
        "building",
        people.ids[rows],
        fabric.footprints(rows),
        height=people.height[rows],
        storeys=people.storeys[rows].astype(float),
        year_built=people.year[rows].astype(float),
        population=people.population[rows].astype(float),
        use=use_words(people.use[rows]),
        attributes=green[people.green[rows].astype(int)],
        parent_block=_ids(units, "block")[people.cell[rows]],
        parent_compound=compound,
        parent_community=_ids(units, "community")[people.community[rows]],
        parent_district=_ids(units, "district")[people.district[rows]],
    )


def _level(
    units: Units, layers: dict[str, gpd.GeoDataFrame], level: str, rows: Ints
) -> pd.DataFrame:
    table = units.tables[level].iloc[rows]
    name = {"community": "communities", "district": "districts"}.get(level)
    of_district = district_of(units)[level][rows]
    more: dict[str, object] = {"parent_district": _ids(units, "district")[of_district]}
    if level in ("block", "compound"):
        more["parent_community"] = table["community_id"].to_numpy(object)
    if level == "compound":
        more["parent_block"] = table["block_id"].to_numpy(object)
    if name is not None:
        more["population"] = layers[name]["population"].to_numpy(float)[rows]
    shapes = np.array(table.geometry, dtype=object)
    if level == "block":  # blocks of the hills are no blocks to the checkup
        shapes[(table["land_use"] == "forest").to_numpy(bool)] = shapely.Polygon()
    return _frame(level, table["id"].to_numpy(object), shapes, **more)


def _objects(units: Units, layers: dict[str, gpd.GeoDataFrame]) -> pd.DataFrame:
    tables = [layers[name] for name in OBJECTS]
    kind = np.concatenate([table["kind"].to_numpy(object) for table in tables])
    ids = np.concatenate([table["id"].to_numpy(object) for table in tables])
    shapes = np.concatenate([np.asarray(table.geometry, dtype=object) for table in tables])
    told = [
        orjson.dumps({name: value for name, value in row.items() if value == value}).decode()
        for table in tables
        for row in _asked(table)
    ]
    parents = {f"parent_{level}": _inside(units, level, shapes) for level in ABOVE[:3]}
    return _frame(
        "object",
        ids,
        shapes,
        kind=np.where(np.isin(kind, SCHOOLS), "school", kind),
        attributes=np.array(told, dtype=object),
        **parents,
    )


def _asked(table: gpd.GeoDataFrame) -> list[dict[str, object]]:
    wanted = [name for name in ASKED if name in table]
    rows = pd.DataFrame(table[wanted]).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]


def _inside(units: Units, level: str, shapes: Texts) -> Texts:
    """Id of the unit that each point lies in; None for other shapes and where there is none."""
    out = np.full(len(shapes), None, object)
    points = np.flatnonzero(shapely.get_type_id(shapes) == 0)
    areas = np.asarray(units.tables[level].geometry, dtype=object)
    point, unit = shapely.STRtree(areas).query(shapes[points], predicate="intersects")
    out[points[point[::-1]]] = _ids(units, level)[unit[::-1]]
    return out


def _areas(table: gpd.GeoDataFrame) -> pd.DataFrame:
    shapes = np.asarray(table.geometry, dtype=object)
    ids = table["id"].to_numpy(object)
    return _frame("area", ids, shapes, kind=table["kind"].to_numpy(object))
