"""What the READMEs say is true: their verbs, options, targets, folders and links exist."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from twin_server.cli import VERBS, cimtwin

FENCE = re.compile(r"```\n(.*?)```", re.DOTALL)
MOST = 170
"""Lines of the first page: what takes more belongs to a package's own."""
PAGES = ("README.md", "cim_bridge/README.md", "indicator_overlays/README.md",
         "twin_server/README.md", "viewer/README.md")  # fmt: skip


def readme(root: Path) -> str:
    """The first page and those of the packages."""
    return "\n".join((root / name).read_text(encoding="utf-8") for name in PAGES)


def calls(root: Path) -> list[list[str]]:
    """The words of every `cimtwin` line in the READMEs."""
    return [
        line.split("#")[0].split()
        for block in FENCE.findall(readme(root))
        for line in (one.strip() for one in block.splitlines())
        if line.startswith("cimtwin ")
    ]


def anchors(text: str) -> set[str]:
    """Anchors of a page's headings, as a Git host makes them."""
    heads = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


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


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_a_readme_names_exists(root: Path, page: str) -> None:
    text = (root / page).read_text(encoding="utf-8")
    tops = (root, (root / page).parent, root / "viewer" / "src")
    held = {"models/", "batches/", "results/", "systems/"}  # folders of a city, not of this tree
    told = re.findall(r"`((?:\w+/)+[\w.]*)`", text)
    paths = [one for one in told if not one.startswith("mycity") and one not in held]
    assert [one for one in paths if not any((top / one).exists() for top in tops)] == []


@pytest.mark.parametrize("page", PAGES)
def test_every_link_of_a_readme_leads_to_a_page_and_its_heading(root: Path, page: str) -> None:
    text = (root / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http)([^)]+)\)", text):
        name, _, anchor = target.partition("#")
        path = (root / page).parent / name if name else root / page
        assert path.exists(), target
        assert not anchor or anchor in anchors(path.read_text(encoding="utf-8")), target


def test_the_first_page_is_short_and_leads_to_all_others(root: Path) -> None:
    text = (root / "README.md").read_text(encoding="utf-8")
    assert text.count("\n") <= MOST
    assert [page for page in PAGES[1:] if f"({page})" not in text] == []
