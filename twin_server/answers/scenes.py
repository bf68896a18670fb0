"""Answers about scenes: the list, one scene with its version, what is wrong with a document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cim_bridge.issues import IssueLog
from cim_bridge.staging import stamp
from scenes.catalogue import scenes_of
from scenes.fitting import fitted, stale
from scenes.reading import scene_of
from scenes.scene import Published, Scene
from twin_server.errors import Missing
from twin_server.scenebook import published_of, tag_of, written
from twin_server.twin import Twin


def published(twin: Twin) -> Published:
    """What the scenes of a twin show; Missing before the first publication."""
    if twin.publication is None or twin.model is None or twin.results is None:
        raise Missing("NOT_PUBLISHED", "nothing is published: run `cimtwin publish` first")
    if "scenes" not in twin.answers:
        twin.answers["scenes"] = published_of(
            twin.folder, twin.publication, twin.model, twin.results, twin.systems
        )
    found: Published = twin.answers["scenes"]
    return found


def _scenes(twin: Twin, shown: Published) -> tuple[list[Scene], IssueLog]:
    """Every scene that can be shown, and what is wrong with the others.

    Settled once for a publication and the files of scenes/ as they are; a change of a file is seen.
    """
    folder = twin.folder.scenes
    now = stamp(folder) if folder.is_dir() else ""
    held = twin.answers.get("settled scenes")
    if held is None or held[0] != now:
        held = twin.answers["settled scenes"] = now, scenes_of(folder, shown)
    found: tuple[list[Scene], IssueLog] = held[1]
    return found


def scene_list(twin: Twin) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """(every scene that can be shown, findings about those that cannot)."""
    shown = published(twin)
    scenes, log = _scenes(twin, shown)
    return [_item(scene, shown, twin.folder.scenes) for scene in scenes], log.to_json()


def _item(scene: Scene, shown: Published, folder: Path) -> dict[str, Any]:
    told = scene.to_json()
    return {
        "name": scene.name,
        "title": scene.title,
        "caption": scene.caption,
        "stops": len(scene.stops),
        "overlay": told.get("overlay"),
        "selection": scene.selection or None,
        "own": bool(scene.file) and (folder / scene.file).is_file(),
        "stale": stale(scene, shown),
    }


def one_scene(twin: Twin, name: str) -> tuple[dict[str, Any], str]:
    """(the answer for one scene, its version); Missing where no scene that can be shown has it."""
    shown = published(twin)
    scenes, log = _scenes(twin, shown)
    found = next((scene for scene in scenes if scene.name == name), None)
    if found is None:
        known = ", ".join(scene.name for scene in scenes)
        raise Missing("UNKNOWN_SCENE", f"no scene {name!r} can be shown; there are: {known}")
    path = twin.folder.scenes / found.file
    own = bool(found.file) and path.is_file()
    tag = tag_of(path.read_bytes() if own else written(found))
    about = [issue.to_json() for issue in log if issue.place.file in (found.file, name)]
    answer = {"scene": found.to_json(), "own": own, "stale": stale(found, shown)}
    return {**answer, "version": tag.strip('"'), "issues": about}, tag


def checked(twin: Twin, name: str, document: Any) -> tuple[Scene | None, IssueLog]:
    """A document as the scene `name` of the current publication; None after an error."""
    log, shown = IssueLog(), published(twin)
    scene = scene_of(document, log, f"{name}.json")
    if scene is None:
        return None, log
    if scene.name != name:
        log.add("SCENE_NAME_OTHER", file=f"{name}.json", id=scene.name, name=name)
        return None, log
    fresh = scene_of({**scene.to_json(), "publication": shown.publication}, log, f"{name}.json")
    if fresh is None or fitted(fresh, shown, log) is None:
        return None, log
    return fresh, log
