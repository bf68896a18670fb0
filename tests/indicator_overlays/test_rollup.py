"""Adoption among sources and roll-up to the units above."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest

from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from indicator_overlays.adopt import adopt
from indicator_overlays.crosscheck import cross_check
from indicator_overlays.load import load
from indicator_overlays.rollup import rollup
from indicator_overlays.store import ValueStore
from indicator_overlays.system import load_systems
from tests.support.tinycity import make_city, one_unit, units, write_model


def give(city: CityFolder, text: str, source: str = "a", **options: object) -> None:
    """Load a table; a second line of the same name is another file."""
    file = city.path / f"{source}-{len(city.list_batches())}.csv"
    file.write_text(text, encoding="utf-8")
    load(city, [file], source=source, **options)  # type: ignore[arg-type]


def kind(city: CityFolder, name: str) -> Path:
    file = city.path / f"{name}.toml"
    file.write_text(f'source_kind = "{name}"\n', encoding="utf-8")
    return file


def rolled(city: CityFolder) -> dict[tuple[str, str], dict[str, object]]:
    adopted = adopt(ValueStore(city).table(), city.config)
    rows = rollup(adopted, open_model(city).units, load_systems(city)).rows.to_pylist()
    assert len({(r["unit_id"], r["indicator"], r["period"]) for r in rows}) == len(rows)
    return {(r["unit_id"], r["indicator"]): r for r in rows}


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    return make_city(tmp_path / "city")


def test_ratios_roll_up_by_numerator_and_denominator_never_by_their_mean(city: CityFolder) -> None:
    give(
        city,
        "unit_id,indicator,period,value,numerator,denominator\n"
        "B001,park_coverage,2024,100,1,1\nB002,park_coverage,2024,0,0,9\n"
        "B003,park_coverage,2024,50,5,10\nB005,park_coverage,2024,50,1,2\n",
        level="block",
    )
    found = rolled(city)
    district = found["district:D001", "park_coverage"]
    assert district["value"] == pytest.approx(100 * 6 / 20)
    assert (district["numerator"], district["denominator"]) == (6.0, 20.0)
    assert district["note"] == "coverage 0.75; from community (2)"
    assert (district["method"], district["state"], district["source"]) == (
        "rollup",
        "computed",
        "a",
    )
    assert found["community:C001", "park_coverage"]["value"] == pytest.approx(10.0)
    assert found["city:tiny", "park_coverage"]["value"] == pytest.approx(100 * 7 / 22)


def test_a_ratio_without_numerator_and_denominator_is_not_rolled_up(city: CityFolder) -> None:
    give(city, "unit_id,indicator,period,value\nB001,park_coverage,2024,50\n", level="block")
    assert rolled(city) == {}


def test_counts_are_sums_and_missing_is_not_zero(city: CityFolder) -> None:
    give(
        city,
        "unit_id,indicator,period,value,state\nB001,gas_hazard,2024,1,\nB002,gas_hazard,2024,0,\n"
        "B003,gas_hazard,2024,,missing\nB004,gas_hazard,2024,,not_applicable\n",
        level="building",
    )
    found = rolled(city)
    district = found["district:D001", "gas_hazard"]
    assert district["value"] == 1.0
    assert district["note"] == "coverage 0.13; from community (1)"
    assert found["block:B001", "gas_hazard"]["note"] == "coverage 0.67; from building (2)"
    assert found["community:C001", "gas_hazard"]["note"] == "coverage 0.29; from block (1)"
    assert ("district:D002", "gas_hazard") not in found
    assert found["city:tiny", "gas_hazard"]["value"] == 1.0


def test_a_parents_own_value_is_kept_and_feeds_the_city(city: CityFolder) -> None:
    give(city, "unit_id,indicator,period,value\nB001,gas_hazard,2024,3\n", level="building")
    give(city, "unit_id,indicator,period,value\nD001,gas_hazard,2024,7\n", level="district")
    found = rolled(city)
    assert ("district:D001", "gas_hazard") not in found
    assert found["city:tiny", "gas_hazard"]["value"] == 7.0
    assert found["community:C001", "gas_hazard"]["value"] == 3.0


def test_a_value_shared_by_two_units_is_counted_once(city: CityFolder) -> None:
    give(
        city,
        "unit_id,indicator,period,value,shared\n"
        "D001,gas_hazard,2024,7,1+2\nD002,gas_hazard,2024,7,1+2\n",
        level="district",
    )
    assert rolled(city)["city:tiny", "gas_hazard"]["value"] == 7.0


def test_densities_given_in_metres_roll_up_in_the_indicators_unit(city: CityFolder) -> None:
    give(
        city,
        "unit_id,indicator,period,value,numerator,denominator\n"
        "B001,road_density,2024,10,1000,100000\nB002,road_density,2024,5,500,100000\n",
        level="block",
    )
    assert rolled(city)["community:C001", "road_density"]["value"] == pytest.approx(7.5)


def test_statistics_are_adopted_before_self_reports_and_a_conflict_is_told(
    city: CityFolder,
) -> None:
    head = "unit_id,indicator,period,value\n"
    give(city, head + "B001,park_coverage,2024,80\nB002,park_coverage,2024,60\n", "bureau",
         level="block", mapping=kind(city, "statistics"))  # fmt: skip
    give(city, head + "B001,park_coverage,2024,90\nB002,park_coverage,2024,61\n", "street",
         level="block", mapping=kind(city, "self_report"))  # fmt: skip
    rows = adopt(ValueStore(city).table(), city.config).to_pylist()
    seen = {(r["unit_id"], r["source"]): r for r in rows}
    first = seen["block:B001", "bureau"]
    assert (first["adopted"], first["n_sources"], first["conflict"]) == (True, 2, True)
    assert first["spread"] == pytest.approx(0.125)
    assert not seen["block:B001", "street"]["adopted"]
    assert not seen["block:B002", "bureau"]["conflict"]
    assert sum(r["adopted"] for r in rows) == 2


def test_a_source_that_says_nothing_gives_way_to_one_that_does(city: CityFolder) -> None:
    head = "unit_id,indicator,period,value,state\n"
    give(city, head + "B001,park_coverage,2024,,missing\nB002,park_coverage,2024,,withheld\n",
         "bureau", level="block", mapping=kind(city, "statistics"))  # fmt: skip
    give(city, head + "B001,park_coverage,2024,70,\nB002,park_coverage,2024,70,\n", "street",
         level="block", mapping=kind(city, "self_report"))  # fmt: skip
    rows = adopt(ValueStore(city).table(), city.config).to_pylist()
    assert {(r["unit_id"], r["source"]) for r in rows if r["adopted"]} == {
        ("block:B001", "street"),
        ("block:B002", "bureau"),
    }
    assert all(r["spread"] is None for r in rows)


def test_an_empty_city_has_empty_tables(city: CityFolder) -> None:
    adopted = adopt(ValueStore(city).table(), city.config)
    systems = load_systems(city)
    assert adopted.num_rows == 0
    assert rollup(adopted, open_model(city).units, systems).rows.num_rows == 0


def with_compounds(city: CityFolder) -> None:
    """Give the tiny city two compounds that hold a building each, as new towns have and old not."""
    table = units()
    new = [one_unit("compound", f"K{n}", n - 1, {"city": "city:tiny", "district": "district:D002"})
           for n in (1, 2)]  # fmt: skip
    inside = table["id"].isin(["building:B031", "building:B032"])
    table.loc[inside, "parent_compound"] = ["compound:K1", "compound:K2"]
    frame = pd.concat([table, pd.DataFrame(new)[list(table.columns)]], ignore_index=True)
    write_model(city, gpd.GeoDataFrame(frame, geometry="geometry", crs=table.crs), "1" * 32)


def test_the_city_is_not_made_of_compounds_that_leave_the_old_town_out(city: CityFolder) -> None:
    with_compounds(city)
    flags = "".join(
        f"B{n:03d},structural_hazard,2024,{int(n < 6)}\n" for n in (*range(1, 9), 31, 32)
    )
    give(city, "unit_id,indicator,period,value\n" + flags, level="building")
    found = rolled(city)
    assert found["compound:K1", "structural_hazard"]["value"] == 0.0
    assert found["district:D001", "structural_hazard"]["value"] == 5.0
    top = found["city:tiny", "structural_hazard"]
    assert (top["value"], top["note"]) == (5.0, "coverage 0.31; from district (2)")


def checked(city: CityFolder) -> dict[tuple[str, str], dict[str, object]]:
    """Candidates by unit and method, after own values are held against the units below."""
    adopted = adopt(ValueStore(city).table(), city.config)
    told = rollup(adopted, open_model(city).units, load_systems(city))
    rows = cross_check(adopted, told, city.config).to_pylist()
    return {(str(row["unit_id"]), str(row["method"])): row for row in rows}


def blocks(values: list[int]) -> str:
    lines = [f"B{n + 1:03d},gas_hazard,2024,{value}\n" for n, value in enumerate(values)]
    return "unit_id,indicator,period,value\n" + "".join(lines)


def test_an_own_value_that_the_units_below_contradict_is_a_conflict(city: CityFolder) -> None:
    give(city, blocks([2, 1, 0, 4, 0, 0, 1, 0]), level="block")
    give(city, "unit_id,indicator,period,value\nD001,gas_hazard,2024,0\nD002,gas_hazard,2024,1\n",
         level="district")  # fmt: skip
    found = checked(city)
    own, beside = found["district:D001", ""], found["district:D001", "rollup"]
    assert (own["adopted"], own["conflict"], own["n_sources"]) == (True, True, 2)
    assert (beside["adopted"], beside["conflict"], beside["value"]) == (False, True, 7.0)
    assert own["spread"] == beside["spread"] == pytest.approx(1.0)
    assert not found["district:D002", ""]["conflict"]
    assert found["district:D002", ""]["spread"] == 0.0
    assert ("city:tiny", "rollup") not in found, "the city has no value of its own"


def test_part_of_the_units_below_contradicts_nothing(city: CityFolder) -> None:
    give(city, blocks([2, 1]), level="block")
    give(city, "unit_id,indicator,period,value\nD001,gas_hazard,2024,9\n", level="district")
    assert list(checked(city)) == [("block:B001", ""), ("block:B002", ""), ("district:D001", "")]


def test_special_areas_are_nobodys_children(city: CityFolder) -> None:
    table = units()
    area = one_unit("area", "A1", 0, {"city": "city:tiny", "district": "district:D001"})
    frame = pd.concat([table, pd.DataFrame([area])[list(table.columns)]], ignore_index=True)
    write_model(city, gpd.GeoDataFrame(frame, geometry="geometry", crs=table.crs), "1" * 32)
    give(city, "unit_id,indicator,period,value\nA1,gas_hazard,2024,9\n",
         level="area")  # fmt: skip
    assert rolled(city) == {}
