"""CityGML as cities deliver it, written by the tests themselves, of any version and size."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

WEST, SOUTH = 280_000.0, 5_659_000.0
"""Corner of the test town: ETRS89 / UTM 32N, on the Dutch border of North Rhine-Westphalia."""

UTM32 = "urn:ogc:def:crs,crs:EPSG::25832,crs:EPSG::5783"

GML = {"1.0": "gml", "2.0": "gml", "3.0": "gml/3.2"}

Point = tuple[float, float, float]


def root(
    members: str, version: str = "2.0", srs: str | None = UTM32, more: str = "", head: str = ""
) -> str:
    """A CityModel around members."""
    base = "http://www.opengis.net/citygml"
    modules = {
        "bldg": "building", "gen": "generics", "tran": "transportation", "veg": "vegetation",
        "dem": "relief", "wtr": "waterbody", "luse": "landuse", "app": "appearance",
        "frn": "cityfurniture", "con": "construction",
    }  # fmt: skip
    spaces = " ".join(f'xmlns:{k}="{base}/{name}/{version}"' for k, name in modules.items())
    envelope = (
        f'<gml:boundedBy><gml:Envelope srsName="{srs}" srsDimension="3"><gml:lowerCorner>0 0 0'
        "</gml:lowerCorner><gml:upperCorner>1 1 1</gml:upperCorner></gml:Envelope></gml:boundedBy>"
        if srs
        else ""
    )
    other = {
        "core": f"{base}/{version}", "gml": f"http://www.opengis.net/{GML[version]}",
        "xlink": "http://www.w3.org/1999/xlink", "uro": "https://www.geospatial.jp/iur/uro/2.0",
        "urf": "https://www.geospatial.jp/iur/urf/2.0", "xal": "urn:oasis:names:tc:ciq:xal:3",
    }  # fmt: skip
    spaces += "".join(f' xmlns:{name}="{uri}"' for name, uri in other.items())
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n{head}<core:CityModel {spaces}>'
        f"{envelope}{more}{members}</core:CityModel>"
    )


def member(inner: str) -> str:
    """One cityObjectMember."""
    return f"<core:cityObjectMember>{inner}</core:cityObjectMember>\n"


def ring(points: Iterable[Point], digits: int = 3) -> str:
    """A LinearRing, closed."""
    corners = list(points)
    text = " ".join(
        f"{x:.{digits}f} {y:.{digits}f} {z:.{digits}f}" for x, y, z in [*corners, corners[0]]
    )
    return f"<gml:LinearRing><gml:posList>{text}</gml:posList></gml:LinearRing>"


def polygon(
    points: Iterable[Point],
    id_: str = "",
    holes: Iterable[Iterable[Point]] = (),
    digits: int = 3,
) -> str:
    """A Polygon with holes."""
    name = f' gml:id="{id_}"' if id_ else ""
    inner = "".join(f"<gml:interior>{ring(hole)}</gml:interior>" for hole in holes)
    outer = ring(points, digits)
    return f"<gml:Polygon{name}><gml:exterior>{outer}</gml:exterior>{inner}</gml:Polygon>"


def members(*surfaces: str) -> str:
    """surfaceMember around each surface."""
    return "".join(f"<gml:surfaceMember>{one}</gml:surfaceMember>" for one in surfaces)


def multi(*surfaces: str) -> str:
    """A MultiSurface."""
    return f"<gml:MultiSurface>{members(*surfaces)}</gml:MultiSurface>"


def solid(*surfaces: str) -> str:
    """A Solid of one shell."""
    return (
        f"<gml:Solid><gml:exterior><gml:CompositeSurface>{members(*surfaces)}"
        "</gml:CompositeSurface></gml:exterior></gml:Solid>"
    )


def link(id_: str) -> str:
    """A surfaceMember that refers to a polygon."""
    return f'<gml:surfaceMember xlink:href="#{id_}"/>'


def linked_solid(ids: Iterable[str]) -> str:
    """A Solid whose faces are all references."""
    inner = "".join(link(id_) for id_ in ids)
    return (
        f"<gml:Solid><gml:exterior><gml:CompositeSurface>{inner}</gml:CompositeSurface>"
        "</gml:exterior></gml:Solid>"
    )


def box(x: float, y: float, z: float, dx: float, dy: float, dz: float) -> list[list[Point]]:
    """Faces of a box turned outwards: bottom, top, four walls."""
    low = [(x, y, z), (x + dx, y, z), (x + dx, y + dy, z), (x, y + dy, z)]
    high = [(px, py, z + dz) for px, py, _ in low]
    walls = [[low[k], low[(k + 1) % 4], high[(k + 1) % 4], high[k]] for k in range(4)]
    return [low[::-1], high, *walls]


def house(x: float, y: float, z: float, dx: float, dy: float, eave: float, ridge: float) -> list[
    tuple[str, list[Point]]
]:  # fmt: skip
    """A gabled house: ground, two roofs, four walls, as (class, ring)."""
    low = [(x, y, z), (x + dx, y, z), (x + dx, y + dy, z), (x, y + dy, z)]
    high = [(px, py, z + eave) for px, py, _ in low]
    west, east = (x, y + dy / 2, z + ridge), (x + dx, y + dy / 2, z + ridge)
    return [
        ("GroundSurface", low[::-1]),
        ("WallSurface", [low[0], low[1], high[1], high[0]]),
        ("WallSurface", [low[1], low[2], high[2], east, high[1]]),
        ("WallSurface", [low[2], low[3], high[3], high[2]]),
        ("WallSurface", [low[3], low[0], high[0], west, high[3]]),
        ("RoofSurface", [high[0], high[1], east, west]),
        ("RoofSurface", [high[2], high[3], west, east]),
    ]


def building(id_: str, number: int = 0, version: str = "2.0", more: str = "") -> str:
    """A house with thematic surfaces and a solid that refers to them, as surveys export it."""
    x, y = WEST + 20.0 * (number % 100), SOUTH + 20.0 * (number // 100)
    faces = house(x, y, 35.0 + number % 7, 12.0, 9.0, 6.0, 9.0 + number % 5)
    three = version == "3.0"
    prop = "core:boundary" if three else "bldg:boundedBy"
    space, geo = ("con", "core:") if three else ("bldg", "bldg:")
    bounding = "\n".join(
        f'<{prop}>\n  <{space}:{kind} gml:id="{id_}_s{k}">\n    <{geo}lod2MultiSurface>\n      '
        f"{multi(polygon(corners, f'{id_}_p{k}'))}\n    </{geo}lod2MultiSurface>\n  "
        f"</{space}:{kind}>\n</{prop}>"
        for k, (kind, corners) in enumerate(faces)
    )
    body = f"<{geo}lod2Solid>\n{linked_solid(f'{id_}_p{k}' for k in range(7))}\n</{geo}lod2Solid>"
    name = f"<gml:name>House {number}</gml:name>"
    own = (
        f"<bldg:function>31001_1010</bldg:function><bldg:storeysAboveGround>{2 + number % 3}"
        "</bldg:storeysAboveGround>"
    )
    if three:
        tall = f'<con:value uom="m">{9 + number % 5}</con:value>'
        inner = (
            f"{name}<core:genericAttribute><gen:StringAttribute><gen:name>Gemeinde</gen:name>"
            f"<gen:value>0537{number % 100:04d}</gen:value></gen:StringAttribute>"
            f"</core:genericAttribute>{bounding}{body}<con:dateOfConstruction>1985-01-01"
            f"</con:dateOfConstruction><con:height><con:Height>{tall}</con:Height></con:height>{own}"
        )
    else:
        inner = (
            f'{name}<gen:stringAttribute name="Gemeinde"><gen:value>0537{number % 100:04d}'
            f"</gen:value></gen:stringAttribute>{own}<bldg:yearOfConstruction>1985"
            f'</bldg:yearOfConstruction><bldg:measuredHeight uom="m">{9 + number % 5}.0'
            f"</bldg:measuredHeight>{body}{bounding}"
        )
    return member(f'<bldg:Building gml:id="{id_}">{inner}{more}</bldg:Building>')


def write(path: Path, text: str) -> Path:
    """Write a document as UTF-8."""
    path.write_text(text, encoding="utf-8")
    return path


def write_town(path: Path, count: int, version: str = "2.0") -> Path:
    """A town of houses, written piece by piece (about 4.2 KB each)."""
    empty = root("", version)
    begin, end = empty[: -len("</core:CityModel>")], "</core:CityModel>"
    with path.open("w", encoding="utf-8") as handle:
        handle.write(begin)
        for number in range(count):
            handle.write(building(f"DENW43AL{number:08d}", number, version))
        handle.write(end)
    return path
