"""Adoption among sources and roll-up to the units above."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from indicator_overlays.adopt import adopt
from indicator_overlays.load import load
from indicator_overlays.rollup import rollup
from indicator_overlays.store import ValueStore
from indicator_overlays.system import load_systems
from tests.support.tinycity import make_city


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
    rows = rollup(adopted, open_model(city).units, load_systems(city)).to_pylist()
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
    assert district["note"] == "coverage 0.17; from community (1)"
    assert found["block:B001", "gas_hazard"]["note"] == "coverage 0.67; from building (2)"
    assert found["community:C001", "gas_hazard"]["note"] == "coverage 0.33; from block (1)"
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
    assert rollup(adopted, open_model(city).units, systems).num_rows == 0
