"""Every problem of the sample city, worked out again from the raw deliveries by other code."""

from __future__ import annotations

import json
import math
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest

from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from indicator_overlays.assembly import system_order
from indicator_overlays.evidence import Catalogue
from indicator_overlays.results_reader import Results
from indicator_overlays.rule import SHIPPED
from indicator_overlays.system import load_systems
from indicator_overlays.unit_table import UnitTable
from tests.support.ownrules import OwnYear, Verdict, read_rules
from tests.support.ownvalues import OwnCity
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.demo import Demo
from twin_server.settings import Settings

YEAR = 2025
SAMPLE = 300


@dataclass(frozen=True)
class Own:
    """The sample city as we read it, beside its published results."""

    rules: dict[str, dict[str, Any]]
    year: OwnYear
    results: Path

    def units(self, rule: dict[str, Any]) -> list[str]:
        """Units that a rule speaks about."""
        return [u for u, row in self.year.city.units.items() if row["level"] in rule["levels"]]

    def problems(self, *halves: str) -> list[dict[str, Any]]:
        """Problems that rules found in the latest year, in the public and the restricted half.

        What a block tells of its protected buildings together is left out: it has no rule's level.
        """
        files = [self.results / half / "diagnosis.parquet" for half in halves or ("", "private")]
        table = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
        covers = table["rule_problem_id"].fillna("") != ""  # a told problem that is the rule's own
        table = table[(table["year"] == YEAR) & ((table["origin"] == "rule") | covers)]
        rows = table.to_dict("records")
        return [row for row in rows if row["level"] in self.rules[row["rule"]]["levels"]]

    def values(self) -> dict[tuple[str, str, str], dict[str, Any]]:
        """Published values of the year; the restricted half has what the public one veils."""
        found = {}
        for half in ("", "private"):
            table = pd.read_parquet(self.results / half / "values.parquet")
            table = table[(table["year"] == YEAR) & (table["level"] != "area")]
            table = table[~table["method"].isin(["block", "privacy"])]
            for row in table[
                ["system", "indicator", "unit_id", "state", "value", "method"]
            ].to_dict("records"):
                found[row["system"], row["indicator"], row["unit_id"]] = row
        return found

    def manifest(self, name: str = "manifest.json") -> dict[str, Any]:
        """What a release says of itself."""
        told: dict[str, Any] = json.loads((self.results / name).read_text("utf-8"))
        return told


@pytest.fixture(scope="module")
def own(demo: Demo) -> Own:
    folder = CityFolder.open(demo.city)
    systems = load_systems(folder)
    every = {code for system in systems.values() for code in system.indicators}
    order = sorted(systems, key=lambda name: name != folder.config.default_system)
    (results,) = (path for path in folder.results.iterdir() if path.is_dir())
    year = OwnYear(OwnCity(demo.city, systems, every), YEAR, order)
    return Own(read_rules(SHIPPED, folder.rules), year, results)


@pytest.fixture(scope="module")
def browser(demo: Demo) -> Iterator[Browser]:
    with browsing(create_app(CityFolder.open(demo.city), Settings(refresh_seconds=0))) as found:
        yield found


def same(mine: float | None, theirs: float | None) -> bool:
    if mine is None or theirs is None or math.isnan(theirs):
        return mine is None and (theirs is None or math.isnan(theirs))
    return math.isclose(mine, theirs, rel_tol=1e-9, abs_tol=1e-9)


def agrees(mine: Verdict, theirs: dict[str, Any]) -> bool:
    return all(same(getattr(mine, n), theirs[n]) for n in ("value", "threshold", "margin"))


def test_every_value_of_the_year_is_the_one_the_deliveries_give(own: Own) -> None:
    """Adoption, period, roll-up and age: 60,000 values, the rolled-up ones among them.

    Special areas, which cross the other levels, have tests of their own.
    """
    theirs = own.values()
    mine = {k: row for k, row in own.year.values.items() if not k[2].startswith("area:")}
    assert set(mine) == set(theirs)
    wrong = [
        (place, row["state"], row["value"], theirs[place])
        for place, row in mine.items()
        if row["state"] != theirs[place]["state"] or not same(row["value"], theirs[place]["value"])
    ]
    assert wrong[:5] == []
    rolled = Counter(
        place[2].partition(":")[0] for place in mine if theirs[place]["method"] == "rollup"
    )
    assert rolled["city"] > 40
    assert rolled["district"] > 40


def test_the_same_units_have_the_same_problems(own: Own) -> None:
    found = {
        (code, unit): verdict
        for code, rule in own.rules.items()
        for unit in own.units(rule)
        if (verdict := own.year.verdict(rule, unit)).outcome == "fires"
    }
    told = {(row["rule"], row["unit_id"]): row for row in own.problems()}
    assert set(found) == set(told)
    assert len(found) > 150
    assert [key for key, one in found.items() if not agrees(one, told[key])] == []
    assert [key for key, one in found.items() if not same(one.need, told[key]["need"])] == []


def test_what_does_not_fire_is_fine_near_unknown_or_not_applicable_as_told(own: Own) -> None:
    told_all = [*own.manifest()["assessed"], *own.manifest("private/index.json")["assessed"]]
    told_all = [one for one in told_all if one["year"] == YEAR]
    told_all = [one for one in told_all if one["level"] in own.rules[one["rule"]]["levels"]]
    assert {one["rule"] for one in told_all} == set(own.rules)
    for told in told_all:
        rule = own.rules[told["rule"]]
        here = [u for u in own.units(rule) if u.startswith(told["level"] + ":")]
        counts = Counter(own.year.verdict(rule, unit).outcome for unit in here)
        counts.pop("out_of_scope", None)
        assert counts == {name: told[name] for name in counts}, told
        assert sum(counts.values()) == sum(
            told[name] for name in ("fine", "near", "fires", "unknown", "not_applicable")
        )


def test_each_problem_is_explained_through_the_api_by_the_same_figures(
    own: Own, browser: Browser
) -> None:
    for row in own.problems(""):
        told = browser.json(f"/api/v1/problems/{quote(row['problem_id'], safe='')}/explain")
        mine = own.year.verdict(own.rules[row["rule"]], row["unit_id"])
        assert (told["outcome"], told["fires"]) == (mine.outcome, True), row["problem_id"]
        assert agrees(mine, told["why"]), row["problem_id"]
        assert same(mine.need, told["what_would_fix"]["need"]), row["problem_id"]
        for item in (one for one in told["why"]["inputs"] if one["address"]):
            stands = own.year.standing(item["name"], row["unit_id"])
            assert stands is not None
            assert same(stands["value"], item["value"])
            assert (stands["system"], stands["period"]) == (item["system"], item["period"])


def test_units_without_the_problem_are_explained_by_the_same_figures(own: Own, demo: Demo) -> None:
    """At least 300 units of every rule (all where it has fewer), chosen by a fixed seed."""
    systems = load_systems(CityFolder.open(demo.city))
    listed = [(name, system.indicators) for name, system in systems.items()]
    book = Catalogue({(name, code): one for name, items in listed for code, one in items.items()})
    results, model = Results(own.results), open_model(CityFolder.open(demo.city))
    order = system_order(systems, "MOHURD-2022")
    facts = results.facts(YEAR, UnitTable.of(model), order)
    chance = random.Random(4)
    seen: Counter[str] = Counter()
    veiled = own.manifest()["privacy"]["rules"]
    for code, rule in ((c, r) for c, r in own.rules.items() if c not in veiled):
        quiet = [u for u in own.units(rule) if own.year.verdict(rule, u).outcome != "fires"]
        for unit in chance.sample(quiet, min(SAMPLE, len(quiet))):
            mine, told = own.year.verdict(rule, unit), results.explain(code, unit, facts, book)
            assert told["outcome"] == mine.outcome, (code, unit)
            assert told["fires"] is (None if mine.outcome == "unknown" else False)
            assert agrees(mine, told), (code, unit)
            seen[mine.outcome] += 1
    assert set(seen) >= {"fine", "near", "unknown", "not_applicable", "out_of_scope"}
    assert sum(seen.values()) > 3000
