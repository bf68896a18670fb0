"""Draco-packed geometry: the keeper of DracoPy, which need not be installed."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.tilesin.broken import Broken, Unreadable

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
    try:
        return draco.decode(data)
    except (draco.FileTypeException, ValueError, RuntimeError, TypeError) as exc:
        raise Broken(f"Draco: {exc}") from exc


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
