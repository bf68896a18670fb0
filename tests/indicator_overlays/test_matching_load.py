"""Names in tables → units at load: settled, listed for a person, decided, and remembered."""

from __future__ import annotations

import csv
from pathlib import Path

import geopandas as gpd
import orjson
import pytest

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from indicator_overlays.load import load
from indicator_overlays.matchrun import match_tables
from indicator_overlays.store import ValueStore
from tests.support.tinycity import make_city, units, write_model
from twin_server.cli import main

MAP = """
level = "building"
year = 2024
[match]
by = ["id", "external", "label", "address"]
label = "楼栋"
parent = ["社区"]
"""


def named() -> gpd.GeoDataFrame:
    """The tiny city with names as people give them."""
    table = units()
    labels = {
        "city:tiny": "滨海市", "district:D001": "芝罘区", "district:D002": "莱山区",
        "community:C001": "幸福社区", "community:C003": "向阳社区",
        "building:B001": "长城花园4号楼", "building:B002": "长城花园5号楼",
        "building:B003": "4号楼", "building:B020": "4号楼", "building:B005": "阳光小区1号楼",
        "building:B021": "阳光小区1号楼",
    }  # fmt: skip
    table["label_zh"] = table["id"].map(labels).fillna("")
    table["label_en"] = ""
    return table


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    folder = make_city(tmp_path / "city")
    write_model(folder, named(), "1" * 32)
    return folder


def table(tmp_path: Path, *rows: str, name: str = "t.csv") -> Path:
    file = tmp_path / name
    head = "编号,楼栋,社区,building_value\n".replace("building_value", "structural_hazard")
    file.write_text(head + "\n".join(rows) + "\n", encoding="utf-8")
    return file


def how(tmp_path: Path, text: str = MAP) -> Path:
    file = tmp_path / "map.toml"
    file.write_text(text, encoding="utf-8")
    return file


def listed(city: CityFolder, source: str = "住建局") -> list[dict[str, str]]:
    text = (city.reviews / f"{source}.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(text.decode("utf-8-sig").splitlines()))
    return [{name.split(" ")[0]: cell for name, cell in row.items()} for row in rows]


def decide(city: CityFolder, decisions: dict[str, str], source: str = "住建局") -> None:
    """Fill the column of decisions as a spreadsheet saves it: GBK, no mark."""
    path = city.reviews / f"{source}.csv"
    rows = list(csv.reader(path.read_bytes().decode("utf-8-sig").splitlines()))
    at, label = rows[0].index("decision 裁定"), rows[0].index("label 名称")
    for row in rows[1:]:
        row[at] = decisions.get(row[label], row[at])
    with path.open("w", encoding="gb18030", newline="") as handle:
        csv.writer(handle).writerows(rows)


def loaded(city: CityFolder) -> list[str]:
    return sorted(set(ValueStore(city).table()["unit_id"].to_pylist()))


ROWS = (
    "B007,,,1", "b008,,,1", "B9,,,1", "X-building-10,,,1", ",長城花園 ４號樓,,1",
    ",4#,幸福社区,1", ",阳光小区1栋,,1", ",长城花园6号楼,,1", ",外地大厦,,1",
)  # fmt: skip


def test_what_is_clear_is_loaded_and_the_rest_is_listed(city: CityFolder, tmp_path: Path) -> None:
    report = load(city, [table(tmp_path, *ROWS)], source="住建局", mapping=how(tmp_path))
    wanted = [f"building:B{n:03d}" for n in (1, 3, 7, 8, 9, 10)]
    assert loaded(city) == wanted
    assert report.match is not None
    told = report.match["levels"]["building"]
    assert (told["rows"], told["matched"], told["ambiguous"], told["unmatched"]) == (9, 6, 1, 2)
    assert told["methods"] == {"id": 3, "external": 1, "label": 2}
    assert told["set_aside"]["padding"] == 1
    assert {issue.code for issue in report.log} == {
        "MATCH_AMBIGUOUS", "MATCH_UNMATCHED", "MATCH_NAMES",
    }  # fmt: skip
    rows = {row["label"]: row for row in listed(city)}
    assert set(rows) == {"阳光小区1栋", "长城花园6号楼", "外地大厦"}
    assert rows["阳光小区1栋"]["state"] == "ambiguous"
    assert "building:B005 阳光小区1号楼" in rows["阳光小区1栋"]["candidates"]
    assert "building:B021" in rows["阳光小区1栋"]["candidates"]
    assert rows["长城花园6号楼"]["state"] == "unmatched"
    assert "长城花园4号楼" in rows["长城花园6号楼"]["candidates"]
    assert rows["外地大厦"]["candidates"] == ""
    assert {row["source"] for row in rows.values()} == {"住建局"}
    batch = city.list_batches()[-1][1]
    assert batch["match"]["levels"]["building"]["matched"] == 6


def test_decisions_are_used_kept_and_survive_a_new_model(city: CityFolder, tmp_path: Path) -> None:
    file, mapping = table(tmp_path, *ROWS), how(tmp_path)
    load(city, [file], source="住建局", mapping=mapping)
    decide(city, {
        "阳光小区1栋": "building:B021 阳光小区1号楼 (0.48)", "长城花园6号楼": "B006",
        "外地大厦": "-",
    })  # fmt: skip
    report = load(city, [file], source="住建局", mapping=mapping)
    assert "building:B021" in loaded(city)
    assert "building:B006" in loaded(city)
    assert report.match is not None
    told = report.match["levels"]["building"]
    assert (told["matched"], told["no_place"], told["methods"]["review"]) == (8, 1, 2)
    assert "MATCH_NO_PLACE" in {issue.code for issue in report.log}
    before = (city.reviews / "住建局.csv").read_bytes()
    changed = named()
    changed.loc[changed["id"] == "building:B006", "label_zh"] = "改名后的楼"
    write_model(city, changed, "2" * 32)
    again = load(city, [file], source="住建局", mapping=mapping)
    assert again.match == report.match
    assert (city.reviews / "住建局.csv").read_bytes() == before
    other = table(tmp_path, "B001,,,1", name="other.csv")
    load(city, [other], source="住建局", mapping=mapping)
    assert {row["decision"] for row in listed(city)} >= {"B006", "-"}


def test_a_decision_on_a_removed_unit_is_told_and_comes_back(
    city: CityFolder, tmp_path: Path
) -> None:
    file, mapping = table(tmp_path, "B001,,,1", ",长城花园6号楼,,1", ",外地大厦,,1"), how(tmp_path)
    load(city, [file], source="住建局", mapping=mapping)
    decide(city, {"长城花园6号楼": "building:B006", "外地大厦": "building:nobody"})
    gone = named()
    gone.loc[gone["id"] == "building:B006", "removed"] = True
    write_model(city, gone, "3" * 32)
    report = load(city, [file], source="住建局", mapping=mapping)
    codes = [issue.code for issue in report.log]
    assert codes.count("MATCH_DECISION_REMOVED") == 1
    assert codes.count("MATCH_DECISION_UNKNOWN") == 1
    assert loaded(city) == ["building:B001"]
    assert {row["decision"] for row in listed(city)} == {"building:B006", "building:nobody"}
    write_model(city, named(), "4" * 32)
    load(city, [file], source="住建局", mapping=mapping)
    assert "building:B006" in loaded(city)


def test_shifted_columns_are_told(city: CityFolder, tmp_path: Path) -> None:
    file = table(tmp_path, "B001,长城花园5号楼,,1", "B007,长城花园4号楼,,1", "B008,,,1")
    report = load(city, [file], source="住建局", mapping=how(tmp_path))
    told = [issue for issue in report.log if issue.code == "MATCH_CONTRADICTS"]
    assert [(issue.count, issue.place.row) for issue in told] == [(2, 2)]


def test_two_sources_may_decide_differently(city: CityFolder, tmp_path: Path) -> None:
    file, mapping = table(tmp_path, "B001,,,1", ",阳光小区1栋,,1"), how(tmp_path)
    for source, unit in (("住建局", "building:B005"), ("园林局", "building:B021")):
        load(city, [file], source=source, mapping=mapping)
        decide(city, {"阳光小区1栋": unit}, source)
        load(city, [file], source=source, mapping=mapping)
        mine = ValueStore(city).table().to_pylist()
        assert unit in {row["unit_id"] for row in mine if row["source"] == source}
    assert [row["decision"] for row in listed(city)] == ["building:B005"]


def test_refuse_means_that_nothing_is_left_open(city: CityFolder, tmp_path: Path) -> None:
    mapping = how(tmp_path, MAP + 'unmatched = "refuse"\n')
    file = table(tmp_path, "B001,,,1", ",外地大厦,,1")
    with pytest.raises(InputRefused) as caught:
        load(city, [file], source="住建局", mapping=mapping)
    assert [issue.code for issue in caught.value.log.errors] == ["MATCH_UNDECIDED"]
    assert city.list_batches() == []
    decide(city, {"外地大厦": "-"})
    assert load(city, [file], source="住建局", mapping=mapping).rows == 1


def test_without_match_plain_ids_mean_what_they_meant(city: CityFolder, tmp_path: Path) -> None:
    plain = how(tmp_path, 'level = "building"\nyear = 2024\n')
    with pytest.raises(InputRefused) as caught:
        load(city, [table(tmp_path, "b008,,,1")], source="住建局", mapping=plain)
    assert caught.value.log.errors[0].code == "UNIT_UNKNOWN"
    assert not city.reviews.exists()


def test_points_find_the_unit_that_holds_them(city: CityFolder, tmp_path: Path) -> None:
    file = tmp_path / "p.csv"
    file.write_text(
        "名称,东,北,structural_hazard\n甲,2.5,0.5,1\n乙,6.5,-0.2,1\n丙,7.0,-0.2,1\n丁,?,0,1\n",
        encoding="utf-8",
    )
    mapping = how(
        tmp_path,
        'level = "building"\nyear = 2024\n[match]\nby = ["point"]\nlabel = "名称"\n'
        'x = "东"\ny = "北"\ncrs = "EPSG:4549"\ntolerance = 0.5\n',
    )
    report = load(city, [file], source="住建局", mapping=mapping)
    assert loaded(city) == ["building:B003", "building:B007"]
    assert {issue.code for issue in report.log} >= {"MATCH_POINT_UNREADABLE", "MATCH_AMBIGUOUS"}
    assert {row["key"]: row["state"] for row in listed(city)} == {
        "丙": "ambiguous", "丁": "unmatched",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        '[match]\nby = ["guess"]\n',
        "[match]\ncolour = 1\n",
        '[match]\nby = ["point"]\n',
        "[match]\ntolerance = -1\n",
        '[match]\nunmatched = "drop"\n',
    ],
)
def test_a_wrong_match_table_is_refused(city: CityFolder, tmp_path: Path, text: str) -> None:
    with pytest.raises(InputRefused) as caught:
        load(city, [table(tmp_path, "B001,,,1")], source="x", mapping=how(tmp_path, text))
    assert caught.value.log.errors[0].code == "MAP_INVALID"


def test_a_column_that_is_not_there_and_a_damaged_list_are_told(
    city: CityFolder, tmp_path: Path
) -> None:
    wrong = how(tmp_path, MAP.replace('"楼栋"', '"楼座"'))
    with pytest.raises(InputRefused) as caught:
        load(city, [table(tmp_path, "B001,,,1")], source="x", mapping=wrong)
    assert "MATCH_COLUMN_MISSING" in {issue.code for issue in caught.value.log.errors}
    city.reviews.mkdir(exist_ok=True)
    (city.reviews / "x.csv").write_text("a,b\n1,2\n")
    with pytest.raises(InputRefused) as caught:
        load(city, [table(tmp_path, "B001,,,1")], source="x", mapping=how(tmp_path))
    assert [issue.code for issue in caught.value.log.errors] == ["MATCH_REVIEW_UNREADABLE"]
    assert (city.reviews / "x.csv").read_text() == "a,b\n1,2\n"


def test_a_list_edited_by_hand_keeps_what_people_added(city: CityFolder, tmp_path: Path) -> None:
    file, mapping = table(tmp_path, "B001,,,1", ",外地大厦,,1", ",=1+1,,1"), how(tmp_path)
    match_tables(city, [file], source="住建局", mapping=mapping)
    assert city.list_batches() == []
    path = city.reviews / "住建局.csv"
    text = path.read_bytes().decode("utf-8-sig")
    assert ",'=1+1," in text
    lines = text.splitlines()
    lines[0] += ",电话"
    lines[1:] = [line + f",10{n}" for n, line in enumerate(lines[1:])]
    twice = lines[1].replace(",,,,10", ",B005,,,10")
    loose = ",".join(["", *lines[1].split(",")[1:]])
    path.write_text("\n".join([*lines, twice, loose]) + "\n", encoding="utf-8-sig")
    report = match_tables(city, [file], source="住建局", mapping=mapping)
    assert {"MATCH_DECISION_TWICE", "MATCH_REVIEW_ROW"} <= {issue.code for issue in report.log}
    assert {row["电话"] for row in listed(city)} == {"100", "101"}
    assert {row["label"] for row in listed(city)} == {"外地大厦", "'=1+1"}
    assert report.open_rows == 2


def test_the_verb_match_lists_and_loads_nothing(
    city: CityFolder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = table(tmp_path, *ROWS, "合计,,,9")
    with pytest.raises(SystemExit) as done:
        main([
            "match", str(file), "--city", str(city.path), "--source", "住建局",
            "--map", str(how(tmp_path)), "--json",
        ])  # fmt: skip
    assert done.value.code == 0
    told = orjson.loads(capsys.readouterr().out)
    assert told["match"]["levels"]["building"]["rate"] == pytest.approx(6 / 9, abs=1e-6)
    assert told["undecided"] == 3
    assert Path(told["review"]).is_file()
    assert city.list_batches() == []
    with pytest.raises(SystemExit) as done:
        main([
            "match", str(file), "--city", str(city.path), "--source", "y", "--level", "building",
            "--key", "编号",
        ])  # fmt: skip
    out = capsys.readouterr().out
    assert done.value.code == 0
    assert "building" in out
    assert "reviews" in out
