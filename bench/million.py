"""The seeded city of a million buildings: five nested or crossing levels, streets, facilities.

Blocks are wiggly (88 corners, shared edges). Districts and subdistricts are made of whole blocks;
communities run across blocks. Buildings follow a Morton curve, as tiles order them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

SIDE = 1000
"""Buildings along each side of the city."""
STEP = 28.0
"""m between neighbouring buildings."""
BLOCKS, SUBDISTRICTS, DISTRICTS, COMMUNITIES, COMPOUNDS = 51, 8, 4, 26, 102
"""Units along each side: 2,601 blocks, 64 subdistricts, 16 districts, 676 communities; a compound
stands in half of the quarters of blocks: 5,202."""
WIGGLES = 22
"""Corners along each side of a block."""
ABOVE = ("city", "district", "subdistrict", "community", "block", "compound")
"""Levels above buildings."""

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Million:
    """points: (N, 2) a place in each building. shapes: level → polygons. parent: level → rows."""

    points: Floats
    shapes: dict[str, npt.NDArray[np.object_]]
    parent: dict[str, Ints]
    block_parent: dict[str, Ints]

    def frame(self) -> pd.DataFrame:
        """All units as a model release lists them, without geometry."""
        rng = np.random.default_rng(4)
        ids = {level: _ids(level, len(self.shapes[level])) for level in ABOVE}
        parts = [
            _units(level, ids[level], {"city": ids["city"][np.zeros(len(ids[level]), int)]})
            for level in ABOVE
        ]
        parts[ABOVE.index("block")] = _units(
            "block", ids["block"], {above: ids[above][row] for above, row in
                                    self.block_parent.items()},
        )  # fmt: skip
        size = len(self.points)
        home = rng.random(size) < 0.7
        storeys = np.clip(rng.gamma(2.0, 4.0, size).astype(int) + 1, 1, 45).astype(float)
        building = _units(
            "building", _ids("building", size),
            {above: np.append(ids[above], None)[row] for above, row in self.parent.items()},
        )  # fmt: skip
        building["height"], building["storeys"] = storeys * 3.0, storeys
        building["year_built"] = rng.integers(1950, 2026, size).astype(float)
        building["area"] = 160.0
        building["population"] = np.where(home, storeys * 6.0, 0.0)
        building["use"] = np.where(home, "residential", "office").astype(object)
        return pd.concat([*parts, building], ignore_index=True)


def make_million(side: int = SIDE, seed: int = 20260404) -> Million:
    """Make the city; a smaller `side` makes a smaller one with as many blocks."""
    rng = np.random.default_rng(seed)
    y, x = np.divmod(np.arange(side * side), side)
    order = np.argsort(morton(x, y))
    jitter = rng.uniform(-8.0, 8.0, (side * side, 2))
    points = (np.column_stack([x, y])[order] + 0.5) * STEP + jitter
    extent = side * STEP
    shapes = {
        "city": np.array([shapely.box(-50, -50, extent + 50, extent + 50)], object),
        "district": _squares(extent, DISTRICTS), "subdistrict": _squares(extent, SUBDISTRICTS),
        "community": _squares(extent, COMMUNITIES), "block": _wiggly(extent, rng),
        "compound": _squares(extent, COMPOUNDS)[_chequered(COMPOUNDS)],
    }  # fmt: skip
    cell = np.arange(BLOCKS)
    row, column = np.divmod(np.arange(BLOCKS * BLOCKS), BLOCKS)
    up = {
        name: (cell * per // BLOCKS)[row] * per + (cell * per // BLOCKS)[column]
        for name, per in (("district", DISTRICTS), ("subdistrict", SUBDISTRICTS))
    }
    up["city"] = np.zeros(BLOCKS * BLOCKS, np.int64)
    block = _square_of(points, extent, BLOCKS)
    parent = {name: rows[block] for name, rows in up.items()}
    quarter = _square_of(points, extent, COMPOUNDS)
    chosen = _chequered(COMPOUNDS)
    compound = np.where(chosen, np.cumsum(chosen) - 1, -1)[quarter]
    parent |= {"community": _square_of(points, extent, COMMUNITIES), "block": block}
    parent["compound"] = compound
    return Million(points, shapes, {level: parent[level] for level in ABOVE}, up)


def streets_of(extent: float, across: int = 450) -> tuple[Floats, Floats]:
    """(edges, points) of a grid of streets with 1 in 8 left out; (M, 2, 2) and junctions."""
    rng = np.random.default_rng(7)
    at = np.arange(across) * extent / (across - 1)
    xs, ys = np.meshgrid(at, at)
    nodes = np.stack([xs, ys], axis=-1) + rng.uniform(-6, 6, (across, across, 2))
    along = np.stack([nodes[:, :-1], nodes[:, 1:]], axis=2).reshape(-1, 2, 2)
    up = np.stack([nodes[:-1], nodes[1:]], axis=2).reshape(-1, 2, 2)
    edges = np.concatenate([along, up])
    return edges[rng.random(len(edges)) >= 0.125], nodes.reshape(-1, 2)


def morton(x: Ints, y: Ints) -> Ints:
    """Place of each cell on a Morton curve of 2,048 x 2,048 cells."""
    code = np.zeros(len(x), np.int64)
    for bit in range(11):
        code |= (x >> bit & 1) << 2 * bit | (y >> bit & 1) << 2 * bit + 1
    return code


def _units(level: str, ids: npt.NDArray[np.object_], up: dict[str, object]) -> pd.DataFrame:
    size = len(ids)
    blank = np.full(size, "", object)
    columns: dict[str, object] = {
        "id": ids, "level": level, "row": np.arange(size), "label_zh": blank, "label_en": blank,
        "removed": np.zeros(size, bool), "use": blank, "structure": blank, "kind": blank,
    }  # fmt: skip
    columns |= dict.fromkeys(
        ("height", "ground", "storeys", "year_built", "area", "population"),
        np.full(size, np.nan),
    )
    columns["area"] = np.full(size, 3e5)
    return pd.DataFrame(columns | {f"parent_{above}": up.get(above) for above in ABOVE})


def _ids(level: str, size: int) -> npt.NDArray[np.object_]:
    return np.array([f"{level}:{number:012d}" for number in range(size)], object)


def _squares(extent: float, per: int) -> npt.NDArray[np.object_]:
    edge = np.arange(per + 1) * extent / per
    y, x = np.divmod(np.arange(per * per), per)
    found: npt.NDArray[np.object_] = shapely.box(edge[x], edge[y], edge[x + 1], edge[y + 1])
    return found


def _chequered(per: int) -> npt.NDArray[np.bool_]:
    y, x = np.divmod(np.arange(per * per), per)
    found: npt.NDArray[np.bool_] = (x + y) % 2 == 0
    return found


def _square_of(points: Floats, extent: float, per: int) -> Ints:
    at = np.clip((points / extent * per).astype(np.int64), 0, per - 1)
    found: Ints = at[:, 1] * per + at[:, 0]
    return found


def _wiggly(extent: float, rng: np.random.Generator) -> npt.NDArray[np.object_]:
    """Blocks whose shared edges swing by up to 12 m."""
    fine = BLOCKS * WIGGLES
    size = extent / fine
    grid = np.arange(fine + 1)
    swing = rng.uniform(-12.0, 12.0, (2, fine + 1, BLOCKS + 1))
    swing[:, ::WIGGLES] = 0.0
    along = np.zeros((BLOCKS + 1, fine + 1, 2))  # lines from west to east
    along[..., 0], along[..., 1] = grid * size, np.arange(BLOCKS + 1)[:, None] * size * WIGGLES
    up = along[..., ::-1].copy()
    along[..., 1] += swing[0].T
    up[..., 0] += swing[1].T
    found = []
    for row in range(BLOCKS):
        for column in range(BLOCKS):
            a, b = column * WIGGLES, row * WIGGLES
            ring = np.concatenate([
                along[row, a : a + WIGGLES], up[column + 1, b : b + WIGGLES],
                along[row + 1, a + WIGGLES : a : -1], up[column, b + WIGGLES : b : -1],
            ])  # fmt: skip
            found.append(shapely.Polygon(ring))
    return np.array(found, object)
