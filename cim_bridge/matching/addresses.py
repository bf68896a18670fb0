"""Addresses: what stands in front (province, city, district, …) is taken off and remembered.

The city's own units are the gazetteer. What is left is a road with a door number, the name of a
compound, a building: looked up as a whole and without its front or its tail.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from cim_bridge.levels import LEVELS
from cim_bridge.matching.spelling import endings_of, plain_label, words
from cim_bridge.matching.texts import I64, NONE, Texts, pa, pc, spelled

if TYPE_CHECKING:
    from cim_bridge.matching.targets import Targets

_ENDS = "(?:省|市|区|县|旗|镇|乡|街道|社区|村)$"
_PROVINCE = "^(?:中国)?(?:[^0-9省]{2,3}省|[^0-9]{2,6}?自治区)"
_UNBRIDGED = {
    "district": "^[^0-9#号路街]{2,4}?(?:区|县|市)",
    "subdistrict": "^[^0-9#号路]{2,5}?(?:街道|镇|乡)",
    "community": "^[^0-9#号路]{2,8}?(?:社区|村)",
}
"""Fronts that are taken off by their form where the model has no units of the level."""
_ROAD_FIRST = "^(?:路|大道|大街|巷|弄|胡同|街[^道]|街$)"
"""What is left of a road that is named after a place: 法华镇路."""
_PLAIN = {"subdistrict": "^[^0-9#号路]{2,5}?街道", "community": "^[^0-9#号路]{2,8}?社区"}
"""Forms that are no part of a compound's name: they go without a road behind them too."""
_ON_A_ROAD = "(?:路|街|道|巷|弄|胡同)[0-9]"
_DOOR = (
    "^.*?(?:路|街|道|巷|弄|胡同|环|线)[东西南北中]?[甲乙丙丁附]?[0-9]+(?:-[0-9]+)*[a-z]?(?:号|弄)"
)
_ROOM = (
    "#(?:[0-9]+(?:-[0-9]+)*(?:单元|层|楼|室|户|门|房)?[-_]?)+[a-z]?$",
    "(?:[0-9]+单元)(?:[0-9]+(?:层|楼))?(?:[0-9]+(?:室|户|房)?)?$",
    "(?:[0-9]+(?:层|楼))?[0-9]+(?:室|户)$",
)
_BUILDING = "(?:[0-9]+(?:[-_][0-9]+)*[a-z]?|[a-z][0-9]*)#$"
_WESTERN_TAIL = re.compile(
    r"(?:,| )+(?:(?:apt|apartment|suite|ste|unit|rm|room|fl|floor|flat)(?![a-z])|#)[^,\n]*", re.I
)
_HAN = re.compile("[\u2e80-\uffff]")
_WESTERN_REST = re.compile(r"^([^,\n\u2e80-\uffff]*\d[^,\n\u2e80-\uffff]*),.*$", re.M)


@dataclass(frozen=True)
class Addresses:
    """(N,) addresses taken apart. rest: without what stands in front; front: level → number of the
    unit named in front (in Targets.holders), -1 none; forms: what to look up, the fullest first.
    """

    rest: Texts
    front: dict[str, I64]
    forms: tuple[Texts, ...]


def own_addresses(attributes: Texts) -> Texts:
    """Spelled addresses that units carry among their own attributes, "" for none."""
    named = words()["address"]
    keys = [*named["whole"], *named["street"], *named["number"]]
    told = pc.match_substring_regex(attributes, "|".join(f'"{re.escape(key)}"' for key in keys))
    some = np.flatnonzero(np.asarray(told))
    rows = orjson.loads("[" + ",".join(attributes.take(pa.array(some)).to_pylist()) + "]")
    lines = [_address(row, named) for row in rows]
    made = spelled(pa.array([*lines, ""], pa.large_string()), plain_address, alike=True)
    place = np.full(len(attributes), len(some))
    place[some] = np.arange(len(some))
    return made.take(pa.array(place))


def _address(row: dict[str, object], named: dict[str, list[str]]) -> str:
    for name in named["whole"]:
        if row.get(name):
            return str(row[name])
    street = next((str(row[name]) for name in named["street"] if row.get(name)), "")
    number = next((str(row[name]) for name in named["number"] if row.get(name)), "")
    if not street or not number:
        return ""
    if street.isascii():
        return f"{number} {street}"
    return f"{street}{number}" + ("号" if number[-1:].isdigit() else "")


def plain_address(text: str) -> str:
    """An address in one spelling; of a Western one the street alone, without flat and city."""
    text = _WESTERN_REST.sub(r"\1", text)
    text = "\n".join(
        line if _HAN.search(line) else _WESTERN_TAIL.sub("", line) for line in text.split("\n")
    )
    return plain_label(text)


def taken_apart(addresses: Texts, targets: Targets) -> Addresses:
    """Spelled addresses without their front; longest names first, from the city down."""
    rest = pc.replace_substring_regex(addresses, _PROVINCE, "")
    front: dict[str, I64] = {}
    for level in ("city", "district", "subdistrict", "community", "block"):
        if level in targets.holders:
            rest, front[level] = _off(rest, targets, level)
        elif level in _UNBRIDGED and _lies_above(level, targets.level):
            rest = _off_by_form(rest, level)
    return Addresses(rest, front, _forms(rest, targets.level))


def _lies_above(level: str, other: str) -> bool:
    return LEVELS.index(level) < LEVELS.index(other) if other else True


def _off_by_form(rest: Texts, level: str) -> Texts:
    """Texts without the name of a level that the model has no units of: 向阳街道."""
    cut = pc.replace_substring_regex(rest, _UNBRIDGED[level], "")
    still = pc.match_substring_regex(cut, _ON_A_ROAD)
    still = pc.and_(still, pc.invert(pc.match_substring_regex(cut, _ROAD_FIRST)))
    if level in _PLAIN:
        rest = pc.replace_substring_regex(rest, _PLAIN[level], "")
    return pc.if_else(still, cut, rest)


def _off(rest: Texts, targets: Targets, level: str) -> tuple[Texts, I64]:
    """Names of a level in front of the texts: the texts without them, and whose they are."""
    known = targets.holders[level].full
    whole: Any = np.asarray(pc.match_substring_regex(known.names, _ENDS)) if len(known) else []
    names = known.names.filter(pa.array(whole, pa.bool_()))
    numbers = np.flatnonzero(whole)
    found = np.full(len(rest), -1, np.int64)
    for size in sorted(set(pc.utf8_length(names).to_pylist()), reverse=True):
        head = pc.utf8_slice_codeunits(rest, 0, size)
        at = pc.fill_null(pc.index_in(head, value_set=names), -1)
        at = np.asarray(at).astype(np.int64)
        hit = (at >= 0) & (found < 0)
        found[hit] = numbers[at[hit]]
    sizes = np.asarray(pc.utf8_length(known.names)) if len(known) else np.zeros(0, np.int64)
    cut = rest
    for size in np.unique(sizes[found[found >= 0]]).tolist():
        mine = (found >= 0) & (sizes[np.maximum(found, 0)] == size)
        cut = pc.if_else(pa.array(mine), pc.utf8_slice_codeunits(rest, size), cut)
    road = np.asarray(pc.match_substring_regex(cut, _ROAD_FIRST)) & (found >= 0)
    rest = pc.if_else(pa.array(road), rest, cut)
    found[road] = -1
    start, stop = known.spans(found)
    alone = stop - start == 1
    unit = known.targets[np.minimum(start, len(known.targets) - 1)] if len(known.targets) else start
    return rest, np.where(alone, unit, -1)


def _forms(rest: Texts, level: str) -> tuple[Texts, ...]:
    """The rest; without room; without the door number in front; for what is larger than a building
    also without the building, and the road and door number alone."""
    roomless = rest
    for pattern in _ROOM:
        roomless = pc.replace_substring_regex(
            roomless, pattern, "#" if pattern.startswith("#") else ""
        )
    behind = pc.replace_substring_regex(roomless, _DOOR, "")
    behind = pc.if_else(pc.equal(behind, roomless), NONE, behind)
    forms = [rest, roomless, _not_bare(behind)]
    if level != "building":
        larger = pc.replace_substring_regex(roomless, _BUILDING, "")
        forms += [larger, pc.replace_substring_regex(behind, _BUILDING, "")]
        door = pc.extract_regex(roomless, f"(?P<door>{_DOOR})")
        forms.append(pc.fill_null(pc.struct_field(door, "door"), ""))
    if level in ("district", "subdistrict", "community"):
        ends = "|".join(endings_of(level))
        head = pc.extract_regex(rest, f"^(?P<head>.*?(?:{ends}))")
        forms.append(pc.fill_null(pc.struct_field(head, "head"), ""))
    return tuple(forms)


def _not_bare(texts: Texts) -> Texts:
    """Without those that are only a building's number: behind a door it is of no compound."""
    return pc.if_else(pc.match_substring_regex(texts, f"^{_BUILDING}"), NONE, texts)
