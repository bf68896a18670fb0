"""xlink:href to geometry: in the same object, elsewhere in the member, elsewhere in the file."""

from __future__ import annotations

from cim_bridge.citygml.batch import Batch
from cim_bridge.citygml.names import THEMATIC, name_of
from cim_bridge.citygml.stream import Element
from cim_bridge.citygml.surfaces import Known, Link, Walker
from cim_bridge.mesh import UNKNOWN


class Resolver:
    """Adds the faces that references name; what is not found yet is asked for in `known`."""

    def __init__(self, walker: Walker, known: Known) -> None:
        self.walker = walker
        self.known = known
        self._member: Element | None = None
        self._by_id: dict[str, Element] | None = None

    @property
    def batch(self) -> Batch:
        """The batch being filled."""
        return self.walker.batch

    def start_member(self, element: Element) -> None:
        """Look references up in this member from now on."""
        self._member, self._by_id = element, None

    def resolve(
        self, links: list[Link], owner: int, lod: int, surface: int, start: int, placement: int = -1
    ) -> None:
        """Add what the links name; faces from `start` on are the object's own already."""
        by_id, flips = self.walker.faces_by_id, self.batch.flips
        for link in links:
            name = link.href.strip()
            if not name.startswith("#"):
                self.known.outside.setdefault(name, self.batch.ids[self.batch.root[owner]])
                continue
            face = by_id.get(name[1:], -1)
            if face >= start:
                if link.turned:
                    flips.append(face)
                continue
            self._fetch(name[1:], link, owner, lod, surface, placement)

    def _fetch(
        self, name: str, link: Link, owner: int, lod: int, surface: int, placement: int
    ) -> None:
        """Copy faces from elsewhere; their orientation turns over where the link says so."""
        element = self.elsewhere(name)
        first = len(self.batch.face)
        if element is not None:
            for rings, turned, look in self.walker.faces_in(element):
                self.batch.copy(rings, turned=turned != link.turned, look=look)
            surface = _meaning(element) if surface == UNKNOWN else surface
        elif name in self.known.faces:
            for rings, look in self.known.faces[name]:
                self.batch.copy(rings, turned=link.turned, look=look)
        else:
            self.known.lacking.setdefault(name, self.batch.ids[self.batch.root[owner]])
        self.batch.run(owner, lod, surface, first, placement)

    def elsewhere(self, name: str) -> Element | None:
        """Return the element of an id anywhere in the member."""
        if self._by_id is None and self._member is not None:
            key = self.walker.gml_id
            self._by_id = {
                found: element
                for element in self._member.iter()
                if (found := element.get(key)) is not None
            }
        return self._by_id.get(name) if self._by_id else None


def _meaning(element: Element) -> int:
    """Surface code by the bounding surface that a polygon lies in."""
    for above in element.iterancestors():
        local = name_of(above.tag).local
        if local in THEMATIC:
            return THEMATIC[local]
    return UNKNOWN
