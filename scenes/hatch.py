"""Hatches of what has no number: the same patterns as in the viewer, on the map and in the legend.

A value that is missing, not computable, withheld or stale is never a plain colour, so that nobody
takes it for a class; what an indicator does not apply to is blank. The map's patterns are those of
`viewer/src/shader.ts` (cimState), the legend's those of `.swatch` in `viewer/src/style/base.ts`.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Bools = npt.NDArray[np.bool_]
F64 = npt.NDArray[np.float64]
Colors = npt.NDArray[np.uint8]

PAPER, INK = (226, 226, 223), (163, 165, 166)
"""Between the lines of a hatch, and the lines: the viewer's own in its light theme."""

BLANK, EDGE = (253, 253, 252), (218, 220, 221)
"""The legend's mark of what an indicator does not apply to, and its rim."""

FINER = 4
"""Points looked at for each pixel of a swatch, along each side."""

Size = tuple[int, int]


def on_map(code: npt.NDArray[np.uint8], finer: float = 1.0) -> Bools:
    """Which pixels of a picture lie on a line of the hatch of their state.

    code (H, W): the byte of a state (250 missing, 251 not computable, 253 withheld, 254 stale).
    finer: pixels of this picture for each one of the viewer's.
    """
    high, wide = code.shape
    x = ((np.arange(wide) + 0.5) / finer)[None, :]
    y = ((np.arange(high)[::-1] + 0.5) / finer)[:, None]  # from below, as a graphics card counts
    found = np.zeros(code.shape, bool)
    for state, lines in (
        (250, lambda: (x + y) % 8.0 <= 1.6),
        (251, lambda: np.broadcast_to(y % 7.0 <= 1.4, code.shape)),
        (253, lambda: np.hypot(x % 7.0 - 3.5, y % 7.0 - 3.5) <= 1.5),
        (254, lambda: ((x + y) % 9.0 <= 1.4) | ((x - y) % 9.0 <= 1.4)),
    ):
        here = code == state
        if here.any():
            found |= here & lines()
    return found


def swatch(state: str, size: Size, scale: float = 1.0) -> Colors:
    """The legend's mark of a state: (H, W, 3); size: width and height in pixels.

    scale: pixels of this picture for each one of the viewer's.
    """
    wide, high = size
    if state == "not_applicable":
        found = np.tile(np.array(BLANK, np.uint8), (high, wide, 1))
        found[[0, -1], :] = found[:, [0, -1]] = EDGE
        return found
    x = ((np.arange(wide * FINER) + 0.5) / FINER / scale)[None, :]
    y = ((np.arange(high * FINER) + 0.5) / FINER / scale)[:, None]
    lines = _lines(state, x, y, wide / scale, high / scale)
    share = np.broadcast_to(lines, (high * FINER, wide * FINER)).astype(float)
    share = share.reshape(high, FINER, wide, FINER).mean(axis=(1, 3))[..., None]
    mixed = np.array(PAPER) * (1 - share) + np.array(INK) * share
    return np.asarray(np.rint(mixed), dtype=np.uint8)


def _lines(state: str, x: F64, y: F64, wide: float, high: float) -> Bools:
    """What CSS draws in a box of so many pixels; x from the left, y from above."""
    up, down = (x + high - y) / np.sqrt(2), (wide - x + high - y) / np.sqrt(2)
    if state == "missing":
        return np.asarray(up % 5.6 < 1.5)
    if state == "not_computable":
        return np.asarray((high - y) % 4.4 >= 3.0)
    if state == "withheld":
        return np.asarray(np.hypot(x % 5.0 - 2.5, y % 5.0 - 2.5) < 1.55)
    return np.asarray((up % 6.0 < 1.2) | (down % 6.0 < 1.2))
