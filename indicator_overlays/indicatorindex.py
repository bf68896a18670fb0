"""Which indicator a word in somebody's table means: by code or name, in which system."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from cim_bridge.sheets import normal
from indicator_overlays.indicator import Indicator, IndicatorSystem

_PART = re.compile(r"^(?P<name>.+?)[\s._:|-]+(?P<part>numerator|denominator|分子|分母)$", re.I)
_IN_BRACKETS = re.compile(r"^(?P<name>.+?)\s*[（(\[](?P<unit>[^()（）\[\]]+)[)）\]]\s*$")
_PARTS = {"分子": "numerator", "分母": "denominator"}


@dataclass(frozen=True, slots=True)
class Title:
    """A column of a wide table: an indicator, the unit its title names, and the part it holds."""

    indicator: Indicator
    unit: str = ""
    part: str = "value"


class IndicatorIndex:
    """Codes and names of all systems of a city."""

    def __init__(self, systems: dict[str, IndicatorSystem], default: str) -> None:
        self.systems = systems
        self._words: dict[str, dict[str, Indicator]] = {}
        for system in systems.values():
            for item in system.indicators.values():
                for word in {item.code, item.name["zh"], item.name["en"]}:
                    self._words.setdefault(normal(word), {}).setdefault(system.id, item)
        self._default = default

    def words(self) -> list[str]:
        """Every known word, normalised."""
        return list(self._words)

    def find(self, word: str, system: str = "") -> Indicator | None:
        """Return the indicator a word means; None when unknown or when it is not clear which."""
        found = self._words.get(normal(word), {})
        if system:
            return found.get(system)
        if self._default in found:
            return found[self._default]
        return next(iter(found.values())) if len(found) == 1 else None

    def where(self, word: str) -> list[str]:
        """Systems that know a word."""
        return list(self._words.get(normal(word), {}))

    def title(self, word: str, system: str = "") -> Title | None:
        """Read a column title: `名称（单位）`, `code`, `code.numerator`."""
        found = self.find(word, system)
        if found is not None:
            return Title(found)
        part = _PART.match(word)
        if part is not None:
            found = self.find(part["name"], system)
            name = part["part"].lower()
            return Title(found, "", _PARTS.get(name, name)) if found is not None else None
        bracket = _IN_BRACKETS.match(word)
        if bracket is not None:
            found = self.find(bracket["name"], system)
            return Title(found, bracket["unit"]) if found is not None else None
        return None

    def nearest(self, word: str, system: str = "") -> str:
        """Suggest a known code close to a word, or ""."""
        close = difflib.get_close_matches(normal(word), self._words, n=1, cutoff=0.75)
        if not close:
            return ""
        found = self._words[close[0]]
        item = found.get(system) or found.get(self._default) or next(iter(found.values()))
        return item.code
