"""A results release: right, complete, reproducible, quick to read."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cim_bridge.check.city import check_city
from cim_bridge.errors import NotFound
from cim_bridge.folder import CityFolder
from cim_bridge.release import ModelRelease, open_model
from cim_bridge.staging import verify
from indicator_overlays.adopt import adopt
from indicator_overlays.assess import Assessment, assess
from indicator_overlays.columns import read_column
from indicator_overlays.compute import compute
from indicator_overlays.diagnose import diagnose
from indicator_overlays.evidence import Catalogue
from indicator_overlays.facts import LevelFacts
from indicator_overlays.load import load
from indicator_overlays.ondemand import OnDemand
from indicator_overlays.results import Results, build_results
from indicator_overlays.rule import Rule
from indicator_overlays.system import load_systems
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.yearly import by_year, years_of
from tests.support.gridcity import make_grid_city

S = "MOHURD-2022"


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    return make_grid_city(tmp_path / "city")


def give(city: CityFolder, text: str, source: str = "bureau") -> None:
    file = city.path / f"{source}.csv"
    file.write_text("unit_id,level,indicator,period,value,state\n" + text, encoding="utf-8")
    load(city, [file], source=source)


def built(city: CityFolder) -> Results:
    return Results(city.results / build_results(city))


def test_the_same_inputs_give_the_same_release_byte_for_byte(
    city: CityFolder, tmp_path: Path
) -> None:
    compute(city, 2024)
    first = build_results(city)
    verify(city.results / first)
    assert build_results(city) == first
    twin = make_grid_city(tmp_path / "twin")
    compute(twin, 2024)
    assert build_results(twin) == first


def test_a_process_that_diagnoses_and_publishes_adopts_values_once(
    city: CityFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []

    def counted(*given: Any) -> pa.Table:
        calls.append(1)
        return adopt(*given)

    monkeypatch.setattr("indicator_overlays.assembly.adopt", counted)
    compute(city, 2024)
    first = build_results(city)
    diagnose(city, 2024)
    assert build_results(city) == first
    assert len(calls) == 1
    give(city, "B1,block,shelter_area_pc,2024,1.0,measured\n")
    assert build_results(city) != first
    assert len(calls) == 2
    monkeypatch.setattr("indicator_overlays.assembly._LAST", {})
    fresh = build_results(city)
    assert len(calls) == 3
    monkeypatch.setattr("indicator_overlays.assembly._MOST", 0)
    monkeypatch.setattr("indicator_overlays.assembly._LAST", {})
    assert build_results(city) == build_results(city) == fresh
    assert len(calls) == 5


def test_no_geometry_is_read(city: CityFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which units lie in special areas is read from geometry once for a model, and kept."""
    compute(city, 2024)
    first = build_results(city)
    kept = list((city.path / "memberships").iterdir())
    assert [file.suffix for file in kept] == [".parquet"]
    plain = ModelRelease.columns

    def refuse(self: ModelRelease) -> gpd.GeoDataFrame:
        raise AssertionError("geometry was read")

    def without(self: ModelRelease, *names: str) -> object:
        assert "geometry" not in names, "geometry was read"
        return plain(self, *names)

    monkeypatch.setattr(ModelRelease, "units", property(refuse))
    monkeypatch.setattr(ModelRelease, "columns", without)
    assert build_results(city) == first
    kept[0].unlink()
    with pytest.raises(AssertionError, match="geometry was read"):
        build_results(city)


def test_a_city_without_areas_never_reads_geometry(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: ModelRelease) -> gpd.GeoDataFrame:
        raise AssertionError("geometry was read")

    city = make_grid_city(tmp_path / "plain", change=lambda t: t[t["level"] != "area"])
    monkeypatch.setattr(ModelRelease, "units", property(refuse))
    assert build_results(city)


def test_columns_hold_exactly_what_the_values_say(city: CityFolder) -> None:
    compute(city, 2024)
    results = built(city)
    overlay = results.overlay(S, "road_density", "block", 2024)
    by_type = {entry["dtype"]: entry for entry in overlay.columns}
    breaks = results.breaks(S, "road_density", "block")
    codes = np.fromfile(results.path / by_type["u8"]["uri"], "u1")
    numbers = np.fromfile(results.path / by_type["f32"]["uri"], "<f4")
    assert len(codes) == by_type["u8"]["length"] == 8
    assert codes.tolist() == breaks.classify(overlay.cells.value).tolist()
    assert numbers.tolist() == [15, 15, 10, 10, 5, 5, 0, 0]
    assert by_type["u8"]["states"]["measured"] == 8
    assert overlay.class_counts(len(breaks)) == np.bincount(codes).tolist()


def test_states_reach_the_column_and_what_has_no_value_is_missing(city: CityFolder) -> None:
    give(
        city,
        "block:B1,block,noise_compliance_rate,2024,80,\n"
        "block:B2,block,noise_compliance_rate,2024,,withheld\n"
        "block:B3,block,noise_compliance_rate,2024,,not_applicable\n",
    )
    results = built(city)
    overlay = results.overlay(S, "noise_compliance_rate", "block", 2024)
    codes = np.fromfile(results.path / overlay.columns[0]["uri"], "u1").tolist()
    assert codes[1:] == [253, 252, 250, 250, 250, 250, 250]
    assert overlay.states == {
        "measured": 1, "missing": 5, "not_computable": 0, "not_applicable": 1, "withheld": 1,
        "stale": 0,
    }  # fmt: skip


def test_tombstones_are_no_unit(tmp_path: Path) -> None:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[table["id"] == "block:B3", "removed"] = True
        return table

    city = make_grid_city(tmp_path / "c", change=change)
    compute(city, 2024)
    overlay = built(city).overlay(S, "road_density", "block", 2024)
    codes = np.fromfile(city.results / build_results(city) / overlay.columns[0]["uri"], "u1")
    assert codes[2] == 255
    assert len(codes) == 8
    assert sum(overlay.states.values()) == 7


def test_breaks_are_the_same_in_every_year(city: CityFolder) -> None:
    for year, factor in ((2022, 1), (2023, 2), (2024, 3)):
        lines = [f"block:B{n},block,road_density,{year},{factor * n},\n" for n in range(1, 9)]
        give(city, "".join(lines), source=f"s{year}")
    results = built(city)
    assert results.years == [2022, 2023, 2024]
    breaks = results.breaks(S, "road_density", "block")
    for year in results.years:
        overlay = results.overlay(S, "road_density", "block", year)
        assert overlay.code.tolist() == breaks.classify(overlay.cells.value).tolist()
        assert overlay.period == str(year)
    assert len([key for key in results.legends if key.endswith("road_density/block")]) == 1


def test_a_year_shows_the_latest_period_by_its_cutoff_and_says_which(tmp_path: Path) -> None:
    extra = "\n[years.2025]\ncutoff = 2024-12-31\n[years.2026]\ncutoff = 2025-09-30\n"
    city = make_grid_city(tmp_path / "c", extra=extra)
    give(city, "block:B1,block,road_density,2023,5,\nblock:B2,block,road_density,2024,7,\n")
    results = built(city)
    assert results.years == [2024, 2025, 2026]
    assert results.overlay(S, "road_density", "block", 2024).period == "2023"
    overlay = results.overlay(S, "road_density", "block", 2025)
    assert overlay.period == "2024"
    assert overlay.cells.row.tolist() == [1], "2023's value is not passed off as 2024's"
    one = results.overlay(S, "road_density", "block", 2026)
    assert one.columns[0]["uri"] == overlay.columns[0]["uri"], "an equal column is one file"


def test_a_summer_stands_for_the_year_until_the_whole_year_is_told(tmp_path: Path) -> None:
    extra = "\n[years.2022]\ncutoff = 2022-10-01\n[years.2023]\ncutoff = 2022-12-31\n"
    city = make_grid_city(tmp_path / "c", extra=extra)
    file = city.path / "seasons.csv"
    head = "unit_id,level,indicator,period,period_start,period_end,value\n"
    rows = "block:B1,block,road_density,Summer,2022-06-01,2022-08-31,5\n"
    file.write_text(f"{head}{rows}block:B1,block,road_density,2022,,,7\n", encoding="utf-8")
    load(city, [file], source="bureau")
    results = built(city)
    periods = [results.overlay(S, "road_density", "block", year).period for year in (2022, 2023)]
    assert periods == ["Summer", "2022"]


def test_an_old_number_is_stale_keeps_its_value_and_has_no_class(tmp_path: Path) -> None:
    city = make_grid_city(tmp_path / "c", extra="\n[years.2025]\ncutoff = 2024-12-31\n")
    config = city.path / "city.toml"
    text = config.read_text(encoding="utf-8").replace("[city]", "[city]\nstale_after_years = 2", 1)
    config.write_text(text, encoding="utf-8")
    city = CityFolder.open(city.path)
    give(city, "block:B1,block,road_density,2020,5,\n")
    results = built(city)
    overlay = results.overlay(S, "road_density", "block", 2025)
    assert overlay.code.tolist() == [254]
    assert overlay.states["stale"] == 1
    row = results.unit_values("block:B1").to_pylist()[-1]
    assert (row["state"], row["value"], row["rank"], row["class_code"]) == ("stale", 5, None, 254)


def test_ranks_follow_the_direction_and_ties_share(city: CityFolder) -> None:
    compute(city, 2024)
    results = built(city)
    overlay = results.overlay(S, "road_density", "block", 2024)
    assert overlay.rank.tolist() == [1, 1, 3, 3, 5, 5, 7, 7]
    worst = results.ranking(overlay, limit=2)
    assert [item["row"] for item in worst] == [6, 7]
    assert worst[0] == {
        "row": 6, "value": 0.0, "state": "measured", "class": 0, "rank": 7, "of": 8,
        "source": "cimtwin", "period": "2024",
    }  # fmt: skip
    assert [item["row"] for item in results.ranking(overlay, order="best", limit=2)] == [0, 1]


def test_units_without_a_number_come_last_in_either_order(city: CityFolder) -> None:
    give(
        city,
        "block:B1,block,road_density,2024,,withheld\nblock:B2,block,road_density,2024,3,\n"
        "block:B3,block,road_density,2024,0,\n",
    )
    results = built(city)
    overlay = results.overlay(S, "road_density", "block", 2024)
    for order in ("worst", "best"):
        items = results.ranking(overlay, order=order)
        assert items[-1]["state"] == "withheld"
        assert items[-1]["value"] is None
        assert items[-1]["rank"] is None
    assert [i["value"] for i in results.ranking(overlay)][:2] == [0.0, 3.0]


def test_a_units_file_is_read_from_few_row_groups(city: CityFolder) -> None:
    compute(city, 2024)
    results = built(city)
    rows = results.unit_values("block:B3").to_pylist()
    assert {row["unit_id"] for row in rows} == {"block:B3"}
    everything = pq.read_table(results.path / "values.parquet")
    assert everything["unit_id"].to_pylist() == sorted(everything["unit_id"].to_pylist())
    assert len(rows) == everything["unit_id"].to_pylist().count("block:B3")
    assert results.unit_values("block:nowhere").num_rows == 0
    assert results.unit_candidates("block:B3").num_rows >= len(rows)


def test_rolled_up_values_reach_the_district(city: CityFolder) -> None:
    lines = [
        f"block:B{n},block,shelter_area_pc,2024,{n / 2},{n * 100},{200}\n" for n in range(1, 9)
    ]
    file = city.path / "s.csv"
    head = "unit_id,level,indicator,period,value,numerator,denominator\n"
    file.write_text(head + "".join(lines), encoding="utf-8")
    load(city, [file], source="bureau")
    row = next(
        row
        for row in built(city).unit_values("district:D1").to_pylist()
        if row["indicator"] == "shelter_area_pc"
    )
    assert row["method"] == "rollup"
    assert row["value"] == pytest.approx((1 + 2 + 5 + 6) * 100 / 800)


def test_values_that_lost_their_unit_are_reported(city: CityFolder) -> None:
    give(city, "block:B1,block,road_density,2024,5,\nblock:B2,block,road_density,2024,6,\n")
    path = open_model(city).path / "units.parquet"
    table = gpd.read_parquet(path)
    table[table["id"] != "block:B2"].to_parquet(path)
    issues = built(city).manifest["issues"]
    assert [(i["code"], i["count"]) for i in issues if i["code"] == "RESULT_UNIT_GONE"] == [
        ("RESULT_UNIT_GONE", 1)
    ]


def test_values_of_a_dropped_indicator_are_reported(city: CityFolder) -> None:
    own = city.systems / "OWN.csv"
    own.write_text("code,name_zh,unit\nbenches,长椅,count\n", encoding="utf-8")
    file = city.path / "b.csv"
    file.write_text(
        "unit_id,level,system,indicator,period,value\nblock:B1,block,OWN,benches,2024,5\n",
        encoding="utf-8",
    )
    load(city, [file], source="parks")
    assert built(city).overlay("OWN", "benches", "block", 2024).cells.value.tolist() == [5.0]
    own.unlink()
    codes = [issue["code"] for issue in built(city).manifest["issues"]]
    assert codes == ["RESULT_INDICATOR_GONE"]


def test_coverage_counts_only_numbers(city: CityFolder) -> None:
    give(
        city,
        "block:B1,block,road_density,2024,5,\n"
        "block:B1,block,noise_compliance_rate,2024,,withheld\n",
    )
    told = built(city).manifest["coverage"][S]["2024"]
    assert told["indicators"] == 69
    assert told["with_values"] == 1


def test_a_city_without_values_still_gets_an_empty_release(city: CityFolder) -> None:
    results = built(city)
    assert results.years == []
    assert results.keys == []
    assert results.diagnosis.num_rows == 0
    with pytest.raises(NotFound):
        results.overlay(S, "road_density", "block", 2024)


def test_column_files_are_found_by_name_alone(city: CityFolder) -> None:
    compute(city, 2024)
    results = built(city)
    entry = results.manifest["columns"][0]
    name = Path(entry["uri"]).name
    assert results.column_path(name).is_file()
    for wrong in ("../manifest.json", "x.u8", "..", f"{name}.br"):
        with pytest.raises(NotFound):
            results.column_path(wrong)


def test_columns_made_on_demand_are_those_of_a_small_level_byte_for_byte(
    city: CityFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute(city, 2024)
    written = built(city)
    monkeypatch.setattr("indicator_overlays.results.ROWS", 0)
    left = built(city)
    missing = [entry for entry in left.manifest["columns"] if "uri" not in entry]
    assert {entry["dtype"] for entry in missing} == {"u16", "f32"}
    assert {e["dtype"] for e in left.manifest["columns"] if "uri" in e} == {"u8"}
    made = OnDemand(left)
    for key in written.keys:
        before = written.overlay(*key).columns
        after = made.settled(key, left.overlay(*key).columns)
        assert [item["sha256"] for item in after] == [item["sha256"] for item in before]
        for item in before:
            if item["dtype"] != "u8":
                tag = item["sha256"][:32]
                whole = OnDemand(left).find(tag, key.indicator, item["dtype"])
                assert whole == read_column(written.path / item["uri"])
                assert made.find(tag, "road_density_of_nowhere", item["dtype"]) is None
    told = [issue for issue in check_city(city) if issue.place.file == left.digest]
    assert "CHECK_COLUMN_LENGTH" not in {issue.code for issue in told}


def test_the_reader_explains_as_the_diagnosis_saw_it(city: CityFolder) -> None:
    compute(city, 2024)
    results = built(city)
    systems = load_systems(city)
    book = Catalogue({(s.id, c): i for s in systems.values() for c, i in s.indicators.items()})
    facts = results.facts(2024, UnitTable.of(open_model(city)), list(systems))
    for row in results.diagnosis.to_pylist():
        told = results.explain(row["rule"], row["unit_id"], facts, book)
        assert told["fires"] is True
        assert told["value"] == row["value"]
        assert told["why"]["zh"] == row["why_zh"]
    with pytest.raises(NotFound):
        results.explain("D99", "block:B1", facts, book)


def test_a_rule_is_held_against_a_level_once_however_many_units_are_explained(
    city: CityFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute(city, 2024)
    results = built(city)
    calls: list[str] = []

    def counted(rule: Rule, facts: LevelFacts) -> Assessment:
        calls.append(rule.code)
        return assess(rule, facts)

    monkeypatch.setattr("indicator_overlays.explain.assess", counted)
    systems = load_systems(city)
    book = Catalogue({(s.id, c): i for s in systems.values() for c, i in s.indicators.items()})
    facts = results.facts(2024, UnitTable.of(open_model(city)), list(systems))
    first = [results.explain("D09", f"block:B{n}", facts, book) for n in (1, 2)]
    again = [results.explain("D09", f"block:B{n}", facts, book) for n in (1, 2)]
    assert calls == ["D09"]
    assert first == again
    assert first[0] != first[1]


def test_histogram_and_sources_come_from_exact_values(city: CityFolder) -> None:
    compute(city, 2024)
    overlay = built(city).overlay(S, "road_density", "block", 2024)
    assert sum(overlay.histogram()["counts"]) == 8
    assert overlay.sources() == ["cimtwin"]


def test_a_period_that_ends_after_its_cutoff_belongs_to_the_next_year(tmp_path: Path) -> None:
    city = make_grid_city(tmp_path / "c", extra="\n[years.2024]\ncutoff = 2024-06-30\n")
    table = pa.table(
        {
            "system": [S], "indicator": ["road_density"], "level": ["block"], "period": ["2024"],
            "period_start": [dt.date(2024, 1, 1)], "period_end": [dt.date(2024, 12, 31)],
            "state": ["measured"], "value": [5.0],
        }
    )  # fmt: skip
    assert years_of(table, city.config) == [2025]
    assert by_year(table, city.config, {}, [2025])["year"].to_pylist() == [2025]
