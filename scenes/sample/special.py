"""Special areas that cross the levels: built-up, old town, heritage, renewal, strategy, homes."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import shapely

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


def make_areas(fabric: Fabric, units: Units, people: People) -> gpd.GeoDataFrame:
    """All areas in one table; homes are one area a block."""
    cells, plan = fabric.cells, fabric.plan
    built = np.bincount(people.cell, minlength=len(cells.zone)) > 0
    town = np.isin(fabric.kind, (programme.FOREST,)) | (~built & (fabric.kind == programme.BUILT))
    rows: list[dict[str, Any]] = []
    streets = shapely.buffer(cells.shape[~town], 22.0, join_style="mitre")
    body = shapely.buffer(shapely.union_all(streets), -14.0, join_style="mitre")
    rows.append(
        {
            "kind": "built_up",
            "name_zh": "建成区",
            "name_en": "Built-up area",
            "geometry": shapely.intersection(body, fabric.water.dry),
        }
    )
    old = np.isin(cells.zone, (zones.OLD, zones.MIXED)) & (units.cell_district() <= zones.GUBU)
    quarter = shapely.buffer(shapely.union_all(shapely.buffer(cells.shape[old], 18.0)), -16.0)
    rows.append(
        {
            "kind": "old_town",
            "name_zh": "老城区",
            "name_en": "Old town",
            "geometry": shapely.intersection(quarter, fabric.water.dry),
        }
    )
    s = plan.scale
    for kind, zh, en, k0, k1, m0, m1 in BOXES:
        shape = shapely.intersection(plan.box(k0 * s, k1 * s, m0 * s, m1 * s), fabric.water.dry)
        rows.append({"kind": kind, "name_zh": zh, "name_en": en, "geometry": shape})
    rows.append(
        {
            "kind": "setback",
            "name_zh": "海岸退缩线内",
            "name_en": "Coastal setback zone",
            "geometry": shapely.intersection(
                shapely.buffer(fabric.water.sea, 100.0), fabric.water.dry
            ),
        }
    )
    homes = np.flatnonzero(np.isin(cells.zone, LIVED) & built & (fabric.kind == programme.BUILT))
    block = units.tables["block"]
    frame = gpd.GeoDataFrame(rows, crs=CRS).assign(of_block="")
    land = gpd.GeoDataFrame(
        {
            "kind": "residential_land",
            "name_zh": block["name_zh"].to_numpy(object)[homes] + "居住用地",
            "name_en": block["name_en"].to_numpy(object)[homes] + " homes",
            "of_block": block["id"].to_numpy(object)[homes],
            "geometry": cells.shape[homes],
        },
        crs=CRS,
    )
    out = gpd.GeoDataFrame(
        np.concatenate([frame[land.columns].to_numpy(), land.to_numpy()]), columns=land.columns
    ).set_geometry("geometry", crs=CRS)
    out.insert(0, "id", [f"A{i + 1:04d}" for i in range(len(out))])
    return out
