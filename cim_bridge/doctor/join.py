"""A table's rows against units: how many find one, by which way, and who is left on both sides."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.doctor.damage import Damage, damages, mended
from cim_bridge.doctor.ids import is_measure
from cim_bridge.doctor.targets import at_level
from cim_bridge.matching import How, Keys, Matches, match
from cim_bridge.matching.targets import Targets

Texts = npt.NDArray[Any]

WAYS = ("id", "external", "label", "address", "point")
LOADED = ("id", "external")
"""Ways in which `load` finds a unit without a map, by ids exactly as they are written."""
_EXAMPLES = 5
_MOST_COLUMNS = 80
_SAMPLE = 2000
"""Different values of a column that are tried as a key."""


@dataclass(frozen=True)
class Row:
    """An example: what the table says, and units it may mean."""

    key: str
    row: int
    units: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {"key": self.key, "row": self.row, "units": list(self.units)}


@dataclass
class Join:
    """One column of one sheet against the units of one level.

    ways: what each way alone would match and leave in doubt. mends: what mending the spelling of
    the ids would add, step by step. review: rows a person has to look at.
    """

    key: str
    level: str
    rows: int
    empty: int
    report: dict[str, Any]
    ways: dict[str, dict[str, int]]
    mends: dict[str, int]
    duplicates: dict[str, int]
    damage: list[Damage]
    unmatched: list[Row]
    ambiguous: list[Row]
    orphans: int
    orphan_examples: list[str]
    units: int
    found_key: bool = False
    by: tuple[str, ...] = LOADED
    review: int = 0
    levels: list[str] = field(default_factory=list)
    alike: list[str] = field(default_factory=list)
    """Other levels whose units bear the same ids."""

    @property
    def needs_map(self) -> bool:
        """Whether `load` has to be told by `[match]` how to find the units."""
        told = self.report
        plain = set(told["methods"]) <= set(LOADED) and not told["set_aside"]
        return not plain or told["matched"] < told["rows"]

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict; the first keys are those of the first doctor."""
        told = self.report
        return {
            "key": self.key,
            "rows": self.rows,
            "matched": told["matched"],
            "rate": told["rate"],
            "by_id": told["methods"].get("id", 0),
            "ambiguous": told["ambiguous"],
            "duplicates": sum(n - 1 for n in self.duplicates.values()),
            "unmatched_examples": [row.key for row in self.unmatched],
            "orphans": self.orphans,
            "orphan_examples": self.orphan_examples,
            "key_found": self.found_key,
            "level": self.level or None,
            "levels_alike": self.alike,
            "units": self.units,
            "unmatched": told["unmatched"],
            "empty": self.empty,
            "methods": told["methods"],
            "set_aside": told["set_aside"],
            "by": list(self.by),
            "needs_map": self.needs_map,
            "ways": self.ways,
            "mends": self.mends,
            "damage": {item.kind: item.count for item in self.damage},
            "duplicate_examples": [
                {"id": word, "count": n} for word, n in list(self.duplicates.items())[:_EXAMPLES]
            ],
            "suggestions": [row.to_json() for row in self.unmatched],
            "ambiguous_examples": [row.to_json() for row in self.ambiguous],
            "review": self.review,
        }


def find_key(columns: dict[str, Texts], targets: Targets) -> str:
    """The column whose values name most units by id, else by label; "" when none names any."""
    best, most = "", 0
    for by in (("id", "external"), ("label",)):
        for name, texts in list(columns.items())[:_MOST_COLUMNS]:
            some = np.unique(texts[texts != ""].astype(str))
            some = some[:: max(1, len(some) // _SAMPLE)]
            if not len(some) or is_measure(some) or (_numbers_only(some) and by == ("label",)):
                continue
            found = match(Keys.of(some.astype(object)), targets, How(by=by, suggest=False))
            number = int((found.matched | found.ambiguous).sum())
            if number > most and number >= 0.05 * len(some):
                best, most = name, number
        if best:
            break
    return best


def _numbers_only(words: Texts) -> bool:
    return all(word.replace(".", "", 1).isdecimal() for word in words[:50].tolist())


def join(
    key: str, ids: Texts, rows: npt.NDArray[np.int64], targets: Targets, *,
    x: npt.NDArray[np.float64] | None = None,
    y: npt.NDArray[np.float64] | None = None,
) -> Join:  # fmt: skip
    """Match the ids (texts) of a column, whose row numbers in the file are `rows`.

    x, y: the rows' own place in the units' metres, where they have one. All ways that find a unit
    for some row are used together, ids first.
    """
    filled = ids != ""
    ids, rows = ids[filled], rows[filled]
    spots = (None, None) if x is None or y is None else (x[filled], y[filled])
    level, chosen, alike = _level(ids, targets)
    ways = _ways(ids, spots, chosen)
    by = _needed(ids, spots, chosen, ways) or LOADED
    found = match(Keys.of(ids, x=spots[0], y=spots[1]), chosen, How(by=by))
    told = found.report()
    counts = Counter(ids.tolist())
    again = {word: n for word, n in counts.most_common() if n > 1}
    hit = np.unique(found.target[found.matched])
    concerned = _concerned(chosen, hit)
    lost = np.setdiff1d(concerned, hit)
    made = Join(
        key, level, len(ids), int((~filled).sum()), told, ways,
        _mends(ids[found.unmatched], chosen), again, damages(ids),
        _examples(found, ids, rows, chosen, found.unmatched, found.suggestions),
        _examples(found, ids, rows, chosen, found.ambiguous, found.candidates),
        len(lost), [str(chosen.ids[n]) for n in lost[:_EXAMPLES]], len(concerned), by=by,
    )  # fmt: skip
    made.levels = sorted({str(name).partition(":")[0] for name in chosen.ids[hit]})
    made.alike = alike
    made.review = told["unmatched"] + told["ambiguous"]
    return made


def _level(ids: Texts, targets: Targets) -> tuple[str, Targets, list[str]]:
    """Any level, unless one alone names more: the same id may stand in several.

    The third are levels that name as many as the chosen one.
    """
    some = np.unique(ids.astype(str))[:20_000].astype(object)
    how = How(by=(*LOADED, "label"), suggest=False)
    whole = int(match(Keys.of(some), targets, how).matched.sum())
    best, most, kept = "", whole, targets
    alike: list[str] = []
    for level in sorted(set(targets.table["level"].to_pylist())):
        one = at_level(targets, str(level))
        number = int(match(Keys.of(some), one, how).matched.sum())
        if number > most:
            best, most, kept, alike = str(level), number, one, []
        elif number == most and best:
            alike.append(str(level))
    return best, kept, alike


def _concerned(targets: Targets, hit: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Units of the levels that the table speaks of; all where it names none."""
    levels = np.asarray(targets.table["level"].to_pylist(), object)
    named = set(levels[hit].tolist())
    return np.flatnonzero(np.isin(levels, list(named))) if named else np.arange(len(levels))


def _ways(ids: Texts, spots: Any, targets: Targets) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for way in WAYS:
        if way == "point" and spots[0] is None:
            continue
        keys = Keys.of(ids, x=spots[0], y=spots[1])
        made = match(keys, targets, How(by=(way,), suggest=False))
        found[way] = {
            "matched": int(made.matched.sum()), "ambiguous": int(made.ambiguous.sum()),
        }  # fmt: skip
    return found


def _needed(
    ids: Texts, spots: Any, targets: Targets, ways: dict[str, dict[str, int]]
) -> tuple[str, ...]:
    """The ways that together find most, ids first; one that adds nothing is left out."""
    found: tuple[str, ...] = ()
    most = 0
    keys = Keys.of(ids, x=spots[0], y=spots[1])
    for way in WAYS:
        if not ways.get(way, {}).get("matched"):
            continue
        number = ways[way]["matched"]
        if found:
            tried = match(keys, targets, How(by=(*found, way), suggest=False))
            number = int(tried.matched.sum())
        if number > most:
            found, most = (*found, way), number
    return found


def _mends(ids: Texts, targets: Targets) -> dict[str, int]:
    """Step of mending → rows it would add, each step counted once."""
    known = np.unique(
        np.asarray(targets.words("source_id").to_pylist() or [""], object).astype(str)
    )
    found: dict[str, int] = {}
    before = 0
    for (step, mine), (_, theirs) in zip(
        mended(ids), mended(known.astype(object)), strict=True
    ):  # fmt: skip
        unique, number = np.unique(theirs.astype(str), return_counts=True)
        hit = int(np.isin(mine.astype(str), unique[(number == 1) & (unique != "")]).sum())
        if hit > before:
            found[step], before = hit - before, hit
    return found


def _examples(
    found: Matches, ids: Texts, rows: npt.NDArray[np.int64], targets: Targets,
    which: npt.NDArray[np.bool_], told: Any,
) -> list[Row]:  # fmt: skip
    """The first few different keys of some rows, with units they may mean."""
    made: list[Row] = []
    seen: set[str] = set()
    for row in np.flatnonzero(which).tolist():
        if ids[row] in seen:
            continue
        seen.add(ids[row])
        units = tuple(str(targets.ids[n]) for n in told.of(row)[0][:3])
        made.append(Row(str(ids[row]), int(rows[row]), units))
        if len(made) == _EXAMPLES:
            break
    return made
