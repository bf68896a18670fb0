"""Facilities as points and parks as polygons, with the story's surplus and shortage."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from scenes.sample import programme, zones
from scenes.sample.fabric import Fabric, stream
from scenes.sample.levels import Units
from scenes.sample.names import names
from scenes.sample.people import People
from scenes.sample.plan import CRS, FAR
from scenes.sample.stations import is_small, last_hospital

Ints = NDArray[np.int64]
# chance a community has one, by district: harbour, old, centre, new, south, hills
COMMUNITY = {
    "kindergarten": ("幼儿园", "Kindergarten", (0.65, 0.80, 0.85, 0.42, 0.62, 0.55)),
    "health_station": ("社区卫生服务站", "Clinic", (0.60, 0.70, 0.80, 0.30, 0.50, 0.40)),
    "elderly_care": ("养老服务站", "Elderly Station", (0.50, 0.72, 0.75, 0.45, 0.42, 0.38)),
    "childcare": ("托育点", "Childcare", (0.30, 0.34, 0.55, 0.40, 0.30, 0.25)),
    "retail": ("便民商业点", "Convenience Store", (0.75, 0.95, 0.97, 0.72, 0.70, 0.50)),
    "sports": ("健身场地", "Sports Ground", (0.50, 0.38, 0.62, 0.78, 0.48, 0.45)),
    "culture": ("文化活动站", "Culture Station", (0.25, 0.50, 0.45, 0.30, 0.20, 0.20)),
    "charging": ("充电站", "Charging Station", (0.40, 0.22, 0.60, 0.85, 0.35, 0.40)),
}


SHELTERS = (programme.PARK, programme.PRIMARY, programme.MIDDLE, programme.GROUND, programme.HALL)
THIN = ("health_station", "elderly_care", "sports", "retail")  # scarce at the city's edge
FAR_EAST = 9_700.0  # plan metres at scale 1 from which on a place is the edge of the city


def _points(kind: str, zh: Any, en: Any, xy: Any, **columns: Any) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"kind": kind, "name_zh": zh, "name_en": en, **columns},
        geometry=shapely.points(xy),
        crs=CRS,
    )


def make_facilities(fabric: Fabric, units: Units, people: People, seed: int) -> gpd.GeoDataFrame:
    """Every facility, one row each, with an id."""
    rng = stream(seed, "places")
    frames = [
        *_by_cell(fabric, rng),
        _by_community(fabric, units, people, rng),
        _shelters(fabric, units, rng),
        _stops(fabric, rng),
        _heritage(fabric, people, rng),
        _events(fabric, people, rng),
    ]
    table = pd.concat(frames, ignore_index=True)
    table["detail"] = table[
        "kind"
    ]  # the kind as the source spells it, whatever a reader makes of it
    table.insert(0, "id", [f"F{i + 1:05d}" for i in range(len(table))])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=CRS)


def _by_cell(fabric: Fabric, rng: np.random.Generator) -> list[gpd.GeoDataFrame]:
    out = []
    words = {
        programme.PRIMARY: ("primary_school", "小学", "Primary School"),
        programme.MIDDLE: ("middle_school", "中学", "Middle School"),
        programme.HOSPITAL: ("hospital", "医院", "Hospital"),
        programme.FIRE: ("fire_station", "消防站", "Fire Station"),
    }
    for code, (kind, zh, en) in words.items():
        at = np.flatnonzero(fabric.kind == code)
        if not len(at):
            continue
        zh_, en_ = names(len(at), zh, en, rng)
        xy = shapely.get_coordinates(shapely.centroid(fabric.cells.shape[at]))
        area = shapely.area(fabric.cells.shape[at])
        more: dict[str, Any] = {"site_area": np.round(area, 1)}
        if code in (programme.PRIMARY, programme.MIDDLE):
            more["seats"] = (np.clip(np.rint(area / 13.0 / 45.0), 12, 48) * 45).astype(int)
        if code == programme.HOSPITAL:
            more["grade"] = _grades(fabric, at, rng)
            more["beds"] = rng.integers(80, 900, len(at))
        if code == programme.FIRE:
            k = fabric.cells.centre[at, 0] / fabric.plan.scale
            more["station_type"] = np.where(is_small(k, fabric.plan.scale), "small", "standard")
        out.append(_points(kind, zh_, en_, xy, **more))
    return out


def _grades(fabric: Fabric, at: Ints, rng: np.random.Generator) -> Ints:
    """Hospitals east of the last one of grade II or above are of grade I."""
    scale, k = fabric.plan.scale, fabric.cells.centre[at, 0] / fabric.plan.scale
    last = max(last_hospital(scale) + 400.0, float(k.min()))
    return np.where(k <= last, rng.choice([2, 2, 3], len(at)), 1)


def _by_community(
    fabric: Fabric, units: Units, people: People, rng: np.random.Generator
) -> gpd.GeoDataFrame:
    com = units.tables["community"]
    district = units.subdistrict_district[units.community_subdistrict]
    lived = np.bincount(people.community, people.population, minlength=len(com))
    at_building = _a_building_each(people, len(com), rng)
    centre = np.zeros(len(com))
    np.maximum.at(centre, units.cell_community, fabric.cells.centre[:, 0] / fabric.plan.scale)
    far = centre > FAR_EAST
    out = []
    for kind, (zh, en, chance) in COMMUNITY.items():
        likely = np.array(chance)[district] * np.where(far & (kind in THIN), 0.3, 1.0)
        has = (rng.random(len(com)) < likely) & (lived > 150)
        rows = np.flatnonzero(has & (at_building >= 0))
        xy = fabric.origin[at_building[rows]]
        more: dict[str, Any] = {"floor_area": np.round(rng.uniform(120, 900, len(rows)), 0)}
        if kind == "sports":
            more["site_area"] = np.round(rng.uniform(240, 1_300, len(rows)), 0)
        if kind == "kindergarten":
            more["seats"] = rng.integers(4, 13, len(rows)) * 30
            more["inclusive"] = rng.random(len(rows)) < 0.82
        out.append(
            _points(
                kind,
                com["name_zh"].to_numpy(object)[rows] + zh,
                com["name_en"].to_numpy(object)[rows] + " " + en,
                xy,
                **more,
            )
        )
    return pd.concat(out, ignore_index=True)


def _a_building_each(people: People, communities: int, rng: np.random.Generator) -> Ints:
    """Row of one building in every community, -1 where there is none."""
    order = rng.permutation(len(people.community))
    out = np.full(communities, -1)
    out[people.community[order]] = order
    return out


def _shelters(fabric: Fabric, units: Units, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Open grounds, school grounds and some parks; few at the foot of the hills."""
    k, m = (fabric.cells.centre / fabric.plan.scale).T
    park = (fabric.kind == programme.PARK) & (rng.random(len(k)) < np.where(m > 1_900, 0.1, 0.7))
    school = np.isin(fabric.kind, (programme.PRIMARY, programme.MIDDLE)) & (
        rng.random(len(k)) < np.where(m > 1_900, 0.35, 0.95)
    )
    ground = (fabric.kind == programme.GROUND) & ~((m > 2_000) & (rng.random(len(k)) < 0.7))
    lived = ~np.isin(fabric.cells.zone, (zones.PORT, zones.INDUSTRIAL, zones.FOREST))
    chosen, district = (park | school | ground) & lived, units.cell_district()
    could = np.isin(fabric.kind, SHELTERS) & lived
    for number in np.unique(district):  # no district is without one
        mine = district == number
        if not chosen[mine].any():
            chosen[np.flatnonzero(could & mine)[:1]] = True
    at = np.flatnonzero(chosen)
    few = 0.65 if fabric.plan.scale > 0.6 else 2.2  # in the hills, the last district
    used = rng.uniform(0.5, 0.8, len(at)) * np.where(district[at] == district.max(), few, 1.0)
    zh, en = names(len(at), "应急避难场所", "Shelter", rng)
    area = shapely.area(fabric.cells.shape[at])
    return _points(
        "shelter",
        zh,
        en,
        shapely.get_coordinates(shapely.centroid(fabric.cells.shape[at])),
        site_area=np.round(area, 1),
        effective_area=np.round(area * used, 1),
    )


def _stops(fabric: Fabric, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Bus stops along the superblocks' rings."""
    rect = fabric.grid.rect[np.unique(fabric.cells.superblock)]
    t = np.array([0.28, 0.72])
    u = rect[:, :1] + (rect[:, 1:2] - rect[:, :1]) * t
    v = np.repeat(rect[:, 2:3] + 6.0, 2, axis=1)
    xy = np.stack(fabric.plan.world(u.ravel(), v.ravel()), axis=1)
    dry = shapely.contains_xy(fabric.water.land, xy[:, 0], xy[:, 1])
    zh, en = names(int(dry.sum()), "站", "Stop", rng)
    return _points("bus_stop", zh, en, xy[dry], lines=rng.integers(1, 9, int(dry.sum())))


def _heritage(fabric: Fabric, people: People, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Listed buildings; half of those at the harbour stand empty."""
    at = np.flatnonzero(people.heritage)
    harbour = people.district[at] == zones.HARBOUR
    empty = rng.random(len(at)) < np.where(harbour, 0.55, 0.14)
    _, first = np.unique(people.cell[at], return_index=True)
    empty[first[::5]] = True  # so that every fifth block with listed houses has an empty one
    listed = rng.random(len(at)) < 0.9
    row = people.cell[at] == np.argmax(np.bincount(people.cell[at], minlength=1))
    if row.sum() > 10:  # a whole row of them of which one is empty: nearly too many
        empty[row] = np.arange(int(row.sum())) < 1
        listed[row] = True
    zh, en = names(len(at), "旧址", "Old House", rng)
    return _points(
        "heritage_building",
        zh,
        en,
        fabric.origin[at],
        building_id=people.ids[at],
        year_built=people.year[at],
        vacant=empty,
        vacant_months=np.where(empty, rng.integers(7, 60, len(at)), 0),
        listed=listed,
    )


def _events(fabric: Fabric, people: People, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Points of trouble: waterlogging, manholes, hydrants, where the ground is low and old."""
    s = fabric.plan.scale
    count = max(8, round(34 * s * s))
    k, m = (fabric.plan_at / s).T
    low = np.flatnonzero((np.abs(k - 7_720) < 500) | ((k > 3_300) & (k < 5_200) & (m < 900)))
    at = rng.choice(low, min(count, len(low)), replace=False)
    zh, en = names(len(at), "积水点", "Waterlogging Point", rng)
    wet = _points(
        "waterlogging",
        zh,
        en,
        fabric.origin[at] + 9.0,
        depth_cm=rng.integers(12, 68, len(at)),
        severe=rng.random(len(at)) < 0.4,
        removed_year=rng.choice([0, 0, 2021, 2022, 2023, 2024], len(at)),
    )
    at = rng.choice(len(k), min(len(k) // 2, max(60, round(420 * s * s))), replace=False)
    cover = _points(
        "manhole",
        "窨井盖",
        "Manhole",
        fabric.origin[at] + rng.uniform(7, 11, (len(at), 2)),
        state=rng.choice(["ok", "ok", "ok", "ok", "loose", "broken"], len(at)),
    )
    at = rng.choice(len(k), min(len(k) // 2, max(40, round(260 * s * s))), replace=False)
    hydrant = _points(
        "hydrant",
        "消火栓",
        "Hydrant",
        fabric.origin[at] - rng.uniform(7, 11, (len(at), 2)),
        state=rng.choice(["ok", "ok", "ok", "ok", "ok", "dry"], len(at)),
    )
    return pd.concat([wet, cover, hydrant], ignore_index=True)


def make_parks(fabric: Fabric, seed: int) -> gpd.GeoDataFrame:
    """Parks, squares and the strip at the water."""
    rng = stream(seed, "parks")
    at = np.flatnonzero(np.isin(fabric.kind, (programme.PARK, programme.SHORE, programme.GROUND)))
    zh, en = names(len(at), "公园", "Park", rng)
    shapes = fabric.cells.shape[at]
    word = np.array(["", "park", "waterfront", *[""] * 5, "square", "", ""], dtype=object)[
        fabric.kind[at]
    ]
    return gpd.GeoDataFrame(
        {
            "id": [f"P{i + 1:04d}" for i in range(len(at))],
            "name_zh": zh,
            "name_en": en,
            "kind": "park",
            "park_type": word,
            "site_area": np.round(shapely.area(shapes), 1),
        },
        geometry=shapes,
        crs=CRS,
    )


def make_green(fabric: Fabric) -> gpd.GeoDataFrame:
    """Wooded hills and river banks."""
    wood = fabric.cells.shape[fabric.kind == programme.FOREST]
    s = fabric.plan.scale
    back = fabric.plan.box(-1_100.0 * s, 13_100.0 * s, fabric.grid.lines_v[-1] + 30.0, FAR * s - 5)
    ends = [
        fabric.plan.box(-1_100.0 * s, -25.0, -1_000.0 * s, fabric.grid.lines_v[-1] + 30.0),
        fabric.plan.box(
            fabric.grid.lines_u[-1] + 25.0,
            13_100.0 * s,
            -1_000.0 * s,
            fabric.grid.lines_v[-1] + 30.0,
        ),
    ]
    wild = shapely.intersection(shapely.union_all([back, *ends]), fabric.water.land)
    banks = shapely.difference(fabric.water.banks, shapely.union_all(fabric.cells.shape))
    shapes = [*wood, wild, banks]
    return gpd.GeoDataFrame(
        {
            "id": [f"G{i + 1:03d}" for i in range(len(shapes))],
            "name_zh": "林地",
            "name_en": "Woodland",
            "kind": "green",
        },
        geometry=shapes,
        crs=CRS,
    )


def make_water_table(fabric: Fabric) -> gpd.GeoDataFrame:
    """Sea and river."""
    return gpd.GeoDataFrame(
        {
            "id": ["H1", "H2"],
            "name_zh": ["澜湾", "汀河"],
            "name_en": ["Lan Bay", "Ting River"],
            "kind": "water",
            "water_type": ["sea", "river"],
        },
        geometry=[fabric.water.sea, fabric.water.river],
        crs=CRS,
    )
