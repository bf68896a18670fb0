from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import CRS, Transformer

from cim_bridge.crs import (
    Box,
    Placement,
    height_factor,
    known,
    local_crs,
    lonlat_box,
    measures_true,
)
from cim_bridge.crsdetect import fitting
from cim_bridge.errors import WrongUse
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.national import national_crs
from cim_bridge.place import Ground, place
from cim_bridge.reader import Reading
from tests.cim_bridge.cityfiles import found

ZHIFU = (121.39, 37.54)
YANTAI: Box = (120.0, 36.5, 122.0, 38.5)


def metres(code: str, at: tuple[float, float] = ZHIFU) -> tuple[float, float]:
    x, y = Transformer.from_crs("EPSG:4326", code, always_xy=True).transform(*at)
    return float(x), float(y)


def reading(x: float, y: float, crs: str | None, z: float = 5.0) -> Reading:
    points = np.array([[x, y, z], [x + 30, y, z], [x, y + 30, z + 3]])
    if abs(x) <= 180:
        points = np.array([[x, y, z], [x + 3e-4, y, z], [x, y + 3e-4, z + 3]])
    return Reading(crs, [], ground=Mesh.of(points, np.array([[0, 1, 2]])))


def placed(one: Reading, city: Ground, wanted: str | None = None) -> tuple[Mesh | None, IssueLog]:
    log = IssueLog()
    result = place(one, wanted, city, log, "a")
    return (result[0].ground if result else None), log


@pytest.mark.parametrize("code", ["EPSG:4549", "EPSG:4528", "EPSG:4490", "EPSG:32651", "EPSG:4326"])
def test_every_system_lands_on_the_same_spot(code: str) -> None:
    mesh, log = placed(reading(*metres(code), code), Ground("EPSG:4549"))
    assert mesh is not None
    assert not log.errors
    assert mesh.vertices[0, :2] == pytest.approx(metres("EPSG:4549"), abs=0.01)
    assert mesh.vertices[0, 2] == 5.0


def test_heights_of_compound_systems_stay_and_feet_become_metres() -> None:
    assert height_factor(known("EPSG:7415")) == 1.0
    assert height_factor(known("EPSG:2263")) == 1.0
    assert height_factor(known("EPSG:2263+6360")) == pytest.approx(0.3048006096)
    x, y = metres("EPSG:2263", (-74.0, 40.72))
    step = Placement("EPSG:2263+6360", "EPSG:32618").points(np.array([[x, y, 100.0]]))
    assert step[0, :2] == pytest.approx(metres("EPSG:32618", (-74.0, 40.72)), abs=0.01)
    assert step[0, 2] == pytest.approx(30.48, abs=0.001)


@pytest.mark.parametrize(
    ("code", "true"),
    [
        ("EPSG:4549", True), ("EPSG:7415", True), ("EPSG:32651", True), ("EPSG:3857", False),
        ("EPSG:4326", False), ("EPSG:2056", True), ("EPSG:2263", False), ("EPSG:3395", False),
    ],
)  # fmt: skip
def test_lengths_are_only_taken_where_they_are_true(code: str, true: bool) -> None:
    assert measures_true(code) is true


@pytest.mark.parametrize("code", ["EPSG:4326", "EPSG:3857", "EPSG:4490"])
def test_a_city_system_that_cannot_measure_gets_a_local_one_and_says_so(code: str) -> None:
    log = IssueLog()
    result = place(reading(*ZHIFU, "EPSG:4326"), None, Ground(code), log, "a")
    assert result is not None
    assert result[1] == "EPSG:4549"
    assert found(log) == {"MODEL_CRS_CHOSEN"}
    assert measures_true(result[1])


@pytest.mark.parametrize(
    ("at", "code"),
    [(ZHIFU, "EPSG:4549"), ((-74.0, 40.7), "EPSG:32618"), ((4.3, 52.1), "EPSG:32631"),
     ((151.2, -33.9), "EPSG:32756")],
)  # fmt: skip
def test_the_local_system_is_centred_near_the_place(at: tuple[float, float], code: str) -> None:
    assert local_crs(*at) == code
    assert CRS.from_user_input(code).is_projected


@pytest.mark.parametrize(
    ("at", "code", "national"),
    [((130.40, 33.60), "EPSG:32652", "EPSG:6670"),  # Fukuoka, zone II
     ((126.98, 37.57), "EPSG:32652", "EPSG:5179"), ((106.91, 47.92), "EPSG:32648", "EPSG:32648"),
     ((139.70, 35.70), "EPSG:32654", "EPSG:6677"), ((4.9, 52.37), "EPSG:32631", "EPSG:28992"),
     ((8.54, 47.37), "EPSG:32632", "EPSG:2056"), ((121.4, 37.5), "EPSG:4549", "EPSG:4549"),
     ((88.36, 22.57), "EPSG:32645", "EPSG:32645"), ((110.35, 20.02), "EPSG:4546", "EPSG:4546")],
)  # fmt: skip
def test_a_city_is_proposed_the_system_of_its_own_country(
    at: tuple[float, float], code: str, national: str
) -> None:
    assert local_crs(*at) == code
    assert national_crs(*at) == national
    assert measures_true(national)


def test_a_system_with_heights_is_its_ground_part_in_the_model() -> None:
    hague = Transformer.from_crs("EPSG:4326", "EPSG:28992", always_xy=True).transform(4.27, 52.1)
    log = IssueLog()
    result = place(reading(*hague, "EPSG:7415"), None, Ground("EPSG:7415"), log, "a")
    assert result is not None
    assert result[1] == "EPSG:28992"
    assert result[0].ground is not None
    assert result[0].ground.vertices[0].tolist() == pytest.approx([*hague, 5.0])
    assert not len(log)


def test_a_missing_system_is_refused_with_the_one_that_fits() -> None:
    mesh, log = placed(reading(*metres("EPSG:4528"), None), Ground("EPSG:4549", None, YANTAI))
    assert mesh is None
    assert log.errors[0].code == "CRS_MISSING"
    assert "EPSG:4528" in log.errors[0].why["en"]
    assert "EPSG:4528" in log.errors[0].why["zh"]
    mesh, _ = placed(reading(*metres("EPSG:4528"), None), Ground("EPSG:4549"), "EPSG:4528")
    assert mesh is not None


def test_a_system_named_by_hand_wins_over_the_file_and_is_reported() -> None:
    mesh, log = placed(
        reading(*metres("EPSG:4549"), "EPSG:4326"), Ground("EPSG:4549", None, YANTAI), "4549"
    )
    assert mesh is not None
    assert found(log) == {"CRS_OVERRIDDEN"}


def test_text_that_is_no_system_is_refused() -> None:
    _, log = placed(reading(*ZHIFU, "EPSG:999999"), Ground("EPSG:4549"))
    assert found(log) == {"CRS_UNREADABLE"}
    with pytest.raises(WrongUse):
        known("EPSG:999999")


def wrongly(kind: str, at: tuple[float, float]) -> tuple[float, float, str, str]:
    """Coordinates, the system they are said to be in, and the one that is true."""
    if kind == "swapped":
        x, y = metres("EPSG:4549", at)
        return y, x, "EPSG:4549", "EPSG:4549:yx"
    if kind == "swapped degrees":
        return at[1], at[0], "EPSG:4326", "EPSG:4326:yx"
    if kind == "prefix":
        return *metres("EPSG:4528", at), "EPSG:4549", "EPSG:4528"
    if kind == "no prefix":
        return *metres("EPSG:4549", at), "EPSG:4528", "EPSG:4549"
    if kind == "meridian":
        return *metres("EPSG:4550", at), "EPSG:4549", "EPSG:4550"
    if kind == "degrees for metres":
        return *at, "EPSG:4549", "EPSG:4326"
    return *metres("EPSG:4549", at), "EPSG:4326", "EPSG:4549"


@pytest.mark.parametrize(
    "kind",
    ["swapped", "swapped degrees", "prefix", "no prefix", "meridian", "degrees for metres",
     "metres for degrees"],
)  # fmt: skip
@settings(max_examples=8, deadline=None, derandomize=True)
@given(longitude=st.floats(120.9, 121.9), latitude=st.floats(37.1, 37.8))
def test_every_common_mistake_is_caught_and_the_right_system_named(
    kind: str, longitude: float, latitude: float
) -> None:
    x, y, said, true = wrongly(kind, (longitude, latitude))
    city = Ground("EPSG:4549", None, (120.9, 37.1, 121.9, 37.8))
    mesh, log = placed(reading(x, y, said), city)
    assert mesh is None
    assert log.errors[0].code == "CRS_OUTSIDE_EXTENT"
    assert true in log.errors[0].why["en"]


def test_without_an_extent_the_area_of_the_city_system_counts() -> None:
    paris = (2.35, 48.85)
    _, log = placed(reading(*paris, "EPSG:4326"), Ground("EPSG:4549"))
    assert found(log) == {"CRS_OUTSIDE_EXTENT"}
    near = (121.9, 37.4)
    mesh, log = placed(reading(*near, "EPSG:4326"), Ground("EPSG:4549"))
    assert mesh is not None
    assert found(log) == {"CRS_OUTSIDE_AREA"}


def test_bounds_without_a_place_on_earth_have_no_box() -> None:
    assert lonlat_box((1e12, 1e12, 2e12, 2e12), "EPSG:4549") is None
    assert fitting(np.full((3, 2), 1e12), YANTAI, "EPSG:4549") == []
