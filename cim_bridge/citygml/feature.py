"""One member of the document: its city objects, which of their geometries count, attributes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from cim_bridge.citygml import values
from cim_bridge.citygml.batch import EDGE, FOOT, RELIEF, Batch
from cim_bridge.citygml.codelists import CodeLists
from cim_bridge.citygml.names import (
    CITYGML,
    GENERIC,
    HAZARD,
    INNER,
    OBJECTS,
    PARTS,
    THEMATIC,
    ZONE,
    Name,
    name_of,
    type_of,
)
from cim_bridge.citygml.placing import implicit, marks
from cim_bridge.citygml.resolving import Resolver
from cim_bridge.citygml.stream import Element
from cim_bridge.citygml.surfaces import Walker
from cim_bridge.citylevels import FINE
from cim_bridge.cityobjects import better, ten_lod
from cim_bridge.mesh import GROUND, UNKNOWN

DEEPEST = 64
"""Levels of city objects within city objects that are followed."""


@dataclass
class Found:
    """Geometry properties of one city object, not yet read: LoD → (element, surface code).

    lod: the one to read; coarse: a block model to read beside it; -1 none.
    """

    number: int
    own: dict[int, list[Element]] = field(default_factory=dict)
    bounding: dict[int, list[tuple[Element, int]]] = field(default_factory=dict)
    feet: list[tuple[str, Element]] = field(default_factory=list)
    implicit: dict[int, list[Element]] = field(default_factory=dict)
    marks: list[Element] = field(default_factory=list)
    lod: int = -1
    coarse: int = -1


class Features:
    """Takes members one by one into a batch; remembers ids, and what was passed over."""

    def __init__(self, walker: Walker, resolver: Resolver, lists: CodeLists, lod: str | None):
        self.walker = walker
        self.resolver = resolver
        self.lists = lists
        self.wish = None if lod is None else ten_lod(lod)
        self.ids: list[str] = []
        self.skipped: Counter[str] = Counter()
        self.nameless: list[str] = []
        self._counts: Counter[str] = Counter()

    @property
    def batch(self) -> Batch:
        """The batch being filled."""
        return self.walker.batch

    def take(self, member: Element) -> None:
        """Take every top-level feature of a member."""
        for element in member:
            name = name_of(element.tag)
            type_ = _type(element, name)
            if type_ is None:
                self.skipped[name.local] += 1
                continue
            self.walker.start_member()
            self.resolver.start_member(element)
            if type_ == "TINRelief":
                self._relief(element)
                continue
            number = self.batch.begin(self._id(element, name), type_, -1)
            self.ids.append(self.batch.ids[number])
            if (type_ == GENERIC and name.local not in OBJECTS) or type_ in (HAZARD, ZONE):
                self.batch.attributes[number]["featureType"] = values.key_of(element, name)
            if not self._plainly(element, number):
                self._read(element, number)
            self.batch.size += 1

    def triangle(self, element: Element) -> None:
        """Take one triangle of the terrain, which comes before its member is complete."""
        first = len(self.batch.face)
        self.walker.walk(element)
        self.batch.run(RELIEF, 0, GROUND, first)

    def _relief(self, element: Element) -> None:
        """Take what is left of a terrain whose triangles did not come one by one."""
        for tin in element.iter("{*}tin"):
            self.triangle(tin)
        for kind in ("RasterRelief", "MassPointRelief", "BreaklineRelief"):
            self.skipped[kind] += sum(1 for _ in element.iter(f"{{*}}{kind}"))

    def _id(self, element: Element, name: Name) -> str:
        found = element.get(self.walker.gml_id)
        if found:
            return str(found)
        self._counts[name.local] += 1
        made = f"{name.local}#{self._counts[name.local]}"
        self.nameless.append(made)
        return made

    def _plainly(self, element: Element, number: int) -> bool:
        """Read an object of simple values and one body, as most are, without looking for more."""
        body, lod, simple = None, -1, []
        for prop in element:
            name = name_of(prop.tag)
            if name.lod >= 0:
                if body is not None or name.role != "surface" or not name.lod:
                    return False
                body, lod = prop, name.lod
            elif name.role != "skip":
                if name.role or len(prop):
                    return False
                simple.append((prop, name))
        if body is None or self.wish is not None:
            return False
        batch = self.walker.batch
        for prop, name in simple:
            self._value(batch.attributes[number], prop, name)
        first = len(batch.face)
        links = self.walker.walk(body)
        batch.run(number, lod, UNKNOWN, first)
        if links:
            self.resolver.resolve(links, number, lod, UNKNOWN, first)
        if len(batch.face) == first:
            marks([body], number, batch)
        return True

    def _read(self, element: Element, number: int) -> None:
        """Look the object over, choose its LoD, then read only the geometries that count."""
        objects: list[Found] = []
        self._look(element, number, objects, 0)
        for found in objects:
            self._choose(found)
        finest = max((found.lod for found in objects[1:] if self._is_part(found)), default=-1)
        if objects[0].lod < finest:
            if self.wish is None and 10 <= objects[0].lod < FINE:
                objects[0].coarse = objects[0].lod
            objects[0].lod = -1
        for found in objects:
            self._geometry(found)

    def _is_part(self, found: Found) -> bool:
        return self.batch.types[found.number].endswith("Part")

    def _look(self, element: Element, number: int, objects: list[Found], depth: int) -> None:
        """Sort the properties of a city object; parts become objects of their own."""
        found = Found(number)
        objects.append(found)
        data = self.batch.attributes[number]
        for prop in element:
            name = name_of(prop.tag)
            if name.lod >= 0:
                self._sort(found, prop, name, UNKNOWN, thematic=False)
            elif name.role != "skip" and not (
                len(prop) and self._inside(found, prop, objects, depth)
            ):
                self._value(data, prop, name)

    def _sort(
        self, found: Found, prop: Element, name: Name, surface: int, *, thematic: bool
    ) -> None:
        """Keep a geometry property where it belongs by LoD and role."""
        if name.role == "surface":
            if thematic:
                found.bounding.setdefault(name.lod, []).append((prop, surface))
            else:
                found.own.setdefault(name.lod, []).append(prop)
        elif name.role == "implicit":
            found.implicit.setdefault(name.lod, []).append(prop)
        elif name.role in ("foot", "edge"):
            found.feet.append((name.role, prop))
        elif name.role in ("line", "point") and not thematic:
            found.marks.append(prop)

    def _inside(self, found: Found, prop: Element, objects: list[Found], depth: int) -> bool:
        """Whether a property holds city objects: bounding surfaces, parts, or inner ones."""
        held = False
        for child in prop:
            name = name_of(child.tag)
            local = name.local
            if name.gml:
                held |= local == "Envelope"
            elif local in THEMATIC:
                self._surface(found, child, THEMATIC[local], depth)
                held = True
            elif local in PARTS:
                if depth < DEEPEST:
                    part = self.batch.begin(f"{len(self.batch.ids)}", PARTS[local], found.number)
                    self._look(child, part, objects, depth + 1)
                held = True
            elif local in INNER:
                self.skipped[local] += 1
                held = True
        return held

    def _surface(self, found: Found, element: Element, surface: int, depth: int) -> None:
        """Keep the geometries of a bounding surface and of its openings."""
        for prop in element:
            name = name_of(prop.tag)
            if name.lod >= 0:
                self._sort(found, prop, name, surface, thematic=True)
            elif len(prop) and name.role != "skip" and depth < DEEPEST:
                for child in prop:
                    local = name_of(child.tag).local
                    if local in THEMATIC:
                        self._surface(found, child, THEMATIC[local], depth + 1)
                    elif local in INNER:
                        self.skipped[local] += 1

    def _value(self, data: values.Values, prop: Element, name: Name) -> None:
        """Keep one attribute."""
        if name.role in ("generic", "set"):
            values.generic(data, prop, name)
        elif name.local == "genericAttribute":
            for child in prop:
                values.generic(data, child, name_of(child.tag))
        elif name.local == "externalReference":
            values.reference(data, prop)
        elif name.local == "address":
            values.address(data, prop)
        elif not len(prop):
            values.leaf(data, values.key_of(prop, name), prop, name, self.lists)
        elif name.local == "height" and name.space.startswith(CITYGML):
            values.height(data, prop)
        elif name.local.startswith("adeOf"):
            for child in prop:
                self._value(data, child, name_of(child.tag))
        else:
            values.nested(data, values.key_of(prop, name), prop, self.lists)

    def _choose(self, found: Found) -> None:
        """Pick the LoD to be read; LoD0 surfaces of a building are footprints."""
        building = self.batch.types[found.number].startswith("Building")
        if building:
            found.feet += [("foot", prop) for prop in found.own.pop(0, [])]
            found.feet += [("foot", prop) for prop, _ in found.bounding.pop(0, [])]
        best = -1
        for lod in {*found.own, *found.bounding, *found.implicit}:
            if best < 0 or better(lod, best, self.wish):
                best = lod
        found.lod = -1 if self.wish == 0 and building else best
        if building and self.wish is None and best >= FINE:
            blocks = [lod for lod in {*found.own, *found.bounding} if 10 <= lod < FINE]
            found.coarse = min(blocks, default=-1)

    def _geometry(self, found: Found) -> None:
        walker, batch, number = self.walker, self.batch, found.number
        start = len(batch.face)
        self._body(found, found.lod)
        if found.coarse >= 0:
            self._body(found, found.coarse)
        for role in ("foot", "edge"):
            props = [prop for which, prop in found.feet if which == role]
            for prop in props:
                first = len(batch.face)
                links = walker.walk(prop)
                batch.run(number, FOOT if role == "foot" else EDGE, UNKNOWN, first)
                self.resolver.resolve(links, number, FOOT, UNKNOWN, first)
            if props:
                break
        if len(batch.face) == start and batch.parent[number] < 0:
            marks([*found.marks, *found.own.get(found.lod, ())], number, batch)

    def _body(self, found: Found, lod: int) -> None:
        """Read everything an object has at one LoD."""
        walker, batch, number = self.walker, self.batch, found.number
        start = len(batch.face)
        for prop, surface in found.bounding.get(lod, ()):
            first = len(batch.face)
            links = walker.walk(prop)
            batch.run(number, lod, surface, first)
            self.resolver.resolve(links, number, lod, surface, start)
        self._own(found, lod, start, len(batch.face))
        for prop in found.implicit.get(lod, ()):
            implicit(prop, number, lod, walker, self.resolver)

    def _own(self, found: Found, lod: int, start: int, bounded: int) -> None:
        """Read an object's own body.

        Where its surfaces already give at least as many faces and a solid names none of them, the
        solid repeats them without their meaning and is left out.
        """
        batch = self.batch
        for prop in found.own.get(lod, ()):
            mark = batch.mark()
            links = self.walker.walk(prop)
            inline = len(batch.face) - mark[0]
            repeated = not links and 0 < inline <= bounded - start
            if repeated and name_of(prop.tag).local.endswith("Solid"):
                self.walker.undo(mark)
                continue
            batch.run(found.number, lod, UNKNOWN, mark[0])
            self.resolver.resolve(links, found.number, lod, UNKNOWN, start)


def _type(element: Element, name: Name) -> str | None:
    """Type for the gathering of units; None to pass over."""
    if name.local == "WaterBody" and any("isk" in child.tag for child in element):
        return HAZARD
    return type_of(name)
