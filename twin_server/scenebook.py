"""The scenes of a city as a server and a command line need them, and the files people edit."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from cim_bridge.folder import CityFolder
from cim_bridge.release import ModelRelease
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.results_reader import Results
from scenes.scene import Published, Scene
from twin_server.answers.sources import source_labels
from twin_server.store import Publication
from twin_server.version import version
from twin_server.workflow.desk import ActionRefused


def published_of(
    folder: CityFolder, now: Publication, model: ModelRelease, results: Results,
    systems: dict[str, IndicatorSystem],
) -> Published:  # fmt: skip
    """What scenes show, of a publication that is opened."""
    return Published(
        model=model,
        results=results,
        systems=systems,
        name=folder.config.name,
        default_system=folder.config.default_system,
        attribution=tuple(folder.config.attribution) or _credits(model),
        publication={"id": now.id, "model": now.model, "results": now.results},
        published=now.created[:10],
        version=version(),
        labels=source_labels(folder.config),
    )


def _credits(model: ModelRelease) -> tuple[str, ...]:
    """What the sources of the model ask to be named, each once."""
    told = [str(item.get("attribution") or "") for item in model.manifest.get("sources", [])]
    return tuple(dict.fromkeys(credit for credit in told if credit))


def written(scene: Scene) -> bytes:
    """The bytes of a scene's file: the same scene gives the same bytes."""
    return orjson.dumps(scene.to_json(), option=orjson.OPT_INDENT_2) + b"\n"


def tag_of(content: bytes) -> str:
    """The version of a scene that `ETag` and `If-Match` name."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


@dataclass(frozen=True)
class SceneFiles:
    """The files in a city's folder scenes/, changed one at a time and never half."""

    folder: Path

    def path(self, name: str, file: str = "") -> Path:
        """Where a scene lies or will lie."""
        return self.folder / (file or f"{name}.json")

    def save(self, path: Path, content: bytes, expected: str | None) -> bool:
        """Write a scene; whether it is new. Refused unless `expected` is the version there is."""
        with self._alone():
            there = path.read_bytes() if path.is_file() else None
            _agree(there, expected)
            temporary = path.with_name(f".{path.name}.part")
            temporary.write_bytes(content)
            temporary.replace(path)
        return there is None

    def remove(self, path: Path, expected: str | None) -> None:
        """Delete a scene's file under the same condition."""
        with self._alone():
            there = path.read_bytes() if path.is_file() else None
            if there is None:
                raise ActionRefused("UNKNOWN_SCENE", f"there is no file of scene {path.stem}")
            _agree(there, expected)
            path.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.folder.mkdir(exist_ok=True)
        with (self.folder / ".lock").open("w") as handle:
            if sys.platform != "win32":  # Windows goes without, as the city's own lock does
                import fcntl

                fcntl.flock(handle, fcntl.LOCK_EX)
            yield


def _agree(there: bytes | None, expected: str | None) -> None:
    """One who changes a file must have seen it as it is now."""
    if there is None:
        if expected not in (None, "*"):
            raise ActionRefused("VERSION_CHANGED", "this scene has no file any more")
        return
    if expected is None:
        raise ActionRefused("IF_MATCH_MISSING", "send the version you saw as If-Match")
    if expected != tag_of(there):
        raise ActionRefused("VERSION_CHANGED", "someone else has changed this scene")
