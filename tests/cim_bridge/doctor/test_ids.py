"""Keys are ranked by what they are, and damage to ids is named with its remedy."""

from __future__ import annotations

import numpy as np
import pytest

from cim_bridge.doctor.damage import damages, mended
from cim_bridge.doctor.ids import candidates


def texts(*words: str) -> np.ndarray:
    return np.array([*words], object)


def test_a_stable_code_ranks_before_a_running_number_and_a_name_that_repeats() -> None:
    columns = {
        "fid": texts("1", "2", "3", "4"),
        "height": texts("3.5", "9.25", "4.5", "8.5"),
        "name": texts("东", "东", "西", "南"),
        "楼栋编号": texts("A01", "A02", "A03", "A04"),
    }
    found = candidates(columns)
    assert [one.column for one in found] == ["楼栋编号", "fid", "name"]
    assert found[0].sound
    assert found[1].volatile
    assert found[2].repeated == (("东", 2),)


def test_a_column_with_gaps_ranks_after_a_complete_one() -> None:
    columns = {"id": texts("a1", "", "a3", "a4"), "code": texts("x1", "x2", "x3", "x4")}
    first, second = candidates(columns)
    assert (first.column, second.column) == ("code", "id")
    assert second.filled == 0.75
    assert not second.sound


@pytest.mark.parametrize(
    "column",
    [
        texts("1.5", "2.25", "3.75"), texts("true", "false", "true"), texts("", "", ""),
        texts("a", "a", "a", "a"), texts("x" * 200, "y" * 200),
    ],
)  # fmt: skip
def test_measures_marks_constants_and_essays_are_no_keys(column: np.ndarray) -> None:
    assert candidates({"something": column}) == []


DAMAGE = {
    "float": ("101.0", "102.0"),
    "power": ("3.70602E+14", "3.70603E+14"),
    "digits": ("370602001001001000", "370602001001002000"),
    "spaces": ("A1 ", " A2"),
    "hidden": ("A\u200b1", "A2"),
    "width": ("Ａ１", "A2"),
    "apostrophe": ("'001", "'002"),
    "case": ("ab1", "AB1"),
}


@pytest.mark.parametrize("kind", DAMAGE)
def test_each_kind_of_damage_is_seen(kind: str) -> None:
    assert kind in {item.kind for item in damages(texts(*DAMAGE[kind]))}


def test_lost_zeros_are_seen_beside_ids_that_kept_them() -> None:
    ids = texts("000123", "000124", "000125", "126", "127")
    (found,) = damages(ids)
    assert (found.kind, found.count, found.examples) == ("zeros", 2, ("126", "127"))


def test_sound_ids_show_no_damage() -> None:
    for ids in (
        texts("A1", "A2", "B-3"), texts("1", "2", "30"), texts("370602001001001001"),
        texts("长城花园4号楼"), texts("NL.IMBAG.Pand.0599100000000001"),
    ):  # fmt: skip
        assert damages(ids) == []


@pytest.mark.parametrize(
    ("broken", "whole"),
    [
        ("00123", "123"), ("123.0", "123"), (" 123", "123"), ("１２３", "123"), ("'123", "123"),
        ("AB-12/3", "ab123"), ("NL.IMBAG.Pand.5991000", "5991000"), ("1.23E+5", "123000"),
    ],
)  # fmt: skip
def test_mending_brings_two_spellings_together(broken: str, whole: str) -> None:
    assert mended(texts(broken))[-1][1][0] == mended(texts(whole))[-1][1][0]


def test_mending_keeps_different_ids_apart() -> None:
    last = mended(texts("A1", "A2", "000", "00"))[-1][1]
    assert len(set(last)) == 4
