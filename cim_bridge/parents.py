"""Who lies in whom: by what the source says, else by geometry; one parent of each level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.attributes import words_by_name
from cim_bridge.geometry.faces import I64, Bools
from cim_bridge.geometry.locate import inner_points, locate
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS, PARENT_LEVELS
from cim_bridge.rows import position
from cim_bridge.table import Columns

_THROUGH_BLOCK = ("district", "subdistrict")
"""Levels whose boundaries run along streets: a building belongs where its block belongs, so that
the buildings of a district are the buildings of its blocks."""

SHOWN = 5
"""How many examples an Issue lists."""

Claims = Mapping[str, Mapping[str, Mapping[str, str]]]
"""source → level → higher level → column of the attributes that names the parent."""


Trust = Mapping[tuple[str, str], bool]
"""(source, higher level) → whether the source's own words for it count (see `trusted`)."""


def set_parents(levels: dict[str, Columns], claims: Claims, log: IssueLog) -> None:
    """Fill the parent columns of every unit, from the city down."""
    for level in LEVELS[1:]:
        if level in levels:
            set_level(levels, level, claims, log)


def set_level(
    levels: dict[str, Columns], level: str, claims: Claims, log: IssueLog,
    trust: Trust | None = None,
) -> None:  # fmt: skip
    """Fill the parent columns of one level; those above it are filled.

    trust: given where the columns are only a part of the level, on which it cannot be judged.
    """
    columns = levels[level]
    live = ~columns["removed"].astype(bool)
    spots = inner_points(columns["geometry"])
    said = _said(columns, level, live, claims)
    rows: dict[str, I64] = {}
    above = PARENT_LEVELS[1 : LEVELS.index(level)] if level in PARENT_LEVELS else PARENT_LEVELS[1:]
    for parent in above[::-1]:
        if parent not in levels:
            continue
        found = _located(spots, levels[parent], live)
        if parent in _THROUGH_BLOCK and "block" in rows:
            found = _through(rows["block"], levels["block"], parent, levels[parent], found)
        for source, mine, words in said.get(parent, ()):
            named = match(words, levels[parent])
            sure = trusted(words, named) if trust is None else trust[source, parent]
            if sure:
                _report(columns["source_id"][mine], words, named, found[mine], level, parent, log)
                found = found.copy()
                found[mine] = np.where(named >= 0, named, found[mine])
        rows[parent] = found
        lacking = int((live & (found < 0)).sum())
        if lacking and level in ("building", "block"):
            log.add("PARENT_NONE", count=lacking, level=level, parent=parent)
        ids = np.concatenate((levels[parent]["id"], np.full(1, None, dtype=object)))
        columns[f"parent_{parent}"] = ids[found]
    columns["parent_city"] = np.full(len(live), None, dtype=object)
    columns["parent_city"][live] = levels["city"]["id"][0]


def _located(spots: npt.NDArray[np.float64], parents: Columns, live: Bools) -> I64:
    """Row of the unit that holds each point, -1 none."""
    found = np.full(len(spots), -1, np.int64)
    usable = ~parents["removed"].astype(bool) & ~shapely.is_missing(parents["geometry"])
    rows = np.flatnonzero(usable)
    ask = np.flatnonzero(live & np.isfinite(spots[:, 0]))
    if len(rows) and len(ask):
        number = locate(spots[ask], parents["geometry"][rows])
        found[ask] = np.where(number >= 0, rows[number], -1)
    return found


def _through(block: I64, blocks: Columns, parent: str, parents: Columns, found: I64) -> I64:
    """The parent of a unit's block, where it has one."""
    known = position(parents["id"], np.where(
        blocks[f"parent_{parent}"] == None, "", blocks[f"parent_{parent}"]  # noqa: E711
    ))  # fmt: skip
    via = np.where(block >= 0, known[block], -1)
    return np.where(via >= 0, via, found)


def _said(
    columns: Columns, level: str, live: Bools, claims: Claims
) -> dict[str, list[tuple[str, I64, npt.NDArray[Any]]]]:
    """Higher level → a source, its rows, and the words with which they name their parent."""
    found: dict[str, list[tuple[str, I64, npt.NDArray[Any]]]] = {}
    for source, per_level in claims.items():
        names = per_level.get(level, {})
        mine = np.flatnonzero((columns["source"] == source) & live) if names else None
        if mine is None or not len(mine):
            continue
        words = words_by_name(columns["attributes"][mine], names.values())
        for parent, name in names.items():
            found.setdefault(parent, []).append((source, mine, words[name]))
    return found


def trusted(words: npt.NDArray[Any], named: I64) -> bool:
    """Whether a source's words count: at least half of them name units that exist."""
    said = words != ""
    return bool(said.any()) and bool((named[said] >= 0).mean() >= 0.5)


def match(words: npt.NDArray[Any], parents: Columns) -> I64:
    """Row of the parent a word names: its id, its public id, or its name when that is unique."""
    found = position(parents["source_id"], words)
    for column in ("id", "label_zh", "label_en"):
        names = parents[column]
        if len(np.unique(names.astype(str))) == len(names):
            other = position(names, words)
            found = np.where(found >= 0, found, other)
    return np.where(words == "", -1, found)


def _report(
    ids: npt.NDArray[Any], words: npt.NDArray[Any], named: I64, found: I64, level: str,
    parent: str, log: IssueLog,
) -> None:  # fmt: skip
    unknown = (words != "") & (named < 0)
    if unknown.any():
        shown = _some(words[unknown])
        log.add(
            "PARENT_UNKNOWN", count=int(unknown.sum()), id=ids[unknown][0], level=level,
            parent=parent, ids=shown,
        )  # fmt: skip
    differs = (named >= 0) & (found >= 0) & (named != found)
    if differs.any():
        shown = _some(ids[differs])
        log.add(
            "PARENT_DIFFERS", count=int(differs.sum()), id=ids[differs][0], level=level,
            parent=parent, ids=shown,
        )  # fmt: skip


def _some(words: npt.NDArray[Any]) -> str:
    """The first few different ones."""
    every = list(dict.fromkeys(words.tolist()))
    return ", ".join(every[:SHOWN]) + (" …" if len(every) > SHOWN else "")


def parent_column(levels: Mapping[str, Columns], parent: str) -> npt.NDArray[np.uint32]:
    """For every building row the row of its parent, 0xFFFFFFFF none: what a viewer composes."""
    if "building" not in levels:
        return np.zeros(0, np.uint32)
    names = levels["building"][f"parent_{parent}"]
    rows = position(levels[parent]["id"], np.array([name or "" for name in names], dtype=object))
    return np.where(rows < 0, 0xFFFFFFFF, rows).astype(np.uint32)
