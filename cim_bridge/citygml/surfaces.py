"""The faces of a geometry property: rings are taken in document order, references resolved.

GML nests surfaces in many ways (Solid, CompositeSurface, MultiSurface, Surface with patches,
TriangulatedSurface, OrientableSurface). All of them come down to polygons of rings in order, so
one walk over the few element names that matter serves every one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from cim_bridge.citygml.appearance import Appearance
from cim_bridge.citygml.batch import Batch, Look, Mark
from cim_bridge.citygml.names import XLINK_HREF
from cim_bridge.citygml.stream import Element

_KINDS = {
    "Polygon": "face", "PolygonPatch": "face", "Triangle": "face", "Rectangle": "face",
    "LinearRing": "ring", "Ring": "ring", "posList": "text", "pos": "text",
    "coordinates": "text", "surfaceMember": "link", "solidMember": "link", "baseSurface": "link",
    "OrientableSurface": "turn", "controlPoint": "stop", "MultiCurve": "stop",
    "MultiPoint": "stop", "geometryMember": "link",
}  # fmt: skip
TAGS = tuple(f"{{*}}{name}" for name in _KINDS)
FACES = ("{*}Polygon", "{*}PolygonPatch", "{*}Triangle", "{*}Rectangle")


@dataclass
class Known:
    """Geometry met before and wanted again: id → faces, each a list of ring texts and a look."""

    faces: dict[str, list[tuple[list[str], Look]]] = field(default_factory=dict)
    appearance: Appearance | None = None
    lacking: dict[str, str] = field(default_factory=dict)
    outside: dict[str, str] = field(default_factory=dict)
    """lacking, outside: what could not be found, or must not be followed → who names it."""


class Link(NamedTuple):
    """A reference met in a geometry: what it names, whether it turns the face over."""

    href: str
    turned: bool


class Walker:
    """Walks geometry properties of one document and fills the batch with faces."""

    def __init__(self, gml_id: str, batch: Batch, appearance: Appearance | None = None) -> None:
        self.gml_id = gml_id
        self.batch = batch
        self.appearance = appearance
        self.faces_by_id: dict[str, int] = {}
        self.srs_names: dict[str, str] = {}
        self._kind: dict[str, str] = {}
        gml = gml_id.removesuffix("id")
        self._plain = [f"{gml}{name}" for name in ("Polygon", "LinearRing", "posList")]
        self._member = [f"{gml}surfaceMember", *self._plain]

    def start_member(self) -> None:
        """Forget the polygons of the member before."""
        self.faces_by_id.clear()

    def walk(self, holder: Element) -> list[Link]:
        """Add the faces in a property or geometry; returns the references in it."""
        batch, kinds, gml_id = self.batch, self._kind, self.gml_id
        texts, face, by_id = batch.texts, batch.face, self.faces_by_id
        whole = holder.get(XLINK_HREF)
        if whole is None and self.appearance is None and self._walked_plainly(holder):
            return []
        links = [Link(whole, False)] if whole is not None else []
        turned: set[Element] = set()
        parts: list[str] = []
        first, outside, listening = len(texts), len(face), False
        for element in holder.iter(*TAGS):
            kind = kinds.get(element.tag) or self._learn(element.tag)
            if kind == "text":
                if listening:
                    parts.append(self._text(element))
                continue
            if kind == "link":
                href = element.get(XLINK_HREF)
                if href is not None:
                    links.append(Link(href, element in turned))
                continue
            if parts:
                texts.append(parts[0] if len(parts) == 1 else " ".join(parts))
                parts.clear()
            listening = kind == "ring" and len(face) > outside
            if self.appearance is not None:
                self._dress(element, kind, self.appearance)
            if kind == "face":
                name = element.get(gml_id)
                if name is not None:
                    by_id[name] = len(face)
                if turned and element in turned:
                    batch.flips.append(len(face))
                face.append(len(texts))
            elif kind == "turn":
                turned ^= _turned_by(element)
        if parts:
            texts.append(" ".join(parts))
        self._note(holder, first)
        return links

    def _walked_plainly(self, holder: Element) -> bool:
        """Take polygons whose rings are one list each all at once, if there is nothing else."""
        found = list(holder.iter(*TAGS))
        tags = [element.tag for element in found]
        count = len(found) // 4
        if tags == self._member * count:
            starts: Sequence[int] = range(count)
            links, polygons, lists = found[::4], found[1::4], found[3::4]
        else:
            links = [e for e, tag in zip(found, tags, strict=True) if _links(tag)]
            places = self._starts([tag for tag in tags if not _links(tag)])
            if places is None:
                return False
            starts = places
            polygons, lists = ([e for e in found if e.tag == self._plain[k]] for k in (0, 2))
        batch, gml_id = self.batch, self.gml_id
        if any([link.get(XLINK_HREF) is not None for link in links]):  # noqa: C419 - few, and faster
            return False
        if "2" in [element.get("srsDimension") for element in lists]:
            return False
        face, text = len(batch.face), len(batch.texts)
        batch.texts += [element.text or "" for element in lists]
        batch.face += [text + start for start in starts]
        names = [polygon.get(gml_id) for polygon in polygons]
        if names.count(None) < len(names):
            self.faces_by_id |= {name: face + k for k, name in enumerate(names) if name is not None}
        self._note(holder, text)
        return True

    def _starts(self, tags: list[str]) -> list[int] | None:
        """Lists before each polygon where all else is rings of one list; None where it is not."""
        polygon, *pair = self._plain
        places = [place for place, tag in enumerate(tags) if tag == polygon]
        rest = [tag for tag in tags if tag != polygon]
        before = [place - number for number, place in enumerate(places)]
        if before[:1] != [0] or rest != pair * (len(rest) // 2) or any(n % 2 for n in before):
            return None
        return [number // 2 for number in before]

    def _dress(self, element: Element, kind: str, appearance: Appearance) -> None:
        """Note what the face that begins here wears, or which coordinates the ring has."""
        batch = self.batch
        if kind == "face":
            found = appearance.worn_by(element, self.gml_id)
            if found is not None:
                batch.worn[len(batch.face)] = found
        elif kind == "ring":
            number = appearance.rings.get(element.get(self.gml_id) or "")
            if number is not None:
                batch.ring_of[len(batch.texts)] = number

    def _text(self, element: Element) -> str:
        if element.get("srsDimension") == "2":
            self.batch.dims[len(self.batch.texts)] = 2
        plain = element.tag[-11:] != "coordinates"
        return element.text or "" if plain else tuples(element)

    def _learn(self, tag: str) -> str:
        kind = self._kind[tag] = _KINDS[tag.rpartition("}")[2]]
        return kind

    def _note(self, holder: Element, first: int) -> None:
        """Remember the srsName of a geometry, and that its texts are 2D where it says so."""
        geometry = holder[0] if len(holder) else holder
        name = geometry.get("srsName")
        if name is not None and name not in self.srs_names:
            self.srs_names[name] = geometry.get(self.gml_id) or ""
        if geometry.get("srsDimension") == "2":
            self.batch.dims.update((text, 2) for text in range(first, len(self.batch.texts)))

    def faces_in(self, element: Element) -> list[tuple[list[str], bool, Look]]:
        """Rings of every face in an element, whether it is turned, and its look.

        The batch stays the same.
        """
        batch = self.batch
        mark = batch.mark()
        ids = dict(self.faces_by_id)
        self.walk(element)
        turned = set(batch.flips[mark[2] :])
        found = [
            (batch.rings_of(face), face in turned, batch.look_of(face))
            for face in range(mark[0], len(batch.face))
        ]
        batch.undo(mark)
        self.faces_by_id.clear()
        self.faces_by_id.update(ids)
        return found

    def undo(self, mark: Mark) -> None:
        """Take back every face since the mark."""
        self.batch.undo(mark)
        for name in [name for name, face in self.faces_by_id.items() if face >= mark[0]]:
            del self.faces_by_id[name]


@lru_cache(maxsize=256)
def _links(tag: str) -> bool:
    return _KINDS[tag.rpartition("}")[2]] == "link"


def _turned_by(orientable: Element) -> set[Element]:
    """Polygons and references below a surface of negative orientation."""
    if orientable.get("orientation", "+").strip() != "-":
        return set()
    return set(orientable.iter(*FACES, "{*}surfaceMember", "{*}baseSurface"))


def tuples(element: Element) -> str:
    """gml:coordinates ("x,y,z x,y,z") as a list of numbers parted by blanks."""
    text = element.text or ""
    decimal = element.get("decimal", ".")
    text = text.replace(element.get("cs", ","), " ").replace(element.get("ts", " "), " ")
    return text if decimal == "." else text.replace(decimal, ".")
