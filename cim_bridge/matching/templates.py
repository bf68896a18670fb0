"""Many numbered names, few forms: 长城花园1号楼 to 长城花园900号楼 are spelled once.

Runs of digits are lifted out, the forms that are left are spelled, and the digits put back. A
spelling that treats every number alike, and keeps their order, gives the same either way.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cim_bridge.matching.texts import I64, Texts, lines_through, pa, pc

_MARKS = "٠١٢٣٤٥"
"""Digits of another script stand for the first, second, ... run: every pattern sees a digit."""
_MOST = len(_MARKS)
_NOT_ALIKE = (
    r"[\x{b2}\x{b3}\x{b9}\x{bc}-\x{be}]|[^\x00-\x7f\p{L}\p{P}\p{S}\p{Z}\p{M}\p{C}]",
    "(?:[0-9]+[^0-9]+){6}[0-9]",
)
"""Texts with digits of other scripts, or with more runs than there are marks: spelled alone."""
_WORTH = 0.5
"""Share of forms among texts above which lifting gains nothing."""


def spelled_numbers(values: Texts, functions: tuple[Callable[[str], str], ...]) -> Texts:
    """(N,) distinct texts through functions that treat all numbers alike."""
    odd = pc.or_(*(pc.match_substring_regex(values, pattern) for pattern in _NOT_ALIKE))
    lifted = np.flatnonzero(~np.asarray(odd))
    if len(lifted) < 1000:
        return lines_through(values, functions)
    some = values.take(pa.array(lifted))
    forms = some
    for mark in _MARKS:
        if not pc.any(pc.match_substring_regex(forms, "[0-9]")).as_py():
            break
        forms = pc.replace_substring_regex(forms, "[0-9]+", mark, max_replacements=1)
    coded = forms.dictionary_encode()
    if len(coded.dictionary) > _WORTH * len(some):
        return lines_through(values, functions)
    made = lines_through(coded.dictionary, functions)
    filled = _filled(made, np.asarray(coded.indices).astype(np.int64), _runs(some))
    if len(lifted) == len(values):
        return filled
    others = np.flatnonzero(np.asarray(odd))
    rest = lines_through(values.take(pa.array(others)), functions)
    place = np.zeros(len(values), np.int64)
    place[lifted], place[others] = np.arange(len(lifted)), len(lifted) + np.arange(len(others))
    return pa.concat_arrays([filled, rest]).take(pa.array(place))


def _runs(values: Texts) -> list[Texts]:
    """First, second, ... run of digits of each text without leading zeros, "" for none."""
    found = []
    left = values
    for _ in _MARKS:
        left = pc.replace_substring_regex(left, "^[^0-9]+", "")
        run = pc.replace_substring_regex(left, "[^0-9].*$", "")
        found.append(pc.replace_substring_regex(run, "^0+([0-9])", r"\1"))
        left = pc.replace_substring_regex(left, "^[0-9]+", "")
        if not pc.any(pc.greater(pc.binary_length(left), 0)).as_py():
            break
    return found


def _filled(forms: Texts, which: I64, runs: list[Texts]) -> Texts:
    """Put the runs back where their marks stand in the form of each text."""
    texts = forms.to_pylist()
    parts, slots = [], []
    for text in texts:
        pieces, numbers, last = [], [], 0
        for at, letter in enumerate(text):
            number = _MARKS.find(letter)
            if number >= 0:
                pieces.append(text[last:at])
                numbers.append(number)
                last = at + 1
        parts.append([*pieces, text[last:]])
        slots.append(numbers)
    deep = max((len(numbers) for numbers in slots), default=0)
    count = len(which)
    every = pa.concat_arrays([*runs, pa.array([""], pa.large_string())])
    columns = []
    for place in range(deep + 1):
        words = [one[place] if place < len(one) else "" for one in parts]
        columns.append(pa.array(words, pa.large_string()).take(pa.array(which)))
        if place < deep:
            slot = np.array([one[place] if place < len(one) else -1 for one in slots])[which]
            run = np.where(slot >= 0, slot * count + np.arange(count), len(every) - 1)
            columns.append(every.take(pa.array(run)))
    return pc.binary_join_element_wise(*columns, pa.scalar("", pa.large_string()))
