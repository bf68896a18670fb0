"""Tiles, columns and the viewer: immutable, compressed ahead, in parts, and nothing beside them."""

from __future__ import annotations

import gzip
import json
from urllib.parse import urljoin

import numpy as np
import pytest

from cim_bridge.folder import CityFolder
from tests.twin_server.asking import Browser
from tests.twin_server.handmade import CONTENT, CONTENT_NAME, write_model

TILE = f"/tiles/{CONTENT_NAME}.glb"
IMMUTABLE = "public, max-age=31536000, immutable"


def test_a_tile_is_immutable_and_named_by_its_hash(small: Browser) -> None:
    answer = small.get(TILE)
    assert answer.status_code == 200
    assert answer.content == CONTENT
    assert answer.headers["etag"] == f'"{CONTENT_NAME}"'
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.headers["content-type"] == "model/gltf-binary"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
    assert answer.headers["vary"] == "accept-encoding"


@pytest.mark.parametrize("encoding", ["br", "gzip"])
def test_a_tile_is_sent_as_it_was_compressed_ahead(small: Browser, encoding: str) -> None:
    answer = small.get(TILE, accept_encoding=encoding)
    assert answer.headers["content-encoding"] == encoding
    assert answer.content == CONTENT
    assert int(answer.headers["content-length"]) < len(CONTENT)
    assert answer.headers["etag"] != small.get(TILE).headers["etag"]


def test_a_known_tile_is_not_sent_again(small: Browser) -> None:
    etag = small.get(TILE, accept_encoding="br").headers["etag"]
    again = small.get(TILE, accept_encoding="br", if_none_match=etag)
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == etag


def test_head_answers_the_same_headers_without_a_body(small: Browser) -> None:
    number = {"x_request_id": "the-same"}
    full, head = small.get(TILE, **number), small.get(TILE, method="HEAD", **number)
    assert head.content == b""
    assert head.headers == full.headers


def test_a_part_of_a_tile_can_be_asked_for(small: Browser) -> None:
    part = small.get(TILE, range="bytes=4-7", accept_encoding="br")
    assert part.status_code == 206
    assert part.content == CONTENT[4:8]
    assert part.headers["content-range"] == f"bytes 4-7/{len(CONTENT)}"
    assert "content-encoding" not in part.headers
    beyond = small.get(TILE, range=f"bytes={len(CONTENT)}-")
    assert beyond.status_code == 416
    assert beyond.headers["content-range"] == f"bytes */{len(CONTENT)}"
    stale = small.get(TILE, range="bytes=4-7", if_range='"other"')
    assert stale.status_code == 200


def test_a_tileset_leads_to_contents_that_outlive_the_model(small: Browser) -> None:
    url = small.json("/api/v1/city")["tilesets"]["buildings"]["url"]
    answer = small.get(url, accept_encoding="gzip")
    assert answer.headers["cache-control"] == IMMUTABLE
    assert answer.headers["content-encoding"] == "gzip"
    uri = json.loads(answer.content)["root"]["content"]["uri"]
    assert urljoin(url, uri) == TILE


def test_a_new_model_keeps_the_address_of_unchanged_tiles(
    small: Browser, small_city: CityFolder
) -> None:
    before = small.json("/api/v1/city")["tilesets"]["buildings"]["url"]
    small_city.set_head_model(write_model(small_city, label="乙"))
    after = small.json("/api/v1/city")["tilesets"]["buildings"]["url"]
    assert after != before
    assert small.get(after).status_code == 200
    assert small.get(TILE).status_code == 200
    assert small.get(before).status_code == 404, "an unpublished older model is not served"


def test_a_parents_column_is_raw_numbers_one_a_building(small: Browser) -> None:
    column = small.json("/api/v1/city")["parents"]["block"]
    answer = small.get(column["url"])
    assert answer.headers["content-type"] == "application/octet-stream"
    found = np.frombuffer(answer.content, "<u4")
    assert len(found) == column["length"]
    assert found.tolist() == [0, 0, 1, 0xFFFFFFFF]


def test_the_page_is_asked_for_again_but_its_hashed_parts_never(small: Browser) -> None:
    page = small.get("/", accept_encoding="gzip")
    assert page.headers["cache-control"] == "no-cache"
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert page.headers["content-encoding"] == "gzip"
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "'wasm-unsafe-eval'" in policy
    assert "unsafe-inline" not in policy.split("script-src")[1].split(";")[0]
    script = small.get("/assets/index-Bc3dE9aZ.js", accept_encoding="br")
    assert script.headers["cache-control"] == IMMUTABLE
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["content-encoding"] == "br"
    assert small.get("/cesium.wasm").headers["content-type"] == "application/wasm"


def test_text_is_compressed_with_gzip_that_others_can_read(small: Browser) -> None:
    from twin_server.hot.blob import compressed

    assert gzip.decompress(compressed(b"twin" * 1000)["gzip"]) == b"twin" * 1000


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/..%2fsecret.txt",
        "/%2e%2e/secret.txt",
        "/assets/../../secret.txt",
        "/assets/..%5c..%5csecret.txt",
        "/assets//secret.txt",
        "/assets/index-Bc3dE9aZ.js%00.html",
        "/tiles/../twin.db",
        "/tiles/..%2f..%2ftwin.db",
        "/tiles/" + "0" * 32 + ".glb",
        "/tiles/" + "0" * 32 + "/buildings/tileset.json",
        "/columns/../../twin.db",
        "/columns/" + "0" * 32 + "/x.u8",
        "/columns/" + "0" * 32 + "/x.exe",
        "/city.toml",
        "/nothing",
    ],
)
def test_nothing_else_of_the_disk_is_served(small: Browser, path: str) -> None:
    answer = small.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "NOT_FOUND"
    assert "not yours" not in answer.text


def test_a_link_that_leaves_the_viewer_is_not_followed(
    small: Browser, viewer_dir: object, tmp_path: object
) -> None:
    from pathlib import Path

    link = Path(str(viewer_dir)) / "link.txt"
    link.symlink_to(Path(str(tmp_path)) / "secret.txt")
    assert small.get("/link.txt").status_code == 404


def test_files_are_read_only_and_the_host_is_this_machine(small: Browser) -> None:
    assert small.get(TILE, method="PUT").status_code == 405
    foreign = small.get(TILE, host="evil.example")
    assert foreign.status_code == 421
    assert foreign.json()["code"] == "HOST_REFUSED"
    assert small.get("/api/v1/city", host="127.0.0.1.evil.example:80").status_code == 421
    assert small.get("/api/v1/city", host="localhost:9000").status_code == 200
    assert small.get("/api/v1/city", host="[::1]:9000").status_code == 200
