"""Bytes of a text table → text: byte order mark, UTF-8, then GB18030; never a guess in silence."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text with the encoding that gave it; `guessed` when it was not UTF-8 and not declared."""

    text: str
    encoding: str
    guessed: bool


def decode(data: bytes, encoding: str = "") -> Decoded:
    """Decode strictly; raises UnicodeDecodeError when no known encoding fits the whole file.

    `encoding` names one and switches detection off. GB18030 holds GBK and GB2312.
    """
    if encoding:
        return Decoded(data.decode(encoding).removeprefix("\ufeff"), encoding, guessed=False)
    for mark, name in _MARKS:
        if data.startswith(mark):
            return Decoded(data.decode(name), name, guessed=False)
    try:
        return Decoded(data.decode("utf-8"), "utf-8", guessed=False)
    except UnicodeDecodeError:
        return Decoded(data.decode("gb18030"), "gb18030", guessed=True)


def sample_of(text: str, size: int = 5) -> str:
    """First few cells of a decoded text that are not plain ASCII, for a person to confirm."""
    words = (word.strip(' "\r\n') for line in text.splitlines()[:200] for word in line.split(","))
    found = list(dict.fromkeys(word for word in words if word and not word.isascii()))
    return "、".join(found[:size])
