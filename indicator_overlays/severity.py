"""Severity of a problem: points from a versioned table, the same input always the same grade."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cim_bridge.texts import Text, as_text
from indicator_overlays.assess import Assessment
from indicator_overlays.evaluate import Floats

TABLE = Path(__file__).parent / "rules" / "_severity.toml"

GRADES: tuple[str, ...] = ("low", "medium", "high")


@dataclass(frozen=True)
class Severity:
    """Points for the gap to the limit, for people, for a repeated finding, for a bottom line."""

    version: str
    note: Text
    gap_steps: tuple[float, ...]
    count_steps: tuple[float, ...]
    people_steps: tuple[float, ...]
    repeated: int
    bottom_line: int
    medium: int
    high: int

    def points(
        self, found: Assessment, rows: npt.NDArray[np.int64], again: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.int64]:
        """Points of the units that fire; `again` marks those that fired the year before."""
        limit = np.abs(found.limit[rows])
        margin = found.margin[rows]
        share = _steps(margin / np.where(limit > 0, limit, 1.0), self.gap_steps)
        points = np.full(len(rows), found.rule.base, np.int64)
        points += np.where(limit > 0, share, _steps(margin, self.count_steps))
        points += _steps(found.people[rows], self.people_steps)
        points += self.repeated * again.astype(np.int64)
        return points + (self.bottom_line if found.rule.bottom_line else 0)

    def least(self, grade: str) -> int:
        """Points that a grade takes at least."""
        return {"high": self.high, "medium": self.medium}.get(grade, 0)

    def grade(self, points: npt.NDArray[np.int64], most: str = "high") -> npt.NDArray[np.object_]:
        """low, medium or high; never above `most`."""
        place = (points >= self.medium).astype(int) + (points >= self.high)
        place = np.minimum(place, GRADES.index(most))
        grades: npt.NDArray[np.object_] = np.array(GRADES, object)[place]
        return grades


def load_severity(path: Path = TABLE) -> Severity:
    """Read the table."""
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return Severity(
        version=str(table["version"]),
        note=as_text(table["note"]),
        gap_steps=tuple(float(step) for step in table["gap"]["steps"]),
        count_steps=tuple(float(step) for step in table["count"]["steps"]),
        people_steps=tuple(float(step) for step in table["people"]["steps"]),
        repeated=int(table["repeated"]),
        bottom_line=int(table["bottom_line"]),
        medium=int(table["grade"]["medium"]),
        high=int(table["grade"]["high"]),
    )


def _steps(amount: Floats, steps: tuple[float, ...]) -> npt.NDArray[np.int64]:
    """One point for each step reached; unknown amounts give none."""
    known = np.nan_to_num(amount, nan=-np.inf)
    return np.searchsorted(np.asarray(steps), known, side="right").astype(np.int64)
