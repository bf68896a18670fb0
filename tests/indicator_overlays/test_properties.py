"""What must hold whatever is delivered: order, states, sums, and rules on shuffled units."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_bridge.folder import CityFolder
from indicator_overlays.adopt import adopt
from indicator_overlays.assess import assess
from indicator_overlays.columns import NUMBER, STATE_CODES, Cells
from indicator_overlays.facts import YearFacts
from indicator_overlays.load import load
from indicator_overlays.results import Results, build_results
from indicator_overlays.rollup import rollup
from indicator_overlays.rule import load_rules
from indicator_overlays.store import ValueStore
from indicator_overlays.system import load_systems
from indicator_overlays.template import Template, write_template
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.values import STATES, STORED_SCHEMA
from indicator_overlays.yearly import Group, Key
from tests.support.tinycity import make_city, units

SYSTEMS = load_systems()
FRAME = pd.DataFrame(units().drop(columns="geometry"))
BLOCKS = FRAME.loc[FRAME["level"] == "block", "id"].tolist()
HOUSES = FRAME.loc[FRAME["level"] == "building", "id"].tolist()
QUIET = settings(max_examples=12)


def row(unit: str, indicator: str = "park_coverage", **more: Any) -> dict[str, Any]:
    """A stored value of 2024, as the deliveries of a city keep it."""
    plain = dict.fromkeys(STORED_SCHEMA.names, "") | {
        "unit_id": unit, "level": unit.partition(":")[0], "system": "MOHURD-2022",
        "indicator": indicator, "period": "2024", "period_start": dt.date(2024, 1, 1),
        "period_end": dt.date(2024, 12, 31), "value": None, "numerator": None,
        "denominator": None, "state": "measured", "source": "a", "source_kind": "department",
        "cutoff_date": None, "batch": "b", "seq": 1,
    }  # fmt: skip
    return plain | more


def above(config: Any, rows: list[dict[str, Any]]) -> dict[str, tuple[Any, ...]]:
    """Every unit's standing value, its own or rolled up, by id."""
    adopted = adopt(pa.Table.from_pylist(rows, schema=STORED_SCHEMA), config)
    found = [*adopted.filter(adopted["adopted"]).to_pylist()]
    found += rollup(adopted, FRAME, SYSTEMS).rows.to_pylist()
    names = ("state", "value", "numerator", "denominator", "source")
    return {one["unit_id"]: tuple(one[name] for name in names) for one in found}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return make_city(tmp_path_factory.mktemp("tiny") / "city").config


@QUIET
@given(
    share=st.integers(0, 100),
    parts=st.lists(st.integers(1, 10_000), min_size=8, max_size=8),
)
def test_the_roll_up_of_a_constant_is_that_constant(
    config: Any, share: int, parts: list[int]
) -> None:
    rows = [
        row(unit, value=float(share), numerator=share * part / 100, denominator=float(part))
        for unit, part in zip(BLOCKS, parts, strict=True)
    ]
    found = above(config, rows)
    assert set(found) > {"city:tiny", "district:D001", "community:C004"}
    assert [told[1] for told in found.values()] == pytest.approx([share] * len(found))
    assert found["city:tiny"][3] == pytest.approx(sum(parts))


@QUIET
@given(flags=st.lists(st.sampled_from([0.0, 1.0, None]), min_size=32, max_size=32))
def test_a_count_counts_each_unit_once_though_two_sources_tell_of_it(
    config: Any, flags: list[float | None]
) -> None:
    told = [(unit, flag) for unit, flag in zip(HOUSES, flags, strict=True) if flag is not None]
    rows = [
        row(unit, "new_residential_over_80m", value=flag, source=source, source_kind=kind, seq=seq)
        for source, kind, seq in (("a", "department", 1), ("b", "self_report", 2))
        for unit, flag in told
    ]
    found = above(config, rows)
    if told:
        assert found["city:tiny"][1] == sum(flag for _, flag in told)
        districts = [found[f"district:D00{n}"][1] for n in (1, 2) if f"district:D00{n}" in found]
        assert sum(districts) == found["city:tiny"][1]


candidates = st.lists(
    st.tuples(
        st.sampled_from([*BLOCKS, "district:D001"]),
        st.sampled_from([(0.0, None), (80.0, 2.0), (50.0, 7.0), (None, None)]),
        st.sampled_from(["statistics", "department", "self_report"]),
    ),
    min_size=1, max_size=25, unique_by=lambda one: (one[0], one[2]),
)  # fmt: skip


@QUIET
@given(told=candidates, seed=st.integers(0, 1000))
def test_the_order_of_rows_never_matters(config: Any, told: list[Any], seed: int) -> None:
    rows = [
        row(
            unit, value=value, state="missing" if value is None else "measured", source=kind,
            numerator=value / 100 * part if part and value is not None else None,
            denominator=part, source_kind=kind,
        )
        for unit, (value, part), kind in told
    ]  # fmt: skip
    shuffled = random.Random(seed).sample(rows, len(rows))
    one, other = above(config, rows), above(config, shuffled)
    assert set(one) == set(other)
    for unit, first in one.items():
        assert first[0] == other[unit][0]
        assert first[4] == other[unit][4]
        for a, b in zip(first[1:4], other[unit][1:4], strict=True):
            assert (a is None) == (b is None)
            assert a is None or a == pytest.approx(b)


def published(city: CityFolder, *files: Path, **options: Any) -> Results:
    """Results after a delivery of each file."""
    for file in files:
        load(city, [file], source=file.stem, year=2024, **options)
    release = city.results / build_results(city)
    return Results(release)


def test_the_order_of_files_rows_and_deliveries_never_matters(tmp_path: Path) -> None:
    """The same values of the same sources give the same columns, byte for byte."""
    head = "unit_id,level,park_coverage\n"
    lines = [f"B00{n},block,{10 * n}\n" for n in range(1, 9)]
    seen = []
    for name, order in (("one", 1), ("two", -1)):
        city = make_city(tmp_path / name)
        files = []
        for source in ("bureau", "office"):
            files.append(tmp_path / name / f"{source}.csv")
            files[-1].write_text(head + "".join(lines[::order]), "utf-8")
        results = published(city, *files[::order])
        names = sorted(path.name for path in (results.path / "columns").iterdir())
        seen.append((names, results.values.drop_columns(["batch", "seq", "place", "source"])))
    assert seen[0][0] == seen[1][0]
    assert seen[0][1].equals(seen[1][1])


def test_a_state_survives_from_the_cell_to_the_column_byte(tmp_path: Path) -> None:
    """All eight states of a value, one a block, through load and publish."""
    carries = ("measured", "computed", "adjusted", "stale")
    city = make_city(tmp_path / "city")
    table = tmp_path / "t.csv"
    lines = [
        f"{unit.partition(':')[2]},block,park_coverage,2024,{40 + n if state in carries else ''},"
        f"{state}\n"
        for n, (unit, state) in enumerate(zip(BLOCKS, STATES, strict=True))
    ]
    table.write_text("unit_id,level,indicator,period,value,state\n" + "".join(lines), "utf-8")
    results = published(city, table)
    told = {one["unit_id"]: one for one in results.values.to_pylist() if one["level"] == "block"}
    assert [told[unit]["state"] for unit in BLOCKS] == list(STATES)
    (entry,) = [
        one for one in results.manifest["columns"]
        if (one["level"], one["dtype"]) == ("block", "u8")
    ]  # fmt: skip
    column = np.frombuffer((results.path / entry["uri"]).read_bytes(), np.uint8)
    bytes_ = dict(zip(STATES, column.tolist(), strict=True))
    assert {state: code for state, code in bytes_.items() if code >= 250} == STATE_CODES
    assert {s for s, code in bytes_.items() if code < 250} == {"measured", "computed", "adjusted"}


def test_a_withheld_value_is_a_number_nowhere_in_the_release(tmp_path: Path) -> None:
    """Not as a value, a numerator, a denominator, a candidate, a column or a legend's bound."""
    secret = 37.59375
    city = make_city(tmp_path / "city")
    table = tmp_path / "t.csv"
    head = "unit_id,level,indicator,period,value,numerator,denominator\n"
    lines = [f"B00{n},block,park_coverage,2024,{50 + n},{50 + n},100\n" for n in range(2, 9)]
    hidden = f"B001,block,park_coverage,2024,***,{secret},100\n"
    table.write_text(head + hidden + "".join(lines), "utf-8")
    results = published(city, table)
    told = [one for one in results.values.to_pylist() if one["unit_id"] == "block:B001"]
    assert [(one["state"], one["value"]) for one in told] == [("withheld", None)]
    for file in results.path.rglob("*"):
        if file.suffix == ".parquet":
            for name, column in pq.read_table(file).to_pydict().items():
                assert not any(item in (secret, secret / 100) for item in column), (file, name)
                assert not any("37.59" in str(item) for item in column), (file, name)
        elif file.suffix in (".json", ".toml"):
            assert "37.59" not in file.read_text("utf-8")
        elif file.suffix == ".f32":
            assert np.float32(secret) not in np.frombuffer(file.read_bytes(), "<f4")


@QUIET
@given(
    values=st.lists(
        st.one_of(st.none(), st.sampled_from([0.0, 7.9, 8.0, 8.4, 9.0, 120.0])),
        min_size=8, max_size=8,
    ),
    people=st.lists(st.sampled_from([0.0, 1.0, 2.0]), min_size=8, max_size=8),
    order=st.permutations(range(8)),
)  # fmt: skip
def test_a_diagnosis_does_not_depend_on_where_units_stand(
    values: list[float | None], people: list[float], order: list[int]
) -> None:
    rules, _ = load_rules()

    def outcomes(places: list[int]) -> dict[tuple[str, str], tuple[Any, ...]]:
        frame = FRAME.copy()
        block = frame["level"] == "block"
        frame.loc[block, "row"] = np.array(places, np.uint32)
        frame.loc[block, "population"] = people
        cells = sorted(zip(places, values, strict=True))
        told = [(place, value) for place, value in cells if value is not None]
        at, number = (np.array([one[n] for one in told]) for n in (0, 1))
        states = np.full(len(told), NUMBER, np.uint8)
        group = Group(
            Key("MOHURD-2022", "road_density", "block", 2024), "2024", 0,
            Cells(at.astype(np.uint32), number.astype(float), states),
        )  # fmt: skip
        facts = YearFacts(UnitTable(frame), [group], 2024, ("MOHURD-2022",)).level("block")
        found = {}
        for rule in rules:
            if rule.code in ("D01", "D09"):
                said = assess(rule, facts)
                for n, unit in enumerate(facts.units.ids):
                    numbers = (said.value[n], said.margin[n], said.need[n])
                    found[rule.code, unit] = (said.outcome[n], np.nan_to_num(numbers).tolist())
        return found

    assert outcomes(list(range(8))) == outcomes(order)


def test_a_name_that_looks_like_a_formula_is_only_a_name_in_a_template(tmp_path: Path) -> None:
    frame = FRAME.assign(label_zh="=cmd|' /C calc'!A0")
    level = UnitTable(frame).level("district")
    item = SYSTEMS["MOHURD-2022"].indicators["park_coverage"]
    asked = Template("2025 年", 2025, "district", (item,), level, np.arange(2))
    book = openpyxl.load_workbook(write_template(tmp_path / "t.xlsx", [asked]))
    kinds = {cell.data_type for line in book["district"].iter_rows() for cell in line}
    assert "f" not in kinds
    assert book["district"]["B4"].value == "=cmd|' /C calc'!A0"


def test_a_delivery_keeps_a_formula_in_a_text_as_text(tmp_path: Path) -> None:
    city = make_city(tmp_path / "city")
    table = tmp_path / "t.csv"
    table.write_text("unit_id,level,park_coverage,note\nB001,block,81,=1+1\n", "utf-8")
    load(city, [table], source="a", year=2024)
    assert ValueStore(city).table()["note"].to_pylist() == ["=1+1"]
