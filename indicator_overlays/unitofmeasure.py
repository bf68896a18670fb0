"""Units of measure: spellings made one, and known ones converted (万人 → persons, 公顷 → m2)."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_COUNTS = (
    "count", "seats", "bays", "chargers", "events", "accidents", "firms", "buildings", "number",
    "households", "vehicles", "个", "处", "栋", "幢", "座", "项", "条", "件", "起", "套", "户",
    "位", "次", "家", "所", "块", "片", "车位", "泊位", "学位", "辆",
)  # fmt: skip
_LENGTH = {"m": 1.0, "米": 1.0, "km": 1e3, "千米": 1e3, "公里": 1e3, "ft": 0.3048}
_AREA = {
    "m2": 1.0,
    "sqm": 1.0,
    "平方米": 1.0,
    "平米": 1.0,
    "㎡": 1.0,
    "km2": 1e6,
    "平方公里": 1e6,
    "平方千米": 1e6,
    "ha": 1e4,
    "公顷": 1e4,
    "亩": 2000.0 / 3.0,
    "hm2": 1e4,
    "hectares": 1e4,
    "acre": 4046.8564224,
}
_PEOPLE = {
    "persons": 1.0,
    "person": 1.0,
    "people": 1.0,
    "人": 1.0,
    "10,000persons": 1e4,
}
_TIME = {
    "minutes": 1.0,
    "minute": 1.0,
    "min": 1.0,
    "分钟": 1.0,
    "h": 60.0,
    "小时": 60.0,
    "hour": 60.0,
}
_SHARE = {"%": 1.0, "percent": 1.0, "百分比": 1.0, "‰": 0.1, "fraction": 100.0}
_MONEY = {"元": 1.0, "yuan": 1.0, "rmb": 1.0, "cny": 1.0}
_VOLUME = {"m3": 1.0, "立方米": 1.0}
_MASS = {"kg": 1.0, "千克": 1.0, "公斤": 1.0, "t": 1e3, "吨": 1e3}
_TIMES = {
    "万亿": 1e12, "千万": 1e7, "百万": 1e6, "十万": 1e5, "亿": 1e8, "万": 1e4, "千": 1e3, "百": 1e2,
}  # fmt: skip
"""Numerals that stand before any unit: 万户, 百万元, 亿立方米."""
_YEARS = {"years": 1.0, "year": 1.0, "年": 1.0, "岁": 1.0}
_SCORE = {"score0-100": 1.0, "score": 1.0, "分": 1.0}
_TABLES: dict[str, dict[str, float]] = {
    "length": _LENGTH,
    "area": _AREA,
    "people": _PEOPLE,
    "time": _TIME,
    "share": _SHARE,
    "money": _MONEY,
    "volume": _VOLUME,
    "mass": _MASS,
    "years": _YEARS,
    "score": _SCORE,
    "count": dict.fromkeys(_COUNTS, 1.0),
}


def same_unit(written: str, wanted: str) -> bool:
    """Whether two spellings mean the same unit."""
    return spelled(written) == spelled(wanted) or factor(written, wanted) == 1.0


@lru_cache(maxsize=4096)
def factor(written: str, wanted: str) -> float | None:
    """What a number in `written` is multiplied by to be in `wanted`; None when that is unknown."""
    first, second = spelled(written), spelled(wanted)
    if first == second:
        return 1.0
    top, bottom = _split(first), _split(second)
    if len(top) != len(bottom):
        return None
    ratios = [_simple(a, b) for a, b in zip(top, bottom, strict=True)]
    if any(ratio is None for ratio in ratios):
        return None
    result = ratios[0] or 0.0
    for ratio in ratios[1:]:
        result /= ratio or 1.0
    return 1.0 if abs(result - 1.0) < 1e-12 else result


def spelled(unit: str) -> str:
    """One spelling of a unit: NFKC, no spaces, superscripts as digits, 每/per as a slash."""
    plain = unicodedata.normalize("NFKC", unit).strip().lower()
    plain = plain.replace("building count", "building_count").replace(" per ", "/")
    return "".join(plain.replace("每", "/").replace("^", "").split())


def _split(unit: str) -> list[str]:
    parts = unit.split("/")
    counted = [part for part in parts if part]
    return ["count" if part.endswith(("count", "_count")) else part for part in counted]


def _simple(written: str, wanted: str) -> float | None:
    if written == wanted:
        return 1.0
    first, second = _known(written), _known(wanted)
    if first is None or second is None or first[0] != second[0]:
        return None
    return first[1] / second[1]


def _known(unit: str) -> tuple[str, float] | None:
    """What a unit measures and how many base units it is; a numeral may stand before it."""
    for kind, table in _TABLES.items():
        if unit in table:
            return kind, table[unit]
    for numeral, times in _TIMES.items():
        rest = unit.removeprefix(numeral)
        if rest != unit:
            found = next((k for k, table in _TABLES.items() if rest in table), None)
            return None if found is None else (found, times * _TABLES[found][rest])
    return None
