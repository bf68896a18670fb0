"""What the README says is true: its verbs, options, targets and folders exist."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from twin_server.cli import VERBS, cimtwin

FENCE = re.compile(r"```\n(.*?)```", re.DOTALL)


def readme(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")


def calls(root: Path) -> list[list[str]]:
    """The words of every `cimtwin` line in the README."""
    return [
        line.split("#")[0].split()
        for block in FENCE.findall(readme(root))
        for line in block.splitlines()
        if line.startswith("cimtwin ")
    ]


def test_every_verb_and_option_of_the_readme_exists(root: Path) -> None:
    found = calls(root)
    assert {call[1] for call in found} >= {"init", "bridge", "load", "compute", "diagnose",
                                           "publish", "serve"}  # fmt: skip
    for call in found:
        assert call[1] in VERBS, call
        command = cimtwin.get_command(None, call[1])  # type: ignore[arg-type]
        assert command is not None
        if isinstance(command, click.Group):
            command = command.commands[call[2]]
        known = {name for param in command.params for name in param.opts}
        assert [word for word in call if word.startswith("--") and word not in known] == []


def test_every_make_target_of_the_readme_exists(root: Path) -> None:
    targets = set(re.findall(r"make ([a-z]+)", readme(root)))
    made = (root / "Makefile").read_text(encoding="utf-8")
    assert {"demo", "test"} <= targets
    assert [name for name in targets if not re.search(rf"^{name}:", made, re.MULTILINE)] == []


@pytest.mark.parametrize("kind", ["files", "pictures"])
def test_every_path_of_the_readme_exists(root: Path, kind: str) -> None:
    pattern = r"\]\((?!http)([^)#]+)\)" if kind == "pictures" else r"`((?:\w+/)+[\w.]*)`"
    paths = [path for path in re.findall(pattern, readme(root)) if not path.startswith("mycity")]
    assert paths
    held = {"models/", "batches/", "results/", "systems/"}  # folders of a city, not of this tree
    assert [path for path in paths if path not in held and not (root / path).exists()] == []
