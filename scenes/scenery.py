"""The parts of a still in their colours: buildings, then what lies on the ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cim_bridge.release import ModelRelease
from scenes.coat import PLAIN, ROOF, Codes, Colors, of_layer, paled, pointed_at, shaded
from scenes.surrounds import Draped


@dataclass(frozen=True)
class Scenery:
    """Buildings and layers that are coloured more than once; spotlight: what stands out."""

    release: ModelRelease
    layers: Sequence[Draped]
    spotlight: tuple[str, int] | None

    def colors(self, codes: Sequence[Codes], table: Colors | None) -> Colors:
        """Colour of every triangle by its code; codes: of the buildings, then of each layer."""
        rest = zip(self.layers, codes[1:], strict=True)
        drawn = [self._layer(layer, code, table) for layer, code in rest]
        return np.concatenate([self._bodies(codes[0], table), *drawn])

    def _bodies(self, code: Codes, table: Colors | None) -> Colors:
        mesh = self.release.mesh()
        plain = np.tile(np.array(ROOF, np.uint8), (len(code), 1))
        found = plain if table is None else table[code]
        if self.spotlight is not None:
            inside = _inside(self.release, *self.spotlight)[np.asarray(mesh.feature)]
            found = pointed_at(found, inside) if table is None else paled(found, inside)
        return shaded(found, np.asarray(mesh.vertices)[np.asarray(mesh.triangles)])

    def _layer(self, layer: Draped, code: Codes, table: Colors | None) -> Colors:
        found = of_layer(layer, code, table)
        if self.spotlight is None or layer.name in PLAIN:
            return found
        level, row = self.spotlight
        chosen = layer.row == row if layer.name == level else np.zeros(len(found), bool)
        return paled(found, chosen)


def _inside(release: ModelRelease, level: str, row: int) -> NDArray[np.bool_]:
    """Whether each building lies in a unit (or is it)."""
    if level == "building":
        rows = int(release.manifest["levels"]["building"]["rows"])
        return np.asarray(np.arange(rows) == row)
    return np.asarray(release.parents(level) == row)
