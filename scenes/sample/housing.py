"""Templates of homes: lanes, street walls, slabs, towers, villas, urban villages."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scenes.sample.lattice import Lattice, lattice
from scenes.sample.plan import Array
from scenes.sample.solids import COM, ELL, FLAT, GABLE, HIP, OFF, RECT, RES, Bag

Ints = NDArray[np.int64]
FLOOR = 2.95  # metres a storey of homes
QUARTER = np.pi / 2


def lanes(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """Courtyard houses back to back: a hall to the north, a wing at its side, a yard between."""
    lots = lattice(cell, size, 14.2, 17.6, margin=2.2)
    lots = lots.pick(rng.random(len(lots)) > 0.05)
    n = len(lots)
    flip = np.where(lots.j % 2 == 0, -1.0, 1.0)  # backs of two rows meet, lanes between
    storeys = rng.choice([1.0, 1.0, 2.0], n)
    width = np.minimum(lots.room_x - 1.9, 14.0) * rng.uniform(0.90, 1.0, n)
    depth = rng.uniform(6.0, 7.2, n)
    hall_y = lots.y + flip * (lots.room_y / 2 - depth / 2 - 0.7)
    hall = bag.add(lots.cell, lots.x, hall_y, use=RES, make="lane", storeys=storeys)
    roof = np.where(rng.random(n) < 0.86, GABLE, np.where(rng.random(n) < 0.5, HIP, FLAT))
    bag.solid(
        hall,
        width,
        depth,
        storeys * 3.1 + 0.3,
        roof=roof,
        rise=np.where(roof == FLAT, 0.0, depth * rng.uniform(0.28, 0.36, n)),
    )
    wing = lots.pick(rng.random(n) < 0.80)
    _wing(bag, wing, rng)


def _wing(bag: Bag, lots: Lattice, rng: np.random.Generator) -> None:
    n = len(lots)
    flip = np.where(lots.j % 2 == 0, -1.0, 1.0)
    side = np.where((lots.i + lots.j) % 2 == 0, -1.0, 1.0)
    long, wide = rng.uniform(5.6, 6.8, n), rng.uniform(3.9, 4.8, n)
    x = lots.x + side * (lots.room_x / 2 - 1.4 - wide / 2)
    y = lots.y - flip * (lots.room_y / 2 - long / 2 - 0.8)
    rows = bag.add(lots.cell, x, y, use=RES, make="lane", storeys=1.0, turn=QUARTER)
    roof = np.where(rng.random(n) < 0.8, GABLE, FLAT)
    bag.solid(
        rows,
        long,
        wide,
        rng.uniform(2.7, 3.3, n),
        roof=roof,
        rise=np.where(roof == GABLE, wide * 0.3, 0.0),
    )


def street_walls(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """Houses along all four streets of a block, shops below, a yard inside."""
    deep = 12.5
    for side in (-1.0, 1.0):  # along the two long streets
        row = lattice(
            cell, np.stack([size[:, 0], np.full(len(cell), deep + 5.0)], 1), 25.0, deep, margin=2.0
        )
        y = side * (size[row_of(cell, row), 1] / 2 - 2.0 - deep / 2)
        _wall(bag, row.cell, row.x, y, row.room_x - 0.9, deep, 0.0, rng)
        inner = size[:, 1] - 2 * (deep + 4.0)
        row = lattice(
            cell,
            np.stack([np.maximum(inner, 1.0), np.full(len(cell), deep + 5.0)], 1),
            24.0,
            deep,
            margin=1.5,
        )
        x = side * (size[row_of(cell, row), 0] / 2 - 2.0 - deep / 2)
        _wall(bag, row.cell, x, row.x, row.room_x - 0.9, deep, QUARTER, rng)
    yard = np.stack([size[:, 0] - 2 * (deep + 11.0), size[:, 1] - 2 * (deep + 11.0)], 1)
    inside = lattice(cell, np.maximum(yard, 1.0), 30.0, 24.0, margin=0.0)
    inside = inside.pick(rng.random(len(inside)) < 0.55)
    storeys = rng.integers(2, 5, len(inside)).astype(float)
    rows = bag.add(inside.cell, inside.x, inside.y, use=RES, make="street", storeys=storeys)
    bag.solid(
        rows,
        rng.uniform(16, 22, len(inside)),
        rng.uniform(10, 12, len(inside)),
        storeys * 3.0 + 0.4,
        roof=GABLE,
        rise=3.0,
    )


def row_of(cell: Ints, places: Lattice) -> Ints:
    """Position of every place's cell in ``cell`` (which is sorted)."""
    return np.searchsorted(cell, places.cell)


def _wall(
    bag: Bag,
    cell: Ints,
    x: Array,
    y: Array,
    long: Array,
    deep: float,
    turn: float,
    rng: np.random.Generator,
) -> None:
    n = len(cell)
    storeys = rng.choice([3.0, 4.0, 4.0, 5.0, 6.0, 7.0], n)
    use = rng.choice([RES, RES, RES, COM, OFF], n)
    rows = bag.add(cell, x, y, use=use, make="street", storeys=storeys, turn=turn, shop=1.0)
    pitched = (storeys <= 4) & (rng.random(n) < 0.6)
    bag.solid(
        rows,
        long,
        deep,
        storeys * 3.25 + 0.6,
        roof=np.where(pitched, GABLE, FLAT),
        rise=np.where(pitched, 3.4, 0.0),
    )


def slabs(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """Rows of six-storey slabs facing south, a strip of shops on the street."""
    strip = np.where(rng.random(len(cell)) < 0.7, 14.0, 0.0)
    long = rng.choice([38.0, 46.0, 54.0, 62.0], len(cell))
    places = lattice(
        cell, size, long + 8.0, rng.choice([27.0, 29.5], len(cell)), margin=7.0, cut_y=strip
    )
    at = row_of(cell, places)
    n = len(places)
    storeys = np.where(rng.random(len(cell)) < 0.78, 6.0, 5.0)[at]
    gone = rng.random(n) < 0.05
    places, storeys, at = places.pick(~gone), storeys[~gone], at[~gone]
    rows = bag.add(places.cell, places.x, places.y, use=RES, make="slab", storeys=storeys)
    pitched = (rng.random(len(cell)) < 0.35)[at]
    bag.solid(
        rows,
        places.room_x - 8.0,
        12.4,
        storeys * FLOOR + 0.9,
        roof=np.where(pitched, GABLE, FLAT),
        rise=np.where(pitched, 2.8, 0.0),
    )
    _shops(bag, cell[strip > 0], size[strip > 0], rng)


def _shops(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    row = lattice(cell, np.stack([size[:, 0], np.full(len(cell), 16.0)], 1), 34.0, 10.0, margin=3.0)
    row = row.pick(rng.random(len(row)) < 0.85)
    y = -(size[row_of(cell, row), 1] / 2 - 2.0 - 5.0)
    storeys = rng.choice([1.0, 2.0, 2.0, 3.0], len(row))
    rows = bag.add(row.cell, row.x, y, use=COM, make="shop", storeys=storeys)
    bag.solid(rows, row.room_x - rng.uniform(2.0, 7.0, len(row)), 9.6, storeys * 3.8 + 0.5)


def mids(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """Eleven-storey slabs with a step in plan, 2000 to 2012."""
    places = lattice(cell, size, rng.choice([58.0, 70.0], len(cell)), 43.0, margin=9.0, cut_y=15.0)
    at = row_of(cell, places)
    places, at = _thin(places, at, rng.random(len(places)) > 0.06)
    storeys = rng.choice([9.0, 11.0, 11.0, 14.0], len(cell))[at]
    rows = bag.add(places.cell, places.x, places.y, use=RES, make="mid", storeys=storeys)
    long = places.room_x - 12.0
    height = storeys * FLOOR + 1.2
    bag.solid(rows, long, 13.4, height, form=ELL, roof=FLAT)
    _shops(bag, cell, size, rng)


def towers(bag: Bag, cell: Ints, size: Array, boost: Array, rng: np.random.Generator) -> None:
    """Towers in a staggered field on a superblock, shops and a club on a podium at the street."""
    strip = np.where(rng.random(len(cell)) < 0.8, 24.0, 0.0)
    places = lattice(
        cell,
        size,
        rng.choice([52.0, 60.0], len(cell)),
        rng.choice([54.0, 62.0], len(cell)),
        margin=9.0,
        cut_y=strip,
    )
    at = row_of(cell, places)
    places, at = _thin(places, at, rng.random(len(places)) > 0.10)
    n = len(places)
    typical = rng.choice([18.0, 26.0, 27.0, 30.0, 33.0], len(cell), p=[0.22, 0.3, 0.2, 0.18, 0.1])
    storeys = np.rint(typical[at] + rng.integers(-1, 2, n) + 4 * boost[at])
    shift = np.where(places.j % 2 == 0, 0.14, -0.14) * (places.room_x - 34.0)
    rows = bag.add(places.cell, places.x + shift, places.y, use=RES, make="tower", storeys=storeys)
    slim = (typical[at] >= 30) | (rng.random(n) < 0.25)
    long, deep = np.where(slim, 27.0, 37.0), np.where(slim, 21.0, 16.0)
    height = storeys * FLOOR + 1.5
    bag.solid(rows, long, deep, height, form=np.where(slim, RECT, ELL))
    bag.solid(rows, long * 0.42, deep * 0.5, 4.2, base=height, dx=0.0)
    _podiums(bag, cell[strip > 0], size[strip > 0], rng)


def _podiums(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    row = lattice(cell, np.stack([size[:, 0], np.full(len(cell), 28.0)], 1), 62.0, 20.0, margin=4.0)
    row = row.pick(rng.random(len(row)) < 0.8)
    y = -(size[row_of(cell, row), 1] / 2 - 3.0 - 9.0)
    storeys = rng.choice([2.0, 3.0, 3.0, 4.0], len(row))
    rows = bag.add(row.cell, row.x, y, use=COM, make="shop", storeys=storeys)
    bag.solid(rows, row.room_x - 6.0, 17.0, storeys * 4.3 + 0.8)


def villas(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """Two- and three-storey houses in gardens."""
    places = lattice(cell, size, 22.5, 26.0, margin=3.0)
    places = places.pick(rng.random(len(places)) > 0.10)
    n = len(places)
    storeys = rng.choice([2.0, 2.0, 3.0], n)
    rows = bag.add(
        places.cell,
        places.x + rng.uniform(-1.2, 1.2, n),
        places.y + rng.uniform(-1.5, 1.5, n),
        use=RES,
        make="villa",
        storeys=storeys,
        turn=np.where(rng.random(n) < 0.3, QUARTER, 0.0),
    )
    bag.solid(
        rows,
        rng.uniform(11.5, 14.5, n),
        rng.uniform(9.5, 11.5, n),
        storeys * 3.2 + 0.3,
        roof=np.where(rng.random(n) < 0.6, HIP, GABLE),
        rise=rng.uniform(2.4, 3.4, n),
    )


def villages(bag: Bag, cell: Ints, size: Array, rng: np.random.Generator) -> None:
    """Self-built houses an arm's length apart."""
    places = lattice(cell, size, 13.0, 13.6, margin=2.0)
    places = places.pick(rng.random(len(places)) > 0.08)
    n = len(places)
    storeys = rng.choice([2.0, 3.0, 3.0, 4.0, 5.0], n)
    rows = bag.add(places.cell, places.x, places.y, use=RES, make="village", storeys=storeys)
    bag.solid(
        rows,
        np.minimum(places.room_x - 1.7, 12.0) * rng.uniform(0.88, 1.0, n),
        np.minimum(places.room_y - 1.9, 12.0) * rng.uniform(0.85, 1.0, n),
        storeys * 3.05 + 0.5,
    )


def _thin(places: Lattice, at: Ints, keep: NDArray[np.bool_]) -> tuple[Lattice, Ints]:
    return places.pick(keep), at[keep]
