from __future__ import annotations

import gc
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cim_bridge import reader as reader_module
from cim_bridge.issues import IssueLog
from cim_bridge.reader import (
    GROUP,
    Reader,
    Reading,
    Units,
    Wish,
    find_reader,
    join_readings,
    no_garbage_collection,
    readers,
)
from tests.cim_bridge.cityfiles import found, read, row_of_boxes, write_json


class Platform:
    """A third party's reader, as a plugin would bring it."""

    name = "platform"

    def recognises(self, path: Path, head: bytes) -> bool:
        return head.startswith(b"PLATFORM")

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        return Reading("EPSG:4549", [])


PLATFORM = Platform()


@pytest.fixture
def plugged(monkeypatch: pytest.MonkeyPatch) -> Any:
    entry = EntryPoint("platform", f"{__name__}:PLATFORM", GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda self: PLATFORM)
    monkeypatch.setattr(reader_module, "entry_points", lambda group: EntryPoints([entry]))
    readers.cache_clear()
    yield
    readers.cache_clear()


def test_every_reader_keeps_the_contract() -> None:
    assert len(readers()) >= 3
    assert len({one.name for one in readers()}) == len(readers())
    for one in readers():
        assert isinstance(one, Reader)


def test_the_content_decides_not_the_name(tmp_path: Path) -> None:
    path = write_json(tmp_path / "model.txt", row_of_boxes(2))
    reading, log = read(path)
    assert reading is not None
    assert not log.errors


@pytest.mark.usefixtures("plugged")
def test_a_plugin_brings_a_format(tmp_path: Path) -> None:
    path = tmp_path / "a.xyz"
    path.write_bytes(b"PLATFORM 1")
    assert find_reader(path, IssueLog()) is PLATFORM


def test_without_the_plugin_the_format_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "a.xyz").write_bytes(b"PLATFORM 1")
    log = IssueLog()
    assert find_reader(tmp_path / "a.xyz", log) is None
    assert found(log) == {"FORMAT_UNKNOWN"}


def test_garbage_collection_comes_back_after_an_error() -> None:
    def fails() -> None:
        with no_garbage_collection():
            assert not gc.isenabled()
            raise ValueError("x")

    assert gc.isenabled()
    with pytest.raises(ValueError, match="x"):
        fails()
    assert gc.isenabled()


def test_readings_join_with_rows_and_missing_columns(tmp_path: Path) -> None:
    one, _ = read(write_json(tmp_path / "1.city.json", row_of_boxes(2)))
    two, _ = read(write_json(tmp_path / "2.city.json", row_of_boxes(3)))
    assert one is not None
    assert two is not None
    two.units[0].columns["extra"] = np.array(["x"] * 3, dtype=object)
    joined = join_readings([one, two])
    units: Units = joined.units[0]
    assert units.ids.tolist() == ["b0", "b1", "b0", "b1", "b2"]
    assert units.columns["extra"].tolist() == ["", "", "x", "x", "x"]
    assert joined.mesh is not None
    assert np.bincount(joined.mesh.feature).tolist() == [12] * 5
