"""Office files without a clock in them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from scenes.report.settled import settle


@pytest.mark.parametrize("prefix", ["dcterms:", "dct:", ""])
def test_the_clock_is_taken_out_under_any_prefix(tmp_path: Path, prefix: str) -> None:
    for name, day in (("a", "2026-01-01"), ("b", "2026-02-02")):
        with zipfile.ZipFile(tmp_path / name, "w") as packed:
            told = f"<{prefix}created x='y'>{day}</{prefix}created>"
            packed.writestr("docProps/core.xml", f"<c>{told}</c>")
        settle(tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
