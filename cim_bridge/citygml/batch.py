"""What some thousand city objects gave, as parallel lists: texts stay texts until all are read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

FOOT, EDGE = -10, -20
"""Instead of a LoD: footprint or roof edge given as such."""

RELIEF = -1
"""Instead of an owner: the ground."""

Mark = tuple[int, int, int]
"""How many faces, texts and flips there were."""

Look = tuple[tuple[int, int, int] | None, list[int]]
"""What a face wears, and the texture coordinates of each of its rings."""


@dataclass
class Batch:
    """City objects and the coordinate texts of their faces, lines and points.

    Objects: ids, types, attributes, parent (number of the object it is folded into, -1 none),
    root (number of the topmost one).
    Faces: face f has rings texts[face[f]] to texts[face[f + 1]], the first is its outline; flips
    lists faces to be turned over; dims the few texts whose dimension was told.
    Runs of faces: owner, LoD times ten (or FOOT, EDGE), surface code, placement (-1 none), count.
    Placements: (4, 4) matrix row by row, and the text of the reference point.
    Marks: (owner, text, is a line) of lines and points.
    Looks: face → what it wears (cim_bridge.citygml.appearance.Wear), text → number of the ring's
    texture coordinates.
    """

    ids: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    attributes: list[dict[str, Any]] = field(default_factory=list)
    parent: list[int] = field(default_factory=list)
    root: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    face: list[int] = field(default_factory=list)
    flips: list[int] = field(default_factory=list)
    dims: dict[int, int] = field(default_factory=dict)
    runs: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    matrices: list[list[float]] = field(default_factory=list)
    anchors: list[str] = field(default_factory=list)
    marks: list[tuple[int, str, bool]] = field(default_factory=list)
    worn: dict[int, tuple[int, int, int]] = field(default_factory=dict)
    ring_of: dict[int, int] = field(default_factory=dict)
    size: int = 0

    def begin(self, id_: str, type_: str, parent: int) -> int:
        """Start a city object; returns its number."""
        number = len(self.ids)
        self.ids.append(id_)
        self.types.append(type_)
        self.attributes.append({})
        self.parent.append(parent)
        self.root.append(number if parent < 0 else self.root[parent])
        return number

    def run(self, owner: int, lod: int, surface: int, first: int, placement: int = -1) -> None:
        """Say what the faces from `first` to the last one are."""
        count = len(self.face) - first
        if not count:
            return
        what = (owner, lod, surface, placement)
        if self.runs and self.runs[-1][:4] == what:
            count += self.runs.pop()[4]
        self.runs.append((*what, count))

    def mark(self) -> Mark:
        """Remember where the faces end."""
        return len(self.face), len(self.texts), len(self.flips)

    def undo(self, mark: Mark) -> None:
        """Take back what was added since the mark, before any run was told of it."""
        del self.face[mark[0] :], self.texts[mark[1] :], self.flips[mark[2] :]
        for key in [key for key in self.dims if key >= mark[1]]:
            del self.dims[key]
        _cut(self.ring_of, mark[1])
        _cut(self.worn, mark[0])

    def rings_of(self, face: int) -> list[str]:
        """Texts of the rings of a face."""
        last = self.face[face + 1] if face + 1 < len(self.face) else len(self.texts)
        return self.texts[self.face[face] : last]

    def look_of(self, face: int) -> Look:
        """What a face wears, and the texture coordinates of its rings, -1 none."""
        first, count = self.face[face], len(self.rings_of(face))
        return self.worn.get(face), [self.ring_of.get(first + k, -1) for k in range(count)]

    def copy(self, rings: list[str], *, turned: bool = False, look: Look = (None, [])) -> None:
        """Add a face with rings already read."""
        if turned:
            self.flips.append(len(self.face))
        if look[0] is not None:
            self.worn[len(self.face)] = look[0]
        self.ring_of |= {len(self.texts) + k: r for k, r in enumerate(look[1]) if r >= 0}
        self.face.append(len(self.texts))
        self.texts += rings


def _cut(numbered: dict[int, Any], first: int) -> None:
    """Take out what is numbered `first` or higher; numbers were put in rising."""
    while numbered and next(reversed(numbered)) >= first:
        numbered.popitem()
