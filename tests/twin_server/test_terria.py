"""The catalogue for TerriaJS: each name is one of its traits, each address answers, colours agree.

terriatraits.json holds the names of properties that the classes of traits of the package terriajs
declare, by the type of member or part they belong to; TerriaJS refuses any other as unknown.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.twin_server.asking import Browser

SERVER = "http://127.0.0.1:8080"
PARTS = {"defaultStyle": "style", "color": "color", "columns": "column", "legends": "legends",
         "featureInfoTemplate": "featureInfoTemplate", "items": "items"}  # fmt: skip
COMMON = {"id", "type"}
TRAITS: dict[str, set[str]] = {
    kind: set(names.split())
    for kind, names in json.loads(
        Path(__file__).with_name("terriatraits.json").read_text(encoding="utf-8")
    )["traits"].items()
}


@pytest.fixture(scope="module")
def catalogue(published: Browser, root: Path) -> dict[str, Any]:
    text = (root / "viewer" / "examples" / "terria.json").read_text(encoding="utf-8")
    model = published.json("/api/v1/city")["model"]
    found: dict[str, Any] = json.loads(text.replace("SERVER", SERVER).replace("MODEL", model))
    return found


def strange(part: dict[str, Any], kind: str) -> list[str]:
    """Names in a part of a catalogue that TerriaJS would not know there."""
    found = [f"{kind}.{name}" for name in part if name not in TRAITS[kind] | COMMON]
    for name, inside in part.items():
        inner = PARTS.get(name)
        for one in inside if isinstance(inside, list) else [inside]:
            if isinstance(one, dict) and (inner or name == "members"):
                found += strange(one, inner or one["type"])
    return found


def test_every_name_is_a_trait_of_terriajs(catalogue: dict[str, Any]) -> None:
    assert set(catalogue) == {"catalog"}
    assert [name for one in catalogue["catalog"] for name in strange(one, one["type"])] == []
    wrong = {"type": "group", "members": [{"type": "geojson", "idProperty": "id",
             "columns": [{"name": "a", "colour": "red"}]}]}  # fmt: skip
    assert strange(wrong, "group") == ["geojson.idProperty", "column.colour"]


def drawn(color: dict[str, Any], value: float | None) -> str:
    """The colour that TerriaJS gives a value: of the first bin whose maximum is not below it."""
    if value is None:
        return str(color["nullColor"])
    above = [value > most for most in color["binMaximums"]]
    return str(color["binColors"][sum(above)])


def test_every_address_answers_and_colours_say_what_the_legend_says(
    published: Browser, catalogue: dict[str, Any]
) -> None:
    members = {one["type"]: one for one in catalogue["catalog"][0]["members"]}
    tiles = published.get(members["3d-tiles"]["url"].removeprefix(SERVER)).json()
    assert tiles["asset"]["version"] == "1.1"
    blocks = members["geojson"]
    features = published.get(blocks["url"].removeprefix(SERVER)).json()["features"]
    assert len(features) == published.json("/api/v1/units", level="block", limit=1)["total"]
    color = blocks["defaultStyle"]["color"]
    column = color["colorColumn"]
    assert [one["name"] for one in blocks["columns"]] == [column]
    overlay = published.json(f"/api/v1/overlays/{column}", level="block", year=2025)
    legend = overlay["legend"]
    assert blocks["columns"][0]["units"] == legend["unit"]
    meets = {one["index"]: one["meets"] for one in legend["classes"]}
    query = {"level": "block", "year": 2025, "limit": 1000}
    ranked = published.json(f"/api/v1/ranking/{column}", **query)["items"]
    judged = {
        one["unit"]["id"]: None if one["class"] is None else meets[one["class"]] for one in ranked
    }
    words = dict(zip((False, True), color["binColors"], strict=True)) | {None: color["nullColor"]}
    shown = {one["id"]: drawn(color, one["properties"][column]) for one in features}
    assert shown == {unit: words[told] for unit, told in judged.items()}
    assert len(set(shown.values())) == 3, "met, not met and no value are all there"
    told = {one["color"] for one in blocks["legends"][0]["items"]}
    assert told == {*color["binColors"], color["nullColor"]}
