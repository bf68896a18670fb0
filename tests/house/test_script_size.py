"""What a browser must load before the first picture, and what hosts load for attach()."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

BUDGET = 2_500_000
"""Bytes of script, compressed, that the page loads before anything is seen."""
ATTACHED = 150_000
"""The same of attach() as a module, without its panel and without Cesium."""
IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*["'](\.{1,2}/[^"']+\.js)["']""")
IN_PAGE = re.compile(r"""<(?:script|link)[^>]*(?:src|href)="([^"]+\.js)\"""")


@pytest.fixture
def static(root: Path) -> Path:
    return root / "viewer" / "static"


def eager(entry: Path, seen: set[Path]) -> set[Path]:
    """A module and all that it imports before its first line runs."""
    if entry in seen:
        return seen
    seen.add(entry)
    for name in IMPORTED.findall(entry.read_text(encoding="utf-8")):
        eager((entry.parent / name).resolve(), seen)
    return seen


def packed(files: set[Path]) -> int:
    return sum(len(gzip.compress(file.read_bytes(), 9)) for file in files)


def test_the_first_picture_needs_little_script(static: Path) -> None:
    page = (static / "index.html").read_text(encoding="utf-8")
    files: set[Path] = set()
    for name in IN_PAGE.findall(page):
        eager((static / name).resolve(), files)
    assert files
    later = {"echarts", "toolbox"}
    assert [file.name for file in files if file.name.split("-")[0] in later] == []
    assert 200_000 < packed(files) <= BUDGET


def test_attach_comes_without_panels_and_without_an_engine(static: Path) -> None:
    files = eager((static / "attach" / "cim-twin.js").resolve(), set())
    assert packed(files) <= ATTACHED
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert re.search(r"""from\s*["']cesium["']""", text)
    assert "cim-guest" not in text


def test_the_classic_script_takes_the_hosts_engine(static: Path) -> None:
    text = (static / "attach" / "cim-twin.umd.js").read_text(encoding="utf-8")
    assert "CIMTwin" in text
    assert "Cesium" in text
    assert not re.search(r"\bimport\(", text)
    assert (static / "attach" / "cim-twin.d.ts").is_file()
    assert (static / "attach" / "element.js").is_file()
