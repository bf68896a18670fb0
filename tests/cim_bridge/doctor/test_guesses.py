"""What has to be added to the command is found by trying, and the command then works."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cim_bridge.anchor import Anchor
from cim_bridge.build import bridge
from cim_bridge.doctor.attempt import quoted
from cim_bridge.folder import CityFolder
from tests.cim_bridge.doctor.looked import CRS, doctor, fact, houses, squares


def layer(path: Path, shapes: object, **columns: object) -> Path:
    gpd.GeoDataFrame(columns, geometry=list(shapes), crs=CRS).to_file(path, driver="GPKG")  # type: ignore[call-overload]
    return path


@pytest.mark.parametrize(
    ("name", "size", "option"),
    [
        ("a.gpkg", 12, "--level building"), ("b.gpkg", 250, "--level block"),
        ("c.gpkg", 1500, "--level community"), ("d.gpkg", 9000, "--level district"),
        ("parks.gpkg", 50, "--layer parks"), ("街道.gpkg", 50, "--level subdistrict"),
        ("my-blocks.gpkg", 12, "--level block"),
    ],
)  # fmt: skip
def test_rows_without_a_level_get_the_likeliest(
    tmp_path: Path, name: str, size: int, option: str
) -> None:
    shapes = squares(6, step=size * 3, size=size)
    report = doctor(layer(tmp_path / name, shapes, code=[f"c{n}" for n in range(6)]))
    assert report.verdict.word == "works_after"
    assert option in report.verdict.commands[-1]


def test_lines_and_points_are_layers(tmp_path: Path) -> None:
    lines = [shapely.LineString([(n, 0), (n, 50)]) for n in range(5)]
    codes = [f"r{n}" for n in range(5)]
    road = layer(tmp_path / "x.gpkg", lines, code=codes, highway=["primary"] * 5)
    assert "--layer roads" in doctor(road).verdict.commands[-1]
    other = layer(tmp_path / "y.gpkg", lines, code=codes)
    assert "--layer objects" in doctor(other).verdict.commands[-1]
    spots = layer(tmp_path / "z.gpkg", [shapely.Point(n, 0) for n in range(5)], code=codes)
    assert "--layer facilities" in doctor(spots).verdict.commands[-1]


def test_a_sound_column_is_named_where_the_id_has_gaps_or_doubles(tmp_path: Path) -> None:
    path = houses(tmp_path / "h.gpkg", building_id=["same"] * 40, 标识=[f"k{n}" for n in range(40)])
    report = doctor(path)
    assert report.verdict.word == "works_after"
    assert "--key 标识" in report.verdict.commands[-1]
    city = CityFolder.init(tmp_path / "town", name="滨海", crs=CRS)
    assert bridge(city, [path], key="标识").counts["building"] == 40


def test_doubles_that_no_column_mends_do_not_work_and_are_shown(tmp_path: Path) -> None:
    report = doctor(houses(tmp_path / "h.gpkg", building_id=[f"a{n // 2}" for n in range(40)]))
    assert report.verdict.word == "fails"
    assert "occur more than once: a0, a1" in report.verdict.text["en"]
    assert "50.0% repeated: a0 × 2" in fact(report.sections[0], "Id column")


def test_a_running_number_is_taken_only_with_a_word_of_warning(tmp_path: Path) -> None:
    path = houses(tmp_path / "h.gpkg", building_id=["same"] * 40, objectid=np.arange(40))
    report = doctor(path)
    assert "--key objectid" in report.verdict.commands[-1]
    assert "changes with every export" in fact(report.sections[0], "Id column")


def test_a_mesh_without_a_place_asks_for_its_anchor(tmp_path: Path) -> None:
    path = tmp_path / "hall.obj"
    path.write_text("v 0 0 0\nv 9 0 0\nv 9 9 0\nv 0 0 5\nf 1 2 3\nf 1 2 4\nf 2 3 4\nf 1 3 4\n")
    report = doctor(path)
    assert report.verdict.word == "works_after"
    assert "--anchor E,N,H" in report.verdict.commands[-1]
    assert "georeference" in report.data["sources"][0]["missing"]
    assert report.data["sources"][0]["extent"] is None
    placed = doctor(path, anchor=Anchor(622_000.0, 4_157_000.0, 3.0, 0.0, CRS))
    assert placed.verdict.word == "works"
    assert "--anchor 622000.0,4157000.0,3.0" in placed.verdict.commands[-1]


def test_what_a_person_said_stays_in_the_command(tmp_path: Path) -> None:
    shapes = squares(6, step=400, size=300)
    path = layer(tmp_path / "x.gpkg", shapes, code=[f"c{n}" for n in range(6)])
    report = doctor(path, level="community")
    assert report.verdict.word == "works"
    assert "--level community" in report.verdict.commands[-1]


def test_ids_of_another_source_are_found_before_bridge_refuses_them(tmp_path: Path) -> None:
    city = CityFolder.init(tmp_path / "town", name="滨海", crs=CRS)
    bridge(city, [houses(tmp_path / "first.gpkg")])
    again = houses(tmp_path / "second.gpkg")
    report = doctor(again, city=CityFolder.open(city.path))
    assert "ID_TAKEN" in {issue.code for issue in report.log}
    assert "--name first" in report.verdict.commands[0]
    same = doctor(tmp_path / "first.gpkg", city=CityFolder.open(city.path))
    assert same.verdict.word == "works"


def test_words_are_quoted_for_a_shell() -> None:
    assert quoted("楼栋编号") == "楼栋编号"
    assert quoted("a b") == "'a b'"
    assert quoted("it's") == "'it'\\''s'"
    assert quoted("$(rm)") == "'$(rm)'"
