"""Appearances: images are checked while reading; materials and texture coordinates on request.

The tiler draws no textures yet, so nothing of this is held in memory unless `read_appearance` is
called; what it returns is keyed by the gml:id of surfaces and rings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from cim_bridge.citygml.numbers import read_numbers
from cim_bridge.citygml.package import inside, package_root
from cim_bridge.citygml.stream import Element, elements
from cim_bridge.crs import F64
from cim_bridge.geometry.faces import I64
from cim_bridge.issues import IssueLog


class Images:
    """Texture images named in one document: are they there, and inside the package?"""

    def __init__(self, document: Path) -> None:
        self._document = document
        self._root = package_root(document)
        self._seen: dict[str, None] = {}

    def note(self, element: Element) -> None:
        """Remember the images named below an element."""
        for image in element.iter("{*}imageURI"):
            if image.text and image.text.strip():
                self._seen[image.text.strip()] = None

    def path(self, uri: str) -> Path | None:
        """File of an image, None when it could lie outside the package."""
        return inside(self._document, self._root, uri)

    def report(self, log: IssueLog) -> None:
        """Add an Issue for images outside the package, and one for images that are absent."""
        paths = {uri: self.path(uri) for uri in self._seen}
        outside = [uri for uri, path in paths.items() if path is None]
        absent = [uri for uri, path in paths.items() if path is not None and not path.is_file()]
        for code, uris in (("TEXTURE_OUTSIDE", outside), ("TEXTURE_MISSING", absent)):
            if uris:
                log.add(code, file=self._document, count=len(uris), image=uris[0][:200])


@dataclass(frozen=True)
class Appearance:
    """Materials and textures of a document.

    colours (M, 4) diffuse red, green, blue and opacity, 0 to 1. images: existing image files.
    surfaces: gml:id of a surface → (material, -1 none; image, -1 none) of the first theme met.
    rings: gml:ids of rings; uv (U, 2) texture coordinates, ring r has uv[offset[r]:offset[r+1]].
    """

    colours: npt.NDArray[np.float32]
    images: list[Path]
    surfaces: dict[str, tuple[int, int]]
    rings: list[str]
    uv: F64
    offset: I64


@dataclass
class _Sheet:
    """What is collected on the way."""

    colours: list[list[float]] = field(default_factory=list)
    images: dict[Path, int] = field(default_factory=dict)
    surfaces: dict[str, tuple[int, int]] = field(default_factory=dict)
    rings: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)


def read_appearance(path: Path, log: IssueLog, theme: str | None = None) -> Appearance:
    """Read materials and textures of a document; a theme restricts them to its own."""
    images, sheet = Images(path), _Sheet()
    for member in elements(path, log):
        images.note(member)
        for one in member.iter("{*}Appearance"):
            name = one.find("{*}theme")
            if theme is None or (name is not None and (name.text or "").strip() == theme):
                _take(one, images, sheet)
    images.report(log)
    values, counts, _ = read_numbers(sheet.texts)
    whole = counts // 2
    keep = np.repeat(counts % 2 == 0, counts)
    offset = np.concatenate(([0], np.cumsum(np.where(counts % 2 == 0, whole, 0))))
    colours = np.array(sheet.colours, np.float32).reshape(-1, 4)
    return Appearance(
        colours, list(sheet.images), sheet.surfaces, sheet.rings,
        values[keep].reshape(-1, 2), offset.astype(np.int64),
    )  # fmt: skip


def _take(appearance: Element, images: Images, sheet: _Sheet) -> None:
    for data in appearance.iter("{*}X3DMaterial"):
        sheet.colours.append(_colour(data))
        for target in data.iter("{*}target"):
            _set(sheet, _target(target), material=len(sheet.colours) - 1)
    for data in appearance.iter("{*}ParameterizedTexture"):
        uri = data.find("{*}imageURI")
        path = images.path(uri.text) if uri is not None and uri.text else None
        if path is None or not path.is_file():
            continue
        number = sheet.images.setdefault(path, len(sheet.images))
        for target in data.iter("{*}target"):
            if target.get("uri"):
                _set(sheet, _target(target), image=number)
        for one in data.iter("{*}textureCoordinates"):
            if one.get("ring") and one.text:
                sheet.rings.append(str(one.get("ring")).lstrip("#"))
                sheet.texts.append(one.text)


def _target(element: Element) -> str:
    """Id of the surface: an attribute in CityGML 1 and 2 textures, else the text."""
    return (element.get("uri") or element.text or "").strip().lstrip("#")


def _set(sheet: _Sheet, surface: str, *, material: int = -1, image: int = -1) -> None:
    if not surface:
        return
    old = sheet.surfaces.get(surface, (-1, -1))
    sheet.surfaces[surface] = (
        old[0] if old[0] >= 0 else material,
        old[1] if old[1] >= 0 else image,
    )


def _colour(data: Element) -> list[float]:
    """Diffuse colour and opacity; CityGML's defaults where they are absent."""
    colour = data.find("{*}diffuseColor")
    clear = data.find("{*}transparency")
    values, _, _ = read_numbers([colour.text or "" if colour is not None else ""])
    rgb = values.tolist() if len(values) == 3 else [0.8, 0.8, 0.8]
    glass, _, _ = read_numbers([clear.text or "" if clear is not None else ""])
    return [*rgb, 1.0 - float(glass[0]) if len(glass) == 1 else 1.0]
