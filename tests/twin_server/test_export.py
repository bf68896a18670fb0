"""Exports hold every unit with its exact values, and no text that a spreadsheet would run."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest

from cim_bridge.folder import CityFolder
from tests.twin_server.asking import Browser
from tests.twin_server.handmade import make_city, write_model
from tests.twin_server.test_cli import run
from twin_server.demo import Demo
from twin_server.export import FORMATS
from twin_server.tablefiles import harmless

LEVEL = "block"


@pytest.fixture(scope="module")
def expected(published: Browser) -> dict[str, float | None]:
    """Park coverage of every block as the API gives it."""
    page = published.json("/api/v1/ranking/park_coverage", level=LEVEL, limit=1000)
    return {item["unit"]["id"]: item["value"] for item in page["items"]}


@pytest.mark.parametrize("form", FORMATS)
def test_an_export_holds_the_values_of_the_api(
    capsys: pytest.CaptureFixture[str],
    demo: Demo,
    expected: dict[str, float | None],
    tmp_path: Path,
    form: str,
) -> None:
    out = tmp_path / f"blocks.{form}"
    code, told, _ = run(
        capsys, "export", out, "--city", demo.city, "--format", form, "--level", LEVEL, "--json"
    )
    assert code == 0
    assert json.loads(told)["counts"] == {LEVEL: len(expected)}
    table = _read(out, form)
    found = dict(zip(table["id"], table["park_coverage"], strict=True))
    assert set(found) == set(expected)
    for name, value in expected.items():
        if value is None:
            assert pd.isna(found[name])
        else:
            assert float(found[name]) == pytest.approx(value, rel=1e-12)
    assert list(tmp_path.iterdir()) == [out]


def _read(path: Path, form: str) -> pd.DataFrame:
    if form == "gpkg":
        return gpd.read_file(path, layer=LEVEL)
    if form == "geoparquet":
        return gpd.read_parquet(path)
    if form in ("flatgeobuf", "geojson"):
        return gpd.read_file(path)
    if form == "pmtiles":
        return gpd.read_file(path).drop_duplicates("id")
    if form == "csv":
        return pd.read_csv(path, dtype={"id": str})
    book = openpyxl.load_workbook(path, read_only=True)
    rows = list(book[LEVEL].iter_rows(values_only=True))
    book.close()
    return pd.DataFrame(rows[1:], columns=rows[0])


@pytest.mark.parametrize("form", ["gpkg", "flatgeobuf", "geojson", "csv", "xlsx", "pmtiles"])
def test_gdal_reads_an_export_with_its_results(
    capsys: pytest.CaptureFixture[str],
    demo: Demo,
    expected: dict[str, float | None],
    tmp_path: Path,
    form: str,
) -> None:
    """GeoParquet is not among them: the wheel's GDAL has no Arrow; geopandas reads it above."""
    out = tmp_path / f"blocks.{'fgb' if form == 'flatgeobuf' else form}"
    code, _, _ = run(capsys, "export", out, "--city", demo.city, "--format", form, "--level", LEVEL)
    assert code == 0
    table = pyogrio.read_dataframe(out).drop_duplicates("id")
    assert set(table["id"]) == set(expected)
    assert {"park_coverage", "park_coverage_state", "park_coverage_period"} <= set(table)
    for name, value in zip(table["id"], table["park_coverage"], strict=True):
        told = expected[name]
        empty = value in ("", None) or pd.isna(value)
        assert empty if told is None else float(value) == pytest.approx(told, rel=1e-12)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_text_that_a_spreadsheet_would_run_is_disarmed(text: str) -> None:
    table = harmless(pd.DataFrame({"label": [text, "plain"], "value": [-1.5, 2.0]}))
    assert table["label"].tolist() == ["'" + text, "plain"]
    assert table["value"].tolist() == [-1.5, 2.0], "a negative number is a number"


def test_a_hostile_name_stays_text_in_the_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = make_city(tmp_path / "town")
    folder.set_head_model(write_model(folder, label='=HYPERLINK("http://x")'))
    out = tmp_path / "o.csv"
    run(capsys, "export", out, "--city", folder.path, "--format", "csv", "--level", "building")
    with out.open(encoding="utf-8-sig", newline="") as handle:
        rows = list(csv.DictReader(handle))
    assert rows[0]["label_zh"] == '\'=HYPERLINK("http://x")'


def test_a_level_that_is_not_there_is_refused(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder, tmp_path: Path
) -> None:
    out = tmp_path / "o.csv"
    code, _, err = run(
        capsys, "export", out, "--city", small_city.path, "--format", "csv", "--level", "plot"
    )
    assert (code, "EXPORT_NO_UNITS" in err) == (1, True)
    assert not out.exists()


@pytest.mark.parametrize("form", ["cityjson", "cityjsonseq", "citygml"])
def test_the_model_goes_out_with_its_results(
    capsys: pytest.CaptureFixture[str], demo: Demo, tmp_path: Path, form: str
) -> None:
    out, report = tmp_path / "city.out", tmp_path / "proof.json"
    code, told, _ = run(
        capsys, "export", out, "--city", demo.city, "--format", form, "--level", LEVEL,
        "--report", report, "--json",
    )  # fmt: skip
    proof = json.loads(report.read_bytes())
    assert (code, proof["equal"]) == (0, True)
    (file,) = [each for each in proof["files"] if each["file"] == out.name]
    assert file["ids"]["missing"] == file["ids"]["extra"] == []
    assert file["max_deviation_m"] <= 0.001
    assert file["attributes_added"] > 0
    assert json.loads(told)["report"] == proof
    assert "checkup:MOHURD-2022/park_coverage" in out.read_text(encoding="utf-8")


def test_a_building_carries_the_value_of_its_block(
    capsys: pytest.CaptureFixture[str],
    demo: Demo,
    expected: dict[str, float | None],
    tmp_path: Path,
) -> None:
    out = tmp_path / "city.json"
    run(capsys, "export", out, "--city", demo.city, "--format", "cityjson", "--level", LEVEL)
    items = json.loads(out.read_bytes())["CityObjects"].values()
    told = [item["attributes"] for item in items if item["type"] == "Building"]
    assert len(told) == 2000
    for own in told:
        unit, value = own["checkup:unit"], own["checkup:MOHURD-2022/park_coverage"]
        assert value == expected.get(unit)
        assert value is not None or own["checkup:MOHURD-2022/park_coverage:state"] != "value"


def test_a_file_that_is_not_equal_is_not_kept(
    capsys: pytest.CaptureFixture[str],
    small_city: CityFolder,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from twin_server import tablefiles

    def careless(tables: dict[str, gpd.GeoDataFrame], path: Path) -> None:
        gpd.GeoDataFrame(pd.concat(tables.values())).iloc[1:].to_parquet(path)

    monkeypatch.setitem(tablefiles.FILES, "geoparquet", careless)
    out, report = tmp_path / "o.parquet", tmp_path / "proof.json"
    code, _, err = run(
        capsys, "export", out, "--city", small_city.path, "--format", "geoparquet",
        "--report", report,
    )  # fmt: skip
    assert (code, "WRITER_NOT_EQUAL" in err) == (1, True)
    assert not out.exists()
    assert json.loads(report.read_bytes())["files"][0]["ids"]["missing"] == ["city:town"]


def test_a_format_of_one_layer_wants_one_level(
    capsys: pytest.CaptureFixture[str], small_city: CityFolder, tmp_path: Path
) -> None:
    out = tmp_path / "o.fgb"
    code, _, err = run(capsys, "export", out, "--city", small_city.path, "--format", "flatgeobuf")
    assert (code, "EXPORT_ONE_LEVEL" in err) == (1, True)


@pytest.mark.parametrize("form", ["csv", "gpkg", "geojson"])
def test_all_levels_go_out_together(
    capsys: pytest.CaptureFixture[str], demo: Demo, tmp_path: Path, form: str
) -> None:
    report = tmp_path / "proof.json"
    out = tmp_path / f"all.{form}"
    code, _, err = run(
        capsys, "export", out, "--city", demo.city, "--format", form, "--report", report
    )
    proof = json.loads(report.read_bytes())
    assert (code, proof["equal"]) == (0, True), err
    assert {"city", "block", "building", "object"} <= set(proof["counts"])
