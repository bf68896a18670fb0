"""Special areas that cross the levels: built-up, old town, heritage, renewal, strategy, homes."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from scenes.sample import programme, zones
from scenes.sample.fabric import Fabric
from scenes.sample.levels import LIVED, Units
from scenes.sample.people import People
from scenes.sample.plan import CRS

# kind, name zh, name en, plan box at scale 1: k0, k1, m0, m1
BOXES = (
    ("heritage", "古埠历史文化街区", "Gubu Historic Quarter", 4_250.0, 5_000.0, -620.0, -60.0),
    ("heritage", "老海关码头历史地段", "Old Customs Quay", 2_350.0, 3_250.0, -420.0, 330.0),
    ("renewal", "古埠西片更新区", "Gubu West Renewal Area", 3_450.0, 4_150.0, 60.0, 640.0),
    ("renewal", "港前更新区", "Harbour Front Renewal Area", 2_300.0, 3_280.0, 40.0, 680.0),
    (
        "renewal",
        "湾心南片更新区",
        "Bay Centre South Renewal Area",
        5_350.0,
        6_500.0,
        960.0,
        1_650.0,
    ),
    (
        "renewal",
        "南汀老厂更新区",
        "Nanting Old Works Renewal Area",
        900.0,
        2_500.0,
        2_150.0,
        2_900.0,
    ),
    ("strategy", "滨海科创带", "Waterfront Innovation Belt", 5_300.0, 10_200.0, -300.0, 700.0),
    ("strategy", "海洋经济港城", "Marine Economy Port City", 200.0, 3_300.0, -500.0, 1_100.0),
    ("strategy", "山前宜居环", "Foothill Living Ring", 4_600.0, 11_000.0, 1_900.0, 3_300.0),
    ("view_corridor", "望山看海视廊", "Hill to Sea Corridor", 6_040.0, 6_190.0, -60.0, 1_700.0),
)
# share of a block that is soft ground or lets rain through, houses on it included, by zone
#   old mixed slab mid tower cbd industrial port villa village forest
SOFT = (0.40, 0.34, 0.70, 0.74, 0.72, 0.36, 0.34, 0.14, 0.84, 0.30, 1.0)
SOFT_PURPOSE = {
    programme.PARK: 0.97,
    programme.SHORE: 0.92,
    programme.GROUND: 0.55,
    programme.EMPTY: 0.95,
    programme.FOREST: 1.0,
    programme.PRIMARY: 0.48,
    programme.MIDDLE: 0.48,
}


def make_areas(fabric: Fabric, units: Units, people: People) -> gpd.GeoDataFrame:
    """All areas in one table; homes are one area a block (``of_block``)."""
    count = len(fabric.cells.zone)
    built = np.bincount(people.cell, minlength=count) > 0
    rows = [*_grown(fabric, units, built), *_boxes(fabric), *_permeable(fabric, units, built)]
    drawn = gpd.GeoDataFrame(rows, crs=CRS)
    homes = _homes(fabric, units, built)
    parts = [drawn.assign(of_block="")[homes.columns].to_numpy(), homes.to_numpy()]
    out = gpd.GeoDataFrame(np.concatenate(parts), columns=homes.columns)
    out = out.set_geometry("geometry", crs=CRS)
    out.insert(0, "id", [f"A{i + 1:04d}" for i in range(len(out))])
    return out


def _area(fabric: Fabric, kind: str, zh: str, en: str, shape: BaseGeometry) -> dict[str, Any]:
    land = shapely.intersection(shape, fabric.water.dry)
    return {"kind": kind, "name_zh": zh, "name_en": en, "geometry": land}


def _grown(fabric: Fabric, units: Units, built: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Areas made of blocks: the built-up area and the old town."""
    cells, kind = fabric.cells, fabric.kind
    empty = (kind == programme.FOREST) | (~built & (kind == programme.BUILT))
    streets = shapely.buffer(cells.shape[~empty], 22.0, join_style="mitre")
    body = shapely.buffer(shapely.union_all(streets), -14.0, join_style="mitre")
    old = np.isin(cells.zone, (zones.OLD, zones.MIXED)) & (units.cell_district() <= zones.GUBU)
    quarter = shapely.buffer(shapely.union_all(shapely.buffer(cells.shape[old], 18.0)), -16.0)
    return [
        _area(fabric, "built_up", "建成区", "Built-up area", body),
        _area(fabric, "old_town", "老城区", "Old town", quarter),
    ]


def _permeable(fabric: Fabric, units: Units, built: NDArray[np.bool_]) -> list[dict[str, Any]]:
    """Land cover: gardens, lawns and open paving of every block, one area a district."""
    cells = fabric.cells
    share = np.where(built, np.array(SOFT)[cells.zone], 0.85)
    for code, part in SOFT_PURPOSE.items():
        share = np.where(fabric.kind == code, part, share)
    middle = shapely.get_coordinates(shapely.centroid(cells.shape))
    corner, of = shapely.get_coordinates(cells.shape, return_index=True)
    inner = middle[of] + (corner - middle[of]) * np.sqrt(share)[of][:, None]
    shapes = shapely.set_coordinates(cells.shape.copy(), inner)
    cut = ~cells.whole
    shapes[cut] = shapely.intersection(shapes[cut], cells.shape[cut])
    district, table = units.cell_district(), units.tables["district"]
    rows = []
    for number, (zh, en) in enumerate(zip(table["name_zh"], table["name_en"], strict=True)):
        parts = shapely.get_parts(shapes[district == number])
        whole = shapely.multipolygons(parts[shapely.get_type_id(parts) == 3])
        rows.append(_area(fabric, "permeable", f"{zh}透水地面", f"{en} permeable ground", whole))
    return rows


def _boxes(fabric: Fabric) -> list[dict[str, Any]]:
    """Areas drawn on the plan, and the strip along the sea."""
    s, box = fabric.plan.scale, fabric.plan.box
    rows = [
        _area(fabric, kind, zh, en, box(k0 * s, k1 * s, m0 * s, m1 * s))
        for kind, zh, en, k0, k1, m0, m1 in BOXES
    ]
    strip = shapely.buffer(fabric.water.sea, 100.0)
    rows.append(_area(fabric, "setback", "海岸退缩线内", "Coastal setback zone", strip))
    return rows


def _homes(fabric: Fabric, units: Units, built: NDArray[np.bool_]) -> gpd.GeoDataFrame:
    cells, block = fabric.cells, units.tables["block"]
    lived = np.isin(cells.zone, LIVED) & built & (fabric.kind == programme.BUILT)
    at = np.flatnonzero(lived)
    return gpd.GeoDataFrame(
        {
            "kind": "residential_land",
            "name_zh": block["name_zh"].to_numpy(object)[at] + "居住用地",
            "name_en": block["name_en"].to_numpy(object)[at] + " homes",
            "of_block": block["id"].to_numpy(object)[at],
            "geometry": cells.shape[at],
        },
        crs=CRS,
    )
