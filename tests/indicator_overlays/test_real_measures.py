"""Measures on real streets, blocks and buildings of Manhattan, held against geopandas."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from cim_bridge.model import UNIT_COLUMNS
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measures import BUILT_IN
from indicator_overlays.period import year_period
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
