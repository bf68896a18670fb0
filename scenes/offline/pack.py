"""Puts the one file together: engine, tiles, columns, story, manifest; nothing is fetched by it."""

from __future__ import annotations

import base64
import hashlib
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.tiles.write import write_tilesets
from scenes.offline.censor import Censor
from scenes.offline.excerpt import Excerpt
from scenes.offline.told import (
    names_of,
    overlays_of,
    parents_of,
    problems_of,
    state_words,
)
from scenes.scene import Published, Scene

LARGEST = 40_000_000
"""Bytes a file may have: it is carried on sticks and sent by mail."""

CONTEXT = ("ground", "water", "green", "roads")
FORMAT = 1


def write_offline(
    scene: Scene,
    published: Published,
    out: Path,
    cesium: Path,
    *,
    unit: str = "",
    years: Sequence[int] = (),
    redact: str = "full",
    language: str = "zh",
) -> tuple[dict[str, Any], IssueLog]:
    """Write a fitted scene as one HTML file; answers its manifest.

    unit: only what lies in it. years: of the columns; all without. redact: `full` or `public`.
    cesium: Build/Cesium of CesiumJS. Raises InputRefused: no engine, unknown unit, no tileset,
    larger than 40 MB, nothing left to tell.
    """
    log = IssueLog()
    engine = cesium / "Cesium.js"
    if not engine.is_file():
        log.add("SCENE_CESIUM_ABSENT", path=cesium)
        raise InputRefused(log)
    excerpt = Excerpt.of(published.model, unit)
    rule = Censor(excerpt, redact)
    story = _story(scene, published, excerpt, rule, log)
    overlays = overlays_of(story, published, excerpt, years, rule)
    levels = [item["level"] for item in overlays]
    tiles = _tiles(excerpt, {*CONTEXT, "buildings", *levels}, log)
    data = {
        "names": names_of(excerpt, rule),
        "parents": parents_of(excerpt, list(dict.fromkeys(levels))),
        "overlays": overlays,
        "problems": problems_of(published, excerpt, years, rule),
        "states": state_words(),
        "stops": [stop.to_json() for stop in story.views],
        "title": story.title,
        "city": published.name,
        "attribution": list(published.attribution),
        "synthetic": bool(published.model.manifest.get("synthetic")),
        "language": language,
    }
    digest = hashlib.sha256(orjson.dumps([data, tiles], option=orjson.OPT_SORT_KEYS)).hexdigest()
    manifest = {
        "format": FORMAT, "digest": digest, "redaction": rule.level,
        "k": rule.k if rule.public else None, "scene": scene.name, "unit": unit or None,
        "years": sorted({int(year) for item in overlays for year in item["years"]}),
        "publication": published.publication, "published": published.published,
        "version": published.version,
    }  # fmt: skip
    page = _page({**data, "manifest": manifest, "tiles": tiles}, engine, language)
    if len(page) > LARGEST:
        log.add("SCENE_FILE_LARGE", file=out, size=f"{len(page) / 1e6:.0f}")
        raise InputRefused(log)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.part")
    temporary.write_bytes(page)
    temporary.replace(out)
    return {**manifest, "bytes": len(page)}, log


def _story(
    scene: Scene, published: Published, excerpt: Excerpt, rule: Censor, log: IssueLog
) -> Scene:
    """The scene with the stops that may be told and lie in the file."""
    units = excerpt.model.units
    inside = set(units["id"][excerpt.inside])
    problems = {}
    if rule.public:
        problems = {row["problem_id"]: row for row in published.results.diagnosis.to_pylist()}

    def told(view: Scene) -> bool:
        """A view whose problem is gone may not be told: its words may be of whatever it was."""
        found = not view.selection or rule.tells_unit(view.selection)
        if rule.public and view.problem:
            found = found and rule.tells_problem(problems.get(view.problem))
        return found and rule.tells_level(view.level)

    here = [stop for stop in scene.stops if not stop.selection or stop.selection in inside]
    kept = [stop for stop in here if told(stop)]
    for stop in here:
        if stop not in kept:
            log.add("SCENE_STOP_WITHHELD", id=stop.name)
    if not kept and (scene.stops or not told(scene)):
        log.add("SCENE_NOTHING_TO_TELL", id=scene.name)
        raise InputRefused(log)
    return _worded(replace(scene, stops=tuple(kept)), rule, problems)


def _worded(view: Scene, rule: Censor, problems: dict[str, dict[str, Any]]) -> Scene:
    """A scene and its stops in the words that may be told."""
    problem = problems.get(view.problem)
    caption = None if view.caption is None else rule.words(view.caption, problem)
    stops = tuple(_worded(stop, rule, problems) for stop in view.stops)
    return replace(view, title=rule.words(view.title, problem), caption=caption, stops=stops)


def _tiles(excerpt: Excerpt, wanted: set[str], log: IssueLog) -> dict[str, Any]:
    """Tilesets as JSON whose contents are data URLs; lean tiles carry rows, no ids."""
    if "buildings" not in excerpt.model.manifest["tilesets"]:
        log.add("SCENE_TILESET_MISSING", id="buildings")
        raise InputRefused(log)
    with tempfile.TemporaryDirectory() as folder:
        made = write_tilesets(excerpt.city(), Path(folder), profile="lean")
        return {name: _embedded(Path(folder) / name) for name in sorted(made) if name in wanted}


def _embedded(folder: Path) -> dict[str, Any]:
    document: dict[str, Any] = orjson.loads((folder / "tileset.json").read_bytes())
    stack = [document["root"]]
    while stack:
        tile = stack.pop()
        stack += tile.get("children", [])
        if "content" in tile:
            data = (folder / tile["content"]["uri"]).read_bytes()
            told = base64.b64encode(data).decode("ascii")
            tile["content"]["uri"] = f"data:model/gltf-binary;base64,{told}"
    return document


def _page(data: dict[str, Any], engine: Path, language: str) -> bytes:
    """The HTML; scripts and JSON cannot end the element they stand in."""
    folder = resources.files("scenes.offline")
    parts = {
        "LANGUAGE": language.encode(),
        "STYLE": folder.joinpath("page.css").read_bytes(),
        "DATA": orjson.dumps(data).replace(b"</", b"<\\/").replace(b"<!--", b"<\\u0021--"),
        "ENGINE": engine.read_bytes().replace(b"</script", b"<\\/script"),
        "PAGE": folder.joinpath("page.js").read_bytes(),
    }
    page = folder.joinpath("page.html").read_bytes()
    for name, part in parts.items():
        before, _, after = page.partition(f"@@{name}@@".encode())
        page = before + part + after
    return page
