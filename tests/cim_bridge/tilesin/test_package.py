"""Packages: folders, .3tz and .3dtiles are opened, and liars are refused before they unpack."""

from __future__ import annotations

import gzip
import sqlite3
import stat
from pathlib import Path

import pytest

from cim_bridge.issues import IssueLog
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.opened import open_tileset
from cim_bridge.tilesin.package import open_package, plain
from tests.cim_bridge.tilesin.made import b3dm, cubes, tileset, write, zipped

FILES = {
    "tileset.json": tileset({"content": {"uri": "a.b3dm"}}, "1.0"),
    "a.b3dm": b3dm(cubes(3, name="_BATCHID"), 3, {"id": ["x", "y", "z"]}),
}


def features(path: Path) -> int:
    log = IssueLog()
    opened = open_tileset(path, log)
    assert opened is not None, log.to_json()
    total = sum(len(piece) for piece in opened.pieces())
    opened.package.close()
    return total


def reasons(path: Path) -> str:
    log = IssueLog()
    assert open_tileset(path, log) is None
    assert [issue.code for issue in log.errors] == ["TILESIN_PACKAGE"]
    return log.errors[0].why["en"]


@pytest.mark.parametrize("method", [0, 8, 93])
def test_an_archive_is_read_however_it_is_packed(tmp_path: Path, method: int) -> None:
    file = tmp_path / "a.3tz"
    file.write_bytes(zipped(FILES, method=method))
    assert features(file) == 3


def test_a_folder_and_its_tileset_json_are_the_same(tmp_path: Path) -> None:
    file = write(tmp_path, FILES)
    assert features(tmp_path) == features(file) == 3


def test_files_that_are_gzipped_on_disk_are_read(tmp_path: Path) -> None:
    assert features(write(tmp_path, {n: gzip.compress(d) for n, d in FILES.items()})) == 3


def test_an_archive_without_index_is_read_and_told(tmp_path: Path) -> None:
    file = tmp_path / "a.3tz"
    file.write_bytes(zipped(FILES, index=False))
    log = IssueLog()
    package = open_package(file, log)
    assert package is not None
    package.close()
    assert [issue.code for issue in log] == ["TILESIN_NO_INDEX"]


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (zipped(FILES, lie=4), "index contradicts"),
        (zipped({**FILES, "../evil.txt": b"x"}), "leads out"),
        (zipped({**FILES, "/etc/evil": b"x"}), "leads out"),
        (zipped({**FILES, "a\\..\\evil": b"x"}), "leads out"),
        (zipped(FILES, flags=1), "encrypted"),
        (zipped(FILES, mode=stat.S_IFLNK | 0o777), "is a link"),
        (zipped(FILES, size=1 << 29), "bytes"),
        (zipped({**FILES, "bomb": b"\0" * (4 << 20)}, method=8), "grows more than"),
        (zipped(FILES)[:-40], "cut off"),
        (b"PK\3\4" + b"\0" * 100, "no end of a directory"),
    ],
)
def test_a_lying_archive_is_refused_as_a_whole(tmp_path: Path, data: bytes, word: str) -> None:
    file = tmp_path / "a.3tz"
    file.write_bytes(data)
    assert word in reasons(file)


def test_overlapping_entries_are_refused(tmp_path: Path) -> None:
    data = bytearray(zipped({"a": b"x" * 50, "b": b"y" * 50}, index=False))
    second = data.index(b"PK\1\2", data.index(b"PK\1\2") + 4)
    data[second + 42 : second + 46] = b"\0\0\0\0"
    file = tmp_path / "a.3tz"
    file.write_bytes(data)
    assert "overlaps" in reasons(file)


def test_a_bomb_inside_a_file_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cim_bridge.tilesin.package.MAX_FILE", 1 << 20)
    with pytest.raises(Broken, match="larger than it may be"):
        plain(gzip.compress(b"\0" * (3 << 20), 9))


def database(path: Path, create: str, files: dict[str, bytes] = FILES) -> Path:
    connection = sqlite3.connect(path)
    connection.execute(create)
    if "VIEW" not in create:
        connection.executemany("INSERT INTO media VALUES (?, ?)", list(files.items()))
    connection.commit()
    connection.close()
    return path


def test_a_database_is_read_and_left_as_it_was(tmp_path: Path) -> None:
    file = database(
        tmp_path / "a.3dtiles", "CREATE TABLE media (key TEXT PRIMARY KEY, content BLOB)"
    )
    before = file.read_bytes()
    assert features(file) == 3
    assert file.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.3dtiles"]


@pytest.mark.parametrize(
    "create",
    [
        "CREATE VIEW media AS SELECT 'tileset.json' AS key, x'00' AS content",
        "CREATE TABLE media (key INTEGER, content BLOB)",
        "CREATE TABLE media (name TEXT, content BLOB)",
    ],
)
def test_a_database_of_another_shape_is_refused(tmp_path: Path, create: str) -> None:
    files = {} if "INTEGER" in create or "name" in create else FILES
    assert "one table media" in reasons(database(tmp_path / "a.3dtiles", create, files))


def test_uris_never_leave_the_tileset(tmp_path: Path) -> None:
    (tmp_path / "secret.b3dm").write_bytes(FILES["a.b3dm"])
    root = tmp_path / "inner" / "deep"
    for uri in ("../../secret.b3dm", "%2e%2e/%2e%2e/secret.b3dm", "file:///etc/passwd",
                "http://example.com/a.b3dm", "//host/a.b3dm", "..\\..\\secret.b3dm"):  # fmt: skip
        file = write(root, {"tileset.json": tileset({"content": {"uri": uri}})})
        log = IssueLog()
        opened = open_tileset(file, log)
        assert opened is not None
        assert list(opened.pieces()) == []
        assert [issue.code for issue in log] == ["TILESIN_TILE"], uri


def test_a_database_with_a_broken_page_is_refused_with_words(tmp_path: Path) -> None:
    file = tmp_path / "a.3dtiles"
    with sqlite3.connect(file) as made:
        made.execute("CREATE TABLE media (key TEXT PRIMARY KEY, content BLOB)")
        made.executemany("INSERT INTO media VALUES (?, ?)", FILES.items())
    made.close()
    data = bytearray(file.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    file.write_bytes(data)
    assert "malformed" in reasons(file)
