"""Bad input of the kinds people really bring: a code, the place, why and the remedy, no trace."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import geopandas as gpd
import pytest
from shapely.geometry import box

from cim_bridge.folder import CityFolder
from tests.support.stores import MARK
from tests.twin_server.asking import browsing
from tests.twin_server.test_cli import run
from twin_server.app import create_app
from twin_server.demo import Demo
from twin_server.settings import Settings
from twin_server.store import open_store

HEAD = "unit_id,level,indicator,period,value\n"
HALVES = "".join(
    f"9901{number:02d},district,park_coverage,2024,0.{number}5\n" for number in range(1, 7)
)
ROW = "990101,district,park_coverage,2024,"
TABLES: dict[str, tuple[str, str]] = {
    "a value for an unknown unit": (f"{HEAD}777,district,park_coverage,2024,5\n", "UNIT_UNKNOWN"),
    "text in a number cell": (f"{HEAD}{ROW}many\n", "VALUE_NOT_A_NUMBER"),
    "a percentage given as a fraction": (HEAD + HALVES, "PERCENT_AS_FRACTION"),
    "a value that is not a number": (f"{HEAD}{ROW}NaN\n", "VALUE_NOT_FINITE"),
    "an empty file": ("", "EMPTY_FILE"),
}


def squares(path: Path, names: list[str], crs: str, x: float, y: float) -> Path:
    """Write a row of square blocks."""
    shapes = [box(x + 90 * n, y, x + 90 * n + 80, y + 80) for n in range(len(names))]
    gpd.GeoDataFrame({"id": names}, geometry=shapes, crs=crs).to_file(path, driver="GeoJSON")
    return path


def broken_json(folder: Path) -> Path:
    path = folder / "cut.city.json"
    path.write_text('{"type": "CityJSON", "version": "2.0", "CityObjects": {"a": ', "utf-8")
    return path


def wrong_crs(folder: Path) -> Path:
    # zone numbers of another meridian: the result lies hundreds of kilometres away
    return squares(folder / "wrong.geojson", ["a", "b"], "EPSG:4546", 622_000, 4_157_000)


def twice(folder: Path) -> Path:
    return squares(folder / "twice.geojson", ["a", "b", "a"], "EPSG:4549", 622_000, 4_157_000)


MODELS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "broken JSON": (broken_json, "JSON_BROKEN"),
    "a wrong coordinate system": (wrong_crs, "CRS_OUTSIDE_EXTENT"),
    "duplicate ids": (twice, "ID_DUPLICATE"),
}


def state(city: Path) -> dict[str, bytes]:
    """The content of every small file and the names of all, but for the record of who did what."""
    return {
        path.relative_to(city).as_posix(): path.read_bytes() if path.suffix != ".glb" else b""
        for path in city.rglob("*")
        if path.is_file()
        and path.name not in (".lock", MARK)
        and not path.name.startswith("twin.db")
    }


def refusal(capsys: pytest.CaptureFixture[str], city: Path, *words: object) -> list[dict]:
    """Issues of a call that must be refused and must change nothing."""
    before = state(city)
    code, out, _ = run(capsys, *words, "--city", city, "--json")
    assert code == 1
    assert state(city) == before
    issues: list[dict] = json.loads(out)["issues"]
    for issue in issues:
        assert issue["place"]["file"]
        for words_ in (issue["why"], issue["fix"]):
            assert words_["zh"] != words_["en"]
    return issues


@pytest.fixture(scope="module")
def town(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the sample city: a refused table is written into its audit."""
    path = tmp_path_factory.mktemp("town") / "city"
    shutil.copytree(demo.city, path)
    return path


def last_entry(city: Path) -> tuple[str, dict]:
    """Action and payload of the newest audit entry."""
    with closing(open_store(CityFolder.open(city))) as store:
        newest = store.audit_page(1, 0)[0][0]
    return str(newest["action"]), json.loads(newest["payload"])


@pytest.mark.parametrize("name", TABLES)
def test_a_bad_table_is_refused(
    capsys: pytest.CaptureFixture[str], town: Path, tmp_path: Path, name: str
) -> None:
    content, code = TABLES[name]
    table = tmp_path / "values.csv"
    table.write_text(content, encoding="utf-8")
    issues = refusal(capsys, town, "load", table, "--source", "x", "--year", 2025)
    found = [issue for issue in issues if issue["code"] == code]
    assert found, [issue["code"] for issue in issues]
    if content:
        assert found[0]["place"].get("row") or found[0]["place"].get("cell")
    action, told = last_entry(town)
    assert (action, told["kind"], told["source"]) == ("load.refused", "values", "x")
    assert told["files"] == [
        {"name": "values.csv", "sha256": hashlib.sha256(table.read_bytes()).hexdigest()}
    ]
    assert told["errors"][code] >= 1
    assert told["first"][0]["file"] == "values.csv"
    assert "many" not in json.dumps(told), "the audit tells places, not what stood there"


@pytest.mark.parametrize("name", MODELS)
def test_a_bad_model_is_refused(
    capsys: pytest.CaptureFixture[str], demo: Demo, tmp_path: Path, name: str
) -> None:
    make, code = MODELS[name]
    issues = refusal(capsys, demo.city, "bridge", make(tmp_path), "--level", "block")
    assert code in [issue["code"] for issue in issues]


def test_a_gbk_table_is_read_and_says_so(
    capsys: pytest.CaptureFixture[str], demo: Demo, tmp_path: Path
) -> None:
    city = tmp_path / "city"
    shutil.copytree(demo.city, city)
    table = tmp_path / "gbk.csv"
    text = f"{HEAD.strip()},note\n{ROW}88.5,城区抽查\n"
    table.write_bytes(text.encode("gb18030"))
    with browsing(create_app(CityFolder.open(city), Settings(refresh_seconds=0))) as browser:
        before = browser.json("/api/v1/city")
        code, out, _ = run(
            capsys, "load", table, "--source", "抽查", "--year", 2025, "--city", city, "--json"
        )
        assert code == 0
        assert "ENCODING_GBK" in [issue["code"] for issue in json.loads(out)["issues"]]
        assert browser.json("/api/v1/city") == before, "loaded is not yet published"
