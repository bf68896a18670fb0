"""Characters in one form: width, case, traditional and simplified script, accents, punctuation."""

from __future__ import annotations

import unicodedata
from functools import cache

import numpy as np
import numpy.typing as npt

_DELETE = 0x110000
"""In the table: the character goes."""
_SPACE, _DASH = ord(" "), ord("-")
_KEPT = frozenset("\n#-")
_GONE = frozenset("'’‘`´ʼ")
_DASHES = frozenset("‐‑‒–—―−~～〜﹣－")


def fold(text: str) -> str:
    """NFKC, case and then every character by a table; line breaks stay, so many texts go at once.

    Traditional characters become simplified ones (one by one, as OpenCC has them), Latin letters
    lose their accents, every dash is `-`, apostrophes go, other punctuation is a space.
    """
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if plain.isascii():
        return plain.translate(_ascii())
    codes = np.frombuffer(plain.encode("utf-32-le", "replace"), np.uint32)
    found = _table()[codes]
    return found[found < _DELETE].astype("<u4").tobytes().decode("utf-32-le")


@cache
def _ascii() -> dict[int, str | None]:
    table = _table()
    return {
        code: None if table[code] >= _DELETE else chr(int(table[code]))
        for code in range(128)
        if table[code] != code
    }


@cache
def _table() -> npt.NDArray[np.uint32]:
    """(0x110000,) what each character becomes."""
    found = np.arange(_DELETE, dtype=np.uint32)
    for code in range(0x30000):
        letter = chr(code)
        if letter in _KEPT or (letter.isalnum() and code > 0x250 and code < 0x1E00):
            continue
        if letter in _GONE or 0x300 <= code < 0x370:
            found[code] = _DELETE
        elif letter in _DASHES:
            found[code] = _DASH
        elif 0xC0 <= code < 0x250 or 0x1E00 <= code < 0x1F00:
            found[code] = ord(unicodedata.normalize("NFKD", letter)[0])
        elif 0xD800 <= code < 0xF900 or unicodedata.category(letter)[0] in "PSZC":
            found[code] = _SPACE
    for old, new in _simplified():
        found[ord(old)] = ord(new)
    found[ord("〇")] = ord("零")
    return found


def _simplified() -> list[tuple[str, str]]:
    """Traditional characters and their simplified form."""
    import opencc

    letters = [chr(code) for code in (*range(0x3400, 0x4DC0), *range(0x4E00, 0xA000))]
    changed = opencc.OpenCC("t2s").convert("\n".join(letters)).split("\n")
    pairs = zip(letters, changed, strict=True)
    return [(old, new) for old, new in pairs if old != new and len(new) == 1]
