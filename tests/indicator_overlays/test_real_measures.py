"""Measures on real streets, blocks and buildings of Manhattan, held against geopandas."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pytest
import shapely

from cim_bridge.model import UNIT_COLUMNS
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measures import BUILT_IN
from indicator_overlays.period import year_period
from indicator_overlays.walking import WalkNetwork, reach
from tests.support.tinycity import one_unit

UTM = "EPSG:32618"
MEASURES = {measure.code: measure for measure in BUILT_IN}


@pytest.fixture(scope="module")
def parts(shared: Path) -> dict[str, gpd.GeoDataFrame]:
    """300 blocks with the buildings and roads around them, in metres."""
    derived = shared / "data/nyc/derived"
    found = {}
    for name in ("blocks", "buildings", "roads"):
        frame = gpd.read_file(derived / f"manhattan_cd101-103_{name}.geojson").to_crs(UTM)
        found[name] = frame.reset_index(drop=True)
    houses = found["buildings"]
    houses = houses[houses["kind"] == "building"].copy()
    houses.geometry = houses.geometry.make_valid()
    blocks = found["blocks"].iloc[:300].reset_index(drop=True)
    near = blocks.union_all().buffer(300)
    return {
        "blocks": blocks,
        "buildings": houses[houses.intersects(near)].reset_index(drop=True),
        "roads": found["roads"][found["roads"].intersects(near)].reset_index(drop=True),
    }


@pytest.fixture(scope="module")
def city(parts: dict[str, gpd.GeoDataFrame]) -> CityShapes:
    rows = []
    for level, name, kind in (
        ("block", "blocks", ""), ("building", "buildings", ""), ("object", "roads", "road"),
    ):  # fmt: skip
        for number, shape in enumerate(parts[name].geometry):
            told = one_unit(level, f"{name}-{number}", number, {})
            rows.append(told | {"kind": kind, "geometry": shape, "area": shape.area})
    frame = pd.DataFrame(rows)[list(UNIT_COLUMNS)]
    units = gpd.GeoDataFrame(frame, geometry="geometry", crs=UTM)
    return CityShapes(units, year_period(2024))


def test_building_coverage_is_what_geopandas_cuts_out(
    city: CityShapes, parts: dict[str, gpd.GeoDataFrame]
) -> None:
    found = MEASURES["building_coverage"].compute(city, "block")
    blocks = parts["blocks"][["geometry"]].assign(at=range(len(parts["blocks"])))
    union = gpd.GeoDataFrame(geometry=[parts["buildings"].union_all()], crs=UTM).explode()
    cut = gpd.overlay(blocks, union, how="intersection", keep_geom_type=True)
    covered = cut.area.groupby(cut["at"]).sum().reindex(range(len(blocks)), fill_value=0.0)
    assert found.numerator is not None
    told = np.isfinite(found.value)
    assert told.sum() > 250
    assert found.numerator[told] == pytest.approx(covered.to_numpy()[told], rel=1e-6, abs=1e-6)
    share = covered.to_numpy() / blocks.area.to_numpy() * 100
    assert found.value[told] == pytest.approx(share[told], rel=1e-6, abs=1e-9)


def test_road_density_is_what_geopandas_clips_with_edges_counted_half(
    city: CityShapes, parts: dict[str, gpd.GeoDataFrame]
) -> None:
    found = MEASURES["road_density"].compute(city, "block")
    roads = parts["roads"].geometry
    wanted = []
    for block in parts["blocks"].geometry:
        near = roads[roads.intersects(block)]
        inside = near.intersection(block).length.sum()
        along = near.intersection(block.boundary).length.sum()
        wanted.append((inside - along / 2) / block.area * 1000)
    told = np.isfinite(found.value)
    assert told.sum() > 250
    assert np.count_nonzero(np.array(wanted)[told]) > 200
    assert found.value[told] == pytest.approx(np.array(wanted)[told], rel=1e-6, abs=1e-6)


def test_walks_along_the_streets_are_as_long_as_those_of_networkx(
    parts: dict[str, gpd.GeoDataFrame],
) -> None:
    """Distances on streets drawn to the centimetre, within 1 mm; the same homes within 1,000 m.

    Streets as they are drawn give the same within 5 cm.
    """
    lines = parts["roads"].geometry.to_numpy()
    spots = shapely.centroid(parts["buildings"].geometry.to_numpy())
    homes, stops = spots[5::40], spots[11::500]
    network = WalkNetwork.of(lines, stops)
    nodes = network.distances(np.ones(len(stops), bool))
    found = network.from_points(reach(network.streets, homes), nodes)
    wanted = _by_networkx(lines, homes, stops, grid=0.01)
    assert len(homes) > 50
    assert np.isfinite(wanted).sum() > 50
    assert found == pytest.approx(wanted, abs=1e-3)
    assert (found <= 1000.0).tolist() == (wanted <= 1000.0).tolist()
    assert found == pytest.approx(_by_networkx(lines, homes, stops, grid=None), abs=0.05)


def _by_networkx(
    lines: np.ndarray, homes: np.ndarray, stops: np.ndarray, *, grid: float | None
) -> np.ndarray:
    """Every point walks straight to its nearest street, then along the streets."""
    streets = gpd.GeoDataFrame(
        geometry=[shapely.union_all(lines, grid_size=grid)], crs=UTM
    ).explode()
    streets = streets.reset_index(drop=True)
    every = gpd.GeoDataFrame(geometry=[*homes, *stops], crs=UTM)
    near = gpd.sjoin_nearest(every, streets, distance_col="leg")
    near = near[~near.index.duplicated()].sort_index()
    graph = nx.MultiGraph()
    for number, street in enumerate(streets.geometry):
        on = [(0.0, street.coords[0]), (street.length, street.coords[-1])]
        for point in near.index[near["index_right"] == number]:
            on.append((street.project(every.geometry[point]), f"point {point}"))
        on.sort(key=lambda pair: pair[0])
        for (a, one), (b, other) in pairwise(on):
            graph.add_edge(one, other, weight=b - a)
    for point in range(len(homes), len(every)):
        graph.add_edge("start", f"point {point}", weight=float(near["leg"][point]))
    far = nx.single_source_dijkstra_path_length(graph, "start", weight="weight")
    return np.array(
        [far.get(f"point {n}", np.inf) + float(near["leg"][n]) for n in range(len(homes))]
    )
