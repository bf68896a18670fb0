"""Shapes on their way from the child: appended one by one, so that a crash keeps what was done."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

_HEAD = struct.Struct("<22sII")


@dataclass(frozen=True)
class Shape:
    """One element's triangles: (V, 3) metres in the file's own axes, (T, 3) indices.

    colours (T, 4): red, green, blue, opacity of 255; all 0 where the file gives none.
    """

    guid: str
    vertices: npt.NDArray[np.float64]
    triangles: npt.NDArray[np.uint32]
    colours: npt.NDArray[np.uint8]


def append(handle: BinaryIO, guid: str, vertices: Any, triangles: Any, colours: Any = None) -> None:
    """Write one shape and push it out of the process; without colours it has none."""
    points = np.asarray(vertices, "<f8")
    corners = np.asarray(triangles, "<u4")
    head = _HEAD.pack(guid.encode("ascii", "replace"), points.size // 3, corners.size // 3)
    paint = np.zeros((corners.size // 3, 4), "u1") if colours is None else colours
    handle.write(head + points.tobytes() + corners.tobytes() + paint.astype("u1").tobytes())
    handle.flush()


def shapes(path: Path) -> Iterator[Shape]:
    """Whole records of a file; one that a crash cut off is left out."""
    data = path.read_bytes() if path.is_file() else b""
    at = 0
    while at + _HEAD.size <= len(data):
        name, points, corners = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        painted = at + points * 24 + corners * 12
        end = painted + corners * 4
        if end > len(data):
            return
        vertices = np.frombuffer(data, "<f8", points * 3, at).reshape(-1, 3)
        triangles = np.frombuffer(data, "<u4", corners * 3, at + points * 24).reshape(-1, 3)
        colours = np.frombuffer(data, "u1", corners * 4, painted).reshape(-1, 4)
        yield Shape(name.rstrip(b"\0").decode(), vertices, triangles, colours)
        at = end
