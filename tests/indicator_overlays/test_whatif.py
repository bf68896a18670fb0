"""What if: only the question makes the difference, and nothing stored is altered."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from indicator_overlays.evidence import Catalogue
from indicator_overlays.load import load
from indicator_overlays.problems_table import problem_id
from indicator_overlays.results import Results, build_results
from indicator_overlays.rule import load_rules
from indicator_overlays.system import load_systems
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.whatif.ask import Question, WhatIf
from indicator_overlays.whatif.effects import (
    EffectInvalid,
    effects_json,
    effects_of,
    parse_effects,
)
from indicator_overlays.whatif.portfolio import choose
from indicator_overlays.whatif.standards import with_standards
from tests.support.gridcity import make_grid_city

SCHOOLS = "middle_school_coverage"
HEAD = "unit_id,level,indicator,period,value,numerator,denominator,state\n"


def give(city: CityFolder, name: str, text: str, kind: str = "values") -> None:
    file = city.path / f"{name}.csv"
    file.write_text(text, encoding="utf-8")
    load(city, [file], source=name, kind=kind)


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    """Blocks B1 to B8 with 40, 50, ... 110 of 100 ha near a school; projects at B1, B2 and B3."""
    folder = make_grid_city(tmp_path / "city")
    rows = [
        f"B{i + 1},block,{SCHOOLS},2024,{min(100, 40 + 10 * i)},{min(100, 40 + 10 * i)},100,"
        for i in range(8)
    ]
    give(folder, "bureau", HEAD + "\n".join(rows))
    give(
        folder,
        "projects",
        "project_id,name_zh,state,investment_10k,level,unit_ids,effects\n"
        f"P1,一号学校,planned,500,block,B1,{SCHOOLS} = 90\n"
        f"P2,二号学校,approved,300,block,B2;B3,{SCHOOLS} +25\n"
        f"P3,已建学校,completed,10,block,B4,{SCHOOLS} = 100\n"
        "P4,无声项目,planned,50,block,B4,\n"
        f"P5,无价学校,planned,,block,B1,{SCHOOLS} = 95\n",
        kind="projects",
    )
    return folder


@pytest.fixture
def asked(city: CityFolder) -> WhatIf:
    return ready(city)


def ready(city: CityFolder) -> WhatIf:
    results = Results(city.results / build_results(city))
    systems = load_systems(city)
    book = Catalogue({(s.id, c): i for s in systems.values() for c, i in s.indicators.items()})
    return WhatIf(results, UnitTable.of(open_model(city)), book, list(systems))


NAMES = {problem_id("D07", f"block:B{n}", 2024): f"B{n}" for n in range(1, 9)}


def blocks(ids: tuple[str, ...]) -> list[str]:
    """Blocks too far from a school among problem ids."""
    return sorted(NAMES[name] for name in ids if name in NAMES)


def test_effects_are_read_as_people_write_them() -> None:
    found = parse_effects(
        "parking_gap -120; park_coverage = 95；ev_charger_gap −3\nroad_density+0.5"
    )
    assert [(e.indicator, e.sets, e.amount) for e in found] == [
        ("parking_gap", False, -120), ("park_coverage", True, 95),
        ("ev_charger_gap", False, -3), ("road_density", False, 0.5),
    ]  # fmt: skip
    assert effects_of(effects_json(found)) == found
    assert parse_effects("") == ()
    assert effects_of(None) == ()


@pytest.mark.parametrize(
    "text", ["better", "park_coverage", "x = nan", "__import__ = 1", "a = 1; a = 2"]
)
def test_what_is_no_effect_is_refused(text: str) -> None:
    with pytest.raises(EffectInvalid):
        parse_effects(text)


def test_a_wrong_effect_in_a_table_is_an_issue_with_its_cell(city: CityFolder) -> None:
    with pytest.raises(InputRefused) as refused:
        give(city, "more", "project_id,name_zh,effects\nP9,坏,变好\n", kind="projects")
    issue = next(i for i in refused.value.log if i.code == "EFFECT_INVALID")
    assert issue.place.cell == "C2"
    assert "变好" in issue.why["zh"]


def test_a_finished_project_ends_the_problems_it_mends(asked: WhatIf) -> None:
    answer = asked.ask(Question(2024, ("P1", "P2")))
    assert blocks(tuple(answer.before["problem_id"].to_pylist())) == ["B1", "B2", "B3", "B4"]
    assert blocks(answer.gone) == ["B1", "B3"], "50 + 25 = 75 is still below 80"
    assert answer.new == ()
    assert answer.silent == ()


def test_the_columns_show_the_change_and_the_stored_ones_stay(
    asked: WhatIf, city: CityFolder
) -> None:
    before = digests(city)
    answer = asked.ask(Question(2024, ("P1",)))
    column = next(
        c for c in answer.columns if c.key.level == "block" and c.key.system == "MOHURD-2023"
    )
    assert column.changed == 1
    plain = asked.ask(Question(2024, ()))
    assert plain.columns == ()
    results = Results(next(city.results.iterdir()))
    stored = results.overlay(*column.key)
    now = np.fromfile(
        results.column_path(str(stored.columns[0]["uri"]).rpartition("/")[2]), np.uint8
    )
    assert np.flatnonzero(now != column.data).tolist() == [0]
    assert digests(city) == before


def test_units_above_move_with_their_parts(asked: WhatIf) -> None:
    answer = asked.ask(Question(2024, ("P1",)))
    district = next(c for c in answer.columns if c.key.level == "district")
    assert district.changed == 1
    city = next(c for c in answer.columns if c.key.level == "city")
    assert city.changed == 1


def test_a_project_that_is_done_or_declares_nothing_is_said_to_be_silent(asked: WhatIf) -> None:
    answer = asked.ask(Question(2024, ("P3", "P4", "P77")))
    assert answer.silent == ("P3", "P4")
    assert answer.unknown == ("P77",)
    assert answer.gone == ()


def test_an_effect_on_a_district_reaches_the_blocks_that_have_the_values(
    city: CityFolder,
) -> None:
    head = "project_id,name_zh,state,investment_10k,level,unit_ids,effects\n"
    give(city, "wide", head + f"P8,片区学校,planned,9,district,D1,{SCHOOLS} = 85\n", "projects")
    answer = ready(city).ask(Question(2024, ("P8",)))
    assert blocks(answer.gone) == ["B1", "B2"], "blocks 1, 2, 5 and 6 lie in D1"
    assert answer.unmet == ()


def test_an_amount_of_a_count_is_spread_by_what_each_part_has(city: CityFolder) -> None:
    rows = [f"B{i + 1},block,parking_gap,2024,{n},,," for i, n in enumerate((300, 100, 0, 0))]
    give(city, "bays", HEAD + "\n".join(rows))
    head = "project_id,name_zh,state,investment_10k,level,unit_ids,effects\n"
    give(city, "bay", head + "P9,停车楼,planned,9,district,D1,parking_gap -200\n", "projects")
    asked = ready(city)
    works, _, _ = asked.works(["P9"])
    assert works[0].level == "district"
    answer = asked.ask(Question(2024, ("P9",)))
    assert answer.unmet == (("P9", "parking_gap", 2),), "nobody counted bays in B5 and B6"
    block = next(c for c in answer.columns if c.key.level == "block")
    assert block.changed == 2, "300 - 150 and 100 - 50; nothing is taken from 0"


def test_an_effect_on_a_unit_without_a_number_makes_nothing_up(city: CityFolder) -> None:
    give(
        city,
        "holes",
        f"unit_id,level,indicator,period,value,state\nB1,block,{SCHOOLS},2024,,missing\n",
    )
    give(
        city, "order",
        "project_id,name_zh,state,investment_10k,level,unit_ids,effects\n"
        "P6,空,planned,5,block,B1,park_coverage = 90\n", kind="projects",
    )  # fmt: skip
    asked = ready(city)
    answer = asked.ask(Question(2024, ("P6",)))
    assert answer.unmet == (("P6", "park_coverage", 1),)
    assert answer.columns == ()


def test_a_stricter_standard_finds_more_and_a_milder_one_less(asked: WhatIf) -> None:
    strict = asked.ask(Question(2024, (), {SCHOOLS: 95}))
    assert blocks(strict.new) == ["B5", "B6"]
    assert strict.gone == ()
    mild = asked.ask(Question(2024, (), {SCHOOLS: 45}))
    assert blocks(mild.gone) == ["B2", "B3", "B4"]
    row = next(r for r in strict.after.to_pylist() if r["unit_id"] == "block:B5")
    assert (row["threshold"], row["margin"], row["need"]) == (95, 15, 15)


def test_only_the_line_of_the_asked_indicator_moves() -> None:
    rules = tuple(load_rules()[0])
    moved = with_standards(rules, {"park_coverage": 90.0})
    assert moved.changed == ("D14",)
    old = {rule.code: rule for rule in rules}
    for rule in moved.rules:
        if rule.code != "D14":
            assert rule is old[rule.code]
        else:
            assert rule.when.text == "park_coverage < 90.0"
            assert rule.limit is not None
            assert rule.limit.text == "90.0"
            assert rule.need is not None
            assert rule.need.text == "90.0 - park_coverage"
    assert with_standards(rules, {"parking_gap": 5.0}).changed == ("D04", "D06")


def test_a_portfolio_solves_most_for_the_money(asked: WhatIf) -> None:
    poor = asked.portfolio(2024, 350)
    assert poor.chosen == ("P2",)
    assert poor.unpriced == ("P5",)
    rich = asked.portfolio(2024, 800)
    assert rich.chosen == ("P1", "P2")
    assert blocks(rich.answer.gone) == ["B1", "B3"]
    assert asked.portfolio(2024, 10).chosen == ()


def test_the_program_equals_a_search_of_every_choice() -> None:
    rng = np.random.default_rng(4)
    for _ in range(10):
        cost = rng.integers(1, 30, 9).astype(float)
        points = rng.integers(1, 9, 14).astype(float)
        pairs = np.argwhere(rng.uniform(size=(9, 14)) < 0.25)
        found = choose(cost, points, pairs[:, 0], pairs[:, 1], 45.0)
        assert found.cost <= 45
        best = 0.0
        for mask in range(1 << 9):
            on = (mask >> np.arange(9)) & 1 == 1
            if cost[on].sum() <= 45:
                best = max(best, points[np.unique(pairs[on[pairs[:, 0]], 1])].sum())
        assert found.points == pytest.approx(best)


def digests(city: CityFolder) -> dict[str, str]:
    files = sorted(f for f in city.path.rglob("*") if f.is_file())
    return {str(f): hashlib.sha256(f.read_bytes()).hexdigest() for f in files}
