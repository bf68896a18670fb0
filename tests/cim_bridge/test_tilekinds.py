"""How tiles are written: asked for once, kept from model to model."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.town import CRS, make_town, write_cityjson
from cim_bridge.build import bridge
from cim_bridge.errors import WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from cim_bridge.tilekinds import PROFILES, TILINGS, tile_kinds
from cim_bridge.tiles.encode import profile_of


def test_every_profile_that_can_be_asked_for_can_be_written():
    assert [profile_of(name).name for name in PROFILES] == list(PROFILES)
    with pytest.raises(WrongUse, match="fat"):
        profile_of("fat")


def test_what_is_asked_for_goes_before_what_was_and_that_before_the_usual():
    assert tile_kinds(None, None, None) == (PROFILES[0], TILINGS[0])
    before = {"profile": "lean", "tiling": "implicit"}
    assert tile_kinds(None, None, before) == ("lean", "implicit")
    assert tile_kinds("portable", None, before) == ("portable", "implicit")
    for wrong in (("fat", None), (None, "round")):
        with pytest.raises(WrongUse):
            tile_kinds(*wrong, None)


def test_a_city_keeps_its_profile_and_tiling_when_a_source_is_bridged_again(tmp_path: Path):
    folder = CityFolder.init(tmp_path / "city", name="bench", crs=CRS)
    source = write_cityjson(make_town(30), tmp_path / "town.city.json")
    bridge(folder, [source], profile="lean", tiling="implicit")
    bridge(folder, [write_cityjson(make_town(31), source)])
    manifest = open_model(folder).manifest
    assert (manifest["profile"], manifest["tiling"]) == ("lean", "implicit")
    assert manifest["tilesets"]["buildings"]["features"] == 31
    assert manifest["tilesets"]["buildings"]["tiling"] == "implicit"
