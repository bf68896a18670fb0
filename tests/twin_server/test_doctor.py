"""The doctor says what is in a source and writes nothing."""

from __future__ import annotations

import hashlib
import json
import subprocess
from pathlib import Path

import geopandas as gpd
import pytest
from shapely import box

from cim_bridge.folder import CityFolder
from tests.cim_bridge.remote.conftest import layer as platform_layer
from tests.cim_bridge.remote.conftest import make_city as platform_city
from tests.cim_bridge.tilesin.made import b3dm, cubes, tileset, write
from tests.support.platform import Platform, running
from tests.support.tinycity import make_city as make_tiny
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


@pytest.fixture
def ready(tmp_path: Path) -> CityFolder:
    """A city of two levels without results."""
    return make_tiny(tmp_path / "tiny")


def fingerprint(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def values(path: Path, lines: list[str], encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def test_the_document_keeps_its_keys(
    capsys: pytest.CaptureFixture[str], blocks: Path, ready: CityFolder, tmp_path: Path
) -> None:
    table = values(tmp_path / "v.csv", ["block,value", "B001,1", "B0,2"])
    _, out, _ = run(
        capsys, "doctor", blocks, "--level", "block", "--table", table, "--city", ready.path,
        "--json",
    )  # fmt: skip
    told = json.loads(out)
    assert set(told) == {"ok", "format", "verdict", "sources", "shifts", "tables", "issues"}
    assert set(told["verdict"]) == {"word", "text", "commands", "review"}
    assert set(told["sources"][0]) == {
        "file", "format", "crs", "extent", "triangles", "ground", "levels", "files", "bytes",
        "about", "encoding", "points", "crs_declared", "crs_fits", "ids", "needs", "readable",
        "height_datum", "missing",
    }  # fmt: skip
    assert set(told["tables"][0]) >= {
        "file", "sheet", "key", "rows", "matched", "rate", "by_id", "ambiguous", "duplicates",
        "unmatched_examples", "orphans", "orphan_examples", "ways", "mends", "damage", "values",
        "review", "suggestions",
    }  # fmt: skip


def test_looking_changes_no_byte_of_the_city_or_the_sources(
    capsys: pytest.CaptureFixture[str], blocks: Path, ready: CityFolder, tmp_path: Path
) -> None:
    table = values(tmp_path / "v.csv", ["unit_id,road_density", "block:B001,7.5"])
    before = fingerprint(tmp_path)
    run(capsys, "doctor", blocks, "--level", "block", "--city", ready.path, "--table", table)
    run(capsys, "doctor", "--city", ready.path, "--table", table)
    assert fingerprint(tmp_path) == before


def test_only_the_page_that_was_asked_for_is_written(
    capsys: pytest.CaptureFixture[str], blocks: Path, tmp_path: Path
) -> None:
    before = fingerprint(tmp_path)
    code, _, _ = run(
        capsys, "doctor", blocks, "--level", "block", "--html", tmp_path / "found.html"
    )
    assert code == 0
    after = fingerprint(tmp_path)
    assert set(after) - set(before) == {"found.html"}
    assert {name: after[name] for name in before} == before
    assert "可用" in (tmp_path / "found.html").read_text(encoding="utf-8")


def test_the_verdict_is_the_first_line_and_names_the_next_command(
    capsys: pytest.CaptureFixture[str], blocks: Path
) -> None:
    code, out, _ = run(capsys, "doctor", blocks, "--level", "block")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "✓ 可用：4 个街区"
    assert lines[1] == "  will work: 4 blocks"
    assert lines[3].startswith("  $ cimtwin bridge ")
    code, _, err = run(capsys, "doctor", blocks)
    assert code == 1
    assert "will work after adding --level" in err


def test_columns_that_are_indicators_are_told_from_those_that_are_nearly(
    capsys: pytest.CaptureFixture[str], ready: CityFolder, tmp_path: Path
) -> None:
    lines = [
        "街区编号,road_density,公园绿化活动场地服务半径覆盖率（%）,road_densty,天气",
        "B001,7.5,0.82,1,甲", "B002,***,0.95,2,乙", "B003,很好,0.4,3,丙", "B004,,0.1,4,丁",
    ]  # fmt: skip
    table = values(tmp_path / "v.csv", lines, "gbk")
    _, out, _ = run(capsys, "doctor", "--city", ready.path, "--table", table, "--json")
    (found,) = json.loads(out)["tables"]
    told = found["values"]
    assert told["form"] == "wide"
    roads = next(one for one in told["indicators"] if one["code"] == "road_density")
    assert (roads["numbers"], roads["empty"], roads["null_marks"]) == (1, 1, {"***": 1})
    assert (roads["text_cells"], roads["text_examples"]) == (1, ["B4 很好"])
    parks = next(one for one in told["indicators"] if one["code"] != "road_density")
    assert parks["percent_as_fraction"]
    assert not roads["percent_as_fraction"]
    assert told["near"] == {"road_densty": "road_density"}
    assert told["ignored"] == ["天气"]


def test_what_load_would_refuse_is_said_before_it_does(
    capsys: pytest.CaptureFixture[str], ready: CityFolder, tmp_path: Path
) -> None:
    bad = values(tmp_path / "bad.csv", ["unit_id,road_density", "block:B001,很好"])
    code, _, err = run(capsys, "doctor", "--city", ready.path, "--table", bad)
    assert code == 1
    assert "VALUE_NOT_A_NUMBER" in err
    assert "will work after mending 1 errors of the table" in err
    refused = run(capsys, "load", bad, "--city", ready.path, "--source", "s", "--year", "2025")
    assert refused[0] == 1
    good = values(tmp_path / "good.csv", ["unit_id,road_density", "block:B001,7.5"])
    code, out, _ = run(capsys, "doctor", "--city", ready.path, "--table", good)
    assert code == 0
    assert "passes: 1 values" in out


def test_the_doctor_counts_the_rows_that_load_then_takes(
    capsys: pytest.CaptureFixture[str], ready: CityFolder, tmp_path: Path
) -> None:
    table = values(tmp_path / "v.csv", ["块,road_density", *(f"B{n:03d},{n}" for n in range(1, 9))])
    _, out, _ = run(capsys, "doctor", "--city", ready.path, "--table", table, "--json")
    told = json.loads(out)
    (found,) = told["tables"]
    (command,) = told["verdict"]["commands"]
    words = command.replace("YYYY", "2025").split()[1:]
    code, out, _ = run(capsys, *words, "--json")
    assert code == 0
    assert json.loads(out)["rows"] == found["matched"] == 8


def test_commands_of_the_verdict_work_one_after_the_other(
    capsys: pytest.CaptureFixture[str],
    blocks: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    table = values(tmp_path / "v.csv", ["block_id,road_density", "B0,1", "B1,2", "B3,2.5"])
    _, out, _ = run(capsys, "doctor", blocks, "--level", "block", "--table", table, "--json")
    commands = json.loads(out)["verdict"]["commands"]
    assert [command.split()[1] for command in commands] == ["init", "bridge", "load"]
    for command in commands:
        words = command.replace("YYYY", "2025").split()[1:]
        assert run(capsys, *words)[0] == 0, command


def test_the_map_that_the_verdict_writes_lets_load_take_the_rows(
    capsys: pytest.CaptureFixture[str],
    ready: CityFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    rows = ["b001,1", "B002,2", "ｂ003,3", "X9,4"]
    table = values(tmp_path / "v.csv", ["块,road_density", *rows])
    _, out, _ = run(capsys, "doctor", "--city", ready.path, "--table", table, "--json")
    told = json.loads(out)
    (found,) = told["tables"]
    assert (found["matched"], found["needs_map"], found["set_aside"]) == (3, True, {"spelling": 2})
    assert told["verdict"]["review"] == 1
    mapped, load = told["verdict"]["commands"]
    subprocess.run(["sh", "-c", mapped], check=True, cwd=tmp_path)
    plain = load.replace("YYYY", "2025").split(" --map")[0].split()[1:]
    assert run(capsys, *plain)[0] == 1
    code, out, _ = run(capsys, *load.replace("YYYY", "2025").split()[1:], "--json")
    assert code == 0
    assert json.loads(out)["rows"] == 3


def test_a_tileset_beside_a_model_is_to_be_attached(
    capsys: pytest.CaptureFixture[str], ready: CityFolder, tmp_path: Path
) -> None:
    root = {"content": {"uri": "a.b3dm"}}
    data = b3dm(cubes(2, name="_BATCHID"), 2, {"gml_id": ["B001", "B002"]})
    tiles = write(tmp_path / "platform", {"tileset.json": tileset(root, "1.0"), "a.b3dm": data})
    _, out, _ = run(capsys, "doctor", tiles, "--city", ready.path, "--crs", "EPSG:4549", "--json")
    command = json.loads(out)["verdict"]["commands"]
    (source,) = json.loads(out)["sources"]
    overlay, bound = source["overlay"], source["binding"]
    assert (bound["matched"], bound["id_property"], bound["how"]) == (2, "gml_id", {"id": 2})
    assert overlay["mode"] == "style"
    assert all("attach" in one and "--id-property gml_id" in one for one in command)


def test_a_layer_of_a_platform_is_looked_at_and_leaves_nothing(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    city = tmp_path / "city"
    with running(Platform(platform_layer())) as platform:
        platform_city(city, platform)
        before = fingerprint(city)
        address = f"{platform.address}/ogc/collections/buildings"
        _, out, _ = run(capsys, "doctor", address, "--city", city, "--json")
        assert run(capsys, "doctor", address)[0] == 2
    told = json.loads(out)
    assert told["sources"][0]["levels"][0]["count"] == 25
    assert told["verdict"]["commands"][0].startswith(f"cimtwin bridge {address} --city")
    assert fingerprint(city) == before
