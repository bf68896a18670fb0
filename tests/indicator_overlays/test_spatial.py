"""Spatial diagnosis against the formula and against hand-made maps."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, Point, box

from indicator_overlays.measures import BUILT_IN
from indicator_overlays.spatial.blind import Reaching, blind_areas
from indicator_overlays.spatial.hotspots import COLD, HOT, NEIGHBOURS, NONE, hotspots
from indicator_overlays.spatial.piles import pile
from indicator_overlays.unit_table import UnitTable
from tests.indicator_overlays.test_facility_measures import city, thing
from tests.support.gridcity import grid_units

MEASURES = {measure.code: measure for measure in BUILT_IN}


def field(size: int = 15) -> tuple[np.ndarray, np.ndarray]:
    """A square grid of points and values that are calm but for a high and a low corner."""
    x, y = (a.ravel() * 100.0 for a in np.meshgrid(np.arange(size), np.arange(size)))
    rng = np.random.default_rng(5)
    values = rng.normal(50, 3, size * size)
    values[(x < 400) & (y < 400)] += 30
    values[(x > 1000) & (y > 1000)] -= 30
    return values, shapely.points(x + rng.uniform(-9, 9, len(x)), y + rng.uniform(-9, 9, len(x)))


def test_the_high_corner_is_hot_the_low_one_cold_and_the_rest_neither() -> None:
    values, at = field()
    found = hotspots(values, at)
    x, y = shapely.get_x(at), shapely.get_y(at)
    assert (found.kind[(x < 300) & (y < 300)] == HOT).all()
    assert (found.kind[(x > 1150) & (y > 1150)] == COLD).all()
    assert (found.kind[(x > 500) & (y < 800) & (x < 900)] == NONE).all()
    assert found.moran is not None
    assert found.moran > 0.5
    assert found.tested == 225


def test_local_g_equals_its_formula() -> None:
    values, at = field()
    found = hotspots(values, at)
    xy = shapely.get_coordinates(at)
    apart = np.hypot(*(xy[:, None, :] - xy[None, :, :]).transpose(2, 0, 1))
    near = np.argsort(apart, axis=1, kind="stable")[:, : NEIGHBOURS + 1]  # the unit itself is one
    n, w = len(values), NEIGHBOURS + 1
    spread = np.sqrt((values**2).mean() - values.mean() ** 2)
    expected = (values[near].sum(axis=1) - values.mean() * w) / (
        spread * np.sqrt((n * w - w**2) / (n - 1))
    )
    assert found.z == pytest.approx(expected)


def test_noise_has_no_spots() -> None:
    _, at = field()
    values = np.random.default_rng(11).normal(0, 1, len(at))
    assert (hotspots(values, at).kind == NONE).mean() > 0.98


def test_a_unit_without_a_number_is_left_out_and_not_taken_as_zero() -> None:
    values, at = field()
    gone = np.arange(len(values)) % 7 == 0
    holes = np.where(gone, np.nan, values)
    found = hotspots(holes, at)
    assert np.isnan(found.z[gone]).all()
    assert (found.kind[gone] == NONE).all()
    only = hotspots(values[~gone], at[~gone])
    assert found.z[~gone] == pytest.approx(only.z)


def test_too_few_or_equal_values_are_not_tested_and_say_why() -> None:
    values, at = field()
    assert hotspots(values[:10], at[:10]).reason == "too few"
    flat = hotspots(np.full(len(at), 4.0), at)
    assert flat.reason == "all equal"
    assert (flat.kind == NONE).all()


def test_units_on_one_spot_do_not_break_the_test() -> None:
    values, at = field()
    at[:30] = Point(0, 0)
    assert np.isfinite(hotspots(values, at).z).all()


def test_problems_pile_up_on_a_block_by_kind_and_from_its_buildings() -> None:
    units = UnitTable(pd.DataFrame(grid_units().drop(columns="geometry")))
    where = np.array(["block:B1", "building:H1-1", "building:H1-2", "district:D1"], object)
    rules = np.array(["D07", "D03", "D03", "D09"], object)
    found = pile(units, "block", where, rules)
    assert found.kinds.tolist() == [2, 0, 0, 0, 0, 0, 0, 0]
    assert found.problems[0] == 3
    assert found.rules == {0: ["D03", "D07"]}
    above = pile(units, "district", where, rules)
    assert above.kinds.tolist() == [3, 0]
    assert above.problems.tolist() == [4, 0]


def test_no_problem_is_no_pile() -> None:
    units = UnitTable(pd.DataFrame(grid_units().drop(columns="geometry")))
    none = np.zeros(0, object)
    assert pile(units, "block", none, none).kinds.tolist() == [0] * 8


def test_blind_areas_are_the_land_nobody_serves() -> None:
    land = thing(box(0, 0, 400, 100), "residential_land", "area")
    of = city(land, thing(LineString([(1200, -500), (1200, 500)]), "greenway"))
    measure = MEASURES["greenway_coverage"]
    assert isinstance(measure, Reaching)
    found = blind_areas(measure, of)
    assert found is not None
    assert shapely.area(found).sum() == pytest.approx(20000.0)
    share = measure.compute(of, "city")
    assert shapely.area(found).sum() == pytest.approx(
        float(share.denominator[0] - share.numerator[0])
    )
    assert blind_areas(measure, city(land)) is None, "no greenway is no statement"
