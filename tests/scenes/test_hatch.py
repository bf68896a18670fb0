"""Hatches of stills: one a state, none like a class, the viewer's own measures."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from scenes.coat import HATCHED, STATE_BYTE, STATES
from scenes.hatch import BLANK, INK, PAPER, on_map, swatch

SHARE = {"missing": 0.2, "not_computable": 0.2, "withheld": 0.144, "stale": 0.287}
"""How much of a surface the lines cover: their width by their distance; of a dot its area."""


@pytest.mark.parametrize("state", sorted(SHARE))
def test_lines_cover_as_much_of_the_map_as_in_the_viewer(state: str) -> None:
    code = np.full((504, 504), STATE_BYTE[state], np.uint8)
    assert on_map(code, 4.0).mean() == pytest.approx(SHARE[state], abs=0.03)


def test_classes_and_what_does_not_apply_have_no_lines() -> None:
    code = np.tile(np.arange(256, dtype=np.uint8).repeat(16), (64, 1))
    lined = {int(value) for value in code[on_map(code)]}
    assert lined == {int(value) for value in HATCHED}
    assert STATE_BYTE["not_applicable"] not in lined


def test_each_state_has_a_mark_of_its_own() -> None:
    marks = {state: swatch(state, (36, 28), 2.0) for state in STATES}
    for one, other in combinations(marks, 2):
        differ = (np.abs(marks[one].astype(int) - marks[other]).max(axis=2) > 20).mean()
        assert differ > 0.1, f"{one} and {other} look alike"
    for state, mark in marks.items():
        if state == "not_applicable":
            assert (mark == BLANK).all(axis=2).mean() > 0.8
            continue
        assert (mark == PAPER).all(axis=2).any()
        assert (mark == INK).all(axis=2).any()


def test_measures_and_colours_are_those_of_the_viewer(root: Path) -> None:
    look = (root / "viewer/src/look.ts").read_text(encoding="utf-8")
    for name, color in (("statePaper", PAPER), ("stateInk", INK)):
        assert f'{name}: "#{bytes(color).hex()}"' in look
    shader = (root / "viewer/src/shader.ts").read_text(encoding="utf-8")
    told = re.findall(r"if \(code == (\d+)\) on = (.+);", shader)
    assert {code: rule.replace(" ", "") for code, rule in told} == {
        "250": "step(mod(p.x+p.y,8.0),1.6)",
        "251": "step(mod(p.y,7.0),1.4)",
        "253": "step(length(mod(p,7.0)-3.5),1.5)",
        "254": "max(step(mod(p.x+p.y,9.0),1.4),step(mod(p.x-p.y,9.0),1.4))",
    }, "scenes/hatch.py and scenes/offline/page.js draw the same"
