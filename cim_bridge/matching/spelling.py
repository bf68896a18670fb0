"""One spelling of ids and of labels: 长城花园4#, 長城花園 ４號樓 and 长城花园小区四栋 are one.

Every function takes one text or many with a line each (no line break inside), so a million texts
are spelled by a handful of passes in C: see cim_bridge.matching.texts.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from pathlib import Path
from typing import Any

from cim_bridge.matching.numerals import digits
from cim_bridge.matching.script import fold

_HELD = "\ue000"
"""Stands for a 号 that is a door's, while the 号 of buildings are changed."""
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_PASSES = 6
_NUM = r"\d+(?:-\d+)*[a-z]?"
_ROAD = "路|街|道|巷|胡同|公路|环|线"
_LATIN = re.compile("[a-z]")
_HAN_SPACE = re.compile(f" +(?=[{_HAN}])|(?<=[{_HAN}]) +")
_ORDINAL = re.compile(r"(?<![a-z\d])(\d+)(?:st|nd|rd|th)(?![a-z\d])")
_DOOR_FIRST = re.compile(r"^ *(?:(?:no|number)(?![a-z])|#) *(\d+[a-z]?)(?= +[a-z])", re.M)
_ENGLISH_BUILDING = re.compile(
    r"(?<![a-z\d])(?:(?:building|bldg|blk|block|tower|no|number)(?![a-z])|#) *"
    r"(\d+[a-z]?|[a-z])(?![a-z\d#])"
)
_NUMBERED = re.compile(r"第(?=\d)")
_OF = re.compile(r"(?<=\d)之(?=\d)")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_DOOR = re.compile(rf"((?:{_ROAD})[东西南北中]?[甲乙丙丁附]?{_NUM}) *号(?:大?院)?(?! *[楼栋幢座#])")
_BUILDING = re.compile(
    r"(?<![a-z\d])(?:(?:building|bldg|blk|block|tower|no|number)(?![a-z])|#) *"
    r"(\d+[a-z]?|[a-z])(?![a-z\d#])"
)
_NUMBERED = re.compile(r"第(?=\d)")
_OF = re.compile(r"(?<=\d)之(?=\d)")
_ZEROS = re.compile(r"(?<!\d)0+(?=\d)")
_DOOR = re.compile(
    rf"((?:{_ROAD})[东西南北中]?[甲乙丙丁附]?{_NUM}) *号(?:院|大院)?(?! *[楼栋幢座#])"
    rf"|({_NUM}) *号(?:院|大院)(?! *[楼栋幢座#])"
)
_BUILDING = re.compile(
    rf"({_NUM}|(?<![a-z\d])[a-z]\d*) *"
    r"(?:号 *楼 *[栋幢座]?|号 *[栋幢座]|# *楼|[栋幢] *楼|楼 *[栋幢座]|[栋幢座#]"
    r"|号(?=$| *[a-z\d]))",
    re.M,
)
_KINDS_OF_COMPOUND = re.compile("(?:住宅|居住|生活)小区|小区(?:小区)+")
_COMPOUND = re.compile(r"小区(?<=[^\n][^\n]小区)(?=$|[\da-z])", re.M)
_OFFICES = (
    (re.compile("街道办事处|街道办|办事处"), "街道"),
    (re.compile("(?:社区)?(?:居民委员会|居委会)"), "社区"),
    (re.compile("村?(?:村民委员会|村委会)"), "村"),
)
_NUMBERS_APART = re.compile(r"(?<=\d) +(?=\d)")
_LOOSE_DASH = re.compile(r"(?<!\d)-+|-+(?!\d)")


@cache
def words() -> dict[str, Any]:
    """Return words.toml."""
    text = Path(__file__).with_name("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _short() -> tuple[re.Pattern[str], dict[str, str]]:
    table = {long: short for short, all_ in words()["english"].items() for long in all_}
    longest = sorted(table, key=lambda word: (-len(word), word))
    return re.compile(rf"(?<![a-z\d])(?:{'|'.join(longest)})(?![a-z\d])"), table


def plain_id(text: str) -> str:
    """An id without differences of width, case and outer spaces; leading zeros stay."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return re.sub(r"^[^\S\n]+|[^\S\n]+$", "", folded, flags=re.M)


def unpadded_id(text: str) -> str:
    """A plain id without what spreadsheets add or take: zeros before a number, `.0` after one."""
    plain = re.sub(r"^(\d+)\.0+$", r"\1", plain_id(text), flags=re.M)
    return re.sub(r"(?<![0-9.])0+(?=\d)", "", plain)


def plain_label(text: str) -> str:
    """A label in one spelling: script, width, case, numbers, words for buildings and streets.

    A spelled label is spelled as itself: what one pass uncovers, the next one reads.
    """
    for _ in range(_PASSES):
        text, before = _pass(text), text
        if text == before:
            break
    return text


def _pass(text: str) -> str:
    folded = re.sub(" {2,}", " ", fold(text))
    if _LATIN.search(folded):
        folded = _english(folded)
    folded = _HAN_SPACE.sub("", folded)
    folded = _ZEROS.sub("", _NUMBERED.sub("", digits(folded)))
    if "之" in folded:
        folded = _OF.sub("-", folded)
    if "号" in folded:
        folded = _DOOR.sub(rf"\1{_HELD}", folded)
    folded = _BUILDING.sub(r"\1#", folded).replace(_HELD, "号")
    if "小区" in folded:
        folded = _COMPOUND.sub("", _KINDS_OF_COMPOUND.sub("小区", folded))
    for pattern, word in _OFFICES:
        folded = pattern.sub(word, folded)
    folded = _LOOSE_DASH.sub("", folded)
    return _NUMBERS_APART.sub("_", folded).replace(" ", "")


def _english(text: str) -> str:
    pattern, table = _short()
    text = pattern.sub(lambda found: table[found[0]], text)
    text = _DOOR_FIRST.sub(r"\1", _ORDINAL.sub(r"\1", text))
    return _ENGLISH_BUILDING.sub(r"\1#", text)


def endings_of(level: str) -> list[str]:
    """Words that the name of a unit of a level may lack."""
    found: list[str] = words()["levels"].get(level, [])
    return found


def short_name(text: str, level: str) -> str:
    """A spelled label without the word of its level: 芝罘区 is 芝罘; two characters must stay."""
    endings = endings_of(level)
    if not endings:
        return text
    return re.sub(rf"(?<=[^\n][^\n])(?:{'|'.join(endings)})$", "", text, flags=re.M)
