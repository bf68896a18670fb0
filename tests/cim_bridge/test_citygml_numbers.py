"""Coordinate texts become the numbers that Python reads in them, to the last bit."""

from __future__ import annotations

import random

import numpy as np
import pytest

from cim_bridge.citygml import numbers
from cim_bridge.citygml.numbers import read_numbers

ODD = ["1.2.3", "1-2", "--1", "-", ".", "-.", "1..2", "nan", "inf", "1,2", "+-3", "0x10", "1e",
       "3-", "１２", "1e9", "1e400"]  # fmt: skip
PLAIN = ["-0.000", "0", "-0", "-0.", ".5", "-.5", "5.", "00012.50", "+3.5", "1e3", "-1E-2",
         "12345678901234567.5", "0.1234567890123456789012345", "999999999.99",
         "9007199254740993"]  # fmt: skip


def _bits(texts: list[str]) -> bytes:
    return np.array([float(word) for text in texts for word in text.split()]).tobytes()


@pytest.mark.parametrize("places", range(17))
@pytest.mark.parametrize("largest", [1.0, 1e4, 9e8])
def test_decimals_are_rounded_as_python_rounds_them(places: int, largest: float) -> None:
    rng = random.Random(places)
    texts = [
        " ".join(f"{rng.uniform(-largest, largest):.{places}f}" for _ in range(rng.randint(0, 9)))
        for _ in range(300)
    ]
    values, counts, bad = read_numbers(texts)
    assert values.tobytes() == _bits(texts)
    assert counts.tolist() == [len(text.split()) for text in texts]
    assert not bad.any()


def test_plain_decimals_do_not_take_the_slow_way(monkeypatch) -> None:
    monkeypatch.setattr(numbers, "_parsed", lambda *_: pytest.fail("the slow way"))
    assert read_numbers(["390000.123 -5.5\n7", "\t1 2.25 3 "])[0].tolist() == [
        390000.123, -5.5, 7, 1, 2.25, 3,
    ]  # fmt: skip


@pytest.mark.parametrize("word", PLAIN)
def test_unusual_spellings_of_numbers_are_read(word: str) -> None:
    texts = ["1.5 2", f" {word}\n", "", f"{word} -3.25"]
    values, counts, bad = read_numbers(texts)
    if abs(float(word)) < numbers.FARTHEST:
        assert values.tobytes() == _bits(texts)
        assert not bad.any()
    else:
        assert bad.tolist() == [False, True, False, True]
        assert counts.tolist() == [2, 0, 0, 0]


@pytest.mark.parametrize("word", ODD)
def test_what_is_no_number_marks_its_text_alone(word: str) -> None:
    values, counts, bad = read_numbers(["1.5 2", f"4 {word}", "", "-3.25"])
    assert bad.tolist() == [False, True, False, False]
    assert counts.tolist() == [2, 0, 0, 1]
    assert values.tolist() == [1.5, 2, -3.25]
