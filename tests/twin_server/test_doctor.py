"""The doctor says what is in a source and writes nothing."""

from __future__ import annotations

import json
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

from cim_bridge.folder import CityFolder
from tests.twin_server.test_cli import run


@pytest.fixture
def blocks(tmp_path: Path) -> Path:
    file = tmp_path / "blocks.geojson"
    shapes = [box(121.0 + i / 100, 37.0, 121.005 + i / 100, 37.01) for i in range(4)]
    frame = gpd.GeoDataFrame({"block_id": [f"B{i}" for i in range(4)]}, geometry=shapes, crs=4326)
    frame.to_file(file, driver="GeoJSON")
    return file


def test_a_source_is_described(capsys: pytest.CaptureFixture[str], blocks: Path) -> None:
    code, out, _ = run(capsys, "doctor", blocks, "--level", "block", "--json")
    assert code == 0
    source = json.loads(out)["sources"][0]
    assert source["format"] == "vector"
    assert source["crs"] == "EPSG:4326"
    assert source["levels"][0]["count"] == 4
    assert source["levels"][0]["id_examples"] == ["B0", "B1", "B2", "B3"]
    assert source["extent"] == pytest.approx([121.0, 37.0, 121.035, 37.01], abs=1e-6)


def test_a_table_is_matched_to_the_source_before_anything_is_written(
    capsys: pytest.CaptureFixture[str], blocks: Path, tmp_path: Path
) -> None:
    table = tmp_path / "values.csv"
    table.write_text("街区编号,值\nB0,1\nB1,2\nB9,3\nB1,4\n", encoding="utf-8")
    before = sorted(tmp_path.iterdir())
    code, out, _ = run(
        capsys,
        "doctor",
        blocks,
        "--level",
        "block",
        "--table",
        table,
        "--key",
        "街区编号",
        "--json",
    )
    assert code == 0
    found = json.loads(out)["tables"][0]
    assert (found["rows"], found["matched"], found["duplicates"]) == (4, 3, 1)
    assert found["unmatched_examples"] == ["B9"]
    assert found["orphans"] == 2
    assert sorted(tmp_path.iterdir()) == before


def test_a_table_is_matched_to_a_city(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder, tmp_path: Path
) -> None:
    table = tmp_path / "values.csv"
    table.write_text("block,x\nB0,1\nB1,2\n", encoding="utf-8")
    _, out, _ = run(
        capsys, "doctor", "--city", small_city.path, "--table", table, "--key", "block", "--json"
    )
    found = json.loads(out)["tables"][0]
    assert (found["rate"], found["orphans"]) == (1.0, 0)


def test_what_is_wrong_is_an_issue(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder, tmp_path: Path
) -> None:
    empty = tmp_path / "empty.city.json"
    empty.write_text("")
    assert "FILE_EMPTY" in run(capsys, "doctor", empty)[2]
    table = tmp_path / "values.csv"
    table.write_text("block,x\nB0,1\n", encoding="utf-8")
    code, _, err = run(
        capsys, "doctor", "--city", small_city.path, "--table", table, "--key", "nope"
    )
    assert code == 1
    assert "DOCTOR_NO_KEY" in err or "HEADER" in err


def test_a_source_elsewhere_is_told_with_the_system_that_fits(
    capsys: pytest.CaptureFixture[str], blocks: Path, tmp_path: Path
) -> None:
    city = CityFolder.init(tmp_path / "city", name="滨海", crs="EPSG:4549")
    named = tmp_path / "city" / "city.toml"
    text = named.read_text(encoding="utf-8")
    named.write_text(text.replace("[city]", "[city]\nextent = [120.9, 36.9, 121.2, 37.1]", 1))
    frame = gpd.read_file(blocks).to_crs("EPSG:4549")
    wrong = tmp_path / "wrong.gpkg"
    frame.set_crs("EPSG:4550", allow_override=True).to_file(wrong, driver="GPKG")
    code, _, err = run(capsys, "doctor", wrong, "--level", "block", "--city", city.path)
    assert code == 1
    assert "--crs EPSG:4549" in err
