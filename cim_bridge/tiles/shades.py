"""The mean colours of walls and roofs, by which blocks stand for textured buildings from afar."""

from __future__ import annotations

import numpy as np

from cim_bridge.geometry.vectors import face_normals
from cim_bridge.materials import Material
from cim_bridge.mesh import NONE
from cim_bridge.tiles.atlas import Atlas
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.look import Look
from cim_bridge.tiles.strings import I64

_INNER = np.array([[0.6, 0.2, 0.2], [0.2, 0.6, 0.2], [0.2, 0.2, 0.6], [0.34, 0.33, 0.33]])
"""Where a triangle's colours are taken, as weights of its corners."""
_STEP = 8
"""Steps of 256 in which colours are told apart: a tile needs few."""
_UPWARD = 0.5


class Shades:
    """Sums of colours by feature, walls and roofs apart, weighted by area."""

    def __init__(self, features: int) -> None:
        self._features = features
        self._sum, self._weight = np.zeros((0, 2, 3)), np.zeros((0, 2))

    def note(self, source: FeatureSet, chosen: I64, atlas: Atlas) -> None:
        """Take the colours of the chosen features as the atlas shows them."""
        if not len(self._sum):
            self._sum = np.zeros((self._features, 2, 3))
            self._weight = np.zeros((self._features, 2))
        triangles, place = source.corners(chosen)
        roof, area = _roof_and_area(source, triangles)
        height, width = atlas.image.shape[:2]
        spots = np.einsum("kw,twc->tkc", _INNER, atlas.uv) * [width, height]
        x, y = (np.clip(spots[:, :, k].astype(np.int64), 0, n - 1)
                for k, n in ((0, width), (1, height)))  # fmt: skip
        colour = atlas.image[y, x, :3].mean(axis=1)
        feature = chosen[place]
        np.add.at(self._sum, (feature, roof), colour * area[:, None])
        np.add.at(self._weight, (feature, roof), area)

    def worn(self, blocks: FeatureSet, chosen: I64) -> FeatureSet:
        """The chosen blocks alone, in their building's colours; bare where none are known."""
        part = blocks.take(chosen)
        if not len(self._sum):
            return part
        triangles, place = part.corners(np.arange(len(part)))
        roof, _ = _roof_and_area(part, triangles)
        total, weight = self._sum[chosen], self._weight[chosen]
        mean = _filled(total, weight)
        known = weight.sum(axis=1) > 0
        steps = np.minimum(np.rint(mean / _STEP) * _STEP, 255.0)[place, roof]
        table, row = np.unique(steps, axis=0, return_inverse=True)
        material = np.where(known[place], row.reshape(-1), NONE).astype(np.uint32)
        materials = tuple(
            Material((red / 255.0, green / 255.0, blue / 255.0, 1.0))
            for red, green, blue in table.tolist()
        )
        return part.wearing(Look(material, None, materials))


def _filled(total: F64, weight: F64) -> F64:
    """Mean colours; walls lend theirs to roofs without any, and the other way round."""
    both = np.where(weight[:, :, None] > 0, total, total[:, ::-1])
    by = np.where(weight > 0, weight, weight[:, ::-1])
    return np.asarray(both / np.maximum(by, 1e-12)[:, :, None], np.float64)


def _roof_and_area(source: FeatureSet, triangles: I64) -> tuple[I64, F64]:
    a, b, c = (source.vertices[triangles[:, k]] for k in range(3))
    normal, length = face_normals(a, b, c)
    return (normal[:, 2] > _UPWARD * length).astype(np.int64), length / 2.0
