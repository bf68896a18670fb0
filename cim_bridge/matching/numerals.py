"""Chinese numbers to digits, where a counting word follows: 十二号 is 12号, 五一路 stays."""

from __future__ import annotations

import re
from functools import cache

_DIGITS = {
    letter: value
    for letters in ("零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖")
    for value, letter in enumerate(letters)
} | {"貳": 2, "陸": 6}
_TENS = {"十": 10, "百": 100, "千": 1000, "拾": 10, "佰": 100, "仟": 1000}
_ANY = "零一二三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟"
_ONE = "零一二三四五六七八九壹贰叁肆伍陆柒捌玖"
_STRONG = "号|栋|幢|座|单元|室|弄|期|#|层|楼"
"""Counting words that any number may stand before."""
_WEAK = "路|街|巷|区|村|里|条|院|组|队|段|排|门|中|小|马路|环|道|组团|支"
"""Words of names: 五一路 and 二七区 are names, 三路 and 十二巷 are numbers."""
_COUNTED = re.compile(
    rf"(第)([{_ANY}]+)"
    rf"|([{_ANY}]+)(?= ?(?:{_STRONG}))"
    rf"|(?<![{_ANY}])([{_ONE}]|[{_ONE}]?[百]?零?[{_ONE}]?[十拾][{_ONE}]?)(?=(?:{_WEAK}))"
)


def digits(text: str) -> str:
    """Every counted Chinese number of a text (of many lines) as digits, and 第 before one gone."""
    if not any(letter in text for letter in _ANY):
        return text
    return _COUNTED.sub(_replaced, text)


def _replaced(found: re.Match[str]) -> str:
    word = found[2] or found[3] or found[4]
    value = number(word)
    return found[0] if value is None else str(value)


@cache
def number(word: str) -> int | str | None:
    """Value of a Chinese number: 二十四 is 24, 一二零三 is 1203; None for one that is none."""
    if not any(letter in _TENS for letter in word):
        return "".join(str(_DIGITS[letter]) for letter in word) if word else None
    total, held, last = 0, None, 10_000
    for letter in word:
        if letter in _TENS:
            size = _TENS[letter]
            if size >= last or (held is None and size != 10):
                return None
            total += (1 if held is None else held) * size
            held, last = None, size
        elif held is not None and held != 0:
            return None
        else:
            held = _DIGITS[letter]
    return total + (held or 0)
