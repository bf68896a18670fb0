"""Texture images through Pillow, the only place that loads it; nobody's image is trusted."""

from __future__ import annotations

import io
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.materials import Picture

if TYPE_CHECKING:
    from PIL import Image

Pixels = npt.NDArray[np.uint8]
Box = tuple[int, int, int, int]

FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
MAX_PIXELS = 1 << 27
"""134 million, 512 MiB when decoded: a larger image is refused before a pixel is made."""
MAX_BYTES = 1 << 28

JPEG_QUALITY, WEBP_QUALITY = 85, 80


class BadImage(ValueError):
    """An image that cannot be used; the text says why."""


def size(picture: Picture) -> tuple[int, int]:
    """Width and height in pixels as the header says; raises BadImage."""
    with _opened(picture) as image:
        return image.size


def pixels(picture: Picture) -> Pixels:
    """(H, W, 4) red, green, blue, opacity, from the top; raises BadImage."""
    return decoded(picture).part((0, 0, *size(picture)))


class Decoded:
    """A decoded image, of which parts are taken."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self.width, self.height = image.size
        self.bytes = self.width * self.height * len(image.getbands())

    def part(self, box: Box, width: int = 0, height: int = 0) -> Pixels:
        """(height, width, 4) of a rectangle (left, top, right, bottom); smaller where asked.

        A pixel of a smaller part is the mean of those it stands for.
        """
        from PIL import Image

        own = (box[2] - box[0], box[3] - box[1])
        wanted = (width or own[0], height or own[1])
        if wanted == own:
            part = self._image if box == (0, 0, *self._image.size) else self._image.crop(box)
        else:
            part = self._image.resize(wanted, Image.Resampling.BOX, box=box)
        return np.asarray(part.convert("RGBA"), np.uint8)


class _Shelf:
    """The images decoded last: neighbouring tiles, and levels of one tile, show the same ones."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._held: OrderedDict[Picture, Decoded] = OrderedDict()
        self._bytes = 0

    def get(self, picture: Picture) -> Decoded:
        found = self._held.get(picture)
        if found is None:
            found = self._held[picture] = _decode(picture)
            self._bytes += found.bytes
        self._held.move_to_end(picture)
        while self._bytes > self._budget and len(self._held) > 1:
            self._bytes -= self._held.popitem(last=False)[1].bytes
        return found


_SHELF = _Shelf(192 << 20)


def decoded(picture: Picture) -> Decoded:
    """Decode an image, or take it from those decoded last; raises BadImage."""
    return _SHELF.get(picture)


def _decode(picture: Picture) -> Decoded:
    with _opened(picture) as image:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                plain = image.mode if image.mode in ("L", "RGB", "RGBA") else "RGBA"
                has_key = plain == "RGB" and "transparency" in image.info
                whole = image.convert("RGBA" if has_key else plain)
        except Exception as exc:  # a decoder fails as it likes on bytes that lie
            raise BadImage(f"{type(exc).__name__}: {exc}") from exc
    return Decoded(whole)


def jpeg(image: Pixels) -> bytes:
    """JPEG without opacity, colours at full resolution so that neighbours do not bleed."""
    return _encoded(image[:, :, :3], "JPEG", quality=JPEG_QUALITY, subsampling=0, optimize=True)


def png(image: Pixels) -> bytes:
    """PNG, with opacity only where there is some."""
    opaque = bool((image[:, :, 3] == 255).all())
    return _encoded(image[:, :, :3] if opaque else image, "PNG", optimize=True)


def webp(image: Pixels, *, exact: bool = False) -> bytes:
    """WebP, lossless when it must be exact; the same pixels give the same bytes."""
    opaque = bool((image[:, :, 3] == 255).all())
    plain = image[:, :, :3] if opaque else image
    return _encoded(plain, "WEBP", quality=WEBP_QUALITY, method=4, lossless=exact)


def _encoded(image: Pixels, kind: str, **options: Any) -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(buffer, kind, **options)
    return buffer.getvalue()


def _opened(picture: Picture) -> Image.Image:
    from PIL import Image

    try:
        source = _source(picture)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # its own bomb warning: the limit below is ours
            image = Image.open(source, formats=FORMATS)
    except BadImage:
        raise
    except Exception as exc:  # Pillow raises many kinds on bytes that lie
        raise BadImage(f"{type(exc).__name__}: {exc}") from exc
    width, height = image.size
    if width * height > MAX_PIXELS or not width or not height:
        image.close()
        raise BadImage(f"{width} x {height} pixels, more than {MAX_PIXELS >> 20} million")
    return image


def _source(picture: Picture) -> Path | io.BytesIO:
    if picture.data is not None:
        return io.BytesIO(picture.data)
    if picture.path is None or not picture.path.is_file():
        raise BadImage("the file is not there")
    if picture.path.stat().st_size > MAX_BYTES:
        raise BadImage(f"the file is larger than {MAX_BYTES >> 20} MiB")
    return picture.path
