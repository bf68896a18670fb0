"""Foreign bytes are parsed apart: whatever they do to the child, we get an Issue and live on."""

from __future__ import annotations

import io
import json
import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely

from cim_bridge import child
from cim_bridge.child import run_child
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Wish, find_reader, join_readings
from cim_bridge.readers.citygml import READER as CITYGML
from cim_bridge.readers.vector import READER
from cim_bridge.spoolarrays import (
    Arrays,
    dump_arrays,
    load_arrays,
    pack,
    pack_shapes,
    unpack,
    unpack_shapes,
)
from cim_bridge.vectors import opened
from tests.cim_bridge.cityfiles import grid
from tests.cim_bridge.gmlfiles import write_town

UNIX = pytest.mark.skipif(sys.platform == "win32", reason="limits of memory and CPU are Unix's")


def codes(log: IssueLog) -> set[str]:
    return {issue.code for issue in log}


@UNIX
@pytest.mark.parametrize(
    ("word", "seconds", "reason"),
    [
        ("swell", 20, "out of memory"),
        ("spin", 2, "out of time"),
        ("sleep", 1, "out of time"),
        ("crash", 20, "crashed (signal 11)"),
        ("shout", 20, "no such thing"),
        ("behave", 20, "exit 0"),
    ],
)
def test_a_child_is_held_to_its_limits(word: str, seconds: int, reason: str) -> None:
    ended = run_child("tests.support.badchild", word, seconds=seconds, megabytes=1500)
    assert ended.reason == reason
    assert ended.well == (word == "behave")
    assert ended.broke == (word not in ("shout", "behave"))
    assert len(ended.errors) <= 1 << 20


@UNIX
def test_cpu_time_is_limited_by_the_system_itself() -> None:
    """The parent's clock is slow here, so it is the CPU limit that ends a busy child."""
    limits = {"CIM_CHILD_SECONDS": "1", "CIM_CHILD_MEGABYTES": "1500"}
    program = "import sys; from tests.support.badchild import main; main('spin')"
    import os
    import subprocess

    root = str(Path(__file__).resolve().parents[2])
    env = {**os.environ, **limits, "PYTHONPATH": root}
    ran = subprocess.run([sys.executable, "-c", program], env=env, timeout=30, check=False)
    assert child.Ended(ran.returncode, "").reason == "out of time"


def test_a_vector_file_that_breaks_its_reader_is_an_issue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = buildings(tmp_path / "b.gpkg", 10)
    monkeypatch.setattr(opened, "generous", lambda size: (30.0, 100))  # not even numpy fits
    log = IssueLog()
    assert READER.read(path, Wish(level="building"), log) is None
    assert codes(log) == {"CHILD_ENDED"}
    assert "100 MB" in next(iter(log)).why["en"]


def buildings(path: Path, count: int, **more: object) -> Path:
    shapes = grid(count, 8.0)
    fields = {"bid": [f"b-{n}" for n in range(count)], "height": np.arange(count) + 3.0, **more}
    arrays = [
        np.array(v, object) if isinstance(v, list) else np.asarray(v) for v in fields.values()
    ]
    pyogrio.raw.write(
        path, shapely.to_wkb(shapes), arrays, list(fields), geometry_type="Polygon",
        crs="EPSG:32651",
    )  # fmt: skip
    return path


BOMBS = {
    "vrt.geojson": b'<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd'
    b"</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>",
    "wfs.gml": b"<OGRWFSDataSource><URL>http://127.0.0.1:9/</URL></OGRWFSDataSource>",
    "kml.gpkg": b"<kml><NetworkLink><Link><href>http://127.0.0.1:9/</href></Link></NetworkLink></kml>",
    "esri.geojson": b'{"type":"FeatureCollection","features":[],"url":"http://127.0.0.1:9/query"}',
    "deep.geojson": b'{"type":"FeatureCollection","features":' + b"[" * 200_000,
    "huge.geojson": b'{"type":"FeatureCollection","features":[{"type":"Feature","properties":'
    b'{"id":"a","height":1' + b"0" * 5000 + b'},"geometry":{"type":"Point","coordinates":[1'
    + b"0" * 400 + b",1e999]}}]}",
    "sql.gpkg": b"SQLite format 3\0" + bytes(range(256)) * 40,
    "count.fgb": b"fgb\x03fgb\x01" + b"\xff" * 400,
    "vsicurl.geojson": b'{"type":"FeatureCollection","name":"/vsicurl/http://127.0.0.1:9/a.json",'
    b'"features":[]}',
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(BOMBS))
def test_files_made_to_hurt_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(BOMBS[name])
    log = IssueLog()
    reader = find_reader(path, log)
    reading = reader.read(path, Wish(level="building"), log) if reader else None
    assert reading is None
    assert log.errors


def test_archives_are_no_way_in(tmp_path: Path) -> None:
    """A zip is never opened as a vector file: no bomb, no `../`, no link inside can matter."""
    for name in ("shapes.zip", "places.kmz", "bomb.shp"):
        path = tmp_path / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("../../outside.shp", b"\0" * (8 << 20))
            archive.writestr("doc.kml", b" " * (8 << 20))
        log = IssueLog()
        reader = find_reader(path, log)
        assert reader is None
        assert codes(log) == {"FILE_PACKED"}
    assert not (tmp_path.parent.parent / "outside.shp").exists()


def test_what_a_file_names_beside_itself_stays_unread(tmp_path: Path) -> None:
    """A GeoJSON that is a link out of the folder is what it points to, never its neighbours."""
    (tmp_path / "secret.csv").write_text("id,height\na,1\n")
    link = tmp_path / "b.geojson"
    link.symlink_to(tmp_path / "secret.csv")
    log = IssueLog()
    reader = find_reader(link, log)
    assert reader is None or reader.read(link, Wish(level="building"), log) is None
    assert log.errors


def test_texts_shapes_and_numbers_survive_being_packed() -> None:
    arrays: Arrays = {}
    texts = np.array([None, "", "街道", b"\xff\0", 3, {"a": [1]}, "\0x"], dtype=object)
    few = np.array(["a", "b", "a"] * 400, dtype=object)
    many = np.array([f"id {n}" for n in range(3000)], dtype=object)
    shapes = np.array([shapely.Point(1, 2, 3), None, shapely.box(0, 0, 1, 1)], dtype=object)
    for name, values in {"texts": texts, "few": few, "many": many, "n": np.arange(4)}.items():
        pack(arrays, name, values)
    pack(arrays, "none", np.zeros(0, object))
    pack_shapes(arrays, "shapes", shapes)
    assert all(values.dtype != object for values in arrays.values())
    assert unpack(arrays, "texts").tolist() == texts.tolist()
    assert (unpack(arrays, "few") == few).all()
    assert len(arrays["few/of"]) == len(few)
    assert (unpack(arrays, "many") == many).all()
    assert len(unpack(arrays, "none")) == 0
    assert unpack_shapes(arrays, "shapes").tolist() == shapes.tolist()
    arrays |= {"day": np.array(["2025-01-02"], "M8[ms]"), "flat": np.zeros((0, 3), np.float32)}
    file = io.BytesIO()
    dump_arrays(arrays, file)
    file.seek(0)
    back = load_arrays(file)
    assert list(back) == list(arrays)
    assert all(back[name].dtype == values.dtype for name, values in arrays.items())
    assert all((back[name] == values).all() for name, values in arrays.items())
    assert back["flat"].shape == (0, 3)
    assert back["many/texts"].flags.writeable


def test_a_table_in_parts_gives_what_it_gives_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gaps = np.where(np.arange(30) % 7 == 3, np.nan, np.arange(30))
    for name in ("b.gpkg", "b.fgb"):
        path = buildings(tmp_path / name, 30, floors=gaps, use=["住宅", "office"] * 15)
        wish, told = Wish(), IssueLog()
        whole = READER.read(path, wish, told)
        monkeypatch.setattr("cim_bridge.readers.vector.ROWS", 7)
        log = IssueLog()
        parts = list(READER.stream(path, wish, log))
        assert whole is not None
        assert [len(part.units[0]) for part in parts] == [7, 7, 7, 7, 2]
        assert log.to_json() == told.to_json()
        for column, values in whole.units[0].columns.items():
            joined = np.concatenate([part.units[0].columns[column] for part in parts])
            assert joined.dtype == values.dtype
            assert json.dumps(joined.tolist()) == json.dumps(values.tolist())


def test_rows_that_need_each_other_come_in_one_piece(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cim_bridge.readers.vector.ROWS", 7)
    parts = ["yes" if n == 20 else "no" for n in range(30)]
    path = buildings(tmp_path / "b.gpkg", 30, **{"building:part": parts})
    assert len(list(READER.stream(path, Wish(), IssueLog()))) == 1
    path = buildings(tmp_path / "c.gpkg", 30)
    assert len(list(READER.stream(path, Wish(level="plot", key="bid"), IssueLog()))) == 1
    path = buildings(tmp_path / "d.gpkg", 30, id=[n % 29 for n in range(30)])
    log = IssueLog()
    assert not list(READER.stream(path, Wish(key="id"), log))
    assert codes(log) >= {"ID_DUPLICATE"}


def test_a_city_in_xml_is_parsed_apart_and_comes_in_chunks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write_town(tmp_path / "town.gml", 5)
    told, log = IssueLog(), IssueLog()
    whole = CITYGML.read(path, Wish(), told)
    parts = list(CITYGML.stream(path, Wish(), log))
    assert whole is not None
    joined = join_readings(parts)
    assert log.to_json() == told.to_json()
    assert joined.crs == whole.crs
    for mine, other in zip(joined.units, whole.units, strict=True):
        assert list(mine.columns) == list(other.columns)
        for name, values in other.columns.items():
            assert json.dumps(mine.columns[name].tolist()) == json.dumps(values.tolist())
        assert (shapely.to_wkb(mine.shapes) == shapely.to_wkb(other.shapes)).all()
    assert joined.mesh is not None
    assert whole.mesh is not None
    for name, values in whole.mesh.arrays().items():
        assert np.array_equal(values, getattr(joined.mesh, name))
    monkeypatch.setattr("cim_bridge.citygml.apart.generous", lambda size: (30.0, 60))
    log = IssueLog()
    assert not list(CITYGML.stream(path, Wish(), log))
    assert codes(log) == {"CHILD_ENDED"}


@pytest.mark.parametrize(
    ("name", "start"),
    [
        ("laughs", '<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]>'),
        ("outside", '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        ("quadratic", f'<!DOCTYPE q [<!ENTITY q "{"x" * 100_000}">]>'),
    ],
)
def test_xml_made_to_hurt_is_refused_in_the_child(tmp_path: Path, name: str, start: str) -> None:
    path = tmp_path / f"{name}.gml"
    text = write_town(tmp_path / "town.gml", 1).read_text()
    head, rest = text.split("?>", 1) if text.startswith("<?xml") else ("", text)
    path.write_text((head + "?>" if head else "") + start + rest)
    log = IssueLog()
    assert not list(CITYGML.stream(path, Wish(), log))
    assert codes(log) == {"XML_DOCTYPE"}


def test_a_child_runs_no_code_that_lies_in_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numpy.py").write_text("raise SystemExit('taken over')\n", encoding="utf-8")
    table = tmp_path / "a.geojson"
    point = '{"type":"Point","coordinates":[121.4,37.5]}'
    table.write_text(
        '{"type":"FeatureCollection","features":[{"type":"Feature","properties":{"id":"a"},'
        f'"geometry":{point}}}]}}',
        encoding="utf-8",
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep)  # two empty entries: the working folder to Python
    log = IssueLog()
    reader = find_reader(table, log)
    assert reader is not None
    assert reader.read(table, Wish(layer="facilities"), log) is not None, log.to_json()
