"""What Excel, exports and typing do to ids, and how to mend it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Texts = npt.NDArray[Any]

_FLOAT = re.compile(r"^-?\d+\.0+$")
_POWER = re.compile(r"^-?\d(?:[.,]\d+)?[eE]\+?\d+$")
_LONG = re.compile(r"^\d{16,}$")
_AFFIX = re.compile(r"^.*?(?=[1-9]\d{3,}[a-z]?$)")
_HIDDEN = re.compile("[\u200b-\u200f\u2060\ufeff\u00a0\u3000\t\r\n]")


@dataclass(frozen=True)
class Damage:
    """One kind of damage: how many ids show it, and a few of them."""

    kind: str
    count: int
    examples: tuple[str, ...]


def damages(ids: Texts) -> list[Damage]:
    """Every kind of damage that the ids themselves show; ids are raw texts.

    float: 123.0. power: 3.7E+14. digits: 16 digits and more that all end in zeros, as Excel keeps
    only 15. spaces, hidden, width: outer spaces, invisible and full-width characters. apostrophe:
    a leading '. case: two ids that differ only in case. zeros: numbers of one width but for a
    few that are shorter.
    """
    unique = np.unique(ids[ids != ""].astype(str)).tolist()
    found = [_of(kind, [word for word in unique if test(word)]) for kind, test in _TESTS.items()]
    found += [_of("digits", _cut_digits(unique)), _of("case", _by_case(unique))]
    found.append(_of("zeros", _short(unique)))
    return [item for item in found if item.count]


_TESTS: dict[str, Callable[[str], bool]] = {
    "float": lambda word: bool(_FLOAT.match(word)),
    "power": lambda word: bool(_POWER.match(word)),
    "spaces": lambda word: word != word.strip(),
    "hidden": lambda word: bool(_HIDDEN.search(word.strip(" "))),
    "width": lambda word: any(unicodedata.east_asian_width(c) == "F" for c in word),
    "apostrophe": lambda word: word[:1] in "'’`",
}


def _of(kind: str, words: list[str]) -> Damage:
    return Damage(kind, len(words), tuple(words[:5]))


def _cut_digits(words: list[str]) -> list[str]:
    """Long numbers whose digits beyond the fifteenth are all 0."""
    long = [word for word in words if _LONG.match(word)]
    cut = [word for word in long if set(word[15:]) == {"0"}]
    return cut if len(cut) >= max(2, 0.9 * len(long)) else []


def _by_case(words: list[str]) -> list[str]:
    seen: dict[str, str] = {}
    found = []
    for word in words:
        first = seen.setdefault(word.casefold(), word)
        if first != word:
            found.append(f"{first}/{word}")
    return found


def _short(words: list[str]) -> list[str]:
    """Plain numbers shorter than the usual width, where the others are padded with zeros."""
    numbers = [word for word in words if word.isdecimal()]
    padded = [word for word in numbers if word.startswith("0") and len(word) > 1]
    if len(padded) < max(2, len(numbers) // 10):
        return []
    width = max(map(len, padded))
    return [word for word in numbers if len(word) < width]


_MENDS: tuple[tuple[str, Callable[[str], str]], ...] = (
    ("spaces", lambda word: _HIDDEN.sub("", word).strip()),
    ("apostrophe", lambda word: word.lstrip("'’`")),
    ("width", lambda word: unicodedata.normalize("NFKC", word)),
    ("case", lambda word: word.casefold()),
    ("float", lambda word: re.sub(r"\.0+$", "", word)),
    ("power", lambda word: _unpowered(word)),
    ("zeros", lambda word: word.lstrip("0") if word.strip("0") else word),
    ("separators", lambda word: re.sub(r"[\s\-_./]+", "", word)),
    ("affix", lambda word: _AFFIX.sub("", word, count=1)),
)
"""Steps that make two spellings of one id the same, the mildest first."""


def _unpowered(word: str) -> str:
    """3.70602E+14 as the whole number that it shows."""
    if not _POWER.match(word):
        return word
    number = float(word.replace(",", "."))
    return str(int(number)) if number < 2**53 else word


def mended(words: Texts) -> list[tuple[str, Texts]]:
    """(step, words after it and all before it), each distinct word once."""
    unique, index = np.unique(words.astype(str), return_inverse=True)
    now = unique.tolist()
    found: list[tuple[str, Texts]] = []
    for name, step in _MENDS:
        now = [step(word) for word in now]
        made = np.array([*now, ""], object)[:-1]
        found.append((name, made[index] if len(words) else np.zeros(0, object)))
    return found
