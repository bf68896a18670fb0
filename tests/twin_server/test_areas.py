"""Units of a special area are found by it, whatever else they lie in."""

from __future__ import annotations

from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from tests.twin_server.asking import Browser
from twin_server.demo import Demo
from twin_server.units import UnitTable


def test_the_units_of_an_area_are_those_that_lie_in_it(demo: Demo) -> None:
    folder = CityFolder.open(demo.city)
    model = open_model(folder)
    units = model.units
    areas = units[(units["level"] == "area") & ~units["removed"]]
    assert len(areas)
    table = UnitTable(model, folder.config)
    blocks = units[units["level"] == "block"]
    total = 0
    for name, shape in zip(areas["id"], areas.geometry, strict=True):
        found = {table.ids[line] for line in table.search(level="block", parent=name)}
        share = blocks.geometry.intersection(shape).area / blocks.geometry.area
        assert found == set(blocks["id"][share >= 0.5])
        total += len(found)
    assert total
    assert not len(table.search(parent="area:nobody"))


def test_the_route_takes_an_area_as_a_parent(published: Browser, demo: Demo) -> None:
    folder = CityFolder.open(demo.city)
    units = open_model(folder).units
    area = units.loc[units["level"] == "area", "id"].iloc[0]
    found = published.json(f"/api/v1/units?level=building&parent={area}&limit=5")
    assert all(item["level"] == "building" for item in found["items"])
