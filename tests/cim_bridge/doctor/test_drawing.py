"""The page's picture: the city, the source, a shift as an arrow, nothing from elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from lxml import etree

from cim_bridge.build import bridge
from cim_bridge.doctor.page import page
from cim_bridge.folder import CityFolder
from tests.cim_bridge.doctor.looked import doctor, houses, squares


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    """Forty squares as a city."""
    folder = tmp_path_factory.mktemp("drawn")
    made = CityFolder.init(folder / "city", name="城", name_en="City", crs="EPSG:4549")
    bridge(made, [houses(folder / "a.gpkg")], level="building")
    return made


def drawn(text: str) -> etree._Element:
    return etree.fromstring(text[: text.index("</svg>") + 6])


def looks(picture: etree._Element) -> list[str]:
    return [one.attrib["class"] for one in picture if one.tag in ("path", "circle")]


def test_a_shifted_source_is_drawn_beside_the_city_with_an_arrow(
    city: CityFolder, tmp_path: Path
) -> None:
    moved = shapely.transform(squares(), lambda points: points + np.array([40, -25]))
    report = doctor(houses(tmp_path / "b.gpkg", shapes=moved), city=city)
    picture = drawn(report.picture())
    assert looks(picture) == ["city", "source", "shift", "tip", "bar"]
    (told,) = [one.text for one in picture if one.attrib.get("class") == "told"]
    assert told is not None
    assert told.startswith("-40.0 E, +25.0 N (47.2 m)")
    start, end = picture[2].attrib["d"].strip("M").split("L")
    (x, y), (to_x, to_y) = ([float(part) for part in one.split()] for one in (start, end))
    assert to_x < x, "to the west"
    assert to_y < y, "to the north, which is up"
    whole = page(report)
    assert "数据落在何处" in whole
    assert "<script" not in whole
    assert "http" not in whole.split("<svg", 1)[1].split("</svg>", 1)[0]


def test_a_source_that_is_declared_wrong_is_drawn_as_declared_and_as_it_fits(
    city: CityFolder, tmp_path: Path
) -> None:
    wrong = houses(tmp_path / "b.gpkg", crs="EPSG:4548", shapes=squares())
    picture = doctor(wrong, city=city).picture()
    assert looks(drawn(picture)) == ["city far", "source far", "declared far", "bar"]
    assert "EPSG:4548" in picture


def test_what_has_no_place_has_no_picture(tmp_path: Path) -> None:
    empty = tmp_path / "empty.geojson"
    empty.write_text('{"type": "FeatureCollection", "features": []}', encoding="utf-8")
    assert doctor(empty).picture() == ""
    assert "<svg" not in page(doctor(empty))


def test_the_same_data_give_the_same_picture(city: CityFolder, tmp_path: Path) -> None:
    source = houses(tmp_path / "b.gpkg")
    assert doctor(source, city=city).picture() == doctor(source, city=city).picture()
