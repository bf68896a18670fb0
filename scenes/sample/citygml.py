"""CityGML 2.0 of some buildings of the sample: the same ids and corners as in the CityJSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.sample.cityjson import LABEL, SURFACES, Feature
from scenes.sample.plan import Array

Ints = NDArray[np.int64]
CRS = "EPSG:4549"  # this spelling promises easting first; the URN would promise northing first
MODULES = {"bldg": "building", "gen": "generics"}
OTHERS = {
    "core": "http://www.opengis.net/citygml/2.0",
    "gml": "http://www.opengis.net/gml",
    "xlink": "http://www.w3.org/1999/xlink",
}
# attributes that CityGML has a place of its own for; all others are generic
OWN = ("use", "year_built", "measuredHeight", "storeysAboveGround", "external_ids")
KINDS = {bool: "int", int: "int", np.int64: "int", float: "double", np.float64: "double"}


def write_citygml(path: Path, title: str, corner: Array, features: Sequence[Feature]) -> Path:
    """One document; ``corner`` is where the integer millimetres of the features count from."""
    base = np.rint(corner * 1_000).astype(np.int64)
    points = np.concatenate([vertices for _, _, vertices in features]) + base
    with path.open("w", encoding="utf-8", newline="\n") as out:
        out.write(_head(title, points.min(axis=0), points.max(axis=0)))
        for name, objects, vertices in features:
            out.write("<core:cityObjectMember>\n")
            out.writelines(_building(name, objects, vertices + base))
            out.write("</core:cityObjectMember>\n")
        out.write("</core:CityModel>\n")
    return path


def _head(title: str, low: Ints, high: Ints) -> str:
    spaces = {k: f"http://www.opengis.net/citygml/{v}/2.0" for k, v in MODULES.items()} | OTHERS
    told = " ".join(f'xmlns:{name}="{uri}"' for name, uri in spaces.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- {LABEL} -->\n<core:CityModel {told}>\n'
        f"<gml:description>{escape(LABEL)}</gml:description>\n<gml:name>{escape(title)}</gml:name>\n"
        f'<gml:boundedBy><gml:Envelope srsName="{CRS}" srsDimension="3">'
        f"<gml:lowerCorner>{_point(low)}</gml:lowerCorner>"
        f"<gml:upperCorner>{_point(high)}</gml:upperCorner></gml:Envelope></gml:boundedBy>\n"
    )


def _point(point: Ints) -> str:
    """Three numbers in metres, exact to the millimetre."""
    return " ".join(f"{value / 1_000:.3f}" for value in point.tolist())


def _building(name: str, objects: dict[str, Any], points: Ints) -> Iterator[str]:
    body = objects[name]
    facts = body["attributes"]
    yield f'<bldg:Building gml:id="{name}">\n'
    yield f"<gml:name>{escape(facts['name_zh'])}</gml:name>\n"
    for system, code in facts["external_ids"].items():
        yield (
            f"<core:externalReference><core:informationSystem>{system}</core:informationSystem>"
            f"<core:externalObject><core:name>{escape(str(code))}</core:name>"
            "</core:externalObject></core:externalReference>\n"
        )
    yield from (_generic(key, value) for key, value in facts.items() if key not in OWN)
    yield (
        f"<bldg:function>{facts['use']}</bldg:function>\n"
        f"<bldg:yearOfConstruction>{facts['year_built']}</bldg:yearOfConstruction>\n"
        f'<bldg:measuredHeight uom="m">{facts["measuredHeight"]}</bldg:measuredHeight>\n'
        f"<bldg:storeysAboveGround>{facts['storeysAboveGround']}</bldg:storeysAboveGround>\n"
    )
    yield from _solids(name, body, points)
    for part in body.get("children", ()):
        yield f'<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="{part}">\n'
        yield from _solids(part, objects[part], points)
        yield "</bldg:BuildingPart></bldg:consistsOfBuildingPart>\n"
    yield "</bldg:Building>\n"


def _generic(key: str, value: Any) -> str:
    kind = KINDS.get(type(value), "string")
    text = escape(str(int(value) if isinstance(value, bool) else value))
    tag = f"gen:{kind}Attribute"
    return f'<{tag} name="{key}"><gen:value>{text}</gen:value></{tag}>\n'


def _solids(name: str, body: dict[str, Any], points: Ints) -> Iterator[str]:
    """A solid of links, then the surfaces it links to, each with its meaning."""
    for geometry in body.get("geometry", ()):
        faces, kinds = geometry["boundaries"][0], geometry["semantics"]["values"][0]
        links = "".join(f'<gml:surfaceMember xlink:href="#{name}.{i}"/>' for i in range(len(faces)))
        yield (
            "<bldg:lod2Solid><gml:Solid><gml:exterior><gml:CompositeSurface>"
            f"{links}</gml:CompositeSurface></gml:exterior></gml:Solid></bldg:lod2Solid>\n"
        )
        for number, (face, kind) in enumerate(zip(faces, kinds, strict=True)):
            yield _surface(f"{name}.{number}", SURFACES[kind]["type"], points[face[0]])


def _surface(name: str, kind: str, ring: Ints) -> str:
    corners = " ".join(_point(point) for point in (*ring, ring[0]))
    return (
        f"<bldg:boundedBy><bldg:{kind}><bldg:lod2MultiSurface><gml:MultiSurface>"
        f'<gml:surfaceMember><gml:Polygon gml:id="{name}"><gml:exterior><gml:LinearRing>'
        f'<gml:posList srsDimension="3">{corners}</gml:posList></gml:LinearRing></gml:exterior>'
        "</gml:Polygon></gml:surfaceMember></gml:MultiSurface></bldg:lod2MultiSurface>"
        f"</bldg:{kind}></bldg:boundedBy>\n"
    )
