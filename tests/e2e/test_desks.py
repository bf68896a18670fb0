"""What-ifs, work on problems and the unit file's pages, in a real browser, held against the API."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser

from tests.support.page import TwinPage
from tests.support.server import serving
from twin_server.demo import Demo

pytestmark = pytest.mark.browser

SYSTEM = "MOHURD-2022"
OPEN_STATES = {"planned", "approved", "under_construction", "paused"}


@pytest.fixture(scope="module")
def workplace(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server of a copied city that may be worked on."""
    path: Path = tmp_path_factory.mktemp("desks") / "city"
    shutil.copytree(demo.city, path)
    with serving(path, path.parent / "server.log") as address:
        yield address


@pytest.fixture(scope="module")
def worked(chromium: Browser, workplace: str) -> Iterator[TwinPage]:
    page = TwinPage.open(chromium, workplace, width=1600, height=900)
    page.coarse()
    yield page
    page.close()


@pytest.fixture
def desk(worked: TwinPage) -> Iterator[TwinPage]:
    worked.anew()
    yield worked
    worked.clean()


def asked(twin: TwinPage, **question: object) -> Any:
    answer = twin.page.request.post(f"{twin.address}/api/v1/whatif", data=question)
    assert answer.ok, answer.text()
    return answer.json()


def numbers(text: str) -> list[int]:
    return [int(found.replace(",", "")) for found in re.findall(r"\d[\d,]*", text)]


def heads(twin: TwinPage) -> list[list[int]]:
    shown = twin.page.locator("cim-answer .head b").all_inner_texts()
    return [numbers(text) for text in shown]


def counted(answer: Any) -> list[list[int]]:
    before, after = answer["counts"]["before"], answer["counts"]["after"]
    return [[before[grade], after[grade]] for grade in ("high", "medium", "low")]


def test_a_what_if_by_projects_shows_what_the_api_answers_and_leaves_no_trace(
    twin: TwinPage,
) -> None:
    twin.set(system=SYSTEM, indicator="road_density", level="block", year=2025)
    before = twin.state
    legend = twin.page.locator("cim-legend section").first.inner_text()
    twin.page.get_by_role("button", name="假设", exact=True).click()
    twin.settle()
    projects = twin.get("/api/v1/projects?limit=1000")["items"]
    shelter, answer = next(
        (project, answer)
        for project in projects
        if project["rules"] == ["D12"] and project["state"] in OPEN_STATES
        for answer in [asked(twin, year=2025, projects=[project["id"]])]
        if any(c["changed"] and c["level"] == "block" for c in answer["columns"])
    )
    row = twin.page.locator("cim-ask label.row").filter(has_text=shelter["name"]["zh"]).first
    assert "人均避难场所面积" in row.inner_text()
    row.locator("input").check()
    twin.page.locator("cim-answer .head").first.wait_for()
    twin.settle()
    assert heads(twin) == counted(answer)
    assert twin.state["projects"] == shelter["id"]
    assert f"projects={shelter['id']}" in twin.page.url
    changes = twin.page.locator("cim-answer .segments button").all_inner_texts()
    kinds = ("gone", "new", "milder", "graver")
    assert [numbers(text) for text in changes] == [[len(answer[kind])] for kind in kinds]
    assert twin.page.locator("cim-banner").get_by_text("假设情景").is_visible()

    column = next(c for c in answer["columns"] if c["changed"] and c["level"] == "block")
    assert twin.state["indicator"] == column["indicator"]
    published = twin.get(
        f"/api/v1/overlays/{column['indicator']}?system={SYSTEM}&year=2025&level=block"
    )
    counts = [cls["count"] for cls in published["legend"]["classes"]]
    shown = [
        numbers(text)[0] for text in twin.page.locator("cim-legend .rows .count").all_inner_texts()
    ]
    assert shown[: len(counts)] != counts
    assert sum(shown) == published["coverage"]["total"]

    twin.page.get_by_role("button", name="退出，恢复原状").click()
    twin.settle()
    assert twin.state["camera"] == pytest.approx(before["camera"], rel=1e-6)
    kept = ("system", "indicator", "level", "year", "selection", "desk", "projects")
    assert {key: twin.state[key] for key in kept} == {key: before[key] for key in kept}
    assert twin.page.locator("cim-legend section").first.inner_text() == legend
    assert "projects" not in twin.page.url


def test_a_list_entry_of_a_what_if_flies_to_its_place_and_comes_back(twin: TwinPage) -> None:
    twin.set(desk="whatif", standards="park_coverage:60", year=2025, system=SYSTEM)
    twin.page.locator("cim-answer .problem").first.wait_for()
    answer = asked(twin, year=2025, standards={"park_coverage": 60})
    assert heads(twin) == counted(answer)
    first = answer["gone"][0]
    twin.page.locator("cim-answer .problem").first.click()
    twin.settle()
    assert twin.state["selection"] in {item["unit"]["id"] for item in answer["gone"]}
    assert first["unit"] is not None
    twin.page.get_by_text("回到假设结果").click()
    twin.page.locator("cim-answer .head").first.wait_for()
    assert twin.state["standards"] == "park_coverage:60"


def test_a_link_with_a_budget_brings_the_portfolio_back(chromium: Browser, site: str) -> None:
    twin = TwinPage.open(chromium, site, desk="whatif", budget="60000", lang="en", theme="dark")
    twin.page.locator("cim-answer .names li").first.wait_for()
    answer = asked(twin, year=twin.get("/api/v1/city")["year"], budget_10k=60000)
    names = {p["id"]: p["name"]["en"] for p in twin.get("/api/v1/projects?limit=1000")["items"]}
    listed = twin.page.locator("cim-answer .names li").all_inner_texts()
    assert listed == [names[project] for project in answer["projects"]]
    assert heads(twin) == counted(answer)
    assert "Proven to be the best" in twin.page.locator("cim-answer section").first.inner_text()
    twin.close()
    assert twin.errors == []
    assert twin.foreign == []


def act(address: str, problem: str, action: str, actor: str, **body: str) -> None:
    path = f"{address}/api/v1/problems/{quote(problem)}/workflow"
    version = httpx.get(path).json()["version"]
    headers = {"if-match": f'"{version}"', "x-cim-actor": actor}
    answer = httpx.post(path, json={"action": action, **body}, headers=headers)
    assert answer.status_code == 200, answer.text


def test_a_problem_is_worked_on_to_its_end_and_a_change_by_others_is_told(desk: TwinPage) -> None:
    items = desk.get("/api/v1/problems?year=2025&limit=500&state=candidate")["items"]
    problem = next(p for p in items if p["origin"] == "rule" and p["unit"]["level"] == "block")
    path = f"/api/v1/problems/{quote(problem['id'])}/workflow"
    desk.set(selection=problem["unit"]["id"], year=2025)
    card = desk.page.locator("cim-problem").filter(has_text=problem["why"]["zh"]).first
    card.locator("button.work").click()
    card.locator("cim-work [data-action=confirm]").click()
    card.locator("cim-work input[name=actor]").fill("王工")
    act(desk.address, problem["id"], "confirm", "somebody")
    desk.errors.clear()
    card.locator("cim-work button[type=submit]").click()
    card.get_by_text("有人先办理了").wait_for()
    assert all("412" in text for text in desk.errors), desk.errors
    desk.errors.clear()
    assert desk.get(path)["version"] == 1

    card.locator("cim-work [data-action=assign]").click()
    assert card.locator("cim-work input[name=actor]").input_value() == "王工"
    card.locator("cim-work input[name=department]").fill("园林绿化局")
    card.locator("cim-work input[name=deadline]").fill("2026-06-30")
    card.locator("cim-work button[type=submit]").click()
    card.locator("cim-work").get_by_text("已记录").wait_for()
    now = desk.get(path)
    assert (now["state"], now["actor"]) == ("assigned", "王工")
    assert now["fields"] == {"department": "园林绿化局", "deadline": "2026-06-30"}
    history = card.locator("cim-work .history li")
    assert history.count() == len(now["history"]) == 2
    assert "王工" in history.first.inner_text()

    act(desk.address, problem["id"], "start", "a")
    act(desk.address, problem["id"], "submit", "a", note="done")
    card.locator("button.work").click()
    card.locator("button.work").click()
    card.locator("cim-work [data-action=verify]").click()
    card.locator("cim-work button[type=submit]").click()
    card.locator("cim-work .standing.closed").wait_for()
    assert "已销号" in card.locator("cim-work .standing").inner_text()
    assert desk.get(path)["state"] == "verified"
    card.locator("article.closed").wait_for()


def test_the_five_year_page_tells_the_changes_the_api_gives(twin: TwinPage) -> None:
    districts = twin.get("/api/v1/units?level=district&limit=1000")["items"]
    unit, found = next(
        (item["id"], found)
        for item in districts
        for found in [twin.get(f"/api/v1/evaluation/{quote(item['id'])}?system={SYSTEM}")]
        if any(line["breaks"] for line in found["lines"])
    )
    twin.set(selection=unit, system=SYSTEM, year=2025)
    twin.page.locator("cim-file [data-tab=years]").click()
    twin.page.locator("cim-evaluation .one").first.wait_for()
    lines = {
        line["code"]: line
        for line in found["lines"]
        if any(point["value"] is not None for point in line["points"])
    }
    shown = twin.page.locator("cim-evaluation .one")
    codes = shown.evaluate_all("all => all.map(one => one.dataset.code)")
    assert sorted(codes) == sorted(lines)
    broken = next(code for code, line in lines.items() if line["breaks"])
    for code in (codes[0], codes[-1], broken):
        line = lines[code]
        one = twin.page.locator(f"cim-evaluation .one[data-code={code}]")
        known = [p for p in line["points"] if p["value"] is not None]
        assert one.locator("circle").count() == len(known)
        assert one.locator(".gap").count() == len(found["years"]) - len(known)
        assert one.locator(".break").count() == len(line["breaks"])
        if line["better"] is not None:
            assert ("好转" if line["better"] else "变差") in one.inner_text()
    assert "方法" in twin.page.locator(f".one[data-code={broken}] .words").inner_text()
    scores = twin.get(f"/api/v1/scores?system={SYSTEM}&year=2025&level=district&limit=1000")
    score = next(item for item in scores["items"] if item["unit"]["id"] == unit)
    told = twin.page.locator("cim-evaluation .score .mood b").inner_text()
    assert float(told) == pytest.approx(score["score"], abs=0.05)
    assert scores["scale"]["label"]["zh"] in twin.page.locator("cim-evaluation .score").inner_text()


def decided(twin: TwinPage, conflict: Any) -> Any:
    """The decision on a value as the server has it."""
    path = f"/api/v1/conflicts?year=2025&unit={quote(conflict['unit']['id'])}"
    items = twin.get(path)["items"]
    return next(item["decision"] for item in items if item["address"] == conflict["address"])


def test_story_16_a_finished_project_asks_for_verification_and_closes_nothing(
    desk: TwinPage,
) -> None:
    projects = desk.get("/api/v1/projects?limit=1000&state=under_construction")["items"]
    problems = desk.get("/api/v1/problems?year=2025&limit=500&state=candidate")["items"]
    project, problem = next(
        (project, item)
        for item in problems
        for project in projects
        if item["origin"] == "rule" and project["id"] in {one["id"] for one in item["projects"]}
    )
    act(desk.address, problem["id"], "confirm", "a")
    act(desk.address, problem["id"], "assign", "a", department="x", deadline="2026-06-30")
    desk.set(selection=project["units"][0]["id"], year=2025)
    card = desk.page.locator("cim-project").filter(has_text=project["name"]["zh"])
    card.locator("button.work").click()
    path = f"/api/v1/projects/{quote(project['id'])}/workflow"
    shown = card.locator("cim-work [data-action]")
    shown.first.wait_for()
    codes = shown.evaluate_all("all => all.map(one => one.dataset.action)")
    assert codes == [action["code"] for action in desk.get(path)["actions"]]
    card.locator("cim-work [data-action=complete]").click()
    card.locator("cim-work textarea").fill("已完工")
    card.locator("cim-work input[name=actor]").fill("赵工")
    card.locator("cim-work button[type=submit]").click()
    card.locator("cim-work [data-asks]").wait_for()
    now = desk.get(path)
    assert (now["state"], now["actor"]) == ("completed", "赵工")
    assert "完工" in card.locator(".chip").first.inner_text()
    asked = desk.get(f"/api/v1/problems/{quote(problem['id'])}/workflow")
    assert asked["state"] == "submitted"  # it waits for somebody to verify it


def test_a_decision_between_sources_is_kept_and_told(desk: TwinPage) -> None:
    conflict = next(
        item
        for item in desk.get("/api/v1/conflicts?year=2025&limit=1000")["items"]
        if item["system"] == SYSTEM
    )
    desk.set(selection=conflict["unit"]["id"], system=SYSTEM, year=2025)
    desk.page.locator("cim-file [data-tab=sources]").click()
    card = desk.page.locator(f"cim-conflict article[data-code={conflict['indicator']}]")
    card.locator("li").first.wait_for()
    record = desk.get(f"/api/v1/values/{quote(conflict['address'])}")
    assert card.locator("li").count() == len(record["candidates"])
    card.locator("[data-way=adjust]").click()
    card.locator("input[name=value]").fill("12.5")
    card.locator("textarea[name=reason]").fill("现场复核")
    card.locator("input[name=actor]").fill("李工")
    others = {"kind": "adopt", "source": record["candidates"][0]["source"], "reason": "先到"}
    path = f"{desk.address}/api/v1/values/{quote(conflict['address'])}/decision"
    assert httpx.post(path, json=others, headers={"x-cim-actor": "somebody"}).status_code == 200
    card.locator("button[type=submit]").click()
    card.get_by_text("有人先办理了").wait_for()
    assert "somebody" in card.locator(".said.done").inner_text()
    assert decided(desk, conflict)["actor"] == "somebody"  # what came first was not undone
    assert all("412" in text for text in desk.errors), desk.errors
    desk.errors.clear()
    assert card.locator("input[name=value]").input_value() == "12.5"
    card.locator("button[type=submit]").click()
    card.get_by_text("李工").wait_for()
    made = decided(desk, conflict)
    assert (made["kind"], made["value"], made["reason"]) == ("adjust", 12.5, "现场复核")
    card.locator("[data-way=withdraw]").click()
    card.get_by_text("决定已撤回").wait_for()
