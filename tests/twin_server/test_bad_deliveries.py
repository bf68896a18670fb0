"""Tables as departments send them, through the command line and handed in through the API."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from cim_bridge.folder import CityFolder
from indicator_overlays.store import ValueStore
from tests.twin_server.asking import Browser, browsing
from tests.twin_server.test_cli import run
from twin_server.app import create_app
from twin_server.demo import Demo
from twin_server.settings import Settings

HEAD = "unit_id,level,indicator,period,value\n"
UNIT = "990101"
ROW = f"{UNIT},district,park_coverage,2024,"
Content = Callable[[], bytes]


def text(words: str, encoding: str = "utf-8") -> Content:
    return lambda: words.encode(encoding)


def workbook(*rows: list[object], merge: tuple[str, ...] = (), hidden: bool = False) -> Content:
    def made() -> bytes:
        book = openpyxl.Workbook()
        page = book.active
        page.title = "区"
        for row in rows:
            page.append(row)
        for area in merge:
            page.merge_cells(area)
        if hidden:
            old = book.create_sheet("旧数据")
            old.sheet_state = "hidden"
            old.append(["unit_id", "park_coverage"])
            old.append([UNIT, 1])
        return saved(book)

    return made


def saved(book: openpyxl.Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def patched(change: Callable[[bytes], bytes]) -> Content:
    """A workbook whose sheet is altered inside the file."""

    def made() -> bytes:
        plain = workbook(["unit_id", "park_coverage"], [UNIT, 81])()
        out = io.BytesIO()
        with (
            zipfile.ZipFile(io.BytesIO(plain)) as old,
            zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
        ):
            for name in old.namelist():
                body = old.read(name)
                new.writestr(name, change(body) if name.startswith("xl/worksheets/") else body)
        return out.getvalue()

    return made


def far_cell() -> bytes:
    book = openpyxl.Workbook()
    book.active.append(["unit_id", "park_coverage"])
    book.active.append([UNIT, 81])
    book.active["XFD1048576"] = " "
    return saved(book)


@dataclass(frozen=True)
class Case:
    """A table, what is said of it and at which cell; `value` where it is taken all the same."""

    name: str
    content: Content
    code: str = ""
    cell: str = ""
    sheet: str = ""
    value: float | None = None


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(9)
) + b"]>"  # fmt: skip


def with_entities(body: bytes) -> bytes:
    head, mark, rest = body.partition(b"<worksheet")
    return head + ENTITIES + mark + rest.replace(b"<v>81</v>", b"<v>&j;</v>")


CASES: dict[str, Case] = {
    "GBK": Case("t.csv", text(f"{HEAD.strip()},备注\n{ROW}81,老城区口径\n", "gb18030"),
                "ENCODING_GBK", value=81),
    "two header rows and merged cells": Case("t.xlsx", workbook(
        ["2024 年指标表", None, None], ["单元编码", "生态宜居", None],
        [None, "公园绿化活动场地服务半径覆盖率", "城市可渗透地面面积比例"], [UNIT, 81, 45],
        merge=("A1:C1", "B2:C2", "A2:A3")), value=81),
    "full-width digits": Case("t.csv", text(f"{HEAD}{ROW}８１.０％\n"), value=81),
    "a percent sign": Case("t.csv", text(f"{HEAD}{ROW}81%\n"), value=81),
    "a totals row": Case("t.csv", text(f"{HEAD}{ROW}81\n合计,district,park_coverage,2024,486\n"),
                         "TOTALS_ROW_SKIPPED", "A3", value=81),
    "a hidden sheet": Case("t.xlsx", workbook(
        ["unit_id", "park_coverage"], [UNIT, 81], hidden=True), "SHEET_HIDDEN", sheet="旧数据",
        value=81),
    "text that a spreadsheet would run": Case("t.csv", text(
        f"{HEAD.strip()},note\n{ROW}81,=cmd|' /C calc'!A0\n"), value=81),
    "ten thousands where a share is meant": Case(
        "t.csv", text(f"{HEAD.strip()},unit\n{ROW}81,万人\n"), "UNIT_OF_MEASURE_DIFFERS", "F2"),
    "a wrong unit of measure": Case(
        "t.csv", text(f"{HEAD.strip()},unit\n{ROW}81,kg\n"), "UNIT_OF_MEASURE_DIFFERS", "F2"),
    "fifty times last year": Case("t.csv", text(
        HEAD + f"{UNIT},district,road_density,2023,7\n{UNIT},district,road_density,2024,700\n"),
        "RATIO_TO_LAST_YEAR", "E3"),
    "a date after the cut-off": Case("t.csv", text(
        f"{HEAD}{ROW}81\n{ROW.replace('2024', '2025')}81\n"), "AFTER_CUTOFF", "D3"),
    "the same row twice": Case("t.csv", text(f"{HEAD}{ROW}81\n{ROW}81\n"), "DUPLICATE_VALUE", "E3"),
    "text in a number cell": Case("t.xlsx", workbook(
        ["unit_id", "park_coverage"], [UNIT, "约八成"]), "VALUE_NOT_A_NUMBER", "B2", "区"),
    "an error of Excel": Case("t.xlsx", workbook(
        ["unit_id", "park_coverage"], [UNIT, "#DIV/0!"]), "VALUE_NOT_FINITE", "B2", "区"),
    "a formula without its result": Case("t.xlsx", workbook(
        ["unit_id", "park_coverage"], [UNIT, "=40+41"]), "FORMULA_WITHOUT_RESULT", "B2", "区"),
    "a zip bomb": Case("t.xlsx", patched(
        lambda body: body.replace(b"</sheetData>", b"</sheetData>" + b" " * (1 << 26))),
        "FILE_UNREADABLE"),
    "entities that grow": Case("t.xlsx", patched(with_entities), "FILE_UNREADABLE"),
    "a sheet that is cut off": Case("t.xlsx", patched(lambda body: body[:-40]), "FILE_UNREADABLE"),
    "a merged range of the whole sheet": Case("t.xlsx", patched(lambda body: body.replace(
        b"</sheetData>",
        b'</sheetData><mergeCells count="1"><mergeCell ref="A3:XFD1048576"/></mergeCells>')),
        "FILE_UNREADABLE"),
    "a mark in the last cell": Case("t.xlsx", far_cell, "FILE_UNREADABLE", sheet="Sheet"),
}  # fmt: skip


@pytest.fixture(scope="module")
def town(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    """A copy of the sample city, in which park coverage was never delivered before."""
    path = tmp_path_factory.mktemp("town") / "city"
    shutil.copytree(demo.city, path)
    return CityFolder.open(path)


@pytest.fixture(scope="module")
def desk(town: CityFolder) -> Iterator[Browser]:
    with browsing(create_app(town, Settings(refresh_seconds=0))) as browser:
        yield browser


def trace(city: CityFolder) -> list[Path]:
    """Every batch and release."""
    return sorted(p for top in (city.batches, city.results) for p in top.rglob("*.parquet"))


def payload(entry: dict[str, Any]) -> dict[str, Any]:
    """What an audit entry tells."""
    told = entry["payload"]
    found: dict[str, Any] = json.loads(told) if isinstance(told, str) else told
    return found


def judged(case: Case, issues: list[dict[str, Any]]) -> None:
    """The finding is there with its file, sheet and cell, why and remedy in two languages."""
    severe = {issue["code"] for issue in issues if issue["severity"] == "error"}
    assert severe == (set() if case.value is not None else {case.code})
    for issue in issues:
        assert issue["place"]["file"].startswith("t.")
        for words in (issue["why"], issue["fix"]):
            assert words["zh"].strip()
            assert words["en"].strip()
            assert words["zh"] != words["en"]
    if case.code:
        place = next(issue["place"] for issue in issues if issue["code"] == case.code)
        assert place.get("cell", "") == case.cell
        assert case.sheet in (place.get("layer", ""), "")


@pytest.mark.parametrize("name", CASES)
def test_by_the_command_line(
    capsys: pytest.CaptureFixture[str], town: CityFolder, desk: Browser, tmp_path: Path, name: str
) -> None:
    case = CASES[name]
    file = tmp_path / case.name
    file.write_bytes(case.content())
    before = trace(town)
    words = ("load", file, "--source", name, "--year", 2025, "--level", "district")
    code, out, _ = run(capsys, *words, "--city", town.path, "--json")
    answer = json.loads(out)
    judged(case, answer["issues"])
    entry = desk.json("/api/v1/audit", limit=1)["items"][0]
    told = payload(entry)
    assert told["source"] == name
    if case.value is None:
        assert (code, entry["action"]) == (1, "load.refused")
        assert trace(town) == before
        assert set(told["errors"]) == {case.code}
    else:
        assert (code, entry["action"]) == (0, "load")
        rows = ValueStore(town).of(["park_coverage"]).to_pylist()
        (mine,) = [row for row in rows if row["source"] == name]
        assert (mine["value"], mine["unit_id"]) == (case.value, f"district:{UNIT}")


@pytest.mark.parametrize("name", CASES)
def test_by_the_api(town: CityFolder, desk: Browser, name: str) -> None:
    case = CASES[name]
    before = trace(town)
    headers = {"x-cim-actor": "Li", "x-file-name": case.name}
    path = f"/api/v1/submissions?unit=district:{UNIT}&year=2025"
    answer = desk.send(path, case.content(), headers)
    assert answer.status_code == 200, answer.text[:300]
    made = answer.json()
    judged(case, made["issues"])
    assert trace(town) == before, "handing in loads nothing"
    step = {"x-cim-actor": "Li", "if-match": f'"{made["version"]}"'}
    route = f"/api/v1/submissions/{made['id']}/workflow"
    done = desk.post(route, {"action": "submit", "note": ""}, step)
    entries = desk.json("/api/v1/audit", limit=5)["items"]
    kept = [e for e in entries if made["id"] in str(e["payload"])]
    if case.value is None:
        assert (done.status_code, done.json()["code"]) == (422, case.code)
        assert kept[0]["action"] == "submission.create"
        assert payload(kept[0])["sha256"] == made["sha256"]
        assert case.code in payload(kept[0])["issues"]
    else:
        assert done.status_code == 200
        assert kept[0]["action"] == "submission.submit"
    assert trace(town) == before


def test_formulas_in_texts_are_kept_and_never_run(
    capsys: pytest.CaptureFixture[str], town: CityFolder, tmp_path: Path
) -> None:
    """The note is kept as it was written; a template with such a name holds text, not a formula."""
    file = tmp_path / "t.csv"
    evil = "=cmd|' /C calc'!A0"
    file.write_text(f"{HEAD.strip()},note\n{ROW}81,{evil}\n", "utf-8")
    run(capsys, "load", file, "--source", "evil", "--year", 2025, "--city", town.path, "--json")
    rows = ValueStore(town).of(["park_coverage"]).to_pylist()
    assert [row["note"] for row in rows if row["source"] == "evil"] == [evil]


def test_a_file_of_more_than_20_mib_is_not_taken_by_the_api(
    town: CityFolder, desk: Browser
) -> None:
    before = trace(town)
    headers = {"x-cim-actor": "Li", "x-file-name": "t.csv"}
    path = f"/api/v1/submissions?unit=district:{UNIT}&year=2025"
    answer = desk.send(path, b"a" * (20 * 2**20 + 1), headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "FILE_SIZE")
    assert trace(town) == before


def test_twenty_megabytes_of_rows_without_a_unit_are_told_in_a_few_lines(
    capsys: pytest.CaptureFixture[str], town: CityFolder, tmp_path: Path
) -> None:
    file = tmp_path / "t.csv"
    note = "x" * 80
    rows = "".join(
        f"Z{number},district,park_coverage,2024,50,{note}\n" for number in range(170_000)
    )
    file.write_text(f"{HEAD.strip()},note\n{rows}", "utf-8")
    assert file.stat().st_size > 18 * 2**20
    code, out, _ = run(
        capsys, "load", file, "--source", "big", "--year", 2025, "--city", town.path, "--json"
    )
    issues = json.loads(out)["issues"]
    assert code == 1
    assert len(issues) < 60
    assert sum(issue["count"] for issue in issues if issue["code"] == "UNIT_UNKNOWN") == 170_000
