"""Finished stages of long work, kept for the run that follows one that was killed.

What is kept lies in one folder beside the releases, named by everything that the result depends
on: the sources by content, the files beside them, the city, the wishes, this program, the machine
since it was started. Work that ends, well or with an error, takes the folder away; only a run that
was killed leaves it, and the next of the same name goes on from there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import orjson

from cim_bridge.folder import CityFolder
from cim_bridge.staging import file_digest, workplace

LEAST = 32 << 20
"""Bytes of sources from which on stages are kept: less is read again in a few seconds."""
KEPT = ("read", "files", "contents")
"""Kinds of stages: files read; files read, placed and checked; contents of tiles."""
_PREFIX, _LOCK = ".resume-", "lock"
_BESIDE = 5000
"""Files beside the sources that are looked at; where there are more, nothing is kept."""
_PACKAGE = Path(__file__).resolve().parent.parent
_LIBRARIES = ("numpy", "shapely", "pyproj", "lxml", "pyarrow", "pyogrio", "brotli", "mapbox_earcut")
_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass
class Resume:
    """Where work lays what does not fit in memory, and what of it a run before had finished.

    kept: whether another run may find it. reused: how many stages of each kind were taken over.
    digests: hashes of the sources, where they were needed.
    """

    folder: Path
    kept: bool = False
    reused: dict[str, int] = field(default_factory=dict)
    digests: dict[Path, str] = field(default_factory=dict)

    def finished(self, stage: str) -> dict[str, Any] | None:
        """What was noted when a stage was finished; None when it was not."""
        path = self.folder / f"{stage}.done"
        if not self.kept or not path.is_file():
            return None
        found: dict[str, Any] = orjson.loads(path.read_bytes())
        return found

    def finish(self, stage: str, told: dict[str, Any]) -> None:
        """Note that a stage is finished, all at once."""
        if self.kept:
            draft = self.folder / f"{stage}.draft"
            draft.write_bytes(orjson.dumps(told))
            draft.replace(self.folder / f"{stage}.done")

    def forget(self, stage: str) -> None:
        """A stage whose result is about to go is finished no more."""
        (self.folder / f"{stage}.done").unlink(missing_ok=True)

    def merging(self) -> Path:
        """An empty place for what is made anew of what was read."""
        path = self.folder / "merge"
        if path.is_dir():
            shutil.rmtree(path)
        return path

    def count(self, kind: str) -> None:
        """Note that a stage was taken over."""
        self.reused[kind] = self.reused.get(kind, 0) + 1


@contextmanager
def resumable(folder: CityFolder, files: Sequence[Path], *wishes: Any) -> Iterator[Resume]:
    """Open the folder of this work; whoever needs it makes it, we remove it.

    wishes: everything but the files and the city that the result depends on, as `repr` tells it.
    Small sources, a system without file locks, and work that another process does just now are
    not kept.
    """
    digests: dict[Path, str] = {}
    name = _name(folder, files, wishes, digests)
    for left in folder.models.glob(f"{_PREFIX}*"):
        if left.name != name:
            with _held(left) as free:
                if free:
                    shutil.rmtree(left, ignore_errors=True)
    with _held(folder.models / name if name else None) as held:
        if held:
            resume = Resume(folder.models / name, kept=True, digests=digests)
            try:
                yield resume
            finally:
                shutil.rmtree(resume.folder, ignore_errors=True)
            return
    with workplace(folder.models) as work:
        yield Resume(work, digests=digests)


@contextmanager
def _held(path: Path | None) -> Iterator[bool]:
    """Hold a folder for this process, making it; False where that cannot be."""
    if path is None or sys.platform == "win32":
        yield False
        return
    import fcntl

    path.mkdir(parents=True, exist_ok=True)
    with (path / _LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:  # another process is at it, or the disk knows no locks
            yield False
            return
        yield True


def _name(
    folder: CityFolder, files: Sequence[Path], wishes: Sequence[Any], digests: dict[Path, str]
) -> str:
    """Name of the folder of some work; "" where it is not kept."""
    if sum(path.stat().st_size for path in files) < LEAST:
        return ""
    try:
        beside = _beside(folder.path, files)
    except OSError:  # something goes while we look
        return ""
    if beside is None:
        return ""
    digests |= {path: file_digest(path) for path in files}
    told = [
        repr(wishes), _program(), sys.version, _BOOT.read_text() if _BOOT.is_file() else "",
        [version(name) for name in _LIBRARIES], folder.head_model(),
        file_digest(folder.path / "city.toml"), beside, [[str(p), d] for p, d in digests.items()],
    ]  # fmt: skip
    return _PREFIX + hashlib.sha256(orjson.dumps(told)).hexdigest()[:16]


def _beside(city: Path, files: Sequence[Path]) -> list[tuple[str, int, int]] | None:
    """Names, sizes and times of what lies around the sources, such as images, but for the city."""
    found: list[tuple[str, int, int]] = []
    ours = city.resolve()
    for parent in sorted({path.resolve().parent for path in files}):
        for at, folders, names in os.walk(parent):
            folders[:] = sorted(n for n in folders if Path(at, n) != ours and n[:1] != ".")
            if len(found) + len(names) > _BESIDE:
                return None
            for path in (Path(at, name) for name in sorted(names)):
                told = path.lstat()
                found.append((str(path), told.st_size, told.st_mtime_ns))
    return found


@cache
def _program() -> str:
    """SHA-256 of this program: other code, other work."""
    total = hashlib.sha256()
    for pattern in ("**/*.py", "**/*.toml"):
        for file in sorted(_PACKAGE.glob(pattern)):
            total.update(file.read_bytes())
    return total.hexdigest()
