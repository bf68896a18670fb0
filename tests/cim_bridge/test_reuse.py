"""Tilesets whose inputs did not change are taken over, and nobody can tell from the result."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
import shapely

from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from cim_bridge.staging import MANIFEST
from cim_bridge.tiles import write
from cim_bridge.tiles.reuse import Previous, inputs_digest
from tests.cim_bridge.cityfiles import box, grid, new_city
from tests.cim_bridge.test_bridge import boxes, tree, vector


def _steps(tmp_path: Path) -> list[tuple[list[Path], dict[str, Any]]]:
    heights = [shapely.Point(622_000 + x, 4_157_000 + y, x / 10) for x in (0, 90) for y in (0, 50)]
    fewer = tmp_path / "fewer"
    fewer.mkdir()
    return [
        ([vector(tmp_path, "d", [box(-9, -9, 200, 99)], id=["d"])], {"level": "district"}),
        ([vector(tmp_path, "b", grid(4, 30), id=[1, 2, 3, 4])], {"level": "block", "key": "id"}),
        ([boxes(tmp_path)], {}),
        ([vector(tmp_path, "r", [box(0, 30, 90, 4)], id=["r"])], {"layer": "roads", "key": "id"}),
        ([vector(tmp_path, "p", [box(0, 40, 9, 4)], id=["p"])], {"layer": "parks", "key": "id"}),
        ([vector(tmp_path, "dem", heights)], {"layer": "ground"}),
        ([vector(tmp_path, "w", [box(0, 9, 9, 4)], id=["w"])], {"layer": "water", "key": "id"}),
        ([boxes(fewer, count=4)], {}),
    ]


def _build(city: CityFolder, steps: list[tuple[list[Path], dict[str, Any]]]) -> list[str]:
    return [bridge(city, sources, **words).digest for sources, words in steps]


def test_releases_are_the_same_with_and_without_the_shortcut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = _steps(tmp_path)
    quick, slow = new_city(tmp_path / "quick"), new_city(tmp_path / "slow")
    digests = _build(quick, steps)
    monkeypatch.setattr(Previous, "take", lambda *_: None)
    assert _build(slow, steps) == digests
    assert tree(quick.models) == tree(slow.models)


def test_only_what_changed_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    city = new_city(tmp_path / "city")
    made: list[str] = []
    finish = write._finish

    def noted(writer: Any, name: str, *rest: Any, **how: Any) -> dict[str, Any]:
        made.append(name)
        return finish(writer, name, *rest, **how)

    monkeypatch.setattr(write, "_finish", noted)
    found = []
    for step in _steps(tmp_path):
        made.clear()
        _build(city, [step])
        found.append(set(made))
    flat = {"ground", "district", "block"}
    # the first buildings, then a TIN, tell another height of the ground than was known before
    assert found == [
        {"ground", "district"}, {"block"}, {*flat, "buildings"}, {"roads"}, {"green"},
        {*flat, "roads", "green"}, {"water"}, {"buildings"},
    ]  # fmt: skip


def test_a_tileset_taken_over_shares_its_files(tmp_path: Path) -> None:
    city = new_city(tmp_path / "city")
    steps = _steps(tmp_path)
    _build(city, steps[:3])
    before = open_model(city).path / "tiles"
    _build(city, steps[3:4])
    after = open_model(city).path / "tiles"
    assert before != after
    for name in ("tileset.json", "tileset.json.br", "tileset.json.gz"):
        assert (before / "buildings" / name).samefile(after / "buildings" / name)


@pytest.mark.parametrize("harm", ["tileset", "content"])
def test_a_damaged_release_is_not_taken_over(tmp_path: Path, harm: str) -> None:
    city = new_city(tmp_path / "city")
    steps = _steps(tmp_path)
    _build(city, steps[:3])
    tiles = open_model(city).path / "tiles"
    file = tiles / "buildings" / "tileset.json"
    if harm == "tileset":
        file.unlink()
        file.write_bytes(b"{}")
    else:
        uri = orjson.loads(file.read_bytes())["root"]["content"]["uri"]
        (file.parent / uri).unlink()
    whole = new_city(tmp_path / "whole")
    _build(whole, steps[:3])
    assert _build(city, steps[3:4]) == _build(whole, steps[3:4])


def test_every_input_counts() -> None:
    one = inputs_digest("a", ["b", "c"], shapely.points([[0, 1], [2, 3]]))
    assert one == inputs_digest("a", ["b", "c"], shapely.points([[0, 1], [2, 3]]))
    others = [
        inputs_digest("a", ["bc"], shapely.points([[0, 1], [2, 3]])),
        inputs_digest("a", ["b", "c"], shapely.points([[0, 1], [2, 4]])),
        inputs_digest("a", ["b", "c"], None),
        inputs_digest("a", "b", "c"),
    ]
    assert len({one, *others}) == 5


def test_what_tiling_finds_is_in_the_release_and_stays_there(tmp_path: Path) -> None:
    city = new_city(tmp_path / "city")
    thin = shapely.Polygon([(0, 0), (30, 0), (30, 1e-9)])
    sliver = shapely.transform(thin, lambda p: p + np.array([622_000, 4_157_100]))
    source = vector(tmp_path, "b", [*grid(2, 30), sliver], id=[1, 2, 3])
    first = bridge(city, [source], level="block", key="id")
    assert "TILES_UNIT_WITHOUT_AREA" in {issue.code for issue in first.issues}
    bridge(city, [vector(tmp_path, "p", [box(0, 40, 9, 4)], id=["p"])], layer="parks", key="id")
    model = open_model(city)
    kept = [i for i in model.issues() if i["code"] == "TILES_UNIT_WITHOUT_AREA"]
    assert len(kept) == 1
    assert kept[0]["source"] == ""
    assert kept[0]["place"]["id"] == "3"
    manifest = orjson.loads((model.path / MANIFEST).read_bytes())
    assert manifest["tilesets"]["block"]["undrawn"] == {"count": 1, "id": "3"}
