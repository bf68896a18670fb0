"""Coverage on real land of Shanghai against geopandas; sums of all levels that nest."""

from __future__ import annotations

import math
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures
from indicator_overlays.measures import BUILT_IN
from indicator_overlays.period import year_period
from tests.support.shanghai import UTM, Parts, make_city, read_parts, told
from twin_server.demo import Demo

MEASURES = {measure.code: measure for measure in BUILT_IN}
LEVELS = ("block", "community", "district", "city")
Made = tuple[CityShapes, Parts]


@pytest.fixture(scope="module")
def made(shared: Path) -> Made:
    return make_city(read_parts(shared))


def reach(parts: Parts, kind: str) -> gpd.GeoSeries:
    """Discs and strips of service as the standard words them; the facilities that count."""
    things = parts[kind].geometry
    facts = [told(kind, n) for n in range(len(things))]
    if kind == "park":
        radius = np.where(things.area >= 5000, 500.0, 300.0)
    elif kind == "hospital":
        radius = np.array([4000.0 if one["grade"] >= 2 else np.nan for one in facts])
    elif kind == "fire_station":
        size = [4e6 if one["station_type"] == "small" else 7e6 for one in facts]
        radius = np.sqrt(np.array(size) / math.pi)
    else:
        radius = np.full(len(things), 1000.0)
    counts = np.isfinite(radius)
    return things[counts].buffer(pd.Series(radius[counts], things[counts].index), quad_segs=32)


@pytest.mark.parametrize(
    ("code", "kind", "land"),
    [
        ("park_coverage", "park", "homes"), ("greenway_coverage", "greenway", "homes"),
        ("middle_school_coverage", "school", "homes"), ("hospital_coverage", "hospital", "built"),
        ("fire_station_coverage", "fire_station", "built"),
    ],
)  # fmt: skip
def test_covered_land_is_what_geopandas_overlays(
    made: Made, code: str, kind: str, land: str
) -> None:
    city, parts = made
    served = reach(parts, kind).union_all()
    whole = (
        parts["homes"].union_all() if land == "homes"
        else parts["building"].buffer(40, quad_segs=4).union_all()
    )  # fmt: skip
    for level in LEVELS:
        units = parts[level][["geometry"]].reset_index(drop=True).assign(at=lambda f: f.index)
        found = MEASURES[code].compute(city, level)
        ground = gpd.GeoDataFrame(geometry=[whole], crs=UTM)
        total = _areas(gpd.overlay(units, ground, keep_geom_type=True), len(units))
        inside = gpd.GeoDataFrame(geometry=[whole.intersection(served)], crs=UTM)
        cover = _areas(gpd.overlay(units, inside, keep_geom_type=True), len(units))
        assert found.numerator is not None
        assert found.denominator is not None
        known = np.isfinite(found.value)
        assert known.sum() >= (10 if level == "block" else 1)
        assert found.denominator[known] == pytest.approx(total[known], rel=1e-6, abs=1e-4)
        assert found.numerator[known] == pytest.approx(cover[known], rel=1e-6, abs=1e-4)
        assert found.value[known] == pytest.approx(cover[known] / total[known] * 100, rel=1e-6)
    share = found.value[0]
    assert 0 < share <= 100


def _areas(cut: gpd.GeoDataFrame, size: int) -> np.ndarray:
    return cut.area.groupby(cut["at"]).sum().reindex(range(size), fill_value=0.0).to_numpy()


def test_communities_with_a_shop_are_those_geopandas_joins(made: Made) -> None:
    city, parts = made
    found = MEASURES["convenience_retail_coverage"].compute(city, "community")
    places = parts["community"][["geometry"]].reset_index(drop=True)
    inside = parts["retail"].set_geometry(parts["retail"].representative_point())
    joined = gpd.sjoin(inside[["geometry"]], places, predicate="within")
    wanted = np.where(np.isin(np.arange(len(places)), joined["index_right"]), 100.0, 0.0)
    assert len(joined) > 10
    assert found.value.tolist() == wanted.tolist()


BUILDINGS = (
    "building_count", "mean_height", "floor_area_ratio", "building_coverage",
    "new_residential_over_80m", "green_building_share", "dense_new_housing_share",
    "coastal_setback_violation", "historic_building_vacancy", "land_over_15k_density",
    "walk15_kindergarten", "walk15_primary_school", "walk15_clinic", "walk15_elderly_station",
    "walk15_retail", "walk15_park", "walk15_sports", "walk15_bus_stop", "walk15_kinds",
    "park_coverage", "greenway_coverage", "middle_school_coverage",
)  # fmt: skip
"""Measures that add up what lies in blocks: buildings, people, homes' land."""
COMMUNITIES = (
    "convenience_retail_coverage", "elderly_station_coverage", "childcare_coverage",
    "shelter_area_pc", "community_sports_area_pc",
)  # fmt: skip
SUBDISTRICTS = ("development_intensity", "hospital_coverage", "fire_station_coverage",
                "cim_3d_coverage", "permeable_surface_share")  # fmt: skip
"""Measures of land, streets between blocks included: subdistricts cover their district."""
DISTRICTS = ("natural_shoreline_rate",)
DENSITIES = ("road_density", "bike_lane_density", "barrier_free_rate", "utility_tunnel_share")
"""Lengths over areas: a street on an edge counts half on either side, blocks have none within."""
CHAIN = ("block", "community", "subdistrict", "district", "city")


def sums(found: Figures) -> list[float]:
    """What is added up: numerators and denominators, or counts."""
    above = found.numerator
    if above is None or not np.isfinite(above).any():
        above = found.value
    below = found.denominator
    parts = [above] if below is None or not np.isfinite(below).any() else [above, below]
    return [float(np.nansum(part)) for part in parts]


def hold(city: CityShapes, code: str, start: str) -> int:
    """Sums of every level from `start` up are the city's; the number of levels held."""
    levels = [one for one in CHAIN[CHAIN.index(start) :] if one in MEASURES[code].levels]
    levels = [one for one in levels if len(city.units(one))]
    by_level = {level: sums(MEASURES[code].compute(city, level)) for level in levels}
    top = by_level["city"]
    if code in ("floor_area_ratio", "building_coverage"):  # their land has streets, too
        by_level, top = {k: v[:1] for k, v in by_level.items()}, top[:1]
    for level, made in by_level.items():
        for mine, whole in zip(made, top, strict=True):
            if whole == round(whole):
                assert mine == whole, (code, level)
            else:
                assert mine == pytest.approx(whole, rel=1e-9), (code, level)
    return len(levels) if top[0] > 0 else 0


def test_every_measure_is_held_to_sums_or_is_a_density() -> None:
    told_of = {*BUILDINGS, *COMMUNITIES, *SUBDISTRICTS, *DISTRICTS, *DENSITIES}
    assert told_of == set(MEASURES)


def test_blocks_subdistricts_and_districts_of_the_sample_add_up_to_the_city(demo: Demo) -> None:
    model = open_model(CityFolder.open(demo.city))
    city = CityShapes(model.units, year_period(2024))
    held = {
        code: hold(city, code, start)
        for start, codes in (
            ("block", BUILDINGS), ("community", COMMUNITIES), ("subdistrict", SUBDISTRICTS),
            ("district", DISTRICTS),
        )
        for code in codes
    }  # fmt: skip
    assert [code for code, levels in held.items() if levels < 2] == []
    assert held["building_count"] == held["walk15_park"] == 5
    assert held["shelter_area_pc"] == 4


def test_blocks_and_districts_of_shanghai_add_up_to_the_city(made: Made) -> None:
    codes = ("building_count", "mean_height", "building_coverage", "park_coverage",
             "greenway_coverage", "middle_school_coverage", "hospital_coverage",
             "fire_station_coverage")  # fmt: skip
    assert {code: hold(made[0], code, "block") for code in codes} == dict.fromkeys(codes, 4)
