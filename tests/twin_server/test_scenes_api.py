"""Scenes over HTTP: listed, read with a version, saved by those who saw it, refused with Issues."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cim_bridge.folder import CityFolder
from scenes.reading import schema
from tests.support.copies import copy_of
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.demo import Demo
from twin_server.schemas.scene import SceneDocument, SceneStop
from twin_server.settings import Settings

NEW: dict[str, Any] = {
    "name": "my-tour",
    "title": {"zh": "我的巡览", "en": "My tour"},
    "overlay": {"system": "MOHURD-2022", "indicator": "park_coverage", "level": "block"},
    "filters": {"severities": ["high"]},
    "layers": {"water": False, "green": 0.5},
    "page": {"lens": "spots"},
    "stops": [{"title": {"zh": "一", "en": "one"}, "duration": 4}],
}


@pytest.fixture(scope="module", name="demo")
def own_demo(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """A sample city of this file's own, for scenes are written into it."""
    return copy_of(demo, tmp_path_factory.mktemp("own"))


@pytest.fixture(scope="module", name="published")
def own_published(demo: Demo) -> Iterator[Browser]:
    """A browser on this file's own city."""
    with browsing(create_app(CityFolder.open(demo.city), Settings(refresh_seconds=0))) as browser:
        yield browser


@pytest.fixture
def site(published: Browser, demo: Demo) -> Iterator[Browser]:
    """The published city, its folder scenes/ empty afterwards."""
    yield published
    for path in CityFolder.open(demo.city).scenes.glob("*.json"):
        path.unlink()


def put(site: Browser, body: object, tag: str = "", name: str = "my-tour") -> httpx.Response:
    headers = {"if-match": tag} if tag else {}
    sent = site._client.put(f"/api/v1/scenes/{name}", json=body, headers=headers)
    return site._runner.run(sent)


def test_scenes_are_listed_and_read(site: Browser) -> None:
    listed = site.json("/api/v1/scenes")
    names = [item["name"] for item in listed["items"]]
    assert listed["total"] == len(names) == len(set(names)) >= 7
    assert listed["issues"] == []
    one = site.json("/api/v1/scenes/overview")
    assert one["scene"]["overlay"]["year"] == 2025
    assert (one["own"], one["stale"]) == (False, False)
    missing = site.get("/api/v1/scenes/none")
    assert (missing.status_code, missing.json()["code"]) == (404, "UNKNOWN_SCENE")


def test_a_scene_is_saved_changed_and_deleted_by_those_who_saw_it(site: Browser) -> None:
    made = put(site, NEW)
    assert made.status_code == 201, made.text
    answer = made.json()
    city = site.json("/api/v1/city")["publication"]
    assert answer["scene"]["publication"]["id"] == city["id"], "what it was made on is kept"
    assert {**answer["scene"], "publication": None, "overlay": None} == {
        **NEW, "publication": None, "overlay": None,
    }  # fmt: skip
    assert answer["own"]
    tag = made.headers["etag"]
    assert site.get("/api/v1/scenes/my-tour").headers["etag"] == tag

    assert put(site, NEW).json()["code"] == "IF_MATCH_MISSING"
    changed = put(site, {**NEW, "loop": True}, tag)
    assert changed.status_code == 200
    late = put(site, NEW, tag)
    assert (late.status_code, late.json()["code"]) == (412, "VERSION_CHANGED")
    kept = site.json("/api/v1/scenes/my-tour")
    assert kept["scene"]["loop"] is True

    gone = site.delete("/api/v1/scenes/my-tour", {"if-match": changed.headers["etag"]})
    assert gone.json() == {"name": "my-tour", "left": False}
    actions = [item["action"] for item in site.json("/api/v1/audit", limit=3)["items"]]
    assert actions == ["scene.deleted", "scene.saved", "scene.saved"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"caption": "x" * 10_000}, "SCENE_TEXT_TOO_LONG"),
        ({"overlay": {**NEW["overlay"], "indicator": "park_coverag"}}, "SCENE_INDICATOR_UNKNOWN"),
        ({"view": {"lon": 121.3, "lat": 37.5, "height": -200}}, "SCENE_CAMERA_UNDERGROUND"),
        ({"stops": [{}]}, "SCENE_FIELD_MISSING"),
        ({"name": "other"}, "SCENE_NAME_OTHER"),
    ],
)
def test_what_cannot_be_shown_is_not_saved(
    site: Browser, demo: Demo, changes: dict[str, Any], code: str
) -> None:
    refused = put(site, {**NEW, **changes})
    body = refused.json()
    assert (refused.status_code, body["code"]) == (422, code)
    assert body["issues"][0]["why"]["zh"] != body["issues"][0]["why"]["en"]
    assert not list(CityFolder.open(demo.city).scenes.glob("*.json"))


def test_no_name_leads_out_of_the_folder(site: Browser, demo: Demo) -> None:
    for name in ("..%2Fcity", "%2e%2e", ".lock", "a%5Cb", "schema"):
        answer = put(site, {**NEW, "name": name}, name=name)
        assert answer.status_code in (404, 405, 422), name
    assert sorted(path.name for path in demo.city.glob("*.json")) == []


def test_the_published_schema_is_what_the_types_say(site: Browser) -> None:
    told = site.json("/api/v1/scenes/schema")
    assert told == schema()
    fields = {name.rstrip("_") for name in SceneDocument.model_fields}
    assert {name.lstrip("$") for name in told["properties"]} == fields
    assert set(told["$defs"]["stop"]["properties"]) == set(SceneStop.model_fields)
