"""Problems, projects, links and surveys: what people deliver beside values."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from indicator_overlays.load import load
from indicator_overlays.store import ValueStore
from tests.support.tinycity import make_city


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    return make_city(tmp_path / "city")


def give(city: CityFolder, text: str, kind: str, **options: object) -> object:
    file = city.path / f"{kind}.csv"
    file.write_text(text, encoding="utf-8")
    return load(city, [file], source="办公室", kind=kind, **options)  # type: ignore[arg-type]


def refusal(city: CityFolder, text: str, kind: str, **options: object) -> list[str]:
    with pytest.raises(InputRefused) as caught:
        give(city, text, kind, **options)
    assert city.list_batches() == []
    return [issue.code for issue in caught.value.log.errors]


def test_a_problem_list_with_chinese_headers_becomes_problems(city: CityFolder) -> None:
    give(
        city,
        "问题编号,单元编码,体检年份,规则,问题,严重程度,状态,责任部门,发现日期,影响人数,证据\n"
        'P-1,B001,2025,d04,老旧小区缺停车位,高,整改中,住建局,2025/3/7,"1,200",照片12\n'
        ",B002,2025,D06,充电桩不足,,,住建局,,,\n",
        "problems",
        level="block",
    )
    rows = ValueStore(city).problems().to_pylist()
    first = rows[0]
    assert (first["unit_id"], first["rule"], first["severity"], first["state"]) == (
        "block:B001", "D04", "high", "rectifying",
    )  # fmt: skip
    assert (first["found_date"], first["people"]) == (dt.date(2025, 3, 7), 1200.0)
    assert json.loads(first["evidence"]) == ["照片12"]
    assert first["place"] == "problems.csv!row 2"
    assert (rows[1]["severity"], rows[1]["state"]) == ("medium", "candidate")
    assert len(rows[1]["problem_id"]) == 12


def test_a_problem_list_that_is_not_clear_is_refused(city: CityFolder) -> None:
    head = "problem_id,unit_id,year,title,severity,state,found_date\n"
    text = head + "P1,B001,2025,a,awful,,\nP1,B002,2025,b,,sleeping,32 May\nP2,Z1,,,,,\n"
    assert set(refusal(city, text, "problems", level="block")) == {
        "SEVERITY_UNKNOWN", "PROBLEM_STATE_UNKNOWN", "DATE_UNREADABLE", "DUPLICATE_ID",
        "UNIT_UNKNOWN", "YEAR_MISSING", "FIELD_EMPTY",
    }  # fmt: skip


def test_projects_name_units_problems_rules_money_and_dates(city: CityFolder) -> None:
    book = openpyxl.Workbook()
    book.active.append(
        ["项目编号", "项目名称", "项目状态", "责任部门", "开工日期", "完成时限", "总投资（亿元）",
         "资金来源", "单元编码", "对应规则", "关联问题", "进度(%)", "建设内容"]
    )  # fmt: skip
    book.active.append(
        ["R1", "老城更新", "在建", "住建局", dt.date(2024, 3, 1), dt.date(2026, 6, 30), 1.5,
         "财政；社会资本", "B001；block:B002、B003", "D04,D06", "P-1", 35, "改造"]
    )  # fmt: skip
    book.active.append(["R2", "公园", "储备", "", None, None, None, "", "", "", "", None, ""])
    file = city.path / "p.xlsx"
    book.save(file)
    load(city, [file], source="指挥部", kind="projects", level="block")
    first, second = ValueStore(city).projects().to_pylist()
    assert json.loads(first["unit_ids"]) == ["block:B001", "block:B002", "block:B003"]
    assert json.loads(first["rules"]) == ["D04", "D06"]
    assert json.loads(first["problem_ids"]) == ["P-1"]
    assert (first["investment_10k"], first["progress"]) == (15000.0, 35.0)
    assert (first["start"], first["deadline"]) == (dt.date(2024, 3, 1), dt.date(2026, 6, 30))
    assert (first["state"], second["state"]) == ("under_construction", "planned")
    assert (second["unit_ids"], second["investment_10k"]) == ("[]", None)


def test_projects_that_cannot_be_are_refused(city: CityFolder) -> None:
    head = "project_id,name,state,start,deadline,units,progress,wkt\n"
    text = head + (
        "R1,a,在建,2025-02-01,2025-01-01,B001,120,POINT (1\n"
        "R1,b,flying,,soon,B999,,\n"
        ",,,,,,,\n"
        ",c,,,,,,\n"
    )
    assert set(refusal(city, text, "projects", level="block")) == {
        "DEADLINE_BEFORE_START", "PROGRESS_OUT_OF_RANGE", "GEOMETRY_UNREADABLE", "DUPLICATE_ID",
        "PROJECT_STATE_UNKNOWN", "DATE_UNREADABLE", "UNIT_UNKNOWN", "FIELD_EMPTY",
    }  # fmt: skip


def test_links_are_kept_once_and_strange_projects_are_told(city: CityFolder) -> None:
    give(city, "project_id,name\nR1,a\n", "projects")
    report = give(city, "问题编号,项目编号\nP1,R1\nP1,R1\nP2,R9\n", "links")
    assert [i.code for i in report.log] == ["PROJECT_UNKNOWN"]  # type: ignore[attr-defined]
    pairs = [(r["problem_id"], r["project_id"]) for r in ValueStore(city).links().to_pylist()]
    assert pairs == [("P1", "R1"), ("P2", "R9")]


def test_the_newest_list_replaces_rows_of_the_same_id(city: CityFolder) -> None:
    give(city, "project_id,name,state\nR1,a,planned\nR2,b,planned\n", "projects")
    give(city, "project_id,name,state\nR1,a,completed\n", "projects")
    rows = ValueStore(city).projects().to_pylist()
    assert {r["project_id"]: r["state"] for r in rows} == {"R1": "completed", "R2": "planned"}


def with_satisfaction(city: CityFolder) -> None:
    (city.systems / "local.csv").write_text(
        "system,code,name_zh,name_en,unit,direction,levels,rollup\n"
        "MOHURD-2022,resident_satisfaction,居民综合满意度,overall resident satisfaction,"
        "score 0-100,higher,community;block,ratio\n",
        encoding="utf-8",
    )


def test_a_survey_keeps_answers_private_and_gives_satisfaction_by_unit_and_above(
    city: CityFolder,
) -> None:
    with_satisfaction(city)
    answers = ["C001,非常满意,60以上"] * 30 + ["C001,1,18-35"] * 10 + ["C002,3,18-35", "C002,,"]
    report = give(
        city, "所在社区,总体满意度,年龄\n" + "\n".join(answers) + "\n", "survey",
        level="community", year=2025,
    )  # fmt: skip
    assert report.periods == ("2025",)  # type: ignore[attr-defined]
    found = {r["unit_id"]: r for r in ValueStore(city).table().to_pylist()}
    first = found["community:C001"]
    assert (first["value"], first["numerator"], first["denominator"]) == (75.0, 3000.0, 40.0)
    assert (first["note"], first["source_kind"]) == ("n=40", "survey")
    assert found["community:C002"]["note"] == "n=1; small_sample"
    assert found["district:D001"]["value"] == pytest.approx(3050 / 41)
    assert found["city:tiny"]["denominator"] == 41.0
    folders = [folder for folder in city.surveys.iterdir() if folder.is_dir()]
    assert len(folders) == 1
    assert pq.read_table(folders[0] / "answers.parquet").num_rows == 41
    groups = pq.read_table(folders[0] / "groups.parquet").to_pylist()
    assert {(g["unit_id"], g["class"]): g["count"] for g in groups}[
        "community:C001", "60以上"
    ] == 30  # fmt: skip


def test_a_survey_has_the_window_of_its_answers_and_refuses_answers_off_the_scale(
    city: CityFolder,
) -> None:
    with_satisfaction(city)
    text = "unit_id,satisfaction,date\nC001,7,2025-03-01\n"
    assert refusal(city, text, "survey", level="community") == ["ANSWER_OUT_OF_SCALE"]
    undated = "unit_id,satisfaction\nC001,4\n"
    assert refusal(city, undated, "survey", level="community") == ["PERIOD_MISSING"]
    text = "unit_id,satisfaction,date\nC001,4,2025-03-01\nC001,5,2025-04-02\n"
    give(city, text, "survey", level="community")
    row = ValueStore(city).table().to_pylist()[0]
    assert (row["period"], row["period_end"]) == (
        "2025-03-01..2025-04-02", dt.date(2025, 4, 2),
    )  # fmt: skip


def test_an_empty_or_foreign_list_is_refused(city: CityFolder) -> None:
    for kind in ("problems", "projects", "links", "survey"):
        found = refusal(city, "x,y\n1,2\n", kind, level="block")
        assert found in (["EMPTY_FILE"], ["HEADER_MISSING"])
