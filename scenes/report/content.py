"""What a report is made of, before any file format: chapters of paragraphs, tables and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cim_bridge.texts import Text
from scenes.scene import Scene

Cell = str | float | int | None


@dataclass(frozen=True)
class Table:
    """A captioned table. head: one text a column; widths: shares of the page's width.

    ``name`` names its sheet and file. ``most``: rows printed in the document (all are in the
    workbook). ``numeric``: columns whose cells are numbers; all others are words, ids of digits
    too.
    """

    name: str
    caption: Text
    head: Sequence[Text]
    rows: Sequence[Sequence[Cell | Text]]
    widths: Sequence[float]
    most: int = 60
    numeric: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Figure:
    """A captioned still of a scene; ``name`` names its PNG."""

    name: str
    caption: Text
    scene: Scene


@dataclass(frozen=True)
class Chapter:
    """A chapter of the report; parts stand in their order."""

    title: Text
    parts: Sequence[Text | Table | Figure] = ()


@dataclass(frozen=True)
class Report:
    """A whole pack: title page facts and chapters."""

    title: Text
    about: Sequence[Text]
    chapters: Sequence[Chapter] = field(default_factory=tuple)
    note: Text | None = None

    @property
    def tables(self) -> list[Table]:
        """Every table in order."""
        return [part for one in self.chapters for part in one.parts if isinstance(part, Table)]

    @property
    def figures(self) -> list[Figure]:
        """Every figure in order."""
        return [part for one in self.chapters for part in one.parts if isinstance(part, Figure)]
