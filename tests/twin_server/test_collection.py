"""Collection: templates out, self-reports in, checked, returned or approved; the task table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import openpyxl
import pytest

from cim_bridge.folder import CityFolder
from indicator_overlays.load import load
from indicator_overlays.store import ValueStore
from tests.support.cimtwin import cimtwin
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.demo import Demo
from twin_server.schemas.workflow import SubmissionPage, TaskPage
from twin_server.settings import Settings

CODE = "sewage_collection_rate"


@pytest.fixture(scope="module")
def city(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    path = tmp_path_factory.mktemp("collect") / "city"
    shutil.copytree(demo.city, path)
    return CityFolder.open(path)


@pytest.fixture(scope="module")
def desk(city: CityFolder) -> Iterator[Browser]:
    with browsing(create_app(city, Settings(refresh_seconds=0))) as browser:
        yield browser


@pytest.fixture(scope="module")
def districts(desk: Browser) -> list[str]:
    return [item["id"] for item in desk.json("/api/v1/units", level="district")["items"]]


def hand_in(
    desk: Browser, unit: str, text: str, actor: str = "Li", key: str = "", **query: Any
) -> httpx.Response:
    asked = {"unit": unit, "year": 2025, **query}
    words = "&".join(f"{k}={v}" for k, v in asked.items())
    headers = {"x-cim-actor": actor, "x-file-name": "report.csv"}
    if key:
        headers["idempotency-key"] = key
    return desk.send(f"/api/v1/submissions?{words}", text.encode("gb18030"), headers)


def act(desk: Browser, name: str, action: str, actor: str, note: str = "") -> httpx.Response:
    path = f"/api/v1/submissions/{name}/workflow"
    version = desk.json(path)["version"]
    headers = {"x-cim-actor": actor, "if-match": f'"{version}"'}
    return desk.post(path, {"action": action, "note": note}, headers)


def report(unit: str, value: object) -> str:
    head = "单元编码,level,indicator,value,numerator,denominator\n"
    return head + f"{unit.partition(':')[2]},district,{CODE},{value},{value},100\n"


def batches(city: CityFolder) -> list[str]:
    return [digest for digest, _ in city.list_batches()]


def test_a_self_report_is_taken_only_when_another_person_approves(
    desk: Browser, city: CityFolder, districts: list[str]
) -> None:
    before = batches(city)
    made = hand_in(desk, districts[0], report(districts[0], 71)).json()
    assert (made["state"], made["rows"]) == ("draft", 1), made
    assert act(desk, made["id"], "submit", "Li").status_code == 200
    assert act(desk, made["id"], "approve", "Li").json()["code"] == "SAME_PERSON"
    assert batches(city) == before, "nothing is loaded before it is approved"
    done = act(desk, made["id"], "approve", "Zhao").json()
    assert done["state"] == "approved"
    new = [digest for digest in batches(city) if digest not in before]
    assert done["fields"]["batch"] == new[0]
    rows = ValueStore(city).of([CODE]).to_pylist()
    mine = next(r for r in rows if r["batch"] == new[0])
    assert (mine["unit_id"], mine["value"], mine["source_kind"]) == (
        districts[0],
        71,
        "self_report",
    )


def test_a_report_that_is_sent_twice_is_handed_in_once(desk: Browser, districts: list[str]) -> None:
    before = desk.json("/api/v1/submissions")["total"]
    first = hand_in(desk, districts[2], report(districts[2], 72), key="r-1")
    again = hand_in(desk, districts[2], report(districts[2], 72), key="r-1")
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert desk.json("/api/v1/submissions")["total"] == before + 1
    other = hand_in(desk, districts[2], report(districts[2], 73), key="r-1")
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    path = f"/api/v1/submissions/{first.json()['id']}/workflow"
    seen = f'"{first.json()["version"]}"'
    headers = {"x-cim-actor": "Li", "if-match": seen, "idempotency-key": "r-2"}
    steps = [desk.post(path, {"action": "submit"}, headers) for _ in range(2)]
    assert steps[0].status_code == 200, steps[0].text
    assert steps[0].json() == steps[1].json()
    assert [event["action"] for event in steps[1].json()["history"]].count("submit") == 1


def test_a_returned_report_leaves_no_trace_in_values_and_a_full_one_in_the_audit(
    desk: Browser, city: CityFolder, districts: list[str]
) -> None:
    before = batches(city)
    made = hand_in(desk, districts[1], report(districts[1], 70)).json()
    act(desk, made["id"], "submit", "Li")
    back = act(desk, made["id"], "return", "Zhao", note="分母口径不对").json()
    assert back["state"] == "returned"
    assert batches(city) == before
    actions = [(e["action"], e["actor"]) for e in desk.json("/api/v1/audit", limit=3)["items"]]
    assert actions == [
        ("submission.return", "Zhao"), ("submission.submit", "Li"), ("submission.create", "Li"),
    ]  # fmt: skip


def test_a_report_with_errors_can_be_kept_and_not_submitted(
    desk: Browser, districts: list[str]
) -> None:
    made = hand_in(desk, districts[2], report(districts[2], "很多")).json()
    assert made["state"] == "draft"
    issue = next(i for i in made["issues"] if i["code"] == "VALUE_NOT_A_NUMBER")
    assert issue["place"]["cell"] == "D2"
    refused = act(desk, made["id"], "submit", "Li")
    assert (refused.status_code, refused.json()["code"]) == (422, "VALUE_NOT_A_NUMBER")


def test_a_district_reports_on_itself_only(desk: Browser, districts: list[str]) -> None:
    made = hand_in(desk, districts[0], report(districts[1], 70)).json()
    assert [i["code"] for i in made["issues"] if i["severity"] == "error"] == ["SUBMISSION_OUTSIDE"]
    assert act(desk, made["id"], "submit", "Li").status_code == 422


def test_a_report_keeps_to_its_category(desk: Browser, districts: list[str]) -> None:
    categories = desk.json("/api/v1/systems")["items"][0]["categories"]
    own = desk.json(f"/api/v1/indicators/{CODE}")["category"]["code"]
    other = next(c["code"] for c in categories if c["code"] != own)
    made = hand_in(desk, districts[3], report(districts[3], 70), category=other).json()
    assert "SUBMISSION_CATEGORY" in [i["code"] for i in made["issues"]]
    fine = hand_in(desk, districts[3], report(districts[3], 70.5), category=own).json()
    assert [i for i in fine["issues"] if i["severity"] == "error"] == []


@pytest.mark.parametrize(
    ("name", "body", "status", "code"),
    [
        ("../../etc/passwd.csv", b"a", 422, "FILE_NAME"),
        ("macro.xlsm", b"a", 422, "FILE_NAME"),
        ("empty.csv", b"", 413, "FILE_SIZE"),
    ],
)
def test_strange_files_are_refused(
    desk: Browser, districts: list[str], name: str, body: bytes, status: int, code: str
) -> None:
    headers = {"x-cim-actor": "Li", "x-file-name": name}
    answer = desk.send(f"/api/v1/submissions?unit={districts[0]}&year=2025", body, headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_broken_workbook_is_an_issue_and_no_crash(desk: Browser, districts: list[str]) -> None:
    headers = {"x-cim-actor": "Li", "x-file-name": "report.xlsx"}
    answer = desk.send(
        f"/api/v1/submissions?unit={districts[0]}&year=2025", b"PK\3\4rubbish", headers
    )
    assert answer.status_code == 200
    assert [i for i in answer.json()["issues"] if i["severity"] == "error"]


def test_submissions_are_listed_and_files_are_never_served(
    desk: Browser, districts: list[str]
) -> None:
    page = desk.json("/api/v1/submissions")
    SubmissionPage.model_validate(page)
    assert page["total"] >= 4
    one = page["items"][0]
    assert desk.get(f"/files/{one['sha256']}/{one['file']}").status_code == 404
    only = desk.json("/api/v1/submissions", unit=districts[0], state="approved")["items"]
    assert {item["unit"] for item in only} == {districts[0]}
    assert desk.get("/api/v1/submissions/nobody").json()["code"] == "UNKNOWN_SUBMISSION"


def test_the_task_table_says_who_owes_what(
    desk: Browser, city: CityFolder, districts: list[str], tmp_path: Path
) -> None:
    table = tmp_path / "tasks.csv"
    table.write_text(
        "指标,责任部门,完成时限,年度,区编码,层级\n"
        f"{CODE},水务局,2025-09-30,2025,,\n"
        "architecture_awards,住建局,2025-03-31,2025,,\n"
        f"reclaimed_water_rate,水务局,2031-09-30,2025,{districts[0].partition(':')[2]},district\n"
        "rail_commute_coverage,交通局,2031-01-01,2031,,\n",
        encoding="utf-8",
    )
    load(city, [table], source="任务分解表", kind="tasks")
    page = desk.json("/api/v1/tasks", year=2025, limit=1000)
    TaskPage.model_validate(page)
    tasks = {item["indicator"]: item for item in page["items"]}
    assert tasks[CODE]["units"] == len(districts)
    assert tasks[CODE]["state"] in ("delivered", "overdue", "partly")
    assert tasks["reclaimed_water_rate"]["units"] == 1
    assert sum(page["counts"].values()) == page["total"] == len(page["items"]) >= 3
    water = desk.json("/api/v1/tasks", year=2025, department="水务局", limit=1000)["items"]
    assert {CODE, "reclaimed_water_rate"} <= {item["indicator"] for item in water}
    assert {item["department"]["zh"] for item in water} == {"水务局"}
    later = desk.json("/api/v1/tasks", limit=1000)["items"]
    assert {item["year"] for item in later} == {2025, 2031}
    assert next(t for t in later if t["year"] == 2031)["state"] == "due"


def test_a_wrong_task_table_is_refused_with_its_cells(city: CityFolder, tmp_path: Path) -> None:
    table = tmp_path / "tasks.csv"
    table.write_text("指标,责任部门,完成时限,年度\n没有的指标,水务局,某天,2025\n", encoding="utf-8")
    answer = cimtwin(
        "load", table, "--city", city.path, "--source", "t", "--kind", "tasks", exit_code=1
    )
    assert {i["code"] for i in answer["issues"]} >= {"INDICATOR_UNKNOWN", "DATE_UNREADABLE"}


def test_a_template_goes_out_is_filled_and_comes_back(
    desk: Browser, city: CityFolder, districts: list[str], tmp_path: Path
) -> None:
    out = tmp_path / "collect.xlsx"
    cimtwin("template", out, "--city", city.path, "--year", "2025", "--unit", districts[0])
    book = openpyxl.load_workbook(out)
    assert "district" in book.sheetnames
    page = book["district"]
    titles = [cell.value for cell in page[3]]
    name = desk.json(f"/api/v1/indicators/{CODE}")["name"]["zh"]
    column = titles.index(f"{name}（%）") + 1
    assert page.cell(3, column).comment is not None
    assert page.cell(4, 1).value == districts[0].partition(":")[2]
    assert page.max_row == 4, "one district, one line"
    for offset, value in enumerate((73.5, 73.5, 100)):
        page.cell(4, column + offset, value)
    filled = tmp_path / "filled.xlsx"
    for other in book.sheetnames:
        if other != "district":
            del book[other]
    book.save(filled)
    answer = cimtwin(
        "load", filled, "--city", city.path, "--source", "区自体检", "--year", "2025",
        "--level", "district",
    )  # fmt: skip
    assert answer["rows"] >= 1
    rows = [r for r in ValueStore(city).of([CODE]).to_pylist() if r["source"] == "区自体检"]
    assert [(r["unit_id"], r["value"], r["numerator"]) for r in rows] == [
        (districts[0], 73.5, 73.5)
    ]
