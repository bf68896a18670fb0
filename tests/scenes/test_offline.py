"""One-file scenes: what is in them, what a public one keeps back, what is refused."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim_bridge.errors import InputRefused
from cim_bridge.levels import LEVELS
from cim_bridge.texts import text
from scenes.offline import write_offline
from scenes.offline.censor import Censor, K
from scenes.offline.excerpt import Excerpt
from scenes.offline.rounded import about, roughly
from scenes.scene import Published, Scene
from scenes.tour import make_tour
from tests.support.published import published as published

GONE = text("三户危房", "three unsafe homes")
DATA = re.compile(rb'<script type="application/json" id="data">(.*?)</script>', re.DOTALL)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("engine")
    (folder / "Cesium.js").write_text("var Cesium = {};")
    return folder


@pytest.fixture(scope="module")
def tour(published: Published) -> Scene:
    return make_tour(published)[0]


def inside(page: Path) -> dict[str, Any]:
    found = DATA.search(page.read_bytes())
    assert found is not None
    told: dict[str, Any] = json.loads(found[1])
    return told


@pytest.fixture(scope="module")
def public(
    published: Published, tour: Scene, engine: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    out = tmp_path_factory.mktemp("public") / "tour.html"
    stops = (*_edited(published, tour), *_small(published, tour))
    scene = Scene(**{**tour.__dict__, "stops": stops})
    _, log = write_offline(scene, published, out, engine, redact="public")
    assert "SCENE_STOP_WITHHELD" in {issue.code for issue in log}
    return out


def _small(published: Published, tour: Scene) -> tuple[Scene, ...]:
    """A stop at a building, and one of a problem that is no longer there: neither is public."""
    units = published.model.units
    house = units[units["level"] == "building"].iloc[0]["id"]
    stop = tour.stops[-1]
    gone = Scene(**{**stop.__dict__, "problem": "gone", "name": "gone", "caption": GONE})
    return (Scene(**{**stop.__dict__, "selection": house, "name": "house"}), gone)


def _edited(published: Published, tour: Scene) -> tuple[Scene, ...]:
    """The stops with words of a person who wrote the number of people in another way."""
    people = {row["problem_id"]: row["people"] for row in published.results.diagnosis.to_pylist()}

    def worded(stop: Scene) -> Scene:
        count = people[stop.problem]
        if count is None or stop.caption is None:
            return stop
        more = text(f"{count:.0f}人等", f"{count:.0f} residents wait")
        words = text(stop.caption["zh"] + more["zh"], stop.caption["en"] + more["en"])
        return Scene(**{**stop.__dict__, "caption": words})

    return tuple(worded(stop) for stop in tour.stops)


def test_a_file_of_a_district_holds_that_district_alone(
    published: Published, tour: Scene, engine: Path, tmp_path: Path
) -> None:
    units = published.model.units
    stop = next(s for s in tour.stops if s.indicator and s.level != "district")
    district = units.set_index("id").loc[stop.selection, "parent_district"]
    manifest, _ = write_offline(
        tour, published, tmp_path / "x.html", engine, unit=district, years=(2024, 2025)
    )
    told = inside(tmp_path / "x.html")
    own = units[(units["parent_district"] == district) & ~units["removed"]]
    assert set(told["names"]["block"]["ids"]) == set(own["id"][own["level"] == "block"])
    assert set(told["parents"]["building"]) == set(own["row"][own["level"] == "building"])
    assert manifest["years"] == [2024, 2025]
    for item in told["overlays"]:
        rows = told["names"][item["level"]]["rows"]
        for year, column in item["years"].items():
            overlay = published.results.overlay(
                item["system"], item["indicator"], item["level"], int(year)
            )
            number = overlay.cells.state == 0
            known = dict(
                zip(overlay.cells.row[number].tolist(), overlay.cells.value[number], strict=True)
            )
            for row, value, code in zip(rows, column["values"], column["codes"], strict=True):
                assert (value is None) == (row not in known)
                assert value is None or value == pytest.approx(known[row], rel=1e-5)
                assert (code < 250) == (row in known)


def test_a_file_asks_for_nothing_and_is_the_same_each_time(
    published: Published, tour: Scene, engine: Path, tmp_path: Path
) -> None:
    first, _ = write_offline(tour, published, tmp_path / "a.html", engine, years=(2025,))
    again, _ = write_offline(tour, published, tmp_path / "b.html", engine, years=(2025,))
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()
    assert first["digest"] == again["digest"]
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    shell = DATA.sub(b"", page.encode()).decode()
    assert not re.search(r"""(?:src|href)\s*=\s*["'](?!data:)""", shell)
    assert "connect-src data: blob:" in shell
    assert "http:" not in shell
    assert "https:" not in shell


def test_a_public_file_tells_of_no_building_and_of_no_small_group(
    published: Published, public: Path
) -> None:
    told = inside(public)
    excerpt = Excerpt.of(published.model)
    assert told["manifest"]["redaction"] == "public"
    assert told["manifest"]["k"] == K
    assert "building" not in told["names"]
    assert "object" not in told["names"]
    for item in told["overlays"]:
        assert item["level"] not in ("building", "object", "area")
        count = excerpt.count(item["level"])
        rows = told["names"][item["level"]]["rows"]
        for column in item["years"].values():
            for row, value, code in zip(rows, column["values"], column["codes"], strict=True):
                if value is not None or code < 250:
                    assert count[row] >= K
    for problem in told["problems"]:
        assert problem["unit"].partition(":")[0] not in ("building", "object", "area")
        assert problem["people"] is None or problem["people"] == 0 or problem["people"] >= K


def test_people_are_told_in_round_numbers_in_public_and_exactly_inside(
    published: Published, public: Path, tour: Scene, engine: Path, tmp_path: Path
) -> None:
    people = {row["problem_id"]: row["people"] for row in published.results.diagnosis.to_pylist()}
    told, looked = inside(public), 0
    for problem in told["problems"]:
        count = people[problem["id"]]
        if count:
            assert problem["people"] == about(count, K) != 0
            assert problem["people"] % K == 0
            assert abs(problem["people"] - count) <= max(K / 2, 0.05 * count)
    for stop in told["stops"]:
        count = people[stop["problem"]]
        if not count:
            continue
        looked += 1
        for tongue, around in (("zh", f"涉及约 {about(count, K):,} 人"), ("en", "about ")):
            words = stop["caption"][tongue]
            assert around in words
            assert about(count, K) == round(count) or not re.search(
                rf"(?<!\d)(?<!\d,)({count:.0f}|{count:,.0f})\s*(人|people|residents)", words
            )
    assert looked >= 3
    write_offline(tour, published, tmp_path / "full.html", engine, years=(2025,))
    for stop in inside(tmp_path / "full.html")["stops"]:
        if people[stop["problem"]]:
            assert f"涉及 {people[stop['problem']]:,.0f} 人" in stop["caption"]["zh"]


@pytest.mark.parametrize(
    ("count", "wanted"), [(0.2, 0), (10, 10), (14.9, 10), (87, 90), (1234, 1200), (98_765, 99_000)]
)
def test_about_how_many_people(count: float, wanted: int) -> None:
    assert about(count, K) == wanted


def test_only_numbers_of_people_are_made_round() -> None:
    words = text(
        "87%，87 人，1,087人，住87.5人，87位居民", "87 %, 87 people, 1,087 people, 87 residents"
    )
    found = roughly(words, 87, K)
    assert found["zh"] == "87%，约 90 人，1,087人，住87.5人，约 90位居民"
    assert found["en"] == "87 %, about 90 people, 1,087 people, about 90 residents"
    assert roughly(words, None, K) == words


def test_no_withheld_value_stands_anywhere_in_a_public_file(
    published: Published, public: Path
) -> None:
    page = public.read_text(encoding="utf-8")
    units = published.model.units
    houses = units[units["level"] == "building"]
    for name in houses["id"].head(400):
        assert f'"{name}"' not in page
    for label in set(houses["label_zh"].head(400)) - {""}:
        assert f'"{label}"' not in page
    censor = Censor(Excerpt.of(published.model), "public")
    told, looked = inside(public), 0
    for item in told["overlays"]:
        hidden = censor.hidden(item["level"])
        for year, column in item["years"].items():
            overlay = published.results.overlay(
                item["system"], item["indicator"], item["level"], int(year)
            )
            number = overlay.cells.state == 0
            rows, values = overlay.cells.row[number], overlay.cells.value[number]
            secret = set(values[hidden[rows]].round(6)) - set(values[~hidden[rows]].round(6))
            secret = {value for value in secret if value != round(value)}
            looked += len(secret)
            shown = {round(v, 6) for v in column["values"] if v is not None}
            assert not shown & secret
            assert not any(f":{value:.6g}," in page for value in secret)
    withheld = [
        row["why_zh"]
        for row in published.results.diagnosis.to_pylist()
        if not censor.tells_problem(row) and row["why_zh"]
    ]
    assert len(withheld) > 20
    assert GONE["zh"] not in page
    assert looked > 5
    assert not [why for why in withheld if why in page]


def test_what_a_public_file_tells_singles_out_no_small_group(public: Path) -> None:
    """The attack of a reader: what is told of a unit less what is told of the units in it."""
    told = inside(public)
    shown: dict[str, set[int]] = {}
    for item in told["overlays"]:
        rows = told["names"][item["level"]]["rows"]
        for column in item["years"].values():
            open_ = {row for row, code in zip(rows, column["codes"], strict=True) if code < 250}
            shown.setdefault(item["level"], set()).update(open_)
    rest = np.full(len(told["parents"]["building"]), -1)
    for number, level in enumerate(level for level in LEVELS if level in shown):
        unit = np.array(told["parents"][level])
        rest = np.where(np.isin(unit, list(shown[level])), unit + 1_000_000 * number, rest)
    _, count = np.unique(rest[rest >= 0], return_counts=True)
    assert {"community", "block"} <= set(shown)
    assert count.min() >= K
    assert len(count) > 20


def test_what_cannot_be_written_is_refused_with_its_reason(
    published: Published, tour: Scene, engine: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def code(**more: Any) -> str:
        with pytest.raises(InputRefused) as refused:
            write_offline(tour, published, tmp_path / "x.html", more.pop("engine", engine), **more)
        return refused.value.log.errors[0].code

    assert code(engine=tmp_path / "none") == "SCENE_CESIUM_ABSENT"
    assert code(unit="district:none") == "SCENE_UNIT_UNKNOWN"
    monkeypatch.setattr("scenes.offline.pack.LARGEST", 1000)
    assert code(years=(2025,)) == "SCENE_FILE_LARGE"
    monkeypatch.setitem(published.model.manifest, "tilesets", {})
    assert code() == "SCENE_TILESET_MISSING"
    assert not (tmp_path / "x.html").exists()
