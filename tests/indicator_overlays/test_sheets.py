"""Tables as people keep them: titles above, odd delimiters, broken rows, several sheets."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest
from shapely.geometry import Point

from cim_bridge.issues import IssueLog
from cim_bridge.sheets import Sheet, normal, read_sheets
from cim_bridge.vectors.opened import opened
from indicator_overlays.mapping import NO_MAPPING, Mapping

KNOWN = {"id", "value", "编码", "数值"}


def read(path: Path, mapping: Mapping = NO_MAPPING) -> tuple[list[Sheet], IssueLog]:
    log = IssueLog()
    return read_sheets(path, mapping, lambda cell: normal(cell) in KNOWN, log), log


def csv(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "t.csv"
    file.write_text(text, encoding="utf-8", newline="")
    return file


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_any_delimiter_and_line_end_is_read(tmp_path: Path, delimiter: str, newline: str) -> None:
    lines = ["id,value,note", "007,1.5,a b", '"0,8",2,"say ""so"""']
    text = newline.join(lines).replace(",", delimiter) + newline
    (sheet,), log = read(csv(tmp_path, text))
    assert sheet.frame.to_numpy().tolist() == [
        ["007", "1.5", "a b"],
        [f"0{delimiter}8", "2", 'say "so"'],
    ]
    assert sheet.titles == ["id", "value", "note"]
    assert list(sheet.rows) == [2, 3]
    assert len(log) == 0


def test_titles_and_blank_lines_keep_the_row_numbers_of_the_file(tmp_path: Path) -> None:
    text = "2024 年统计表\n\n编码,数值,备注\nA,1,\n\nB,2,\n,,\nC,3,x\n"
    (sheet,), log = read(csv(tmp_path, text))
    assert sheet.titles == ["编码", "数值", "备注"]
    assert list(sheet.rows) == [4, 6, 8]
    assert sheet.cell(1, 2) == "B8"
    assert sheet.places(1).tolist() == ["t.csv!B4", "t.csv!B6", "t.csv!B8"]
    assert len(log) == 0


def test_a_row_with_too_many_cells_is_told_with_its_number(tmp_path: Path) -> None:
    rows = "".join(f"A{n},1\n" for n in range(300))
    _, log = read(csv(tmp_path, f"id,value\n{rows}B,2,3\nC,4\n"))
    (issue,) = log.errors
    assert (issue.code, issue.place.row) == ("ROW_LENGTH", 302)


def test_line_breaks_inside_quotes_belong_to_the_cell(tmp_path: Path) -> None:
    (sheet,), _ = read(csv(tmp_path, 'id,value\nA,"one\ntwo"\nB,3\n'))
    assert sheet.frame.iloc[0, 1] == "one\ntwo"
    assert len(sheet.frame) == 2


def test_a_workbook_can_have_several_sheets_or_one_that_is_named(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "一"
    for sheet in (book.active, book.create_sheet("二")):
        sheet["B3"], sheet["C3"] = "id", "value"
        sheet["B4"], sheet["C4"] = 101, "1"
    book.create_sheet("空")
    file = tmp_path / "t.xlsx"
    book.save(file)
    both, _ = read(file)
    assert [sheet.name for sheet in both] == ["一", "二"]
    assert both[0].titles == ["", "id", "value"]
    assert both[0].frame.iloc[0].tolist() == ["", "101", "1"]
    assert both[0].places(2).tolist() == ["t.xlsx!一!C4"]
    one, _ = read(file, Mapping(sheet="二"))
    assert [sheet.name for sheet in one] == ["二"]
    _, log = read(file, Mapping(sheet="三"))
    assert [issue.code for issue in log] == ["SHEET_MISSING"]


def test_a_file_that_is_not_there_or_is_damaged_is_an_issue(tmp_path: Path) -> None:
    for name in ("none.csv", "none.xlsx"):
        _, log = read(tmp_path / name)
        assert [issue.code for issue in log] == ["FILE_UNREADABLE"]
    old = tmp_path / "old.xls"
    old.write_bytes(b"\xd0\xcf\x11\xe0 an old workbook")
    _, log = read(old)
    assert [issue.code for issue in log] == ["FILE_UNREADABLE"]


def test_a_wrong_encoding_in_the_map_is_told(tmp_path: Path) -> None:
    file = csv(tmp_path, "编码,数值\nA,1\n")
    _, log = read(file, Mapping(encoding="ascii"))
    assert [issue.code for issue in log] == ["ENCODING_UNKNOWN"]
    _, log = read(file, Mapping(encoding="klingon"))
    assert [issue.code for issue in log] == ["ENCODING_UNKNOWN"]


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ('id,value\nA,1\n"B,2\nC,3\n', 3),
        ('id,value\n"A,1\nB,"2"\nC,"3"\n', 2),
        ('id,value\nA,1\nB,"2', 3),
    ],
)
def test_a_quote_that_nothing_closes_is_told_with_its_line(
    tmp_path: Path, text: str, row: int
) -> None:
    found, log = read(csv(tmp_path, text))
    assert not found
    (issue,) = log.errors
    assert (issue.code, issue.place.row) == ("QUOTE_OPEN", row)
    assert text.splitlines()[row - 1] in issue.why["en"]


@pytest.mark.parametrize("cell", ['12" pipe', '"a\nb"', '"say ""so"""', '"a\n""b"" "'])
def test_quotes_within_cells_are_no_fault(tmp_path: Path, cell: str) -> None:
    (sheet,), log = read(csv(tmp_path, f"id,value,note\nA,1,{cell}\nB,2,x\n"))
    assert sheet.frame[0].tolist() == ["A", "B"]
    assert len(log) == 0


def test_layers_of_a_geopackage_are_tables_too(tmp_path: Path) -> None:
    file = tmp_path / "v.gpkg"
    for layer, offset in (("block", 0.5), ("district", 0.0)):
        table = {
            "id": ["01", "02"],
            "value": [3.0 + offset, float("nan")],
            "day": pd.to_datetime(["2025-01-02", None]),
        }
        frame = gpd.GeoDataFrame(table, geometry=[Point(0, 0), Point(1, 1)], crs=4326)
        frame.to_file(file, layer=layer, driver="GPKG")
    (block, district), log = read(file)
    assert [block.name, district.name] == ["block", "district"]
    assert block.frame.to_numpy().tolist() == [["01", "3.5", "2025-01-02"], ["02", "", ""]]
    assert district.frame.to_numpy().tolist()[0] == ["01", "3", "2025-01-02"]
    assert list(block.rows) == [2, 3]
    (one,), _ = read(file, Mapping(sheet="district"))
    assert one.name == "district"
    assert len(log) == 0


def test_a_geopackage_of_several_layers_says_which_ones_the_bridge_leaves(tmp_path: Path) -> None:
    file = tmp_path / "v.gpkg"
    for layer in ("block", "district"):
        frame = gpd.GeoDataFrame({"id": ["1"]}, geometry=[Point(0, 0)], crs=4326)
        frame.to_file(file, layer=layer, driver="GPKG")
    log = IssueLog()
    with opened(file, log) as found:
        assert found is not None
        assert found.layers == ("block", "district")
    assert [issue.code for issue in log] == ["VECTOR_OTHER_LAYERS"]
    assert "district" in log.warnings[0].why["zh"]
