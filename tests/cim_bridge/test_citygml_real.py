"""CityGML nobody here made; figures are those of the data's own manifest or counted apart."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
import shapely
from pyproj import Transformer
from scipy.spatial import cKDTree

from cim_bridge.build import bridge
from cim_bridge.check import check_city
from cim_bridge.citygml.appearance import read_appearance
from cim_bridge.crs import lonlat_box
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading
from cim_bridge.release import open_model
from tests.cim_bridge.cityfiles import found, new_city, read
from tests.cim_bridge.gmlfiles import box, member, multi, polygon, root, write

pytestmark = pytest.mark.shared

PLACES = {
    "building_lod2_v3_attrs.gml": (11.8733, 48.0361),
    "delft_citygml2.xml": (4.3616, 52.0070),
    "fzk_Building_LOD0-EPSG25832_v2.gml": (8.4367, 49.0966),
    "fzk_Building_LOD1-EPSG25832_v2.gml": (8.4367, 49.0966),
    "fzk_Building_LOD2-EPSG25832_v2.gml": (8.4367, 49.0966),
    "fzk_Building_and_garage_LOD2-EPSG25832_v2.gml": (8.4367, 49.0966),
    "nrw_LoD2_32_280_5659.gml": (5.8739, 51.0424),
    "plateau_yokosuka_52397519_bldg.gml": (139.7389, 35.2599),
    "zurich_lod2_citygml1.xml": (8.5415, 47.3727),
}
"""Longitude and latitude of each file's middle, by the envelopes in the files."""


def manifest(shared: Path) -> dict[str, str]:
    with (shared / "data" / "MANIFEST.csv").open(encoding="utf-8") as handle:
        rows = [row for row in csv.DictReader(handle) if row["file"].startswith("citygml/")]
    return {row["file"].removeprefix("citygml/"): row["notes"] for row in rows}


def good(path: Path, **wish: str) -> Reading:
    reading, log = read(path, **wish)
    assert not log.errors, log
    assert reading is not None
    return reading


def test_every_file_gives_the_objects_its_manifest_counts(shared: Path) -> None:
    files = {name: notes for name, notes in manifest(shared).items() if "top objects" in notes}
    assert len(files) == 12
    for name, notes in files.items():
        counted = notes.partition("top objects ")[2].partition("}")[0] + "}"
        tops = json.loads(counted)
        reading, log = read(shared / "data" / "citygml" / name)
        if name == "fzk_Building_LOD1-LocalEngineeringCRS_v2.gml":
            assert found(log) == {"SRS_LOCAL"}
            continue
        assert reading is not None, name
        buildings = sum(len(units) for units in reading.units if units.level == "building")
        assert buildings == tops.get("Building", 0), name
        assert (reading.ground is not None) == ("ReliefFeature" in tops), name
        assert not log.errors


def test_every_file_lies_where_its_city_is(shared: Path) -> None:
    for name, (longitude, latitude) in PLACES.items():
        reading = good(shared / "data" / "citygml" / name)
        bounds = tuple(float(v) for v in shapely.total_bounds(reading.units[0].shapes))
        at = lonlat_box((bounds[0], bounds[1], bounds[2], bounds[3]), str(reading.crs))
        assert at is not None
        middle = ((at[0] + at[2]) / 2, (at[1] + at[3]) / 2)
        assert middle == pytest.approx((longitude, latitude), abs=2e-3), name


def test_a_survey_in_north_rhine_westphalia_keeps_every_id(shared: Path) -> None:
    path = shared / "data" / "citygml" / "nrw_LoD2_32_280_5659.gml"
    text = path.read_text(encoding="utf-8")
    wanted = re.findall(r'<bldg:Building gml:id="([^"]+)"', text)
    reading = good(path)
    units = reading.units[0]
    assert units.ids.tolist() == wanted
    assert len(wanted) == 109
    assert reading.mesh is not None
    assert len(np.unique(reading.mesh.feature)) == 109
    assert set(reading.mesh.lod.tolist()) == {20}
    heights = units.columns["height"]
    measured = [float(h) for h in re.findall(r"<bldg:measuredHeight[^>]*>([\d.]+)<", text)]
    assert max(measured) == np.nanmax(heights)
    assert reading.mesh.vertices[:, 2].min() == pytest.approx(33.429)
    assert reading.mesh.vertices[:, 2].max() == pytest.approx(45.695)


def test_plateau_takes_lod2_where_there_is_some_and_lod1_elsewhere(shared: Path) -> None:
    path = shared / "data" / "citygml" / "plateau_yokosuka_52397519_bldg.gml"
    reading, log = read(path)
    assert found(log) == {"CODELIST_ABSENT", "TEXTURE_MISSING"}
    assert reading is not None
    assert reading.mesh is not None
    assert reading.crs == "EPSG:6697"
    finest = [int(reading.mesh.lod[reading.mesh.feature == row].max()) for row in range(13)]
    assert sorted(finest) == [10] * 11 + [20] * 2  # one of the two has two parts
    data = [json.loads(text) for text in reading.units[0].columns["attributes"]]
    assert all(row["uro:buildingIDAttribute.buildingID"].startswith("14201-bldg-") for row in data)
    assert "横須賀美術館" in reading.units[0].columns["label_zh"].tolist()


def test_plateau_codes_are_explained_by_the_lists_of_the_package(shared: Path) -> None:
    folder = shared / "data" / "citygml" / "plateau_numazu" / "udx" / "luse"
    units = good(folder / "523836_luse_6668_op.gml").units[0]
    data = json.loads(units.columns["attributes"][0])
    assert data["class"] == "215"
    assert data["class.label"].startswith("道路用地")
    assert data["uro:landUseDetailAttribute.city.label"] == "静岡県沼津市"


def test_the_terrain_of_plateau_becomes_the_ground(shared: Path) -> None:
    path = shared / "data" / "citygml" / "plateau_yokosuka_523965_dem.gml"
    ground = good(path).ground
    assert ground is not None
    assert len(ground) == path.read_text(encoding="utf-8").count("<gml:Triangle>")
    low, high = ground.vertices.min(axis=0), ground.vertices.max(axis=0)
    assert low == pytest.approx([139.68749969167254, 35.19494653600746, -0.02], abs=1e-9)
    assert high == pytest.approx([139.69999972, 35.20833178021569, 24.199632], abs=1e-9)


def test_textures_are_read_by_surface_and_ring(shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "citygml" / "plateau_yokosuka_52397519_bldg.gml"
    path = write(tmp_path / "a.gml", source.read_text(encoding="utf-8-sig"))
    images = sorted(set(re.findall(r"<app:imageURI>(.*?)<", path.read_text(encoding="utf-8"))))
    for image in images:
        (tmp_path / image).parent.mkdir(exist_ok=True)
        (tmp_path / image).write_bytes(b"")
    log = IssueLog()
    found_ = read_appearance(path, log)
    assert len(log) == 0
    assert found_ is not None
    pictures = [one.picture for one in found_.materials if one.picture is not None]
    paths = [one.path for one in pictures if one.path is not None]
    assert sorted(str(p.relative_to(tmp_path.resolve())) for p in paths) == images
    assert len(images) == 3
    assert len(found_.rings) == len(found_.wears) == len(found_.offset) - 1
    first = found_.rings["ID_56ab9ae6-33c6-4de3-9a72-ec79053072f6"]
    uv = found_.uv[found_.offset[first] : found_.offset[first + 1]]
    assert uv.tolist()[:2] == [[0.642865, 0.007874], [0.631711, 0.164285]]
    wear = found_.wears["ID_7d6d4336-6415-4fa1-b8a8-961868134629"]
    assert wear == (-1, 0, -1)


def test_materials_have_colour_and_opacity(tmp_path: Path) -> None:
    material = (
        "<app:appearanceMember><app:Appearance><app:theme>t</app:theme><app:surfaceDataMember>"
        "<app:X3DMaterial><app:diffuseColor>1.0 0.5 0</app:diffuseColor><app:transparency>0.25"
        "</app:transparency><app:target>#p</app:target></app:X3DMaterial></app:surfaceDataMember>"
        "<app:surfaceDataMember><app:ParameterizedTexture><app:imageURI>../../../x.jpg"
        "</app:imageURI></app:ParameterizedTexture></app:surfaceDataMember></app:Appearance>"
        "</app:appearanceMember>"
    )
    face = multi(polygon(box(280_000, 5_659_000, 0, 9, 9, 9)[0], "p"))
    foot = f"<bldg:lod0FootPrint>{face}</bldg:lod0FootPrint>"
    inner = member(f'<bldg:Building gml:id="b">{foot}</bldg:Building>')
    path = write(tmp_path / "a.gml", root(inner + material))
    log = IssueLog()
    appearance = read_appearance(path, log)
    assert appearance is not None
    assert found(log) == {"TEXTURE_OUTSIDE"}
    assert [one.colour for one in appearance.materials] == [(1.0, 0.5, 0.0, 0.75)]
    assert appearance.wears == {"p": (0, -1, -1)}


@pytest.mark.parametrize(
    ("name", "crs", "count"),
    [
        ("plateau_yokosuka_52397519_bldg.gml", "EPSG:6677", 13),
        ("nrw_LoD2_32_280_5659.gml", "EPSG:25832", 109),
    ],
)
def test_a_city_folder_of_citygml_passes_every_check(
    shared: Path, tmp_path: Path, name: str, crs: str, count: int
) -> None:
    city = new_city(tmp_path / "city", crs=crs)
    report = bridge(city, [shared / "data" / "citygml" / name])
    assert report.counts["building"] == count
    assert check_city(city).errors == []
    units = open_model(city).units
    buildings = units[units["level"] == "building"]
    assert buildings["height"].between(1, 30).all()
    assert (buildings["area"] > 1).all()
    assert "MESH_OPEN" not in found(report.issues)


def test_every_vertex_of_a_bridged_city_is_one_of_the_file(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "citygml" / "plateau_yokosuka_52397519_bldg.gml"
    city = new_city(tmp_path / "city", crs="EPSG:6677")
    bridge(city, [path])
    text = " ".join(re.findall(r"<gml:posList>([^<]*)<", path.read_text(encoding="utf-8")))
    latitude, longitude, height = np.array(text.split(), float).reshape(-1, 3).T
    x, y = Transformer.from_crs("EPSG:6668", "EPSG:6677", always_xy=True).transform(
        longitude, latitude
    )
    distance, _ = cKDTree(np.column_stack((x, y, height))).query(open_model(city).mesh().vertices)
    assert distance.max() < 1e-6


def test_a_plateau_package_is_one_source(shared: Path, tmp_path: Path) -> None:
    city = new_city(tmp_path / "city", crs="EPSG:6676")
    report = bridge(city, [shared / "data" / "citygml" / "plateau_numazu"], name="udx")
    assert report.counts["object"] == 3 + 81 + 225 + 3 + 47
    units = open_model(city).units
    objects = units[units["level"] == "object"]
    assert objects["kind"].value_counts().to_dict() == {"landuse": 225, "hazard": 87, "zone": 47}
    assert check_city(city).errors == []
    again = bridge(city, [shared / "data" / "citygml" / "plateau_numazu"], name="udx")
    assert again.digest == report.digest


def test_a_folder_without_anything_to_read_is_refused(tmp_path: Path) -> None:
    from cim_bridge.errors import InputRefused

    city = new_city(tmp_path / "city")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "readme.txt").write_text("nothing", encoding="utf-8")
    with pytest.raises(InputRefused) as refused:
        bridge(city, [tmp_path / "empty"])
    assert found(refused.value.log) == {"FOLDER_EMPTY"}
