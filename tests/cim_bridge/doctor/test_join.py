"""A table against units: rate, ways, orphans on both sides, and what mending would add."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest

from cim_bridge.doctor.report import Report
from cim_bridge.folder import CityFolder
from tests.cim_bridge.cityfiles import row_of_boxes, write_json
from tests.cim_bridge.doctor.looked import CRS, csv_file, doctor, fact, houses, squares


def joined(report: Report) -> dict[str, Any]:
    (table,) = report.data["tables"]
    found: dict[str, Any] = table
    return found


def rows(*ids: object, more: str = "1") -> list[list[Any]]:
    return [["楼栋编号", "值"], *([name, more] for name in ids)]


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """40 houses H0000 … H0039 with labels."""
    names = [f"长城花园{n + 1}号楼" for n in range(40)]
    return houses(tmp_path / "houses.gpkg", 名称=names)


def test_the_rate_and_who_is_left_on_both_sides(tmp_path: Path, town: Path) -> None:
    table = csv_file(tmp_path / "v.csv", rows(*[f"H{n:04d}" for n in range(30)], "X1", "X2", "X1"))
    report = doctor(town, table=table, key="楼栋编号")
    told = joined(report)
    assert (told["rows"], told["matched"], told["unmatched"]) == (33, 30, 3)
    assert told["rate"] == pytest.approx(30 / 33, abs=1e-5)
    assert told["unmatched_examples"] == ["X1", "X2"]
    assert (told["units"], told["orphans"]) == (40, 10)
    assert told["orphan_examples"][0] == "building:H0030"
    assert told["duplicate_examples"] == [{"id": "X1", "count": 2}]
    assert report.verdict.review == 3
    assert report.verdict.word == "works"
    assert (
        "91% joined by `楼栋编号` (30 of 33 rows) · 3 rows need review"
        in (report.verdict.text["en"])
    )


def test_every_row_that_matches_needs_no_review(tmp_path: Path, town: Path) -> None:
    table = csv_file(tmp_path / "v.csv", rows(*[f"H{n:04d}" for n in range(40)]))
    report = doctor(town, table=table, key="楼栋编号")
    assert report.verdict.review == 0
    assert "review" not in report.verdict.text["en"]
    assert joined(report)["orphans"] == 0
    assert not joined(report)["needs_map"]


def test_the_key_is_found_when_nobody_names_it(tmp_path: Path, town: Path) -> None:
    lines = [["序号", "编码", "值"], *([n, f"H{n:04d}", n] for n in range(40))]
    told = joined(doctor(town, table=csv_file(tmp_path / "v.csv", lines)))
    assert (told["key"], told["key_found"], told["matched"]) == ("编码", True, 40)


def test_a_key_that_is_not_there_is_an_error_with_the_columns(tmp_path: Path, town: Path) -> None:
    table = csv_file(tmp_path / "v.csv", rows("H0001"))
    report = doctor(town, table=table, key="BLDG")
    (issue,) = [issue for issue in report.log if issue.code == "DOCTOR_NO_KEY"]
    assert "楼栋编号, 值" in issue.why["en"]
    assert report.verdict.word == "fails"


def test_labels_join_where_ids_do_not_and_that_is_told(tmp_path: Path, town: Path) -> None:
    labels = [f"长城花园 {n + 1}#" for n in range(40)]
    told = joined(doctor(town, table=csv_file(tmp_path / "v.csv", rows(*labels))))
    assert told["ways"]["id"]["matched"] == 0
    assert told["ways"]["label"]["matched"] == 40
    assert told["methods"] == {"label": 40}


def test_zeros_that_excel_took_are_set_aside_and_told(tmp_path: Path) -> None:
    names = [f"{n:05d}" for n in range(100, 140)]
    source = houses(tmp_path / "h.gpkg", building_id=names)
    table = csv_file(tmp_path / "v.csv", rows(*[float(name) for name in names]))
    report = doctor(source, table=table, key="楼栋编号")
    told = joined(report)
    assert told["matched"] == 40
    assert told["set_aside"] == {"padding": 40}
    assert told["damage"] == {"float": 40}
    assert "text column" in fact(report.sections[-1], "Damaged ids")


def test_what_mending_would_add_is_counted_step_by_step(tmp_path: Path) -> None:
    names = [f"NL.IMBAG.Pand.{n}" for n in range(51_000, 51_040)]
    source = houses(tmp_path / "h.gpkg", building_id=names)
    table = csv_file(tmp_path / "v.csv", rows(*range(51_000, 51_040)))
    report = doctor(source, table=table, key="楼栋编号")
    assert joined(report)["matched"] == 0
    assert joined(report)["mends"] == {"affix": 40}
    assert report.verdict.word == "works_after"
    assert "leave out the prefix" in report.verdict.text["en"]


def test_ids_that_nothing_explains_do_not_work(tmp_path: Path, town: Path) -> None:
    table = csv_file(tmp_path / "v.csv", rows(*[f"甲{n}乙" for n in range(20)]))
    report = doctor(town, table=table, key="楼栋编号")
    assert report.verdict.word == "fails"
    assert "not one row of `楼栋编号` finds a unit" in report.verdict.text["en"]


def test_a_label_that_two_units_bear_is_ambiguous(tmp_path: Path) -> None:
    source = houses(tmp_path / "h.gpkg", 名称=["同名楼"] * 2 + [f"楼{n}" for n in range(38)])
    table = csv_file(tmp_path / "v.csv", rows("同名楼", "楼3"))
    report = doctor(source, table=table, key="楼栋编号")
    told = joined(report)
    assert (told["matched"], told["ambiguous"]) == (1, 1)
    (doubt,) = told["ambiguous_examples"]
    assert doubt["key"] == "同名楼"
    assert len(doubt["units"]) == 2
    assert report.verdict.review == 1


def test_points_of_the_rows_are_a_way_too(tmp_path: Path, town: Path) -> None:
    places = gpd.GeoSeries(squares(40), crs=CRS).centroid.to_crs(4326)
    lines: list[list[Any]] = [["名称", "经度", "纬度"]]
    lines += [[f"点{n}", p.x, p.y] for n, p in enumerate(places)]
    report = doctor(town, table=csv_file(tmp_path / "v.csv", lines), key="名称")
    assert joined(report)["place"] == ["经度", "纬度"]
    assert joined(report)["ways"]["point"]["matched"] == 40
    assert "100% joined by `名称` (point; 40 of 40 rows)" in report.verdict.text["en"]
    (written,) = [one for one in report.verdict.commands if one.startswith("printf")]
    assert 'by = ["point"]' in written
    assert 'x = "经度"' in written


def test_ids_in_an_attribute_of_the_model_name_the_column_to_take(tmp_path: Path) -> None:
    model = row_of_boxes(12)
    for n, one in enumerate(model["CityObjects"].values()):
        one["attributes"]["identificatie"] = f"0599{n:06d}"
    source = write_json(tmp_path / "row.city.json", model)
    table = csv_file(tmp_path / "v.csv", rows(*[f"0599{n:06d}" for n in range(12)]))
    report = doctor(source, table=table, key="楼栋编号")
    assert joined(report)["rate"] == 1.0
    assert report.verdict.word == "works_after"
    assert any("bridge" in c and "--key identificatie" in c for c in report.verdict.commands)


def test_ids_of_several_levels_are_looked_for_in_the_one_they_mean(tmp_path: Path) -> None:
    blocks = tmp_path / "blocks.gpkg"
    frame = gpd.GeoDataFrame({"block_id": [str(n) for n in range(10)]}, crs=CRS,
                             geometry=list(squares(10, step=300, size=250)))  # fmt: skip
    frame.to_file(blocks, driver="GPKG")
    source = houses(tmp_path / "h.gpkg", building_id=[str(n) for n in range(40)])
    table = csv_file(tmp_path / "v.csv", rows(*range(40)))
    told = joined(doctor(source, blocks, table=table, key="楼栋编号"))
    assert (told["level"], told["matched"], told["units"]) == ("building", 40, 40)


def test_a_gbk_table_and_each_sheet_of_a_workbook_are_read(tmp_path: Path, town: Path) -> None:
    import openpyxl

    gbk = csv_file(tmp_path / "v.csv", rows("H0001", "H0002"), "gbk")
    told = joined(doctor(town, table=gbk, key="楼栋编号"))
    assert (told["encoding"], told["matched"]) == ("gb18030", 2)
    book = openpyxl.Workbook()
    for name, ids in (("甲", ["H0001"]), ("乙", ["H0002", "X"])):
        sheet = book.create_sheet(name)
        for line in rows(*ids):
            sheet.append(line)
    del book["Sheet"]
    book.save(tmp_path / "v.xlsx")
    report = doctor(town, table=tmp_path / "v.xlsx", key="楼栋编号")
    assert [t["sheet"] for t in report.data["tables"]] == ["甲", "乙"]
    assert [t["matched"] for t in report.data["tables"]] == [1, 1]


def test_a_table_alone_says_what_it_needs(tmp_path: Path) -> None:
    report = doctor(csv_file(tmp_path / "v.csv", rows("00123", "00124", "125")))
    assert report.data["tables"][0]["key"] is None
    assert report.data["tables"][0]["keys"][0]["column"] == "楼栋编号"
    assert "--city or a model is needed" in report.verdict.text["en"]
    assert np.isclose(report.data["tables"][0]["rows"], 3)


def test_a_table_that_names_no_unit_at_all_does_not_work(tmp_path: Path, town: Path) -> None:
    lines = [["甲", "乙"], *([f"q{n}", n] for n in range(9))]
    report = doctor(town, table=csv_file(tmp_path / "v.csv", lines))
    assert report.verdict.word == "fails"
    assert "no column of v.csv names the units" in report.verdict.text["en"]
    assert "name one with --key" in fact(report.sections[-1], "Join")


def test_a_city_without_a_model_has_nothing_to_join_with(tmp_path: Path) -> None:
    city = CityFolder.init(tmp_path / "town", name="滨海", crs=CRS)
    report = doctor(table=csv_file(tmp_path / "v.csv", rows("H0001")), city=city)
    assert report.verdict.word == "fails"
    assert "bridge one first" in report.verdict.text["en"]
