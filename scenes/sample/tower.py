"""The bay tower storey by storey: the same outline and heights as the solids in the CityJSON."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.sample.cityjson import MM
from scenes.sample.model import Stock
from scenes.sample.plan import Array
from scenes.sample.solids import MAKE


@dataclass(frozen=True)
class Storey:
    """``ring`` (4, 2) its outline; ``base`` of its slab, ``floor`` and ``top`` metres above ground.

    ``roofed``: a roof slab lies on it, for the next storey is narrower or there is none.
    """

    ring: Array
    base: float
    floor: float
    top: float
    roofed: bool


@dataclass(frozen=True)
class Tower:
    """Metres in its own axes: x along its long side, z above its ground.

    ``place``: easting, northing and height of their zero. ``heading``: unit vector of the x axis
    on the map. ``mast``: outline, base and top.
    """

    id: str
    name: tuple[str, str]
    house_code: str
    year: int
    height: float
    place: Array
    heading: Array
    storeys: tuple[Storey, ...]
    mast: tuple[Array, float, float]


def make_tower(stock: Stock) -> Tower:
    """Cut the tower's blocks, all but the mast, into its storeys by their heights."""
    people = stock.people
    at = np.flatnonzero(stock.fabric.solids.rows["make"] == MAKE["landmark"])[:1]
    row, named, shapes = int(at[0]), stock.labels.of(at), stock.shapes(at)
    points = np.stack([shapes.vertices[start : start + 8] for start in shapes.start[:-1]])
    world = points * MM + stock.corner
    place = np.append(world[0, :4, :2].mean(axis=0).round(3), round(float(people.ground[row]), 3))
    side = world[0, 1, :2] - world[0, 0, :2]
    x, y = (side / np.hypot(*side)).round(9).tolist()
    local = (world - place) @ np.array([[x, -y, 0], [y, x, 0], [0, 0, 1]])
    rings, low, top = local[:, :4, :2], local[:, 0, 2], local[:, 4, 2]
    return Tower(
        id=str(people.ids[at][0]),
        name=(str(named.building[0][0]), str(named.building[1][0])),
        house_code=str(named.house_code[0]),
        year=int(people.year[row]),
        height=float(people.height[row]),
        place=place,
        heading=np.array([x, y]),
        storeys=_storeys(rings[:-1], low[:-1], top[:-1], int(people.storeys[row])),
        mast=(rings[-1], float(low[-1]), float(top[-1])),
    )


def _storeys(rings: Array, low: Array, top: Array, count: int) -> tuple[Storey, ...]:
    """``count`` storeys shared out to the blocks by their tops."""
    upto = np.rint(top / top[-1] * count).astype(int)
    out: list[Storey] = []
    for block, last in enumerate(upto.tolist()):
        edges = np.linspace(max(low[block], 0.0), top[block], last - len(out) + 1)
        for number in range(len(edges) - 1):
            base = low[block] if number == 0 else edges[number]
            out.append(
                Storey(
                    rings[block],
                    float(base),
                    float(edges[number]),
                    float(edges[number + 1]),
                    roofed=number == len(edges) - 2,
                )
            )
    return tuple(out)
