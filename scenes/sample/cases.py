"""Cases that geometry may leave out of a small city: facilities are moved a little to have them.

For each rule about reach (schools, hospitals, parks) some block lacks it and some block nearly
does, in a city of any size, by the product's own measures. In a large city there are such blocks
anyway, and nothing is moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from indicator_overlays.measure import Measure
from indicator_overlays.measures.park_coverage import ParkCoverage
from indicator_overlays.measures.service_radius import HOSPITAL, MIDDLE_SCHOOL
from scenes.sample.fabric import Fabric
from scenes.sample.levels import Units
from scenes.sample.measured import city_shapes
from scenes.sample.people import People
from scenes.sample.plan import CRS, Array
from scenes.sample.truth import YEARS

Layers = dict[str, gpd.GeoDataFrame]
LIMIT, NEAR = 80.0, 88.0  # per cent: rules D07, D07B and D14 with a tenth of the limit
INSIDE = 0.6  # of that tenth kept away from, so that rounding never decides
ENOUGH = 6_000  # buildings from which on every case is there by chance
FIRES_LEAST, FIRES_MOST = 0.05, 0.45  # share of the blocks that a distant hospital may leave out
STEPS, REACH = 240, 6_000.0  # places tried for it, metres from the city's near end
NUDGE = np.linspace(-45.0, 45.0, 7)  # metres a school's gate is moved by, both ways
SHRINK = np.arange(3.0, 61.0, 3.0)  # metres by which a park is made smaller on all sides
LEAST = 1_000.0  # square metres of a park
NEIGHBOUR = ("邻县人民医院", "Neighbour County Hospital")


def settle(layers: Layers, fabric: Fabric, units: Units, people: People) -> Layers:
    """The layers with every case in them; the same ones where nothing is missing."""
    if len(people.ids) > ENOUGH:
        return layers

    def value(measure: Measure, tried: Layers) -> Array:
        city = city_shapes(fabric, units, people, tried, YEARS[-1])
        found: Array = measure.compute(city, "block").value
        return found

    middle = shapely.get_coordinates(shapely.centroid(fabric.cells.shape))
    layers = _first(layers, HOSPITAL, value, lambda: _hospitals(layers["facilities"], middle))
    layers = _first(layers, MIDDLE_SCHOOL, value, lambda: _schools(layers["facilities"]))
    return _first(layers, ParkCoverage(), value, lambda: _parks(layers["parks"]), "parks")


def _first(
    layers: Layers,
    measure: Measure,
    value: Callable[[Measure, Layers], Array],
    tries: Callable[[], Iterator[gpd.GeoDataFrame]],
    name: str = "facilities",
) -> Layers:
    """The first of the tries in which a block fires and another nearly does."""
    if _shows(value(measure, layers)):
        return layers
    for table in tries():
        tried = {**layers, name: table}
        if _shows(value(measure, tried)):
            return tried
    return layers


def _shows(value: Array) -> bool:
    known = value[np.isfinite(value)]
    fires = float((known < LIMIT - INSIDE).mean()) if len(known) else 0.0
    near = ((known > LIMIT + INSIDE) & (known < NEAR - INSIDE)).any()
    return bool(near) and 0.0 < fires < 1.0


def _hospitals(table: gpd.GeoDataFrame, middle: Array) -> Iterator[gpd.GeoDataFrame]:
    """One of grade II in the next county, farther and farther; the city's own are of grade I."""
    west, east = middle[np.argmin(middle[:, 0])], middle[np.argmax(middle[:, 0])]
    way = (west - east) / np.hypot(*(west - east))
    own = table.copy()
    own.loc[own["kind"] == "hospital", "grade"] = 1
    last = own[own["kind"] == "hospital"].iloc[[0]].copy()
    last["id"] = f"F{len(own) + 1:05d}"
    last["name_zh"], last["name_en"] = NEIGHBOUR
    last["grade"], last["beds"] = 2, 620
    for step in np.linspace(0.0, REACH, STEPS):
        place = west + way * step
        away = np.hypot(*(middle - place).T)
        left = float((away > 4_000.0).mean())
        if not FIRES_LEAST < left < FIRES_MOST:
            continue
        last.geometry = gpd.GeoSeries(shapely.points([place.round(2)]), index=last.index, crs=CRS)
        both = pd.concat([own, last], ignore_index=True)
        yield gpd.GeoDataFrame(both, geometry="geometry", crs=CRS)


def _schools(table: gpd.GeoDataFrame) -> Iterator[gpd.GeoDataFrame]:
    """A school's point moved within its grounds, one school after the other."""
    at = shapely.get_coordinates(np.asarray(table.geometry, dtype=object))
    for row in np.flatnonzero((table["kind"] == "middle_school").to_numpy(bool)):
        for east in NUDGE:
            for north in NUDGE:
                yield _moved(table, int(row), shapely.Point(at[row] + np.array([east, north])))


def _parks(table: gpd.GeoDataFrame) -> Iterator[gpd.GeoDataFrame]:
    """A park made a little smaller, one after the other, largest first."""
    area = np.asarray(table.area, dtype=np.float64)
    for row in np.argsort(-area, kind="stable"):
        for less in SHRINK:
            shape = table.geometry.iloc[row].buffer(-less, join_style="mitre")
            if shape.geom_type != "Polygon" or shape.area < LEAST:
                break
            moved = _moved(table, int(row), shape)
            moved.loc[moved.index[row], "site_area"] = round(shape.area, 1)
            yield moved


def _moved(table: gpd.GeoDataFrame, row: int, shape: object) -> gpd.GeoDataFrame:
    shapes = np.array(table.geometry, dtype=object)
    shapes[row] = shape
    return table.set_geometry(gpd.GeoSeries(shapes, index=table.index, crs=CRS))
