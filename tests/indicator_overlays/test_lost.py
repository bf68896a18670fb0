"""A new model version: results follow by id, and a report names all that lost its place."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd

from cim_bridge.folder import CityFolder
from indicator_overlays.load import load
from indicator_overlays.lost import lost_places
from indicator_overlays.store import ValueStore
from tests.support.tinycity import make_city, units, write_model


def without(*ids: str) -> gpd.GeoDataFrame:
    """The next model: some units are tombstones, and the others stand elsewhere in the table."""
    table = units()
    table.loc[table["id"].isin(ids), "removed"] = True
    table.loc[table["level"] == "building", "label_zh"] = "改名"
    return table.iloc[::-1].reset_index(drop=True)


def loaded(tmp_path: Path) -> CityFolder:
    city = make_city(tmp_path / "city")
    tables = {
        "values": "unit_id,park_coverage\nB001,80\nB002,70\nB003,60\n",
        "more": "unit_id,road_density\nB001,8\nB004,7\n",
        "problems": "problem_id,unit_id,title_zh\nP1,B001,外墙脱落\nP2,B002,积水\nP3,B001,裂缝\n",
        "projects": "project_id,name_zh,state,unit_ids\nJ1,修缮,planned,B001\n"
        "J2,排水,planned,B001;B002\nJ3,绿化,planned,B003\n",
    }
    for name, text in tables.items():
        file = tmp_path / f"{name}.csv"
        file.write_text(text, encoding="utf-8")
        kind = name if name in ("problems", "projects") else "values"
        load(city, [file], source=name, kind=kind, year=2024, level="block")
    return city


def test_nothing_is_lost_while_every_unit_stands(tmp_path: Path) -> None:
    city = loaded(tmp_path)
    assert len(lost_places(city)) == 0
    write_model(city, without("block:B008"), "1" * 32)
    assert len(lost_places(city)) == 0


def test_what_lost_its_place_is_told_by_kind_and_source_and_stays(tmp_path: Path) -> None:
    city = loaded(tmp_path)
    before = ValueStore(city).table().to_pylist()
    write_model(city, without("block:B001"), "1" * 32)
    told = [(i.code, i.place.id, i.count) for i in lost_places(city)]
    assert told == [
        ("VALUES_LOST_PLACE", "block:B001", 1),
        ("VALUES_LOST_PLACE", "block:B001", 1),
        ("PROBLEMS_LOST_PLACE", "P1", 2),
        ("PROJECTS_LOST_PLACE", "J1", 2),
    ]
    texts = [issue.why["en"] for issue in lost_places(city)]
    assert "of more lost" in texts[0]
    assert "of values lost" in texts[1]
    assert "1 of them have no unit left" in texts[3]
    assert ValueStore(city).table().to_pylist() == before
    write_model(city, units(), "2" * 32)
    assert len(lost_places(city)) == 0
