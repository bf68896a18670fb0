"""Facts about the tree that reviews forget."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

HARD_LIMIT = 400
PACKAGES = ("cim_bridge", "indicator_overlays", "scenes", "twin_server", "viewer")
TEXT = {".py", ".ts", ".md", ".toml", ".json", ".csv", ".css", ".html", ".mjs", ""}


def tracked(root: Path) -> Iterator[Path]:
    listing = subprocess.run(
        ["git", "ls-files"], cwd=root, capture_output=True, text=True, check=True
    )
    for line in listing.stdout.splitlines():
        path = root / line
        if path.is_file():
            yield path


@pytest.mark.parametrize("package", PACKAGES)
def test_no_source_file_is_longer_than_one_noun_needs(root: Path, package: str) -> None:
    files = [
        path
        for path in tracked(root)
        if path.suffix in {".py", ".ts"}
        and path.relative_to(root).parts[0] == package
        and not path.name.endswith(".gen.ts")
    ]
    assert files
    long = {
        str(path.relative_to(root)): lines
        for path in files
        if (lines := path.read_text(encoding="utf-8").count("\n")) > HARD_LIMIT
    }
    assert long == {}


def test_lock_files_carry_no_download_address(root: Path) -> None:
    locks = [path for path in tracked(root) if "lock" in path.name and path.suffix == ".json"]
    assert locks, "the viewer's lock file pins what the browser runs"
    for lock in locks:
        assert '"resolved"' not in lock.read_text(encoding="utf-8"), lock


def test_nothing_names_a_path_of_a_developers_machine(root: Path) -> None:
    pattern = re.compile(r"(?<![A-Za-z0-9_.])/(?:wor[k]|roo[t]|far[m])/")
    hits = [
        f"{path.relative_to(root)}:{number}"
        for path in tracked(root)
        if path.suffix in TEXT
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if pattern.search(line)
    ]
    assert hits == []


def test_ci_runs_the_readmes_own_test_command(root: Path) -> None:
    assert "make test" in (root / ".ci" / "run").read_text(encoding="utf-8")
    assert "make test" in (root / "README.md").read_text(encoding="utf-8")
