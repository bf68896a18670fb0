"""The report pack read back: its numbers are the API's, for the city and for a district."""

from __future__ import annotations

import csv
import time
from collections import Counter
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from scenes.report import make_report, write_report
from scenes.report import pdf as pdfs
from scenes.report.document import write_document
from scenes.report.pack import Pack
from scenes.report.words import number
from scenes.report.workbook import write_workbook
from tests.twin_server.asking import Browser
from twin_server.demo import Demo
from twin_server.reporting import report_facts

Tables = dict[str, list[list[str]]]


@pytest.fixture(scope="module")
def district(demo: Demo) -> str:
    facts = report_facts(CityFolder.open(demo.city))
    return str(facts.units[1]["id"])


@pytest.fixture(scope="module")
def packs(
    demo: Demo, district: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[Pack, Tables]]:
    """A pack of the city and one of a district, without a PDF, the second with one figure."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdfs, "OFFICES", ())
        for unit, figures in (("", 0), (district, 1)):
            facts = report_facts(CityFolder.open(demo.city), unit)
            report = make_report(facts, figures)
            out = tmp_path_factory.mktemp("report")
            pack = write_report(report, facts.published, out, size=(640, 360))
            names = [table.name for table in report.tables]
            written = docx.Document(str(pack.document)).tables
            rows = [lines(table) for table in written]
            found[unit] = pack, dict(zip(names, rows, strict=True))
    return found


def lines(table: Any) -> list[list[str]]:
    """The texts of a table, row by row; its cells are looked up once."""
    texts, wide = [cell.text for cell in table._cells], len(table.columns)
    return [texts[at : at + wide] for at in range(0, len(texts), wide)]


def asked_of_the_api(published: Browser, path: str) -> list[Any]:
    """The unit's file, and what the sample city's own list says of it."""
    found = [
        item
        for asked in ({}, {"system": "LANWAN-PEOPLE"})
        for item in published.json(f"/api/v1/units/{path}", year=2025, **asked)["indicators"]
    ]
    return list({(item["system"], item["code"]): item for item in found}.values())


def test_every_indicator_has_the_value_of_the_units_file(
    published: Browser, packs: dict[str, tuple[Pack, Tables]], district: str
) -> None:
    city = next(i["id"] for i in published.json("/api/v1/units", level="city")["items"])
    for unit, path in (("", city), (district, district)):
        told_by_api = asked_of_the_api(published, path)
        tables = packs[unit][1]
        rows = {
            row[0]: row
            for name, table in tables.items()
            if name.startswith("indicators-")
            for row in table[1:]
        }
        assert len(rows) == len({item["name"]["zh"] for item in told_by_api})
        numbers = 0
        for item in told_by_api:
            row = rows[item["name"]["zh"]]
            if item["value"] is None:
                assert not row[2][:1].isdigit(), "what is missing is never a number"
                continue
            numbers += 1
            assert float(row[2].replace(",", "")) == pytest.approx(item["value"], abs=0.00501)
            assert row[6] == item["period"]
        assert numbers > 20


def test_problems_projects_and_surveys_are_the_apis(
    published: Browser, packs: dict[str, tuple[Pack, Tables]], district: str
) -> None:
    inside = {district} | {
        item["id"]
        for level in ("subdistrict", "community", "block", "building", "compound", "area", "object")
        for item in pages(published, "/api/v1/units", parent=district, level=level)
    }
    every = pages(published, "/api/v1/problems", year=2025)
    for unit, pack in packs.items():
        wanted = [p for p in every if not unit or p["unit"]["id"] in inside]
        sheet = openpyxl.load_workbook(pack[0].workbook)["problems"]
        rows = list(sheet.iter_rows(min_row=2, values_only=True))
        assert [row[0] for row in rows] == [p["id"] for p in wanted]
        for row, problem in zip(rows, wanted, strict=True):
            assert row[3] == problem["why"]["zh"]
            if problem["people"] is not None:
                assert row[5] == round(problem["people"])
    projects = pages(published, "/api/v1/projects")
    listed = packs[""][1]["projects"]
    assert [row[0] for row in listed[1:]] == [item["id"] for item in projects][: len(listed) - 1]
    assert [row[4] for row in listed[1:]] == [number(item["investment_10k"]) for item in projects][
        : len(listed) - 1
    ]
    surveys = {
        (item["unit"]["label"]["zh"], number(item["value"]))
        for item in pages(published, "/api/v1/surveys", year=2025)
        if item["value"] is not None
    }
    known = {(row[0], row[2]) for row in packs[""][1]["survey"][1:] if row[2][0].isdigit()}
    assert known <= surveys
    assert len(known) > 10


def test_last_years_rectification_and_quadrants_are_the_apis(
    published: Browser, packs: dict[str, tuple[Pack, Tables]]
) -> None:
    answer = published.json("/api/v1/rectification", year=2025)
    text = "\n".join(
        paragraph.text for paragraph in docx.Document(str(packs[""][0].document)).paragraphs
    )
    assert f"确认的问题 {answer['total']} 个，已销号 {answer['verified']} 个" in text
    counts = published.json("/api/v1/quadrants", year=2025)["counts"]
    assert f"客观差且不满意 {counts['priority']} 个" in text
    districts = pages(published, "/api/v1/units", level="district")
    lived = sum(published.json(f"/api/v1/units/{d['id']}")["identity"]["population"]
                for d in districts)  # fmt: skip
    assert f"人口 {lived:,.0f}（各区合计）" in text
    severity = Counter(p["severity"] for p in pages(published, "/api/v1/problems", year=2025))
    assert f"严重 {severity['high']}，中等 {severity['medium']}" in text


def test_chapters_captions_and_fonts_are_those_of_a_chinese_report(
    packs: dict[str, tuple[Pack, Tables]], district: str
) -> None:
    pack = packs[district][0]
    document = docx.Document(str(pack.document))
    heads = [p.text for p in document.paragraphs if p.style.name == "Heading 1"]
    assert len(heads) == 10
    assert heads[0].startswith("1  概述")
    assert heads[7].endswith("上年度整治情况")
    captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
    for word in ("图", "表"):
        told = [int(c.split()[1]) for c in captions if c.startswith(f"{word} ")]
        assert told == list(range(1, len(told) + 1))
        assert told
    xml = document.element.xml
    assert xml.count("SEQ 表") == len([c for c in captions if c.startswith("表 ")])
    assert 'w:eastAsia="宋体"' in document.styles.element.xml
    assert 'w:eastAsia="黑体"' in document.styles.element.xml
    assert any("虚构城市" in p.text for p in document.paragraphs)
    assert len(pack.figures) == 1
    assert len(document.inline_shapes) == 1


def test_a_machine_without_an_office_says_so_and_tables_come_along(
    packs: dict[str, tuple[Pack, Tables]], district: str
) -> None:
    pack = packs[district][0]
    assert [issue.code for issue in pack.log] == ["REPORT_PDF_ABSENT"]
    assert pack.pdf is None
    sheets = openpyxl.load_workbook(pack.workbook).sheetnames
    assert {path.stem[:31] for path in pack.tables} == set(sheets)
    for path in pack.tables:
        with path.open(encoding="utf-8-sig", newline="") as handle:
            widths = {len(row) for row in csv.reader(handle)}
        assert len(widths) == 1


def test_the_same_report_has_the_same_bytes(demo: Demo, district: str, tmp_path: Path) -> None:
    facts = report_facts(CityFolder.open(demo.city), district)
    report = make_report(facts, 0)
    for name in ("a", "b"):
        write_document(report, {}, tmp_path / f"{name}.docx", "zh")
        write_workbook(report, tmp_path / f"{name}.xlsx", "zh")
        if name == "a":
            time.sleep(2.1)  # entries of a ZIP tell of two seconds
    for kind in ("docx", "xlsx"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()


def test_an_unknown_unit_or_year_is_refused(demo: Demo) -> None:
    city = CityFolder.open(demo.city)
    for unit, year, code in (
        ("district:none", None, "SCENE_UNIT_UNKNOWN"),
        ("", 1999, "SCENE_TOUR_YEAR"),
    ):
        with pytest.raises(InputRefused) as refused:
            report_facts(city, unit, year)
        assert refused.value.log.errors[0].code == code


@pytest.mark.skipif(pdfs.office() is None, reason="no office program on this machine")
def test_an_office_makes_a_pdf_of_it(tmp_path: Path) -> None:
    document = docx.Document()
    document.add_paragraph("城市体检报告")
    document.save(str(tmp_path / "x.docx"))
    made = pdfs.write_pdf(tmp_path / "x.docx")
    assert made is not None
    assert made.read_bytes().startswith(b"%PDF")


def pages(browser: Browser, path: str, **query: Any) -> list[dict[str, Any]]:
    """Every item of a list."""
    found: list[dict[str, Any]] = []
    while True:
        answer = browser.json(path, **query, limit=1000, offset=len(found))
        found += answer["items"]
        if len(found) >= answer["total"]:
            return found
