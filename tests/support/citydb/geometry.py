"""Geometries of a CityGML document as EWKB and as the JSON that 3DCityDB keeps beside it."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from typing import Any

from lxml import etree

Element = etree._Element
GML = "{*}"
POINT, LINE, POLYGON, MULTI_POINT, MULTI_LINE, MULTI_POLYGON, COLLECTION = 1, 2, 3, 4, 5, 6, 7
POLYHEDRAL = 15
HREF = "{http://www.w3.org/1999/xlink}href"

TYPES = {
    "Polygon": 5, "CompositeSurface": 6, "TriangulatedSurface": 7, "MultiSurface": 8, "Solid": 9,
    "CompositeSolid": 10, "MultiSolid": 11,
}  # fmt: skip
"""Numbers of `type` in geometry_properties."""

Point = tuple[float, ...]


@dataclass
class Polygon:
    """A polygon with its id, its rings, and whether it was turned over."""

    rings: list[list[Point]]
    id: str = ""
    reversed: bool = False

    def turned(self) -> Polygon:
        """The same seen from behind."""
        return Polygon([ring[::-1] for ring in self.rings], self.id, not self.reversed)


@dataclass
class Geometry:
    """What one geometry property holds."""

    kind: str
    polygons: list[Polygon] = field(default_factory=list)
    lines: list[list[Point]] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    flat: bool = False

    def ewkb(self, srid: int | None) -> bytes:
        """EWKB with heights, as PostGIS takes it."""
        if self.polygons:
            kind = POLYHEDRAL if "Solid" in self.kind or self.kind == "CompositeSurface" else 6
            if self.kind == "Polygon":
                return _polygon(self.polygons[0].rings, srid)
            return _head(kind, srid, len(self.polygons)) + b"".join(
                _polygon(one.rings) for one in self.polygons
            )
        if self.lines:
            parts = [_head(LINE, None, len(line)) + _coordinates(line) for line in self.lines]
            return _head(MULTI_LINE, srid, len(parts)) + b"".join(parts)
        parts = [_head(POINT) + _coordinates([point]) for point in self.points]
        return _head(MULTI_POINT, srid, len(parts)) + b"".join(parts)

    def properties(self) -> dict[str, Any]:
        """The JSON of it."""
        if not self.polygons:
            return {"type": 4 if self.lines else 2}
        faces = [
            {"type": 5, "geometryIndex": k}
            | ({"objectId": one.id} if one.id else {})
            | ({"isReversed": True} if one.reversed else {})
            for k, one in enumerate(self.polygons)
        ]
        flat = {"is2D": True} if self.flat else {}
        if self.kind == "Polygon":
            return {"type": 5, "objectId": self.polygons[0].id or "p"} | flat
        shell = [{"type": 6}] if self.kind == "Solid" else []
        inner = [face | {"parent": 0} for face in faces] if shell else faces
        return {"type": TYPES.get(self.kind, 8), "children": shell + inner} | flat


def _head(kind: int, srid: int | None = None, *counts: int) -> bytes:
    flags = 0x80000000 | (0x20000000 if srid is not None else 0)
    numbers = [kind | flags, *([srid] if srid is not None else []), *counts]
    return b"\x01" + struct.pack(f"<{len(numbers)}I", *numbers)


def _polygon(rings: list[list[Point]], srid: int | None = None) -> bytes:
    inner = b"".join(struct.pack("<I", len(ring)) + _coordinates(ring) for ring in rings)
    return _head(POLYGON, srid, len(rings)) + inner


def _coordinates(points: list[Point]) -> bytes:
    return struct.pack(f"<{3 * len(points)}d", *(value for point in points for value in point))


class Geometries:
    """Reads geometry properties; references are followed within the document."""

    def __init__(self, root: Element) -> None:
        self._by_id: dict[str, Element] = {}
        for element in root.iter("{*}Polygon", "{*}OrientableSurface", "{*}MultiSurface"):
            name = id_of(element)
            if name:
                self._by_id[name] = element

    def read(self, holder: Element) -> Geometry | None:
        """The geometry in a property; None where there is none."""
        whole = next((one for one in holder if etree.QName(one).localname in _KNOWN), None)
        if whole is None:
            return None
        found = Geometry(etree.QName(whole).localname)
        self._walk(whole, found, turned=False)
        ordinary = found.polygons or found.lines or found.points
        found.flat = "srsDimension" in whole.attrib and whole.get("srsDimension") == "2"
        return found if ordinary else None

    def _walk(self, element: Element, found: Geometry, *, turned: bool) -> None:
        local = etree.QName(element).localname
        if local in ("Polygon", "Triangle", "Rectangle", "PolygonPatch"):
            rings = [_positions(ring) for ring in element.iter("{*}LinearRing")]
            polygon = Polygon(rings, id_of(element))
            found.polygons.append(polygon.turned() if turned else polygon)
            return
        if local in ("LineString", "LineStringSegment"):
            found.lines.append(_positions(element))
            return
        if local == "Point":
            found.points += _positions(element)
            return
        if local == "OrientableSurface" and element.get("orientation", "+") == "-":
            turned = not turned
        target = element.get(HREF)
        if target is not None and target.removeprefix("#") in self._by_id:
            self._walk(self._by_id[target.removeprefix("#")], found, turned=turned)
        for child in element:
            if isinstance(child.tag, str):
                self._walk(child, found, turned=turned)


_KNOWN = frozenset(
    {
        "Polygon", "MultiSurface", "CompositeSurface", "Solid", "MultiSolid", "CompositeSolid",
        "TriangulatedSurface", "Tin", "OrientableSurface", "Surface", "MultiCurve", "LineString",
        "CompositeCurve", "Point", "MultiPoint", "GeometricComplex",
    }
)  # fmt: skip


def id_of(element: Element) -> str:
    """The gml:id of an element, "" without."""
    return next((v for k, v in element.attrib.items() if k.endswith("}id")), "")


def _positions(element: Element) -> list[Point]:
    texts = [one.text or "" for one in element.iter("{*}posList", "{*}pos")]
    numbers = [float(word) for word in " ".join(texts).split()]
    first = next(element.iter("{*}posList", "{*}pos"))
    flat = any(up.get("srsDimension") == "2" for up in (first, *first.iterancestors()))
    step = 2 if flat else 3
    points = [tuple(numbers[k : k + step]) for k in range(0, len(numbers), step)]
    return [(*point, 0.0)[:3] for point in points]
