"""Addresses of an implicit tileset: subtrees as files, contents led to their hash."""

from __future__ import annotations

import json
from urllib.parse import urljoin

import pytest

from cim_bridge.folder import CityFolder
from tests.twin_server.asking import Browser
from tests.twin_server.handmade import CONTENT, CONTENT_NAME

SUBTREE = b"subt" + bytes(60)


@pytest.fixture
def base(small: Browser, small_city: CityFolder) -> str:
    """Folder of the buildings' tileset, as a URL; its listing is written as the bridge does."""
    folder = small_city.models / str(small_city.head_model()) / "tiles" / "buildings"
    (folder / "contents.json").write_text(json.dumps({"3/1/6": f"{CONTENT_NAME}.glb"}))
    (folder / "subtrees" / "0" / "0").mkdir(parents=True)
    (folder / "subtrees" / "0" / "0" / "0.subtree").write_bytes(SUBTREE)
    url: str = small.json("/api/v1/city")["tilesets"]["buildings"]["url"]
    return url.removesuffix("tileset.json")


def test_a_content_of_a_template_leads_to_its_hash(small: Browser, base: str) -> None:
    url = f"{base}content/3/1/6.glb"
    answer = small.get(url)
    assert answer.status_code == 308
    assert answer.content == b""
    assert answer.headers["cache-control"].endswith("immutable")
    led = urljoin(url, answer.headers["location"])
    assert led == f"/tiles/{CONTENT_NAME}.glb"
    assert small.get(led).content == CONTENT
    assert small.get(url, if_none_match=answer.headers["etag"]).status_code == 304


def test_a_subtree_is_a_file_that_never_changes(small: Browser, base: str) -> None:
    answer = small.get(f"{base}subtrees/0/0/0.subtree")
    assert answer.status_code == 200
    assert answer.content == SUBTREE
    assert answer.headers["cache-control"].endswith("immutable")


@pytest.mark.parametrize(
    "path",
    ["content/3/1/7.glb", "content/3/1/6.subtree", "subtrees/1/0/0.subtree", "contents.json",
     "content/3/1/6.glb.br", "content/333/1/6.glb"],
)  # fmt: skip
def test_nothing_else_is_there(small: Browser, base: str, path: str) -> None:
    assert small.get(f"{base}{path}").status_code == 404
