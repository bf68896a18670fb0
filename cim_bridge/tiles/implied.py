"""Implicit tiling: the tiles of a tileset as cells of a quadtree, and the subtrees that list them.

Global: it needs every tile's box, error and content name, but no geometry. Cells follow the middles
of the boxes; what a reader takes a tile's volume and error from are metadata of the subtrees
(TILE_BOUNDING_BOX, TILE_GEOMETRIC_ERROR), because our quadtree is loose.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.tiles.globe import F64, rigid_inverse
from cim_bridge.tiles.tileset import THIN, Tile, asset, number

LEVELS = 5
"""Levels of one subtree: it speaks of up to 341 tiles in 43 bytes of bits."""
CONTENT = "content/{level}/{x}/{y}.glb"
SUBTREE = "subtrees/{level}/{x}/{y}.subtree"
_SMALLEST = 4.0
"""Metres; tiles whose middles are nearer to each other are parted by their order."""

Cell = tuple[int, int, int]
"""Level, x and y."""

_SCHEMA = {
    "id": "cimtwin_tiles",
    "classes": {
        "tile": {
            "properties": {
                "box": {
                    "type": "SCALAR", "componentType": "FLOAT64", "array": True, "count": 12,
                    "required": True, "semantic": "TILE_BOUNDING_BOX",
                },
                "error": {
                    "type": "SCALAR", "componentType": "FLOAT64", "required": True,
                    "semantic": "TILE_GEOMETRIC_ERROR",
                },
            }
        }
    },
}  # fmt: skip


@dataclass(frozen=True)
class Placed:
    """What a cell holds: an oriented box (12,) Earth-centred, an error in metres, a content."""

    box: F64
    error: float
    uri: str | None


@dataclass(frozen=True)
class Implied:
    """An implicit tileset: its cells and the square that is halved, in the root tile's frame."""

    cells: dict[Cell, Placed]
    root: Tile
    middle: F64
    half: float

    @classmethod
    def of(cls, root: Tile) -> Implied:
        """Give every tile a cell, the root the whole square."""
        middle = (root.low + root.high) / 2.0
        half = float(max(root.high[0] - root.low[0], root.high[1] - root.low[1]) / 2.0)
        made = cls({}, root, middle, max(half, THIN))
        made._place(root, (0, 0, 0), middle[:2], made.half)
        return made

    def _place(self, tile: Tile, cell: Cell, middle: F64, half: float) -> None:
        self.cells[cell] = Placed(_box(tile), number(tile.error), tile.uri)
        self._spread(tile.children, self.cells[cell], cell, middle, half)

    def _spread(
        self, tiles: list[Tile], above: Placed, cell: Cell, middle: F64, half: float
    ) -> None:
        """Put tiles into the four cells below; where several meet, a level is put in between.

        Such a level has the box and error of the tile above, so that it is refined exactly when
        that one is: it never leaves a hole.
        """
        level, x, y = cell
        for k, group in enumerate(self._quarters(tiles, middle, half)):
            if not group:
                continue
            right, up = k & 1, k >> 1
            below = (level + 1, x * 2 + right, y * 2 + up)
            centre = middle + (np.array([right, up]) - 0.5) * half
            if len(group) == 1:
                self._place(group[0], below, centre, half / 2.0)
            else:
                self.cells[below] = Placed(above.box, above.error, None)
                self._spread(group, above, below, centre, half / 2.0)

    def _quarters(self, tiles: list[Tile], middle: F64, half: float) -> list[list[Tile]]:
        if half < _SMALLEST:
            return [tiles[k::4] for k in range(4)]
        to_root = rigid_inverse(self.root.frame)
        found: list[list[Tile]] = [[], [], [], []]
        for tile in tiles:
            at = to_root @ tile.frame @ np.append((tile.low + tile.high) / 2.0, 1.0)
            found[int(at[0] >= middle[0]) + 2 * int(at[1] >= middle[1])].append(tile)
        return found

    @property
    def depth(self) -> int:
        """Levels that have tiles."""
        return max(level for level, _, _ in self.cells) + 1

    def document(self, *, synthetic: bool) -> dict[str, Any]:
        """Return tileset.json; contents and subtrees lie in folders beside it."""
        tall = max(float(self.root.high[2] - self.root.low[2]) / 2.0, THIN)
        box = _oriented(self.root.frame, self.middle, np.array([self.half, self.half, tall]))
        error = self.cells[0, 0, 0].error
        return {
            "asset": asset(synthetic),
            "schema": _SCHEMA,
            "geometricError": number(max(self.root.diagonal(), error)),
            "root": {
                "boundingVolume": {"box": box.tolist()},
                "geometricError": error,
                "refine": "REPLACE",
                "content": {"uri": CONTENT},
                "implicitTiling": {
                    "subdivisionScheme": "QUADTREE",
                    "subtreeLevels": LEVELS,
                    "availableLevels": self.depth,
                    "subtrees": {"uri": SUBTREE},
                },
            },
        }

    def subtrees(self) -> dict[Cell, bytes]:
        """Bytes of every subtree, by the cell of its root."""
        below: dict[Cell, list[Cell]] = {}
        for level, x, y in sorted(self.cells):
            up = level % LEVELS
            below.setdefault((level - up, x >> up, y >> up), []).append((level, x, y))
        return {top: _subtree(top, self.cells, below) for top in sorted(below)}

    def contents(self) -> dict[str, str]:
        """`level/x/y` of every content to the name of its file."""
        return {
            f"{level}/{x}/{y}": placed.uri
            for (level, x, y), placed in sorted(self.cells.items())
            if placed.uri is not None
        }


def _box(tile: Tile) -> F64:
    half = np.maximum((tile.high - tile.low) / 2.0, THIN)
    return _oriented(tile.frame, (tile.low + tile.high) / 2.0, half)


def _oriented(frame: F64, middle: F64, half: F64) -> F64:
    centre = frame[:3, :3] @ middle + frame[:3, 3]
    return np.concatenate([centre, (frame[:3, :3] * half).T.ravel()])


def _subtree(top: Cell, cells: dict[Cell, Placed], below: dict[Cell, list[Cell]]) -> bytes:
    """One binary subtree: bits level by level, in Morton order within a level."""
    level, x, y = top
    mine = sorted(below[top], key=lambda cell: (cell[0], _morton(cell, top)))
    first = [(4**step - 1) // 3 for step in range(LEVELS + 1)]
    bit = [first[cell[0] - level] + _morton(cell, top) for cell in mine]
    full = [k for k, cell in zip(bit, mine, strict=True) if cells[cell].uri is not None]
    side = 2**LEVELS
    hanging = sorted(
        _morton(cell, top)
        for cell in below
        if cell[0] == level + LEVELS and (cell[1] // side, cell[2] // side) == (x, y)
    )
    pieces = [
        np.array([cells[cell].box for cell in mine], "<f8").tobytes(),
        np.array([cells[cell].error for cell in mine], "<f8").tobytes(),
        _bits(bit, first[LEVELS]), _bits(full, first[LEVELS]), _bits(hanging, 4**LEVELS),
    ]  # fmt: skip
    views, length = [], 0
    for piece in pieces:
        views.append({"buffer": 0, "byteOffset": length, "byteLength": len(piece)})
        length += len(piece) + -len(piece) % 8
    columns = {"box": {"values": 0}, "error": {"values": 1}}
    document = {
        "buffers": [{"byteLength": length}],
        "bufferViews": views,
        "propertyTables": [{"class": "tile", "count": len(mine), "properties": columns}],
        "tileAvailability": {"bitstream": 2, "availableCount": len(mine)},
        "contentAvailability": [{"bitstream": 3, "availableCount": len(full)}],
        "childSubtreeAvailability": {"bitstream": 4, "availableCount": len(hanging)},
        "tileMetadata": 0,
    }
    text = orjson.dumps(document)
    text += b" " * (-len(text) % 8)
    binary = b"".join(piece + bytes(-len(piece) % 8) for piece in pieces)
    return struct.pack("<4sIQQ", b"subt", 1, len(text), len(binary)) + text + binary


def _morton(cell: Cell, top: Cell) -> int:
    """Place of a cell among all of its level below another."""
    step = cell[0] - top[0]
    x, y = cell[1] - (top[1] << step), cell[2] - (top[2] << step)
    return sum((x >> k & 1) << 2 * k | (y >> k & 1) << 2 * k + 1 for k in range(step))


def _bits(places: list[int], count: int) -> bytes:
    on: npt.NDArray[np.bool_] = np.zeros(count, bool)
    on[places] = True
    return np.packbits(on, bitorder="little").tobytes()
