"""A bound tileset is served byte for byte beside the map of its features."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from cim_bridge.binding.attach import attach
from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.progress import SILENT
from cim_bridge.tiles.globe import enu_frame
from tests.cim_bridge.tilesin.made import b3dm, cubes, tileset, write
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.publish import publish_city, roll_back
from twin_server.settings import Settings
from twin_server.store import open_store
from twin_server.verbs.attach import attach as attach_verb


def tiles(folder: Path, ids: list[str]) -> Path:
    frame = enu_frame(np.array([*np.radians((119.97, 30.25)), 0.0]))
    top = tileset({"content": {"uri": "c/a.b3dm"}, "transform": frame.T.ravel().tolist()}, "1.0")
    content = b3dm(cubes(len(ids), name="_BATCHID"), len(ids), {"id": ids})
    files = {"tileset.json": top, "c/a.b3dm": gzip.compress(content, mtime=0), "x.txt": b"no"}
    return write(folder, files)


@pytest.fixture
def bound_city(tmp_path: Path) -> CityFolder:
    folder = CityFolder.init(tmp_path / "city", name="城", name_en="City", crs="EPSG:4549")
    bridge(folder, [tiles(tmp_path / "own", ["B0", "B1"])], level="building")
    return folder


@pytest.fixture
def browser(bound_city: CityFolder) -> Iterator[Browser]:
    with browsing(create_app(bound_city, Settings(refresh_seconds=0))) as found:
        yield found


def test_a_city_lists_what_is_bound_and_where_its_map_is(
    bound_city: CityFolder, browser: Browser, tmp_path: Path
) -> None:
    assert browser.json("/api/v1/city")["bound"] == []
    foreign = tiles(tmp_path / "platform", ["B1", "B0"])
    report = attach(bound_city, foreign)
    (entry,) = browser.json("/api/v1/city")["bound"]
    assert (entry["name"], entry["binding"], entry["level"]) == (
        "platform", report.digest, "building",
    )  # fmt: skip
    assert (entry["matched"], entry["features"], entry["rewritten"]) == (2, 2, False)
    assert entry["url"] == entry["tileset_url"]

    assert browser.get(entry["url"]).content == foreign.read_bytes()
    index = browser.json(entry["map_url"])
    part = index["contents"]["c/a.b3dm"]
    answer = browser.get(entry["column"]["url"])
    rows = np.frombuffer(answer.content, "<u4")
    assert rows[part["first"] :][: part["count"]].tolist() == [1, 0]
    units = browser.json("/api/v1/units", level="building", row=1)
    assert [unit["id"] for unit in units["items"]] == ["building:B1"]
    assert browser.json("/api/v1/units", level="building", row=99)["items"] == []
    assert browser.get("/api/v1/units?row=1").status_code in (400, 422)
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


def test_a_publication_pins_its_bindings_and_a_rollback_brings_them_back(
    bound_city: CityFolder, browser: Browser, tmp_path: Path
) -> None:
    def publish() -> None:
        store = open_store(bound_city)
        publish_city(bound_city, store, SILENT)
        store.close()

    def shown() -> list[str]:
        return [entry["binding"] for entry in browser.json("/api/v1/city")["bound"]]

    first = attach(bound_city, tiles(tmp_path / "platform", ["B1", "B0"])).digest
    publish()
    assert shown() == [first]
    second = attach(bound_city, tiles(tmp_path / "platform", ["B0", "B1"])).digest
    assert second != first
    assert shown() == [first], "what is published changes by publishing alone"
    assert browser.get(f"/tiles/bound/{second}/map.json").status_code == 404
    publish()
    assert shown() == [second]
    assert browser.json("/api/v1/city")["publication"]["bindings"] == [second]
    assert browser.get(f"/tiles/bound/{first}/map.json").status_code == 200
    store = open_store(bound_city)
    roll_back(bound_city, store, None)
    store.close()
    assert shown() == [first]


def test_a_file_gzipped_on_disk_is_sent_as_such_and_unzipped_for_those_who_cannot(
    bound_city: CityFolder, browser: Browser, tmp_path: Path
) -> None:
    foreign = tiles(tmp_path / "platform", ["B1", "B0"])
    stored = (foreign.parent / "c/a.b3dm").read_bytes()
    base = f"/tiles/bound/{attach(bound_city, foreign).digest}/tileset/"
    packed = browser.get(base + "c/a.b3dm", accept_encoding="gzip")
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) == len(stored)
    assert packed.content == browser.get(base + "c/a.b3dm").content == gzip.decompress(stored)


def test_only_files_of_the_tileset_that_are_unchanged_are_served(
    bound_city: CityFolder, browser: Browser, tmp_path: Path
) -> None:
    foreign = tiles(tmp_path / "platform", ["B1", "B0"])
    base = f"/tiles/bound/{attach(bound_city, foreign).digest}/"
    for path in ("tileset/x.txt", "tileset/../own/tileset.json", "tileset/%2e%2e/x",
                 "manifest.json", "files.json", "tiles/building/tileset.json",
                 "map.parquet"):  # fmt: skip
        assert browser.get(base + path).status_code == 404, path
    (foreign.parent / "c/a.b3dm").write_bytes(b"other")
    assert browser.get(base + "tileset/c/a.b3dm").status_code == 404
    assert browser.get("/tiles/bound/" + "0" * 32 + "/map.json").status_code == 404


def test_a_rewritten_tileset_is_what_a_viewer_shows(
    bound_city: CityFolder, browser: Browser, tmp_path: Path
) -> None:
    report = attach(bound_city, tiles(tmp_path / "platform", ["B1", "B0"]), rewrite=True)
    (entry,) = browser.json("/api/v1/city")["bound"]
    assert entry["rewritten"] is True
    assert entry["url"] == f"/tiles/bound/{report.digest}/tiles/building/tileset.json"
    uri = browser.json(entry["url"])["root"]["content"]["uri"]
    assert uri.startswith("../")
    answer = browser.get(f"/tiles/bound/{report.digest}/tiles/{uri[3:]}")
    assert answer.content[:4] == b"glTF"


def allowing(city: CityFolder, line: str) -> CityFolder:
    """The city once more, with a list of hosts."""
    file = city.path / "city.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}\n[remote]\n{line}\n", encoding="utf-8")
    return CityFolder.open(city.path)


def test_a_listed_platforms_own_address_is_passed_on_and_the_page_may_load_from_it(
    bound_city: CityFolder, tmp_path: Path
) -> None:
    city = allowing(bound_city, 'allow = ["platform.example", "idle.example"]')
    url = "https://platform.example/city/tileset.json"
    page = tmp_path / "page"
    page.mkdir()
    (page / "index.html").write_text("<p>", encoding="utf-8")
    with browsing(create_app(city, Settings(refresh_seconds=0), page)) as browser:
        before = browser.get("/").headers["content-security-policy"]
        assert "platform.example" not in before
        attach(city, tiles(tmp_path / "platform", ["B1"]), url=url)
        (entry,) = browser.json("/api/v1/city")["bound"]
        assert entry["url"] == entry["tileset_url"] == url
        rules = browser.get("/").headers["content-security-policy"].split("; ")
    open_to = {rule.split()[0] for rule in rules if "https://platform.example:443" in rule}
    assert open_to == {"connect-src", "img-src"}
    assert not [rule for rule in rules if "idle.example" in rule], "only where a tileset lies"


def test_a_platform_that_is_not_listed_is_not_loaded_from_but_we_serve_what_we_have(
    bound_city: CityFolder, browser: Browser, tmp_path: Path
) -> None:
    url = "https://platform.example/city/tileset.json"
    foreign = tiles(tmp_path / "platform", ["B1"])
    report = attach(bound_city, foreign, url=url)
    assert "BINDING_URL_UNLISTED" in [issue.code for issue in report.issues.warnings]
    (entry,) = browser.json("/api/v1/city")["bound"]
    assert entry["url"] == f"/tiles/bound/{report.digest}/tileset/tileset.json"
    assert browser.get(entry["url"]).content == foreign.read_bytes()


def test_the_verb_says_what_was_matched_and_records_it(
    bound_city: CityFolder, tmp_path: Path
) -> None:
    foreign = tiles(tmp_path / "platform", ["B1", "no", "no too"])
    asked = [str(foreign), "--city", str(bound_city.path), "--json"]
    answer = CliRunner().invoke(attach_verb, asked)
    assert answer.exit_code == 0, answer.output
    assert '"matched": 2' in answer.output  # B1 by its id; `no` lies in B1 and is its double
    refused = CliRunner().invoke(attach_verb, [*asked, "--id-property", "gml_id"])
    assert refused.exit_code == 1
    assert "TILESIN_KEY_UNKNOWN" in refused.output
