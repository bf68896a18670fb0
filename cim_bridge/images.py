"""Texture images through Pillow, the only place that loads it; nobody's image is trusted."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.materials import Picture

if TYPE_CHECKING:
    from PIL import Image

Pixels = npt.NDArray[np.uint8]

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
    with _opened(picture) as image:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                whole = image.convert("RGBA")
        except Exception as exc:  # a decoder fails as it likes on bytes that lie
            raise BadImage(f"{type(exc).__name__}: {exc}") from exc
        return np.asarray(whole, np.uint8)


def shrunk(part: Pixels, width: int, height: int) -> Pixels:
    """The same picture with fewer pixels, each the mean of those it stands for."""
    if part.shape[:2] == (height, width):
        return part
    from PIL import Image

    return np.asarray(Image.fromarray(part).resize((width, height), Image.Resampling.BOX))


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
