"""Which scenes a city has: its own files, those that come along, and some made of its results."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from scenes.fitting import fitted
from scenes.reading import read_scene
from scenes.scene import Published, Scene


def scenes_of(folder: Path, published: Published) -> tuple[list[Scene], IssueLog]:
    """Scenes that can be shown, with their years settled, and what is wrong with the others.

    folder: the city's scenes/; its own come first, then those made of what is published, then of
    those that come along the ones that fit the city. A name is the first one's.
    """
    log = IssueLog()
    found = _fitting(_own(folder, own_files(folder), log), published, log)
    quiet = IssueLog()
    shipped = sorted(
        (item for item in resources.files("scenes").joinpath("shipped").iterdir()),
        key=lambda item: item.name,
    )
    with_files = [read_scene(Path(str(item)), quiet) for item in shipped]
    along = [replace(scene, file="") for scene in _fitting(with_files, published, quiet)]
    more = [*published.made, *along]
    names = {scene.name for scene in found}
    return found + [scene for scene in more if scene.name not in names], log


def own_files(folder: Path) -> list[Path]:
    """Scene files of a city: `scenes/NAME.json`, or `scenes/NAME/scene.json` with what it needs."""
    if not folder.is_dir():
        return []
    return sorted([*folder.glob("[!.]*.json"), *folder.glob("[!.]*/scene.json")])


def own_file(folder: Path, name: str) -> str:
    """The file of a city's own scene, relative to its folder; "" where there is none."""
    for scene in _own(folder, own_files(folder), IssueLog()):
        if scene is not None and scene.name == name:
            return scene.file
    return ""


def _own(folder: Path, files: list[Path], log: IssueLog) -> list[Scene | None]:
    found: list[Scene | None] = []
    for path in files:
        scene = read_scene(path, log)
        file = path.relative_to(folder).as_posix()
        found.append(None if scene is None else replace(scene, file=file))
    return found


def choose(scenes: list[Scene], name: str) -> Scene:
    """One scene by its name; refused with the names there are."""
    for scene in scenes:
        if scene.name == name:
            return scene
    log = IssueLog()
    log.add("SCENE_NOT_FOUND", id=name, names=", ".join(scene.name for scene in scenes) or "—")
    raise InputRefused(log)


def _fitting(read: list[Scene | None], published: Published, log: IssueLog) -> list[Scene]:
    found: dict[str, Scene] = {}
    for scene in read:
        if scene is None:
            continue
        if scene.name in found:
            other = found[scene.name].file
            log.add("SCENE_NAME_TWICE", file=scene.file, id=scene.name, other=other)
            continue
        ready = fitted(scene, published, log)
        if ready is not None:
            found[scene.name] = ready
    return list(found.values())
