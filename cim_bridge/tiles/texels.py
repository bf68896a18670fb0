"""How much of a tile's atlas each building needs, so that tiles are cut by it too."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.vectors import face_normals
from cim_bridge.mesh import F32, U32
from cim_bridge.table import ROWS
from cim_bridge.tiles.atlas import FINEST, WIDEST, image_sizes
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.quadtree import MAX_CORNERS
from cim_bridge.tiles.strings import I64

_FILLED = 0.6
"""Share of an atlas that can be filled."""


def loads(source: FeatureSet) -> I64:
    """Vertices (n,) by which a feature counts: its own, or what its textures stand for."""
    own = source.counts * 2
    look = source.look
    if look is None or look.uv is None:
        return own
    sizes, _ = image_sizes(look)
    pixels = np.append(sizes.prod(axis=1), 0)
    found = np.array(own)
    for start in range(0, len(source), ROWS):
        end = min(start + ROWS, len(source))
        texels = _texels(source, look.material, look.uv, pixels, start, end)
        share = np.minimum(texels / (_FILLED * WIDEST**2), 1.0)
        found[start:end] = np.maximum(own[start:end], (share * MAX_CORNERS).astype(np.int64))
        source.release()
    return found


def _texels(
    source: FeatureSet, material: U32, uvs: F32, pixels: I64, first: int, last: int
) -> npt.NDArray[np.float64]:
    """Texels that features first to last - 1 show, no finer than is stored."""
    a, b = int(source.first[first]), int(source.first[last])
    index = np.minimum(material[a:b], len(pixels) - 1).astype(np.int64)
    uv = uvs[a:b].astype(np.float64)
    u, v = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    shown = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2.0 * pixels[index]
    corners = (source.vertices[source.triangles[a:b, k]] for k in range(3))
    seen = face_normals(*corners)[1] / 2.0 / FINEST**2
    owner = np.repeat(np.arange(last - first), np.diff(source.first[first : last + 1]))
    worn = np.where(pixels[index] > 0, np.minimum(shown, seen), 0.0)
    return np.asarray(np.bincount(owner, worn, last - first), np.float64)
