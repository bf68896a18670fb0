"""What a report tells, as the API's own answers give it: no number is computed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from scenes.scene import Published

Answer = dict[str, Any]


@dataclass(frozen=True)
class Facts:
    """Answers about one unit in one year.

    unit: its file (`/units/{id}`). units: files of its districts, for comparison. problems, last:
    this year's and the year before's, inside it. projects, surveys, quadrants: inside it.
    sources: name, kind and files of each delivery.
    """

    published: Published
    year: int
    unit: Answer
    units: Sequence[Answer]
    problems: Sequence[Answer]
    last: Sequence[Answer]
    last_year: int | None
    projects: Sequence[Answer]
    surveys: Sequence[Answer]
    quadrants: Sequence[Answer]
    sources: Sequence[Answer]
    cutoff: str

    @property
    def whole(self) -> bool:
        """Whether the report is of the whole city."""
        return bool(self.unit["level"] == "city")
