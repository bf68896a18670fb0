"""The sample's CityGML and IFC hold the very buildings of its CityJSON, where they stand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish, find_reader
from scenes.sample.step import guid, real, string


def read(path: Path) -> Reading:
    log = IssueLog()
    reader = find_reader(path, log)
    assert reader is not None
    reading = reader.read(path, Wish(), log)
    assert [issue.code for issue in log if issue.severity != "info"] == []
    assert reading is not None
    return reading


@pytest.fixture(scope="module")
def city(files: Path) -> dict[str, tuple[Any, dict[str, Any]]]:
    """Footprint and columns of every building in the CityJSON, by id."""
    units = read(files / "model/buildings.city.json").units[0]
    columns = [
        dict(zip(units.columns, row, strict=True))
        for row in zip(*units.columns.values(), strict=True)
    ]
    ids = units.columns["source_id"]
    return dict(zip(ids, zip(units.shapes, columns, strict=True), strict=True))


def test_the_quarter_in_citygml_is_the_one_in_cityjson(files: Path, city: Any) -> None:
    reading = read(files / "model/harbour_quarter.gml")
    units = reading.units[0]
    assert (reading.crs, units.level, len(units)) == ("EPSG:4549", "building", 48)
    for row, name in enumerate(units.columns["source_id"]):
        shape, told = city[name]
        assert shapely.hausdorff_distance(units.shapes[row], shape) < 0.01
        for key in ("height", "storeys", "year_built", "population"):
            assert units.columns[key][row] == pytest.approx(told[key], abs=0.01)
        for key in ("use", "structure", "label_zh", "label_en", "external_ids"):
            assert units.columns[key][row] == told[key]
    assert set(np.unique(reading.mesh.surface)) == {1, 2, 3}
    assert set(np.unique(reading.mesh.lod)) == {20}


def test_most_of_the_quarter_is_heritage_under_pitched_roofs(files: Path) -> None:
    units = read(files / "model/harbour_quarter.gml").units[0]
    assert (units.columns["use"] == "heritage").sum() >= 20
    facts = [json.loads(text) for text in units.columns["attributes"]]
    assert all(fact["synthetic"] == 1 for fact in facts)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:ifcopenshell")
def test_the_tower_opens_as_valid_ifc_of_sixty_two_storeys(files: Path) -> None:
    library = pytest.importorskip("ifcopenshell", reason='needs pip install "cim-twin[ifc]"')
    model = library.open(str(files / "model/landmark.ifc"))
    assert model.schema == "IFC4"
    assert len(model.by_type("IfcBuildingStorey")) == 62
    assert len(model.by_type("IfcWall")) == 62 * 4
    assert len(model.by_type("IfcSlab")) == 62 + 5
    assert model.by_type("IfcProjectedCRS")[0].Name == "EPSG:4549"
    guids = [item.GlobalId for item in model.by_type("IfcRoot")]
    assert len(set(guids)) == len(guids)
    assert "虚构" in model.by_type("IfcProject")[0].Description


def test_the_tower_stands_where_the_cityjson_has_it(files: Path, city: Any) -> None:
    pytest.importorskip("ifcopenshell", reason='needs pip install "cim-twin[ifc]"')
    reading = read(files / "model/landmark.ifc")
    tower = next(units for units in reading.units if units.level == "building")
    facts = json.loads(tower.columns["attributes"][0])
    shape, told = city[facts["CIMTwin_Identity.BuildingId"]]
    assert told["label_en"] == "Lanwan Tower"
    assert shapely.hausdorff_distance(tower.shapes[0], shape) < 0.1
    assert tower.columns["height"][0] == pytest.approx(told["height"], abs=0.01)
    assert tower.columns["storeys"][0] == told["storeys"] == 62
    assert {json.loads(told["external_ids"])["house_code"]} == {facts["CIMTwin_Identity.HouseCode"]}


def test_step_text_keeps_to_ascii_and_to_the_point() -> None:
    assert string("a'b\\c") == "'a''b\\\\c'"
    assert string("塔 A") == "'\\X2\\5854\\X0\\ A'"
    assert [real(v) for v in (0.0, -1e-9, 2.5, -3.0)] == ["0.", "0.", "2.5", "-3."]
    assert len(guid("x")) == 24
    assert guid("x") == guid("x") != guid("y")
