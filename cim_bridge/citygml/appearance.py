"""Appearances of CityGML 1.0 to 3.0: what each surface wears, by the gml:id of surfaces and rings.

They stand anywhere in a document, before or after what wears them, so a document that has any is
read once for them alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from cim_bridge.citygml.numbers import read_numbers
from cim_bridge.citygml.stream import Element, elements, local
from cim_bridge.crs import F64
from cim_bridge.geometry.faces import I64
from cim_bridge.issues import IssueLog
from cim_bridge.materials import BORDER, CLAMP, MIRROR, REPEAT, Colour, Material, Materials
from cim_bridge.pictures import Pictures

_SIGNS = (b"X3DMaterial", b"ParameterizedTexture", b"GeoreferencedTexture")
_HOLDER = b"Appearance"
"""Stands before the signs, around them; looking for one word takes a third of the time."""
WRAPS = {"wrap": REPEAT, "mirror": MIRROR, "clamp": CLAMP, "border": BORDER, "none": BORDER}
"""Wrap modes of CityGML as ours."""
_HIGHEST = 12
"""Ancestors of a polygon that are asked for what they wear: members, surfaces, solids."""


class Wear(NamedTuple):
    """What a surface wears: rows of the materials, and of the generators; -1 none."""

    material: int = -1
    image: int = -1
    generator: int = -1


@dataclass(frozen=True)
class Appearance:
    """Materials and textures of a document.

    wears: gml:id of a surface → what it wears. rings: gml:id of a ring → its number r, whose
    texture coordinates are uv[offset[r]:offset[r + 1]], v up. generators (G, 3, 4): from
    coordinates as written to texture coordinates, for surfaces that have none of their own.
    """

    materials: Materials
    wears: dict[str, Wear]
    rings: dict[str, int]
    uv: F64
    offset: I64
    generators: F64

    def worn_by(self, face: Element, gml_id: str) -> Wear | None:
        """Return what a polygon wears itself, or else the surface or solid around it."""
        element, image, material = face, None, None
        for _ in range(_HIGHEST):
            found = self.wears.get(element.get(gml_id) or "")
            if found is not None:
                image = image or (found if found.image >= 0 else None)
                material = material or (found if found.material >= 0 else None)
            element = element.getparent()
            if element is None or image is not None:
                break
        if image is None:
            return material
        return image if material is None else image._replace(material=material.material)


@dataclass
class _Theme:
    """What one theme says."""

    images: dict[str, tuple[int, int]] = field(default_factory=dict)
    materials: dict[str, int] = field(default_factory=dict)
    rings: dict[str, int] = field(default_factory=dict)


@dataclass
class _Sheet:
    """What is collected on the way, by theme."""

    pictures: Pictures
    table: dict[Material, int] = field(default_factory=dict)
    themes: dict[str, _Theme] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    generators: list[str] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


_PIECE = 1 << 20
"""Bytes of a document that are looked at together."""


def has_appearance(path: Path) -> bool:
    """Whether a document says how anything looks."""
    longest, tail, held = max(map(len, _SIGNS)), b"", False
    with path.open("rb") as handle:
        while piece := handle.read(_PIECE):
            text = tail + piece
            held = held or _HOLDER in text
            if held and any(sign in text for sign in _SIGNS):
                return True
            tail = piece[-longest:]
    return False


def read_appearance(path: Path, log: IssueLog) -> Appearance | None:
    """Read how a document's surfaces look; None when it does not say.

    Of several themes the one with most textures is taken, and the one with most materials; broken
    XML is left to the reading of the document itself to tell.
    """
    if not has_appearance(path):
        return None
    sheet = _Sheet(Pictures(path))
    for member in elements(path, IssueLog()):
        for one in _appearances(member):
            name = one.find("{*}theme")
            theme = (name.text or "").strip() if name is not None else ""
            _take(one, sheet, sheet.themes.setdefault(theme, _Theme()))
    sheet.pictures.report(log)
    for kind, count in sorted(sheet.skipped.items()):
        log.add("TEXTURE_KIND_SKIPPED", file=path, kind=kind, count=count)
    return _chosen(sheet, path, log)


def _appearances(member: Element) -> Iterator[Element]:
    yield from member.iter("{*}Appearance")


def _chosen(sheet: _Sheet, path: Path, log: IssueLog) -> Appearance | None:
    names = sorted(sheet.themes)
    if not names:
        return None
    image = min(names, key=lambda name: (-len(sheet.themes[name].images), name))
    colour = min(names, key=lambda name: (-len(sheet.themes[name].materials), name))
    textured, coloured = sheet.themes[image], sheet.themes[colour]
    taken = {
        name for name, held in ((image, textured.images), (colour, coloured.materials)) if held
    }
    others = [name or "—" for name in names if name not in taken]
    if others and taken:
        theme = ", ".join(name or "—" for name in sorted(taken))
        log.add("THEMES_OTHER", file=path, theme=theme, others=", ".join(others))
    wears = {name: Wear(material=row) for name, row in coloured.materials.items()}
    for name, (row, generator) in textured.images.items():
        wears[name] = wears.get(name, Wear())._replace(image=row, generator=generator)
    values, counts, _ = read_numbers(sheet.texts)
    even = counts % 2 == 0
    offset = np.concatenate(([0], np.cumsum(np.where(even, counts // 2, 0)))).astype(np.int64)
    return Appearance(
        tuple(sheet.table), wears, textured.rings, values[np.repeat(even, counts)].reshape(-1, 2),
        offset, _generators(sheet.generators),
    )  # fmt: skip


def _generators(texts: list[str]) -> F64:
    """(G, 3, 4) matrices; one that is no matrix maps everything to one point."""
    found = np.zeros((len(texts), 3, 4))
    for number, text in enumerate(texts):
        values, _, _ = read_numbers([text])
        if len(values) == 12:
            found[number] = values.reshape(3, 4)
    return found


def _take(appearance: Element, sheet: _Sheet, theme: _Theme) -> None:
    for data in appearance.iter("{*}X3DMaterial"):
        row = _row(sheet, Material(_colour(data)))
        for target in data.iter("{*}target"):
            theme.materials.setdefault(_name(target.text), row)
    for data in appearance.iter("{*}ParameterizedTexture"):
        _texture(data, sheet, theme)
    for data in appearance.iter("{*}GeoreferencedTexture"):
        sheet.skipped[local(data)] += 1


def _texture(data: Element, sheet: _Sheet, theme: _Theme) -> None:
    uri = data.find("{*}imageURI")
    picture = sheet.pictures.take(uri.text or "") if uri is not None else None
    if picture is None:
        return
    wrap = WRAPS.get((data.findtext("{*}wrapMode") or "wrap").strip(), REPEAT)
    row = _row(sheet, Material(picture=picture, wrap=wrap))
    for surface, holder in _targets(data):
        generator = -1
        matrix = next(holder.iter("{*}worldToTexture"), None)
        if matrix is not None:
            generator = len(sheet.generators)
            sheet.generators.append(matrix.text or "")
        theme.images.setdefault(surface, (row, generator))
        for ring, text in _coordinates(holder):
            if ring not in theme.rings:
                theme.rings[ring] = len(sheet.texts)
                sheet.texts.append(text)


def _targets(data: Element) -> Iterator[tuple[str, Element]]:
    """Surfaces that a texture covers, and the element that says how: in 1.0 and 2.0 the target
    itself, in 3.0 an association beside it."""
    for target in data.iter("{*}target"):
        uri = target.get("uri")
        if uri is not None:
            yield _name(uri), target
        elif target.text and target.text.strip():
            yield _name(target.text), target.getparent()


def _coordinates(holder: Element) -> Iterator[tuple[str, str]]:
    """Rings and the text of their coordinates: by an attribute, in 3.0 by order."""
    for one in holder.iter("{*}TexCoordList"):
        texts = [item for item in one if local(item) == "textureCoordinates"]
        rings = [_name(item.text) for item in one if local(item) == "ring"]
        named = [_name(item.get("ring")) for item in texts]
        for name, item in zip(named if all(named) else rings, texts, strict=False):
            if name and item.text:
                yield name, item.text


def _name(uri: str | None) -> str:
    return (uri or "").strip().rpartition("#")[2]


def _row(sheet: _Sheet, material: Material) -> int:
    return sheet.table.setdefault(material, len(sheet.table))


def _colour(data: Element) -> Colour:
    """Diffuse colour and opacity; CityGML's defaults where they are absent."""
    rgb = _numbers(data.findtext("{*}diffuseColor"))
    clear = _numbers(data.findtext("{*}transparency"))
    red, green, blue = np.clip(rgb, 0.0, 1.0).tolist() if len(rgb) == 3 else (0.8, 0.8, 0.8)
    opacity = 1.0 - float(np.clip(clear[0], 0.0, 1.0)) if len(clear) == 1 else 1.0
    return red, green, blue, opacity


def _numbers(text: str | None) -> npt.NDArray[np.float64]:
    values, _, _ = read_numbers([text or ""])
    return values
