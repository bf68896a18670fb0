"""A real quarter of The Hague, made by others: every id in is an id in the tiles."""

from __future__ import annotations

import json

import pytest

from cim_bridge.build import bridge
from cim_bridge.check import check_city
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from tests.cim_bridge.tiles.reading import read


@pytest.mark.shared
def test_every_building_of_the_hague_is_in_the_tiles_once(shared, tmp_path):
    source = shared / "data" / "cityjson" / "denhaag_01_v1.city.json"
    objects = json.loads(source.read_text())["CityObjects"]
    ids = sorted(name for name, item in objects.items() if item["type"] == "Building")
    folder = CityFolder.init(tmp_path / "hague", name="海牙", name_en="The Hague", crs="EPSG:28992")
    bridge(folder, [source])
    city = CityFolder.open(folder.path)
    release = open_model(city)
    drawn = [
        name
        for tile in read(release.path / "tiles" / "buildings" / "tileset.json")
        if tile.is_leaf
        for name in tile.table.ids
    ]
    assert len(ids) == 844
    assert sorted(drawn) == ids
    assert [issue.to_json() for issue in check_city(city)] == []
    assert release.manifest["tilesets"]["ground"]["features"] > 0
