"""Scenes: made of what is published, read from files, refused with reasons, drawn, taken along."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.release import open_model
from scenes.picture import view_of
from scenes.reading import scene_of
from scenes.scene import Camera, Scene
from tests.support.copies import copy_of
from tests.twin_server.asking import browsing
from tests.twin_server.test_cli import run
from twin_server.app import create_app
from twin_server.demo import Demo

SIZE = ("--size", 640, 360)
GOOD: dict[str, Any] = {
    "name": "harbour",
    "title": {"zh": "旧港", "en": "The old harbour"},
    "overlay": {
        "system": "MOHURD-2022",
        "indicator": "park_coverage",
        "level": "block",
        "year": 2024,
    },
    "view": {"lon": 121.4, "lat": 37.5, "height": 900, "heading": 200, "pitch": -30},
    "caption": {"zh": "港区", "en": "harbour"},
}


@pytest.fixture(scope="module", name="demo")
def own_demo(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A sample city of this file's own, for scenes are written into it."""
    return copy_of(demo, tmp_path_factory.mktemp("own"))


@pytest.fixture
def scenes(demo: Demo) -> Iterator[Path]:
    """The city's folder scenes/, as empty afterwards as it was before."""
    folder = CityFolder.open(demo.city).scenes
    folder.mkdir(exist_ok=True)
    before = set(folder.iterdir())
    yield folder
    for path in set(folder.iterdir()) - before:
        path.unlink()


def write(folder: Path, file: str, **changes: Any) -> None:
    told = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    (folder / f"{file}.json").write_text(json.dumps(told), encoding="utf-8")


def overlay(**changes: Any) -> dict[str, Any]:
    return {"overlay": {**GOOD["overlay"], **changes}}


def codes(out: str) -> list[str]:
    return [issue["code"] for issue in json.loads(out)["issues"]]


def test_a_city_without_scene_files_is_offered_some(
    capsys: pytest.CaptureFixture[str], demo: Demo
) -> None:
    code, out, _ = run(capsys, "scene", "list", "--city", demo.city, "--json")
    found = json.loads(out)
    names = [item["name"] for item in found]
    assert code == 0
    assert names[0] == "overview"
    assert sum(name.startswith("rule-") for name in names) == 5
    assert {"parks", "satisfaction"} <= set(names)
    assert {item["overlay"]["year"] for item in found} == {2025}
    assert all(item["title"]["zh"] and item["title"]["en"] for item in found)


def test_a_citys_own_scenes_come_first(
    capsys: pytest.CaptureFixture[str], demo: Demo, scenes: Path
) -> None:
    write(scenes, "harbour")
    _, out, _ = run(capsys, "scene", "list", "--city", demo.city, "--json")
    found = json.loads(out)
    names = [item["name"] for item in found]
    assert names[:2] == ["harbour", "overview"]
    assert names[-2:] == ["parks", "satisfaction"]
    assert found[0]["view"]["pitch"] == -30
    code, out, _ = run(capsys, "scene", "check", "--city", demo.city, "--json")
    assert (code, codes(out)) == (0, [])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (overlay(indicator="park_coverag"), "SCENE_INDICATOR_UNKNOWN"),
        (overlay(level="plot"), "SCENE_LEVEL_UNKNOWN"),
        (overlay(year=1999), "SCENE_YEAR_UNKNOWN"),
        (overlay(year="2025"), "SCENE_FIELD_WRONG"),
        (overlay(classes=[0, 99]), "SCENE_CLASS_UNKNOWN"),
        ({"title": None}, "SCENE_FIELD_MISSING"),
        ({"name": "a/b"}, "SCENE_FIELD_WRONG"),
        ({"view": {"lon": 121.4, "lat": 37.5}}, "SCENE_FIELD_MISSING"),
        ({"view": {"lon": 1, "lat": 2, "height": 9, "pitch": 100}}, "SCENE_FIELD_WRONG"),
        ({"view": {"lon": 121.3, "lat": 37.5, "height": -90}}, "SCENE_CAMERA_UNDERGROUND"),
        ({"caption": {"zh": "长" * 10_000, "en": "long"}}, "SCENE_TEXT_TOO_LONG"),
        ({"stops": [{"title": "x", "overlay": {}}]}, "SCENE_FIELD_MISSING"),
        (
            {"stops": [{"title": "x", "view": {"lon": 999, "lat": 0, "height": 9}}]},
            "SCENE_FIELD_WRONG",
        ),
    ],
)
def test_a_wrong_scene_is_refused_with_its_reason(
    capsys: pytest.CaptureFixture[str],
    demo: Demo,
    scenes: Path,
    changes: dict[str, Any],
    expected: str,
) -> None:
    write(scenes, "wrong", **changes)
    code, out, _ = run(capsys, "scene", "check", "--city", demo.city, "--json")
    assert (code, set(codes(out))) == (1, {expected})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (overlay(indicator="park_coverag"), "SCENE_INDICATOR_UNKNOWN"),
        ({"view": {"lon": 121.3, "lat": 37.5, "height": -90}}, "SCENE_CAMERA_UNDERGROUND"),
        ({"caption": {"zh": "长" * 10_000, "en": "long"}}, "SCENE_TEXT_TOO_LONG"),
    ],
)
def test_a_wrong_scene_is_neither_drawn_nor_exported(
    capsys: pytest.CaptureFixture[str], demo: Demo, scenes: Path, changes: dict[str, Any],
    expected: str, tmp_path: Path,
) -> None:  # fmt: skip
    write(scenes, "wrong", **{"name": "wrong", **changes})
    for words in (("still", "wrong"), ("export", "wrong"), ("export", "wrong", "--script")):
        out = tmp_path / "out"
        code, told, _ = run(capsys, "scene", *words, "--city", demo.city, "--out", out, "--json")
        assert (code, codes(told)) == (1, [expected, "SCENE_NOT_FOUND"])
        assert not out.exists()


def test_a_model_without_tiles_is_told_of_by_check_and_export(
    capsys: pytest.CaptureFixture[str], demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_model(CityFolder.open(demo.city))
    monkeypatch.setitem(model.manifest, "tilesets", {})
    monkeypatch.setattr("cim_bridge.release.open_model", lambda *_: model)
    code, told, _ = run(capsys, "scene", "check", "--city", demo.city, "--json")
    assert (code, codes(told)) == (1, ["SCENE_TILESET_MISSING"])
    out = tmp_path / "x.html"
    words = ("scene", "export", "overview", "--city", demo.city, "--year", 2025, "--out", out)
    code, told, _ = run(capsys, *words, "--json")
    assert (code, codes(told), out.exists()) == (1, ["SCENE_TILESET_MISSING"], False)


def test_a_stale_scene_is_drawn_and_exported_with_a_warning(
    capsys: pytest.CaptureFixture[str], demo: Demo, scenes: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr("scenes.picture.scene_still", lambda _, __, out, **more: out)
    write(scenes, "old", name="old", publication={"id": "0000", "results": "1111"})
    write(scenes, "other", name="other", colour="red")
    engine = tmp_path / "engine"
    engine.mkdir()
    (engine / "Cesium.js").write_text("var Cesium;")
    more = ("--city", demo.city, "--json")
    out = tmp_path / "old.png"
    code, told, _ = run(capsys, "scene", "still", "old", "--out", out, *SIZE, *more)
    assert (code, codes(told)) == (0, ["SCENE_PUBLICATION_STALE"])
    page = tmp_path / "page"
    words = ("scene", "export", "old", "--script", "--cesium", engine, "--out", page)
    code, told, _ = run(capsys, *words, *more)
    assert (code, codes(told)) == (0, ["SCENE_PUBLICATION_STALE"])


def test_what_can_be_shown_all_the_same_is_only_warned_of(
    capsys: pytest.CaptureFixture[str], demo: Demo, scenes: Path
) -> None:
    write(scenes, "odd", selection="block:none", colour="red")
    code, out, _ = run(capsys, "scene", "check", "--city", demo.city, "--json")
    assert code == 0
    assert codes(out) == ["SCENE_FIELD_UNKNOWN", "SCENE_SELECTION_UNKNOWN"]
    write(scenes, "odd", publication={"id": "0000", "results": "1111"})
    code, out, _ = run(capsys, "scene", "check", "--city", demo.city, "--json")
    assert (code, codes(out)) == (0, ["SCENE_PUBLICATION_STALE"])


def test_broken_files_and_names_used_twice_are_told(
    capsys: pytest.CaptureFixture[str], demo: Demo, scenes: Path
) -> None:
    write(scenes, "a")
    write(scenes, "b")
    (scenes / "c.json").write_text("{")
    (scenes / "d.json").write_text("[]")
    code, out, _ = run(capsys, "scene", "check", "--city", demo.city, "--json")
    assert code == 1
    assert sorted(codes(out)) == ["SCENE_BROKEN", "SCENE_BROKEN", "SCENE_NAME_TWICE"]


def test_a_scene_nobody_has_and_a_city_without_results_are_refused(
    capsys: pytest.CaptureFixture[str], demo: Demo, small_city: CityFolder
) -> None:
    code, out, _ = run(capsys, "scene", "still", "none", "--city", demo.city, "--json")
    assert (code, codes(out)) == (1, ["SCENE_NOT_FOUND"])
    code, out, _ = run(capsys, "scene", "list", "--city", small_city.path, "--json")
    assert (code, codes(out)) == (1, ["SCENE_UNPUBLISHED"])


def test_a_still_shows_the_classes_of_its_legend(
    capsys: pytest.CaptureFixture[str], demo: Demo, tmp_path: Path
) -> None:
    image = pytest.importorskip("PIL.Image")
    out = tmp_path / "overview.png"
    words = ("scene", "still", "overview", "--city", demo.city, "--out", out, *SIZE, "--json")
    code, told, _ = run(capsys, *words)
    assert code == 0, told
    with image.open(out) as opened:
        pixels = np.asarray(opened.convert("RGB")).astype(int)
    assert pixels.shape == (360, 640, 3)
    assert pixels[:60, :300].min() < 80, "a title is written at the upper left"
    scene = json.loads(told)["scene"]["overlay"]
    wanted = legend_of(demo, **scene)
    drawn = Counter(map(tuple, pixels[80:220].reshape(-1, 3).tolist()))
    legend = Counter(map(tuple, pixels[200:345, 12:45].reshape(-1, 3).tolist()))
    for color, units in wanted.items():
        assert legend[color] > 40, f"{color} is in the legend to the bit"
        if units > 5:
            assert drawn[color] > 10, f"{color} is on blocks and roofs to the bit"


def legend_of(demo: Demo, *, system: str, indicator: str, level: str, year: int) -> Any:
    """Colour of each class as the API gives it to the viewer, and how many units have it."""
    with browsing(create_app(CityFolder.open(demo.city))) as browser:
        told = browser.json(f"/api/v1/overlays/{indicator}", system=system, level=level, year=year)
    classes = told["legend"]["classes"]
    return {tuple(bytes.fromhex(item["color"][1:])): item["count"] for item in classes}


def test_a_camera_looks_where_it_says(demo: Demo) -> None:
    model = open_model(CityFolder.open(demo.city))
    extent = model.manifest["extent"]
    middle = ((extent["west"] + extent["east"]) / 2, (extent["south"] + extent["north"]) / 2)
    title = GOOD["title"]
    north = Scene("x", title, "s", "i", "block", camera=Camera(*middle, 2_000.0, 0.0, -45.0))
    east = Scene("x", title, "s", "i", "block", camera=Camera(*middle, 2_000.0, 90.0, -45.0))
    down = Scene("x", title, "s", "i", "block", camera=Camera(*middle, 2_000.0, 0.0, -90.0))
    for scene, ahead in ((north, (0, 1)), (east, (1, 0)), (down, (0, 0))):
        view = view_of(scene, model)
        assert view.eye is not None
        assert view.toward is not None
        assert view.eye[2] == pytest.approx(2_000 - model.manifest["height_offset"])
        way = np.array(view.toward) - np.array(view.eye)
        assert way[2] < 0
        level = way[:2] / max(abs(way[2]), 1.0)
        assert level == pytest.approx(ahead, abs=0.03)
    assert view_of(north, model, (1600, 900)).tall == pytest.approx(35.98, abs=0.01)
    assert view_of(north, model, (900, 1600)).tall == 60.0


def test_a_selection_is_looked_at_closely(demo: Demo) -> None:
    model = open_model(CityFolder.open(demo.city))
    units = model.units
    chosen = units[units["level"] == "block"].iloc[0]
    scene = Scene("x", GOOD["title"], "s", "i", "block", selection=chosen["id"])
    view = view_of(scene, model)
    assert view.zoom > 2
    assert view.focus is not None
    assert chosen.geometry.contains(shapely.Point(view.focus))


def test_an_export_is_a_folder_that_asks_nobody(
    capsys: pytest.CaptureFixture[str], demo: Demo, tmp_path: Path
) -> None:
    cesium = tmp_path / "cesium"
    (cesium / "Widgets").mkdir(parents=True)
    (cesium / "Cesium.js").write_text("var Cesium;")
    (cesium / "Widgets/widgets.css").write_text("")
    out = tmp_path / "out"
    words = ("scene", "export", "parks", "--script", "--city", demo.city, "--out", out)
    code, _, err = run(capsys, *words, "--cesium", tmp_path)
    assert (code, "SCENE_CESIUM_ABSENT" in err) == (1, True)
    assert not out.exists()
    code, told, _ = run(capsys, *words, "--cesium", cesium, "--redact", "public", "--json")
    assert (code, codes(told)) == (1, ["SCENE_SCRIPT_PUBLIC"])
    assert not out.exists()
    code, told, _ = run(capsys, *words, "--cesium", cesium, "--json")
    assert code == 0, told
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "http" not in page
    assert page.count("polygon :") > 20
    assert "虚构城市" in page
    assert "家门口的公园" in page
    assert (out / "Cesium/Cesium.js").is_file()
    assert (out / "Cesium/Widgets/widgets.css").is_file()


def test_a_scene_is_the_same_after_writing_and_reading() -> None:
    log = IssueLog()
    scene = scene_of(GOOD, log, "harbour.json")
    assert scene is not None
    assert len(log) == 0
    assert scene.to_json() == GOOD
    assert scene_of(scene.to_json(), log, "harbour.json") == scene


def test_a_stop_takes_from_its_scene_what_it_does_not_say() -> None:
    log = IssueLog()
    stops = [
        {"title": {"zh": "一", "en": "one"}, "selection": "block:K00001"},
        {"title": {"zh": "二", "en": "two"}, "duration": 3, **overlay(year=2023)},
    ]
    tour = scene_of({**GOOD, "stops": stops, "loop": True}, log)
    assert tour is not None
    assert len(log) == 0
    assert [stop.year for stop in tour.stops] == [2024, 2023]
    assert [stop.selection for stop in tour.stops] == ["block:K00001", ""]
    assert all(stop.camera == tour.camera for stop in tour.stops)
    assert tour.stops[0].caption is None, "words are a stop's own"
    assert tour.to_json()["stops"] == stops


def test_a_scene_file_is_checked_by_itself_too(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    write(tmp_path, "good")
    code, out, _ = run(capsys, "check", tmp_path / "good.json", "--json")
    assert (code, codes(out)) == (0, [])
    write(tmp_path, "bad", view={"lon": 1})
    code, out, _ = run(capsys, "check", tmp_path / "bad.json", "--json")
    assert (code, set(codes(out))) == (1, {"SCENE_FIELD_MISSING"})
