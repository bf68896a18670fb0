"""A real city by the command line: official tables of New York, streets of Manhattan; every verdict
is worked out again from the files of the publishers by other code."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import geopandas as gpd
import pytest

from cim_bridge.folder import CityFolder
from tests.support import ehdp
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.settings import Settings
from twin_server.verbs.demo import call_verb

UTM = "EPSG:32618"
CUTOFF = dt.date(2023, 12, 31)
RULES = {  # code: indicator, better, limit
    "N01": ("pm25", "lower", 7.5),
    "N02": ("vegetative_cover", "higher", 20.0),
    "N03": ("household_crowding", "lower", 9.0),
    "N04": ("pedestrian_injury_hosp", "lower", 20.0),
}
RULE = """
code = "{code}"
version = "1"
name = {{ zh = "{name}", en = "{name}" }}
levels = ["district"]
indicator = "{name}"
when = "{name} {sign} {limit}"
value = "{name}"
limit = "{limit}"
need = "{need}"
better = "{better}"
unit = ""
near = 0.1
clause = {{ zh = "界限 {limit}", en = "line at {limit}" }}
provenance = "a line of this test"
why = {{ zh = "{{place}}为 {{value}}，限 {{limit}}", en = "{{place}}: {{value}}, line {{limit}}" }}
fix = {{ zh = "改善 {{need}}", en = "improve by {{need}}" }}
"""


def cimtwin(*words: object) -> None:
    """A verb as it is typed, in this process."""
    call_verb([str(word) for word in words])


@pytest.fixture(scope="module")
def city(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Community districts, blocks and streets; values loaded, computed, diagnosed, published."""
    home = tmp_path_factory.mktemp("manhattan")
    made, nyc = home / "city", shared / "data/nyc"
    cimtwin("init", made, "--name", "纽约", "--name-en", "New York", "--crs", UTM)
    districts = nyc / "ehdp_geography/nycd_24c/nycd.shp"
    cimtwin("bridge", districts, "--city", made, "--level", "district", "--key", "BoroCD")
    for name, words in (("blocks", ("--level", "block", "--key", "block_id")),
                        ("roads", ("--layer", "roads"))):  # fmt: skip
        source = nyc / f"derived/manhattan_cd101-103_{name}.geojson"
        cimtwin("bridge", source, "--city", made, *words)
    ehdp.write_system_csv(shared, made / "systems/NYC-EHDP.csv")
    for code, (name, better, limit) in RULES.items():
        sign, need = (">", f"{name} - {limit}") if better == "lower" else ("<", f"{limit} - {name}")
        text = RULE.format(code=code, name=name, sign=sign, limit=limit, need=need, better=better)
        (made / f"rules/{code}.toml").write_text(text, encoding="utf-8")
    table = ehdp.write_values_csv(shared, home / "ehdp.csv", ("CD",))
    lookup = ehdp.write_lookup_csv(shared, home / "ids.csv")
    mapping = ehdp.write_map_toml(home / "ehdp.map.toml", lookup, unknown_units="warn")
    cimtwin("load", table, "--city", made, "--source", "NYC Health", "--map", mapping)
    cimtwin("compute", "--city", made, "--year", "2024", "--indicator", "road_density")
    cimtwin("diagnose", "--city", made, "--year", "2024")
    cimtwin("publish", "--city", made)
    return made


@pytest.fixture(scope="module")
def browser(city: Path) -> Iterator[Browser]:
    with browsing(create_app(CityFolder.open(city), Settings(refresh_seconds=0))) as found:
        yield found


def published(shared: Path, name: str) -> dict[str, float | None]:
    """The portal's number of every community district that stands at the cut-off; None withheld.

    The latest period; of those that end on one day the longest.
    """
    folder = shared / "data/nyc/ehdp_indicators"
    item = next(one for one in ehdp.MEASURES if one.code == name)
    columns = json.loads((folder / f"data/{item.indicator}.json").read_text("utf-8"))
    periods = {
        one["TimePeriodID"]: (_day(one["end_period"]), -one["start_period"])
        for one in json.loads((folder / "metadata/TimePeriods.json").read_text("utf-8"))
    }
    best: dict[str, tuple[Any, float | None]] = {}
    for number in range(len(columns["GeoID"])):
        row = {key: values[number] for key, values in columns.items()}
        when = periods[row["TimePeriodID"]]
        if row["MeasureID"] != item.measure or row["GeoType"] != "CD" or when[0] > CUTOFF:
            continue
        told = None if str(row["Note"]).startswith("**") else float(row["Value"])
        unit = f"district:{row['GeoID']}"
        if unit not in best or when > best[unit][0]:
            best[unit] = (when, told)
    return {unit: value for unit, (_, value) in best.items()}


def _day(milliseconds: int) -> dt.date:
    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).date()


def problems(browser: Browser, rule: str) -> dict[str, dict[str, Any]]:
    items = browser.json("/api/v1/problems", rule=rule, year=2024, limit=1000)["items"]
    return {item["unit"]["id"]: item for item in items}


@pytest.mark.parametrize("rule", list(RULES))
def test_official_numbers_fire_where_the_publishers_files_say_so(
    browser: Browser, shared: Path, rule: str
) -> None:
    name, better, limit = RULES[rule]
    values = published(shared, name)
    assert len(values) == 59
    breaks = {
        unit: value
        for unit, value in values.items()
        if value is not None and (value > limit if better == "lower" else value < limit)
    }
    found = problems(browser, rule)
    assert 0 < len(breaks) < 59
    assert set(found) == set(breaks)
    for unit, value in breaks.items():
        told = browser.json(f"/api/v1/problems/{quote(found[unit]['id'], safe='')}/explain")
        assert told["fires"] is True
        assert told["why"]["value"] == pytest.approx(value, rel=1e-9)
        assert told["why"]["threshold"] == limit
        assert told["why"]["margin"] == pytest.approx(abs(value - limit), rel=1e-9)
        assert told["why"]["inputs"][0]["value"] == pytest.approx(value, rel=1e-9)


def test_thin_streets_of_manhattan_are_found_where_geopandas_measures_them(
    browser: Browser, shared: Path
) -> None:
    derived = shared / "data/nyc/derived"
    blocks, roads = (
        gpd.read_file(derived / f"manhattan_cd101-103_{name}.geojson").to_crs(UTM)
        for name in ("blocks", "roads")
    )
    within, along = (
        gpd.overlay(roads[["geometry"]], shapes, how="intersection", keep_geom_type=False)
        for shapes in (
            blocks[["block_id", "geometry"]],
            blocks.assign(geometry=blocks.boundary)[["block_id", "geometry"]],
        )
    )
    by = blocks.set_index("block_id")
    length = within.length.groupby(within["block_id"]).sum().reindex(by.index, fill_value=0.0)
    edge = along.length.groupby(along["block_id"]).sum().reindex(by.index, fill_value=0.0)
    density = (length - edge / 2) / by.area * 1000
    mapped = gpd.GeoSeries(roads.envelope, crs=UTM).union_all().convex_hull
    seen = by.intersection(mapped).area >= by.area / 2  # beyond the streets nothing is known
    sure = ((density - 8.0).abs() > 1e-6) & seen
    assert 0 < (~seen).sum() < 20
    wanted = {f"block:{name}" for name in density[(density < 8.0) & sure].index}
    found = {unit: item for unit, item in problems(browser, "D09").items() if "block:" in unit}
    assert len(wanted) > 3
    assert {unit for unit in found if sure[unit.removeprefix("block:")]} == wanted
    for unit, item in list(found.items())[:40]:
        told = browser.json(f"/api/v1/problems/{quote(item['id'], safe='')}/explain")
        value = density[unit.removeprefix("block:")]
        assert told["why"]["value"] == pytest.approx(value, rel=1e-6, abs=1e-6)
        assert told["why"]["margin"] == pytest.approx(8.0 - value, rel=1e-6, abs=1e-6)
