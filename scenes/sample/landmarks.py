"""A few buildings everyone knows: the bay tower, the opera, the arena, the lookout on the hill."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.sample import programme, zones
from scenes.sample.cells import Cells
from scenes.sample.plan import Plan
from scenes.sample.solids import COM, OFF, OTH, PUB, ROUND, Bag

# name zh, name en, plan metres at scale 1 (k, m), what
LANDMARKS = (
    ("澜湾塔", "Lanwan Tower", 6_120.0, 190.0, "spire"),
    ("东澜双塔", "Donglan Twin Towers", 9_350.0, 200.0, "twin"),
    ("海湾大剧院", "Bay Opera", 6_800.0, 260.0, "opera"),
    ("澜湾体育中心", "Lanwan Arena", 8_500.0, 1_250.0, "arena"),
    ("望澜塔", "Wanglan Lookout", 3_250.0, 1_280.0, "lookout"),
)


def add_landmarks(bag: Bag, cells: Cells, kind: NDArray[np.int64], plan: Plan) -> None:
    """Clear one whole cell for each landmark and build it there."""
    taken: list[int] = []
    for _, _, k, m, what in LANDMARKS:
        far = np.hypot(cells.centre[:, 0] / plan.scale - k, cells.centre[:, 1] / plan.scale - m)
        fits = cells.whole & (cells.size.min(axis=1) > 70.0)
        fits &= (cells.zone != zones.FOREST) | (what == "lookout")
        far = np.where(fits, far, np.inf)
        far[taken] = np.inf
        cell = int(np.argmin(far))
        taken.append(cell)
        _clear(bag, cell)
        kind[cell] = programme.PARK if what == "lookout" else programme.HALL
        at, room = np.array([cell]), float(min(cells.size[cell].min() - 16.0, 150.0))
        BUILDERS[what](bag, at, room)


def _clear(bag: Bag, cell: int) -> None:
    """Move what a template put on the cell out of every cell (cell -1 is dropped at the end)."""
    for row in bag.rows:
        row["cell"] = np.where(row["cell"] == cell, -1.0, row["cell"])


def _spire(bag: Bag, cell: NDArray[np.int64], room: float) -> None:
    rows = bag.add(cell, 0.0, 0.0, use=OFF, make="landmark", storeys=62.0)
    w = min(room, 78.0)
    bag.solid(rows, w, w * 0.9, 26.0)
    for share, base, height in (
        (0.60, 26.0, 96.0),
        (0.50, 122.0, 74.0),
        (0.38, 196.0, 52.0),
        (0.20, 248.0, 26.0),
        (0.05, 274.0, 38.0),
    ):
        bag.solid(rows, w * share, w * share, height, base=base)


def _twin(bag: Bag, cell: NDArray[np.int64], room: float) -> None:
    rows = bag.add(cell, 0.0, 0.0, use=COM, make="landmark", storeys=46.0)
    w = min(room, 110.0)
    bag.solid(rows, w, w * 0.62, 22.0)
    for side in (-1.0, 1.0):
        bag.solid(rows, w * 0.27, w * 0.27, 146.0 + 9 * side, base=22.0, dx=side * w * 0.28)
        bag.solid(rows, w * 0.15, w * 0.15, 18.0, base=168.0 + 9 * side, dx=side * w * 0.28)


def _opera(bag: Bag, cell: NDArray[np.int64], room: float) -> None:
    rows = bag.add(cell, 0.0, 0.0, use=PUB, make="landmark", storeys=4.0)
    for share, base, height in (
        (1.0, 0.0, 7.0),
        (0.84, 7.0, 8.0),
        (0.62, 15.0, 8.0),
        (0.36, 23.0, 9.0),
    ):
        bag.solid(rows, room * share, room * share * 0.72, height, base=base, form=ROUND)


def _arena(bag: Bag, cell: NDArray[np.int64], room: float) -> None:
    rows = bag.add(cell, 0.0, 0.0, use=PUB, make="landmark", storeys=3.0)
    bag.solid(rows, room, room * 0.8, 20.0, form=ROUND)
    bag.solid(rows, room * 0.8, room * 0.62, 9.0, base=20.0, form=ROUND)


def _lookout(bag: Bag, cell: NDArray[np.int64], room: float) -> None:
    """The tower on the hill in the city."""
    rows = bag.add(cell, 0.0, 0.0, use=OTH, make="landmark", storeys=5.0)
    bag.solid(rows, 16.0, 16.0, 9.0, form=ROUND)
    bag.solid(rows, 6.0, 6.0, 58.0, base=9.0, form=ROUND)
    bag.solid(rows, 14.0, 14.0, 7.0, base=67.0, form=ROUND)
    bag.solid(rows, 2.0, 2.0, 28.0, base=74.0, form=ROUND)


BUILDERS = {
    "spire": _spire,
    "twin": _twin,
    "opera": _opera,
    "arena": _arena,
    "lookout": _lookout,
}
