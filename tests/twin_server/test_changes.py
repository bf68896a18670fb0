"""A new model version published: what changed, what follows by id, what lost its place."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cim_bridge.folder import CityFolder
from scenes.sample.next_version import next_model
from tests.support.cimtwin import cimtwin
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.demo import Demo
from twin_server.settings import Settings


@dataclass
class Later:
    """The sample city after its next model was bridged and published."""

    path: Path
    table: pd.DataFrame
    bridged: Any
    published: Any

    def ids(self, *kinds: str) -> set[str]:
        chosen = self.table["change"].isin(kinds)
        return {f"building:{name}" for name in self.table.loc[chosen, "id"]}


@pytest.fixture(scope="module")
def later(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Later:
    path = tmp_path_factory.mktemp("later")
    city, source = path / "city", path / "input"
    shutil.copytree(demo.city, city)
    for name in ("model", "model_next"):
        shutil.copytree(demo.source / name, source / name)
    table = pd.read_csv(source / "model_next/changes.csv", dtype=str, keep_default_na=False)
    gone = table.loc[table["change"] == "removed", "id"].tolist()
    problems = path / "problems.csv"
    problems.write_text(
        f"problem_id,unit_id,title_zh,year\nP-LOST,building:{gone[0]},外墙脱落,2025\n",
        encoding="utf-8",
    )
    projects = path / "projects.csv"
    projects.write_text(
        f"project_id,name_zh,state,unit_ids\nJ-LOST,外墙修缮,planned,building:{gone[0]}\n",
        encoding="utf-8",
    )
    for kind, file in (("problems", problems), ("projects", projects)):
        cimtwin("load", file, "--city", city, "--source", f"lost-{kind}", "--kind", kind)
    name = "buildings"
    bridged = cimtwin("bridge", next_model(source), "--city", city, "--name", name)
    return Later(city, table, bridged, cimtwin("publish", "--city", city))


@pytest.fixture(scope="module")
def browser(later: Later) -> Any:
    with browsing(create_app(CityFolder.open(later.path), Settings(refresh_seconds=0))) as found:
        yield found


def test_bridge_tells_the_exact_sets(later: Later) -> None:
    told = later.bridged["changes"]["ids"]["building"]
    assert set(told["removed"]) == later.ids("removed", "replaced")
    fresh = later.table.loc[later.table["change"] == "replaced", "next_id"]
    assert set(told["added"]) == {f"building:{name}" for name in fresh}
    assert set(told["changed"]) == later.ids("raised", "renamed")
    assert set(told["moved"]) <= later.ids("moved")


def test_publish_names_what_lost_its_place(later: Later) -> None:
    found = {issue["code"]: issue for issue in later.published["issues"]}
    assert found["PROBLEMS_LOST_PLACE"]["place"]["id"] == "P-LOST"
    assert found["PROJECTS_LOST_PLACE"]["place"]["id"] == "J-LOST"
    assert found["VALUES_LOST_PLACE"]["count"] > 0


def test_the_route_compares_with_the_publication_before(browser: Browser, later: Later) -> None:
    first, second = browser.json("/api/v1/releases")["items"][1::-1]
    told = browser.json(f"/api/v1/releases/{second['id']}/changes")
    assert told["previous"] == first["id"]
    assert (told["from"], told["to"]) == (first["model"], second["model"])
    assert told["total"] == later.bridged["changes"]["total"]
    assert told["ids"] == later.bridged["changes"]["ids"]
    begin = browser.json(f"/api/v1/releases/{first['id']}/changes")
    assert (begin["from"], begin["total"]["added"]) == (None, 0)
    assert browser.get("/api/v1/releases/nothing/changes").status_code == 404


def test_a_link_learns_what_changed_since_its_publication(browser: Browser, later: Later) -> None:
    first, second = browser.json("/api/v1/releases")["items"][1::-1]
    route = f"/api/v1/releases/{second['id']}/changes"
    told = browser.json(f"{route}?since={first['id']}")
    assert told == browser.json(route)
    assert told["figures"] is (first["results"] != second["results"])
    same = browser.json(f"{route}?since={second['id']}")
    assert (same["figures"], set(same["total"].values())) == (False, {0})
    assert browser.get(f"{route}?since=nothing").status_code == 404


def test_values_follow_a_moved_building(browser: Browser, later: Later, published: Browser) -> None:
    name = sorted(later.ids("moved"))[0]
    old = published.json(f"/api/v1/units/{name}")["indicators"]
    new = browser.json(f"/api/v1/units/{name}")["indicators"]
    assert [(i["code"], i["value"]) for i in old] == [(i["code"], i["value"]) for i in new]
    assert any(item["value"] is not None for item in new)


def test_rolling_back_shows_the_old_buildings_again(later: Later, tmp_path: Path) -> None:
    city = tmp_path / "city"
    shutil.copytree(later.path, city)
    cimtwin("rollback", "--city", city)
    with browsing(create_app(CityFolder.open(city), Settings(refresh_seconds=0))) as browser:
        for name in later.ids("removed"):
            assert browser.get(f"/api/v1/units/{name}").status_code == 200
