"""Units above the building: districts, subdistricts, communities, blocks, compounds, areas."""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from scenes.sample import programme, zones
from scenes.sample.cells import main_part, rect_polygons
from scenes.sample.fabric import Fabric, stream
from scenes.sample.names import names
from scenes.sample.plan import CRS

Ints = NDArray[np.int64]
HOMES = (zones.SLAB, zones.MID, zones.TOWER, zones.VILLA, zones.VILLAGE)
LIVED = (*HOMES, zones.OLD, zones.MIXED)
COMPOUND_WORDS = {
    zones.SLAB: ("新村", "New Village"),
    zones.MID: ("花园", "Garden"),
    zones.TOWER: ("华庭", "Court"),
    zones.VILLA: ("别苑", "Villas"),
    zones.VILLAGE: ("村", "Urban Village"),
}
CITY_CODE = "990100"  # no province has the number 99


@dataclass(frozen=True)
class Units:
    """Tables of the levels (first column ``id``) and the numbers that join them."""

    tables: dict[str, gpd.GeoDataFrame]
    cell_community: Ints  # row of the community of every cell
    cell_compound: Ints  # row of the compound of every cell, -1 none
    community_subdistrict: Ints
    subdistrict_district: Ints
    superblock_subdistrict: Ints

    def cell_district(self) -> Ints:
        """Row of the district of every cell."""
        return self.subdistrict_district[self.community_subdistrict[self.cell_community]]


def _frame(columns: dict[str, object], shapes: object) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=np.asarray(shapes, dtype=object), crs=CRS)


def _clip(fabric: Fabric, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Polygons less the sea (the river stays in)."""
    inside = shapely.contains_properly(fabric.water.dry, shapes)
    out = shapes.copy()
    out[~inside] = shapely.intersection(shapes[~inside], fabric.water.dry)
    return out


def _polygons_only(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Drop slivers and lines that a clip left."""
    parts, index = shapely.get_parts(shapes, return_index=True)
    good = (shapely.get_type_id(parts) == 3) & (shapely.area(parts) > 60.0)
    return np.asarray(
        [shapely.multipolygons(parts[good & (index == i)]) for i in range(len(shapes))],
        dtype=object,
    )


def make_units(fabric: Fabric, seed: int) -> Units:
    """All levels from superblocks and cells."""
    grid, cells, rng = fabric.grid, fabric.cells, stream(seed, "units")
    used = np.unique(cells.superblock)
    group = int(max(2, round(2 * fabric.plan.scale**0.5)))
    key = np.stack([grid.district, grid.column // group, grid.row // group], axis=1)[used]
    _, sub_of_used = np.unique(key, axis=0, return_inverse=True)
    sub_of = np.full(len(grid.zone), -1)
    sub_of[used] = sub_of_used.ravel()
    sub_district = np.zeros(sub_of.max() + 1, dtype=np.int64)
    sub_district[sub_of[used]] = grid.district[used]
    present = np.unique(sub_district)
    sub_district = np.searchsorted(present, sub_district)
    _, first, community = np.unique(
        np.stack([cells.superblock, cells.part], 1), axis=0, return_index=True, return_inverse=True
    )
    community = community.ravel()
    com_sub = sub_of[cells.superblock[first]]
    order = np.lexsort((first, com_sub))
    rank = np.argsort(order)
    community, com_sub, first = rank[community], com_sub[order], first[order]
    shapes = _clip(fabric, rect_polygons(fabric.plan, grid.rect[used], 24))
    district = _district_table(shapes, sub_district[sub_of[used]], present)
    subdistrict = _subdistrict_table(shapes, sub_of[used], sub_district, district, rng)
    com = _community_table(fabric, community, com_sub, subdistrict, rng)
    block = _block_table(fabric, community, com)
    compound, of = _compound_table(fabric, community, com, rng)
    return Units(
        {
            "district": district,
            "subdistrict": subdistrict,
            "community": com,
            "block": block,
            "compound": compound,
        },
        community,
        of,
        com_sub,
        sub_district,
        sub_of,
    )


def _union(shapes: NDArray[np.object_], group: Ints) -> NDArray[np.object_]:
    """Union by group number (groups are few: districts, subdistricts)."""
    joined = [
        shapely.union_all(shapely.buffer(shapes[group == g], 0.25, join_style="mitre"))
        for g in range(group.max() + 1)
    ]
    return _polygons_only(
        shapely.buffer(np.asarray(joined, dtype=object), -0.25, join_style="mitre")
    )


def _district_table(shapes: NDArray[np.object_], of: Ints, present: Ints) -> gpd.GeoDataFrame:
    text = [zones.DISTRICTS[i] for i in present]
    return _frame(
        {
            "id": [f"{CITY_CODE[:4]}{i + 1:02d}" for i in range(len(present))],
            "name_zh": [t[1] for t in text],
            "name_en": [t[2] for t in text],
        },
        _union(shapes, of),
    )


def _subdistrict_table(
    shapes: NDArray[np.object_],
    of: Ints,
    district: Ints,
    parent: gpd.GeoDataFrame,
    rng: np.random.Generator,
) -> gpd.GeoDataFrame:
    zh, en = names(len(district), "街道", "Subdistrict", rng)
    return _frame(
        {
            "id": _child_ids(parent["id"].to_numpy(), district, 3),
            "name_zh": zh,
            "name_en": en,
            "district_id": parent["id"].to_numpy()[district],
        },
        _union(shapes, of),
    )


def _child_ids(parent: NDArray[np.object_], of: Ints, digits: int) -> NDArray[np.object_]:
    """Codes that continue the parent's: 990102 → 990102003."""
    order = np.argsort(of, kind="stable")
    start = np.searchsorted(of[order], np.arange(len(parent)))
    number = np.zeros(len(of), dtype=np.int64)
    number[order] = np.arange(len(of)) - start[of[order]] + 1
    text = np.char.zfill(number.astype(str), digits).astype(object)
    return np.asarray(parent[of].astype(object) + text, dtype=object)


def _community_table(
    fabric: Fabric, community: Ints, com_sub: Ints, sub: gpd.GeoDataFrame, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    n, gross = len(com_sub), fabric.cells.gross
    rect = np.tile([np.inf, -np.inf, np.inf, -np.inf], (n, 1))
    for column, pick in ((0, np.minimum), (1, np.maximum), (2, np.minimum), (3, np.maximum)):
        pick.at(rect[:, column], community, gross[:, column])
    zh, en = names(n, "社区", "Community", rng)
    return _frame(
        {
            "id": _child_ids(sub["id"].to_numpy(), com_sub, 3),
            "name_zh": zh,
            "name_en": en,
            "subdistrict_id": sub["id"].to_numpy()[com_sub],
        },
        _clip(fabric, rect_polygons(fabric.plan, rect, 12)),
    )


def _numbered(prefix: str, count: int, digits: int) -> NDArray[np.object_]:
    number = np.char.zfill(np.arange(1, count + 1).astype(str), digits).astype(object)
    return np.asarray(prefix + number, dtype=object)


LAND_USE = {
    programme.PARK: "park",
    programme.SHORE: "waterfront",
    programme.PRIMARY: "education",
    programme.MIDDLE: "education",
    programme.HOSPITAL: "medical",
    programme.FIRE: "public",
    programme.HALL: "public",
    programme.GROUND: "square",
    programme.FOREST: "forest",
}
ZONE_USE = (
    "old_housing",
    "mixed",
    "residential",
    "residential",
    "residential",
    "business",
    "industrial",
    "port",
    "residential",
    "urban_village",
    "forest",
)


def _block_table(fabric: Fabric, community: Ints, com: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    cells = fabric.cells
    ids = _numbered("K", len(community), 5)
    shapes = fabric.network.blocks.copy()
    wet = ~shapely.contains_properly(fabric.water.land, shapes)
    shapes[wet] = main_part(shapely.intersection(shapes[wet], fabric.water.land))
    number = _child_ids(np.full(len(com), "", dtype=object), community, 1)
    land = np.array(ZONE_USE, dtype=object)[cells.zone]
    for code, word in LAND_USE.items():
        land[fabric.kind == code] = word
    stem = com["name_zh"].str.removesuffix("社区").to_numpy(object)[community]
    stem_en = com["name_en"].str.removesuffix(" Community").to_numpy(object)[community]
    return _frame(
        {
            "id": ids,
            "name_zh": stem + number + "号街区",
            "name_en": stem_en + " Block " + number,
            "community_id": com["id"].to_numpy()[community],
            "land_use": land,
        },
        shapes,
    )


def _compound_table(
    fabric: Fabric, community: Ints, com: gpd.GeoDataFrame, rng: np.random.Generator
) -> tuple[gpd.GeoDataFrame, Ints]:
    cells = fabric.cells
    built = np.bincount(fabric.solids.rows["cell"].astype(np.int64), minlength=len(cells.zone)) > 0
    is_home = np.isin(cells.zone, HOMES) & (fabric.kind == programme.BUILT) & built
    at = np.flatnonzero(is_home)
    of = np.full(len(cells.zone), -1)
    of[at] = np.arange(len(at))
    words = [COMPOUND_WORDS[int(z)] for z in cells.zone[at]]
    zh, en = names(
        len(at),
        np.array([w[0] for w in words], dtype=object),
        np.array([w[1] for w in words], dtype=object),
        rng,
    )
    table = _frame(
        {
            "id": _numbered("X", len(at), 5),
            "name_zh": zh,
            "name_en": en,
            "community_id": com["id"].to_numpy()[community[at]],
            "block_id": _numbered("K", len(cells.zone), 5)[at],
        },
        shapely.buffer(cells.shape[at], -0.8, join_style="mitre"),
    )
    return table, of
