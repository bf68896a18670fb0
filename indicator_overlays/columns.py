"""Overlay columns: one little-endian element per unit row of a level.

u8 holds class codes, u16 a continuous ramp, f32 numbers for export. States sit at the top of the
integer ranges; a unit without any value is `missing`, a removed unit is `no unit`.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from dataclasses import dataclass
from pathlib import Path

import brotli
import numpy as np
import numpy.typing as npt

from cim_bridge.brotlied import exists, read_plain, write_packed
from indicator_overlays.breaks import Breaks

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
Rows = npt.NDArray[np.integer]

STATE_CODES: dict[str, int] = {
    "missing": 250,
    "not_computable": 251,
    "not_applicable": 252,
    "withheld": 253,
    "stale": 254,
}
"""u8 code of every state that has no class."""

NO_UNIT = 255
NUMBER = 0
"""State code of a value that has a number and a class (measured, computed, adjusted)."""

U16_TOP = 65499
U16_STATES = 65280
"""u16 code of a state = U16_STATES + its u8 code (65530 to 65535)."""

BROTLI_QUALITY, GZIP_LEVEL = 9, 6
QUICK_BROTLI = 5
"""Quality for columns above LARGE: a twelfth more bytes for a quarter of the time."""
SMALL = 1024
"""Files below so many bytes are not compressed ahead: headers would cost more than they save."""
LARGE = 262_144
_SAMPLE = 32_768
_SAVED = 0.2
"""What packing a large column must save: numbers with noise hardly shrink, and stay plain."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The values of one indicator at one level in one year.

    row: unit rows (unique). value: float64, NaN where there is no number. state: NUMBER or the u8
    code of the state.
    """

    row: npt.NDArray[np.uint32]
    value: Floats
    state: Bytes


def class_codes(cells: Cells, breaks: Breaks) -> Bytes:
    """u8 code of each cell: its class, or its state's code."""
    has = cells.state == NUMBER
    codes = cells.state.copy()
    codes[has] = breaks.classify(cells.value[has])
    return codes


def u8_column(cells: Cells, codes: Bytes, removed: npt.NDArray[np.bool_]) -> Bytes:
    """Class codes of a whole level; `removed` marks tombstones, one element per row."""
    column = np.full(len(removed), STATE_CODES["missing"], np.uint8)
    column[cells.row] = codes
    column[removed] = NO_UNIT
    return column


def u16_column(
    cells: Cells, domain: tuple[float, float], removed: npt.NDArray[np.bool_]
) -> npt.NDArray[np.uint16]:
    """Linear 0..65499 over the domain (min, max of all years), states at the top."""
    low, high = domain
    scale = U16_TOP / (high - low) if high > low else 0.0
    column = np.full(len(removed), U16_STATES + STATE_CODES["missing"], "<u2")
    has = cells.state == NUMBER
    levels = np.rint((cells.value[has] - low) * scale)
    column[cells.row[has]] = np.clip(levels, 0, U16_TOP).astype(np.uint16)
    column[cells.row[~has]] = (U16_STATES + cells.state[~has].astype(np.uint32)).astype(np.uint16)
    column[removed] = U16_STATES + NO_UNIT
    return column


def f32_column(
    cells: Cells, breaks: Breaks, removed: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """Numbers as float32, NaN where there is none; rounding never moves a value over a break."""
    column = np.full(len(removed), np.nan, "<f4")
    column[cells.row] = same_class_float32(cells.value, breaks)
    column[removed] = np.nan
    return column


def same_class_float32(values: Floats, breaks: Breaks) -> npt.NDArray[np.float32]:
    """Round to float32; where that would change the class, take the neighbour that does not.

    Classes narrower than a float32 step (1e-7 of the value) cannot be kept apart.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        largest = np.finfo(np.float32).max
        short = np.clip(values, -largest, largest).astype(np.float32)
        has = np.isfinite(values)
        moved = np.zeros(len(values), bool)
        moved[has] = breaks.classify(short[has].astype(np.float64)) != breaks.classify(values[has])
        toward = np.where(short.astype(np.float64) > values, -np.inf, np.inf).astype(np.float32)
        return np.where(moved, np.nextafter(short, toward), short)


def write_column(folder: Path, column: npt.NDArray[np.generic], suffix: str) -> tuple[str, str]:
    """Write a column named by its content; return (uri, sha256).

    A small one lies plain with br and gz beside it. A large one is kept packed alone (see
    cim_bridge/brotlied.py), or plain alone where its bytes hardly shrink. Read it by `read_column`.
    """
    body = column.tobytes()
    digest = hashlib.sha256(body).hexdigest()
    path = folder / f"{digest[:32]}.{suffix}"
    if not exists(path):
        if len(body) > LARGE and _shrinks(body):
            write_packed(path, brotli.compress(body, quality=QUICK_BROTLI))
        else:
            path.write_bytes(body)
            if SMALL <= len(body) <= LARGE:
                _write_copies(path, body)
    return f"{folder.name}/{path.name}", digest


def _write_copies(path: Path, body: bytes) -> None:
    packed = brotli.compress(body, quality=BROTLI_QUALITY)
    path.with_name(path.name + ".br").write_bytes(packed)
    path.with_name(path.name + ".gz").write_bytes(gzip.compress(body, GZIP_LEVEL, mtime=0))


def read_column(path: Path) -> bytes:
    """The plain bytes of a column, however it is kept."""
    return read_plain(path)


def _shrinks(body: bytes) -> bool:
    """Whether packing is worth its time, judged by three samples."""
    starts = (0, len(body) // 2, len(body) - _SAMPLE)
    sample = b"".join(body[start : start + _SAMPLE] for start in starts)
    return len(zlib.compress(sample, 1)) <= (1 - _SAVED) * len(sample)
