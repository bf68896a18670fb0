"""The demo: a sample city made, read, diagnosed and published by the verbs that a user has.

Nothing here knows a back door: each step is a command line, run in this process. What is done is
written down after every step, so a run that was stopped goes on, and a finished one only serves.
"""

from __future__ import annotations

import hashlib
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import orjson
import tomlkit

from cim_bridge.errors import WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.progress import Progress
from scenes.sample import Step, make_sample, steps
from twin_server.store import open_store
from twin_server.version import version

_NOTE = "demo.json"


@dataclass(frozen=True)
class Demo:
    """Where a demo lies and how many buildings it has."""

    path: Path
    buildings: int

    @property
    def source(self) -> Path:
        """The sample's input files, as a user would have them."""
        return self.path / "input"

    @property
    def city(self) -> Path:
        """The city folder."""
        return self.path / "city"

    def run(self, call: Callable[[Sequence[str]], None], progress: Progress) -> int:
        """Do every step that is not done yet; the number of steps that were run."""
        done = self._begin(progress)
        every = steps(self.source, self.city)
        for number, step in enumerate(every):
            if number >= done:
                click.echo(_line(number + 1, len(every), step), err=True)
                call(step.argv)
                if step.argv[0] == "init":
                    self._apply_settings()
                self._note(number + 1)
        return max(len(every) - done, 0)

    def _begin(self, progress: Progress) -> int:
        """Steps done already; other parameters begin anew, a folder that is not ours is refused."""
        note = self._read()
        if note.get("parameters") != self._parameters():
            self._clear()
            make_sample(self.source, buildings=self.buildings, progress=progress)
            self._note(0)
            return 0
        done = int(str(note["done"]))
        if done == 0:
            shutil.rmtree(self.city, ignore_errors=True)
        every = steps(self.source, self.city)
        whole = note.get("steps") == _fingerprint(every)
        if not whole or (done and not (self.city / "city.toml").is_file()):
            shutil.rmtree(self.city, ignore_errors=True)
            return 0
        last = 1 + max(n for n, step in enumerate(every) if step.argv[0] == "publish")
        return done if done < last or self._is_published() else last - 1

    def _is_published(self) -> bool:
        folder = CityFolder.open(self.city)
        store = open_store(folder)
        current = store.current()
        store.close()
        return (
            current is not None
            and (folder.models / current.model / "manifest.json").is_file()
            and (folder.results / current.results / "manifest.json").is_file()
        )

    def _clear(self) -> None:
        ours = (self.path / _NOTE).is_file()
        for folder in (self.source, self.city):
            if folder.exists() and not ours:
                raise WrongUse(
                    f"{folder} 已存在，且不是示例城市；换一个 --dir / "
                    "exists and is not a demo's; choose another --dir"
                )
            shutil.rmtree(folder, ignore_errors=True)
        self.path.mkdir(parents=True, exist_ok=True)
        self._write({})

    def _apply_settings(self) -> None:
        """Put the sample's settings in place as a user would edit them: city.toml and systems/."""
        file = self.city / "city.toml"
        document = tomlkit.parse(file.read_text(encoding="utf-8"))
        given = tomlkit.parse((self.source / "settings" / "city.toml").read_text(encoding="utf-8"))
        document.update(given)
        file.write_text(tomlkit.dumps(document), encoding="utf-8")
        for name in ("systems", "rules", "scenes"):
            own = self.source / "settings" / name
            if own.is_dir():
                shutil.copytree(own, self.city / name, dirs_exist_ok=True)

    def _parameters(self) -> dict[str, object]:
        return {"buildings": self.buildings, "version": version()}

    def _read(self) -> dict[str, object]:
        file = self.path / _NOTE
        found: dict[str, object] = orjson.loads(file.read_bytes()) if file.is_file() else {}
        return found

    def _note(self, done: int) -> None:
        told = _fingerprint(steps(self.source, self.city))
        self._write({"parameters": self._parameters(), "steps": told, "done": done})

    def _write(self, note: dict[str, object]) -> None:
        temporary = self.path / f".{_NOTE}"
        temporary.write_bytes(orjson.dumps(note, option=orjson.OPT_INDENT_2))
        temporary.replace(self.path / _NOTE)


def _fingerprint(every: Sequence[Step]) -> str:
    return hashlib.sha256(orjson.dumps([step.argv for step in every])).hexdigest()[:16]


def _line(number: int, of: int, step: Step) -> str:
    """The command as a person may type it: words with spaces or marks are quoted."""
    return click.style(f"[{number}/{of}] cimtwin {shlex.join(step.argv)}", bold=True)
