"""A source against what is known: constant shifts, raised feet, and no false alarm."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from cim_bridge.build import bridge
from cim_bridge.doctor.shift import Bodies, offset
from cim_bridge.folder import CityFolder
from tests.cim_bridge.doctor.looked import doctor, houses, squares


def bodies(
    ids: list[str] | None = None, east: float = 0.0, north: float = 0.0, up: float = 0.0,
    count: int = 40, noise: float = 0.0,
) -> Bodies:  # fmt: skip
    rng = np.random.default_rng(3)
    shake = rng.normal(0, noise, (count, 2)) if noise else np.zeros((count, 2))
    shapes = np.array(
        [shapely.affinity.translate(shape, east + dx, north + dy)
         for shape, (dx, dy) in zip(squares(count), shake, strict=True)], object,
    )  # fmt: skip
    names = ids or [f"n{n}" for n in range(count)]
    return Bodies(np.array(names), shapes, np.full(count, 10.0 + up), np.full(count, 20.0))


def test_a_constant_shift_and_a_rise_are_measured_by_id() -> None:
    found = offset(bodies(noise=0.3), bodies(east=40, north=-25, up=8.5), "city")
    assert found is not None
    assert (found.how, found.pairs) == ("id", 40)
    assert found.east == pytest.approx(40, abs=0.3)
    assert found.north == pytest.approx(-25, abs=0.3)
    assert found.rise == pytest.approx(8.5)
    assert found.flat
    assert found.raised


def test_the_same_place_with_some_noise_is_no_shift() -> None:
    found = offset(bodies(noise=0.5), bodies(), "city")
    assert found is not None
    assert not found.flat
    assert not found.raised


def test_a_few_moved_buildings_do_not_speak_for_all() -> None:
    known = bodies()
    known.shapes[:6] = shapely.transform(known.shapes[:6], lambda points: points + 300)
    found = offset(bodies(), known, "city")
    assert found is not None
    assert not found.flat


def test_without_common_ids_the_nearest_footprints_serve() -> None:
    other = [f"x{n}" for n in range(40)]
    found = offset(bodies(), bodies(other, east=6, north=2), "city")
    assert found is not None
    assert found.how == "nearest"
    assert found.east == pytest.approx(6, abs=0.01)
    assert found.flat


def test_scattered_neighbours_and_too_few_pairs_say_nothing() -> None:
    rng = np.random.default_rng(0)
    spots = rng.uniform(0, 5000, (60, 2))
    chance = shapely.box(*spots.T, *(spots + 12).T)
    names = np.array([f"y{n}" for n in range(60)])
    far = Bodies(names, chance, np.zeros(60), np.zeros(60))
    spots += rng.uniform(-50, 50, spots.shape)
    other = shapely.box(*spots.T, *(spots + 12).T)
    moved = Bodies(np.char.add("z", names), other, np.zeros(60), np.zeros(60))
    assert offset(far, moved, "city") is None
    assert offset(bodies(count=4), bodies(count=4), "city") is None


def test_unknown_feet_are_not_compared() -> None:
    known = bodies(up=30)
    blind = Bodies(known.ids, known.shapes, np.full(40, np.nan), known.height)
    found = offset(bodies(), blind, "city")
    assert found is not None
    assert np.isnan(found.rise)
    assert not found.raised


def test_a_raised_source_gets_the_option_that_lowers_it(tmp_path: Path) -> None:
    city = CityFolder.init(tmp_path / "town", name="滨海", crs="EPSG:4549")
    bridge(city, [houses(tmp_path / "houses.gpkg", ground=np.full(40, 10.0))])
    again = tmp_path / "again" / "houses.gpkg"
    again.parent.mkdir()
    report = doctor(houses(again, ground=np.full(40, 52.5)), city=CityFolder.open(city.path))
    assert "DOCTOR_RAISED" in {issue.code for issue in report.log}
    assert report.verdict.word == "works_after"
    assert "--height-offset -42.50" in report.verdict.commands[0]
    assert report.data["shifts"][0]["rise"] == -42.5
    same = doctor(houses(again.with_name("same.gpkg"), ground=np.full(40, 10.0)),
                  city=CityFolder.open(city.path))  # fmt: skip
    assert "DOCTOR_RAISED" not in {issue.code for issue in same.log}


def test_a_second_source_is_held_against_the_first(tmp_path: Path) -> None:
    first = houses(tmp_path / "first.gpkg")
    import geopandas as gpd

    frame = gpd.read_file(first)
    frame.geometry = frame.geometry.translate(100, 0)
    second = tmp_path / "second.gpkg"
    frame.to_file(second, driver="GPKG")
    report = doctor(first, second)
    (told,) = report.data["shifts"]
    assert (told["source"], told["reference"]) == ("second.gpkg", "first.gpkg")
    assert told["east"] == pytest.approx(-100)
    assert "DOCTOR_SHIFTED" in {issue.code for issue in report.log}
    assert told["option"] == "--crs EPSG:4549:4p=-100.00,0.00,1,0"
