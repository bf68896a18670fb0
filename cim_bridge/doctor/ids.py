"""Which column can be the key: ranked by what its values are and what its name says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.attributes import spellings
from cim_bridge.doctor.damage import Damage, damages

Texts = npt.NDArray[Any]

_VOLATILE = ("fid", "ogc_fid", "objectid", "gid", "_fid", "rowid", "batchid", "_batchid", "row",
             "index", "序号", "id_0")  # fmt: skip
"""Names of numbers that a tool gives anew with every export."""
_LONGEST = 80
_YES_NO = {"true", "false", "yes", "no", "0", "1"}


@dataclass(frozen=True)
class Candidate:
    """One column as a key. filled, unique: shares of the rows; volatile: renumbered by exports.

    repeated: values that occur more than once with their counts. score: the higher the better.
    """

    column: str
    rows: int
    filled: float
    unique: float
    repeated: tuple[tuple[str, int], ...]
    volatile: bool
    damage: tuple[Damage, ...]
    examples: tuple[str, ...]
    score: float

    @property
    def sound(self) -> bool:
        """Whether every row has its own value."""
        return self.filled == 1.0 and self.unique == 1.0

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "column": self.column,
            "filled": round(self.filled, 4),
            "unique": round(self.unique, 4),
            "empty": round(self.rows * (1 - self.filled)),
            "duplicates": [{"id": word, "count": n} for word, n in self.repeated],
            "volatile": self.volatile,
            "damage": {item.kind: item.count for item in self.damage},
            "examples": list(self.examples),
        }


def candidates(columns: dict[str, Texts], level: str = "building") -> list[Candidate]:
    """Columns that may identify rows, the best first; measures and constants are left out."""
    named = [name.format(level=level) for name in spellings()["keys"]["names"]]
    found = [one for name, texts in columns.items() if (one := candidate(name, texts, named))]
    return sorted(found, key=lambda one: -one.score)


def candidate(name: str, texts: Texts, named: list[str]) -> Candidate | None:
    """Judge one column; None when it is plainly no id."""
    plain = str(name).strip().lower()
    given = texts[texts != ""].astype(str)
    never = set(spellings()["keys"]["never"])
    if not len(given) or plain in never or is_measure(given) or _marks(given) or _long(given):
        return None
    words, number = np.unique(given, return_counts=True)
    again = np.argsort(-number, kind="stable")[: int((number > 1).sum())]
    repeated = tuple((str(words[k]), int(number[k])) for k in again[:10])
    filled, unique = len(given) / len(texts), len(words) / len(given)
    if len(words) < 2 <= len(texts) or unique < 0.3:
        return None
    volatile = plain in _VOLATILE
    rank = named.index(plain) if plain in named else len(named)
    ending = plain.endswith(tuple(spellings()["keys"]["endings"]))
    whole = filled == 1.0 and unique == 1.0
    score = 4.0 * whole + 2.0 * filled + 2.0 * unique - 3.0 * volatile
    score += 2.0 * (plain in named) * (1 - rank / 60) + 0.8 * (ending and plain not in named)
    score += 0.5 * bool(sum(map(_codelike, given[:50].tolist())) > 40 * min(1, len(given) / 50))
    return Candidate(
        str(name), len(texts), filled, unique, repeated, volatile, tuple(damages(texts)),
        tuple(given[:3].tolist()), score,
    )  # fmt: skip


def _codelike(word: str) -> bool:
    return " " not in word and any(c.isdigit() for c in word)


def _long(given: Texts) -> bool:
    return max(map(len, given[:200].tolist())) > _LONGEST


def is_measure(given: Texts) -> bool:
    """Numbers with decimals (other than Excel's .0) are measures."""
    try:
        numbers = [float(word) for word in given[:500].tolist()]
    except ValueError:
        return False
    return any(number != round(number) for number in numbers if np.isfinite(number))


def _marks(given: Texts) -> bool:
    """Yes and no, in words or numbers."""
    return {word.lower() for word in given[:500].tolist()} <= _YES_NO
