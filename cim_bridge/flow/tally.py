"""Findings of work done chunk by chunk: those of one kind become one, as if done at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from cim_bridge.issues import Issue, IssueLog

_SUMMED = ("count", "judged", "flipped", "lost")
_FIRST = ("id", "row", "other")
_LISTED, _COUNTED = "ids", "types"
_SHOWN = 5
_MORE = " …"


class Tally(IssueLog):
    """A log in which a finding that comes again (same code, place and words) is added up.

    Counts are summed, the first id and row stay, lists of examples are joined up to five.
    """

    def __init__(self) -> None:
        super().__init__()
        self._place: dict[tuple[Any, ...], int] = {}
        self._words: list[dict[str, Any]] = []

    def add(self, code: str, **words: Any) -> Issue:
        """Record one finding, or add it to the one of its kind."""
        key = (code, *sorted((k, str(v)) for k, v in words.items() if k not in _ADDED))
        number = self._place.setdefault(key, len(self._issues))
        if number == len(self._issues):
            self._words.append({"code": code, **words})
            return super().add(code, **words)
        held = self._words[number]
        held |= _together(held, words)
        last = IssueLog()
        self._issues[number] = last.add(**held)
        return self._issues[number]

    def ordered(self, key: Callable[[dict[str, Any]], Any]) -> list[Issue]:
        """Findings by a key of the words (and code) they were made of."""
        order = sorted(range(len(self._issues)), key=lambda n: key(self._words[n]))
        return [self._issues[number] for number in order]


_ADDED = frozenset((*_SUMMED, *_FIRST, _LISTED, _COUNTED))


def _together(held: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in _SUMMED:
        if name in more or name in held:
            default = 1 if name == "count" else 0
            found[name] = held.get(name, default) + more.get(name, default)
    if _LISTED in more:
        found[_LISTED] = _listed(str(held[_LISTED]), str(more[_LISTED]))
    if _COUNTED in more:
        found[_COUNTED] = _counted(str(held[_COUNTED]), str(more[_COUNTED]))
    return found


def _listed(held: str, more: str) -> str:
    """The first examples of both; an ellipsis stays where one was, or where some were left."""
    first, second = held.removesuffix(_MORE).split(", "), more.removesuffix(_MORE).split(", ")
    every = list(dict.fromkeys([*first, *second]))
    cut = held.endswith(_MORE) or more.endswith(_MORE) or len(every) > _SHOWN
    return ", ".join(every[:_SHOWN]) + (_MORE if cut else "")


def _counted(held: str, more: str) -> str:
    """`Type (3), Other (1)` of both, added up, by name."""
    total: Counter[str] = Counter()
    for item in (*held.split(", "), *more.split(", ")):
        name, _, number = item.removesuffix(")").rpartition(" (")
        total[name] += int(number)
    return ", ".join(f"{name} ({number})" for name, number in sorted(total.items()))
