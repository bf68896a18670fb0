"""A city folder in one file and back: every file with its hash, the database as it stood."""

from __future__ import annotations

import hashlib
import io
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Any

import orjson

from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from twin_server.settings import Settings
from twin_server.version import version

LIST = "backup.json"
"""Name of the list of files in a backup; it comes last."""
DATABASE = "twin.db"

_LEFT_OUT = frozenset({DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", ".lock", ".cache"})
_PIECE = 1 << 20


def back_up(folder: CityFolder, file: Path, settings: Settings) -> dict[str, Any]:
    """Write a city into a tar file while it is served; what was written.

    The database is copied first, by SQLite's own online backup: what it names is there already, and
    releases are never changed, so what is copied afterwards fits it.
    """
    if file.exists():
        raise WrongUse(f"{file} 已存在，换一个名字 / is there already; choose another name")
    part = file.with_name(file.name + ".part")
    listed: dict[str, dict[str, Any]] = {}
    try:
        with tarfile.open(part, "x", format=tarfile.PAX_FORMAT) as tar:
            if not settings.database_url and folder.database.is_file():
                with tempfile.TemporaryDirectory(prefix="cimtwin-backup-") as work:
                    copy = Path(work) / DATABASE
                    _copy_database(folder.database, copy)
                    listed[DATABASE] = _add(tar, copy, DATABASE)
            for path in _files(folder.path):
                name = path.relative_to(folder.path).as_posix()
                listed[name] = _add(tar, path, name)
            told = {
                "format": 1, "version": version(), "city": dict(folder.config.name),
                "database": "elsewhere" if settings.database_url else "inside", "files": listed,
            }  # fmt: skip
            body = orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
            _add_bytes(tar, body, LIST)
        part.chmod(0o600)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    size = sum(int(item["bytes"]) for item in listed.values())
    return {"file": str(file), "files": len(listed), "bytes": size, "database": told["database"]}


def restore(file: Path, target: Path) -> dict[str, Any]:
    """Make a city folder of a backup; nothing is there before every file is proven.

    InputRefused when the file is no backup, or something in it is not what its list says.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise WrongUse(f"{target} 不是空文件夹，换一个 / is not empty; restore into a new folder")
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=".restore-", dir=target.parent))
    try:
        found = _unpack(file, work)
        told = _listed(work, file)
        _compare(file, told["files"], found)
        _prove_database(work / DATABASE, file)
        (work / LIST).unlink()
        work.chmod(0o755)
        if target.exists():
            target.rmdir()
        work.rename(target)
    finally:
        if work.exists():
            shutil.rmtree(work)
    return {"city": str(target), "files": len(told["files"]), "database": told["database"]}


def _copy_database(source: Path, copy: Path) -> None:
    with closing(sqlite3.connect(source, timeout=30)) as old, closing(sqlite3.connect(copy)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")


def _files(root: Path) -> Iterator[Path]:
    """Every file of a city but its database, locks and what is being made, in order."""
    for path in sorted(root.rglob("*")):
        parts = path.relative_to(root).parts
        working = any(part.startswith((".staging-", ".restore-", ".resume-")) for part in parts)
        if path.is_file() and not path.is_symlink() and not working and parts[0] not in _LEFT_OUT:
            yield path


class _Hashing:
    """Reads a file and knows its hash when it is through."""

    def __init__(self, handle: Any) -> None:
        self._handle = handle
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        """The next bytes."""
        data: bytes = self._handle.read(size)
        self.digest.update(data)
        return data


def _add(tar: tarfile.TarFile, path: Path, name: str) -> dict[str, Any]:
    size = path.stat().st_size
    info = tarfile.TarInfo(name)
    info.size, info.mode = size, 0o600 if name == DATABASE else 0o644
    with path.open("rb") as handle:
        reader = _Hashing(handle)
        tar.addfile(info, reader)
    return {"bytes": size, "sha256": reader.digest.hexdigest()}


def _add_bytes(tar: tarfile.TarFile, body: bytes, name: str) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(body)
    tar.addfile(info, io.BytesIO(body))


def _unpack(file: Path, work: Path) -> dict[str, dict[str, Any]]:
    """Write every plain file of a tar below `work`; refuse any name or kind that is not ours."""
    found: dict[str, dict[str, Any]] = {}
    try:
        with tarfile.open(file, "r:") as tar:
            for info in tar:
                if not info.isreg() or not _is_plain(info.name) or info.name in found:
                    raise _damaged(file, f"{info.name!r} is no plain file of its own")
                path = work.joinpath(*PurePosixPath(info.name).parts)
                path.parent.mkdir(parents=True, exist_ok=True)
                inside = tar.extractfile(info)
                assert inside is not None  # noqa: S101 - a regular file has a body
                reader, size = _Hashing(inside), 0
                with path.open("xb") as out:
                    while piece := reader.read(_PIECE):
                        size += out.write(piece)
                found[info.name] = {"bytes": size, "sha256": reader.digest.hexdigest()}
                path.chmod(0o600 if info.name == DATABASE else 0o644)
    except (tarfile.TarError, EOFError, OSError) as exc:
        raise _damaged(file, f"{type(exc).__name__}: {exc}") from exc
    return found


def _is_plain(name: str) -> bool:
    path = PurePosixPath(name)
    bad = any(part in ("..", ".", "") for part in name.split("/"))
    return not (path.is_absolute() or bad or "\\" in name or "\0" in name or ":" in name[:2])


def _listed(work: Path, file: Path) -> dict[str, Any]:
    try:
        told: dict[str, Any] = orjson.loads((work / LIST).read_bytes())
        if told["format"] != 1:
            raise _damaged(file, f"format {told['format']} is newer than this version")
        return told
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise _damaged(file, f"its list {LIST} is missing or cannot be read") from exc


def _compare(file: Path, told: dict[str, Any], found: dict[str, Any]) -> None:
    for name, item in told.items():
        if found.get(name) != item:
            raise _damaged(file, f"{name} is missing or not as its list says")
    more = sorted(set(found) - set(told) - {LIST})
    if more:
        raise _damaged(file, f"{more[0]} is not on its list")


def _prove_database(database: Path, file: Path) -> None:
    if not database.is_file():
        return
    try:
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            told = connection.execute("PRAGMA integrity_check").fetchone()[0]
    except sqlite3.DatabaseError as exc:
        raise _damaged(file, f"{DATABASE}: {exc}") from exc
    if told != "ok":
        raise _damaged(file, f"{DATABASE}: {told}")


def _damaged(file: Path, reason: str) -> InputRefused:
    log = IssueLog()
    log.add("BACKUP_DAMAGED", file=file, reason=reason)
    return InputRefused(log)
