"""3D Tiles on a listed host are read, and bound, as if they lay here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from cim_bridge.binding.attach import AttachReport, attach
from cim_bridge.binding.release import open_binding
from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.readers.remote.given import given
from cim_bridge.readers.remote.mirror import name_of
from cim_bridge.release import open_model
from cim_bridge.tiles.globe import enu_frame
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.package import open_package
from cim_bridge.tilesin.references import references
from cim_bridge.tilesin.web import WebSource, read_index
from tests.cim_bridge.remote.asking import bridged, refusal, same_shapes
from tests.cim_bridge.remote.conftest import make_city
from tests.cim_bridge.tilesin.made import b3dm, cubes, tileset
from tests.support.cimtwin import cimtwin
from tests.support.platform import Platform, running

FRAME = enu_frame(np.array([*np.radians((119.97, 30.25)), 0.0])).T.ravel().tolist()


def tiles(inner: str = "inner/tileset.json", queried: str = "c/a.b3dm?v=1") -> dict[str, bytes]:
    """A coarse tile, two finer ones, one of them in a tileset of its own."""
    coarse = b3dm(cubes(1, name="_BATCHID"), 1, {"id": ["B0"]})
    fine = b3dm(cubes(2, name="_BATCHID"), 2, {"id": ["B0", "B1"]})
    last = b3dm(cubes(1, name="_BATCHID"), 1, {"id": ["B2"]})
    moved = np.eye(4)
    moved[3, 0] = 50.0
    box = {"box": [0, 0, 0, 100, 0, 0, 0, 100, 0, 0, 0, 100]}
    children = [
        {"boundingVolume": box, "geometricError": 0, "content": {"uri": queried}},
        {"boundingVolume": box, "geometricError": 1, "content": {"uri": inner},
         "transform": moved.ravel().tolist()},
    ]  # fmt: skip
    top = tileset(
        {"content": {"uri": "c/coarse.b3dm"}, "transform": FRAME, "refine": "REPLACE",
         "children": children},
        "1.0",
    )  # fmt: skip
    return {
        "city/tileset.json": _bytes(top),
        "city/c/coarse.b3dm": coarse,
        "city/c/a.b3dm": fine,
        "city/inner/tileset.json": _bytes(tileset({"content": {"uri": "../c/last.b3dm"}}, "1.0")),
        "city/c/last.b3dm": last,
    }


def _bytes(value: Any) -> bytes:
    return value if isinstance(value, bytes) else json.dumps(value).encode()


def laid(files: dict[str, bytes], folder: Path) -> Path:
    """The same files in a folder."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder / "city" / "tileset.json"


def attached(city: CityFolder, address: str, **more: Any) -> AttachReport:
    with given(city, [address], whole=True) as source:
        url = str(source.origin["address"]) if source.origin else ""
        return attach(city, source.paths[0], url=url, name=source.name, **more)


def test_a_tileset_over_http_gives_the_units_of_the_same_tileset_on_disk(
    city: CityFolder, platform: Platform, tmp_path: Path
) -> None:
    platform.files.update(tiles())
    report = bridged(city, f"{platform.address}/city/tileset.json")
    assert report.source == "city"
    here = make_city(tmp_path / "here", platform)
    bridge(here, [laid(tiles(), tmp_path)], level="building")
    found, wanted = open_model(city).units, open_model(here).units
    assert found["id"].tolist() == wanted["id"].tolist()
    assert "building:B2" in found["id"].tolist()
    assert same_shapes(found[found["level"] == "building"], wanted[wanted["level"] == "building"])
    assert not [line for line in platform.asked if "coarse" in line], "finer tiles replace it"
    assert "/city/c/a.b3dm?v=1" in platform.asked, "a query is part of the address"
    (source,) = open_model(city).manifest["sources"]
    assert source["remote"]["protocol"] == "3D Tiles"
    assert source["remote"]["contents"] == 2
    assert source["files"] == [{"name": "city.webtiles", "sha256": source["remote"]["content"]}]


def test_the_same_tileset_again_is_the_same_model(city: CityFolder, platform: Platform) -> None:
    platform.files.update(tiles())
    address = f"{platform.address}/city/tileset.json"
    assert bridged(city, address).digest == bridged(city, address).digest
    platform.files["city/c/last.b3dm"] = tiles()["city/c/coarse.b3dm"]
    assert open_model(city).digest != bridged(city, address).digest


def test_a_tileset_that_stays_with_its_platform_is_bound_by_its_address(
    city: CityFolder, platform: Platform
) -> None:
    platform.files.update(tiles())
    address = f"{platform.address}/city/tileset.json"
    bridged(city, address)
    answer = cimtwin("attach", address, "--city", city.path)
    assert answer["matched"] == answer["features"] == 4
    assert answer["issues"] == [i for i in answer["issues"] if i["code"] != "BINDING_URL_UNLISTED"]
    binding = open_binding(city, answer["binding"])
    told = binding.manifest["tileset"]
    assert (told["url"], told["path"], told["package"]) == (address, "", "web")
    index = orjson.loads((binding.path / "map.json").read_bytes())
    assert set(index["contents"]) == {
        "city/c/coarse.b3dm", "city/c/a.b3dm?v=1", "city/c/last.b3dm",
    }  # fmt: skip
    assert attached(city, address).digest == answer["binding"], "nothing of the spool is in it"


def test_a_host_that_may_be_asked_once_only_is_told_apart_from_one_that_is_shown(
    platform: Platform, tmp_path: Path
) -> None:
    platform.files.update(tiles())
    city = CityFolder.init(tmp_path / "plain", name="城", name_en="City", crs="EPSG:4549")
    address = f"{platform.address}/city/tileset.json"
    words = ("--city", city.path, "--allow-host", platform.host)
    cimtwin("bridge", address, *words, "--level", "building")
    answer = cimtwin("attach", address, *words)
    assert [issue["code"] for issue in answer["issues"]].count("BINDING_URL_UNLISTED") == 1


@pytest.mark.parametrize("listed", [True, False])
def test_an_external_tileset_is_followed_to_listed_hosts_only(
    tmp_path: Path, platform: Platform, listed: bool
) -> None:
    with running(Platform(platform.frame)) as other:
        other.files["far/tileset.json"] = _bytes(tileset({"content": {"uri": "last.b3dm"}}, "1.0"))
        other.files["far/last.b3dm"] = tiles()["city/c/last.b3dm"]
        platform.files.update(tiles(f"{other.address}/far/tileset.json"))
        more = f'allow_private = ["{other.host}"]\n' if listed else ""
        city = make_city(tmp_path / "city", platform, more)
        address = f"{platform.address}/city/tileset.json"
        if not listed:
            issue = refusal(city, address)
            assert issue.code == "REMOTE_HOST_NOT_ALLOWED"
            assert other.host in issue.why["en"]
            assert other.asked == []
            assert city.head_model() is None
            return
        bridged(city, address)
        assert "building:B2" in open_model(city).units["id"].tolist()
        report = attached(city, address)
        index = orjson.loads((open_binding(city, report.digest).path / "map.json").read_bytes())
        assert f"{other.address}/far/last.b3dm" in index["contents"]


def test_a_content_that_the_host_does_not_have_is_told_as_on_disk(
    city: CityFolder, platform: Platform
) -> None:
    platform.files.update(tiles())
    del platform.files["city/c/last.b3dm"]
    report = bridged(city, f"{platform.address}/city/tileset.json")
    assert "TILESIN_CONTENT_MISSING" in [issue.code for issue in report.issues]


def test_a_platform_that_fails_under_way_refuses_the_tileset(
    city: CityFolder, platform: Platform
) -> None:
    platform.files.update(tiles())
    platform.broken.add("city/c/last.b3dm")
    issue = refusal(city, f"{platform.address}/city/tileset.json")
    assert issue.code == "REMOTE_FAILED"
    assert "last.b3dm" in issue.why["en"]


def test_a_tileset_that_is_none_is_refused(city: CityFolder, platform: Platform) -> None:
    platform.files["x/tileset.json"] = b'{"asset": {"version": "1.0"}}'
    assert refusal(city, f"{platform.address}/x/tileset.json").code == "TILESIN_TILESET"
    missing = refusal(city, f"{platform.address}/y/tileset.json")
    assert missing.code == "REMOTE_NOT_FOUND"


def test_paths_of_another_hosts_files_end_their_addresses() -> None:
    source = WebSource(lambda _: None, "https://t.example")
    entry = source.resolve("https://t.example/a/tileset.json?k=1", "")
    assert entry == "a/tileset.json?k=1"
    assert source.resolve("c/x.glb", entry) == "a/c/x.glb"
    assert source.resolve("../%E6%A5%BC.glb", entry) == "楼.glb"
    assert source.urls["楼.glb"] == "https://t.example/%E6%A5%BC.glb"
    assert source.resolve("/r/x.glb#f", entry) == "r/x.glb"
    assert source.resolve("//u.example/x.glb", entry) == "https://u.example/x.glb"
    assert source.resolve("data:,x", entry) == "data:,x"
    for uri in ("file:///etc/passwd", "ftp://t.example/x", "a\\b", "http://[x/"):
        with pytest.raises(ValueError, match=r"."):
            source.resolve(uri, entry)
    assert name_of("https://t.example/") == "t_example"
    assert name_of("https://t.example/a%20b/tileset.json") == "a_b"


def test_an_index_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"no")
    inner = tmp_path / "in"
    inner.mkdir()
    file = inner / "x.webtiles"
    listed = {"a": {"file": "../secret", "url": "https://t.example/a"}}
    body = {"web_tileset": 1, "home": "https://t.example", "entry": "a", "files": listed}
    file.write_bytes(orjson.dumps(body))
    _, source = read_index(file)
    assert source.read("a") is None
    file.write_bytes(b'{"web_tileset": 1}')
    with pytest.raises(Broken):
        read_index(file)
    log = IssueLog()
    file.write_bytes(b'{"web_tileset":1}')
    assert open_package(file, log) is None
    assert [issue.code for issue in log] == ["TILESIN_PACKAGE"]


def test_a_content_names_the_files_it_needs() -> None:
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"uri": "a.bin"}, {"uri": "data:,x"}, {}],
        "images": [{"uri": "b.png"}],
        "extensions": {"EXT_structural_metadata": {"schemaUri": "s.json"}},
    }
    text = json.dumps(document).encode()
    assert references(text) == ["a.bin", "b.png", "s.json"]
    assert references(text, images=False) == ["a.bin", "s.json"]
    assert references(b"glTF\2\0\0\0") == []
    assert references(b"pnts") == []
    assert references(b"b3dm") == []
