"""A city folder is made, opened and refused with words."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.folder import CityFolder


def test_a_new_city_opens_with_its_settings(tmp_path: Path) -> None:
    made = CityFolder.init(tmp_path / "city", name="滨海", crs="EPSG:4549")
    again = CityFolder.open(made.path)
    assert again.config.name == {"zh": "滨海", "en": "滨海"}
    assert again.config.cutoff(2025) == dt.date(2025, 12, 31)
    assert again.head_model() is None
    assert again.list_batches() == []


def test_an_existing_city_is_never_overwritten(tmp_path: Path) -> None:
    CityFolder.init(tmp_path, name="a", crs="EPSG:4549")
    with pytest.raises(WrongUse):
        CityFolder.init(tmp_path, name="b", crs="EPSG:4549")


def test_a_source_of_the_same_name_is_replaced(tmp_path: Path) -> None:
    folder = CityFolder.init(tmp_path, name="a", crs="EPSG:4549")
    folder.add_source({"name": "blocks", "paths": ["a.gpkg"], "level": "block", "layer": None})
    folder.add_source({"name": "blocks", "paths": ["b.gpkg"], "level": "block"})
    sources = CityFolder.open(tmp_path).config.sources
    assert [(s["name"], s["paths"]) for s in sources] == [("blocks", ["b.gpkg"])]


def test_deadlines_are_held_against_today_unless_the_story_stands_still(tmp_path: Path) -> None:
    folder = CityFolder.init(tmp_path, name="a", crs="EPSG:4549")
    assert folder.config.day() == dt.datetime.now(dt.UTC).date()
    file = tmp_path / "city.toml"
    told = file.read_text("utf-8").replace(
        "synthetic = false", "synthetic = true\nas_of = 2025-06-30"
    )
    file.write_text(told, "utf-8")
    assert CityFolder.open(tmp_path).config.day() == dt.date(2025, 6, 30)


def test_a_folder_without_settings_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as caught:
        CityFolder.open(tmp_path)
    assert [issue.code for issue in caught.value.log] == ["CITY_NOT_FOUND"]


@pytest.mark.parametrize(
    "text",
    [
        "[city",
        '[city]\nname="a"',
        '[city]\nname="a"\ncrs="EPSG:0"',
        '[city]\nname="a"\ncrs="EPSG:4549"\n[levels.street]\nlabel="x"',
    ],
)
def test_broken_settings_are_refused_with_a_reason(tmp_path: Path, text: str) -> None:
    (tmp_path / "city.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputRefused) as caught:
        CityFolder.open(tmp_path)
    issue = caught.value.log.errors[0]
    assert issue.code == "CITY_CONFIG_INVALID"
    assert issue.why["en"] != issue.fix["en"]
