"""A scene held against what is published: years settled, names checked, staleness told."""

from __future__ import annotations

import difflib
from dataclasses import replace
from typing import Any

from cim_bridge.issues import IssueLog
from scenes.scene import Published, Scene


def fitted(scene: Scene, published: Published, log: IssueLog) -> Scene | None:
    """The scene with its years settled, checked against what is published; None after an error.

    A scene of another publication is shown all the same and told of (SCENE_PUBLICATION_STALE).
    """
    _staleness(scene, published, log)
    if not scene.stops:
        return _view(scene, published, log)
    stops = [_view(stop, published, log) for stop in scene.stops]
    if any(stop is None for stop in stops):
        return None
    found = tuple(stop for stop in stops if stop is not None)
    own = _view(scene, published, log) if scene.indicator else scene
    return None if own is None else replace(own, stops=found)


def stale(scene: Scene, published: Published) -> bool:
    """Whether the scene was made on another publication than the current one."""
    made, now = scene.publication, published.publication
    return any(made.get(part, now.get(part)) != now.get(part) for part in ("model", "results"))


def _staleness(scene: Scene, published: Published, log: IssueLog) -> None:
    if stale(scene, published):
        made = scene.publication.get("id") or scene.publication.get("results", "")
        now = published.publication.get("id", "")
        log.add("SCENE_PUBLICATION_STALE", file=scene.file or scene.name, made=made, now=now)


def _view(scene: Scene, published: Published, log: IssueLog) -> Scene | None:
    ready = _overlay(scene, published, log) if scene.indicator else scene
    if ready is None:
        return None
    if scene.camera is not None:
        from scenes.ground import buried

        depth = buried(scene.camera, published.model)
        if depth > 0:
            file, told = scene.file or scene.name, f"{depth:.0f}"
            log.add("SCENE_CAMERA_UNDERGROUND", file=file, id=scene.name, depth=told)
            return None
    return _selection(ready, published, log)


def _overlay(scene: Scene, published: Published, log: IssueLog) -> Scene | None:
    results, file = published.results, scene.file or scene.name
    levels = results.available.get((scene.system, scene.indicator))
    if levels is None:
        known = [code for system, code in results.available if system == scene.system]
        near = difflib.get_close_matches(scene.indicator, known) or sorted({*results.available})[:3]
        words = ", ".join(map(str, near))
        log.add(
            "SCENE_INDICATOR_UNKNOWN",
            file=file, system=scene.system, indicator=scene.indicator, near=words,
        )  # fmt: skip
        return None
    told: dict[str, Any] = {"indicator": scene.indicator, "level": scene.level}
    if scene.level not in levels:
        log.add("SCENE_LEVEL_UNKNOWN", file=file, levels=", ".join(levels), **told)
        return None
    years = levels[scene.level]
    year = max(years) if scene.year is None else scene.year
    if year not in years:
        listed = ", ".join(map(str, years))
        log.add("SCENE_YEAR_UNKNOWN", file=file, year=year, years=listed, **told)
        return None
    count = len(results.legend(scene.system, scene.indicator, scene.level)["classes"])
    beyond = [number for number in scene.classes if number >= count]
    if beyond:
        told_classes = ", ".join(map(str, beyond))
        log.add("SCENE_CLASS_UNKNOWN", file=file, classes=told_classes, last=count - 1, **told)
        return None
    return replace(scene, year=year)


def _selection(scene: Scene, published: Published, log: IssueLog) -> Scene:
    chosen = scene.selection
    if chosen and chosen not in published.unit_ids:
        log.add("SCENE_SELECTION_UNKNOWN", file=scene.file or scene.name, unit=chosen)
        return replace(scene, selection="")
    return scene
