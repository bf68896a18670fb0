"""Every path of the API and of the standard door, asked 2,000 times and more by schemathesis.

Questions are made from the descriptions: good ones, with ids that exist and ids that do not, and
wrong ones (types, huge numbers, control characters, missing and foreign bodies). No answer is a
5xx, and each is one that the description promises: status, type and shape.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from cim_bridge.folder import CityFolder
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app, make_api
from twin_server.demo import Demo
from twin_server.settings import Settings

ENOUGH = 2000
EACH = {GenerationMode.POSITIVE: 26, GenerationMode.NEGATIVE: 13}
"""Questions to a path of each sort; some paths have no wrong question."""

SLOW = {"POST /api/v1/whatif": {GenerationMode.POSITIVE: 6, GenerationMode.NEGATIVE: 6}}
"""Paths that reckon the whole city anew for every question."""

DOOR = {GenerationMode.POSITIVE: 20, GenerationMode.NEGATIVE: 10}
COLLECTIONS = ("block", "problems", "block.MOHURD-2022.2025")
ANSWERED = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
)
HELD = (*ANSWERED, checks.negative_data_rejection)
"""At the standard door a larger `limit` than its maximum is answered, as Features Part 1 asks."""

SENT = ("method", "url", "params", "headers", "json", "data", "files", "content")
QUIET: dict[str, Any] = {
    "deadline": None,
    "database": None,
    "phases": [Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


def labels() -> list[str]:
    paths = make_api().openapi()["paths"]
    return sorted(f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs)


class Town:
    """A city of its own to write into, what is asked of it, and what was answered."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.answers: Counter[int] = Counter()
        self.known = self._known()

    def _known(self) -> dict[str, list[str]]:
        """Ids that exist, by the name a path gives them."""
        units = self.browser.json("/api/v1/units", level="block", limit=3)["items"]
        problems = self.browser.json("/api/v1/problems", limit=3)["items"]
        file = self.browser.json(f"/api/v1/units/{units[0]['id']}")
        return {
            "code": ["park_coverage", "population_density"],
            "unit_id": [one["id"] for one in units],
            "problem_id": [one["id"] for one in problems],
            "project_id": [
                one["id"] for one in self.browser.json("/api/v1/projects", limit=3)["items"]
            ],
            "release_id": [one["id"] for one in self.browser.json("/api/v1/releases")["items"]],
            "address": [one["address"] for one in file["indicators"] if one.get("address")][:3],
        }

    def ask(self, operation: Any, each: dict[GenerationMode, int], base: str = "") -> None:
        """Ask one path in every way; the first answer that is not as promised fails."""
        for mode, times in each.items():
            try:
                self._ask(self._questions(operation, mode), times, base)
            except Unsatisfiable:
                assert mode is GenerationMode.NEGATIVE

    def _questions(self, operation: Any, mode: GenerationMode) -> Any:
        whole = operation.as_strategy(generation_mode=mode)
        names = [one.name for one in operation.path_parameters]
        if mode is GenerationMode.NEGATIVE or not names or not set(names) <= set(self.known):
            return whole
        there = st.fixed_dictionaries({name: st.sampled_from(self.known[name]) for name in names})
        met = there.flatmap(lambda ids: operation.as_strategy(path_parameters=ids))
        return st.one_of(whole, met, met)

    def _ask(self, questions: Any, times: int, base: str) -> None:
        @settings(max_examples=times, **QUIET)
        @given(questions)
        def answer(case: Any) -> None:
            told = case.as_transport_kwargs(base_url=f"http://127.0.0.1:8080{base}")
            sent = {name: told[name] for name in SENT if told.get(name) is not None}
            if isinstance(sent.get("data"), bytes):
                sent["content"] = sent.pop("data")
            try:
                found = self.browser.request(**sent)
                if "files" in sent:
                    found.request.read()  # a form is sent as a stream
            except (httpx.InvalidURL, AttributeError, TypeError):
                reject()  # httpx sends no such address or form; the server was not asked
            self.answers[found.status_code] += 1
            case.validate_response(found, checks=list(ANSWERED if base else HELD))

        answer()


@pytest.fixture(scope="module")
def town(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    city = tmp_path_factory.mktemp("fuzz") / "city"
    shutil.copytree(demo.city, city)
    with browsing(create_app(CityFolder.open(city), Settings())) as browser:
        yield Town(browser)


@pytest.fixture(scope="module")
def described(town: Town) -> dict[str, Any]:
    schema = schemathesis.openapi.from_dict(town.browser.json("/openapi.json"))
    found: list[Any] = [one.ok() for one in schema.get_all_operations()]  # type: ignore[union-attr]
    return {one.label: one for one in found}


@pytest.mark.parametrize("label", labels())
def test_a_path_answers_as_it_is_described(
    town: Town, described: dict[str, Any], label: str
) -> None:
    town.ask(described[label], SLOW.get(label, EACH))


def test_the_standard_door_answers_as_it_is_described(town: Town) -> None:
    schema = schemathesis.openapi.from_dict(town.browser.json("/ogc/api"))
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        place = operation.path.split("/")
        if place[1] != "collections" or len(place) < 3 or place[2] in COLLECTIONS:
            town.ask(operation, DOOR, "/ogc")


def test_there_were_enough_questions_and_no_5xx(town: Town) -> None:
    assert town.answers.total() >= ENOUGH, town.answers
    assert max(town.answers) < 500
    assert town.answers[200] > 300
