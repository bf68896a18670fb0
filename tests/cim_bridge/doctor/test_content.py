"""Levels, heights, geometry and the datum of what was read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely

from cim_bridge.doctor.content import levels_of
from cim_bridge.doctor.datum import datum
from cim_bridge.mesh import Mesh
from cim_bridge.reader import Reading, Units
from tests.cim_bridge.cityfiles import row_of_boxes, write_json
from tests.cim_bridge.doctor.looked import WEST, doctor, fact, houses, mark, squares


def units(count: int, **columns: object) -> Units:
    data = {"source_id": np.array([f"u{n}" for n in range(count)], object), **columns}
    return Units("building", data, squares(count))  # type: ignore[arg-type]


def test_heights_are_counted_by_where_they_come_from() -> None:
    mesh = Mesh.of(np.eye(3), np.array([[0, 1, 2]]), np.array([1]), 12)
    reading = Reading("EPSG:4549", [units(
        4, height=np.array([9.0, np.nan, np.nan, np.nan]),
        storeys=np.array([np.nan, np.nan, 5.0, np.nan]),
    )], mesh)  # fmt: skip
    (level,) = levels_of(reading)
    assert level.heights == {"attribute": 1, "geometry": 1, "storeys": 1, "none": 1}
    assert level.lods == {"1.2": 1}
    assert level.to_json()["with_height"] == 2


def test_broken_empty_and_flat_shapes_are_counted() -> None:
    bow = shapely.Polygon([(0, 0), (2, 2), (2, 0), (0, 2)])
    flat = shapely.Polygon([(0, 0), (5, 0), (0, 0)])
    shapes = np.array([bow, None, flat, shapely.box(0, 0, 1, 1)], object)
    some = Units("block", {"source_id": np.array(list("abcd"), object)}, shapes)
    (level,) = levels_of(Reading(None, [some]))
    assert (level.invalid, level.empty, level.flat) == (2, 1, 1)
    assert level.shapes == {"area": 3}


def test_unknown_heights_carry_a_warning_and_known_ones_do_not(tmp_path: Path) -> None:
    heights = np.linspace(5, 50, 40)
    known = houses(tmp_path / "known.gpkg").with_name("known.gpkg")
    assert mark(doctor(known).sections[0], "Heights") == ""
    heights[:7] = np.nan
    section = doctor(houses(tmp_path / "gaps.gpkg", height=heights)).sections[0]
    assert mark(section, "Heights") == "warn"
    assert "33 from an attribute · 7 unknown" in fact(section, "Heights")


@pytest.mark.parametrize(
    ("crs", "feet", "ellipsoidal", "offset", "word", "doubt"),
    [
        ("EPSG:7415", (2.0, 9.0), False, None, "NAP height", False),
        ("EPSG:4549", (0.0, 0.0), False, None, "every building stands at 0 m", True),
        ("EPSG:4549", (12.0, 80.0), False, None, "not stated; feet at 12.0", True),
        ("EPSG:4549", (12.0, 80.0), True, 0.0, "height_offset in city.toml is 0", True),
        ("EPSG:4549", (12.0, 80.0), True, 8.5, "above the ellipsoid", False),
        ("EPSG:4549", (12.0, 80.0), True, None, "above the ellipsoid", False),
        ("EPSG:4549", (np.nan, np.nan), False, None, "no heights", False),
    ],
)  # fmt: skip
def test_what_heights_count_from_is_named_or_doubted(
    crs: str, feet: tuple[float, float], offset: float | None, word: str,
    *, ellipsoidal: bool, doubt: bool,
) -> None:  # fmt: skip
    reading = Reading(crs, [], ellipsoidal=ellipsoidal)
    _, told, doubtful = datum(reading, crs, feet, offset)
    assert word in told["en"]
    assert doubtful is doubt


def test_a_cityjson_is_told_with_lod_ground_and_extent(tmp_path: Path) -> None:
    report = doctor(write_json(tmp_path / "row.city.json", row_of_boxes(6)))
    source = report.data["sources"][0]
    assert source["levels"][0]["lods"] == {"1": 6}
    assert source["triangles"] == 6 * 12
    west, south, east, north = source["extent"]
    assert 121.3 < west < east < 121.5
    assert 37.5 < south < north < 37.6
    assert source["height_datum"]["feet"] == [2.0, 2.0]
    assert source["levels"][0]["ground"] == [2.0, 2.0]
    assert WEST == 622_000.0
