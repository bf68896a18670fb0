"""Which parts of which images a tile's triangles show: patches, as rectangles of pixels.

Triangles that share a corner in an image belong to one patch. A patch outside 0..1 repeats its
image, so its rectangle reaches beyond it and is filled by repeating when it is copied.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.materials import BORDER, CLAMP, MIRROR, Materials
from cim_bridge.tiles.equal import first_equal, numbered
from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.strings import I64


@dataclass(frozen=True)
class Regions:
    """Rectangles of images that are shown.

    material (r,): whose image. box (r, 4): left, top, right, bottom in its pixels, right and
    bottom not included. grain (r,): metres that one pixel covers on the wall it is seen on.
    of (t,): the region of each triangle. at (t, 3, 2): its corners in pixels from the region's
    left and top.
    """

    material: I64
    box: I64
    grain: F64
    of: I64
    at: F64


def regions(
    material: npt.NDArray[Any], uv: F64, area: F64, sizes: I64, materials: Materials
) -> Regions:
    """Find the regions of textured triangles.

    material (t,), uv (t, 3, 2) with v up, area (t,) square metres; sizes (m, 2): pixels of each
    material's image.
    """
    material = material.astype(np.int64)
    wraps = np.array([one.wrap for one in materials])[material]
    patch = _patches(material, uv)
    count = int(patch.max()) + 1
    period = np.select([wraps == MIRROR, np.isin(wraps, (CLAMP, BORDER))], [2.0, np.inf], 1.0)
    uv = uv - _whole(uv, patch, count, period)[patch][:, None, :]
    size = sizes[material]
    spot = np.stack([uv[:, :, 0] * size[:, None, 0], (1.0 - uv[:, :, 1]) * size[:, None, 1]], 2)
    low, high = _extents(spot, patch, count)
    first = np.unique(patch, return_index=True)[1]
    box = np.column_stack([np.floor(low - 0.25), np.ceil(high + 0.25)]).astype(np.int64)
    inside = _held(box, sizes[material[first]])
    inside[:, 2:] = np.maximum(inside[:, 2:], inside[:, :2] + 1)
    boxes, owner = _shared(material[first], inside, sizes)
    of = owner[patch]
    return Regions(
        boxes[:, 0], boxes[:, 1:], _grain(spot, area, of, len(boxes)), of,
        spot - boxes[of, 1:3][:, None, :],
    )  # fmt: skip


def _patches(material: I64, uv: F64) -> I64:
    """Number the patches: triangles of one material that share a corner in its image."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    bits = np.ascontiguousarray(uv.reshape(-1, 2) + 0.0).view(np.uint64)
    distinct, corner = numbered(
        first_equal(np.repeat(material, 3).astype(np.uint64), bits[:, 0], bits[:, 1])
    )
    a, b, c = corner.reshape(-1, 3).T
    ones = np.ones(2 * len(a), np.int8)
    edges = (np.concatenate([a, b]), np.concatenate([b, c]))
    count, label = connected_components(coo_array((ones, edges), (len(distinct),) * 2), False)
    order = np.full(count, len(a))
    np.minimum.at(order, label[a], np.arange(len(a)))
    rank = np.argsort(np.argsort(order))
    return rank[label[a]].astype(np.int64)


def _whole(uv: F64, patch: I64, count: int, period: F64) -> F64:
    """(count, 2) whole periods by which a patch lies away from the image itself."""
    low = np.full((count, 2), np.inf)
    np.minimum.at(low, patch, uv.min(axis=1))
    each = np.zeros((count, 1))
    each[patch, 0] = period
    again = np.isfinite(each)
    step = np.where(again, each, 1.0)
    return np.where(again, np.floor((low + 1e-6) / step) * step, 0.0)


def _extents(spot: F64, patch: I64, count: int) -> tuple[F64, F64]:
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, patch, spot.min(axis=1))
    np.maximum.at(high, patch, spot.max(axis=1))
    return low, high


def _held(box: I64, size: I64) -> I64:
    """Rectangles that leave the image by no more than rounding stay inside."""
    limit = np.column_stack([np.zeros_like(size), size])
    slight: npt.NDArray[np.bool_] = np.all(box[:, :2] >= -1, axis=1)
    slight &= np.all(box[:, 2:] <= size + 1, axis=1)
    inside = np.clip(box, np.tile(limit[:, :2], 2), np.tile(limit[:, 2:], 2))
    inside[:, :2] = np.minimum(inside[:, :2], np.maximum(size - 1, 0))
    return np.where(slight[:, None], inside, box)


def _shared(material: I64, box: I64, sizes: I64) -> tuple[I64, I64]:
    """Equal rectangles once; all of an image by one where that is less than each by its own."""
    within = (box[:, :2] >= 0).all(axis=1) & (box[:, 2:] <= sizes[material]).all(axis=1)
    rows = np.column_stack([material, box])
    unique, owner = np.unique(rows, axis=0, return_inverse=True)
    owner = owner.reshape(-1)
    inside = np.zeros(len(unique), bool)
    inside[owner] = within
    key = np.where(inside, unique[:, 0], len(sizes) + np.arange(len(unique)))
    _, group = np.unique(key, return_inverse=True)
    low = np.full((int(group.max()) + 1, 2), np.iinfo(np.int64).max)
    high = np.full_like(low, -1)
    np.minimum.at(low, group, unique[:, 1:3])
    np.maximum.at(high, group, unique[:, 3:5])
    whole = (high - low).prod(axis=1)
    each = np.bincount(group, (unique[:, 3:5] - unique[:, 1:3]).prod(axis=1))
    one = (whole <= each)[group]
    merged = np.where(
        one[:, None], np.column_stack([unique[:, 0], low[group], high[group]]), unique
    )
    final, again = np.unique(merged, axis=0, return_inverse=True)
    return final, again.reshape(-1)[owner]


def _grain(spot: F64, area: F64, of: I64, count: int) -> F64:
    """Metres a pixel covers, by area; infinite where a region shows a single point."""
    a, b = spot[:, 1] - spot[:, 0], spot[:, 2] - spot[:, 0]
    shown = np.bincount(of, np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2.0, count)
    walls = np.bincount(of, area, count)
    found: F64 = np.sqrt(np.divide(walls, shown, out=np.full(count, np.inf), where=shown > 1e-9))
    return found
