"""Where a source lies: told by its own words, by its numbers, and by what the city has."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest

from cim_bridge.build import bridge
from cim_bridge.chinashift import gcj02_of
from cim_bridge.crs import transformer
from cim_bridge.doctor.position import by_numbers
from cim_bridge.folder import CityFolder
from tests.cim_bridge.doctor.looked import doctor, fact, houses, scattered, unsaid

NEAR = np.array([[0.0, 0.0], [0.01, 0.01], [0.02, 0.0]])


@pytest.mark.parametrize(
    ("start", "crs"),
    [
        ((121.4, 37.5), "EPSG:4490"), ((37.5, 121.4), "EPSG:4490:yx"), ((4.3, 52.1), "EPSG:4326"),
        ((40_622_000.0, 4_157_000.0), "EPSG:4528"), ((4_157_000.0, 40_622_000.0), "EPSG:4528:yx"),
        ((39_500_000.0, 3_400_000.0), "EPSG:4527"), ((13_514_000.0, 4_509_000.0), "EPSG:3857"),
    ],
)  # fmt: skip
def test_numbers_alone_name_a_system(start: tuple[float, float], crs: str) -> None:
    assert [fit.crs for fit in by_numbers(np.add(NEAR, start))] == [crs]


def test_numbers_of_a_zone_without_prefix_name_none() -> None:
    assert by_numbers(np.add(NEAR, (622_000.0, 4_157_000.0))) == []


def test_a_models_own_metres_are_not_taken_for_degrees(tmp_path: Path) -> None:
    spots = gpd.points_from_xy([0, 1], [0, 1]).buffer(0.4)
    frame = gpd.GeoDataFrame({"building_id": ["a", "b"], "height": [3.0, 4.0]}, geometry=spots)
    gpkg = unsaid(tmp_path / "own.gpkg", frame)
    report = doctor(gpkg)
    assert report.verdict.word == "works_after"
    assert "--crs EPSG:CODE" in report.verdict.commands[-1]
    assert report.data["sources"][0]["crs_fits"] == []


@pytest.fixture
def town(tmp_path: Path) -> CityFolder:
    """A city with 600 houses on the ground."""
    city = CityFolder.init(tmp_path / "town", name="滨海", crs="EPSG:4549")
    bridge(city, [houses(tmp_path / "houses.gpkg", 600, shapes=scattered())])
    return CityFolder.open(city.path)


def moved(path: Path, target: str, said: str | None, count: int = 600) -> Path:
    """The same houses written in another system than the file says."""
    frame = gpd.GeoDataFrame(
        {"building_id": [f"N{n}" for n in range(count)], "height": 9.0},
        geometry=scattered(count), crs="EPSG:4549",
    ).to_crs(target)  # fmt: skip
    if said is None:
        return unsaid(path, frame)
    frame.set_crs(said, allow_override=True).to_file(path, driver="GPKG")
    return path


@pytest.mark.parametrize(
    ("target", "said", "fits"),
    [
        ("EPSG:4549", "EPSG:4550", "EPSG:4549"), ("EPSG:4528", "EPSG:4549", "EPSG:4528"),
        ("EPSG:4549", None, "EPSG:4549"),
    ],
)  # fmt: skip
def test_a_wrong_or_missing_system_gets_the_one_that_fits(
    tmp_path: Path, town: CityFolder, target: str, said: str | None, fits: str
) -> None:
    report = doctor(moved(tmp_path / "new.gpkg", target, said), city=town)
    assert report.verdict.word == "works_after"
    assert f"--crs {fits}" in report.verdict.text["en"]
    source = report.data["sources"][0]
    assert source["crs"] == fits
    assert source["crs_fits"][0]["crs"] == fits
    assert source["crs_fits"][0]["why"]["en"]


def test_the_command_that_the_doctor_names_works(tmp_path: Path, town: CityFolder) -> None:
    path = moved(tmp_path / "new.gpkg", "EPSG:4528", "EPSG:4549")
    words = doctor(path, city=town).verdict.commands[0].split()
    crs = words[words.index("--crs") + 1]
    made = bridge(town, [path], crs=crs, name="houses")
    assert made.counts["building"] == 600


def test_gcj02_is_told_from_the_citys_buildings(tmp_path: Path, town: CityFolder) -> None:
    frame = gpd.GeoDataFrame({"building_id": [f"N{n}" for n in range(600)], "height": 9.0},
                             geometry=scattered(), crs="EPSG:4549").to_crs(4326)  # fmt: skip
    frame.geometry = frame.geometry.apply(
        lambda shape: type(shape)(gcj02_of(np.array(shape.exterior.coords)[:, :2]))
    )
    path = tmp_path / "shifted.geojson"
    frame.to_file(path, driver="GeoJSON")
    report = doctor(path, city=town)
    assert "--crs GCJ-02" in report.verdict.commands[0]
    assert "GCJ-02" in fact(report.sections[0], "CRS")
    true = doctor(moved(tmp_path / "true.gpkg", "EPSG:4326", "EPSG:4326"), city=town)
    assert true.verdict.word == "works"


def test_a_source_of_another_city_does_not_work(tmp_path: Path, town: CityFolder) -> None:
    path = tmp_path / "far.gpkg"
    x, y = transformer("EPSG:4326", "EPSG:28992").transform(4.3, 52.1)
    spot = gpd.points_from_xy([x], [y]).buffer(5)
    data = {"building_id": ["a"], "height": [5.0]}
    frame = gpd.GeoDataFrame(data, geometry=spot, crs="EPSG:28992")
    frame.to_file(path, driver="GPKG")
    report = doctor(path, city=town)
    assert report.verdict.word == "fails"
    assert report.verdict.commands == ()
