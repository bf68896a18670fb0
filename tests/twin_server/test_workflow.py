"""Work on problems and projects: who may do what when, and nothing is done twice."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cim_bridge.folder import CityFolder
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.demo import Demo
from twin_server.schemas.workflow import Rectification, Workflow
from twin_server.settings import Settings
from twin_server.store import open_store
from twin_server.workflow.machine import machines


@pytest.fixture(scope="module")
def city(demo: Demo, tmp_path_factory: pytest.TempPathFactory, either_store: str) -> CityFolder:
    """A copy of the published sample city that may be worked on."""
    path = tmp_path_factory.mktemp("work") / "city"
    shutil.copytree(demo.city, path)
    return CityFolder.open(path)


@pytest.fixture(scope="module")
def desk(city: CityFolder) -> Iterator[Browser]:
    with browsing(create_app(city, Settings(refresh_seconds=0))) as browser:
        yield browser


class Work:
    """One item as people work on it."""

    def __init__(self, browser: Browser, kind: str, name: str) -> None:
        self.browser, self.path = browser, f"/api/v1/{kind}s/{name}/workflow"
        self.id = name

    def now(self) -> Any:
        found = self.browser.json(self.path)
        Workflow.model_validate(found)
        return found

    def post(
        self, action: str, actor: str, version: object = None, key: str = "", **body: str
    ) -> httpx.Response:
        headers = {"x-cim-actor": actor}
        seen = self.now()["version"] if version is None else version
        if seen != "none":
            headers["if-match"] = f'"{seen}"'
        if key:
            headers["idempotency-key"] = key
        return self.browser.post(self.path, {"action": action, **body}, headers)

    def do(self, action: str, actor: str, **body: str) -> Any:
        answer = self.post(action, actor, **body)
        assert answer.status_code == 200, answer.text
        assert answer.headers["etag"] == f'"{answer.json()["version"]}"'
        return answer.json()


def fresh(browser: Browser, number: int) -> Work:
    """A problem that rules found and nobody touched."""
    items = browser.json("/api/v1/problems", state="candidate", limit=1000)["items"]
    names = [item["id"] for item in items if item["origin"] == "rule"]
    return Work(browser, "problem", names[number])


def test_a_problem_goes_from_found_to_closed_by_several_hands(desk: Browser) -> None:
    work = fresh(desk, 0)
    assert work.now()["state"] == "candidate"
    work.do("confirm", "Li")
    answer = work.do("assign", "Li", department="教育局", deadline="2026-06-30")
    assert answer["fields"] == {"department": "教育局", "deadline": "2026-06-30"}
    work.do("start", "Wang")
    work.do("submit", "Wang", note="新校区已开学")
    done = work.do("verify", "Zhao")
    assert done["state"] == "verified"
    assert [event["action"] for event in done["history"]] == [
        "confirm", "assign", "start", "submit", "verify",
    ]  # fmt: skip
    assert [event["actor"] for event in done["history"]] == ["Li", "Li", "Wang", "Wang", "Zhao"]
    shown = desk.json(f"/api/v1/problems/{work.id}")
    assert shown["state"] == "verified", "every view reads the live state"


def test_nobody_verifies_their_own_work(desk: Browser) -> None:
    work = fresh(desk, 1)
    work.do("confirm", "Li")
    work.do("assign", "Li", department="局", deadline="2026-01-01")
    work.do("start", "Wang")
    work.do("submit", "Wang", note="好了")
    refused = work.post("verify", "Wang")
    assert (refused.status_code, refused.json()["code"]) == (403, "SAME_PERSON")
    assert work.now()["state"] == "submitted"
    assert work.post("return", "Wang", note="x").status_code == 403
    assert work.do("return", "Zhao", note="照片不清")["state"] == "returned"


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        ("verify", {}, 409, "ACTION_NOT_POSSIBLE"),
        ("reject", {}, 422, "NOTE_MISSING"),
        ("explode", {}, 422, "ACTION_UNKNOWN"),
        ("confirm", {"deadline": "someday"}, 422, "INVALID_PARAMETER"),
    ],
)
def test_what_may_not_be_done_is_refused_in_words_and_changes_nothing(
    desk: Browser, action: str, body: dict[str, str], status: int, code: str
) -> None:
    work = fresh(desk, 2)
    before = work.now()
    answer = work.post(action, "Li", **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert work.now() == before


def test_assigning_needs_a_department_and_a_deadline(desk: Browser) -> None:
    work = fresh(desk, 2)
    work.do("confirm", "Li")
    answer = work.post("assign", "Li", department="局")
    assert answer.json()["code"] == "FIELD_MISSING"
    assert "deadline" in answer.json()["detail"]


def test_two_people_at_once_do_not_overwrite_each_other(desk: Browser) -> None:
    work = fresh(desk, 3)
    seen = work.now()["version"]
    work.do("confirm", "Li")
    late = work.post("confirm", "Wang", version=seen)
    assert (late.status_code, late.json()["code"]) == (412, "VERSION_CHANGED")
    blind = work.post("assign", "Wang", version="none", department="局", deadline="2026-01-01")
    assert (blind.status_code, blind.json()["code"]) == (428, "IF_MATCH_MISSING")


def test_a_request_sent_twice_is_done_once(desk: Browser) -> None:
    work = fresh(desk, 4)
    first = work.post("confirm", "Li", version=0, key="k-1")
    second = work.post("confirm", "Li", version=0, key="k-1")
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    assert len(work.now()["history"]) == 1
    other = work.post("reject", "Li", version=0, key="k-1", note="x")
    assert (other.status_code, other.json()["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")


def test_completing_a_project_asks_verification_and_closes_nothing(desk: Browser) -> None:
    projects = desk.json("/api/v1/projects", limit=1000)["items"]
    chosen = next(
        p for p in projects
        if p["state"] == "under_construction" and any(
            desk.json(f"/api/v1/problems/{name}")["state"] in ("assigned", "rectifying")
            for name in p["problems"]
        )
    )  # fmt: skip
    work = Work(desk, "project", chosen["id"])
    done = work.do("complete", "Builder", note="竣工")
    assert done["asks_verification"]
    for name in done["asks_verification"]:
        problem = desk.json(f"/api/v1/problems/{name}/workflow")
        assert problem["state"] == "submitted"
        assert chosen["id"] in problem["history"][-1]["note"]
    assert work.post("accept", "Builder").json()["code"] == "SAME_PERSON"
    assert work.do("accept", "Inspector")["state"] == "verified"


def test_a_problem_and_its_project_name_each_other_with_who_and_until_when(desk: Browser) -> None:
    projects = {p["id"]: p for p in desk.json("/api/v1/projects", limit=1000)["items"]}
    answering = [p for p in projects.values() if p["problems"]]
    assert answering
    for project in answering[:5]:
        assert project["department"]["zh"]
        for name in project["problems"][:3]:
            told = {p["id"]: p for p in desk.json(f"/api/v1/problems/{name}")["projects"]}
            assert told[project["id"]]["deadline"] == project["deadline"]
            assert told[project["id"]]["state"] == project["state"]


def test_a_text_that_a_database_cannot_keep_is_no_fault_of_the_server(desk: Browser) -> None:
    work = fresh(desk, 9)
    before = work.now()["version"]
    answer = work.post("reject", "Li", note="a\0b")
    assert answer.status_code in (200, 422), answer.text
    assert work.now()["version"] == before + (answer.status_code == 200)


def test_every_step_is_in_the_audit_and_the_chain_holds(desk: Browser, city: CityFolder) -> None:
    work = fresh(desk, 6)
    store = open_store(city)
    before = store.verify_audit()
    work.do("reject", "Li", note="重复上报")
    entry = desk.json("/api/v1/audit", limit=1)["items"][0]
    assert (entry["action"], entry["actor"]) == ("problem.reject", "Li")
    assert store.verify_audit() == before + 1
    store.close()


def test_last_years_rectification_counts_only_what_was_verified(desk: Browser) -> None:
    found = desk.json("/api/v1/rectification")
    Rectification.model_validate(found)
    assert found["of"] == found["year"] - 1
    assert found["total"] == sum(row["total"] for row in found["rules"])
    assert found["verified"] == sum(row["verified"] for row in found["departments"])
    assert found["total"] > 0
    assert found["rate"] == pytest.approx(found["verified"] / found["total"])
    waiting = desk.json("/api/v1/problems", year=found["of"], state="submitted")["items"]
    Work(desk, "problem", waiting[0]["id"]).do("verify", "Inspector")
    assert desk.json("/api/v1/rectification")["verified"] == found["verified"] + 1
    assert found["not_found_again"] <= found["total"] - found["verified"]
    first = desk.json("/api/v1/rectification", year=2021)
    assert (first["of"], first["rate"]) == (None, None), "no year before is no rate, never 0 %"


def test_an_unknown_item_and_a_strange_name_are_refused(desk: Browser) -> None:
    assert desk.get("/api/v1/problems/nobody/workflow").json()["code"] == "UNKNOWN_PROBLEM"
    work = fresh(desk, 7)
    answer = work.post("confirm", "Li\t<b>")
    assert answer.status_code == 400


@pytest.mark.parametrize("kind", sorted(machines()))
def test_every_state_can_be_reached_and_every_action_has_a_state(kind: str) -> None:
    machine = machines()[kind]
    reached, wave = {machine.start}, {machine.start}
    while wave:
        wave = {a.target for state in wave for a in machine.possible(state)} - reached
        reached |= wave
    assert reached == set(machine.states)
    assert all(action.sources for action in machine.actions.values())


def test_a_name_in_chinese_letters_may_be_sent_percent_encoded(desk: Browser) -> None:
    work = fresh(desk, 30)
    answer = work.post("confirm", "%E7%8E%8B%E5%B7%A5")
    assert answer.status_code == 200, answer.text
    assert answer.json()["actor"] == "王工"
    assert work.post("reject", "%3Cb%3E", note="x").status_code == 400


def test_a_project_tells_what_it_declares_to_change(desk: Browser) -> None:
    projects = desk.json("/api/v1/projects", limit=1000)["items"]
    shelter = next(p for p in projects if p["rules"] == ["D12"])
    assert shelter["effects"] == [{"indicator": "shelter_area_pc", "sets": True, "amount": 2.0}]
