"""Files as strangers bring them: odd names, cut, packed, hostile; refused or read whole."""

from __future__ import annotations

import gzip
import json
import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.matrix.hashing import digest_of
from tests.twin_server.test_cli import run

Capture = pytest.CaptureFixture[str]


def houses(spot: Callable[[int], tuple[float, float]], count: int = 12, **more: Any) -> str:
    """Squares of some twenty metres as GeoJSON; more: properties, each a function of the number."""
    features = []
    for number in range(count):
        x, y = spot(number)
        ring = [[x, y], [x + 2e-4, y], [x + 2e-4, y + 2e-4], [x, y + 2e-4], [x, y]]
        told = {"id": f"B{number}", "height": 9, **{k: f(number) for k, f in more.items()}}
        shape = {"type": "Polygon", "coordinates": [ring]}
        features.append({"type": "Feature", "properties": told, "geometry": shape})
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


def here(number: int) -> tuple[float, float]:
    return 121.4 + number * 1e-3, 37.5


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city of twelve buildings."""
    from cim_bridge.build import bridge
    from cim_bridge.folder import CityFolder
    from twin_server.writing import one_writer

    folder = tmp_path_factory.mktemp("odd")
    (folder / "good.geojson").write_text(houses(here), encoding="utf-8")
    made = CityFolder.init(folder / "city", name="烟台", name_en="Yantai", crs="EPSG:4549")
    bridge(made, [folder / "good.geojson"], level="building")
    with one_writer(made):  # its lock is there from the first writing on
        return made.path


BOMB = gzip.compress(b'{"asset": {"version": "1.1"}, "root": {' + b" " * 270_000_000)
GLTF = json.dumps({
    "asset": {"version": "2.0"}, "scenes": [{"nodes": [0]}], "nodes": [{"mesh": 0}],
    "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}],
    "accessors": [{"componentType": 5126, "count": 10**9, "type": "VEC3"}],
}).encode()  # fmt: skip
VRT = b"<OGRVRTDataSource><OGRVRTLayer name='x'><SrcDataSource>/etc/passwd</SrcDataSource>"
WEB = b'{"asset": {"version": "1.1"}, "geometricError": 1, "root": {"content": {"uri": "%s"}}}'
SOLID = b'{"type": "CityJSON", "version": "2.0", "vertices": [], "CityObjects": {"a": {"type": '
HOSTILE: dict[str, tuple[bytes, str]] = {
    "cut.city.json": (b'{"type": "CityJSON", "CityObjects": {"a"', "JSON_BROKEN"),
    "cut.gml": (b'<?xml version="1.0"?><CityModel xmlns="http://www.opengis.net/citygml/2.0"><c',
                "XML_BROKEN"),
    "empty.ifc": (b"", "FILE_EMPTY"),
    "noise.gpkg": (random.Random(1).randbytes(4000), "FORMAT_UNKNOWN"),
    "noise.parquet": (random.Random(2).randbytes(4000), "FORMAT_UNKNOWN"),
    "cut.3tz": (b"PK\3\4" + bytes(40), "TILESIN_PACKAGE"),
    "tileset.json": (BOMB, "TILESIN_PACKAGE"),
    "bomb.city.json": (BOMB, "FILE_PACKED"),
    "shapes.zip": (b"PK\3\4" + bytes(60), "FILE_PACKED"),
    "deep.city.json": (SOLID + b'"Building", "geometry": [{"type": "Solid", "lod": "1", '
                       b'"boundaries": ' + b"[" * 3000 + b"]" * 3000 + b"}]}}}", ""),
    "gbk.geojson": (houses(here, name=lambda _: "长城花园").encode("gbk"), "TEXT_NOT_UTF8"),
    "swapped.geojson": (houses(lambda n: here(n)[::-1]).encode(), "CRS_OUTSIDE_EXTENT"),
    "infinite.geojson": (houses(lambda n: (float("inf") if n == 3 else here(n)[0], 37.5)).encode(),
                         "COORDINATE_NOT_FINITE"),
    "huge.geojson": (houses(lambda n: (1e300 if n == 3 else here(n)[0], 37.5)).encode(),
                     "CRS_OUTSIDE_EXTENT"),
    "vrt.csv": (VRT, "EMPTY_FILE"),
    "door.gml": (b"<WFSDataSource><URL>http://127.0.0.1:9/</URL></WFSDataSource>",
                 "FORMAT_UNKNOWN"),
    "laugh.gml": (b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "aaaa">]>'
                  b'<CityModel xmlns="http://www.opengis.net/citygml/2.0">&a;</CityModel>',
                  "XML_DOCTYPE"),
    "greedy.gltf": (GLTF, "CHECK_GLTF"),
    "out.json": (WEB % b"../../../etc/passwd", ""),
    "web.json": (WEB % b"http://127.0.0.1:9/a.glb", ""),
    "nan.obj": (b"v nan 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n", ""),
    "model.dwg": (b"AC1027", "FORMAT_UNKNOWN"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_read_is_refused_in_words_and_changes_nothing(
    city: Path, tmp_path: Path, capsys: Capture, name: str
) -> None:
    content, code = HOSTILE[name]
    (tmp_path / name).write_bytes(content)
    before = digest_of(city)
    exit_code, out, _ = run(
        capsys, "bridge", tmp_path / name, "--city", city, "--level", "building", "--name", "odd",
        "--json",
    )  # fmt: skip
    assert exit_code == 1
    assert digest_of(city) == before
    errors = [one for one in json.loads(out)["issues"] if one["severity"] == "error"]
    assert errors
    assert not code or code in {one["code"] for one in errors}, errors
    for one in errors:
        assert all(one[part][tongue] for part in ("why", "fix") for tongue in ("zh", "en"))
        assert one["place"]["file"]


@pytest.mark.parametrize("name", ["a b;$(x)'\".geojson", "x\ny?#.geojson", "长城!花园.geojson"])
def test_a_file_of_an_odd_name_is_read_like_any_other(
    city: Path, tmp_path: Path, capsys: Capture, name: str
) -> None:
    own = shutil.copytree(city, tmp_path / "city")
    (tmp_path / name).write_text(houses(here), encoding="utf-8")
    exit_code, out, _ = run(
        capsys, "bridge", tmp_path / name, "--city", own, "--level", "building", "--name", "good",
        "--json",
    )  # fmt: skip
    assert exit_code == 0, out


@pytest.mark.parametrize("verb", ["bridge", "doctor", "load"])
def test_a_file_whose_name_is_not_utf8_is_refused_with_the_name_it_means(
    city: Path, tmp_path: Path, capfd: Capture, verb: str
) -> None:
    path = os.fsdecode(os.fsencode(tmp_path) + b"/" + "城市".encode("gbk") + b".geojson")
    Path(path).write_text(houses(here), encoding="utf-8")
    more = ["--source", "x"] if verb == "load" else []
    exit_code, out, _ = run(capfd, verb, path, "--city", city, *more, "--json")
    assert exit_code == 1
    (one,) = json.loads(out)["issues"]
    assert (one["code"], one["place"]["file"]) == ("NAME_NOT_UTF8", "城市.geojson")


def test_a_height_that_cannot_be_is_unknown_and_spoils_no_tile(
    city: Path, tmp_path: Path, capsys: Capture
) -> None:
    own = shutil.copytree(city, tmp_path / "city")
    text = houses(here, height=lambda n: 1e9 if n < 3 else 30)
    (tmp_path / "tall.geojson").write_text(text, encoding="utf-8")
    exit_code, out, _ = run(
        capsys, "bridge", tmp_path / "tall.geojson", "--city", own, "--level", "building",
        "--name", "good", "--json",
    )  # fmt: skip
    told = {one["code"]: one["count"] for one in json.loads(out)["issues"]}
    assert (exit_code, told["HEIGHT_IMPOSSIBLE"], told["HEIGHT_MISSING"]) == (0, 3, 3)
    assert run(capsys, "check", own)[0] == 0
    assert run(capsys, "export", "--city", own, "--format", "citygml", tmp_path / "o.gml")[0] == 0


def test_a_place_that_cannot_be_written_is_told_and_nothing_is_left(
    city: Path, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "there").mkdir()
    exit_code, out, _ = run(
        capsys, "export", "--city", city, "--format", "csv", tmp_path / "there", "--json"
    )
    assert exit_code == 1
    assert [one["code"] for one in json.loads(out)["issues"]] == ["SYSTEM_REFUSED"]
    assert [path.name for path in tmp_path.iterdir()] == ["there"]
