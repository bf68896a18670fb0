"""IFC: places, units, kernels that fail, buildings and storeys."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pyproj import Transformer
from scipy.spatial import cKDTree

from cim_bridge.anchor import Anchor, convergence
from cim_bridge.build import bridge
from cim_bridge.check import check_city
from cim_bridge.child import run_child
from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.ifc import kernels
from cim_bridge.ifc.records import append, shapes
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish, find_reader
from cim_bridge.readers.ifc import READER
from cim_bridge.release import open_model
from tests.cim_bridge import ifcfiles
from tests.cim_bridge.ifcfiles import BUILDING, STOREY, write

pytest.importorskip("ifcopenshell", reason="the extra `ifc` is not installed")

UTM = "'EPSG:32632',$,$,$,$,$,$"


def read(path: Path, wish: Wish | None = None) -> tuple[Reading | None, IssueLog]:
    log = IssueLog()
    return READER.read(path, wish or Wish(), log), log


def good(path: Path, wish: Wish | None = None) -> Reading:
    reading, log = read(path, wish)
    assert not log.errors, log.to_json()
    assert reading is not None
    assert reading.mesh is not None
    return reading


def corners(reading: Reading) -> np.ndarray:
    assert reading.mesh is not None
    return np.unique(np.round(reading.mesh.vertices, 4), axis=0)


def expected(cos: float, sin: float, e: float, n: float, h: float) -> np.ndarray:
    x, y, z = (np.array(a) for a in ((-5.0, 5.0), (-3.0, 3.0), (0.0, 3.0)))
    grid = np.array(np.meshgrid(x, y, z)).reshape(3, -1).T
    found = np.column_stack(
        (
            e + cos * grid[:, 0] - sin * grid[:, 1],
            n + sin * grid[:, 0] + cos * grid[:, 1],
            h + grid[:, 2],
        )
    )
    return np.unique(np.round(found, 4), axis=0)


@pytest.mark.parametrize("unit", ["m", "mm", "ft"])
def test_a_map_conversion_places_every_corner_whatever_the_unit(tmp_path: Path, unit: str) -> None:
    factor = ifcfiles.UNITS[unit][1]
    metre = "#62" if unit != "m" else "$"
    path = write(
        tmp_path / "a.ifc",
        unit=unit,
        crs=f"'EPSG:32632',$,$,$,$,$,{metre}",
        conversion=f"460000.,5430000.,110.,0.6,0.8,{factor!r}",
        extra="#62=IFCSIUNIT(*,.LENGTHUNIT.,$,.METRE.);",
    )
    reading = good(path)
    assert reading.crs == "EPSG:32632"
    assert np.abs(corners(reading) - expected(0.6, 0.8, 460000, 5430000, 110)).max() < 0.001


def test_eastings_in_metres_of_a_file_in_millimetres_are_understood(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ifc", unit="mm", crs=UTM, conversion="460000.,5430000.,0.,1.,0.,$")
    assert np.abs(corners(good(path)) - expected(1, 0, 460000, 5430000, 0)).max() < 0.001


def test_a_scale_that_would_distort_is_told_and_not_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ifc", crs=UTM, conversion="460000.,5430000.,0.,1.,0.,1000.")
    reading, log = read(path)
    assert reading is not None
    assert "IFC_SCALE_ODD" in [issue.code for issue in log]
    assert np.ptp(corners(reading)[:, 0]) == pytest.approx(10.0)


def test_an_unknown_crs_is_asked_for_and_taken_from_the_command(tmp_path: Path) -> None:
    conversion = "460000.,5430000.,0.,1.,0.,1."
    path = write(tmp_path / "a.ifc", crs="'Stadtnetz',$,$,$,$,$,$", conversion=conversion)
    reading, log = read(path)
    assert reading is None
    assert [issue.code for issue in log.errors] == ["IFC_CRS_UNKNOWN"]
    assert good(path, Wish(crs="EPSG:32632")).crs == "EPSG:32632"


def test_latitude_and_longitude_are_a_guess_turned_by_true_north(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.ifc",
        site="(49,6,1,566000),(8,26,11,540400),110.",
        north="#63",
        extra="#63=IFCDIRECTION((0.5,0.8660254037844386));",
    )
    reading, log = read(path)
    assert reading is not None
    assert reading.crs == "EPSG:32632"
    assert [issue.code for issue in log.warnings] == ["IFC_PLACE_GUESSED"]
    lon, lat = 8 + 26 / 60 + 11.5404 / 3600, 49 + 6 / 60 + 1.566 / 3600
    e, n = Transformer.from_crs(4326, 32632, always_xy=True).transform(lon, lat)
    turn = np.radians(30.0 + convergence("EPSG:32632", lon, lat))  # y points 30° west of true north
    assert np.abs(corners(reading) - expected(np.cos(turn), np.sin(turn), e, n, 110)).max() < 0.001


def test_true_north_and_grid_north_differ_by_the_convergence() -> None:
    lon, lat = 8.0, 49.0
    to = Transformer.from_crs(4326, 32632, always_xy=True)
    low, high = to.transform(lon, lat), to.transform(lon, lat + 0.001)
    east_of_grid_north = np.degrees(np.arctan2(high[0] - low[0], high[1] - low[1]))
    assert convergence("EPSG:32632", lon, lat) == pytest.approx(-east_of_grid_north, abs=1e-4)


def test_without_a_place_the_anchor_is_asked_for_and_taken(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ifc")
    reading, log = read(path)
    assert reading is None
    assert [issue.code for issue in log.errors] == ["IFC_PLACE_MISSING"]
    assert "--anchor" in log.errors[0].fix["en"]
    anchor = Anchor.of("460000,5430000,7", 90.0, "EPSG:32632")
    found = corners(good(path, Wish(anchor=anchor)))
    assert np.abs(found - expected(0.0, -1.0, 460000, 5430000, 7)).max() < 0.001


@pytest.mark.parametrize("text", ["", "1", "a,b,c", "1,2,3,4", "nan,2,3"])
def test_an_anchor_that_is_no_place_is_wrong_use(text: str) -> None:
    with pytest.raises(WrongUse):
        Anchor.of(text, 0.0, "EPSG:32632")


def test_the_building_keeps_its_words_and_its_storeys_are_objects(tmp_path: Path) -> None:
    reading = good(write(tmp_path / "a.ifc", crs=UTM, conversion="460000.,5430000.,9.,1.,0.,1."))
    building, storey = reading.units
    assert building.ids.tolist() == [BUILDING]
    assert building.columns["label_en"].tolist() == ["Rathaus"]
    assert building.columns["height"][0] == pytest.approx(3.0)
    assert building.columns["ground"][0] == pytest.approx(9.0)
    assert building.shapes[0].area == pytest.approx(60.0, rel=1e-3)
    told = json.loads(building.columns["attributes"][0])
    assert told["classes"] == {"IfcBuildingElementProxy": 1}
    assert (storey.level, storey.ids.tolist()) == ("object", [STOREY])
    assert storey.columns["kind"].tolist() == ["storey"]
    assert json.loads(storey.columns["external_ids"][0]) == {"building": BUILDING}


def test_a_file_without_building_is_one(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.ifc", building=False, crs=UTM, conversion="460000.,5430000.,9.,1.,0.,1."
    )
    reading = good(path, Wish(level="building"))
    assert [len(units) for units in reading.units] == [1]
    assert reading.units[0].columns["label_en"].tolist() == ["Project"]


@pytest.mark.parametrize(
    "body",
    [b"ISO-10303-21; FILE_SCHEMA(('IFC4'));", b"\x00\x01nothing", b"ISO-10303-21;\nIFC\xff\xfe;;;"],
)
def test_a_broken_file_is_an_issue(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "a.ifc"
    path.write_bytes(body)
    log = IssueLog()
    assert find_reader(path, log) is READER
    reading, log = read(path, Wish(anchor=Anchor.of("1,1", 0, "EPSG:32632")))
    assert reading is None
    assert log.errors
    assert all(issue.code.startswith("IFC_") for issue in log.errors)


def test_without_the_library_an_issue_says_how_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kernels, "available", lambda: False)
    _, log = read(write(tmp_path / "a.ifc"))
    assert [issue.code for issue in log.errors] == ["IFC_LIBRARY_MISSING"]
    assert "cim-twin[ifc]" in log.errors[0].fix["en"]


def test_a_kernel_without_an_answer_gives_way_to_the_next(tmp_path: Path) -> None:
    log = IssueLog()
    path = write(tmp_path / "a.ifc")
    found = kernels.read_ifc(path, log, kernels=("no-such-kernel", "opencascade"))
    assert found is not None
    assert [issue.code for issue in log] == ["IFC_KERNEL_FAILED"]
    assert list(found.shapes) == [ifcfiles.WALL]


def test_a_child_out_of_time_or_memory_is_an_issue(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ifc")
    for limits in ({"seconds": 0.01}, {"megabytes": 60}):
        log = IssueLog()
        assert kernels.read_ifc(path, log, **limits) is None
        assert [issue.code for issue in log.errors] == ["IFC_UNREADABLE"]


def test_shapes_written_before_a_crash_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "shapes"
    with path.open("wb") as handle:
        append(handle, "a" * 22, np.eye(3), [[0, 1, 2]])
        append(handle, "b" * 22, np.eye(3), [[0, 1, 2]])
    path.write_bytes(path.read_bytes()[:-5])
    assert [shape.guid for shape in shapes(path)] == ["a" * 22]


def test_the_library_never_loads_in_our_process() -> None:
    code = "import sys, cim_bridge.build, cim_bridge.reader as r; r.readers();"
    code += "sys.exit('ifcopenshell' in sys.modules or 'numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert not run_child("cim_bridge.no_such_module", seconds=20, megabytes=500).well


_INDEPENDENT = """
import sys, ifcopenshell, ifcopenshell.geom, ifcopenshell.util.geolocation as geo
model = ifcopenshell.open(sys.argv[1])
settings = ifcopenshell.geom.settings()
settings.set("use-world-coords", True)
for wall in model.by_type("IfcSlab")[:3]:
    shape = ifcopenshell.geom.create_shape(settings, wall, geometry_library="opencascade")
    v = shape.geometry.verts
    for i in range(0, len(v), 3):
        print(*geo.xyz2enh(*v[i:i+3], 76670.0, 77179.0, 293.700012207031,
                           0.325568154457152, 0.945518575599318, 1.0))
"""


@pytest.mark.shared
def test_the_georeferenced_file_lies_where_an_independent_conversion_says(
    shared: Path, tmp_path: Path
) -> None:
    path = shared / "data" / "ifc" / "ifc2x3_duplex_a_georeferenced.ifc"
    folder = CityFolder.init(tmp_path / "city", name="卢森堡", crs="EPSG:2169")
    report = bridge(folder, [path])
    assert report.counts["building"] == 1
    assert report.counts["object"] == 4
    assert not check_city(folder).errors
    done = subprocess.run(
        [sys.executable, "-c", _INDEPENDENT, str(path)], capture_output=True, text=True, check=True
    )
    points = np.array([line.split() for line in done.stdout.splitlines()], np.float64)
    assert len(points) > 20
    release = open_model(folder)
    assert np.array_equal(release.parents("city"), [0])
    there = Transformer.from_crs(9897, 4978, always_xy=True)
    here = Transformer.from_crs(release.manifest["crs"], 4978, always_xy=True)
    wanted = np.column_stack(Transformer.transform(there, *points[:, :2].T, np.zeros(len(points))))
    vertices = np.asarray(release.mesh().vertices)
    found = np.column_stack(here.transform(*vertices[:, :2].T, np.zeros(len(vertices))))
    distance, nearest = cKDTree(np.column_stack((found, vertices[:, 2]))).query(
        np.column_stack((wanted, points[:, 2]))
    )
    assert distance.max() < 0.1
    assert np.abs(vertices[nearest, 2] - points[:, 2]).max() < 0.01


@pytest.mark.shared
@pytest.mark.parametrize(
    ("name", "storeys", "elements"),
    [("ifc4_fzk_haus.ifc", 2, 82), ("ifc4_openhouse.ifc", 1, 34), ("py3dtiles_simple.ifc", 0, 1)],
)
def test_real_files_give_all_their_elements(
    shared: Path, name: str, storeys: int, elements: int
) -> None:
    anchor = Anchor.of("8.43,49.1,110", 0.0, "EPSG:4326")
    reading, log = read(shared / "data" / "ifc" / name, Wish(anchor=anchor))
    assert reading is not None
    assert "IFC_SHAPES_LACKING" not in [issue.code for issue in log]
    building, *rest = reading.units
    assert json.loads(building.columns["attributes"][0])["elements"] == elements
    assert sum(len(units) for units in rest) == storeys


def test_nothing_is_written_when_the_file_is_refused(tmp_path: Path) -> None:
    folder = CityFolder.init(tmp_path / "city", name="城", crs="EPSG:32632")
    with pytest.raises(InputRefused):
        bridge(folder, [write(tmp_path / "a.ifc")])
    assert folder.head_model() is None
