"""How much of a tile's atlas each building needs, so that tiles are cut by it too."""

from __future__ import annotations

import numpy as np

from cim_bridge.geometry.vectors import face_normals
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
    index = np.minimum(look.material, len(pixels) - 1).astype(np.int64)
    uv = look.uv.astype(np.float64)
    u, v = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    shown = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2.0 * pixels[index]
    a, b, c = (source.vertices[source.triangles[:, k]] for k in range(3))
    seen = face_normals(a, b, c)[1] / 2.0 / FINEST**2
    owner = np.repeat(np.arange(len(source)), source.counts)
    texels = np.bincount(owner, np.where(pixels[index] > 0, np.minimum(shown, seen), 0.0))
    share = np.minimum(texels / (_FILLED * WIDEST**2), 1.0)
    return np.maximum(own, (share * MAX_CORNERS).astype(np.int64))
