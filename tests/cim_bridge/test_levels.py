"""Every level can be bridged and finds its parents; areas cross them all; records of one mass."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyogrio
import pytest

from cim_bridge.areas import Areas, crossings
from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.release import ModelRelease, open_model
from tests.cim_bridge.cityfiles import box, frame, new_city

SIZES = {
    "district": 400, "subdistrict": 200, "community": 100, "block": 100, "compound": 50, "plot": 50,
    "building": 25,
}  # fmt: skip
"""Metres of a square of each level; the city is 400 by 400."""


def squares(level: str) -> list[tuple[str, Any]]:
    size = SIZES[level]
    count = 400 // size
    inset = 5 if level == "building" else 0
    return [
        (f"{level[0].upper()}{x}-{y}",
         box(x * size + inset, y * size + inset, size - 2 * inset, size - 2 * inset))
        for y in range(count)
        for x in range(count)
    ]  # fmt: skip


def write(path: Path, level: str, **columns: Any) -> Path:
    ids, shapes = zip(*squares(level), strict=True)
    more = {"height": [9.0] * len(ids)} if level == "building" else {}
    pyogrio.write_dataframe(frame(list(shapes), code=list(ids), **more, **columns), path)
    return path


def level(model: ModelRelease, name: str) -> Any:
    units = model.units
    return units[units["level"] == name].set_index("source_id")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    folder = tmp_path_factory.mktemp("levels")
    city = new_city(folder / "city")
    for name in SIZES:
        bridge(city, [write(folder / f"{name}.gpkg", name)], level=name, key="code")
    old, renewal, park = box(0, 0, 130, 400), box(90, 0, 60, 60), box(800, 0, 10, 10)
    areas = frame([old, renewal, park], code=["OLD", "RENEW", "FAR"],
                  kind=["old_town", "renewal", "strategy"])  # fmt: skip
    pyogrio.write_dataframe(areas, folder / "areas.gpkg")
    bridge(city, [folder / "areas.gpkg"], level="area", key="code")
    return city


def test_every_level_is_bridged_and_lies_in_all_above_it(city: CityFolder) -> None:
    model = open_model(city)
    for number, name in enumerate(SIZES):
        units = level(model, name)
        assert len(units) == (400 // SIZES[name]) ** 2
        assert (units["parent_city"] == "city:" + level(model, "city").index[0]).all()
        above = list(SIZES)[:number]
        for parent in above:
            assert units[f"parent_{parent}"].notna().all(), (name, parent)
        for parent in set(PARENT_LEVELS[1:]) - set(above):
            assert units[f"parent_{parent}"].isna().all(), (name, parent)
    home = level(model, "building").loc["B3-13"]
    assert home["parent_plot"] == "plot:P1-6"
    assert home["parent_compound"] == "compound:C1-6"
    assert home["parent_block"] == "block:B0-3"
    assert home["parent_community"] == "community:C0-3"
    assert home["parent_subdistrict"] == "subdistrict:S0-1"
    assert home["parent_district"] == "district:D0-0"
    for parent in SIZES:
        if parent != "building":
            assert (model.parents(parent) != 0xFFFFFFFF).all()


def test_areas_cross_the_levels_many_to_many(city: CityFolder) -> None:
    model = open_model(city)
    rows = level(model, "area")["row"]
    old, renewal, far = (int(rows[name]) for name in ("OLD", "RENEW", "FAR"))
    buildings = level(model, "building")["row"]
    found = crossings(model, "building")
    assert found.areas_of(int(buildings["B4-0"])) == sorted((old, renewal))
    assert found.areas_of(int(buildings["B0-0"])) == [old]
    assert found.areas_of(int(buildings["B9-0"])) == []
    assert len(found.units_in(old)) == 5 * 16
    assert len(found.units_in(far)) == 0
    assert len(found.units_in(renewal)) == 4
    community = crossings(model, "community")
    mine = int(level(model, "community")["row"]["C1-0"])
    assert community.areas_of(mine) == []
    assert community.areas_of(mine, least=0.2) == sorted((old, renewal))
    pair = (community.unit == mine) & (community.area == old)
    assert community.share[pair][0] == pytest.approx(0.3)
    assert not len(crossings(model, "object").unit)
    areas, units = Areas(model), model.units
    for pairs in (found, community):
        of_level = units[(units["level"] == pairs.level) & ~units["removed"]]
        for row, shape in zip(of_level["row"], of_level.geometry, strict=True):
            assert areas.of(shape) == pairs.areas_of(row)


def test_a_parent_may_be_named_at_every_level(tmp_path: Path) -> None:
    """Attributes name parents by id, by public id or by label, against what geometry says."""
    city = new_city(tmp_path / "city")
    names = {"subdistrict": ["南街道", "北街道", "西街道", "东街道"]}
    for name in ("district", "subdistrict", "community", "compound"):
        more = {"名称": names[name]} if name in names else {}
        bridge(city, [write(tmp_path / f"{name}.gpkg", name, **more)], level=name, key="code")
    count = (400 // SIZES["building"]) ** 2
    file = write(
        tmp_path / "b.gpkg", "building",
        district_code=["D0-0"] * count,
        community_id=["community:C3-3"] * count,
        subdistrict=["西街道"] * count,
        compound=["C0-0"] * 200 + [None] * (count - 200),
    )  # fmt: skip
    bridge(city, [file], level="building", key="code")
    units = level(open_model(city), "building")
    assert set(units["parent_district"]) == {"district:D0-0"}
    assert set(units["parent_community"]) == {"community:C3-3"}
    assert set(units["parent_subdistrict"]) == {"subdistrict:S0-1"}
    assert (units["parent_compound"].iloc[:5] == "compound:C0-0").sum() >= 1
    last = units.loc["B15-15"]
    assert last["parent_compound"] == "compound:C7-7"


def test_records_of_one_mass_name_the_record_whose_colour_they_take(tmp_path: Path) -> None:
    """The group of a tile's feature is the row of that record, and the page colours by it."""
    from cim_bridge.issues import IssueLog
    from cim_bridge.tilesin.opened import open_tileset

    city = new_city(tmp_path / "city")
    shapes = [box(0, 0, 10, 10), box(10, 0, 10, 10), box(40, 0, 10, 10)]
    table = frame(shapes, code=["a", "b", "c"], height=[9.0, 9.0, 9.0], visual_group=["b", "b", ""])
    pyogrio.write_dataframe(table, tmp_path / "b.gpkg")
    bridge(city, [tmp_path / "b.gpkg"], level="building", key="code")
    model = open_model(city)
    rows = level(model, "building")["row"]
    groups = level(model, "building")["visual_group"]
    assert groups["a"] == groups["b"] == rows["b"]
    assert groups["c"] == rows["c"]
    opened = open_tileset(model.path / "tiles/buildings/tileset.json", IssueLog())
    assert opened is not None
    told = {}
    for piece in opened.pieces():
        columns = piece.columns
        told |= dict(zip(columns["id"], zip(columns["row"], columns["group"], strict=True),
                         strict=True))  # fmt: skip
    for name in "abc":
        assert told[name] == (rows[name], groups[name])
    page = (Path(__file__).parents[2] / "viewer/src/shader.ts").read_text(encoding="utf-8")
    assert "int mass = int(fsInput.metadata.group);" in page
    assert "cimByte(u_codes, mass)" in page
