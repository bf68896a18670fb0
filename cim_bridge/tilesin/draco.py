"""Draco-packed geometry: the keeper of DracoPy, which need not be installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.tilesin.broken import Broken, Unreadable

MAX_RATIO = 1024
"""Points or faces that one byte may stand for."""

F64 = npt.NDArray[np.float64]


def load_draco() -> Any:
    """Import DracoPy; Unreadable says how to get it."""
    try:
        return import_module("DracoPy")
    except ImportError as exc:
        raise Unreadable("Draco: pip install DracoPy") from exc


def unpack(data: bytes) -> Any:
    """A decoded Draco mesh or point cloud."""
    draco = load_draco()
    told = max(_announced(data))
    if told > MAX_RATIO * len(data):
        raise Broken(f"Draco: {told} elements cannot come from {len(data)} bytes")
    try:
        return draco.decode(data)
    except (draco.FileTypeException, ValueError, RuntimeError, TypeError) as exc:
        raise Broken(f"Draco: {exc}") from exc


def _announced(data: bytes) -> list[int]:
    """Counts in the header, which the decoder would take memory for (bitstream 2.x)."""
    if len(data) < 20 or data[:5] != b"DRACO":
        raise Broken("Draco: no header")
    cloud, edges = data[7] == 0, data[8] == 1
    if cloud:
        return [int.from_bytes(data[11:15], "little")]
    at, found = 12 if edges else 11, []
    for _ in range(2):
        value = shift = 0
        while at < len(data) and shift < 63:
            byte = data[at]
            value |= (byte & 127) << shift
            at, shift = at + 1, shift + 7
            if byte < 128:
                break
        found.append(value)
    return found


def attribute(decoded: Any, number: int) -> npt.NDArray[Any]:
    """(n, width) values of the attribute with a unique id."""
    for item in decoded.attributes:
        if item["unique_id"] == number:
            values = np.asarray(item["data"])
            return values.reshape(len(values), -1)
    raise Broken(f"Draco: no attribute {number}")


def triangles(decoded: Any) -> npt.NDArray[np.int64]:
    """(t, 3) corners."""
    return np.asarray(decoded.faces, np.int64).reshape(-1, 3)
