"""Atlases of tiles: what a wall shows in one is what it shows in its own texture."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cim_bridge.images import BadImage, jpeg, pixels, png, size, webp
from cim_bridge.materials import CLAMP, MIRROR, REPEAT, Material, Picture
from cim_bridge.mesh import NONE
from cim_bridge.tiles.atlas import NEUTRAL, atlas_of
from cim_bridge.tiles.look import Look
from cim_bridge.tiles.packing import packed

SIDE = 64


def _photo(side: int = SIDE) -> np.ndarray:
    """Every pixel tells its own place: red is the column, green the row."""
    row, column = np.mgrid[0:side, 0:side]
    return np.stack([column * 255 // (side - 1), row * 255 // (side - 1), row * 0 + 90], 2).astype(
        np.uint8
    )


def _picture(image: np.ndarray) -> Picture:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    return Picture(data=buffer.getvalue())


def _walls(count: int, metres: float = 4.0) -> np.ndarray:
    """Upright squares of two triangles, (2 * count, 3, 3)."""
    square = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 1], [0, 0, 1]]) * metres
    both = np.array([square[[0, 1, 2]], square[[0, 2, 3]]])
    return np.concatenate([both + np.array([10.0 * k, 0, 0]) for k in range(count)])


def _uv(*boxes: tuple[float, float, float, float]) -> np.ndarray:
    """Texture coordinates of such walls: left, bottom, right, top of each."""
    found = []
    for left, bottom, right, top in boxes:
        corner = np.array([[left, bottom], [right, bottom], [right, top], [left, top]])
        found += [corner[[0, 1, 2]], corner[[0, 2, 3]]]
    return np.array(found, np.float32)


def _seen(image: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Nearest pixel of an atlas at places from its upper left."""
    height, width = image.shape[:2]
    x, y = (uv * [width, height] - 1e-6).astype(int).T
    return image[y, x, :3].astype(int)


def _inner(corners: np.ndarray) -> np.ndarray:
    """A few points inside each triangle, (t * k, 2)."""
    weight = np.array([[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6], [0.34, 0.33, 0.33]])
    return np.einsum("kw,twc->tkc", weight, corners).reshape(-1, 2)


def test_a_wall_shows_in_the_atlas_what_it_shows_in_its_texture() -> None:
    boxes = [(0.1, 0.1, 0.3, 0.2), (0.7, 0.6, 1.0, 1.0), (0.0, 0.5, 0.05, 0.9)]
    look = Look(np.zeros(6, np.uint32), _uv(*boxes), (Material(picture=_picture(_photo())),))
    atlas = atlas_of(look, _walls(3))
    assert atlas.image.shape[0] * atlas.image.shape[1] < SIDE * SIDE
    place = _inner(look.uv.astype(float))
    column, row = place[:, 0] * SIDE, (1 - place[:, 1]) * SIDE
    seen = _seen(atlas.image, _inner(atlas.uv))
    assert np.abs(seen[:, 0] - (column - 0.5) * 255 / (SIDE - 1)).max() < 5
    assert np.abs(seen[:, 1] - (row - 0.5) * 255 / (SIDE - 1)).max() < 5


@pytest.mark.parametrize("wrap", [REPEAT, MIRROR, CLAMP])
def test_a_texture_goes_on_beyond_its_edges_as_it_says(wrap: str) -> None:
    materials = (Material(picture=_picture(_photo()), wrap=wrap),)
    look = Look(np.zeros(2, np.uint32), _uv((-0.5, 0.25, 2.5, 2.0)), materials)
    atlas = atlas_of(look, _walls(1, 12.0))
    place = _inner(look.uv.astype(float))
    if wrap == REPEAT:
        place = place % 1.0
    elif wrap == MIRROR:
        place = np.where(place % 2 < 1, place % 1, 1 - place % 1)
    else:
        place = np.clip(place, 0, 1)
    told = np.column_stack([place[:, 0] * 255, (1 - place[:, 1]) * 255])
    seen = _seen(atlas.image, _inner(atlas.uv))[:, :2]
    far = np.abs(seen - told)
    assert far.max() < 8


def test_many_repetitions_are_no_finer_than_a_wall_can_show() -> None:
    look = Look(
        np.zeros(2, np.uint32), _uv((0, 0, 4000, 4000)), (Material(picture=_picture(_photo())),)
    )
    atlas = atlas_of(look, _walls(1, 8.0), texel=0.05)
    assert max(atlas.image.shape[:2]) <= 256


def test_pixels_are_dropped_that_the_tile_cannot_show() -> None:
    picture = Material(picture=_picture(_photo(512)))
    look = Look(np.zeros(2, np.uint32), _uv((0, 0, 1, 1)), (picture,))
    fine, coarse = (atlas_of(look, _walls(1, 8.0), texel).image for texel in (0.02, 0.25))
    assert fine.shape[:2] == (400 + 8, 512)
    assert coarse.shape[:2] == (40, 64)


def test_colours_are_exact_patches_and_make_a_plain_atlas() -> None:
    materials = (Material((1.0, 0.0, 0.0, 1.0)), Material((0.0, 0.2, 1.0, 0.5)))
    look = Look(np.array([0, 0, 1, 1, NONE, NONE], np.uint32), None, materials)
    atlas = atlas_of(look, _walls(3))
    assert atlas.plain
    seen = _seen(atlas.image, atlas.uv.reshape(-1, 2))
    assert seen[:6].tolist() == [[255, 0, 0]] * 6
    neutral = [round(255 * value) for value in NEUTRAL[:3]]
    assert seen[12:].tolist() == [neutral] * 6
    glass = [round(255 * (c * 0.5 + n * 0.5)) for c, n in zip((0, 0.2, 1), NEUTRAL, strict=False)]
    assert seen[6:12].tolist() == [glass] * 6


def test_an_atlas_is_never_wider_than_asked_and_nothing_is_lost() -> None:
    rng = np.random.default_rng(3)
    materials = tuple(Material(picture=_picture(_photo(200 + k))) for k in range(12))
    material = np.repeat(np.arange(12, dtype=np.uint32), 2)
    look = Look(material, _uv(*[(0, 0, 1, 1)] * 12), materials)
    atlas = atlas_of(look, _walls(12, 50.0), widest=256)
    assert max(atlas.image.shape[:2]) <= 256
    low, high = atlas.uv.min(axis=1), atlas.uv.max(axis=1)
    centre = (low + high)[::2] / 2
    assert len(np.unique(np.round(centre, 6), axis=0)) == 12
    again = atlas_of(look, _walls(12, 50.0), widest=256)
    assert again.image.tobytes() == atlas.image.tobytes()
    sizes = rng.integers(1, 60, (300, 2))
    sheet = packed(sizes, 2048)
    assert sheet is not None
    taken = np.zeros((sheet.height, sheet.width), int)
    for (x, y), (w, h) in zip(sheet.corner, sizes, strict=True):
        taken[y : y + h, x : x + w] += 1
    assert taken.max() == 1
    assert taken.sum() == (sizes[:, 0] * sizes[:, 1]).sum()


def _bomb() -> bytes:
    """A PNG of 100 000 x 100 000 pixels in a few hundred bytes."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    found = b"\x89PNG\r\n\x1a\n"
    for kind, data in ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(4096))), (b"IEND", b"")):
        found += struct.pack(">I", len(data)) + kind + data
        found += struct.pack(">I", zlib.crc32(kind + data))
    return found


def test_an_image_that_cannot_be_used_leaves_its_walls_plain(tmp_path: Path) -> None:
    whole = _picture(_photo()).read()
    bad = [
        Picture(data=b"no image"),
        Picture(data=_bomb()),
        Picture(path=tmp_path / "absent.jpg"),
        Picture(data=whole[: len(whole) // 2]),
    ]
    red = (0.8, 0.1, 0.1, 1.0)
    materials = (
        *(Material(red, picture) for picture in bad), Material(picture=_picture(_photo()))
    )  # fmt: skip
    material = np.repeat(np.arange(5, dtype=np.uint32), 2)
    atlas = atlas_of(Look(material, _uv(*[(0, 0, 1, 1)] * 5), materials), _walls(5))
    assert set(atlas.faults) == {0, 1, 2, 3}
    assert "134" in atlas.faults[1] or "100000" in atlas.faults[1]
    seen = _seen(atlas.image, _inner(atlas.uv)).reshape(5, -1, 3)
    assert seen[:4].tolist() == [[[204, 26, 26]] * 8] * 4
    with pytest.raises(BadImage):
        size(bad[1])
    with pytest.raises(BadImage):
        pixels(bad[3])


def test_encoders_give_the_same_bytes_each_time() -> None:
    image = np.dstack([_photo(), np.full((SIDE, SIDE), 255, np.uint8)])
    for encode in (jpeg, png, webp):
        assert encode(image) == encode(image.copy())
    assert np.array_equal(pixels(Picture(data=png(image))), image)
    assert np.array_equal(pixels(Picture(data=webp(image, exact=True))), image)
