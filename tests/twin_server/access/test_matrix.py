"""Every route × every role × own and other district: what the table says is what happens.

`matrix.csv` is the table that reviews see. It is written from the policy by
`python -m tests.twin_server.access.test_matrix`, compared here with the policy by code of its own,
and asked of a running app cell by cell.
"""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.routing import APIRoute

from cim_bridge.folder import CityFolder
from tests.twin_server.access.city import OTHER, OWN, SYSTEM, bearer
from tests.twin_server.asking import Browser
from twin_server.answers.rulework import rule_units
from twin_server.app import ROUTERS
from twin_server.identity.people import People
from twin_server.pinned import Pin
from twin_server.policy import ACTIONS, RIGHTS, ROLES, SCOPES
from twin_server.store import open_store
from twin_server.twin import Twin, open_twin
from twin_server.workflow.machine import machines
from twin_server.workflow.submissions import Handed, Submissions

TABLE = Path(__file__).with_name("matrix.csv")
WHO = ("nobody", *ROLES)
FRONT = {"/tiles": "/tiles/x.glb", "/columns": "/columns/x/y.u8", "/private": "/private/x/y.json"}
WITHIN = {"report", "work", "decide"}
"""Scopes whose writes stay within one's own districts."""
NO = {"SIGN_IN_NEEDED", "FORBIDDEN", "STEP_FORBIDDEN", "OUTSIDE_DISTRICT", "NO_POLICY",
      "UNKNOWN_SUBMISSION"}  # fmt: skip


def ways() -> list[str]:
    """Every way into the server, from the routes themselves."""
    found = {
        route.path if way == "GET" else f"{way} {route.path}"
        for module in ROUTERS
        for route in module.router.routes
        if isinstance(route, APIRoute)
        for way in route.methods
    }
    return sorted(found | set(FRONT) | {"/", "/openapi.json"}, key=lambda key: key.split()[::-1])


def expected(way: str, who: str) -> str:
    """A cell by the policy, reckoned apart from the code that guards."""
    scope = SCOPES[way]
    if who == "nobody":
        return "sign-in" if scope == "page" or way == "/" else "yes" if scope == "public" else "no"
    if scope == "public":
        return "yes"
    if who not in RIGHTS[scope]:
        return "no"
    seen_within = scope == "reports" and "{name}" in way
    return "own" if scope in WITHIN or seen_within else "yes"


def table() -> str:
    """The whole table as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["way", "scope", *WHO])
    for way in ways():
        writer.writerow([way, SCOPES[way], *(expected(way, who) for who in WHO)])
    return out.getvalue()


def test_every_route_has_a_policy_and_the_reviewed_table_is_the_policys() -> None:
    assert [way for way in ways() if way not in SCOPES] == []
    assert set(SCOPES) == set(ways()), "no policy of a route that is not there"
    again = "python -m tests.twin_server.access.test_matrix writes it; look at what changed"
    assert TABLE.read_text(encoding="utf-8") == table(), again


class Objects:
    """What requests name: something in one's own district, and in another."""

    def __init__(self, city: CityFolder) -> None:
        store = open_store(city)
        pin = Pin(city, store, 0)
        twin: Twin = open_twin(city, pin())
        desk = Submissions(city, store.engine)
        table, units = twin.problems.problems, twin.units
        self.parts: dict[str, dict[str, str]] = {}
        for side, project, block in ((OWN, "P1", "B1"), (OTHER, "P2", "B4")):
            inside = [
                str(name)
                for name, unit in zip(
                    table.values("problem_id", twin.problems.order),
                    table.values("unit_id", twin.problems.order), strict=True,
                )
                if unit == side or units.parent(units.find(unit) or 0, "district") == side
            ]  # fmt: skip
            body = f"unit_id,level,indicator,period,value\n{block},block,gas_hazard,2024,1\n"
            handed = Handed(side, "", 2024, "a.csv", body.encode())
            made = desk.create(handed, rule_units(twin), "test")
            self.parts[side] = {
                "problem_id": inside[0], "project_id": project, "name": made.id,
                "address": f"{SYSTEM}/gas_hazard/block:{block}/2024", "unit_id": side,
                "code": "gas_hazard", "collection_id": "block", "feature_id": f"block:{block}",
                "release_id": "nothing", "proposal_id": "nothing",
            }  # fmt: skip
        store.close()


@pytest.fixture(scope="module")
def objects(guarded: CityFolder) -> Objects:
    return Objects(guarded)


def request(way: str, parts: dict[str, str], side: str) -> dict[str, Any]:
    """One request of a way that changes nothing, whoever sends it."""
    method, _, path = way.rpartition(" ")
    path = FRONT.get(path, path)
    path = re.sub(r"{(\w+)(:path)?}", lambda found: quote(parts.get(found[1], "x")), path)
    asked: dict[str, Any] = {"method": method or "GET", "url": path, "headers": {}}
    if "workflow" in path and method == "POST":
        action = "begin" if "/projects/" in path else "start" if "/problems/" in path else "submit"
        asked |= {"json": {"action": action}, "headers": {"if-match": '"999"'}}
    elif path.endswith("/decision") and method == "POST":
        body = {"kind": "adopt", "source": "nobody", "reason": "because"}
        other = {"decision": "approve"}
        asked["json"] = other if "/proposals/" in path else body
    elif path == "/api/v1/submissions" and method == "POST":
        asked |= {"params": {"unit": side, "year": 2024}, "content": b"x",
                  "headers": {"x-file-name": "a.exe"}}  # fmt: skip
    elif method in ("POST", "PUT"):
        asked["json"] = {}
    return asked


def send(asking: Browser, asked: dict[str, Any], key: str) -> httpx.Response:
    headers = asked["headers"] | (bearer(key) if key else {})
    return asking.ask(**{**asked, "headers": headers})


def outcome(answer: httpx.Response) -> str:
    assert answer.status_code < 500, answer.text[:300]
    if answer.status_code == 303 and answer.headers["location"].startswith("/auth/sign-in?"):
        return "sign-in"
    kind = answer.headers.get("content-type", "")
    told = answer.json()["code"] if kind.startswith("application/problem+json") else ""
    return "no" if told in NO else "yes"


@pytest.mark.parametrize("who", WHO)
def test_what_the_table_says_is_what_happens(
    asking: Browser, keys: dict[str, str], objects: Objects, who: str
) -> None:
    rows = csv.DictReader(io.StringIO(TABLE.read_text(encoding="utf-8")))
    wrong = {}
    count = 0
    for row in rows:
        found = [
            outcome(send(asking, request(row["way"], parts, side), keys.get(who, "")))
            for side, parts in objects.parts.items()
        ]
        cell = "own" if found == ["yes", "no"] else found[0] if len(set(found)) == 1 else str(found)
        count += len(found)
        if cell != row[who]:
            wrong[row["way"]] = (row[who], cell)
    assert wrong == {}
    assert count > 150


def test_every_step_is_for_the_roles_of_the_table_and_nobody_else(
    asking: Browser, keys: dict[str, str], objects: Objects
) -> None:
    steps = {f"{kind}.{code}" for kind, machine in machines().items() for code in machine.actions}
    assert set(ACTIONS) == steps
    parts = objects.parts[OWN]
    paths = {"problem": f"/api/v1/problems/{parts['problem_id']}/workflow",
             "project": f"/api/v1/projects/{parts['project_id']}/workflow",
             "submission": f"/api/v1/submissions/{parts['name']}/workflow"}  # fmt: skip
    for step, roles in ACTIONS.items():
        kind, _, code = step.partition(".")
        for role in ROLES:
            body = {"action": code, "note": "x"}
            headers = {"if-match": '"999"', **bearer(keys[role])}
            answer = asking.post(paths[kind], body, headers)
            may = outcome(answer) == "yes"
            assert may == (role in roles), (step, role, answer.text)


def test_someone_for_the_whole_city_is_held_to_no_district(
    asking: Browser, guarded: CityFolder, objects: Objects
) -> None:
    store = open_store(guarded)
    people = People(store.engine)
    people.add("everywhere", ["planner"], [], actor="test")
    key = people.make_key("everywhere", actor="test")[0]
    store.close()
    way = "POST /api/v1/problems/{problem_id:path}/workflow"
    for side, parts in objects.parts.items():
        assert outcome(send(asking, request(way, parts, side), key)) == "yes"


def test_submissions_of_other_districts_are_not_even_listed(
    asking: Browser, keys: dict[str, str], objects: Objects
) -> None:
    listed = asking.get("/api/v1/submissions?limit=1000", **bearer(keys["reporter"])).json()
    assert {item["unit"] for item in listed["items"]} == {OWN}
    assert listed["total"] == len(listed["items"])


def test_a_route_without_a_policy_is_nobodys(
    asking: Browser, keys: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(SCOPES, "/api/v1/themes")
    from twin_server.policy import asked_for

    asked_for.cache_clear()
    try:
        answer = asking.get("/api/v1/themes", **bearer(keys["steward"]))
        assert (answer.status_code, answer.json()["code"]) == (403, "NO_POLICY")
    finally:
        monkeypatch.undo()
        asked_for.cache_clear()


if __name__ == "__main__":
    TABLE.write_text(table(), encoding="utf-8")
