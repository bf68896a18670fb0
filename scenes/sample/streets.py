"""Road centre lines with class, width and bicycle lanes; greenways; the shoreline in sections."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from scenes.sample.fabric import Fabric, stream
from scenes.sample.names import names
from scenes.sample.plan import CRS, oldness


def make_roads(fabric: Fabric, seed: int) -> gpd.GeoDataFrame:
    """All streets; arterials bridge the river, the others end at it."""
    rng, net = stream(seed, "roads"), fabric.network
    shape = net.streets.copy()
    for rows, ground in ((net.main, fabric.water.dry), (~net.main, fabric.water.land)):
        inside = shapely.buffer(ground, -3.0)
        shapely.prepare(inside)
        cut = rows & ~shapely.contains_properly(inside, shape)
        shape[cut] = shapely.intersection(shape[cut], inside)
    frame = gpd.GeoDataFrame(_road_columns(fabric, rng), geometry=shape, crs=CRS)
    frame = frame[shapely.length(shape) > 12.0].reset_index(drop=True)
    frame.insert(0, "id", [f"R{i + 1:05d}" for i in range(len(frame))])
    return frame


def _road_columns(fabric: Fabric, rng: np.random.Generator) -> dict[str, Any]:
    net, scale = fabric.network, fabric.plan.scale
    n, width, main = len(net.streets), np.round(net.width, 1), net.main
    _, number = np.unique(net.line, return_inverse=True)
    zh, en = names(int(number.max()) + 1, "", "", rng)
    k = net.middle[:, 0] / scale
    new = k > 7_600
    kind = np.select(
        [main & (width >= 27), main | (width >= 16), width >= 12],
        ["arterial", "secondary", "local"],
        "lane",
    )
    speed = np.where(main, 24.0, 17.0) + rng.normal(0, 3.0, n)
    speed -= 6.0 * oldness(k, net.middle[:, 1] / scale)
    speed -= 7.0 * np.exp(-(((k - 5_600) / 1_400) ** 2))
    return {
        "name_zh": zh[number.ravel()] + np.where(main, "路", "街"),
        "name_en": en[number.ravel()] + np.where(main, "Road", "Street"),
        "kind": "road",
        "road_class": kind,
        "width": width,
        "lanes": np.clip(width // 5, 1, 8).astype(int),
        "bike_lane": np.where(main, new | (rng.random(n) < 0.42), new & (width >= 24)),
        "barrier_free": rng.random(n) < np.where(new, 0.93, 0.62),
        "peak_speed": np.maximum(np.round(speed, 1), 8.0),
        "utility_tunnel": main & new & (rng.random(n) < 0.2),
    }


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
