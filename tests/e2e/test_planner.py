"""The planner's stories on one page of a browser; every number shown is held against the API."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from openpyxl import Workbook, load_workbook
from PIL import Image
from playwright.sync_api import Browser, Download

from tests.support.page import TwinPage

pytestmark = pytest.mark.browser

YEAR = 2025
AT: dict[str, object] = {
    "level": "block", "year": YEAR, "indicator": "park_coverage", "system": "MOHURD-2022",
}  # fmt: skip


@pytest.fixture(scope="module")
def shared(chromium: Browser, site: str) -> Iterator[TwinPage]:
    page = TwinPage.open(chromium, site, width=1440, height=900)
    yield page
    page.close()
    assert page.errors == []
    assert page.foreign == []


@pytest.fixture
def twin(shared: TwinPage) -> TwinPage:
    shared.anew(**AT)
    return shared


def ask(twin: TwinPage, path: str, **query: object) -> Any:
    text = "&".join(f"{name}={quote(str(value), safe='')}" for name, value in query.items())
    return twin.get(f"{path}?{text}")


def number(shown: str | None) -> float:
    assert shown is not None
    return float(shown)


def flagged(twin: TwinPage, name: str) -> int:
    """How many units a mark of the planner holds."""
    counted = "name => document.querySelector('cim-twin').session.planner[name].reduce(PLUS, 0)"
    marked: int = twin.page.evaluate(counted.replace("PLUS", "(a, b) => a + b"), name)
    return marked


def saved(twin: TwinPage, selector: str) -> bytes:
    with twin.page.expect_download() as waiting:
        twin.page.locator(selector).first.click()
    file: Download = waiting.value
    return file.path().read_bytes()


def lines(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"))))


def test_story_7_a_block_opens_its_file_with_all_indicators_and_why_some_are_empty(
    twin: TwinPage,
) -> None:
    unit = twin.click_map("block")
    file = ask(twin, f"/api/v1/units/{unit}", year=YEAR, system="MOHURD-2022")
    rows = twin.page.locator("cim-values button.row")
    assert rows.count() == len(file["indicators"]) > 20
    for item in file["indicators"]:
        row = twin.page.locator(f'cim-values button.row[data-code="{item["code"]}"]').first
        shown = row.get_attribute("data-value")
        assert (shown is None) == (item["value"] is None)
        if item["value"] is not None:
            assert number(shown) == item["value"]
    empty = next(item for item in file["indicators"] if item["value"] is None)
    twin.page.locator(f'cim-values button.row[data-code="{empty["code"]}"]').first.click()
    assert empty["reason"]["zh"] in twin.page.locator("cim-values .more").inner_text()
    ranked = next(i for i in file["indicators"] if i["value"] is not None and i["rank"])
    twin.page.locator(f'cim-values button.row[data-code="{ranked["code"]}"]').first.click()
    peers = ask(
        twin, f"/api/v1/peers/{unit}", code=ranked["code"], system=ranked["system"], year=YEAR
    )
    if peers["of"] > 1:
        shown_place = twin.page.locator("cim-peers [data-place]").first
        assert shown_place.get_attribute("data-place") == str(peers["place"])
        assert shown_place.get_attribute("data-of") == str(peers["of"])
    areas = twin.page.locator("cim-about [data-area]")
    assert areas.count() == min(6, len([a for a in file["areas"] if a["id"] != unit]))


def test_story_7_the_table_of_the_file_is_sieved_and_carried_away(twin: TwinPage) -> None:
    unit = ask(twin, "/api/v1/units", level="district", limit=1)["items"][0]["id"]
    twin.set(selection=unit)
    file = ask(twin, f"/api/v1/units/{unit}", year=YEAR, system="MOHURD-2022")
    unmet = {
        i["code"] for i in file["indicators"] if i["meets"] is False and i["value"] is not None
    }
    twin.page.locator('cim-values select[data-sieve="verdict"]').select_option("unmet")
    shown = twin.page.locator("cim-values button.row").evaluate_all(
        "rows => rows.map(row => row.dataset.code)"
    )
    assert set(shown) == unmet
    assert unmet
    twin.page.locator('cim-values select[data-sieve="verdict"]').select_option("")
    table = lines(saved(twin, 'cim-export [data-export="csv"]'))
    assert [row["code"] for row in table] == [i["code"] for i in file["indicators"]]
    known = {i["code"]: i["value"] for i in file["indicators"]}
    assert {row["code"]: float(row["value"]) if row["value"] else None for row in table} == known
    book = load_workbook(io.BytesIO(saved(twin, 'cim-export [data-export="xlsx"]')))
    assert {row["code"]: row["value"] for row in sheet(book, "indicators")} == pytest.approx(known)
    trend = {(i["code"], p["year"]): p["value"] for i in file["indicators"] for p in i["trend"]}
    years = {(row["code"], row["year"]): row["value"] for row in sheet(book, "years")}
    assert {key: value for key, value in years.items() if value is not None} == pytest.approx(
        {key: value for key, value in trend.items() if value is not None}
    )
    assert [row["id"] for row in sheet(book, "projects")] == [p["id"] for p in file["projects"]]


def sheet(book: Workbook, name: str) -> list[dict[str, Any]]:
    """Rows of a sheet by the names in its first row; empty ones left out."""
    head, *rows = book[name].iter_rows(values_only=True)
    named = [dict(zip(map(str, head), row, strict=True)) for row in rows]
    return [row for row in named if any(value is not None for value in row.values())]


def test_the_address_of_a_value_tells_its_record(twin: TwinPage) -> None:
    unit = ask(twin, "/api/v1/units", level="district", limit=1)["items"][0]["id"]
    twin.set(selection=unit)
    file = ask(twin, f"/api/v1/units/{unit}", year=YEAR, system="MOHURD-2022")
    item = next(i for i in file["indicators"] if i["address"] and i["value"] is not None)
    record = ask(twin, f"/api/v1/values/{item['address']}")
    twin.page.locator(f'cim-values button.row[data-code="{item["code"]}"]').click()
    twin.page.locator("cim-values .ways .link").last.click()
    told = twin.page.locator("cim-address dialog")
    told.locator(".value").wait_for()
    assert record["address"] in told.locator("code").all_inner_texts()
    shown = float(told.locator(".value").inner_text().split()[0].replace(",", ""))
    assert shown == pytest.approx(record["value"], rel=0.01, abs=0.05)
    twin.page.keyboard.press("Escape")


def test_story_8_a_building_tells_its_defects_with_rule_evidence_and_state(twin: TwinPage) -> None:
    found = ask(twin, "/api/v1/problems", level="building", year=YEAR, limit=1)["items"][0]
    twin.set(selection=found["unit"]["id"], system="MOHURD-2023", indicator="structural_hazard",
             level="building")  # fmt: skip
    file = ask(twin, f"/api/v1/units/{found['unit']['id']}", year=YEAR, system="MOHURD-2023")
    cards = twin.page.locator("cim-file cim-problem")
    assert cards.count() == len(file["problems"]) > 0
    text = cards.first.evaluate("card => card.shadowRoot.textContent")
    assert file["problems"][0]["title"]["zh"] in text
    assert file["problems"][0]["department"]["zh"] in text
    flags = [i for i in file["indicators"] if i["system"] == "MOHURD-2023" and i["value"] == 1]
    assert flags
    for item in flags:
        row = twin.page.locator(f'cim-values button.row[data-code="{item["code"]}"]').first
        assert number(row.get_attribute("data-value")) == 1


def test_story_9_park_coverage_shows_its_blind_land_and_shares_of_the_table(twin: TwinPage) -> None:
    twin.set(lens="blind")
    blind = ask(twin, "/api/v1/spatial/park_coverage/blind", year=YEAR)
    shown = twin.page.locator("cim-lenses [data-area]").get_attribute("data-area")
    assert number(shown) == pytest.approx(blind["area_m2"])
    district = ask(twin, "/api/v1/units", level="district", limit=1)["items"][0]["id"]
    twin.set(selection=district)
    row = twin.page.locator('cim-values button.row[data-code="park_coverage"]').first
    told = ask(twin, f"/api/v1/units/{district}", year=YEAR)
    value = next(i["value"] for i in told["indicators"] if i["code"] == "park_coverage")
    assert number(row.get_attribute("data-value")) == pytest.approx(value, rel=1e-3)


def test_story_11_list_count_highlight_and_table_of_a_question_agree(twin: TwinPage) -> None:
    ages = ask(twin, "/api/v1/ranking/median_age", level="block", year=YEAR, limit=1000)["items"]
    known = sorted(item["value"] for item in ages if item["value"] is not None)
    limit = known[len(known) // 3]
    where = {"of": "all", "args": [
        {"of": "attribute", "name": "year_built", "op": "<", "value": 1990},
        {"of": "indicator", "code": "structural_hazard", "system": "MOHURD-2023", "op": ">=",
         "value": 1},
        {"of": "indicator", "code": "median_age", "system": "MOHURD-2022", "op": ">",
         "value": limit},
    ]}  # fmt: skip
    twin.set(desk="find", find=json.dumps({"level": "building", "where": where}))
    twin.page.wait_for_selector("cim-found b[data-total]")
    old = ask(twin, "/ogc/collections/building/items", filter="year_built < 1990", limit=10000)
    bad = ask(twin, "/ogc/collections/building.MOHURD-2023.2025/items",
              filter="structural_hazard >= 1", limit=10000)  # fmt: skip
    aged = {item["unit"]["id"] for item in ages if item["value"] and item["value"] > limit}
    in_aged = {f["id"] for f in old["features"] if f["properties"]["parent_block"] in aged}
    expected = in_aged & {f["id"] for f in bad["features"]}
    assert expected
    total = twin.page.locator("cim-found b[data-total]").get_attribute("data-total")
    assert int(number(total)) == len(expected)
    listed = twin.page.locator("cim-found button[data-unit]").evaluate_all(
        "rows => rows.map(row => row.dataset.unit)"
    )
    assert set(listed) == expected
    table = lines(saved(twin, 'cim-found a[href*="csv"]'))
    assert {row["id"] for row in table} == expected
    marked = twin.page.evaluate(
        """() => { const { highlight } = document.querySelector('cim-twin').session.planner;
        return [highlight.level, highlight.flags.reduce((a, b) => a + b, 0)]; }"""
    )
    assert marked == ["building", len(expected)]
    assert twin.page.locator("cim-labels .dot").count() == len(expected)


def test_finding_by_name_opens_a_unit_whose_tiles_need_not_be_loaded(twin: TwinPage) -> None:
    twin.set(desk="find")
    unit = ask(twin, "/api/v1/units", level="community", limit=3)["items"][2]
    twin.page.locator("cim-findbox input").fill(unit["label"]["zh"])
    twin.page.locator(f'cim-findbox li[data-key="{unit["id"]}"]').click()
    twin.settle()
    assert twin.state["selection"] == unit["id"]
    assert unit["label"]["zh"] in twin.page.locator("cim-file h2").inner_text()


def test_a_part_of_the_map_is_drawn_and_its_units_are_found(twin: TwinPage) -> None:
    twin.set(desk="find", find=json.dumps({"level": "block", "where": {"of": "all", "args": []}}))
    twin.page.get_by_role("button", name="画矩形").click()
    twin.page.mouse.move(560, 330)
    twin.page.mouse.down()
    twin.page.mouse.move(760, 470, steps=4)
    twin.page.mouse.up()
    twin.page.wait_for_selector("cim-found b[data-total]")
    twin.settle()
    (ring,) = json.loads(twin.state["find"])["where"]["args"]
    total = twin.page.locator("cim-found b[data-total]").get_attribute("data-total")
    west, east = min(p[0] for p in ring["ring"]), max(p[0] for p in ring["ring"])
    found = ask(twin, "/api/v1/find", level="block", year=YEAR, where=json.dumps(ring), limit=1000)
    assert int(number(total)) == found["total"] > 0
    assert all(west <= item["centroid"][0] <= east for item in found["items"])


def test_story_12_piles_of_problems_are_counted_and_listed_by_the_file(twin: TwinPage) -> None:
    twin.set(lens="piles")
    piles = ask(twin, "/api/v1/piles", year=YEAR, level="block", limit=60)
    signs = twin.page.locator("cim-labels .sign.pile")
    assert signs.count() == len(piles["items"]) > 0
    assert signs.first.inner_text().strip() == str(piles["items"][0]["kinds"])
    worst = piles["items"][0]
    twin.set(selection=worst["unit"]["id"])
    file = ask(twin, f"/api/v1/units/{worst['unit']['id']}", year=YEAR)
    inner = ask(twin, "/api/v1/problems", within=worst["unit"]["id"], year=YEAR, limit=30)
    rules = {problem["rule"] for problem in [*file["problems"], *inner["items"]]}
    assert rules == set(worst["rules"])
    assert len(rules) == worst["kinds"]
    listed = twin.page.locator("cim-about button[data-rule]").evaluate_all(
        "rows => rows.map(row => row.dataset.rule)"
    )
    assert listed == [problem["rule"] for problem in inner["items"]]
    assert twin.page.locator("cim-file cim-problem").count() == len(file["problems"])


def test_story_13_five_years_of_units_stand_side_by_side_with_their_gaps(twin: TwinPage) -> None:
    ids = [u["id"] for u in ask(twin, "/api/v1/units", level="district", limit=3)["items"]]
    twin.set(desk="compare", picked=",".join(ids))
    twin.page.wait_for_selector("cim-compare tr[data-code]")
    files = [ask(twin, f"/api/v1/units/{unit}", year=YEAR, system="MOHURD-2022") for unit in ids]
    code = "park_coverage"
    cells = twin.page.locator(f'cim-compare tr[data-code="{code}"] td[data-value]')
    items = [next(i for i in file["indicators"] if i["code"] == code) for file in files]
    shown = [number(cells.nth(i).get_attribute("data-value")) for i in range(cells.count())]
    assert shown == [item["value"] for item in items if item["value"] is not None]
    twin.page.locator(f'cim-compare tr[data-code="{code}"] button').first.click()
    points = sum(p["value"] is not None for item in items for p in item["trend"])
    assert twin.page.locator("cim-compare svg.years circle").count() == points
    assert twin.state["indicator"] == code


def test_shift_and_click_gather_units_of_the_map(twin: TwinPage) -> None:
    first = twin.click_map("block")
    spots = twin.page.evaluate(
        """first => { const out = []; for (let y = 250; y < 650; y += 24)
        for (let x = 420; x < 900; x += 24) { const f = window.__cimtwin.pickAt(x, y);
          if (f?.unit?.id && f.unit.level === 'block' && f.unit.id !== first)
            return [x, y, f.unit.id]; } return out; }""",
        first,
    )
    twin.page.keyboard.down("Shift")
    twin.page.mouse.click(spots[0], spots[1])
    twin.page.keyboard.up("Shift")
    twin.settle()
    assert twin.state["desk"] == "compare"
    assert twin.state["picked"].replace("%3A", ":").split(",") == [first, spots[2]]


def test_story_14_disagreeing_sources_are_hatched_and_both_values_kept(twin: TwinPage) -> None:
    conflicts = ask(twin, "/api/v1/conflicts", year=YEAR, limit=1000)["items"]
    drawn = [c for c in conflicts if c["unit"]["level"] in ("block", "district", "community")]
    one = drawn[0]
    twin.set(lens="sources", indicator=one["indicator"], system=one["system"],
             level=one["unit"]["level"])  # fmt: skip
    same = [c for c in conflicts if (c["indicator"], c["system"], c["unit"]["level"])
            == (one["indicator"], one["system"], one["unit"]["level"])]  # fmt: skip
    total = twin.page.locator("cim-lenses [data-total]").get_attribute("data-total")
    assert int(number(total)) == len(same)
    assert flagged(twin, "disagreeing") == len(same)
    twin.set(selection=one["unit"]["id"])
    twin.page.locator('cim-file button[data-tab="sources"]').click()
    value = ask(twin, f"/api/v1/values/{one['address']}")
    assert len(value["candidates"]) >= 2
    assert twin.page.locator("cim-file cim-conflict").count() >= 1
    twin.page.locator('cim-file button[data-tab="now"]').click()


def test_story_15_old_town_and_city_stand_beside_each_other(twin: TwinPage) -> None:
    twin.set(desk="compare")
    twin.page.wait_for_selector("cim-areas tr[data-code]")
    area = ask(twin, "/api/v1/areas", kind="old_town", year=YEAR, system="MOHURD-2022")["items"][0]
    rows = twin.page.locator("cim-areas tr[data-code]")
    assert rows.count() == len(area["indicators"])
    for item in area["indicators"]:
        cells = twin.page.locator(f'cim-areas tr[data-code="{item["code"]}"] td[data-value]')
        shown = [number(cells.nth(i).get_attribute("data-value")) for i in range(cells.count())]
        assert shown == [v for v in (item["value"], item["city"]) if v is not None]


def test_story_17_the_map_is_a_picture_with_its_title_legend_and_sources(twin: TwinPage) -> None:
    unit = ask(twin, "/api/v1/units", level="district", limit=1)["items"][0]["id"]
    twin.set(selection=unit)
    told = twin.page.locator("cim-export").evaluate("bar => bar.caption()")
    overlay = ask(twin, "/api/v1/overlays/park_coverage", level="block", year=YEAR)
    city = twin.get("/api/v1/city")
    assert [item["count"] for item in told["classes"]] == [
        item["count"] for item in overlay["legend"]["classes"]
    ]
    foot = " ".join(told["foot"])
    assert city["publication"]["id"] in foot
    assert overlay["period"] in foot
    body = saved(twin, 'cim-export [data-export="png"]')
    picture = Image.open(io.BytesIO(body)).convert("RGB")
    assert picture.width > 1440
    colors = {color for _, color in picture.getcolors(maxcolors=2**24) or []}
    for item in overlay["legend"]["classes"]:
        code = item["color"]
        assert tuple(int(code[i : i + 2], 16) for i in (1, 3, 5)) in colors
    drawn = picture.crop((400, 300, 1000, 700)).getcolors(maxcolors=2**24) or []
    assert max(count for count, _ in drawn) < 600 * 400 * 0.9


def test_the_legend_is_an_editor_and_the_server_classes_exact_values(twin: TwinPage) -> None:
    asked: list[str] = []
    watch = lambda request: asked.append(request.url)  # noqa: E731
    twin.page.on("request", watch)
    twin.set(classes="at-50,90", palette="viridis")
    twin.page.remove_listener("request", watch)
    assert len([url for url in asked if "/maps/" in url or "/columns/" in url]) == 1
    answer = ask(twin, "/api/v1/maps/park_coverage", level="block", year=YEAR, breaks="50,90")
    counts = twin.page.locator("cim-legend .class .count").all_inner_texts()
    assert [int(text) for text in counts] == [c["count"] for c in answer["legend"]["classes"]]
    below = ask(twin, "/ogc/collections/block.park_coverage.2025/items",
                filter="park_coverage < 50", limit=1)["numberMatched"]  # fmt: skip
    assert int(counts[0]) == below
    twin.set(classes=None, palette=None, show="year-2023")
    told = ask(twin, "/api/v1/maps/park_coverage", level="block", year=YEAR, show="difference",
               versus_year=2023)["versus"]  # fmt: skip
    said = twin.page.locator("cim-legend [data-versus]").inner_text()
    for count in (told["rose"], told["fell"], told["same"]):
        assert str(count) in said


def test_a_brush_over_the_scatter_sets_its_units_off_on_the_map(twin: TwinPage) -> None:
    twin.set(desk="scatter")
    twin.page.wait_for_selector("cim-scatter [data-n]")
    n = int(number(twin.page.locator("cim-scatter [data-n]").get_attribute("data-n")))
    box = twin.page.locator("cim-scatter canvas").bounding_box()
    assert box is not None
    twin.page.mouse.move(box["x"] + 2, box["y"] + 2)
    twin.page.mouse.down()
    twin.page.mouse.move(box["x"] + box["width"] - 2, box["y"] + box["height"] - 2, steps=3)
    twin.page.mouse.up()
    assert flagged(twin, "brushed") == n > 10
