"""Attributes that a writer adds to a unit's own: results, under a prefix of ours."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PREFIX = "checkup:"
"""`checkup:<system>/<code>` is a value; `...:state` and `...:period` stand beside it."""


@dataclass(frozen=True)
class Added:
    """For every unit id (`building:...`) the values of `names`; None is written as null."""

    names: tuple[str, ...] = ()
    values: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def of(self, unit_id: str) -> dict[str, Any]:
        """Attributes of one unit; none when nothing is known of it."""
        return dict(zip(self.names, self.values.get(unit_id, ()), strict=False))
