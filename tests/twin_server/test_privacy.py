"""Sensitive values of single buildings: nobody without the right reads or reckons them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from indicator_overlays.load import load
from indicator_overlays.mapping import Mapping
from indicator_overlays.privacy.atoms import Atoms
from indicator_overlays.results import build_results
from indicator_overlays.results_reader import Results
from tests.support.smallblocks import HOMES, hazards, make_small_blocks, secret
from tests.twin_server.asking import Browser, browsing
from tests.twin_server.test_decisions import publish
from twin_server.app import create_app
from twin_server.policy import SCOPES
from twin_server.settings import Settings

SYSTEM, CODE, K = "MOHURD-2023", "gas_hazard", 10
SECRET = "-".join(["the", "steward", "knows"])
HIDDEN = {secret(block, n) for block, homes in HOMES.items() for n in range(homes)} - {0.0}
YEAR = {"year": 2024, "system": SYSTEM}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    """Figures for every home, a survey with few answers, a problem list; published."""
    folder = tmp_path_factory.mktemp("privacy")
    found = make_small_blocks(folder / "city")
    (found.systems / "local.csv").write_text(
        "system,code,name_zh,name_en,category,unit,attach_levels,rollup\n"
        f"{SYSTEM},resident_satisfaction,满意度,satisfaction,local,score 0-100,"
        "community;district,ratio\n",
        encoding="utf-8",
    )
    (folder / "hazards.csv").write_text(hazards(), encoding="utf-8")
    mapping = Mapping(source_kind="department", system=SYSTEM)
    load(found, [folder / "hazards.csv"], source="住建", mapping=mapping)
    answers = "C1,5\n" * 25 + "C2,1\n" * 3
    (folder / "survey.csv").write_text("unit_id,satisfaction\n" + answers, encoding="utf-8")
    asked = Mapping(source_kind="survey", system=SYSTEM)
    load(found, [folder / "survey.csv"], source="问卷", mapping=asked, kind="survey", year=2024)
    told = "unit_id,level,rule,title_zh,year,description_zh\nB4-3,building,D03,燃气,2024,四楼漏气\n"
    (folder / "problems.csv").write_text(told, encoding="utf-8")
    load(found, [folder / "problems.csv"], source="巡查", mapping=mapping, kind="problems")
    publish(found)
    return found


@pytest.fixture(scope="module")
def browser(city: CityFolder) -> Iterator[Browser]:
    settings = Settings(refresh_seconds=0, private_secret=SECRET)
    with browsing(create_app(city, settings)) as asking:
        yield asking


@pytest.fixture(scope="module")
def release(city: CityFolder) -> Path:
    return next(path for path in city.results.iterdir() if (path / "manifest.json").is_file())


def shown(release: Path) -> pd.DataFrame:
    table = Results(release).values.to_pandas()
    return table[(table["indicator"] == CODE) & table["value"].notna()]


def test_sums_of_few_are_withheld_and_what_would_give_them_away_too(release: Path) -> None:
    """B3 has one home; with B2 it is told of as D1 less B1, so both are withheld; so are D2's."""
    found = shown(release).groupby("level")["unit_id"].apply(sorted).to_dict()
    homes = {f"building:B1-{n}" for n in range(12)}
    assert set(found.pop("building")) == homes
    assert found == {
        "block": ["block:B1"], "city": ["city:small"], "district": ["district:D1", "district:D2"],
    }  # fmt: skip
    exact = shown(release).set_index("unit_id")["value"]
    d1 = sum(secret(b, n) for b in ("B1", "B2", "B3") for n in range(HOMES[b]))
    assert exact["district:D1"] == d1, "what lies above blocks stays exact"
    block = sum(secret("B1", n) for n in range(12))
    assert exact["block:B1"] == block
    assert set(exact[sorted(homes)]) == {block}


def test_no_difference_of_public_sums_tells_about_fewer_than_k(release: Path) -> None:
    """Homes that no public sum tells apart form classes; whatever is added up, a class is the
    finest that comes out."""
    names = [f"{block}-{n}" for block, homes in HOMES.items() for n in range(homes)]
    units = {
        "city:small": names,
        "district:D1": [n for n in names if n[:2] in ("B1", "B2", "B3")],
        "district:D2": [n for n in names if n[:2] in ("B4", "B5")],
        "compound:K1": ["B1-0", "B1-1", "B1-2"],
        "area:west": [n for n in names if n[:2] in ("B1", "B2")],
    }
    units |= {f"block:{b}": [n for n in names if n.startswith(f"{b}-")] for b in HOMES}
    table = shown(release)
    told = sorted(set(table[table["level"] != "building"]["unit_id"]))
    columns = np.array([[name in units[unit] for unit in told] for name in names])
    _, sizes = np.unique(columns, axis=0, return_counts=True)
    assert sizes.min() >= K
    with_b2 = np.column_stack([columns, [name in units["block:B2"] for name in names]])
    _, sizes = np.unique(with_b2, axis=0, return_counts=True)
    assert sizes.min() == 1, "the check can fail: B2 beside the others would give B3 away"


def numbers_in(file: Path) -> set[float]:
    if file.suffix == ".parquet":
        return numbers_of(pq.read_table(file))
    if file.suffix == ".arrow":
        with pa.memory_map(str(file)) as source:
            return numbers_of(pyarrow.ipc.open_file(source).read_all())
    if file.suffix in (".f32", ".u16", ".u8"):
        kind = {".f32": "<f4", ".u16": "<u2", ".u8": "u1"}[file.suffix]
        return set(np.fromfile(file, kind).astype(np.float64).tolist())
    return figures(file.read_text(encoding="utf-8"))


def numbers_of(table: pa.Table) -> set[float]:
    found: set[float] = set()
    for column in table.columns:
        for value in pd.unique(pd.Series(column.to_pylist(), dtype=object)):
            if isinstance(value, str):
                found |= figures(value)
            elif isinstance(value, int | float):
                found.add(float(value))
    return found


def figures(text: str) -> set[float]:
    return {float(word.replace(",", "")) for word in re.findall(r"\d[\d,]{5,}(?:\.\d+)?", text)}


def test_no_public_file_holds_a_figure_of_a_home(release: Path) -> None:
    single = {float(np.float32(value)) for value in HIDDEN} | HIDDEN
    files = [f for f in release.rglob("*") if f.is_file() and f.suffix not in (".br", ".gz")]
    private = [f for f in files if "private" in f.relative_to(release).parts]
    public = [f for f in files if f not in private]
    assert len(public) > 8
    for file in public:
        assert not numbers_in(file) & single, file.name
    values = numbers_in(release / "private" / "values.parquet")
    assert values >= HIDDEN, "the check can fail: the restricted files hold every figure"


def pages(browser: Browser, release: Path) -> Iterator[tuple[str, str]]:
    """Every GET route that readers have, with every unit, code, address, problem and level."""
    units = [item["id"] for item in browser.json("/api/v1/units", limit=1000)["items"]]
    problems = [p["id"] for p in browser.json("/api/v1/problems", limit=1000, **YEAR)["items"]]
    publication = browser.json("/api/v1/city")["publication"]["id"]
    codes = [CODE, "resident_satisfaction"]
    fill = {
        "code": codes, "unit_id:path": units, "problem_id:path": problems, "project_id:path": [],
        "release_id": [publication],
        "address:path": [f"{SYSTEM}/{c}/{u}/2024" for c in codes for u in units],
    }  # fmt: skip
    collections = browser.json("/ogc/collections", f="json")["collections"]
    fill["collection_id"] = [item["id"] for item in collections]
    fill["feature_id:path"] = ["building:B1-0", "building:B3-0", "block:B2"]
    fill["name"] = [item["name"] for item in browser.json("/api/v1/scenes")["items"]]
    fill["join_id"], fill["key_id"] = ["nothing"], ["id", "nothing"]
    levels = ("building", "compound", "block", "community", "district", "city", "area")
    asked = [f"?system={SYSTEM}&limit=1000&level={level}" for level in levels]
    for route, scope in SCOPES.items():
        if " " in route or scope != "reader" or not route.startswith(("/api/", "/ogc")):
            continue
        names = re.findall(r"{([^}]+)}", route)
        paths = [route]
        for name in names:
            paths = [p.replace(f"{{{name}}}", quote(v)) for p in paths for v in fill[name]]
        if route.startswith("/ogc"):
            paths = [f"{path}?f=json" for path in paths]
            paths += [f"{p}&limit=1000" for p in paths if route.endswith("/items")]
        elif names in (["unit_id:path"], ["address:path"]) or "problem" in route:
            paths = [f"{path}?system={SYSTEM}" for path in paths]
        else:
            paths = [path + query for path in paths for query in asked]
        for path in paths:
            answer = browser.get(path)
            assert answer.status_code < 500, f"{path}: {answer.text[:300]}"
            yield path, answer.text
    index = Results(release).manifest["columns"]
    for item in index:
        path = f"/columns/{item['sha256'][:32]}/x.{item['dtype']}"
        assert browser.get(path).status_code == 200


def test_no_route_of_readers_tells_a_figure_of_a_home(browser: Browser, release: Path) -> None:
    told = dict(pages(browser, release))
    for path, text in told.items():
        assert not figures(text) & HIDDEN, path
    assert len(told) > 250
    items = [text for path, text in told.items() if path.endswith("/items?f=json&limit=1000")]
    block = f"{sum(secret('B1', n) for n in range(12)):.0f}"
    assert any("building:B1-0" in text and block in text for text in items), "layers are walked"


def test_a_building_is_answered_with_its_blocks_value_or_withheld_never_an_error(
    browser: Browser,
) -> None:
    def file(unit: str) -> Any:
        found = browser.json(f"/api/v1/units/{unit}", **YEAR)["indicators"]
        return next(item for item in found if item["code"] == CODE)

    block = file("block:B1")
    mine = file("building:B1-0")
    assert (mine["value"], mine["via"], mine["state"]) == (block["value"], "block", block["state"])
    assert "街区" in mine["note"]
    alone = file("building:B3-0")
    assert (alone["value"], alone["state"]) == (None, "withheld")
    assert "个人信息" in alone["reason"]["zh"]
    value = browser.json(f"/api/v1/values/{SYSTEM}/{CODE}/building:B1-0/2024")
    assert (value["value"], value["via"], value["candidates"]) == (block["value"], "block", [])
    dark = browser.json(f"/api/v1/values/{SYSTEM}/{CODE}/building:B3-0/2024")
    assert (dark["value"], dark["state"]) == (None, "withheld")
    overlay = browser.json(f"/api/v1/overlays/{CODE}", level="building", **YEAR)
    assert "街区" in overlay["privacy"]["zh"]
    assert overlay["states"]["withheld"] == 37


def test_problems_of_homes_are_counted_on_blocks_and_point_at_nobody(browser: Browser) -> None:
    page = browser.json("/api/v1/problems", year=2024, limit=1000)
    mine = [item for item in page["items"] if item["rule"] == "D03"]
    counts = {item["unit"]["id"]: item["value"] for item in mine}
    fires = {b: sum(secret(b, n) > 0 for n in range(homes)) for b, homes in HOMES.items()}
    fires["B4"] += secret("B4", 3) == 0  # the one that the inspectors' list adds
    assert counts == {
        "block:B1": fires["B1"], "district:D1": fires["B2"] + fires["B3"],
        "district:D2": fires["B4"] + fires["B5"],
    }  # fmt: skip
    text = browser.get("/api/v1/problems?year=2024&limit=1000").text
    assert "building:" not in text
    assert "漏气" not in text
    assert all(item["people"] is None for item in mine)
    why = browser.json(f"/api/v1/problems/{mine[0]['id']}/explain")["why"]["text"]
    assert "单栋结果不公开" in why["zh"]


def test_survey_means_of_few_answers_are_withheld_also_by_difference(browser: Browser) -> None:
    """C2 has 3 answers; C1 beside D1 would give C2 away."""
    found = browser.json("/api/v1/surveys", year=2024)["items"]
    told = {row["unit_id"]: (row["value"], row["state"]) for row in found}
    assert told["community:C1"] == told["community:C2"] == (None, "withheld")
    assert told["district:D1"] == (pytest.approx(100 * 25 / 28), "measured")


def test_restricted_files_need_the_secret_and_are_kept_by_nobody(
    browser: Browser, release: Path, city: CityFolder
) -> None:
    path = f"/private/{release.name}/values.parquet"
    for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {SECRET}"}):
        assert browser.get(path, **headers).status_code == 403
    right = {"authorization": f"Bearer {SECRET}"}
    answer = browser.get(path, **right)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    index = browser.get(f"/private/{release.name}/index.json", **right).json()
    column = next(c for c in index["columns"] if c["level"] == "building" and c["dtype"] == "f32")
    body = browser.get(f"/private/{release.name}/{column['uri']}", **right).content
    assert {float(np.float32(v)) for v in HIDDEN} <= set(np.frombuffer(body, "<f4").tolist())
    public = f"/columns/{column['sha256'][:32]}/x.f32"
    assert browser.get(public).status_code == 404
    for wrong in ("../manifest.json", "columns/../../manifest.json", "nothing.json"):
        assert browser.get(f"/private/{release.name}/{wrong}", **right).status_code == 404
    with browsing(create_app(city, Settings())) as shut:
        assert shut.get(path, authorization="Bearer ").status_code == 403


def test_what_if_runs_no_rule_on_protected_buildings(browser: Browser) -> None:
    answer = browser.post("/api/v1/whatif", {"year": 2024, "standards": {CODE: 5}, "projects": []})
    assert answer.status_code == 200, answer.text
    assert "building:" not in answer.text
    assert not figures(answer.text) & HIDDEN


def test_a_city_may_protect_more_open_some_and_cannot_misspell(tmp_path: Path) -> None:
    city = make_small_blocks(tmp_path / "open", '\n[privacy]\nopen = ["*"]\nk = 5\n')
    (tmp_path / "hazards.csv").write_text(hazards(), encoding="utf-8")
    load(city, [tmp_path / "hazards.csv"], source="住建",
         mapping=Mapping(source_kind="department", system=SYSTEM))  # fmt: skip
    release = city.results / build_results(city)
    assert set(shown(release)["value"]) >= HIDDEN
    assert not (release / "private").exists()
    wrong = make_small_blocks(tmp_path / "wrong", '\n[privacy]\nindicators = ["gas_hazrad"]\n')
    with pytest.raises(InputRefused) as refused:
        build_results(wrong)
    assert [issue.code for issue in refused.value.log] == ["PRIVACY_INDICATOR_UNKNOWN"]
    with pytest.raises(InputRefused):
        make_small_blocks(tmp_path / "few", "\n[privacy]\nk = 1\n")


def test_atoms_never_fall_below_k_whatever_is_asked_for() -> None:
    rng = np.random.default_rng(7)
    for _ in range(40):
        size, k = int(rng.integers(1, 60)), int(rng.integers(2, 8))
        atoms = Atoms(np.ones(size), k)
        told = []
        for _ in range(4):
            label = rng.integers(-1, 6, size)
            admitted = atoms.admit(label)
            told += [label == row for row in admitted]
        if told:
            columns = np.column_stack(told)
            kinds, sizes = np.unique(columns, axis=0, return_counts=True)
            assert sizes[kinds.any(axis=1)].min() >= k
