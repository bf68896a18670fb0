"""Tables in, batches out: what is taken, and what is refused with its place and reason."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.folder import CityFolder
from indicator_overlays.load import load
from indicator_overlays.store import ValueStore
from tests.support.tinycity import make_city


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    return make_city(tmp_path / "city")


def write(tmp_path: Path, text: str, name: str = "t.csv", encoding: str = "utf-8") -> Path:
    file = tmp_path / name
    file.write_bytes(text.encode(encoding))
    return file


def refused(
    city: CityFolder, *files: Path, **options: object
) -> dict[str, list[dict[str, object]]]:
    """Issues by code of a delivery that must be refused and must leave nothing behind."""
    before = [digest for digest, _ in city.list_batches()]
    with pytest.raises(InputRefused) as caught:
        load(city, list(files), **{"source": "test", **options})  # type: ignore[arg-type]
    assert [digest for digest, _ in city.list_batches()] == before
    assert not list(city.batches.glob(".staging*"))
    found: dict[str, list[dict[str, object]]] = {}
    for issue in caught.value.log.to_json():
        assert issue["why"]["zh"]
        assert issue["fix"]["en"]
        found.setdefault(issue["code"], []).append(issue)
    return found


def test_a_long_table_becomes_values_with_their_places(city: CityFolder, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "unit_id,level,indicator,period,value,numerator,denominator,state,note\n"
        "block:B001,,park_coverage,2024,80,8,10,,\n"
        "B002,block,park_coverage,2024年,0,,,,zero is a value\n"
        "B003,街区,park_coverage,2024,,,,withheld,\n"
        "B004,block,park_coverage,2024,,6,8,,\n"
        "B005,block,park_coverage,2024,,,,,\n",
    )
    report = load(city, [file], source="bureau")
    rows = ValueStore(city).table().to_pylist()
    assert report.rows == 4
    assert [(r["unit_id"], r["value"], r["state"]) for r in rows] == [
        ("block:B001", 80.0, "measured"),
        ("block:B002", 0.0, "measured"),
        ("block:B003", None, "withheld"),
        ("block:B004", 75.0, "measured"),
    ]
    assert {r["period"] for r in rows} == {"2024"}
    assert rows[1]["place"] == "t.csv!E3"
    assert {r["system"] for r in rows} == {"MOHURD-2022"}
    assert {r["source"] for r in rows} == {"bureau"}


def test_a_wide_table_takes_codes_names_and_the_units_in_titles(
    city: CityFolder, tmp_path: Path
) -> None:
    file = write(
        tmp_path,
        "街区,名称,park_coverage,城市道路网密度（公里/平方公里）,road_denisty\n"
        "B001,一号,90,8.5,1\nB002,二号,—,7.25,2\n合计,,90,7,3\n",
    )
    report = load(city, [file], source="bureau", year=2024, level="block", key="街区")
    found = {(r["unit_id"], r["indicator"]): r for r in ValueStore(city).table().to_pylist()}
    assert found["block:B002", "park_coverage"]["state"] == "missing"
    assert found["block:B002", "park_coverage"]["value"] is None
    assert found["block:B002", "road_density"]["value"] == 7.25
    assert found["block:B001", "road_density"]["place"] == "t.csv!D2"
    assert {r["period"] for r in found.values()} == {"2024"}
    assert {i.code for i in report.log} >= {"TOTALS_ROW_SKIPPED", "COLUMN_LOOKS_LIKE_INDICATOR"}


def test_a_checkup_year_stands_for_the_calendar_year_of_its_cutoff(tmp_path: Path) -> None:
    city = make_city(tmp_path / "c", extra="\n[years.2025]\ncutoff = 2024-12-31\n")
    file = write(tmp_path, "unit_id,park_coverage\nB001,81\n")
    load(city, [file], source="x", year=2025, level="block")
    assert ValueStore(city).table()["period"].to_pylist() == ["2024"]
    late = write(tmp_path, "unit_id,indicator,period,value\nB001,park_coverage,2025,81\n", "l.csv")
    assert refused(city, late, year=2025, level="block")["AFTER_CUTOFF"]


def test_every_fault_of_a_row_is_told_with_its_cell(city: CityFolder, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "unit_id,level,indicator,period,value,state\n"
        "B001,block,park_coverage,2024,many,\n"
        "B002,block,park_coverage,2024,NaN,\n"
        "B003,block,park_coverage,2024,1e999,\n"
        "B004,block,park_coverage,2024,130,\n"
        "b005,block,park_coverage,2024,50,\n"
        "B006,block,park_coverage,Summer 2022,50,\n"
        "B007,block,park_coverag,2024,50,\n"
        "B008,block,park_coverage,2024,50,unsure\n"
        "B001,parish,park_coverage,2024,50,\n",
    )
    found = refused(city, file)
    assert found["VALUE_NOT_A_NUMBER"][0]["place"] == {
        "file": "t.csv", "row": 2, "cell": "E2", "id": "B001",
    }  # fmt: skip
    assert len(found["VALUE_NOT_FINITE"]) == 2
    assert found["VALUE_OUT_OF_RANGE"][0]["place"]["cell"] == "E5"  # type: ignore[index]
    assert "B005" in str(found["UNIT_UNKNOWN"][0]["why"])
    assert "Summer 2022" in str(found["PERIOD_UNREADABLE"][0]["why"])
    assert "park_coverage" in str(found["INDICATOR_UNKNOWN"][0]["why"])
    assert found["STATE_UNKNOWN"]
    assert found["LEVEL_UNKNOWN"]


def test_percentages_given_as_fractions_are_refused_until_they_are_explained(
    city: CityFolder, tmp_path: Path
) -> None:
    file = write(tmp_path, "unit_id,park_coverage\nB001,0.81\nB002,0.9\nB003,0\n")
    assert len(refused(city, file, year=2024, level="block")["PERCENT_AS_FRACTION"]) == 1
    said = write(tmp_path, '[units]\npark_coverage = "fraction"\n', "m.toml")
    load(city, [file], source="a", year=2024, level="block", mapping=said)
    assert ValueStore(city).table()["value"].to_pylist() == [81.0, 90.0, 0.0]
    meant = write(tmp_path, 'confirm = ["PERCENT_AS_FRACTION"]\n', "n.toml")
    load(city, [file], source="b", year=2024, level="block", mapping=meant)
    assert sorted(ValueStore(city).table()["value"].to_pylist())[:3] == [0.0, 0.0, 0.81]


def test_a_leap_of_fifty_times_is_refused_until_it_is_confirmed(
    city: CityFolder, tmp_path: Path
) -> None:
    first = write(tmp_path, "unit_id,indicator,period,value\nB001,road_density,2023,8\n")
    load(city, [first], source="a", level="block")
    leap = write(tmp_path, "unit_id,indicator,period,value\nB001,road_density,2024,800\n", "b.csv")
    issue = refused(city, leap, level="block")["RATIO_TO_LAST_YEAR"][0]
    assert "2023" in str(issue["why"])
    yes = write(tmp_path, 'confirm = ["RATIO_TO_LAST_YEAR"]\n', "m.toml")
    assert load(city, [leap], source="a", level="block", mapping=yes).rows == 1


def test_a_leap_is_seen_though_the_period_was_told_before(city: CityFolder, tmp_path: Path) -> None:
    head = "unit_id,indicator,period,value\n"
    first = write(tmp_path, head + "B001,road_density,2023,8\nB001,road_density,2024,9\n")
    load(city, [first], source="a", level="block")
    leap = write(tmp_path, head + "B001,road_density,2024,900\n", "b.csv")
    for source in ("a", "b"):
        issue = refused(city, leap, level="block", source=source)["RATIO_TO_LAST_YEAR"][0]
        assert "2023" in str(issue["why"])


def test_one_row_is_confirmed_in_its_own_words_and_no_other(
    city: CityFolder, tmp_path: Path
) -> None:
    rows = "B001,road_density,2023,8\nB002,road_density,2023,9\n"
    first = write(tmp_path, "unit_id,indicator,period,value\n" + rows)
    load(city, [first], source="a", level="block")
    head = "unit_id,indicator,period,value,note,核实说明\n"
    both = "B001,road_density,2024,800,n,快速路并入\nB002,road_density,2024,900,,{}\n"
    half = write(tmp_path, head + both.format(""), "b.csv")
    found = refused(city, half, level="block")["RATIO_TO_LAST_YEAR"]
    assert [issue["place"]["row"] for issue in found] == [3]  # type: ignore[index]
    whole = write(tmp_path, head + both.format("同上"), "c.csv")
    load(city, [whole], source="a", level="block")
    notes = {r["period"]: r["note"] for r in ValueStore(city).table().to_pylist()}
    assert notes["2024"] == "confirmed: 同上"
    told = ValueStore(city).table()["note"].to_pylist()
    assert "n; confirmed: 快速路并入" in told


def test_units_of_measure_are_converted_or_refused(city: CityFolder, tmp_path: Path) -> None:
    head = "unit_id,indicator,period,value,unit\n"
    file = write(tmp_path, head + "B001,shelter_area_pc,2024,1.5,平方米/人\n")
    load(city, [file], source="a", level="block")
    file = write(tmp_path, head + "B002,shelter_area_pc,2024,0.00015,公顷/人\n", "b.csv")
    report = load(city, [file], source="a", level="block")
    assert "UNIT_CONVERTED" in {issue.code for issue in report.log}
    assert ValueStore(city).table()["value"].to_pylist() == pytest.approx([1.5, 1.5])
    file = write(tmp_path, head + "B003,shelter_area_pc,2024,9,kg\n", "c.csv")
    assert refused(city, file, level="block")["UNIT_OF_MEASURE_DIFFERS"]


@pytest.mark.parametrize(
    ("unit", "written", "value", "stored"),
    [
        ("人", "万人", "1.25", 12_500.0), ("m2", "万平方米", "３．５", 35_000.0),
        ("元", "亿元", "0.2", 2e7), ("户", "万户", "0.8", 8_000.0),
    ],
)  # fmt: skip
def test_ten_thousands_are_converted_and_told_in_a_column_or_a_title(
    city: CityFolder, tmp_path: Path, unit: str, written: str, value: str, stored: float
) -> None:
    systems = city.path / "systems"
    systems.mkdir(exist_ok=True)
    row = f"code,name_zh,unit,direction,levels\nmine,甲数,{unit},higher,block\n"
    (systems / "OWN.csv").write_text(row, encoding="utf-8")
    long = f"unit_id,indicator,period,value,unit\nB001,mine,2024,{value},{written}\n"
    wide = f"unit_id,period,甲数（{written}）\nB002,2024,{value}\n"
    for name, text in (("long.csv", long), ("wide.csv", wide)):
        report = load(city, [write(tmp_path, text, name)], source=name, level="block")
        told = [issue for issue in report.log if issue.code == "UNIT_CONVERTED"]
        assert [issue.severity for issue in told] == ["info"]
        assert written in told[0].why["zh"]
    assert ValueStore(city).table()["value"].to_pylist() == pytest.approx([stored, stored])


def test_duplicates_and_quotients_that_do_not_fit_are_refused(
    city: CityFolder, tmp_path: Path
) -> None:
    file = write(
        tmp_path,
        "unit_id,indicator,period,value,numerator,denominator\n"
        "B001,park_coverage,2024,80,8,10\nB001,park_coverage,2024,80,8,10\n"
        "B002,park_coverage,2024,70,8,10\nB003,park_coverage,2024,33.3,1,3\n",
    )
    found = refused(city, file, level="block")
    assert found["DUPLICATE_VALUE"][0]["place"]["row"] == 3  # type: ignore[index]
    assert [issue["place"]["row"] for issue in found["NUM_DEN_MISMATCH"]] == [4]  # type: ignore[index]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"\n\n  \n", "EMPTY_FILE"),
        (b"unit_id,park_coverage\n", "EMPTY_FILE"),
        (b"\x81\x20\xff\xfe\x00\x81", "ENCODING_UNKNOWN"),
        (b"PK\x03\x04 not a workbook", "FILE_UNREADABLE"),
        (b"a,b\n1,2\n", "HEADER_MISSING"),
    ],
)
def test_files_that_hold_no_table_are_refused(
    city: CityFolder, tmp_path: Path, content: bytes, code: str
) -> None:
    file = tmp_path / "t.csv"
    file.write_bytes(content)
    found = refused(city, file, year=2024, level="block")
    assert code in found or (code == "HEADER_MISSING" and "EMPTY_FILE" in found)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese_tables_are_read_in_every_usual_encoding(
    city: CityFolder, tmp_path: Path, encoding: str
) -> None:
    text = "单元编码；指标；年份；指标值；备注\n"
    text += "B001；公园绿化活动场地服务半径覆盖率；2024；８１.５%；街区备注\n"
    file = write(tmp_path, text.replace("；", ";"), encoding=encoding)
    report = load(city, [file], source="园林局", level="block")
    row = ValueStore(city).table().to_pylist()[0]
    assert (row["value"], row["note"], row["indicator"]) == (81.5, "街区备注", "park_coverage")
    told = [issue for issue in report.log if issue.code == "ENCODING_GBK"]
    assert bool(told) == encoding.startswith("gb")
    if told:
        assert "备注" in told[0].why["zh"]


def test_workbooks_are_read_as_people_make_them(city: CityFolder, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "街区"
    sheet["A1"] = "2024 年街区指标表"
    sheet.merge_cells("A1:D1")
    sheet["A2"], sheet["B2"], sheet["C2"] = "街区编码", "生态宜居", None
    sheet.merge_cells("B2:C2")
    sheet.merge_cells("A2:A3")
    sheet["B3"], sheet["C3"] = "公园绿化活动场地服务半径覆盖率", "城市可渗透地面面积比例"
    sheet["A4"], sheet["B4"], sheet["C4"] = "B001", "1,0", 0.455
    sheet["B4"] = "８１"
    sheet["C4"].number_format = "0.0%"
    sheet["A5"], sheet["B5"], sheet["C5"] = "B002", "—", 45
    hidden = book.create_sheet("旧数据")
    hidden.sheet_state = "hidden"
    hidden["A1"] = "x"
    file = tmp_path / "t.xlsx"
    book.save(file)
    report = load(city, [file], source="a", year=2024, level="block", key="街区编码")
    found = {(r["unit_id"], r["indicator"]): r for r in ValueStore(city).table().to_pylist()}
    assert found["block:B001", "park_coverage"]["value"] == 81.0
    assert found["block:B001", "permeable_surface_share"]["value"] == 45.5
    assert found["block:B002", "park_coverage"]["state"] == "missing"
    assert found["block:B002", "permeable_surface_share"]["place"] == "t.xlsx!街区!C5"
    assert "SHEET_HIDDEN" in {issue.code for issue in report.log}


def test_a_formula_without_its_result_is_not_an_empty_cell(
    city: CityFolder, tmp_path: Path
) -> None:
    book = openpyxl.Workbook()
    book.active.append(["unit_id", "park_coverage"])
    book.active.append(["B001", "=40+41"])
    file = tmp_path / "t.xlsx"
    book.save(file)
    issue = refused(city, file, year=2024, level="block")["FORMULA_WITHOUT_RESULT"][0]
    assert issue["place"]["cell"] == "B2"  # type: ignore[index]


def test_ids_are_text_and_are_matched_by_label_or_external_id_only_with_words(
    city: CityFolder, tmp_path: Path
) -> None:
    file = write(
        tmp_path, "unit_id,park_coverage\nblock第1,81\nX-block-2,82\nblock:B003,83\n B004 ,84\n"
    )
    report = load(city, [file], source="a", year=2024, level="block")
    assert [i.code for i in report.log] == ["UNIT_BY_LABEL", "UNIT_BY_EXTERNAL_ID"]
    ids = ValueStore(city).table()["unit_id"].to_pylist()
    assert ids == ["block:B001", "block:B002", "block:B003", "block:B004"]


def test_unknown_units_can_be_left_out_with_a_warning(city: CityFolder, tmp_path: Path) -> None:
    text = "unit_id,park_coverage\nB001,81\n" + "".join(f"Z{i},5\n" for i in range(40))
    file = write(tmp_path, text)
    found = refused(city, file, year=2024, level="block")["UNIT_UNKNOWN"]
    assert len(found) == 21
    assert found[-1]["count"] == 20
    soft = write(tmp_path, 'unknown_units = "warn"\n', "m.toml")
    report = load(city, [file], source="a", year=2024, level="block", mapping=soft)
    assert report.rows == 1
    assert {i.severity for i in report.log} == {"warning"}


def test_a_map_names_columns_marks_and_a_lookup_of_ids(city: CityFolder, tmp_path: Path) -> None:
    write(tmp_path, "GEO,OURS\n0101,B001\n0102,B002\n", "ids.csv")
    mapping = write(
        tmp_path,
        'system = "MOHURD-2023"\nsource_kind = "statistics"\ncutoff = 2024-12-31\n'
        '[columns]\nunit_id = "geo"\nvalue = "reading"\nindicator = "what"\nperiod = "when"\n'
        'park_coverage = "PC"\n'
        '[null]\nwithheld = ["###"]\n[ids]\nlookup = "ids.csv"\nfrom = "GEO"\nto = "OURS"\n',
        "m.toml",
    )
    file = write(tmp_path, "geo,what,when,reading\n0101,PC,2024,###\n0102,park_coverage,2024,7.5\n")
    load(city, [file], source="a", level="block", mapping=mapping)
    rows = ValueStore(city).table().to_pylist()
    assert [(r["unit_id"], r["state"], r["value"]) for r in rows] == [
        ("block:B001", "withheld", None),
        ("block:B002", "measured", 7.5),
    ]
    assert {(r["system"], r["source_kind"], str(r["cutoff_date"])) for r in rows} == {
        ("MOHURD-2023", "statistics", "2024-12-31")
    }
    bad = write(tmp_path, "colums = 1\n", "bad.toml")
    assert "colums" in str(refused(city, file, mapping=bad)["MAP_INVALID"][0]["why"])


def test_the_same_delivery_again_changes_nothing_and_a_newer_one_wins(
    city: CityFolder, tmp_path: Path
) -> None:
    file = write(tmp_path, "unit_id,park_coverage\nB001,81\nB002,82\n")
    first = load(city, [file], source="a", year=2024, level="block")
    assert load(city, [file], source="a", year=2024, level="block").digest == first.digest
    assert len(city.list_batches()) == 1
    newer = write(tmp_path, "unit_id,park_coverage\nB001,85\n", "n.csv")
    load(city, [newer], source="a", year=2024, level="block")
    load(city, [newer], source="b", year=2024, level="block")
    rows = ValueStore(city).table().to_pylist()
    assert [(r["unit_id"], r["source"], r["value"]) for r in rows] == [
        ("block:B002", "a", 82.0),
        ("block:B001", "a", 85.0),
        ("block:B001", "b", 85.0),
    ]


def test_a_level_that_is_not_usual_is_a_warning(city: CityFolder, tmp_path: Path) -> None:
    file = write(tmp_path, "unit_id,no_waste_sorting,rd_share\nB001,2,2.6\n")
    report = load(city, [file], source="a", year=2024, level="block")
    assert [(i.code, i.severity) for i in report.log] == [("LEVEL_NOT_ATTACHED", "warning")] * 2


def test_a_wrong_call_is_not_bad_input(city: CityFolder, tmp_path: Path) -> None:
    for options in ({"source": ""}, {"source": "a", "kind": "x"}, {"source": "a", "level": "x"}):
        with pytest.raises(WrongUse):
            load(city, [tmp_path / "t.csv"], **options)  # type: ignore[arg-type]


def test_nothing_can_be_loaded_before_there_is_a_model(tmp_path: Path) -> None:
    city = CityFolder.init(tmp_path / "c", name="空", crs="EPSG:4549")
    file = write(tmp_path, "unit_id,park_coverage\nB001,81\n")
    assert refused(city, file, year=2024, level="block")["NO_MODEL"]


def test_faults_of_meaning_are_told_too(city: CityFolder, tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "unit_id,level,indicator,period,value,state\n"
        "B001,,park_coverage,2024,50,\n"
        "B002,block,park_coverage,2024,50,withheld\n"
        "B003,block,park_coverage,2024,,measured\n"
        "B004,block,structural_hazard,,1,\n",
    )
    assert set(refused(city, file)) == {"UNIT_AMBIGUOUS", "STATE_CONTRADICTS", "PERIOD_MISSING"}


def test_an_indicator_of_two_other_systems_needs_its_system(
    city: CityFolder, tmp_path: Path
) -> None:
    for name in ("ONE", "TWO"):
        (city.systems / f"{name}.csv").write_text("code,name_en,levels\nwarmth,Warmth,block\n")
    file = write(tmp_path, "unit_id,indicator,period,value\nB001,warmth,2024,5\n")
    assert refused(city, file, level="block")["INDICATOR_AMBIGUOUS"]
    mapping = write(tmp_path, 'system = "TWO"\n', "m.toml")
    load(city, [file], source="a", level="block", mapping=mapping)
    assert ValueStore(city).table()["system"].to_pylist() == ["TWO"]


def test_a_lookup_that_cannot_be_used_refuses_the_delivery(
    city: CityFolder, tmp_path: Path
) -> None:
    file = write(tmp_path, "unit_id,park_coverage\nB001,50\n")
    head = '[ids]\nlookup = "ids.csv"\nfrom = "A"\nto = "B"\n'
    mapping = write(tmp_path, head, "m.toml")
    assert refused(city, file, mapping=mapping, year=2024, level="block")["LOOKUP_UNREADABLE"]
    write(tmp_path, "A,C\n1,2\n", "ids.csv")
    assert refused(city, file, mapping=mapping, year=2024, level="block")["LOOKUP_UNREADABLE"]


def test_two_files_are_one_delivery(city: CityFolder, tmp_path: Path) -> None:
    first = write(tmp_path, "unit_id,park_coverage\nB001,50\n", "a.csv")
    second = write(tmp_path, "unit_id,park_coverage\nB001,50\n", "b.csv")
    found = refused(city, first, second, year=2024, level="block")["DUPLICATE_VALUE"]
    assert found[0]["place"]["file"] == "b.csv"  # type: ignore[index]


def test_sheets_without_a_known_header_are_left_alone(city: CityFolder, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["unit_id", "park_coverage"])
    book.active.append(["B001", 50])
    notes = book.create_sheet("说明")
    notes.append(["填表说明", "请认真填写"])
    notes.append(["联系人", "张三"])
    file = tmp_path / "t.xlsx"
    book.save(file)
    report = load(city, [file], source="a", year=2024, level="block")
    assert [(i.code, i.place.layer) for i in report.log] == [("SHEET_IGNORED", "说明")]


def test_a_delivery_without_one_known_unit_or_indicator_is_refused(
    city: CityFolder, tmp_path: Path
) -> None:
    soft = write(tmp_path, 'unknown_units = "warn"\n', "m.toml")
    file = write(tmp_path, "unit_id,park_coverage\nZ1,50\nZ2,60\n")
    assert "NOTHING_TAKEN" in refused(city, file, mapping=soft, year=2024, level="block")
    file = write(tmp_path, "unit_id,indicator,period,value\nB001,wrong,2024,1\n")
    found = refused(city, file, level="block")
    assert set(found) == {"INDICATOR_UNKNOWN"}
