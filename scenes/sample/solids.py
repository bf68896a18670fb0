"""Buildings as columns: one row a building, one or more solids (prisms, roofs) a building.

Local coordinates of a building are metres from its cell's centre, x along the street (east-ish),
y inland; a solid is placed against its building's own centre. Every column is one numpy array.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from scenes.sample.plan import Array

Ints = NDArray[np.int64]

RECT, ELL, ROUND = range(3)  # footprint forms
FLAT, GABLE, HIP = range(3)  # roof forms
BUILDING_COLUMNS = ("cell", "x", "y", "turn", "use", "make", "storeys", "shop")
SOLID_COLUMNS = ("of", "dx", "dy", "w", "d", "form", "base", "height", "roof", "rise")
USES = (
    "residential",
    "commercial",
    "office",
    "industrial",
    "public",
    "education",
    "medical",
    "heritage",
    "other",
)
RES, COM, OFF, IND, PUB, EDU, MED, HER, OTH = range(len(USES))
# how a building came to be: decides year, structure and people
MAKES = (
    "lane",
    "street",
    "slab",
    "mid",
    "tower",
    "office",
    "shed",
    "tank",
    "villa",
    "village",
    "shop",
    "school",
    "hospital",
    "fire",
    "culture",
    "hall",
    "landmark",
    "kiosk",
)
MAKE = {name: number for number, name in enumerate(MAKES)}


@dataclass
class Bag:
    """Grows by whole columns; ``close`` joins them."""

    rows: list[dict[str, Array]] = field(default_factory=list)
    solids: list[dict[str, Array]] = field(default_factory=list)
    count: int = 0

    def add(
        self,
        cell: Ints,
        x: ArrayLike,
        y: ArrayLike,
        *,
        use: ArrayLike,
        make: str,
        storeys: ArrayLike,
        turn: ArrayLike = 0.0,
        shop: ArrayLike = 0.0,
    ) -> Ints:
        """Append buildings; returns their row numbers for :meth:`solid`."""
        n = len(cell)
        values = {
            "cell": cell,
            "x": x,
            "y": y,
            "turn": turn,
            "use": use,
            "make": MAKE[make],
            "storeys": storeys,
            "shop": shop,
        }
        self.rows.append(
            {k: np.broadcast_to(np.asarray(v, dtype=np.float64), (n,)) for k, v in values.items()}
        )
        self.count += n
        return np.arange(self.count - n, self.count)

    def solid(
        self,
        of: Ints,
        w: ArrayLike,
        d: ArrayLike,
        height: ArrayLike,
        *,
        dx: ArrayLike = 0.0,
        dy: ArrayLike = 0.0,
        form: ArrayLike = RECT,
        base: ArrayLike = 0.0,
        roof: ArrayLike = FLAT,
        rise: ArrayLike = 0.0,
    ) -> None:
        """Append one solid to each of the buildings ``of``."""
        values = {
            "of": of,
            "dx": dx,
            "dy": dy,
            "w": w,
            "d": d,
            "form": form,
            "base": base,
            "height": height,
            "roof": roof,
            "rise": rise,
        }
        self.solids.append(
            {
                k: np.broadcast_to(np.asarray(v, dtype=np.float64), (len(of),))
                for k, v in values.items()
            }
        )

    def close(self) -> Solids:
        """All columns joined."""
        rows = {k: np.concatenate([r[k] for r in self.rows]) for k in BUILDING_COLUMNS}
        solids = {k: np.concatenate([r[k] for r in self.solids]) for k in SOLID_COLUMNS}
        order = np.argsort(solids["of"], kind="stable")
        return Solids(rows, {k: v[order] for k, v in solids.items()})


@dataclass(frozen=True)
class Solids:
    """``rows``: one entry a building. ``solids``: one entry a solid, sorted by ``of``."""

    rows: dict[str, Array]
    solids: dict[str, Array]

    def __len__(self) -> int:
        return len(self.rows["cell"])

    @cached_property
    def of(self) -> NDArray[np.int32]:
        """The building of every solid, ascending."""
        return self.solids["of"].astype(np.int32)

    def standing(self, rows: Ints) -> tuple[Ints, Ints]:
        """The solids of some buildings one after another, and where each building's begin.

        The second has one entry more than there are rows: its last one is the number of solids.
        """
        low = np.searchsorted(self.of, rows)
        size = np.searchsorted(self.of, rows, side="right") - low
        first = np.concatenate([[0], np.cumsum(size)])
        found = np.arange(first[-1]) + np.repeat(low - first[:-1], size)
        return found.astype(np.int64), first.astype(np.int64)

    def take(self, keep: NDArray[np.bool_]) -> Solids:
        """Only the buildings of a mask, renumbered."""
        number = np.cumsum(keep) - 1
        of = self.solids["of"].astype(np.int64)
        stay = keep[of]
        solids = {k: v[stay] for k, v in self.solids.items()}
        solids["of"] = number[of[stay]].astype(np.float64)
        return Solids({k: v[keep] for k, v in self.rows.items()}, solids)
