"""Levels of detail of the buildings: block massing far away, blocks of their own, all of them near.

Geometric errors are metres that were measured. Where images are shown, an error also stands for
their texels: viewers keep a tile until its error covers 16 pixels (what Cesium and others do by
default), so a texel of t metres, which should cover one, counts as 16 t.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from cim_bridge.geometry.vectors import face_normals
from cim_bridge.tiles.atlas import Atlas
from cim_bridge.tiles.blocks import Blocks
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.massing import Massing
from cim_bridge.tiles.part import Part
from cim_bridge.tiles.quadtree import MAX_CORNERS, MAX_FEATURES, Node
from cim_bridge.tiles.shades import Shades
from cim_bridge.tiles.strings import I64
from cim_bridge.tiles.tileset import Tile, lifted

Content = Callable[[FeatureSet, I64], tuple[Part, str]]
"""Writes the chosen features of a set as one content; returns its part and its file name."""

TOLERANCE = 16.0
"""Pixels of error that viewers allow by default."""
MIDDLE = 0.25
"""Metres a texel covers in the middle level of textured buildings."""
FACADE = 1.0
"""Metres: blocks in mean colours lose what is smaller than this on a facade."""

_WORTH = 0.5
"""Massing is written where it has less than this share of the buildings' own corners."""
_BLOCKS_WORTH = 0.8
"""So are blocks: they save less, but keep every building apart."""
_SMALLER = 0.5
"""Massing is written below massing only where it stands for less than this share of it."""
_RICH = 1 << 18
"""Pixels from which on an atlas is worth a smaller one above it, a quarter of it or less."""


@dataclass
class Details:
    """Turns the quadtree of the buildings into tiles; massed: whether any showed block massing."""

    buildings: FeatureSet
    massing: Massing | None
    blocks: Blocks | None
    shades: Shades
    content: Content
    massed: bool = False

    def tile(self, node: Node, above: float = np.inf, *, blocked: bool = False) -> Tile:
        """Make the tile of a node and all below.

        above: pieces in the massing that covers it; blocked: blocks cover it already.
        """
        as_blocks = not blocked and self._as_blocks(node.features)
        pieces = None if blocked or as_blocks else self._pieces(node, above)
        covered = above if pieces is None else float(len(pieces))
        if node.children:
            below = [
                self.tile(child, covered, blocked=blocked or as_blocks) for child in node.children
            ]
            tile = Tile.above(lifted(below))
        else:
            tile = self._finest(node.features)
        if as_blocks and self.blocks is not None:
            return self._blocks(tile, node.features, self.blocks)
        if pieces is None or self.massing is None or not node.children:
            return tile
        self.massed = True
        part, uri = self.content(self.massing.features, pieces)
        return tile.with_content(part, uri, float(np.percentile(self.massing.error[pieces], 90)))

    def _finest(self, chosen: I64) -> Tile:
        """The buildings themselves; below a smaller atlas where theirs is rich."""
        part, uri = self.content(self.buildings, chosen)
        tile = Tile.leaf(part, uri)
        if part.atlas is None:
            return tile
        self.shades.note(self.buildings, chosen, part.atlas)
        if not self._rich(part.atlas, chosen):
            return tile
        part, uri = self.content(replace(self.buildings, texel=MIDDLE), chosen)
        return Tile.above([tile]).with_content(part, uri, TOLERANCE * MIDDLE)

    def _rich(self, atlas: Atlas, chosen: I64) -> bool:
        """Whether an atlas is much larger than one of the middle level would be."""
        pixels = int(atlas.image.shape[0] * atlas.image.shape[1])
        if atlas.plain or pixels < _RICH:
            return False
        triangles, _ = self.buildings.corners(chosen)
        a, b, c = (self.buildings.vertices[triangles[:, k]] for k in range(3))
        walls = float(face_normals(a, b, c)[1].sum()) / 2.0
        return pixels > 4.0 * walls / MIDDLE**2

    def _blocks(self, tile: Tile, chosen: I64, blocks: Blocks) -> Tile:
        """Put the chosen buildings' blocks above a tile."""
        source = self.shades.worn(blocks.features, chosen)
        error = float(np.percentile(blocks.error[chosen], 90))
        if self._photographed(chosen):
            error = max(error, TOLERANCE * FACADE)
        part, uri = self.content(source, np.arange(len(source)))
        below = tile if tile.uri is None else Tile.above([tile])
        return below.with_content(part, uri, error)

    def _photographed(self, chosen: I64) -> bool:
        look = self.buildings.looks(chosen)
        return look is not None and look.uv is not None

    def _as_blocks(self, chosen: I64) -> bool:
        """Whether blocks of these buildings fit one tile and are worth it."""
        if self.blocks is None:
            return False
        corners = int(self.blocks.features.counts[chosen].sum()) * 2
        own = int(self.buildings.counts[chosen].sum()) * 2
        fits = len(chosen) <= MAX_FEATURES and corners <= MAX_CORNERS
        return fits and (corners < _BLOCKS_WORTH * own or self._photographed(chosen))

    def _pieces(self, node: Node, above: float) -> I64 | None:
        """Massing features to write at a node; None where it would not pay or not fit."""
        if self.massing is None or not node.children:
            return None
        pieces = np.unique(self.massing.piece[node.features])
        corners = int(self.massing.features.counts[pieces].sum()) * 2
        own = int(self.buildings.counts[node.features].sum()) * 2
        fits = len(pieces) <= MAX_FEATURES and corners <= MAX_CORNERS
        pays = corners < _WORTH * own and len(pieces) < _SMALLER * above
        return pieces if fits and pays else None
