"""The seeded town every tiler gets: the same buildings as CityJSON, CityGML and WKB."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shapely

CRS = "EPSG:25833"
"""A system that every peer knows (one has a table of ten)."""
WEST, SOUTH = 390_000.0, 5_818_000.0


@dataclass(frozen=True)
class Town:
    """n buildings: outlines (closed later, counter-clockwise), heights of base and top."""

    outlines: list[np.ndarray]
    base: np.ndarray
    top: np.ndarray

    def __len__(self) -> int:
        return len(self.outlines)


def make_town(count: int, seed: int = 20260101) -> Town:
    """70 % rectangles, 30 % L-shapes, turned by their street, on a gentle slope."""
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    j, i = np.meshgrid(np.arange(side), np.arange(side))
    centre = np.column_stack([j.ravel(), i.ravel()])[:count] * 28.0 + [WEST, SOUTH]
    wide, deep = rng.uniform(8, 18, count), rng.uniform(8, 14, count)
    angle = np.round(rng.normal(0, 0.3, count // 25 + 1), 2)[np.arange(count) // 25]
    outlines = []
    for k in range(count):
        w, d = wide[k], deep[k]
        corners = np.array([[0, 0], [w, 0], [w, d], [0, d]])
        if k % 10 < 3:
            corners = np.array([[0, 0], [w, 0], [w, d / 2], [w / 2, d / 2], [w / 2, d], [0, d]])
        c, s = np.cos(angle[k]), np.sin(angle[k])
        turned = (corners - [w / 2, d / 2]) @ np.array([[c, s], [-s, c]])
        outlines.append(np.round(turned + centre[k], 3))
    base = np.round(3.0 + (centre[:, 0] - WEST) / 400.0, 2)
    return Town(outlines, base, np.round(base + rng.gamma(3.0, 5.0, count) + 3.0, 2))


def _faces(town: Town, k: int) -> list[np.ndarray]:
    """Floor, roof and walls as rings of 3D corners, turned outward."""
    flat = town.outlines[k]
    low = np.column_stack([flat, np.full(len(flat), town.base[k])])
    high = np.column_stack([flat, np.full(len(flat), town.top[k])])
    after = np.roll(np.arange(len(flat)), -1)
    walls = [
        np.array([low[i], low[n], high[n], high[i]])
        for i, n in zip(range(len(flat)), after, strict=True)
    ]
    return [low[::-1], high, *walls]


def write_cityjson(town: Town, path: Path) -> Path:
    """CityJSON 2.0, LoD1 solids, shared corners."""
    vertices: list[list[int]] = []
    objects = {}
    for k, flat in enumerate(town.outlines):
        n, first = len(flat), len(vertices)
        for z in (town.base[k], town.top[k]):
            vertices += [
                [round((x - WEST) * 1000), round((y - SOUTH) * 1000), round(z * 1000)]
                for x, y in flat.tolist()
            ]
        low, high = list(range(first, first + n)), list(range(first + n, first + 2 * n))
        walls = [[[low[i], low[(i + 1) % n], high[(i + 1) % n], high[i]]] for i in range(n)]
        objects[f"building-{k:06d}"] = {
            "type": "Building",
            "attributes": {"storeysAboveGround": 1 + k % 20, "yearOfConstruction": 1950 + k % 70},
            "geometry": [
                {"type": "Solid", "lod": "1", "boundaries": [[[low[::-1]], [high], *walls]]}
            ],
        }
    path.write_text(json.dumps({
        "type": "CityJSON", "version": "2.0",
        "transform": {"scale": [0.001] * 3, "translate": [WEST, SOUTH, 0.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/25833"},
        "CityObjects": objects, "vertices": vertices,
    }, separators=(",", ":")))  # fmt: skip
    return path


def write_cityjsonseq(town: Town, path: Path) -> Path:
    """The same as a CityJSON text sequence: a header, then a building a line."""
    head = {
        "type": "CityJSON", "version": "2.0", "CityObjects": {}, "vertices": [],
        "transform": {"scale": [0.001] * 3, "translate": [WEST, SOUTH, 0.0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/25833"},
    }  # fmt: skip
    with path.open("w", encoding="utf-8") as out:
        out.write(json.dumps(head) + "\n")
        for k, flat in enumerate(town.outlines):
            name, n = f"building-{k:06d}", len(flat)
            vertices = [
                [round((x - WEST) * 1000), round((y - SOUTH) * 1000), round(z * 1000)]
                for z in (town.base[k], town.top[k])
                for x, y in flat.tolist()
            ]
            low, high = list(range(n)), list(range(n, 2 * n))
            walls = [[[low[i], low[(i + 1) % n], high[(i + 1) % n], high[i]]] for i in range(n)]
            solid = {"type": "Solid", "lod": "1", "boundaries": [[[low[::-1]], [high], *walls]]}
            item = {
                "type": "Building", "geometry": [solid],
                "attributes": {
                    "storeysAboveGround": 1 + k % 20, "yearOfConstruction": 1950 + k % 70,
                },
            }  # fmt: skip
            line = {"type": "CityJSONFeature", "id": name, "CityObjects": {name: item}}
            out.write(json.dumps({**line, "vertices": vertices}, separators=(",", ":")) + "\n")
    return path


def write_gpkg(town: Town, path: Path) -> Path:
    """Footprints with base and height as a GeoPackage."""
    from cim_bridge.vectors.drivers import load_pyogrio

    shapes = np.array([shapely.Polygon(outline) for outline in town.outlines])
    names = np.array([f"building-{k:06d}" for k in range(len(town))], dtype=object)
    load_pyogrio().raw.write(
        path, shapely.to_wkb(shapes), [names, town.top - town.base, town.base],
        ["building_id", "height", "ground"], geometry_type="Polygon", crs=CRS, driver="GPKG",
    )  # fmt: skip
    return path


def write_wkb(town: Town, folder: Path) -> Path:
    """One multipolygon Z a building, as py3dtiles reads them."""
    folder.mkdir()
    offset = np.array([WEST, SOUTH, 0.0])  # its vertices are 32-bit floats
    for k in range(len(town)):
        rings = [face - offset for face in _faces(town, k)]
        shape = shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings])
        (folder / f"{k:06d}.wkb").write_bytes(shapely.to_wkb(shape, byte_order=1, flavor="iso"))
    return folder


def write_citygml(town: Town, path: Path) -> Path:
    """CityGML 2.0, LoD1 solids."""
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<CityModel '
        'xmlns="http://www.opengis.net/citygml/2.0" xmlns:gml="http://www.opengis.net/gml" '
        'xmlns:bldg="http://www.opengis.net/citygml/building/2.0">\n'
    )
    flat = np.concatenate(town.outlines)
    low = (*flat.min(axis=0), town.base.min())
    high = (*flat.max(axis=0), town.top.max())
    corners = [
        f"<gml:{name}Corner>{' '.join(map(str, values))}</gml:{name}Corner>"
        for name, values in (("lower", low), ("upper", high))
    ]
    envelope = (
        f'<gml:boundedBy><gml:Envelope srsName="{CRS}" srsDimension="3">{"".join(corners)}'
        "</gml:Envelope></gml:boundedBy>\n"
    )
    with path.open("w", encoding="utf-8") as out:
        out.write(head + envelope)
        for k in range(len(town)):
            out.write(_building(town, k))
        out.write("</CityModel>\n")
    return path


def _building(town: Town, k: int) -> str:
    members = "".join(
        "<gml:surfaceMember><gml:Polygon><gml:exterior><gml:LinearRing>"
        f'<gml:posList srsDimension="3">{_positions(face)}</gml:posList>'
        "</gml:LinearRing></gml:exterior></gml:Polygon></gml:surfaceMember>"
        for face in _faces(town, k)
    )
    return (
        f'<cityObjectMember><bldg:Building gml:id="building-{k:06d}"><bldg:lod1Solid>'
        f'<gml:Solid srsName="{CRS}" srsDimension="3"><gml:exterior><gml:CompositeSurface>{members}'
        "</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod1Solid></bldg:Building>"
        "</cityObjectMember>\n"
    )


def _positions(face: np.ndarray) -> str:
    closed = np.vstack([face, face[:1]])
    return " ".join(f"{value:.3f}" for value in closed.ravel())
