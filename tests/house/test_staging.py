"""Releases are named by their content and appear whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from cim_bridge.errors import Damaged
from cim_bridge.staging import read_manifest, stage, verify


def make(parent: Path, body: bytes = b"1") -> str:
    with stage(parent) as staging:
        (staging.path / "sub").mkdir()
        (staging.path / "sub" / "data.bin").write_bytes(body)
        (staging.path / "sub" / "data.bin.br").write_bytes(b"anything")
        return staging.commit({"kind": "model", "n": 1})


def test_the_same_content_gets_the_same_name(tmp_path: Path) -> None:
    assert make(tmp_path / "a") == make(tmp_path / "b")
    assert make(tmp_path / "a") == make(tmp_path / "a")
    assert make(tmp_path / "a", b"2") != make(tmp_path / "a", b"1")


def test_a_release_knows_its_digest_and_verifies(tmp_path: Path) -> None:
    digest = make(tmp_path)
    assert read_manifest(tmp_path / digest)["digest"] == digest
    verify(tmp_path / digest)
    (tmp_path / digest / "sub" / "data.bin").write_bytes(b"tampered")
    with pytest.raises(Damaged):
        verify(tmp_path / digest)


def test_what_is_not_committed_leaves_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with stage(tmp_path) as staging:
            (staging.path / "half").write_text("x")
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError):
        interrupted()
    assert list(tmp_path.iterdir()) == []
