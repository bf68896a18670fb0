"""Implicit geometries (a prototype placed by a matrix) and the lines and points of objects."""

from __future__ import annotations

from cim_bridge.citygml.batch import Batch
from cim_bridge.citygml.numbers import FARTHEST
from cim_bridge.citygml.resolving import Resolver
from cim_bridge.citygml.stream import Element, local
from cim_bridge.citygml.surfaces import Link, Walker, tuples
from cim_bridge.mesh import UNKNOWN

_NUMBERS = ("{*}posList", "{*}pos", "{*}coordinates")
_LINES = ("LineString", "LineStringSegment", "Curve", "Ring", "LinearRing")


def implicit(prop: Element, owner: int, lod: int, walker: Walker, resolver: Resolver) -> None:
    """Read an implicit geometry: its prototype's faces with matrix and reference point."""
    batch = walker.batch
    point = prop.find(".//{*}referencePoint")
    anchor = _text(point) if point is not None else ""
    if not anchor:
        return
    batch.marks.append((owner, anchor, False))
    matrix = prop.find(".//{*}transformationMatrix")
    holder = prop.find(".//{*}relativeGMLGeometry")
    if holder is None:
        holder = prop.find(".//{*}relativeGeometry")
    if holder is None:
        return
    batch.matrices.append(_matrix(matrix))
    batch.anchors.append(anchor)
    placement, first = len(batch.matrices) - 1, len(batch.face)
    links: list[Link] = walker.walk(holder)
    batch.run(owner, lod, UNKNOWN, first, placement)
    for geometry in holder:
        name = geometry.get(walker.gml_id)
        if name is not None and first < len(batch.face):
            faces = range(first, len(batch.face))
            known = [(batch.rings_of(face), batch.look_of(face)) for face in faces]
            resolver.known.faces.setdefault(name, known)
    resolver.resolve(links, owner, lod, UNKNOWN, len(batch.face), placement)


def _matrix(element: Element | None) -> list[float]:
    identity = [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]
    try:
        found = (
            [float(text) for text in (element.text or "").split()] if element is not None else []
        )
    except ValueError:
        return identity
    sane = len(found) == 16 and all(abs(value) < FARTHEST for value in found)
    return found if sane else identity


def marks(props: list[Element], owner: int, batch: Batch) -> None:
    """Keep lines and points of an object that has no faces."""
    for prop in props:
        for element in prop.iter(*_NUMBERS):
            parent = element.getparent()
            holder = local(parent) if parent is not None else ""
            if local(element) == "pos" and holder in _LINES:
                if element.getprevious() is None and parent is not None:
                    batch.marks.append((owner, _text(parent), True))
                continue
            text = tuples(element) if local(element) == "coordinates" else element.text or ""
            batch.marks.append((owner, text, holder in _LINES))


def _text(element: Element) -> str:
    """All numbers below an element."""
    found = [
        tuples(one) if local(one) == "coordinates" else one.text or ""
        for one in element.iter(*_NUMBERS)
    ]
    return " ".join(found)
