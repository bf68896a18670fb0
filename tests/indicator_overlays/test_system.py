"""Indicator lists: the shipped ones, a city's own, and everything that can be wrong in one."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim_bridge.errors import InputRefused, NotFound
from indicator_overlays.system import find_indicator, load_systems, read_links


def own(tmp_path: Path, text: str, name: str = "own.csv", encoding: str = "utf-8") -> Path:
    (tmp_path / "systems").mkdir(exist_ok=True)
    (tmp_path / "systems" / name).write_bytes(text.encode(encoding))
    return tmp_path


def codes(tmp_path: Path) -> dict[str, tuple[int | None, str]]:
    with pytest.raises(InputRefused) as caught:
        load_systems(tmp_path)
    return {i.code: (i.place.row, i.place.cell) for i in caught.value.log.errors}


def test_both_national_lists_are_complete_and_bilingual() -> None:
    systems = load_systems()
    assert {name: len(s.indicators) for name, s in systems.items()} == {
        "MOHURD-2022": 69,
        "MOHURD-2023": 61,
        "CIMTWIN-MORPHOLOGY": 4,
        "CIMTWIN-ACCESS": 9,
    }
    first = systems["MOHURD-2022"]
    assert [first.count(c.code) for c in first.categories] == [15, 11, 9, 7, 5, 6, 5, 11]
    second = systems["MOHURD-2023"]
    assert [second.count(c.code) for c in second.categories] == [10, 11, 10, 30]
    assert [c.label["zh"] for c in second.dimensions] == [
        "住房", "小区（社区）", "街区", "城区（城市）",
    ]  # fmt: skip
    for system in systems.values():
        for item in system.indicators.values():
            assert item.name["zh"] != item.name["en"]
            assert item.provenance
            assert item.confidence
            assert item.attach_levels
    assert all(item.dimension for item in first.indicators.values())


def test_uncertain_standards_are_for_reference_only() -> None:
    systems = load_systems()
    for code in ("development_intensity", "park_coverage", "commute_time", "road_density"):
        standard = find_indicator(systems, "MOHURD-2022", code).standard
        assert standard is not None
        assert standard.reference
    sure = find_indicator(systems, "MOHURD-2023", "structural_hazard").standard
    assert sure is not None
    assert not sure.reference
    assert sure.meets(0)
    assert not sure.meets(1)


def test_standards_roll_ups_and_bounds_follow_from_the_list() -> None:
    systems = load_systems()
    both = find_indicator(systems, "MOHURD-2022", "housing_supply_demand")
    assert both.standard is not None
    assert (both.standard.op, both.standard.low, both.standard.high) == ("range", 80.0, 120.0)
    assert (both.standard.meets(80), both.standard.meets(121)) == (True, False)
    assert find_indicator(systems, "MOHURD-2022", "park_coverage").rollup == "ratio"
    assert find_indicator(systems, "MOHURD-2023", "parking_gap").rollup == "sum"
    assert find_indicator(systems, "MOHURD-2022", "median_age").rollup == "none"
    assert find_indicator(systems, "MOHURD-2022", "traffic_death_rate").scale == 10_000
    growth = find_indicator(systems, "MOHURD-2022", "primary_enrolment_growth")
    assert (growth.low, growth.high) == (None, None)
    with pytest.raises(NotFound):
        find_indicator(systems, "MOHURD-2022", "nothing")
    with pytest.raises(NotFound):
        find_indicator(systems, "MOHURD-1999", "nothing")


def test_links_say_which_indicator_continues_which() -> None:
    links = read_links()
    assert len(links) == 27
    systems = load_systems()
    for old, code, new, other, relation in links:
        assert code in systems[old].indicators
        assert not other or other in systems[new].indicators
        assert relation


def test_a_city_appends_its_own_rows_to_a_shipped_list(shared: Path, tmp_path: Path) -> None:
    rows = (shared / "facts/indicators/indicators_local_suggested.csv").read_text("utf-8")
    folder = own(tmp_path, rows, "local.csv")
    own(tmp_path, '[system]\nid = "MOHURD-2022"\nrows = 1\n', "local.toml")
    system = load_systems(folder)["MOHURD-2022"]
    assert len(system.indicators) == 82
    added = system.indicators["resident_satisfaction"]
    assert (added.indicator_type, added.no) == ("local", 82)
    assert system.label["zh"].startswith("城市体检")
    assert system.sha256 != load_systems()["MOHURD-2022"].sha256


def test_a_citys_own_list_needs_few_columns_and_keeps_its_order(tmp_path: Path) -> None:
    folder = own(
        tmp_path,
        "code,name_en,unit,direction,levels,category,standard_value\n"
        "pm25,Fine particles,mcg/m3,lower,district;community,Air,9\n"
        "green,Vegetative cover,%,higher,district,Land,\n"
        "noise,Noise,dB,,block,Air,\n",
        "NYC.csv",
    )
    system = load_systems(folder)["NYC"]
    assert [c.code for c in system.categories] == ["air", "land"]
    first = system.indicators["pm25"]
    assert first.standard is not None
    assert (first.standard.op, first.standard.value, first.standard.reference) == ("<=", 9.0, True)
    assert first.attach_levels == ("community", "district")
    assert first.name == {"zh": "Fine particles", "en": "Fine particles"}
    assert system.indicators["noise"].direction == "range"


def test_a_list_can_be_toml_and_in_gbk(tmp_path: Path) -> None:
    folder = own(
        tmp_path,
        '[system]\nid = "CITY-1"\nlabel = { zh = "一", en = "One" }\nversion = "3"\n'
        '[[indicator]]\ncode = "a"\nname = { zh = "甲", en = "A" }\nunit = "%"\n'
        'levels = ["block", "街道"]\nstandard = { op = ">=", value = 80 }\nmax_age_years = 3\n',
        "city.toml",
    )
    with pytest.raises(InputRefused) as caught:
        load_systems(folder)
    assert caught.value.log.errors[0].code == "SYSTEM_LEVEL_UNKNOWN"
    own(
        tmp_path,
        (folder / "systems/city.toml").read_text("utf-8").replace("街道", "street"),
        "city.toml",
    )
    own(tmp_path, "code,name_zh,unit,direction\nb,乙指标,个,逆向\n", "GB.csv", "gb18030")
    systems = load_systems(folder)
    item = systems["CITY-1"].indicators["a"]
    assert (systems["CITY-1"].version, item.max_age_years) == ("3", 3)
    assert item.standard is not None
    assert item.standard.value == 80.0
    assert systems["GB"].indicators["b"].name["zh"] == "乙指标"


@pytest.mark.parametrize(
    ("row", "code", "cell"),
    [
        ("a,Name,%,sideways,block,>=,1,", "SYSTEM_DIRECTION_UNKNOWN", "direction"),
        ("a,Name,%,higher,parish,>=,1,", "SYSTEM_LEVEL_UNKNOWN", "attach_levels"),
        ("a,Name,%,higher,block,~,1,", "SYSTEM_OPERATOR_UNKNOWN", "standard_op"),
        ("a,,%,higher,block,>=,1,", "SYSTEM_NAME_MISSING", "name_zh"),
        (",Name,%,higher,block,>=,1,", "SYSTEM_CODE_MISSING", "code"),
        ("a,Name,%,higher,block,>=,most,", "SYSTEM_STANDARD_NOT_NUMERIC", "standard_value"),
        ("a,Name,%,higher,block,range,9-1,", "SYSTEM_STANDARD_NOT_NUMERIC", "standard_value"),
        ("a,Name,%,higher,block,>=,1,mean", "SYSTEM_ROLLUP_UNKNOWN", "rollup"),
        ("a,Name,%,higher,block,>=,1,,0,many", "SYSTEM_BOUND_NOT_NUMERIC", "max_value"),
        ("a,Name,%,higher,block,>=,1,,none,1", "SYSTEM_BOUND_NOT_NUMERIC", "min_value"),
        ("a,Name,%,higher,block,>=,1,,9,1", "SYSTEM_BOUND_NOT_NUMERIC", "max_value"),
    ],
)
def test_a_broken_row_is_refused_with_its_place(
    tmp_path: Path, row: str, code: str, cell: str
) -> None:
    head = "code,name_en,unit,direction,levels,standard_op,standard_value,rollup,"
    head += "min_value,max_value\n"
    found = codes(own(tmp_path, f"{head}ok,Fine,%,higher,block,>=,1,\n{row}\n"))
    assert found == {code: (3, cell)}


def test_a_code_twice_and_a_wrong_number_of_rows_are_refused(tmp_path: Path) -> None:
    own(tmp_path, "code,name_en\na,A\na,B\n")
    own(tmp_path, "[system]\nrows = 5\n", "own.toml")
    assert codes(tmp_path) == {"SYSTEM_CODE_TWICE": (3, "code"), "SYSTEM_ROW_COUNT": (None, "")}


def test_a_local_row_may_not_replace_a_national_one(tmp_path: Path) -> None:
    own(tmp_path, "system,code,name_en\nMOHURD-2022,park_coverage,Mine\n")
    assert set(codes(tmp_path)) == {"SYSTEM_CODE_TWICE"}


def test_files_that_are_no_lists_are_refused(tmp_path: Path) -> None:
    own(tmp_path, "a;b\n1;2\n")
    assert set(codes(tmp_path)) == {"SYSTEM_UNREADABLE"}
    own(tmp_path, "[system\n", "own.toml")
    assert set(codes(tmp_path)) == {"SYSTEM_UNREADABLE"}


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("own.toml", "system = 3"),
        ("own.toml", "indicator = [1, 2]"),
        ("own.toml", 'indicator = "a"'),
        ("own.toml", '[system]\norder = "first"'),
        ("own.toml", '[system]\nrows = "many"'),
        ("own.csv", "code,name_zh\n" + "x" * 200_000 + ",b\n"),
    ],
)
def test_a_file_of_another_form_is_refused_and_the_shipped_lists_go_on(
    tmp_path: Path, file: str, text: str
) -> None:
    own(tmp_path, text, file)
    assert set(codes(tmp_path)) == {"SYSTEM_UNREADABLE"}
    (tmp_path / "systems" / file).unlink()
    assert len(load_systems(tmp_path)["MOHURD-2022"].indicators) == 69
