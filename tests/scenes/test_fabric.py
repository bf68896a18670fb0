"""The urban form: nothing overlaps, nothing stands in the water or on a street."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from scenes.sample import SampleReport
from scenes.sample.fabric import Fabric, make_fabric
from scenes.sample.solids import MAKE


@pytest.fixture(scope="module")
def fabric(sample: SampleReport) -> Fabric:
    return make_fabric(sample.counts["building"], sample.seed)


@cache
def layer(files: Path, name: str) -> gpd.GeoDataFrame:
    return gpd.read_file(files / "layers" / f"{name}.gpkg")


def test_no_two_buildings_overlap(fabric: Fabric) -> None:
    pairs = shapely.STRtree(fabric.footprint).query(fabric.footprint, predicate="intersects")
    assert (pairs[0] == pairs[1]).all()


def test_no_building_stands_in_the_water(fabric: Fabric, files: Path) -> None:
    water = layer(files, "water").geometry.to_numpy()
    assert len(shapely.STRtree(fabric.footprint).query(water, predicate="intersects")[0]) == 0


def test_no_building_stands_on_a_street(fabric: Fabric, files: Path) -> None:
    roads = layer(files, "roads")
    ribbons = shapely.buffer(roads.geometry.to_numpy(), roads["width"] / 2 - 0.5, cap_style="flat")
    on = shapely.STRtree(fabric.footprint).query(ribbons, predicate="intersects")[1]
    assert len(np.unique(on)) == 0


def test_buildings_follow_their_street(fabric: Fabric) -> None:
    u, v = fabric.plan_at.T
    street = fabric.plan.heading(u, v)
    turn = np.mod(fabric.angle - street + 1e-9, np.pi / 2)
    assert turn.max() < 1e-6


def test_the_skyline_has_low_and_high(fabric: Fabric) -> None:
    s = fabric.solids.solids
    top = np.zeros(len(fabric.solids))
    np.maximum.at(top, s["of"].astype(int), s["base"] + s["height"] + s["rise"])
    make = fabric.solids.rows["make"]
    assert np.median(top[make == MAKE["lane"]]) < 9
    assert 15 < np.median(top[make == MAKE["slab"]]) < 24
    assert (top[make == MAKE["tower"]] > 80).any()
    assert top.max() > 250


def test_blocks_tile_the_land_without_overlap(files: Path) -> None:
    shapes = layer(files, "blocks").geometry.to_numpy()
    assert shapely.is_valid(shapes).all()
    assert len(shapely.STRtree(shapes).query(shapes, predicate="overlaps")[0]) == 0


def test_streets_run_exactly_on_the_edges_of_blocks(files: Path) -> None:
    roads, blocks = layer(files, "roads"), layer(files, "blocks").geometry.to_numpy()
    edges = shapely.union_all(shapely.boundary(blocks))
    dry = layer(files, "water").geometry.union_all()
    inner = roads[(roads["road_class"] == "local") & ~roads.intersects(dry.buffer(60))]
    on_edge = shapely.length(shapely.intersection(inner.geometry.to_numpy(), edges)).sum()
    assert on_edge == pytest.approx(inner.length.sum(), rel=0.02)


def test_the_ground_is_land_only_and_meets_the_sea_at_zero(files: Path) -> None:
    import orjson

    ground = orjson.loads((files / "model/ground.city.json").read_bytes())
    scale, move = ground["transform"]["scale"], ground["transform"]["translate"]
    points = np.array(ground["vertices"]) * scale + move
    assert points[:, 2].min() == 0.0
    assert points[:, 2].max() > 60.0
    sea = layer(files, "water").query("water_type == 'sea'").geometry.iloc[0]
    shapely.prepare(sea)
    assert not shapely.contains_xy(sea.buffer(-1.0), points[:, 0], points[:, 1]).any()
    shore = points[shapely.dwithin(sea, shapely.points(points[:, :2]), 0.01), 2]
    assert len(shore) > 50
    assert np.allclose(shore, 0.0)
