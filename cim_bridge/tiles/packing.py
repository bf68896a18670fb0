"""Rectangles put into one sheet, shelf by shelf, always in the same way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cim_bridge.tiles.strings import I64


@dataclass(frozen=True)
class Sheet:
    """A sheet of a width and height, and the upper left corner (n, 2) of every rectangle."""

    width: int
    height: int
    corner: I64


def packed(sizes: I64, widest: int) -> Sheet | None:
    """Lay rectangles (n, 2: width, height) on shelves; None when they do not fit `widest`."""
    if not len(sizes):
        return Sheet(0, 0, np.zeros((0, 2), np.int64))
    if int(sizes.max()) > widest:
        return None
    need = max(float((sizes[:, 0] * sizes[:, 1]).sum()) ** 0.5, float(sizes[:, 0].max()))
    width = 1 << max(int(np.ceil(np.log2(need))), 0)
    while width <= widest:
        sheet = _shelves(sizes, width)
        if sheet.height <= min(widest, width):
            return sheet
        width *= 2
    return None


def _shelves(sizes: I64, width: int) -> Sheet:
    """Tallest first; a shelf is as tall as the first rectangle that stands on it."""
    order = np.lexsort((np.arange(len(sizes)), -sizes[:, 0], -sizes[:, 1]))
    corner = np.zeros((len(sizes), 2), np.int64)
    x = y = shelf = 0
    for place in order.tolist():
        wide, tall = int(sizes[place, 0]), int(sizes[place, 1])
        if x + wide > width:
            x, y, shelf = 0, y + shelf, 0
        corner[place] = x, y
        x, shelf = x + wide, max(shelf, tall)
    return Sheet(width, y + shelf, corner)
