"""One spelling of ids, labels and addresses."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cim_bridge.matching.addresses import plain_address
from cim_bridge.matching.numerals import number
from cim_bridge.matching.spelling import plain_id, plain_label, short_name, unpadded_id
from cim_bridge.matching.texts import as_words, spelled
from tests.cim_bridge.namepairs import DIFFERENT_LABEL, SAME_LABEL

WORDS = """
长城 花园 小区 住宅小区 號 号 楼 栋 幢 座 单元 路 街 弄 巷 第 之 院 社区 居委会 街道办事处 村
期 区 十 二 百 零 〇 四 ０ ４ ④ Ⅳ 1 2 04 12 a B No. St street Avenue # - — ～ · ( ） , .
' é ß İ 號樓 臺 ² ٣ \u0301 \ue000
"""
PARTS = (*WORDS.split(), "Building ", "5th ", " ", "　")
written = st.lists(st.sampled_from(PARTS), max_size=9).map("".join)


@pytest.mark.parametrize(("one", "other"), SAME_LABEL)
def test_two_spellings_of_one_label_are_one(one: str, other: str) -> None:
    assert plain_label(one) == plain_label(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT_LABEL)
def test_labels_of_two_places_stay_two(one: str, other: str) -> None:
    assert plain_label(one) != plain_label(other)


def test_there_are_enough_pairs() -> None:
    assert len(set(SAME_LABEL)) >= 60
    assert len(set(DIFFERENT_LABEL)) >= 40


@given(st.one_of(written, st.text(max_size=12)))
def test_a_spelled_text_is_spelled_as_itself(text: str) -> None:
    line = text.replace("\n", " ")
    for spell in (plain_id, unpadded_id, plain_label):
        once = spell(line)
        assert spell(once) == once


@given(st.lists(st.one_of(written, st.text(max_size=8)), max_size=30))
def test_many_texts_at_once_are_spelled_like_each_alone(texts: list[str]) -> None:
    lines = [" ".join(text.splitlines()) for text in texts]
    for spell in (plain_id, unpadded_id, plain_label, plain_address):
        assert spelled(as_words(lines), spell).to_pylist() == [spell(line) for line in lines]


def test_numbers_lifted_out_and_put_back_give_the_same_spelling() -> None:
    chance = random.Random(7)
    names = ["".join(chance.choices(PARTS, k=6)) for _ in range(400)]
    texts = [
        f"{name}{chance.randrange(300):0{chance.randrange(1, 5)}d}号楼{chance.randrange(9)}单元"
        for name in names[:40]
        for _ in range(80)
    ] + names  # fmt: skip
    lines = [" ".join(text.splitlines()) for text in texts]
    for spell in (plain_label, plain_address):
        slow = spelled(as_words(lines), spell)
        assert spelled(as_words(lines), spell, alike=True).equals(slow)


@pytest.mark.parametrize(
    ("word", "value"),
    [("二十四", 24), ("十", 10), ("一百零五", 105), ("一百一十", 110), ("一二零三", "1203"),
     ("两", None), ("百", None), ("十十", None), ("二千零六", 2006), ("叁拾", 30)],
)  # fmt: skip
def test_chinese_numbers_are_read(word: str, value: int | str | None) -> None:
    if word == "两":
        assert plain_label("两栋") == "两栋"
    else:
        assert number(word) == value


@pytest.mark.parametrize(
    ("one", "other"),
    [("B001", "b1"), ("007", "7"), ("101.0", "101"), ("Ｂ００１", "B1"), (" B-01-02 ", "b-1-2")],
)
def test_ids_lose_their_padding_only_when_asked(one: str, other: str) -> None:
    assert unpadded_id(one) == unpadded_id(other)
    assert plain_id(one) != plain_id(other)


def test_codes_that_are_other_codes_stay_so() -> None:
    for one, other in (("1.50", "1.5"), ("10", "1"), ("B10", "B1"), ("1-10", "11-0")):
        assert unpadded_id(one) != unpadded_id(other)


def test_the_word_of_a_level_is_dropped_only_behind_a_name() -> None:
    assert short_name("芝罘区\n向阳街道\n东区\n经济技术开发区", "district").split("\n") == [
        "芝罘", "向阳街道", "东区", "经济技术开发",
    ]  # fmt: skip
    assert short_name("向阳街道", "subdistrict") == "向阳"
    assert short_name("4#", "building") == "4#"
