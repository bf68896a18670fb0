"""The page in a frame of others: who may, what comes before a pass, who gets scripts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from cim_bridge.folder import CityFolder
from tests.twin_server.access.city import SETTINGS
from tests.twin_server.asking import browsing
from twin_server.app import create_app

PARENT = "https://platform.example.cn"


@pytest.fixture
def page(tmp_path: Path) -> Path:
    for name in ("index.html", "attach/cim-twin.js", "cesium/Workers/a.js"):
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("<p>page</p>", encoding="utf-8")
    return tmp_path


def test_the_list_of_frames_is_told_and_stands_in_the_policy(
    guarded: CityFolder, page: Path
) -> None:
    settings = replace(SETTINGS, frame_ancestors=("'self'", PARENT))
    with browsing(create_app(guarded, settings, page)) as asking:
        told = asking.json("/api/v1/embed")
        assert told == {"version": 1, "origins": ["'self'", PARENT]}
        shown = asking.get("/?embed=1")
        assert f"frame-ancestors 'self' {PARENT}" in shown.headers["content-security-policy"]


def test_only_the_framed_page_is_served_before_the_pass_and_none_of_the_data(
    guarded: CityFolder, page: Path
) -> None:
    with browsing(create_app(guarded, SETTINGS, page)) as asking:
        assert asking.get("/?embed=1").status_code == 200
        for other in ("/", "/?embed=10", "/?xembed=1", "/index.html?embed=0"):
            assert asking.get(other).status_code == 303, other
        for data in ("/api/v1/city?embed=1", "/tiles/x.glb?embed=1", "/releases?embed=1"):
            assert asking.get(data).status_code in (303, 401), data


def test_scripts_go_to_pages_of_others_and_the_page_does_not(
    guarded: CityFolder, page: Path
) -> None:
    settings = replace(SETTINGS, cors=frozenset({PARENT}))
    with browsing(create_app(guarded, settings, page)) as asking:
        for path, whose in (
            ("/attach/cim-twin.js", "cross-origin"),
            ("/cesium/Workers/a.js", "cross-origin"),
            ("/index.html?embed=1", "same-origin"),
        ):
            answer = asking.ask("GET", path, headers={"origin": PARENT})
            assert answer.headers["cross-origin-resource-policy"] == whose
            assert answer.headers["access-control-allow-origin"] == PARENT
            stranger = asking.ask("GET", path, headers={"origin": "https://evil.example"})
            assert "access-control-allow-origin" not in stranger.headers
