"""Measures that need facilities and their attributes, against figures worked out by hand."""

from __future__ import annotations

import json
import math
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from cim_bridge.levels import LEVELS
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.measure import Figures
from indicator_overlays.measures import BUILT_IN
from indicator_overlays.measures.cim_3d_coverage import CORNER
from indicator_overlays.period import year_period
from indicator_overlays.told import Told
from tests.support.gridcity import grid_units

MEASURES = {measure.code: measure for measure in BUILT_IN}
Row = dict[str, Any]


def thing(shape: Any, kind: str, level: str = "object", **facts: Any) -> Row:
    """An object or area; it lies in the block and district that hold its middle."""
    x, y = shape.centroid.x, shape.centroid.y
    inside = 0 <= x < 400 and 0 <= y < 200
    block = f"block:B{int(x // 100) + 4 * int(y // 100) + 1}" if inside else None
    district = ("district:D1" if x < 200 else "district:D2") if inside else None
    return {
        "level": level, "kind": kind, "geometry": shape, "attributes": json.dumps(facts),
        "parent_block": block, "parent_district": district, "parent_city": "city:grid",
    }  # fmt: skip


def city(*rows: Row, without: tuple[str, ...] = (), change: Any = None) -> CityShapes:
    """The grid city with more rows and without some kinds."""
    table = grid_units()
    table = table[~table["kind"].isin(without)]
    pattern = table[table["level"] == "object"].iloc[0].to_dict()
    added = [
        pattern | {"id": f"{row['level']}:x{i}", "source_id": f"x{i}", "area": np.nan} | row
        for i, row in enumerate(rows)
    ]
    whole = gpd.GeoDataFrame([*table.to_dict("records"), *added], crs=table.crs)
    whole["order"] = whole["level"].map(LEVELS.index)
    whole = whole.sort_values("order", kind="stable").reset_index(drop=True)
    whole["row"] = whole.groupby("level", sort=False).cumcount().astype(np.uint32)
    if change is not None:
        whole = change(whole)
    return CityShapes(whole, year_period(2024))


def figures(code: str, of: CityShapes, level: str) -> Figures:
    return MEASURES[code].compute(of, level)


def test_attributes_are_read_in_words_of_both_languages() -> None:
    told = Told(np.array(['{"A":"是","N":"12"}', '{"a":false}', "", None], dtype=object))
    assert told.flags("a")[:2].tolist() == [1, 0]
    assert np.isnan(told.flags("a")[2:]).all()
    assert told.numbers("n")[0] == 12
    assert np.isnan(told.numbers("n")[1:]).all()
    assert np.isnan(told.numbers("a")[1]), "a flag is no number"


def test_greenway_coverage_counts_housing_land_within_a_kilometre() -> None:
    land = thing(box(0, 0, 400, 100), "residential_land", "area")
    near = city(land, thing(LineString([(1200, -500), (1200, 500)]), "greenway"))
    found = figures("greenway_coverage", near, "city")
    assert found.value == pytest.approx([50.0]), "x from 200 on is within 1,000 m of x = 1200"
    assert found.numerator == pytest.approx([20000.0])
    assert figures("greenway_coverage", near, "district").value == pytest.approx([0.0, 100.0])


def test_only_middle_schools_serve_for_the_middle_school_indicator() -> None:
    land = thing(box(0, 0, 400, 100), "residential_land", "area")
    primary = thing(Point(200, 50), "school", detail="primary_school")
    none = figures("middle_school_coverage", city(land, primary), "city")
    assert np.isnan(none.value).all()
    assert "qualifies" in none.missing_input
    middle = thing(Point(200, 50), "school", detail="middle_school")
    assert figures("middle_school_coverage", city(land, middle), "city").value == pytest.approx(
        [100]
    )


def test_a_hospital_of_unknown_or_low_grade_serves_nobody() -> None:
    high, low = (thing(Point(200, 50), "hospital", grade=grade) for grade in (2, 1))
    assert figures("hospital_coverage", city(high), "city").value == pytest.approx([100])
    assert np.isnan(figures("hospital_coverage", city(low), "city").value).all()
    assert np.isnan(
        figures("hospital_coverage", city(thing(Point(0, 0), "hospital")), "city").value
    )


def test_a_fire_station_answers_for_a_disc_of_its_responsibility_area() -> None:
    built = thing(box(-5000, -5000, 5000, 5000), "built_up", "area")
    wide = {"geometry": box(-5000, -5000, 5000, 5000)}

    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[table["level"] == "city", "geometry"] = wide["geometry"]
        return table

    for kind, area in (("standard", 7.0e6), ("small", 4.0e6)):
        station = thing(Point(0, 0), "fire_station", station_type=kind)
        of = city(built, station, without=("built_up",), change=change)
        found = figures("fire_station_coverage", of, "city")
        assert found.numerator == pytest.approx([area], rel=5e-4)
        assert found.denominator == pytest.approx([1.0e8])


def test_bike_lanes_are_measured_on_built_up_land_and_unknown_is_not_none() -> None:
    def lanes(flag: Any) -> Any:
        def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
            told = json.dumps({"bike_lane": flag} if flag is not None else {})
            table.loc[table["source_id"] == "road-inside", "attributes"] = told
            table.loc[table["source_id"] == "road-edge", "attributes"] = '{"bike_lane": false}'
            return table

        return change

    found = figures("bike_lane_density", city(change=lanes(True)), "city")
    assert found.value == pytest.approx([0.4 / 0.06])
    assert figures("bike_lane_density", city(change=lanes(False)), "city").value == pytest.approx(
        [0]
    )
    assert np.isnan(figures("bike_lane_density", city(change=lanes(None)), "city").value).all()


def test_the_share_of_roads_leaves_out_those_that_do_not_say() -> None:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[table["source_id"] == "road-inside", "attributes"] = '{"barrier_free": true}'
        return table

    found = figures("barrier_free_rate", city(change=change), "city")
    assert found.value == pytest.approx([100.0])
    assert found.denominator == pytest.approx([0.4])
    assert found.note.startswith("33.3%")
    assert np.isnan(figures("utility_tunnel_share", city(), "city").value).all()


def test_communities_with_a_shop_are_counted_once_each() -> None:
    community = [
        thing(box(200 * i, 0, 200 * i + 200, 200), "", "community") | {"id": f"community:c{i}"}
        for i in (0, 1)
    ]
    shops = [
        thing(Point(x, 50), "retail") | {"parent_community": "community:c0"} for x in (10, 20, 30)
    ]
    of = city(*community, *shops)
    assert figures("convenience_retail_coverage", of, "community").value.tolist() == [100, 0]
    assert figures("convenience_retail_coverage", of, "city").value.tolist() == [50]
    assert figures("convenience_retail_coverage", of, "district").value.tolist() == [100, 0]


def test_shelter_area_is_shared_by_the_residents() -> None:
    shelter = thing(Point(50, 50), "shelter", effective_area=1600.0)
    found = figures("shelter_area_pc", city(shelter), "district")
    # 4 blocks of 2,000 residents a district; buildings hold 50 each in 4 homes
    assert found.denominator == pytest.approx([200, 200]), "all homes say who lives there"
    assert found.value == pytest.approx([8.0, 0.0])


def test_unknown_residents_leave_the_area_a_head_unknown() -> None:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table["population"] = np.nan
        return table

    shelter = thing(Point(50, 50), "shelter", effective_area=1600.0)
    found = figures("shelter_area_pc", city(shelter, change=change), "district")
    assert np.isnan(found.value).all()
    assert found.missing_input == "population"


def test_crowded_land_is_above_and_not_at_fifteen_thousand() -> None:
    def people(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        blocks = table["level"] == "block"
        # 0.01 km2 a block: 150 residents are exactly 15,000 a km2
        table.loc[blocks, "population"] = [150.0, 151.0, 0.0, 10.0, np.nan, 600.0, 1.0, 1.0]
        table.loc[table["level"] == "building", "population"] = np.nan
        return table

    found = figures("land_over_15k_density", city(change=people), "city")
    assert found.value == pytest.approx([0.02])
    assert found.note == "by block; 1 of unknown population not counted"
    blocks = figures("land_over_15k_density", city(change=people), "block").value
    assert blocks[:4] == pytest.approx([0, 0.01, 0, 0])
    assert np.isnan(blocks[4])


def test_permeable_ground_is_green_less_its_buildings_on_land_without_water() -> None:
    green = thing(box(0, 50, 100, 100), "green")
    water = thing(box(200, 0, 300, 200), "water")
    found = figures("permeable_surface_share", city(green, water), "city")
    # 5,000 m2 of green less two houses of 600 m2, and the park of 100 m2; 60,000 - 20,000 built up
    assert found.numerator == pytest.approx([5000 - 1200 + 100])
    assert found.denominator == pytest.approx([40000])
    assert found.value == pytest.approx([9.75])


def test_three_d_coverage_is_built_up_land_near_modelled_buildings() -> None:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        keep = (table["level"] != "building") | (table["source_id"] == "H1-1")
        return table[keep].assign(
            row=table[keep].groupby("level", sort=False).cumcount().astype(np.uint32)
        )

    # one house of 20 x 30 m at x 10..30, y 60..90, widened by 50 m inside x 0..300, y 0..200
    wide = shapely.intersection(
        shapely.buffer(box(10, 60, 30, 90), 50, quad_segs=CORNER), box(0, 0, 300, 200)
    )
    found = figures("cim_3d_coverage", city(change=change), "city")
    assert found.numerator == pytest.approx([wide.area])
    assert found.value == pytest.approx([wide.area / 60000 * 100])


def test_new_housing_is_dense_by_its_compounds() -> None:
    compound = [
        thing(box(200, 100, 300, 200), "", "compound") | {"id": "compound:c0"},
        thing(box(305, 155, 400, 195), "", "compound") | {"id": "compound:c1"},
    ]

    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[table["source_id"].isin(["H7-1", "H7-2"]), "parent_compound"] = "compound:c0"
        table.loc[table["source_id"].isin(["H8-1", "H8-2"]), "parent_compound"] = "compound:c1"
        return table

    of = city(*compound, change=change)
    # 1,200 m2 of houses on 10,000 m2 and on 3,800 m2 = 31.6 %
    assert figures("dense_new_housing_share", of, "compound").value.tolist() == [0, 100]
    assert figures("dense_new_housing_share", of, "city").value.tolist() == [50]
    assert figures("dense_new_housing_share", of, "block").not_applicable.tolist() == (  # type: ignore[union-attr]
        [True] * 6 + [False] * 2
    )


def test_a_unit_with_a_new_building_that_does_not_say_is_not_computable() -> None:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        green = table["source_id"].isin(["H7-1", "H8-1"])
        table.loc[green, "attributes"] = '{"green_star": 2}'
        table.loc[table["source_id"] == "H7-2", "attributes"] = '{"green_star": 0}'
        return table

    found = figures("green_building_share", city(change=change), "block")
    floors = {name: float(round(h / 3)) for name, h in (("H7-1", 78.0), ("H7-2", 81.0))}
    assert found.value[6] == pytest.approx(100 * floors["H7-1"] / sum(floors.values()))
    assert np.isnan(found.value[7]), "H8-2 is new and does not say"
    assert found.not_applicable is not None
    assert found.not_applicable[:6].all(), "nothing new was built there"


def test_a_listed_house_is_vacant_after_half_a_year() -> None:
    houses = [
        thing(Point(50, 50), "heritage_building", vacant="True", vacant_months=7),
        thing(Point(60, 50), "heritage_building", vacant="True", vacant_months=3),
        thing(Point(250, 50), "heritage_building"),
        thing(Point(70, 50), "heritage_building", vacant="True", listed="False"),
    ]
    found = figures("historic_building_vacancy", city(*houses), "city")
    assert found.value == pytest.approx([50])
    assert found.note == "1 of unknown occupancy left out"
    assert (
        figures("historic_building_vacancy", city(*houses), "district").not_applicable is not None
    )


def test_shoreline_belongs_to_the_nearest_district() -> None:
    wild = thing(LineString([(-10, 0), (-10, 100)]), "coast", natural=True)
    wall = thing(LineString([(-10, 100), (-10, 400)]), "coast", natural=False)
    found = figures("natural_shoreline_rate", city(wild, wall), "district")
    assert found.value[0] == pytest.approx(25)
    assert np.isnan(found.value[1])
    assert found.not_applicable is not None
    assert found.not_applicable[1]


def test_only_new_buildings_inside_the_setback_violate_it() -> None:
    strip = thing(box(0, 165, 400, 200), "setback", "area")
    found = figures("coastal_setback_violation", city(strip), "block")
    assert found.value.tolist() == [0, 0, 0, 0, 0, 0, 2, 2], "B5 and B6 were built in 1990"
    assert np.isnan(figures("coastal_setback_violation", city(), "block").value).all()


def test_fifteen_minutes_on_foot_are_a_thousand_metres_of_street() -> None:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[table["source_id"] == "road-inside", "geometry"] = LineString(
            [(0, 50), (1400, 50)]
        )
        return table

    # the house H4-1 stands with its centre at (320, 75): 25 m to the road y = 50
    far, near = (thing(Point(320 + d, 50), "kindergarten") for d in (976, 974))
    assert figures("walk15_kindergarten", city(far, change=change), "building").value[6] == 0
    assert figures("walk15_kindergarten", city(near, change=change), "building").value[6] == 100
    share = figures("walk15_kindergarten", city(near, change=change), "district")
    assert share.denominator == pytest.approx([200, 200]), "residents of four homes of 50"
    assert share.value[0] == 0


def test_kinds_within_reach_wait_until_every_kind_is_mapped() -> None:
    kinds = ("kindergarten", "health_station", "elderly_care", "retail", "sports", "bus_stop")
    most = [thing(Point(200, 50), kind) for kind in kinds]
    lacking = figures("walk15_kinds", city(*most), "city")
    assert np.isnan(lacking.value).all()
    assert lacking.missing_input == "object:primary_school"
    every = city(*most, thing(Point(200, 50), "school", detail="primary_school"))
    assert figures("walk15_kinds", every, "city").value == pytest.approx([8.0])


@pytest.mark.parametrize("code", sorted(MEASURES))
def test_block_sums_are_district_sums_are_the_city(code: str) -> None:
    """What is summed by blocks, by districts and for the city at once is one amount."""
    measure = MEASURES[code]
    of = city(
        thing(box(0, 0, 400, 100), "residential_land", "area"),
        thing(box(0, 165, 400, 200), "setback", "area"),
        *(thing(Point(50 + 100 * i, 40), "shelter", effective_area=10.0 * i) for i in range(4)),
        *(thing(Point(30 + 100 * i, 20), "hospital", grade=3) for i in range(2)),
        thing(Point(120, 30), "fire_station"), thing(Point(90, 30), "kindergarten"),
        thing(LineString([(0, 10), (300, 10)]), "greenway"),
        thing(box(0, 50, 100, 100), "green"),
    )  # fmt: skip
    levels = [level for level in ("block", "district", "city") if level in measure.levels]
    sums = {level: float(np.nansum(measure.compute(of, level).numerator)) for level in levels}
    assert all(math.isclose(total, sums[levels[-1]], rel_tol=1e-9) for total in sums.values()), sums
