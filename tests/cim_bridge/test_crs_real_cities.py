"""Every fault of coordinates × every real city of the reference data; the true ones stay silent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from cim_bridge.chinashift import bd09_of, gcj02_of
from cim_bridge.crs import Box, transformer
from cim_bridge.crsshift import Reference, outlines
from cim_bridge.issues import IssueLog
from cim_bridge.place import Ground, place
from cim_bridge.reader import Reading, Units
from cim_bridge.tried import zone_crs, zone_of
from tests.cim_bridge.cityfiles import read

pytestmark = pytest.mark.shared

CHINA = {
    "上海建筑": ("china/shanghai_core_derived/buildings.geojson", "EPSG:4549", "area"),
    "上海道路": ("china/shanghai_core_derived/roads.geojson", "EPSG:4549", "line"),
    "上海区界": ("china/shanghai_districts_shp/区县界_area.shp", "EPSG:4549", "outline"),
    "烟台区界": ("china/yantai_cnmaps/*.geojson", "EPSG:4549", "outline"),
    "烟台全市": ("china/yantai_echarts.geojson", "EPSG:4549", "outline"),
    "深圳区界": ("china/shenzhen_districts/sz.shp", "EPSG:4547", "outline"),
}
ABROAD = {
    "Den Haag": ("cityjson/denhaag_01_v1.city.json", "EPSG:28992"),
    "Delft": ("cityjson/delft_cjio.city.json", "EPSG:28992"),
    "Rotterdam": ("cityjson/rotterdam_3-20-delfshaven_v2.city.json", "EPSG:28992"),
    "Zürich": ("cityjson/zurich_subset_lod2.city.json", "EPSG:2056"),
    "Nordrhein": ("citygml/nrw_LoD2_32_280_5659.gml", "EPSG:25832"),
    "Yokosuka": ("citygml/plateau_yokosuka_52397519_bldg.gml", "EPSG:6677"),
    "Manhattan": ("nyc/derived/manhattan_cd101-103_blocks.geojson", "EPSG:32618"),
    "New York": ("nyc/ehdp_geography/nycd_24c/nycd.shp", "EPSG:32618"),
}
EVERYWHERE = ("swap", "swap degrees", "+3", "-3", "+6", "-6", "metres as degrees",
              "degrees as metres", "ft", "us-ft", "mm", "km")  # fmt: skip
ONLY_CHINA = ("prefix", "no prefix", "gcj02", "bd09")


@dataclass(frozen=True)
class City:
    """shapes: in degrees WGS 84, as told; points: all their corners; kind: of a Reference."""

    shapes: np.ndarray
    crs: str
    kind: str

    @property
    def points(self) -> np.ndarray:
        return np.asarray(shapely.get_coordinates(self.shapes))

    @property
    def extent(self) -> Box:
        low, high = self.points.min(axis=0), self.points.max(axis=0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    def ground(self) -> Ground:
        step = transformer("EPSG:4326", self.crs)
        shapes = shapely.transform(self.shapes, lambda p: np.column_stack(step.transform(*p.T)))
        drawn = outlines(shapes) if self.kind == "outline" else shapes
        return Ground(
            self.crs, self.crs, self.extent, lambda: (Reference(drawn, self.crs, self.kind),)
        )


def told(path: Path) -> np.ndarray:
    """Geometries of a file, by geopandas or by shapely alone."""
    if path.suffix == ".shp":
        return gpd.read_file(path).geometry.to_numpy()
    document = json.loads(path.read_text(encoding="utf-8"))
    features = document.get("features", [{"geometry": document}])
    return shapely.from_geojson([json.dumps(one["geometry"]) for one in features])


@cache
def city(data: Path, name: str) -> City:
    if name in CHINA:
        pattern, crs, kind = CHINA[name]
        shapes = np.concatenate([told(path) for path in sorted(data.glob(pattern))])
        return City(shapely.force_2d(shapes), crs, kind)
    path, crs = ABROAD[name]
    reading, _ = (
        read(data / path, level="district" if "/ehdp" in path else None)
        if not path.endswith("blocks.geojson")
        else read(data / path, level="block")
    )
    assert reading is not None
    units = max(reading.units, key=len)
    step = transformer(str(reading.crs), "EPSG:4326")
    shapes = shapely.transform(
        shapely.force_2d(units.shapes), lambda p: np.column_stack(step.transform(*p.T))
    )
    return City(shapes[~shapely.is_missing(shapes)], crs, "area")


def local(at: City, longitude: float) -> tuple[str, dict[str, str]]:
    """A zoned system of the place, and what it is wrongly said to be for each meridian."""
    known = zone_of(at.crs)
    if known is not None:
        own = at.crs
        wrong = {f"{3 * k:+d}": zone_crs(known[0] + k, prefix=False) for k in (-2, -1, 1, 2)}
        return own, wrong
    zone = int((longitude + 180) // 6) + 1
    middle = 6 * zone - 183
    wrong = {
        f"{by:+d}": f"+proj=tmerc +lon_0={middle + by} +k=0.9996 +x_0=500000 +datum=WGS84 +type=crs"
        for by in (-6, -3, 3, 6)
    }
    return f"EPSG:{32600 + zone}", wrong


def faulty(at: City, fault: str) -> tuple[np.ndarray, str, str]:
    """Shapes, the system they are said to be in, and the one they are in."""

    def metres(crs: str) -> np.ndarray:
        step = transformer("EPSG:4326", crs)
        return shapely.transform(at.shapes, lambda p: np.column_stack(step.transform(*p.T)))

    def of(shapes: np.ndarray, factor: float) -> np.ndarray:
        return shapely.transform(shapes, lambda p: p * factor)

    def swapped(shapes: np.ndarray) -> np.ndarray:
        return shapely.transform(shapes, lambda p: p[:, ::-1])

    own, wrong = local(at, float(at.points[:, 0].mean()))
    if fault in wrong:
        return metres(own), wrong[fault], own
    if fault == "swap":
        return swapped(metres(at.crs)), at.crs, f"{at.crs}:yx"
    if fault == "swap degrees":
        return swapped(at.shapes), "EPSG:4326", "EPSG:4326:yx"
    if fault == "metres as degrees":
        return metres(at.crs), "EPSG:4326", at.crs
    if fault == "degrees as metres":
        return at.shapes, at.crs, "EPSG:4326"
    units = {"ft": 1 / 0.3048, "us-ft": 3937 / 1200, "mm": 1000.0, "km": 0.001}
    if fault in units:
        return of(metres(at.crs), units[fault]), at.crs, f"{at.crs}:{fault}"
    known = zone_of(at.crs)
    assert known is not None
    prefixed = zone_crs(known[0], prefix=True)
    if fault == "prefix":
        return metres(prefixed), at.crs, prefixed
    if fault == "no prefix":
        return metres(at.crs), prefixed, at.crs
    moved = {"gcj02": (gcj02_of, "GCJ-02"), "bd09": (bd09_of, "BD-09")}[fault]
    return shapely.transform(at.shapes, moved[0]), "EPSG:4326", moved[1]


def placed(shapes: np.ndarray, said: str, ground: Ground, asked: str | None = None) -> IssueLog:
    columns = {"source_id": np.arange(len(shapes)).astype(str).astype(object)}
    log = IssueLog()
    place(Reading(said, [Units("object", columns, shapes)]), asked, ground, log, "a")
    return log


def cases() -> Iterator[tuple[str, str]]:
    for name in (*CHINA, *ABROAD):
        for fault in (*EVERYWHERE, *(ONLY_CHINA if name in CHINA else ())):
            yield name, fault


@pytest.mark.parametrize(("name", "fault"), [*cases()])
def test_every_fault_in_every_city_is_found_and_the_true_system_named(
    shared: Path, name: str, fault: str
) -> None:
    at = city(shared / "data", name)
    shapes, said, true = faulty(at, fault)
    ground = at.ground()
    log = placed(shapes, said, ground)
    assert [i.code for i in log.errors] in (["CRS_OUTSIDE_EXTENT"], ["CRS_SHIFTED"])
    told = f"{log.errors[0].why['en']} {log.errors[0].fix['en']}"
    named = re.findall(r"--crs (\S+?)(?=[\s;,)]|$)", told)
    same = {"us-ft": ("ft", "us-ft"), "ft": ("ft", "us-ft")}.get(fault, (fault,))
    fits = {true, *(true.replace(f":{fault}", f":{one}") for one in same)}
    assert fits & set(named), told
    assert not placed(shapes, said, ground, true).errors


@pytest.mark.parametrize("name", [*CHINA, *ABROAD])
def test_true_coordinates_of_every_city_raise_no_alarm(shared: Path, name: str) -> None:
    at = city(shared / "data", name)
    ground = at.ground()
    own, _ = local(at, float(at.points[:, 0].mean()))
    known = zone_of(at.crs)
    codes = {at.crs, own, "EPSG:4326", "EPSG:3857"}
    codes |= {"EPSG:4490", zone_crs(known[0], prefix=True)} if known else set()
    for crs in sorted(codes):
        step = transformer("EPSG:4326", crs)
        shapes = shapely.transform(at.shapes, lambda p: np.column_stack(step.transform(*p.T)))  # noqa: B023
        log = placed(shapes, crs, ground)
        assert not len(log), (crs, log.to_json())
    if known is not None:
        for mark, forward in (("GCJ-02", gcj02_of), ("BD-09", bd09_of)):
            assert not len(placed(shapely.transform(at.shapes, forward), mark, ground))


def test_outlines_of_two_makers_are_not_taken_for_shifted_ones(shared: Path) -> None:
    """Both draw the districts of Yantai, each in its own way."""
    one, other = (city(shared / "data", name) for name in ("烟台区界", "烟台全市"))
    for mine, theirs in ((one, other), (other, one)):
        assert not placed(mine.shapes, "EPSG:4326", theirs.ground()).errors
