"""Readings in memory while they are few, on disk once their buildings are many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cim_bridge.reader import Reading
from cim_bridge.spool import Spool

MANY = 16_000
"""Buildings up to which a city is made in memory, which is a little faster."""


class Pile:
    """Readings in the order in which they were put."""

    def __init__(self, folder: Path) -> None:
        """folder: where they go when they get many; made only then."""
        self._folder = folder
        self._held: list[Reading] = []
        self._spool: Spool | None = None
        self.buildings = 0
        self.has_parts = False

    @classmethod
    def again(cls, folder: Path, told: dict[str, Any]) -> Pile:
        """The pile that `told` was told of; what was put on it later is dropped."""
        pile = cls(folder)
        pile._spool = Spool(folder)
        pile._spool.cut(told["chunks"])
        pile.buildings, pile.has_parts = told["buildings"], told["has_parts"]
        return pile

    def told(self) -> dict[str, Any]:
        """What `again` needs to know of a large pile."""
        return {"chunks": len(self), "buildings": self.buildings, "has_parts": self.has_parts}

    def clear(self) -> None:
        """Give up the readings."""
        self._held = []
        if self._spool is not None:
            self._spool.cut(0)

    @property
    def large(self) -> bool:
        """Whether the readings are on disk."""
        return self._spool is not None

    def put(self, reading: Reading) -> None:
        """Add one reading."""
        self.buildings += sum(len(u) for u in reading.units if u.level == "building")
        self.has_parts |= any(units.part is not None for units in reading.units)
        if self._spool is None:
            self._held.append(reading)
            if self.buildings > MANY and not any(one.clouds for one in self._held):
                self._spool = Spool(self._folder)
                for one in self._held:
                    self._spool.put(one)
                self._held = []
        else:
            self._spool.put(reading)

    def __len__(self) -> int:
        return len(self._held) if self._spool is None else len(self._spool)

    def __iter__(self) -> Iterator[Reading]:
        """Every reading in order, one at a time when they are on disk."""
        return iter(self._held if self._spool is None else self._spool)
