"""Sources nobody here made; the expected figures were computed apart (see the data's own notes)."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from cim_bridge.build import bridge
from cim_bridge.issues import IssueLog
from cim_bridge.place import Ground, place
from cim_bridge.reader import Reading
from cim_bridge.release import open_model
from cim_bridge.sound import sound
from tests.cim_bridge.cityfiles import found, new_city, read

pytestmark = pytest.mark.shared


def sounded(path: Path, city: str, **wish: str) -> tuple[Reading, IssueLog]:
    reading, log = read(path, **wish)
    assert reading is not None, log
    placed = place(reading, None, Ground(city), log, path.name)
    assert placed is not None, log
    return sound(placed[0], log, path.name), log


def test_the_hague_keeps_all_its_buildings(shared: Path) -> None:
    path = shared / "data" / "cityjson" / "denhaag_01_v1.city.json"
    objects = json.loads(path.read_bytes())["CityObjects"]
    wanted = [name for name, item in objects.items() if item["type"] == "Building"]
    reading, log = sounded(path, "EPSG:28992")
    units = reading.units[0]
    assert len(wanted) == 844
    assert units.ids.tolist() == wanted
    assert reading.mesh is not None
    assert len(np.unique(reading.mesh.feature)) == 844
    assert reading.ground is not None
    assert np.isfinite(units.columns["height"]).all()
    assert not log.errors


def test_every_city_file_reads_or_tells_why_not(shared: Path) -> None:
    files = sorted((shared / "data" / "cityjson").iterdir())
    assert len(files) == 15
    for path in files:
        reading, log = read(path)
        assert reading is not None or log.errors, path.name
        assert reading is None or sum(len(units) for units in reading.units) > 0


def test_every_broken_file_gives_findings_and_no_traceback(shared: Path) -> None:
    files = sorted((shared / "data" / "bad" / "cjval_data").iterdir())
    told = 0
    for path in files:
        reading, log = read(path)
        if reading is not None and not log.errors:
            place(reading, "EPSG:28992", Ground("EPSG:28992"), log, path.name)
        told += bool(len(log))
    assert told >= 20


def test_two_versions_of_one_city_give_one_model(shared: Path) -> None:
    folder = shared / "data" / "cityjson"
    one, _ = read(folder / "rotterdam_3-20-delfshaven_v11.city.json")
    two, _ = read(folder / "rotterdam_3-20-delfshaven_v2.city.json")
    assert one is not None
    assert two is not None
    assert one.units[0].ids.tolist() == two.units[0].ids.tolist()
    assert one.mesh is not None
    assert two.mesh is not None
    assert (one.mesh.triangles == two.mesh.triangles).all()
    assert len(one.units[0]) == 853


def test_3dbag_takes_parts_footprints_and_its_own_attributes(shared: Path) -> None:
    path = shared / "data" / "cityjson" / "3dbag_901_trimmed.city.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    wanted = [
        name
        for line in lines
        for name, item in line["CityObjects"].items()
        if item["type"] == "Building"
    ]
    for lod, taken in (("1.2", 12), ("1.3", 13), ("2.2", 22)):
        reading, _ = sounded(path, "EPSG:7415", lod=lod)
        assert reading.mesh is not None
        assert set(reading.mesh.lod.tolist()) == {taken}
    units = reading.units[0]
    assert units.ids.tolist() == wanted
    assert np.nanmedian(units.columns["year_built"]) > 1900
    assert (units.columns["height"] < 40).all()


def test_the_japanese_file_gives_use_and_storeys(shared: Path) -> None:
    reading, _ = sounded(shared / "data" / "cityjson" / "japanese.city.json", "EPSG:6677")
    assert reading.units[0].columns["use"].tolist()[0] == "office"
    assert reading.units[0].columns["storeys"].tolist()[0] == 2


def test_chinese_names_of_a_gbk_shapefile_are_decoded(shared: Path) -> None:
    path = next((shared / "data" / "china" / "shanghai_districts_shp").glob("*.shp"))
    reading, _ = sounded(path, "EPSG:4549", level="district", crs="EPSG:4326")
    names = reading.units[0].columns["label_zh"].tolist()
    assert {"浦东新区", "黄浦区", "宝山区"} <= set(names)
    assert reading.units[0].ids.tolist()[0] == "310113"


def test_a_shapefile_without_prj_is_refused_with_a_guess(shared: Path) -> None:
    path = shared / "data" / "china" / "shenzhen_districts" / "sz.shp"
    reading, log = read(path, level="district", key="qh")
    assert reading is not None
    assert place(reading, None, Ground("EPSG:4547"), log, path.name) is None
    assert found(log) == {"CRS_MISSING"}
    assert "EPSG:4326" in log.errors[0].why["en"]


def test_pieces_of_one_feature_are_refused_as_duplicates(shared: Path) -> None:
    path = shared / "data" / "china" / "shanghai_core_derived" / "buildings.geojson"
    reading, log = read(path, level="building", where="kind=building")
    assert reading is None
    assert [issue.code for issue in log.errors] == ["ID_DUPLICATE"]


def test_new_york_in_feet_has_true_areas(shared: Path) -> None:
    path = shared / "data" / "nyc" / "ehdp_geography" / "nycd_24c" / "nycd.shp"
    reading, log = sounded(path, "EPSG:32618", level="district")
    units = reading.units[0]
    assert len(units) == 71
    square_feet = np.array([json.loads(t)["Shape_Area"] for t in units.columns["attributes"]])
    ratio = shapely.area(units.shapes) / (square_feet * 0.3048006096**2)
    assert ratio == pytest.approx(np.ones(71), abs=2e-3)
    assert "101" in units.ids.tolist()
    assert not log.errors


@pytest.mark.slow
def test_manhattan_comes_out_as_computed_apart(shared: Path, tmp_path: Path) -> None:
    data = shared / "data" / "nyc"
    city = new_city(tmp_path / "city", crs="EPSG:32618")
    districts = data / "ehdp_geography" / "nycd_24c" / "nycd.shp"
    bridge(city, [_three(districts, tmp_path)], level="district")
    bridge(city, [data / "derived" / "manhattan_cd101-103_blocks.geojson"], level="block")
    report = bridge(
        city, [data / "derived" / "manhattan_cd101-103_buildings.geojson"], level="building"
    )
    assert report.counts["building"] == 11_589
    assert report.counts["block"] == 881
    units = open_model(city).units
    buildings = units[units["level"] == "building"]
    inside = buildings[buildings["parent_block"].notna()]
    assert len(inside) == 11_581
    per_district = inside.groupby("parent_district")["height"].agg(["size", "mean"]).round(2)
    assert per_district["size"].to_dict() == {
        "district:101": 1709, "district:102": 5247, "district:103": 4625,
    }  # fmt: skip
    assert per_district["mean"].tolist() == [28.85, 18.22, 17.70]
    mesh = open_model(city).mesh()
    assert len(np.unique(mesh.feature)) == 11_589


def _three(path: Path, tmp_path: Path) -> Path:
    """Only the three districts: draping all of New York is another test's work."""
    import pyogrio

    frame = pyogrio.read_dataframe(path)
    target = tmp_path / "nycd.gpkg"
    pyogrio.write_dataframe(frame[frame["BoroCD"].isin([101, 102, 103])], target)
    return target


@pytest.mark.parametrize(
    ("cpg", "told"),
    [(None, set()), ("GBK", set()), ("936", set()), ("GB18030", set()), ("UTF-8", {"guessed"}),
     ("ISO-8859-1", {"guessed"}), ("1252", {"guessed"}), ("mine", {"guessed"}), ("BIG5", {"lost"})],
)  # fmt: skip
def test_a_gbk_shapefile_is_read_whatever_its_cpg_says(
    shared: Path, tmp_path: Path, cpg: str | None, told: set[str]
) -> None:
    for part in (shared / "data" / "china" / "shanghai_districts_shp").iterdir():
        (tmp_path / f"a{part.suffix}").write_bytes(part.read_bytes())
    if cpg is not None:
        (tmp_path / "a.cpg").write_text(cpg)
    reading, log = read(tmp_path / "a.shp", level="district")
    assert reading is not None
    names = set(reading.units[0].columns["label_zh"].tolist())
    assert ({"浦东新区", "黄浦区", "宝山区"} <= names) == ("lost" not in told)
    codes = {"guessed": "ENCODING_GUESSED", "lost": "TEXT_LOST"}
    assert found(log) - {"KEY_CHOSEN"} == {codes[word] for word in told}
