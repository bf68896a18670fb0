"""Small files as cities deliver them, written by the tests themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish, find_reader

CRS = "EPSG:4549"
WEST, SOUTH = 622_000.0, 4_157_000.0
"""Corner of the test city: Yantai, CGCS2000 with central meridian 120°."""


def cube(first: int) -> list[list[list[int]]]:
    """Faces of a box over the vertices first … first+7 (bottom ring, top ring), outwards."""
    a, b, c, d, e, f, g, h = range(first, first + 8)
    return [
        [[d, c, b, a]], [[e, f, g, h]], [[a, b, f, e]], [[b, c, g, f]], [[c, d, h, g]],
        [[d, a, e, h]],
    ]  # fmt: skip


def corners(x: float, y: float, z: float, dx: float, dy: float, dz: float) -> list[list[int]]:
    """Vertices of a box in millimetres."""
    ring = [(x, y), (x + dx, y), (x + dx, y + dy), (x, y + dy)]
    return [[round(v * 1000) for v in (*p, top)] for top in (z, z + dz) for p in ring]


def building(first: int, **attributes: Any) -> dict[str, Any]:
    """A Building with one LoD1 solid."""
    geometry = {"type": "Solid", "lod": "1", "boundaries": [cube(first)]}
    return {"type": "Building", "attributes": attributes, "geometry": [geometry]}


def document(objects: dict[str, Any], vertices: list[list[int]], **more: Any) -> dict[str, Any]:
    """A CityJSON 2.0 document in the test city's CRS."""
    return {
        "type": "CityJSON",
        "version": "2.0",
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/4549"},
        "transform": {"scale": [0.001] * 3, "translate": [WEST, SOUTH, 0.0]},
        "CityObjects": objects,
        "vertices": vertices,
        **more,
    }


def row_of_boxes(count: int, height: float = 12.0) -> dict[str, Any]:
    """`count` boxes of 10 × 8 m in a row, 20 m apart, ids b0, b1, ..."""
    objects: dict[str, Any] = {}
    vertices: list[list[int]] = []
    for number in range(count):
        objects[f"b{number}"] = building(len(vertices), measuredHeight=height, storeysAboveGround=4)
        vertices += corners(20.0 * number, 0, 2, 10, 8, height)
    return document(objects, vertices)


def write_json(path: Path, content: Any) -> Path:
    """Write JSON as UTF-8."""
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def frame(shapes: list[Any], crs: str | None = CRS, **columns: Any) -> gpd.GeoDataFrame:
    """A table of shapes."""
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=crs)


def box(x: float, y: float, dx: float, dy: float) -> shapely.Polygon:
    """A rectangle, metres from the corner of the test city."""
    return shapely.box(WEST + x, SOUTH + y, WEST + x + dx, SOUTH + y + dy)


def grid(count: int, size: float) -> list[shapely.Polygon]:
    """`count` squares in a row."""
    return [box(size * number, 0, size, size) for number in range(count)]


def new_city(path: Path, crs: str = CRS) -> CityFolder:
    """An empty city folder."""
    return CityFolder.init(path, name="测试市", name_en="Test City", crs=crs)


def read(path: Path, **wish: Any) -> tuple[Reading | None, IssueLog]:
    """Read one file with whichever reader takes it."""
    log = IssueLog()
    reader = find_reader(path, log)
    return (reader.read(path, Wish(**wish), log) if reader else None), log


def found(log: IssueLog) -> set[str]:
    """Codes of the findings."""
    return {issue.code for issue in log}


def volume(mesh: Any, feature: int) -> float:
    """Signed volume of one feature's triangles in cubic metres."""
    triangles = mesh.triangles[mesh.feature == feature]
    points = mesh.vertices[triangles] - mesh.vertices[triangles[0, 0]]
    cross = np.cross(points[:, 1], points[:, 2])
    return float(np.einsum("ij,ij->i", points[:, 0], cross).sum() / 6)
