"""The same path on real cities nobody here made, run to a clicked block in the browser."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import docx
import numpy as np
import pytest
from playwright.sync_api import Browser

from cim_bridge.folder import CityFolder
from scenes.offline import write_offline
from scenes.pose import Surveyor
from scenes.report import make_report
from scenes.report.document import write_document
from scenes.report.words import named, say
from scenes.scene import Published, Scene
from scenes.tour import make_tour
from tests.support import ehdp
from tests.support.cimtwin import cimtwin
from tests.support.onefile import go_to, opened, told_of_a_click
from tests.support.page import TwinPage
from tests.support.published import published_city
from tests.support.seen import hidden, placed
from tests.support.server import serving
from twin_server.reporting import report_facts
from viewer import engine_dir

pytestmark = [pytest.mark.browser, pytest.mark.shared]

DISTRICTS = ("101", "102", "103")


def read_back_ids(address: str, page: TwinPage) -> set[str]:
    """Every building id the API lists."""
    found: set[str] = set()
    path: str | None = "/api/v1/units?level=building&limit=1000"
    while path:
        answer = page.get(path)
        found |= {item["id"].removeprefix("building:") for item in answer["items"]}
        path = answer["next"]
    return found


@pytest.fixture(scope="module")
def manhattan(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Community districts 101 to 103: buildings, blocks, neighbourhoods, official indicators."""
    home = tmp_path_factory.mktemp("manhattan")
    city = home / "city"
    nyc = shared / "data" / "nyc"
    derived = nyc / "derived"
    odbl = ("--attribution", "© OpenStreetMap contributors", "--licence", "ODbL-1.0")
    cimtwin(
        "init", city, "--name", "曼哈顿下城", "--name-en", "Lower Manhattan", "--crs", "EPSG:32618"
    )
    districts = nyc / "ehdp_geography" / "nycd_24c" / "nycd.shp"
    cimtwin("bridge", districts, "--city", city, "--level", "district", "--key", "BoroCD")
    areas = nyc / "ehdp_geography" / "nynta2020_24c" / "nynta2020.shp"
    cimtwin("bridge", areas, "--city", city, "--level", "community", "--key", "NTA2020")
    for name, words in (
        ("blocks", ("--level", "block", "--key", "block_id")),
        ("roads", ("--layer", "roads")),
        ("buildings", ("--level", "building")),
    ):
        source = derived / f"manhattan_cd101-103_{name}.geojson"
        cimtwin("bridge", source, "--city", city, *words, *odbl)
    ehdp.write_system_csv(shared, city / "systems" / "NYC-EHDP.csv")
    table = ehdp.write_values_csv(shared, home / "ehdp.csv", ("CD", "NTA2020"))
    lookup = ehdp.write_lookup_csv(shared, home / "ids.csv")
    mapping = ehdp.write_map_toml(home / "ehdp.map.toml", lookup, unknown_units="warn")
    cimtwin("load", table, "--city", city, "--source", "NYC Health, EHDP", "--map", mapping)
    cimtwin("compute", "--city", city, "--year", "2024")
    cimtwin("diagnose", "--city", city, "--year", "2024")
    cimtwin("publish", "--city", city)
    assert cimtwin("check", city)["errors"] == 0
    return city


@pytest.fixture(scope="module")
def page(
    manhattan: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwinPage]:
    with serving(manhattan, tmp_path_factory.mktemp("log") / "manhattan.log") as address:
        made = TwinPage.open(
            chromium, address, system="NYC-EHDP", indicator="pm25", level="district", year="2024"
        )
        yield made
        made.close()
        assert made.errors == []
        assert made.foreign == []


def test_every_building_of_manhattan_is_there(page: TwinPage) -> None:
    levels = {item["level"]: item["count"] for item in page.get("/api/v1/city")["levels"]}
    assert levels["building"] == 11_589
    assert levels["block"] == 881
    assert len(read_back_ids(page.address, page)) == 11_589


@pytest.mark.parametrize(
    ("indicator", "year", "wanted"),
    [
        ("pm25", 2024, [7.2131, 8.4212, 7.1749]),
        ("vegetative_cover", 2024, [21.9, 15.3, 25.9]),
        ("household_crowding", 2011, [4.0224, 4.0224, 8.4734]),
    ],
)
def test_official_values_come_out_as_published(
    page: TwinPage, indicator: str, year: int, wanted: list[float]
) -> None:
    for district, value in zip(DISTRICTS, wanted, strict=True):
        file = page.get(f"/api/v1/units/district:{district}?year={year}&system=NYC-EHDP")
        shown = next(item for item in file["indicators"] if item["code"] == indicator)
        assert shown["value"] == pytest.approx(value, abs=5e-5)
        assert shown["source"] == "NYC Health, EHDP"


def test_suppressed_values_are_withheld_and_never_zero(page: TwinPage) -> None:
    found = {}
    for district in DISTRICTS:
        file = page.get(f"/api/v1/units/district:{district}?year=2024&system=NYC-EHDP")
        shown = next(i for i in file["indicators"] if i["code"] == "pedestrian_injury_hosp")
        found[district] = (shown["state"], shown["value"])
    assert found == {
        "101": ("withheld", None),
        "102": ("withheld", None),
        "103": ("measured", 17.0),
    }


def test_a_block_of_manhattan_is_clicked_and_read(page: TwinPage) -> None:
    page.set(system="CIMTWIN-MORPHOLOGY", indicator="building_coverage", level="block")
    page.set(selection="district:102")
    page.page.keyboard.press("Escape")
    unit = page.click_map("block")
    file = page.get(f"/api/v1/units/{unit}?system=CIMTWIN-MORPHOLOGY")
    heading = page.page.locator("cim-file h2").inner_text()
    assert heading in {file["label"]["zh"], file["source_id"]}
    coverage = next(i for i in file["indicators"] if i["code"] == "building_coverage")
    assert coverage["state"] == "computed"
    assert 0 <= coverage["value"] <= 100
    ranking = page.get(
        "/api/v1/ranking/building_coverage?system=CIMTWIN-MORPHOLOGY&level=block&limit=1000"
    )
    ranked = {item["unit"]["id"]: item["value"] for item in ranking["items"]}
    assert ranked[unit] == coverage["value"]
    built = sum(value > 0 for value in ranked.values() if value is not None)
    assert built == 796  # blocks that a building's outline meets, counted by geopandas.sjoin alone


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_district_report_of_it_says_what_the_api_says(
    manhattan: Path, page: TwinPage, tmp_path: Path, language: Literal["zh", "en"]
) -> None:
    """Official values, a withheld one, and nothing made up where there is no survey or project."""
    facts = report_facts(CityFolder.open(manhattan), "district:101")
    out = write_document(make_report(facts, 0), {}, tmp_path / "report.docx", language)
    document = docx.Document(str(out))
    rows = [[cell.text for cell in row.cells] for table in document.tables for row in table.rows]
    told = {row[0]: row for row in rows if len(row) == 8}
    systems = ("MOHURD-2022", "NYC-EHDP", "CIMTWIN-MORPHOLOGY")
    known = withheld = 0
    for system in systems:
        file = page.get(f"/api/v1/units/district:101?year=2024&system={system}")
        for item in file["indicators"]:
            row = told[item["name"][language]]
            if item["value"] is not None:
                known += 1
                assert float(row[2].replace(",", "")) == pytest.approx(item["value"], abs=0.00501)
            else:
                assert not any(letter.isdigit() for letter in row[2])
                withheld += row[2] == named("withheld")[language]
    assert known >= 7
    assert withheld >= 1
    title = {"zh": "曼哈顿下城101 2024年城市体检", "en": "Lower Manhattan, 101: figures"}[language]
    assert document.paragraphs[0].text.startswith(title)
    lines = [paragraph.text for paragraph in document.paragraphs]
    assert lines.count(say("nothing")[language]) >= 3, "survey, plan, projects"
    assert say("last_none")[language] in lines, "2022 has values, but nobody checked it"
    assert ["NYC Health, EHDP", named("statistics")[language], "ehdp.csv"] in rows
    assert page.get("/api/v1/problems?year=2022")["total"] == 0


@pytest.fixture(scope="module")
def hague(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A part of The Hague: LoD2 buildings with parts, and a TIN."""
    city = tmp_path_factory.mktemp("hague") / "city"
    source = shared / "data" / "cityjson" / "denhaag_01_v1.city.json"
    cimtwin("init", city, "--name", "海牙", "--name-en", "The Hague", "--crs", "EPSG:28992")
    cimtwin(
        "bridge",
        source,
        "--city",
        city,
        "--attribution",
        "Gemeente Den Haag",
        "--licence",
        "CC-BY-4.0",
    )
    cimtwin("compute", "--city", city, "--year", "2025")
    cimtwin("diagnose", "--city", city, "--year", "2025")
    cimtwin("publish", "--city", city)
    assert cimtwin("check", city)["errors"] == 0
    return city


def test_a_building_of_the_hague_is_clicked_and_read(
    hague: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with serving(hague, tmp_path_factory.mktemp("log") / "hague.log") as address:
        page = TwinPage.open(chromium, address)
        try:
            assert len(read_back_ids(address, page)) == 844
            page.set(level="building", selection=None)
            unit = page.click_map("building")
            file = page.get(f"/api/v1/units/{unit}")
            assert page.page.locator("cim-file h2").inner_text() in {
                file["label"]["zh"],
                file["source_id"],
            }
            assert page.errors == []
            assert page.foreign == []
        finally:
            page.close()


def test_a_tour_of_it_shows_what_it_speaks_of(manhattan: Path, page: TwinPage) -> None:
    published = published_city(CityFolder.open(manhattan))
    tour, log = make_tour(published)
    assert 3 <= len(tour.stops) <= 7
    assert len(log.errors) == 0
    surveyor = Surveyor(published.model)
    for stop in tour.stops:
        target = surveyor.target(stop.selection)
        assert target is not None
        assert hidden(published.model, stop, target.points) <= 0.1 + 1e-9, stop.selection
        assert np.abs(placed(published.model, stop, target.points)).max() < 1 / 3
    for stop in tour.stops:
        assert stop.camera is not None
        page.set(
            system=stop.system, indicator=stop.indicator, level=stop.level, year=stop.year,
            selection=None, camera=asdict(stop.camera),
        )  # fmt: skip
        found = {
            (page.page.evaluate("at => window.__cimtwin.pickAt(...at)", spot) or {})
            .get("unit", {}).get("id")
            for spot in roofs_in_the_middle(published, stop, page)
        }  # fmt: skip
        assert stop.selection in found, f"{stop.selection} is in the middle third"


def roofs_in_the_middle(published: Published, stop: Scene, page: TwinPage) -> list[list[int]]:
    """Pixels of the middle third at which geodesy puts the roofs that a stop points at."""
    target = Surveyor(published.model).target(stop.selection)
    size = page.page.viewport_size
    assert target is not None
    assert size is not None
    aspect = size["width"] / size["height"]
    inward = target.middle + 0.9 * (target.points - target.middle) - np.array([0.0, 0.0, 0.6])
    at = placed(published.model, stop, np.vstack([inward, target.middle]), aspect)
    assert np.abs(at).max() < 1 / 3
    spots = np.rint((at * (1, -1) + 1) / 2 * (size["width"], size["height"])).astype(int)
    found: list[list[int]] = spots[::-1][:12].tolist()
    return found


def test_its_file_opens_from_a_disk_with_the_network_cut(
    manhattan: Path, chromium: Browser, tmp_path: Path
) -> None:
    published = published_city(CityFolder.open(manhattan))
    tour, _ = make_tour(published, unit="district:101")
    out = tmp_path / "manhattan.html"
    manifest, _ = write_offline(tour, published, out, engine_dir(), unit="district:101")
    assert manifest["bytes"] < 40_000_000
    with opened(chromium, out) as page:
        level = next(stop.level for stop in tour.stops if stop.indicator)
        go_to(page, level)
        unit, told = told_of_a_click(page)
        state = page.evaluate("() => ({ at: __offline.state.overlay, y: __offline.state.year })")
        item = page.evaluate("n => __offline.data.overlays[n]", state["at"])
        row = page.evaluate("level => __offline.data.names[level].rows", level)[unit["at"]]
        key = (item["system"], item["indicator"], level, int(state["y"]))
        overlay = published.results.overlay(*key)
        value = float(overlay.cells.value[overlay.cells.row.tolist().index(row)])
        assert f"{value:,.3f}".rstrip("0").rstrip(".") in told
        for year in page.locator("#years button").all():
            year.click()
            assert page.evaluate("() => __offline.state.year") == year.inner_text()
