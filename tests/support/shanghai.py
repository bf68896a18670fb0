"""Real things of Shanghai's centre (OSM and a map's points of interest) as units and objects."""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from cim_bridge.geometry.locate import locate
from cim_bridge.model import UNIT_COLUMNS
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.period import year_period
from tests.support.tinycity import one_unit

UTM = "EPSG:32651"
Parts = dict[str, gpd.GeoDataFrame]
SHOPS = ("convenience", "supermarket", "mall", "bakery", "cafe", "fast_food")


def read_parts(shared: Path) -> Parts:
    """Blocks, places, buildings, homes' land, parks, paths and points, in metres."""
    folder = shared / "data/china"
    core = {name: _layer(folder, name) for name in (
        "blocks_polygonised", "places", "buildings", "landuse", "roads", "pois")}  # fmt: skip
    blocks = core["blocks_polygonised"]
    near = blocks.union_all().buffer(5000)
    land = core["landuse"]
    polygons = land[land.geom_type.isin(["Polygon", "MultiPolygon"])]
    houses = core["buildings"]
    houses = houses[(houses["kind"] == "building") & (houses.geom_type == "Polygon")].copy()
    middle = houses.representative_point()
    houses = houses[middle.within(blocks.union_all())]
    hospitals = _points(folder, "shanghai_hospital.csv")
    kinds = {
        "homes": polygons[polygons["kind"] == "residential"],
        "park": polygons[polygons["kind"].isin(["park", "garden", "recreation_ground", "grass"])],
        "greenway": core["roads"][core["roads"]["kind"] == "path"].iloc[::9],
        "hospital": hospitals[hospitals["type"].str.contains("综合医院|专科医院")].iloc[::40],
        "school": _points(folder, "中学.csv").iloc[::5],
        "fire_station": _points(folder, "shanghai_Theatr_Cinema.csv").iloc[::40],
        "retail": core["pois"][core["pois"]["kind"].isin(SHOPS)],
    }
    found = {name: _sound(one[one.intersects(near)]) for name, one in kinds.items()}
    return found | {
        "block": _sound(blocks), "place": _sound(core["places"]), "building": _sound(houses),
    }  # fmt: skip


def _layer(folder: Path, name: str) -> gpd.GeoDataFrame:
    with warnings.catch_warnings():  # ids of parts repeat
        warnings.simplefilter("ignore")
        frame = gpd.read_file(folder / f"shanghai_core_derived/{name}.geojson")
    return frame.to_crs(UTM)


def _points(folder: Path, name: str) -> gpd.GeoDataFrame:
    table = pd.read_csv(folder / "shanghai_poi" / name, dtype=str)
    at = gpd.points_from_xy(table["lon"].astype(float), table["lat"].astype(float))
    return gpd.GeoDataFrame(table, geometry=at, crs="EPSG:4326").to_crs(UTM)


def _sound(frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    found = frame.reset_index(drop=True)
    return found.set_geometry(found.geometry.make_valid())


def told(kind: str, number: int) -> dict[str, Any]:
    """What is said of a facility: every third hospital is of grade I, every other station small."""
    if kind == "hospital":
        return {"grade": 1 if number % 3 == 0 else 2}
    if kind == "fire_station":
        return {"station_type": "small" if number % 2 else "standard"}
    return {"school_type": "middle_school"} if kind == "school" else {}


def make_city(parts: Parts) -> tuple[CityShapes, Parts]:
    """The city's units with their parents; communities are the blocks nearest to a named place.

    Districts and communities are made of whole blocks, and the city of whole districts.
    """
    blocks = parts["block"]
    middle = gpd.GeoDataFrame(geometry=blocks.representative_point(), crs=UTM)
    place = middle.sjoin_nearest(parts["place"][["geometry"]])["index_right"].to_numpy()
    district = pd.factorize(blocks["district"])[0]
    levels = {
        "district": blocks.dissolve(district), "community": blocks.dissolve(place),
        "city": blocks.dissolve(np.zeros(len(blocks), int)),
    }  # fmt: skip
    of = {"district": district, "community": pd.factorize(np.sort(place))[0]}
    names = np.unique(place)
    of["community"] = np.searchsorted(names, place)
    levels["community"] = levels["community"].loc[names]
    rows: list[dict[str, Any]] = []
    for level, frame in levels.items():
        rows += [_row(level, n, shape, {"city": 0}) for n, shape in enumerate(frame.geometry)]
    above = dict(of)
    for n, shape in enumerate(blocks.geometry):
        rows.append(_row("block", n, shape, {"city": 0} | {k: v[n] for k, v in above.items()}))
    houses = parts["building"]
    at = locate(_xy(houses), np.array(blocks.geometry, object))
    for n, (shape, block) in enumerate(zip(houses.geometry, at, strict=True)):
        inside = {"block": block} | {k: v[block] for k, v in above.items()} if block >= 0 else {}
        height = pd.to_numeric(houses["height"].iloc[n], errors="coerce")
        rows.append(_row("building", n, shape, {"city": 0} | inside, height=height,
                         use="residential", population=float(10 + n % 7)))  # fmt: skip
    rows += _things(parts, blocks, above)
    frame = pd.DataFrame(rows)[list(UNIT_COLUMNS)]
    units = gpd.GeoDataFrame(frame, geometry="geometry", crs=UTM)
    order = ["city", "district", "community", "block", "building", "area", "object"]
    units = units.sort_values("level", key=lambda col: col.map(order.index), kind="stable")
    return CityShapes(units.reset_index(drop=True), year_period(2024)), parts | levels


def _things(parts: Parts, blocks: gpd.GeoDataFrame, above: dict[str, Any]) -> list[dict[str, Any]]:
    rows, number = [], 0
    for kind in ("park", "greenway", "hospital", "school", "fire_station", "retail"):
        at = locate(_xy(parts[kind]), np.array(blocks.geometry, object))
        for n, shape in enumerate(parts[kind].geometry):
            inside = {k: v[at[n]] for k, v in above.items()} if at[n] >= 0 else {}
            rows.append(_row("object", number, shape, inside, kind=kind,
                             attributes=json.dumps(told(kind, n))))  # fmt: skip
            number += 1
    built = parts["building"].buffer(40, quad_segs=4).union_all()
    for n, (kind, shape) in enumerate(
        [("built_up", built), *(("residential_land", one) for one in parts["homes"].geometry)]
    ):
        rows.append(_row("area", n, shape, {}, kind=kind))
    return rows


def _row(level: str, n: int, shape: Any, above: dict[str, Any], **more: Any) -> dict[str, Any]:
    parents = {up: f"{up}:{up}-{row}" for up, row in above.items()}
    made = one_unit(level, f"{level}-{n}", n, parents) | {"geometry": shape, "area": shape.area}
    return made | more


def _xy(frame: gpd.GeoDataFrame) -> Any:
    return frame.representative_point().get_coordinates().to_numpy()
