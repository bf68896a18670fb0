"""Compressed copies of tiles: made ahead, the same each time, and no part of what is named."""

from __future__ import annotations

import gzip
from pathlib import Path

import brotli
import numpy as np

from cim_bridge.staging import content_digest
from cim_bridge.tiles.store import ContentStore, compress_ahead

DATA = np.random.default_rng(1).integers(0, 9, 200_000).astype(np.uint8).tobytes()


def test_copies_hold_the_same_bytes_and_are_made_alike_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        compress_ahead(tmp_path / name, DATA)
    packed = {end: (tmp_path / f"one{end}").read_bytes() for end in (".br", ".gz")}
    assert packed == {end: (tmp_path / f"two{end}").read_bytes() for end in (".br", ".gz")}
    assert brotli.decompress(packed[".br"]) == gzip.decompress(packed[".gz"]) == DATA
    assert packed[".gz"][4:8] == bytes(4)  # no time of day
    assert len(packed[".gz"]) < 0.6 * len(DATA)


def test_a_copy_of_another_make_does_not_change_what_a_release_is_named(tmp_path: Path) -> None:
    name = ContentStore(tmp_path / "content").put(DATA)
    before = content_digest(tmp_path)
    (tmp_path / "content" / f"{name}.gz").write_bytes(gzip.compress(DATA, 9, mtime=0))
    assert content_digest(tmp_path) == before
