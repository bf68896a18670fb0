"""What a person does with the demo city, in a real browser, held against the API."""

from __future__ import annotations

import re
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.support.page import TwinPage

pytestmark = pytest.mark.browser

BLOCK_INDICATOR = "road_density"
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")


PARTS = {
    None: ("verdict section", "parts section", "strip nav", "cards section", "progress section"),
    "indicators": ("indicators section", "overview section", "progress section"),
}


def number(text: str) -> float:
    found = NUMBER.search(text)
    assert found, text
    return float(found.group().replace(",", ""))


def unit_file(twin: TwinPage, unit: str, **query: object) -> dict:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return twin.get(f"/api/v1/units/{quote(unit)}?{asked}")


def test_the_city_opens_with_its_name_and_says_it_is_synthetic(twin: TwinPage) -> None:
    city = twin.get("/api/v1/city")
    assert twin.page.locator("h1").inner_text() == city["name"]["zh"]
    assert twin.page.get_by_text("演示数据").first.is_visible()
    assert twin.page.evaluate("() => window.__cimtwin.backend") == "texture"


def test_choosing_an_indicator_colours_the_city_and_fills_the_legend(twin: TwinPage) -> None:
    name = twin.get(f"/api/v1/indicators/{BLOCK_INDICATOR}?system=MOHURD-2022")["name"]["zh"]
    twin.set(system="MOHURD-2022", indicator="park_coverage")
    twin.page.get_by_role("option").filter(has_text=name).click()
    twin.settle()
    twin.set(level="block")
    assert twin.state["indicator"] == BLOCK_INDICATOR
    overlay = twin.get(
        f"/api/v1/overlays/{BLOCK_INDICATOR}?system=MOHURD-2022&year=2025&level=block"
    )
    legend = twin.page.locator("cim-legend section").first.inner_text()
    for cls in overlay["legend"]["classes"]:
        assert f"{cls['count']:,}" in legend
    assert overlay["period"] in legend
    assert name in twin.page.locator("cim-maptitle h2, cim-maptitle h1").first.inner_text()


def test_a_clicked_block_shows_the_numbers_the_api_gives(twin: TwinPage) -> None:
    twin.set(system="MOHURD-2022", indicator=BLOCK_INDICATOR, level="block", year=2025)
    unit = twin.click_map("block")
    file = unit_file(twin, unit, year=2025, system="MOHURD-2022")
    panel = twin.page.locator("cim-file")
    assert panel.locator("h2").inner_text() == file["label"]["zh"]
    shown = panel.locator("cim-problem").count()
    assert shown == len(file["problems"])
    wanted = next(i for i in file["indicators"] if i["code"] == BLOCK_INDICATOR)
    row = panel.locator("button.row").filter(has_text=wanted["name"]["zh"]).first
    if wanted["value"] is None:
        assert row.locator(".value.none").is_visible()
    else:
        assert number(row.locator(".value").inner_text()) == pytest.approx(
            wanted["value"], rel=0.01, abs=0.05
        )


def test_a_problem_says_why_who_and_by_when(twin: TwinPage) -> None:
    answer = twin.get("/api/v1/problems?year=2025&limit=500")
    with_project = next(
        p for p in answer["items"] if p["projects"] and p["unit"]["level"] != "city"
    )
    twin.set(selection=with_project["unit"]["id"], year=2025)
    panel = twin.page.locator("cim-file")
    panel.locator("cim-problem").first.wait_for()
    cards = " ".join(
        panel.locator("cim-problem article, cim-problem section, cim-problem div").all_inner_texts()
    )
    assert with_project["title"]["zh"] in cards
    assert with_project["department"]["zh"] in cards
    text = " ".join(panel.locator("cim-project .line").all_inner_texts())
    file = unit_file(twin, with_project["unit"]["id"], year=2025)
    deadlines = [p["deadline"] for p in file["projects"] if p["deadline"]]
    assert deadlines
    years = {deadline[:4] for deadline in deadlines}
    assert any(year in text for year in years)


def test_switching_the_year_changes_colours_and_numbers_together(twin: TwinPage) -> None:
    system = "MOHURD-2022"
    listed = twin.get(f"/api/v1/indicators?system={system}")["items"]
    code = next(i["code"] for i in listed if len(i["columns"].get("block", [])) >= 3)
    years = next(i["columns"]["block"] for i in listed if i["code"] == code)
    twin.set(system=system, indicator=code, level="block", year=years[-1])
    unit = twin.click_map("block")
    for year in (years[-2], years[0]):
        twin.page.get_by_role("button", name=str(year), exact=True).click()
        twin.settle()
        assert twin.state["year"] == year
        overlay = twin.get(f"/api/v1/overlays/{code}?system={system}&year={year}&level=block")
        legend = twin.page.locator("cim-legend section").first.inner_text()
        assert overlay["period"] in legend
        for cls in overlay["legend"]["classes"]:
            assert f"{cls['count']:,}" in legend
        file = unit_file(twin, unit, year=year, system=system)
        wanted = next(i for i in file["indicators"] if i["code"] == code)
        row = twin.page.locator("cim-file button.row").filter(has_text=wanted["name"]["zh"]).first
        if wanted["value"] is not None:
            assert number(row.locator(".value").inner_text()) == pytest.approx(
                wanted["value"], rel=0.01, abs=0.05
            )


def test_the_tooltip_tells_the_same_value_as_the_api(twin: TwinPage) -> None:
    twin.set(system="MOHURD-2022", indicator=BLOCK_INDICATOR, level="block", year=2025)
    spot = twin.find("block")
    twin.page.mouse.move(spot["x"] - 3, spot["y"] - 3)
    twin.page.mouse.move(spot["x"], spot["y"])
    tip = twin.page.locator("cim-tip .tip")
    tip.wait_for()
    file = unit_file(twin, spot["unit"], year=2025, system="MOHURD-2022")
    wanted = next(i for i in file["indicators"] if i["code"] == BLOCK_INDICATOR)
    assert file["label"]["zh"] in tip.inner_text()
    if wanted["value"] is not None:
        assert number(tip.locator(".value b").inner_text()) == pytest.approx(
            wanted["value"], rel=0.01, abs=0.05
        )


def test_a_ranked_place_opens_its_file(twin: TwinPage) -> None:
    twin.set(system="MOHURD-2022", indicator=BLOCK_INDICATOR, level="block", year=2025)
    ranking = twin.get(
        f"/api/v1/ranking/{BLOCK_INDICATOR}?system=MOHURD-2022&year=2025&level=block"
    )
    first = ranking["items"][0]["unit"]
    twin.page.locator("cim-ranking button.row").first.click()
    twin.settle()
    assert twin.state["selection"] == first["id"]
    assert twin.page.locator("cim-file h2").inner_text() == first["label"]["zh"]


@pytest.mark.parametrize("desk", [None, "indicators"])
def test_english_is_complete_on_the_first_screen(twin: TwinPage, desk: str | None) -> None:
    twin.set(language="en", desk=desk)
    assert twin.page.locator("h1").inner_text() == twin.get("/api/v1/city")["name"]["en"]
    parts = ("topbar header", "legend section", *PARTS[desk])
    text = twin.page.locator(", ".join(f"cim-{part}" for part in parts)).all_inner_texts()
    assert len(text) >= len(parts)
    chinese = [
        line for block in text for line in block.splitlines() if re.search(r"[\u4e00-\u9fff]", line)
    ]
    assert [line for line in chinese if line.strip() not in {"中文", "中"}] == []


def test_a_link_brings_the_same_view_back(twin: TwinPage, chromium: Browser, site: str) -> None:
    twin.set(system="MOHURD-2022", indicator=BLOCK_INDICATOR, level="block", year=2024)
    twin.click_map("block")
    before = twin.state
    view = {key: str(before[key]) for key in ("system", "indicator", "level", "year")}
    again = TwinPage.open(chromium, site, unit=before["selection"], **view)
    try:
        after = again.state
        assert {k: after[k] for k in ("system", "indicator", "level", "year", "selection")} == {
            k: before[k] for k in ("system", "indicator", "level", "year", "selection")
        }
        assert before["selection"].split(":")[0] in twin.page.url
    finally:
        again.close()


def test_escape_closes_the_file(twin: TwinPage) -> None:
    twin.set(level="district", selection=None)
    district = twin.get("/api/v1/units?level=district&limit=1")["items"][0]["id"]
    twin.set(selection=district)
    twin.page.locator("cim-file h2").wait_for()
    twin.page.keyboard.press("Escape")
    twin.page.wait_for_function("() => window.__cimtwin.state.selection === null")


def test_a_year_without_data_at_the_level_is_said_and_never_asked_for(twin: TwinPage) -> None:
    system = "MOHURD-2022"
    listed = twin.get(f"/api/v1/indicators?system={system}")["items"]
    patchy = next(
        item
        for item in listed
        if "block" in item["columns"]
        and set(item["columns"].get("district", [])) - set(item["columns"]["block"])
    )
    code, columns = patchy["code"], patchy["columns"]
    year = next(year for year in columns["district"] if year not in columns["block"])
    missed: list[str] = []
    twin.page.on("response", lambda answer: missed.append(answer.url) if not answer.ok else None)
    twin.set(system=system, indicator=code, level="block", year=columns["block"][-1])
    twin.page.get_by_role("button", name=str(year), exact=True).click()
    twin.settle()
    note = twin.page.locator("cim-legend cim-gap")
    assert str(year) in note.locator("p").first.inner_text()
    assert twin.state["level"] == "block"  # the wish is kept
    unit = twin.click_map("block")
    assert unit.startswith("block:")
    note.get_by_role("button", name="区", exact=True).click()
    twin.settle()
    overlay = twin.get(f"/api/v1/overlays/{code}?system={system}&year={year}&level=district")
    assert overlay["period"] in twin.page.locator("cim-legend section").first.inner_text()
    twin.set(level="block")
    note.get_by_role("button", name=str(columns["block"][-1]), exact=True).click()
    twin.settle()
    assert twin.state["year"] == columns["block"][-1]
    assert note.locator("p").count() == 0
    assert missed == []


def test_every_indicator_in_every_year_asks_only_for_what_there_is(twin: TwinPage) -> None:
    city = twin.get("/api/v1/city")
    missed: list[str] = []
    twin.page.on("response", lambda answer: missed.append(answer.url) if not answer.ok else None)
    system = "MOHURD-2022"
    listed = twin.get(f"/api/v1/indicators?system={system}")["items"]
    shapes = {str(item["columns"]): item for item in listed}  # one indicator a pattern of gaps
    for item in shapes.values():
        for year in (city["years"][0]["year"], city["years"][-1]["year"]):
            for level in ("building", "district"):
                twin.set(system=system, indicator=item["code"], level=level, year=year)
    assert missed == []
