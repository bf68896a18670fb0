"""Road centre lines with class, width and bicycle lanes; greenways; the shoreline in sections."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from scenes.sample import zones
from scenes.sample.cells import side_widths
from scenes.sample.fabric import Fabric, stream
from scenes.sample.names import names
from scenes.sample.plan import CRS, Array

Ints = NDArray[np.int64]
STEPS = 9


def _lines(fabric: Fabric, start: Array, end: Array) -> NDArray[np.object_]:
    """World lines of plan segments (n, 2) to (n, 2), bent with the plan."""
    t = np.linspace(0.0, 1.0, STEPS)[:, None]
    u = start[:, :1] + (end - start)[:, :1] * t.T
    v = start[:, 1:] + (end - start)[:, 1:] * t.T
    x, y = fabric.plan.world(u, v)
    return np.asarray(shapely.linestrings(np.stack([x, y], axis=2)), dtype=np.object_)


def _arterials(fabric: Fabric) -> tuple[Array, Array, Array, Ints]:
    """Sides of superblocks, each once: start, end, width, number of the line it is part of."""
    g = fabric.grid
    live = np.flatnonzero(np.bincount(fabric.cells.superblock, minlength=len(g.zone)) > 0)
    (u0, u1, v0, v1), width = g.rect[live].T, side_widths(g, fabric.plan)[live].T
    col, row = g.column[live], 10_000 + g.row[live]
    sides = [
        np.column_stack(side)
        for side in (
            (u0, v0, u0, v1, width[0], col),
            (u1, v0, u1, v1, width[1], col + 1),
            (u0, v0, u1, v0, width[2], row),
            (u0, v1, u1, v1, width[3], row + 1),
        )
    ]
    table = np.unique(np.round(np.concatenate(sides), 4), axis=0)
    return table[:, :2], table[:, 2:4], table[:, 4], table[:, 5].astype(np.int64)


def _inner(fabric: Fabric) -> tuple[Array, Array, Array, Ints]:
    """Streets inside superblocks, from the cells' own edges: start, end, width, superblock."""
    c, plan = fabric.cells, fabric.plan
    rect = fabric.grid.rect[c.superblock]
    found = []
    for side, low, high in ((0, 2, 3), (2, 0, 1)):
        inner = c.gross[:, side] > rect[:, side] + 1e-6
        gap = 2.0 * (c.net[:, side] - c.gross[:, side])
        if side == 0:
            gap = gap * plan.stretch(c.centre[:, 0], c.centre[:, 1])
        key = np.column_stack([c.superblock, np.round(c.gross[:, side], 3)])[inner]
        unique, of = np.unique(key, axis=0, return_inverse=True)
        of = of.ravel()
        near, far = np.full(len(unique), np.inf), np.full(len(unique), -np.inf)
        np.minimum.at(near, of, c.gross[inner, low])
        np.maximum.at(far, of, c.gross[inner, high])
        width = np.full(len(unique), np.inf)
        np.minimum.at(width, of, gap[inner])
        at = unique[:, 1]
        ends = (at, near, at, far) if side == 0 else (near, at, far, at)
        found.append(np.column_stack([*ends, width, unique[:, 0]]))
    table = np.concatenate(found)
    table = table[table[:, 4] > 3.0]
    return table[:, :2], table[:, 2:4], table[:, 4], table[:, 5].astype(np.int64)


def make_roads(fabric: Fabric, seed: int) -> gpd.GeoDataFrame:
    """All roads; arterials bridge the river, inner streets end at it."""
    rng = stream(seed, "roads")
    a0, a1, a_width, line = _arterials(fabric)
    i0, i1, i_width, sb = _inner(fabric)
    main = shapely.intersection(_lines(fabric, a0, a1), shapely.buffer(fabric.water.dry, -3.0))
    side = shapely.intersection(_lines(fabric, i0, i1), shapely.buffer(fabric.water.land, -3.0))
    shape = np.concatenate([main, side])
    width = np.round(np.concatenate([a_width, i_width]), 1)
    _, number = np.unique(line, return_inverse=True)
    zh, en = names(int(number.max()) + 1, "路", "Road", rng)
    street_zh, street_en = names(len(side), "街", "Street", rng)
    middle = np.concatenate([(a0 + a1) / 2, (i0 + i1) / 2])
    new = middle[:, 0] / fabric.plan.scale > 7_600
    arterial = np.arange(len(shape)) < len(main)
    kind = np.select(
        [arterial & (width >= 27), arterial | (width >= 16), width >= 12],
        ["arterial", "secondary", "local"],
        "lane",
    )
    bike = (arterial & (new | (rng.random(len(shape)) < 0.42))) | (~arterial & new & (width >= 20))
    old = np.concatenate([np.zeros(len(main), bool), fabric.grid.zone[sb] == zones.OLD])
    speed = np.round(
        np.where(arterial, 24.0, 17.0)
        + rng.normal(0, 3.0, len(shape))
        - 6.0 * old
        - 7.0 * np.exp(-(((middle[:, 0] / fabric.plan.scale - 5_600) / 1_400) ** 2)),
        1,
    )
    frame = gpd.GeoDataFrame(
        {
            "name_zh": np.concatenate([zh[number.ravel()], street_zh]),
            "name_en": np.concatenate([en[number.ravel()], street_en]),
            "kind": "road",
            "road_class": kind,
            "width": width,
            "lanes": np.clip(width // 5, 1, 8).astype(int),
            "bike_lane": bike,
            "barrier_free": rng.random(len(shape)) < np.where(new, 0.93, 0.62),
            "peak_speed": np.maximum(speed, 8.0),
            "utility_tunnel": arterial & new & (rng.random(len(shape)) < 0.2),
        },
        geometry=shape,
        crs=CRS,
    )
    frame = frame[shapely.length(shape) > 12.0].reset_index(drop=True)
    frame.insert(0, "id", [f"R{i + 1:05d}" for i in range(len(frame))])
    return frame


def make_coast(fabric: Fabric) -> gpd.GeoDataFrame:
    """Sections of shoreline: natural or built, open to the public or not."""
    plan, s = fabric.plan, fabric.plan.scale
    edge = np.linspace(0.0, 12_000.0 * s, 25)
    t = np.linspace(0.0, 1.0, 40)
    u = edge[:-1, None] + (edge[1:] - edge[:-1])[:, None] * t
    x, y = plan.world(u, plan.coast(u))
    k = (edge[:-1] + edge[1:]) / 2 / s
    port, built = k < 3_200, (k < 5_300) | ((k > 8_500) & (k < 10_200))
    return gpd.GeoDataFrame(
        {
            "id": [f"S{i + 1:03d}" for i in range(24)],
            "name_zh": [f"岸线{i + 1}段" for i in range(24)],
            "name_en": [f"Shore section {i + 1}" for i in range(24)],
            "kind": "coast",
            "natural": ~built,
            "public_access": ~port,
            "walk_width": np.where(port, 0.0, 6.0),
        },
        geometry=shapely.linestrings(np.stack([x, y], axis=2)),
        crs=CRS,
    )


def make_greenways(fabric: Fabric) -> gpd.GeoDataFrame:
    """Paths along the shore from the old town to the east, along the river, up to the hills."""
    plan, s = fabric.plan, fabric.plan.scale
    shore = np.linspace(3_600.0, 11_800.0, 300) * s
    river = np.linspace(-60.0, 3_400.0, 120) * s
    bank, half = plan.river(river)
    hill = np.linspace(3_400.0, 10_400.0, 200) * s
    lines = [
        (shore, plan.coast(shore) + 28.0),
        (bank + half + 20.0, river),
        (hill, np.full(200, 2_760.0 * s)),
    ]
    names_ = (
        ("滨海绿道", "Shore Greenway"),
        ("汀河绿道", "River Greenway"),
        ("山前绿道", "Foothill Greenway"),
    )
    shapes = [shapely.LineString(np.stack(plan.world(u, v), axis=1)) for u, v in lines]
    return gpd.GeoDataFrame(
        {
            "id": [f"W{i + 1:02d}" for i in range(3)],
            "name_zh": [n[0] for n in names_],
            "name_en": [n[1] for n in names_],
            "kind": "greenway",
        },
        geometry=shapes,
        crs=CRS,
    )
