"""Appearances of CityJSON: which material and which part of which image each face wears."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.faces import I64, Faces, read_faces
from cim_bridge.issues import IssueLog
from cim_bridge.materials import BORDER, CLAMP, MIRROR, REPEAT, Colour, Material, Materials
from cim_bridge.pictures import Pictures

F32 = npt.NDArray[np.float32]

_WRAPS = {"wrap": REPEAT, "mirror": MIRROR, "clamp": CLAMP, "border": BORDER, "none": BORDER}
_NULL = b"1099511627776"
"""Stands for null among texture vertices: no file has as many."""
_GREY = (0.8, 0.8, 0.8)


class Values(msgspec.Struct, gc=False):
    """What one theme says of a geometry."""

    values: msgspec.Raw = msgspec.Raw(b"")
    value: int | None = None


class _Appearance(msgspec.Struct):
    materials: list[dict[str, Any]] = []
    textures: list[dict[str, Any]] = []
    vertices: list[tuple[float, float]] = msgspec.field(
        name="vertices-texture", default_factory=list
    )
    texture_theme: str = msgspec.field(name="default-theme-texture", default="")
    material_theme: str = msgspec.field(name="default-theme-material", default="")


_THEMES = msgspec.json.Decoder(dict[str, Values])


@dataclass
class Wardrobe:
    """All appearances of one document, one after the other.

    materials: the table; texture, material: its row for each texture and material as numbered in
    the document. uv: texture vertices. bases: how many textures, materials and texture vertices
    came before those of each city object (textures of a feature are numbered from zero).
    """

    pictures: Pictures
    table: dict[Material, int] = field(default_factory=dict)
    texture: list[int] = field(default_factory=list)
    material: list[int] = field(default_factory=list)
    uv: list[F32] = field(default_factory=list)
    themes: list[str] = field(default_factory=lambda: ["", ""])
    vertices: int = 0
    bases: I64 | None = None

    @property
    def materials(self) -> Materials:
        """The table as a mesh carries it."""
        return tuple(self.table)

    def add(self, raw: msgspec.Raw | bytes, log: IssueLog) -> tuple[int, int, int]:
        """Take one `appearance` object; returns where its own numbers start."""
        start = len(self.texture), len(self.material), self.vertices
        try:
            found = msgspec.json.decode(bytes(raw) or b"{}", type=_Appearance)
        except (msgspec.MsgspecError, RecursionError) as exc:
            log.add("APPEARANCE_BROKEN", file=self.pictures.document, reason=exc)
            return start
        self.themes = [found.texture_theme or self.themes[0],
                       found.material_theme or self.themes[1]]  # fmt: skip
        for one in found.textures:
            picture = self.pictures.take(str(one.get("image", "")))
            wrap = _WRAPS.get(str(one.get("wrapMode", "wrap")), REPEAT)
            row = -1 if picture is None else self._row(Material(picture=picture, wrap=wrap))
            self.texture.append(row)
        self.material += [self._row(Material(_colour(one))) for one in found.materials]
        self.uv.append(np.array(found.vertices, np.float32).reshape(-1, 2))
        self.vertices += len(found.vertices)
        return start

    def _row(self, material: Material) -> int:
        return self.table.setdefault(material, len(self.table))


def wardrobe_of(path: Path, raw: msgspec.Raw, log: IssueLog) -> Wardrobe | None:
    """Return the appearances of a document whose objects share one; None when it has none."""
    if not bytes(raw):
        return None
    wardrobe = Wardrobe(Pictures(path))
    wardrobe.add(raw, log)
    wardrobe.pictures.report(log)
    return wardrobe


def wardrobe_of_features(
    path: Path, header: msgspec.Raw, each: Sequence[tuple[msgspec.Raw, int]], log: IssueLog
) -> Wardrobe | None:
    """Return the appearances of a sequence: the header's, and each feature's own instead of it.

    each: the appearance and the number of city objects of every feature.
    """
    if not bytes(header) and not any(bytes(raw) for raw, _ in each):
        return None
    wardrobe = Wardrobe(Pictures(path))
    shared = wardrobe.add(header, log)
    own = [wardrobe.add(raw, log) if bytes(raw) else shared for raw, _ in each]
    bases = np.array(own, np.int64).reshape(-1, 3)
    wardrobe.bases = np.repeat(bases, [count for _, count in each], axis=0)
    wardrobe.pictures.report(log)
    return wardrobe


def _colour(one: dict[str, Any]) -> Colour:
    """Diffuse colour and opacity; CityGML's grey where it is absent or no colour."""
    rgb, clear = one.get("diffuseColor", _GREY), one.get("transparency", 0.0)
    numbers = isinstance(rgb, list | tuple) and len(rgb) == 3
    if not numbers or not all(isinstance(value, int | float) for value in rgb):
        rgb = _GREY
    red, green, blue = (min(max(float(value), 0.0), 1.0) for value in rgb)
    opacity = 1.0 - float(clear) if isinstance(clear, int | float) else 1.0
    return red, green, blue, min(max(opacity, 0.0), 1.0)


def dressed(
    faces: Faces, looks: Sequence[tuple[bytes, bytes]], wardrobe: Wardrobe, owner: I64,
    ids: Sequence[str], log: IssueLog, file: str,
) -> tuple[I64, F32]:  # fmt: skip
    """Row of the table for every face (-1 none), and texture coordinates of every corner.

    looks: text of `texture` and of `material` of every geometry (as faces.owner counts them);
    owner: their city objects. A texture goes before a material.
    """
    textures = _of_theme([one[0] for one in looks], wardrobe.themes[0], log, file)
    materials = _of_theme([one[1] for one in looks], wardrobe.themes[1], log, file)
    none = np.zeros(3, np.int64)
    bases = wardrobe.bases if wardrobe.bases is not None else np.tile(none, (len(ids), 1))
    base = bases[owner][faces.owner]
    plain = _looked_up(_materials(materials, faces), base[:, 1], wardrobe.material)
    which, place, bad = _textures(textures, faces, base, wardrobe.vertices)
    if bad.any():
        first = ids[int(owner[faces.owner[bad]][0])]
        log.add("TEXTURE_PLACE_BROKEN", file=file, id=first, count=int(bad.sum()))
    image = _looked_up(which, base[:, 0], wardrobe.texture)
    every = np.concatenate([np.zeros((1, 2), np.float32), *wardrobe.uv])
    return np.where(image >= 0, image, plain), every[place + 1]


def _looked_up(number: I64, base: I64, table: list[int]) -> I64:
    rows = np.array([*table, -1], np.int64)
    at = np.where(number >= 0, number + base, len(table))
    found: I64 = rows[np.where(at < len(table), at, len(table))]
    return found


def _of_theme(texts: list[bytes], wanted: str, log: IssueLog, file: str) -> list[Values | None]:
    """What one theme says of each geometry: the default one, else the one most often used."""
    known: list[dict[str, Values]] = []
    broken = 0
    for text in texts:
        try:
            known.append(_THEMES.decode(text) if text else {})
        except msgspec.MsgspecError:
            known.append({})
            broken += 1
    if broken:
        log.add("APPEARANCE_BROKEN", file=file, reason=f"{broken} geometries")
    counts = Counter(name for one in known for name in one)
    if not counts:
        return [None] * len(texts)
    theme = wanted if wanted in counts else min(counts, key=lambda name: (-counts[name], name))
    if len(counts) > 1:
        others = ", ".join(sorted(name or "—" for name in counts if name != theme))
        log.add("THEMES_OTHER", file=file, theme=theme or "—", others=others)
    return [one.get(theme) for one in known]


def _materials(given: list[Values | None], faces: Faces) -> I64:
    """Number of the material of every face, -1 none."""
    single = np.array(
        [-1 if one is None or one.value is None else one.value for one in given], np.int64
    )
    found: I64 = single[faces.owner]
    texts = [bytes(one.values) if one is not None else b"" for one in given]
    if not any(texts):
        return found
    raw = b"\0".join(texts).replace(b"null", b"-1")
    parsed = np.fromstring(raw.translate(_NUMBERS), dtype=np.int64, sep=" ")
    text = np.frombuffer(raw, np.uint8)
    digit = (text >= 0x30) & (text <= 0x39)
    start = np.flatnonzero(digit & ~np.concatenate(([False], digit[:-1])))
    of = np.searchsorted(np.flatnonzero(text == 0), start)
    fits = np.bincount(of, minlength=len(given)) == np.bincount(faces.owner, minlength=len(given))
    found[fits[faces.owner]] = parsed[fits[of]]
    return found


_NUMBERS = bytes(c if chr(c) in "-0123456789" else 0x20 for c in range(256))


def _textures(
    given: list[Values | None], faces: Faces, base: I64, vertices: int
) -> tuple[I64, I64, npt.NDArray[np.bool_]]:
    """Number of each face's texture (-1 none), texture vertex of each corner (-1), misfits."""
    texts = [bytes(one.values).replace(b"null", _NULL) if one else b"" for one in given]
    which, place = np.full(len(faces), -1, np.int64), np.full(len(faces.corner), -1, np.int64)
    bad = np.zeros(len(faces), bool)
    if not any(texts):
        return which, place, bad
    told = read_faces(texts)
    fits, given_any = _alike(faces, told, len(texts))
    bad = (given_any & ~fits)[faces.owner]
    mine, theirs = fits[faces.owner], told.select(fits[told.owner])
    rings = np.flatnonzero(np.repeat(mine, np.diff(faces.face)))
    start, length = faces.ring[rings], np.diff(faces.ring)[rings]
    told_length = np.diff(theirs.ring)
    worn = told_length == length + 1
    wrong = ~worn & (told_length != 1)
    face_of = np.repeat(np.arange(len(faces)), np.diff(faces.face))[rings]
    corner_of = np.repeat(np.arange(len(rings))[worn], length[worn])
    step = np.arange(len(corner_of)) - np.repeat(np.cumsum(length[worn]) - length[worn],
                                                 length[worn])  # fmt: skip
    spot = theirs.corner[theirs.ring[corner_of] + 1 + step] + base[face_of[corner_of], 2]
    outside = spot >= vertices
    np.logical_or.at(bad, face_of[wrong], True)
    np.logical_or.at(bad, face_of[corner_of[outside]], True)
    place[start[corner_of] + step] = np.where(outside, -1, spot)
    number = np.where(worn, theirs.corner[theirs.ring[:-1]], -1)
    least = np.full(len(faces), np.iinfo(np.int64).max)
    np.minimum.at(least, face_of, number)
    which = np.where((least < np.iinfo(np.int64).max) & ~bad, least, -1)
    return which, place, bad


def _alike(faces: Faces, told: Faces, count: int) -> tuple[Any, Any]:
    """Geometries whose textures have the same faces and rings, and those that tell any."""
    rings, told_rings = np.diff(faces.face), np.diff(told.face)
    number, told_number = (np.bincount(one.owner, minlength=count) for one in (faces, told))
    fits = (number == told_number) & (number > 0)
    same = rings[fits[faces.owner]] == told_rings[fits[told.owner]]
    odd = faces.owner[fits[faces.owner]][~same]
    fits[odd] = False
    return fits, told_number > 0
