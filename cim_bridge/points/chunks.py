"""Points of a file, a chunk at a time, in the file's own coordinates (runs in the child)."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

CHUNK = 1_000_000

Chunk = tuple[npt.NDArray[np.float64], npt.NDArray[np.uint16] | None]
"""(N, 3) coordinates; (N, 3) red, green, blue of 16 bits, or None."""


def chunks(path: Path, kind: str) -> Iterator[Chunk]:
    """Every point of the file."""
    read = {"las": _las, "ply": _ply, "xyz": _xyz}[kind]
    yield from read(path)


def las_crs(path: Path) -> str | None:
    """WKT of the system that a LAS header names."""
    with import_module("laspy").open(str(path)) as file:
        try:
            crs = file.header.parse_crs()
        except Exception:  # noqa: BLE001 - a system that PROJ does not know counts as none
            return None
    if crs is None:
        return None
    authority = crs.to_authority(min_confidence=100)
    return ":".join(authority) if authority else str(crs.to_wkt())


def _las(path: Path) -> Iterator[Chunk]:
    with import_module("laspy").open(str(path)) as file:
        colored = "red" in set(file.header.point_format.dimension_names)
        for part in file.chunk_iterator(CHUNK):
            points = np.column_stack([np.asarray(part[axis], np.float64) for axis in "xyz"])
            rgb = None
            if colored:
                rgb = np.column_stack([np.asarray(part[name]) for name in ("red", "green", "blue")])
            yield points, _sixteen(rgb)


def _ply(path: Path) -> Iterator[Chunk]:
    cloud: Any = import_module("trimesh").load(str(path), file_type="ply", process=False)
    points = np.asarray(cloud.vertices, np.float64)
    colors = getattr(cloud, "colors", None)
    rgb = None
    if colors is not None and len(colors) == len(points):
        rgb = np.asarray(colors)[:, :3].astype(np.uint16)
    for start in range(0, len(points), CHUNK):
        stop = start + CHUNK
        yield points[start:stop], _sixteen(None if rgb is None else rgb[start:stop])


def _xyz(path: Path) -> Iterator[Chunk]:
    import pandas as pd

    with path.open("rb") as handle:
        first = handle.readline()
    separator = next((s for s in (",", ";") if s.encode() in first), r"\s+")
    titled = any(byte in first for byte in b"abcdfghijklmnopqrstuvwxyzXYZRGBI\"'/")
    frames = pd.read_csv(
        path, sep=separator, header=None, skiprows=1 if titled else 0, chunksize=CHUNK,
        dtype=np.float64, comment="#",
    )  # fmt: skip
    for frame in frames:
        values = frame.to_numpy(np.float64)
        if values.shape[1] < 3:
            raise ValueError(f"{values.shape[1]} columns, three are needed")
        at = {6: 3, 7: 4, 8: 4}.get(values.shape[1])
        rgb = None if at is None else np.clip(values[:, at : at + 3], 0, 65535).astype(np.uint16)
        yield values[:, :3], _sixteen(rgb)


def _sixteen(rgb: npt.NDArray[Any] | None) -> npt.NDArray[np.uint16] | None:
    """Colours of 8 bits, in whatever they are kept, stretched to 16."""
    if rgb is None:
        return None
    wide = rgb.astype(np.uint16)
    return (wide * 257).astype(np.uint16) if not len(wide) or wide.max() < 256 else wide
