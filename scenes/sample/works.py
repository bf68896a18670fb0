"""Templates of everything that is not a home: offices, sheds, quays, schools, hospitals, halls."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.sample.housing import QUARTER, row_of
from scenes.sample.lattice import lattice
from scenes.sample.plan import Array
from scenes.sample.solids import (
    COM,
    EDU,
    GABLE,
    IND,
    MED,
    OFF,
    OTH,
    PUB,
    RES,
    ROUND,
    Bag,
)

Ints = NDArray[np.int64]


def offices(bag: Bag, cell: Ints, size: Array, core: Array, rng: np.random.Generator) -> None:
    """Towers with a setback on podiums; taller towards the head of the bay (``core`` 0 to 1)."""
    lots = lattice(cell, size, 52.0, 44.0, margin=5.0)
    lots = lots.pick(rng.random(len(lots)) > 0.06)
    n, at = len(lots), row_of(cell, lots)
    use = rng.choice([OFF, OFF, OFF, COM, RES], n)
    storeys = np.clip(np.rint(rng.gamma(4.0, 2.1, n) + 4 + 27 * core[at] ** 1.6), 6, 52)
    low = rng.random(n) < 0.28
    storeys = np.where(low, rng.integers(4, 8, n), storeys)
    rows = bag.add(lots.cell, lots.x, lots.y, use=use, make="office", storeys=storeys)
    w, d = lots.room_x - 9.0, lots.room_y - 9.0
    floors = np.where(low, storeys, np.minimum(rng.integers(3, 6, n), storeys))
    bag.solid(rows, w, d, floors * 4.4 + 0.8)
    tall = ~low
    base = floors[tall] * 4.4 + 0.8
    body = (storeys - floors)[tall] * 3.8 + 1.0
    slim = rng.uniform(0.62, 0.80, int(tall.sum()))
    bag.solid(
        rows[tall],
        w[tall] * slim,
        d[tall] * rng.uniform(0.66, 0.82, len(slim)),
        body,
        base=base,
        dx=rng.uniform(-0.06, 0.06, len(slim)) * w[tall],
    )
    crown = tall & (storeys > 22)
    bag.solid(
        rows[crown],
        w[crown] * 0.42,
        d[crown] * 0.46,
        9.0 + storeys[crown] * 0.22,
        base=floors[crown] * 4.4 + 0.8 + (storeys - floors)[crown] * 3.8 + 1.0,
    )


def sheds(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """Factory halls in rows, an office at the gate."""
    halls = lattice(
        cell,
        size,
        rng.choice([72.0, 96.0], len(cell)),
        rng.choice([46.0, 58.0], len(cell)),
        margin=9.0,
        cut_y=18.0,
    )
    halls = halls.pick(rng.random(len(halls)) > 0.12)
    n = len(halls)
    height = rng.uniform(8.0, 13.5, n)
    rows = bag.add(halls.cell, halls.x, halls.y, use=IND, make="shed", storeys=1.0)
    bag.solid(
        rows,
        halls.room_x - rng.uniform(12, 18, n),
        halls.room_y - rng.uniform(13, 17, n),
        height,
        roof=GABLE,
        rise=rng.uniform(1.6, 3.0, n),
    )
    gate = lattice(
        cell, np.stack([size[:, 0], np.full(len(cell), 22.0)], 1), 88.0, 14.0, margin=4.0
    )
    gate = gate.pick(gate.i == 0)
    storeys = rng.integers(3, 6, len(gate)).astype(float)
    y = -(size[row_of(cell, gate), 1] / 2 - 4.0 - 7.0)
    rows = bag.add(gate.cell, gate.x, y, use=OFF, make="shed", storeys=storeys)
    bag.solid(rows, 46.0, 13.0, storeys * 3.5 + 0.6)


def quays(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """Port land: transit sheds on two cells of three, tanks on the rest."""
    tank = rng.random(len(cell)) < np.where(size[:, 0] > 150.0, 0.2, 0.0)
    store = lattice(cell[~tank], size[~tank], 104.0, 48.0, margin=8.0)
    store = store.pick(rng.random(len(store)) > 0.22)
    n = len(store)
    rows = bag.add(store.cell, store.x, store.y, use=IND, make="shed", storeys=1.0)
    bag.solid(
        rows,
        store.room_x - rng.uniform(14, 22, n),
        rng.uniform(28, 33, n),
        rng.uniform(9, 12, n),
        roof=GABLE,
        rise=rng.uniform(1.5, 2.6, n),
    )
    field = lattice(cell[tank], size[tank], 46.0, 46.0, margin=8.0)
    field = field.pick(rng.random(len(field)) > 0.12)
    m, at = len(field), row_of(cell[tank], field)
    wide = rng.choice([20.0, 28.0, 32.0], int(tank.sum()))[at] if m else np.zeros(0)
    rows = bag.add(field.cell, field.x, field.y, use=IND, make="tank", storeys=1.0)
    bag.solid(rows, wide, wide, rng.uniform(11, 17, m), form=ROUND)


def schools(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """Three teaching slabs joined in a comb, a gym; the rest is the sports ground."""
    n = len(cell)
    w, h = np.minimum(size[:, 0] - 16.0, 150.0), size[:, 1] - 16.0
    long = np.clip(w * 0.44, 26.0, 64.0)
    storeys = rng.choice([3.0, 4.0, 4.0, 5.0], n)
    x = -size[:, 0] / 2 + 9.0 + long / 2
    for step in (-0.30, 0.04, 0.38):
        fits = (h > 70.0) | (step < 0)
        rows = bag.add(
            cell[fits],
            x[fits],
            (step * h)[fits] * 0.86,
            use=EDU,
            make="school",
            storeys=storeys[fits],
        )
        bag.solid(rows, long[fits], 11.0, storeys[fits] * 3.7 + 0.8)
    gym = (size[:, 0] > 110.0) & (size[:, 1] > 90.0)
    rows = bag.add(
        cell[gym],
        size[gym, 0] / 2 - 9.0 - 15.0,
        -size[gym, 1] / 2 + 9.0 + 11.0,
        use=EDU,
        make="school",
        storeys=1.0,
    )
    bag.solid(rows, 30.0, 22.0, 11.0)


def hospitals(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """An outpatient podium with a ward tower, two side buildings."""
    n = len(cell)
    w, h = np.clip(size[:, 0] - 24.0, 40.0, 130.0), np.clip(size[:, 1] - 60.0, 26.0, 60.0)
    small = size.min(axis=1) < 130.0  # in the old streets: a low house
    storeys = np.where(small, 6.0, rng.integers(12, 20, n))
    rows = bag.add(cell, np.zeros(n), np.full(n, 8.0), use=MED, make="hospital", storeys=storeys)
    bag.solid(rows, w, h, 4 * 4.5)
    bag.solid(rows, w * 0.72, np.minimum(h * 0.5, 22.0), (storeys - 4) * 3.8, base=18.0)
    for side in (-1.0, 1.0):
        room = size[:, 0] > 110.0
        rows = bag.add(
            cell[room],
            side * (size[room, 0] / 4),
            -(size[room, 1] / 2 - 14.0),
            use=MED,
            make="hospital",
            storeys=5.0,
        )
        bag.solid(rows, 34.0, 13.0, 19.5)


def fire_houses(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """An engine hall with a drill tower on a corner of the cell."""
    n = len(cell)
    x, y = -size[:, 0] / 2 + 30.0, -size[:, 1] / 2 + 18.0
    rows = bag.add(cell, x, y, use=PUB, make="fire", storeys=3.0)
    bag.solid(rows, 38.0, 16.0, 11.5)
    rows = bag.add(cell, x + 27.0, y, use=PUB, make="fire", storeys=6.0)
    bag.solid(rows, 6.0, 6.0, 22.0 + rng.uniform(-1, 1, n))


def halls(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """Large public buildings: an arena, a museum or an exhibition hall a cell."""
    n = len(cell)
    wide = np.clip(np.minimum(size[:, 0], size[:, 1]) - 26.0, 30.0, 130.0)
    round_ = np.arange(n) % 3 == 0
    rows = bag.add(
        cell, np.zeros(n), np.zeros(n), use=PUB, make="hall", storeys=rng.choice([2.0, 3.0, 4.0], n)
    )
    bag.solid(
        rows,
        wide * np.where(round_, 1.0, 1.15),
        wide * 0.82,
        rng.uniform(16, 24, n),
        form=np.where(round_, ROUND, 0.0),
    )
    bag.solid(rows, wide * 0.7, wide * 0.5, 7.0, base=16.0, form=np.where(round_, ROUND, 0.0))


def kiosks(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """One pavilion in a park."""
    n = len(cell)
    rows = bag.add(
        cell,
        rng.uniform(-0.2, 0.2, n) * size[:, 0],
        rng.uniform(-0.2, 0.2, n) * size[:, 1],
        use=OTH,
        make="kiosk",
        storeys=1.0,
        turn=rng.choice([0.0, QUARTER], n),
    )
    bag.solid(rows, 11.0, 7.0, 3.6, roof=GABLE, rise=2.0)
