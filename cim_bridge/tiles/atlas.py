"""One image for all the looks of a tile: the parts of textures it shows, and patches of colour.

Only what is seen is copied, no finer than the tile can show it. Colours of materials are patches
in the same image, so that a tile is still one draw.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.vectors import face_normals
from cim_bridge.images import BadImage, Decoded, Pixels, decoded, size
from cim_bridge.materials import BORDER, CLAMP, MIRROR, WHITE, Colour, Materials
from cim_bridge.mesh import NONE
from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.look import Look
from cim_bridge.tiles.packing import Sheet, packed
from cim_bridge.tiles.regions import Regions, regions
from cim_bridge.tiles.strings import I64

WIDEST = 2048
"""Pixels along an atlas: every device that runs WebGL 2 takes it."""
FINEST = 0.03
"""Metres of wall a texel covers at least in the finest tile."""
NEUTRAL: Colour = (0.93, 0.93, 0.92, 1.0)
"""What has no material looks like everything in a tile without looks."""

_PAD, _ALIGN, _PATCH = 4, 8, 8
"""Pixels repeated around a region, so that two levels of mip maps do not mix neighbours."""


@dataclass(frozen=True)
class Atlas:
    """image (H, W, 4); uv (t, 3, 2) from its upper left, 0 to 1; plain: nothing but colours.

    faults: pictures that could not be used, by their number in the materials, and why.
    """

    image: Pixels
    uv: F64
    plain: bool
    faults: dict[int, str]

    @property
    def cutout(self) -> bool:
        """Whether some of it is to be seen through."""
        return bool((self.image[:, :, 3] < 128).any())


def atlas_of(look: Look, corners: F64, texel: float = FINEST, widest: int = WIDEST) -> Atlas:
    """Draw the atlas of triangles (t, 3, 3) in metres; no texel smaller than `texel` metres."""
    sizes, faults = image_sizes(look)
    known = look.material != NONE
    index = np.where(known, look.material, 0).astype(np.int64)
    textured = known & (sizes[index, 0] > 0)
    uv = np.zeros((len(corners), 3, 2))
    shown: Regions | None = None
    if textured.any() and look.uv is not None:
        chosen = look.uv[textured].astype(np.float64)
        area = face_normals(*(corners[textured, k] for k in range(3)))[1] / 2.0
        shown = regions(look.material[textured], chosen, area, sizes, look.materials)
    colours, colour_of = _colours(look, ~textured)
    drawn = _drawn(shown, texel)
    sheet, drawn = _sheet(drawn, len(colours), widest)
    image = _canvas(sheet, colours)
    if shown is not None:
        broken = _copy(image, shown, drawn, sheet, look.materials)
        faults |= broken
        corner = sheet.corner[: len(drawn)][shown.of] + _PAD
        box = shown.box[shown.of]
        scale = drawn[shown.of] / (box[:, 2:] - box[:, :2])
        uv[textured] = corner[:, None, :] + shown.at * scale[:, None, :]
    middle = sheet.corner[len(drawn) :] + _PATCH / 2.0
    uv[~textured] = middle[colour_of][:, None, :]
    _patches(image, sheet.corner[len(drawn) :], colours)
    height, width = image.shape[:2]
    return Atlas(image, uv / np.array([width, height]), shown is None, faults)


def image_sizes(look: Look) -> tuple[I64, dict[int, str]]:
    """(m, 2) pixels of every material's image that is used and can be; faults of the others."""
    found = np.zeros((max(len(look.materials), 1), 2), np.int64)
    faults: dict[int, str] = {}
    if look.uv is None:
        return found, faults
    for number in np.unique(look.material[look.material != NONE]).tolist():
        picture = look.materials[number].picture
        if picture is None:
            continue
        try:
            found[number] = size(picture)
        except BadImage as exc:
            faults[number] = str(exc)
    return found, faults


def _colours(look: Look, bare: npt.NDArray[np.bool_]) -> tuple[Pixels, I64]:
    """Colours of triangles without image: (c, 4), and the colour of each of those triangles."""
    table = np.array([_solid(one.colour) for one in look.materials] + [_solid(NEUTRAL)], np.uint8)
    which = np.minimum(look.material[bare].astype(np.int64), len(table) - 1)
    found, of = np.unique(table[which], axis=0, return_inverse=True)
    return found.reshape(-1, 4), of.reshape(-1)


def _solid(colour: Colour) -> tuple[int, int, int, int]:
    """Glass is drawn as what stands behind it would shine through: a mix with the neutral."""
    clear = 1.0 - colour[3]
    mixed = [colour[k] * colour[3] + NEUTRAL[k] * clear for k in range(3)]
    red, green, blue = (round(255 * min(max(value, 0.0), 1.0)) for value in mixed)
    return red, green, blue, 255


def _drawn(shown: Regions | None, texel: float) -> I64:
    """(r, 2) pixels of every region as it is drawn."""
    if shown is None:
        return np.zeros((0, 2), np.int64)
    whole = shown.box[:, 2:] - shown.box[:, :2]
    scale = np.minimum(shown.grain / texel, 1.0)
    found: I64 = np.maximum(np.ceil(whole * scale[:, None] - 1e-9), 1).astype(np.int64)
    return found


def _sheet(drawn: I64, colours: int, widest: int) -> tuple[Sheet, I64]:
    """Place regions and patches; all regions shrink alike until they fit."""
    patches = np.full((colours, 2), _PATCH, np.int64)
    drawn = np.minimum(drawn, widest - 2 * _PAD)
    while True:
        padded = -(-(drawn + 2 * _PAD) // _ALIGN) * _ALIGN
        sheet = packed(np.concatenate([padded, patches]), widest)
        if sheet is not None:
            tall = max(-(-sheet.height // _ALIGN) * _ALIGN, _ALIGN)
            return replace(sheet, width=max(sheet.width, _ALIGN), height=tall), drawn
        drawn = np.maximum((drawn * 0.9).astype(np.int64), 1)


def _canvas(sheet: Sheet, colours: Pixels) -> Pixels:
    return _flat(sheet.width, sheet.height, colours[0] if len(colours) else _solid(NEUTRAL))


def _flat(width: int, height: int, colour: npt.ArrayLike) -> Pixels:
    return np.tile(np.asarray(colour, np.uint8), (height, width, 1))


def _patches(image: Pixels, corner: I64, colours: Pixels) -> None:
    for (x, y), colour in zip(corner.tolist(), colours, strict=True):
        image[y : y + _PATCH, x : x + _PATCH] = colour


def _copy(
    image: Pixels, shown: Regions, drawn: I64, sheet: Sheet, materials: Materials
) -> dict[int, str]:
    """Copy every region into its place; each image is decoded once."""
    faults: dict[int, str] = {}
    for number in np.unique(shown.material).tolist():
        one = materials[number]
        try:
            source = decoded(one.picture) if one.picture is not None else None
        except BadImage as exc:
            faults[number], source = str(exc), None
        for region in np.flatnonzero(shown.material == number).tolist():
            wide, tall = (int(value) for value in drawn[region])
            if source is None:
                part = _flat(wide, tall, _solid(one.colour))
            else:
                part = _cropped(source, shown.box[region], one.wrap, wide, tall)
                part = _tinted(part, one.colour)
            x, y = (int(value) for value in sheet.corner[region])
            _place(image, part, x, y)
    return faults


def _place(image: Pixels, part: Pixels, x: int, y: int) -> None:
    """Lay a part with its edges repeated around it."""
    tall, wide = part.shape[:2]
    right = -(-(wide + 2 * _PAD) // _ALIGN) * _ALIGN - wide - _PAD
    below = -(-(tall + 2 * _PAD) // _ALIGN) * _ALIGN - tall - _PAD
    padded = np.pad(part, ((_PAD, below), (_PAD, right), (0, 0)), mode="edge")
    image[y : y + padded.shape[0], x : x + padded.shape[1]] = padded


def _cropped(source: Decoded, box: I64, wrap: str, wide: int, tall: int) -> Pixels:
    """A rectangle of an image in fewer pixels; it goes on beyond the edges as `wrap` says."""
    width, height = source.width, source.height
    left, top, right, bottom = box.tolist()
    if left >= 0 and top >= 0 and right <= width and bottom <= height:
        return source.part((left, top, right, bottom), wide, tall)
    across, down = wide / (right - left), tall / (bottom - top)
    small = source.part(
        (0, 0, width, height), max(round(width * across), 1), max(round(height * down), 1)
    )
    columns = _wrapped(left * across + np.arange(wide) + 0.5, small.shape[1], wrap)
    rows = _wrapped(top * down + np.arange(tall) + 0.5, small.shape[0], wrap)
    return small[rows[:, None], columns[None, :]]


def _wrapped(place: F64, length: int, wrap: str) -> I64:
    index = np.floor(place).astype(np.int64)
    if wrap in (CLAMP, BORDER):
        index = np.clip(index, 0, length - 1)
    elif wrap == MIRROR:
        folded = index % (2 * length)
        index = np.where(folded < length, folded, 2 * length - 1 - folded)
    else:
        index = index % length
    return index


def _tinted(part: Pixels, colour: Colour) -> Pixels:
    if colour == WHITE:
        return part
    tint = np.array([*colour[:3], 1.0])
    found: Pixels = np.rint(part * tint).astype(np.uint8)
    return found
