"""One spelling for a building's label: 长城花园4#, 长城花园 ４号楼, 长城花园四栋 are one."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import numpy.typing as npt

_GAPS = re.compile(r"[\s\-_·•,，。、．.()（）\[\]【】/\\'\"“”]+")
_DIGITS = "零一二三四五六七八九"
_NUMBER = re.compile(
    r"([一二三四五六七八九]?十[一二三四五六七八九]?|[零一二三四五六七八九])(?=号|栋|幢|座|#)"
)
_SUFFIX = re.compile(r"(\d+[a-z]?)(?:号楼|号栋|号幢|#楼|#|栋楼|栋|幢|号|座)(?=$|\D)")
_ENGLISH = re.compile(r"(?:building|bldg|block|tower|no|number)(\d+[a-z]?)$")


def plain_id(text: str) -> str:
    """An id without differences of width, case and outer spaces; leading zeros stay."""
    return unicodedata.normalize("NFKC", text).casefold().strip()


def plain_label(text: str) -> str:
    """A label without differences of width, case, spaces and the word for a building."""
    folded = _GAPS.sub("", unicodedata.normalize("NFKC", text).casefold())
    folded = _NUMBER.sub(lambda found: str(_value(found[1])), folded)
    folded = _SUFFIX.sub(r"\1#", folded)
    return _ENGLISH.sub(r"\1#", folded)


def _value(word: str) -> int:
    """Chinese number from 0 to 99."""
    if "十" not in word:
        return _DIGITS.index(word)
    tens, _, ones = word.partition("十")
    return (_DIGITS.index(tens) if tens else 1) * 10 + (_DIGITS.index(ones) if ones else 0)


def each(function: Any, texts: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A text function over many texts, each distinct one once."""
    unique, index = np.unique(texts.astype(str), return_inverse=True)
    made = np.array([function(text) for text in unique.tolist()] + [""], object)[:-1]
    return made[index] if len(texts) else np.zeros(0, object)
