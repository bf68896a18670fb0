"""Contents that lie: nothing is read beyond what is there, and the lie has a name."""

from __future__ import annotations

import json
import resource
import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_bridge.check import check_tileset
from cim_bridge.check.contents import check_content
from cim_bridge.check.findings import Findings
from cim_bridge.check.sources import ExternalUri, Source, UnsafeUri, folder
from cim_bridge.issues import IssueLog
from cim_bridge.tiles.encode import portable
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import Globe
from cim_bridge.tiles.part import cut
from tests.cim_bridge.tilesin.made import tileset, write

NOWHERE = Source(lambda path: None)


@pytest.fixture(scope="module")
def good() -> bytes:
    import numpy as np

    corners = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 0], [0, 0, 9.0]]) + np.array(
        [623e3, 4150e3, 0]
    )
    faces = np.array([[0, 2, 1], [0, 1, 3], [1, 2, 3], [2, 0, 3]])
    features = FeatureSet.of(corners, faces, np.array([0, 0, 1, 1]), ["a", "楼"], np.arange(2))
    return portable(cut(features, np.arange(2), Globe.of("EPSG:4549", 0.0)), features)


def codes(data: bytes) -> list[str]:
    log = IssueLog()
    check_content(data, "x.glb", NOWHERE, Findings(log, "x.glb"))
    return [issue.code for issue in log]


def edited(data: bytes, change: Any) -> bytes:
    (length,) = struct.unpack_from("<I", data, 12)
    document = json.loads(data[20 : 20 + length])
    change(document)
    text = json.dumps(document).encode()
    text += b" " * (-len(text) % 4)
    rest = data[20 + length :]
    head = struct.pack("<4sIIII", b"glTF", 2, 20 + len(text) + len(rest), len(text), 0x4E4F534A)
    return head + text + rest


def table(document: dict[str, Any]) -> dict[str, Any]:
    return document["extensions"]["EXT_structural_metadata"]["propertyTables"][0]


def test_our_own_content_is_clean(good):
    assert codes(good) == []


def test_a_count_of_two_thousand_million_costs_nothing(good):
    def lie(document: dict[str, Any]) -> None:
        document["accessors"][0]["count"] = 2**31

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert "CHECK_GLTF" in codes(edited(good, lie))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_an_accessor_without_bytes_is_refused(good):
    def lie(document: dict[str, Any]) -> None:
        document["accessors"][0].pop("bufferView")
        document["accessors"][0]["count"] = 1_000_000_000

    assert "CHECK_GLTF" in codes(edited(good, lie))


@pytest.mark.parametrize(
    ("name", "lie", "code"),
    [
        ("offset", lambda d: d["bufferViews"][0].update(byteOffset=10**9), "CHECK_GLTF"),
        ("negative", lambda d: d["accessors"][0].update(count=-1), "CHECK_GLTF"),
        ("buffer", lambda d: d["buffers"][0].update(byteLength=10**9), "CHECK_GLTF"),
        ("cycle", lambda d: d["nodes"][0].update(children=[0]), "CHECK_GLTF"),
        ("bounds", lambda d: d["accessors"][-1].pop("min"), "CHECK_GLTF"),
        ("version", lambda d: d["asset"].update(version="1.0"), "CHECK_GLTF"),
        ("mesh", lambda d: d["nodes"][0].update(mesh=7), "CHECK_GLTF"),
        ("table", lambda d: table(d).update(count=100), "CHECK_TABLE"),
        ("few", lambda d: table(d).update(count=1), "CHECK_FEATURE_IDS"),
        ("class", lambda d: table(d).update({"class": "x"}), "CHECK_NOT_FOUND"),
        ("row", lambda d: table(d)["properties"].pop("row"), "CHECK_VALUE_REQUIRED"),
        ("align", lambda d: _shift(d, "row"), "CHECK_TABLE"),
        ("offsets", lambda d: _swap(d), "CHECK_TABLE"),
        ("required", lambda d: d["extensionsUsed"].remove("KHR_mesh_quantization"),
         "CHECK_EXTENSION_REQUIRED_UNUSED"),
    ],
)  # fmt: skip
def test_a_lie_in_the_json_has_a_name(good, name, lie, code):
    assert code in codes(edited(good, lie))


def _shift(document: dict[str, Any], column: str) -> None:
    view = document["bufferViews"][table(document)["properties"][column]["values"]]
    view["byteOffset"] += 4
    view["byteLength"] = 4


def _swap(document: dict[str, Any]) -> None:
    column = table(document)["properties"]["id"]
    column["stringOffsets"] = column["values"]


@pytest.mark.parametrize("cut_at", [3, 11, 19, 40, 300])
def test_a_truncated_file_is_damaged(good, cut_at):
    assert set(codes(good[:cut_at])) <= {"CHECK_CONTENT_DAMAGED", "CHECK_CONTENT_UNKNOWN"}
    assert codes(good[:cut_at])


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 2500), value=st.integers(0, 255))
def test_any_flipped_byte_gives_issues_and_never_a_traceback(good, place, value):
    data = bytearray(good)
    data[place % len(data)] = value
    codes(bytes(data))


@settings(max_examples=100)
@given(st.binary(max_size=400))
def test_random_bytes_never_raise(data):
    for magic in (b"", b"glTF", b"b3dm\1\0\0\0", b"cmpt\1\0\0\0", b"pnts\1\0\0\0", b"i3dm\1\0\0\0"):
        codes(magic + data)


@pytest.mark.parametrize(
    "uri",
    ["../../x", "/etc/passwd", "file:///etc/passwd", "a\\b", "..%2f..%2fx", "%00", "c:/x",
     "data:;base64,%%%"],
)  # fmt: skip
def test_uris_that_leave_the_tileset_are_refused(tmp_path, uri):
    with pytest.raises(UnsafeUri):
        folder(tmp_path).fetch(uri, "tiles/tileset.json")


@pytest.mark.parametrize("uri", ["http://host/x.glb", "https://host/x", "//host/x"])
def test_other_hosts_are_never_asked(tmp_path, uri):
    with pytest.raises(ExternalUri):
        folder(tmp_path).fetch(uri, "tileset.json")


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "tiles").mkdir()
    (tmp_path / "tiles" / "x.glb").symlink_to(tmp_path / "secret")
    assert folder(tmp_path / "tiles").fetch("x.glb", "tileset.json") is None


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_no_uri_leads_out_of_the_root(uri):
    source = Source(lambda path: None)
    try:
        path = source.resolve(uri, "a/b/tileset.json")
    except (UnsafeUri, ExternalUri, ValueError):
        return
    assert not path.startswith("/")
    assert ".." not in path.split("/")


def test_a_missing_tileset_is_an_issue(tmp_path: Path):
    (issue,) = check_tileset(tmp_path / "tileset.json")
    assert issue.code == "CHECK_FILE_MISSING"


def test_a_vertex_outside_its_box_is_found(good, tmp_path):
    (tmp_path / "x.glb").write_bytes(good)
    document = {
        "asset": {"version": "1.1"},
        "geometricError": 10,
        "root": {
            "refine": "REPLACE",
            "boundingVolume": {"box": [0, 0, 5, 4, 0, 0, 0, 6, 0, 0, 0, 6]},
            "geometricError": 0,
            "content": {"uri": "x.glb"},
        },
    }
    (tmp_path / "tileset.json").write_text(json.dumps(document))
    loose = [i.code for i in check_tileset(tmp_path / "tileset.json")]
    strict = [i.code for i in check_tileset(tmp_path / "tileset.json", strict=True)]
    assert loose == ["CHECK_CONTENT_STANDS_OUT"]
    assert strict == ["CHECK_CONTENT_OUTSIDE"]


def test_a_folder_stands_for_the_tileset_in_it(tmp_path: Path) -> None:
    write(tmp_path / "t", {"tileset.json": tileset({"content": {"uri": "a.glb"}}), "a.glb": b""})
    named = check_tileset(tmp_path / "t" / "tileset.json").to_json()
    assert check_tileset(tmp_path / "t").to_json() == named
    assert "CHECK_FILE_MISSING" not in {one["code"] for one in named}
    (tmp_path / "empty").mkdir()
    assert [one.code for one in check_tileset(tmp_path / "empty")] == ["CHECK_FILE_MISSING"]
