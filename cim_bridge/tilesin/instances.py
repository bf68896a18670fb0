"""Instances of an i3dm: where each stands, how it is turned and how large it is."""

from __future__ import annotations

from typing import Any

import numpy as np

from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.earth import geodetic
from cim_bridge.tilesin.legacy import Parts
from cim_bridge.tilesin.pieces import F64, I64


def frames_of(parts: Parts) -> tuple[F64, I64]:
    """(n, 4, 4) matrices in the tile's axes and the batch id of every instance."""
    count = parts.count("INSTANCES_LENGTH")
    position = positions(parts, count)
    if position is None:
        raise Broken("an i3dm without positions")
    frames = np.tile(np.eye(4), (count, 1, 1))
    frames[:, :3, :3] = _turns(parts, count, position)
    scale = parts.rows("SCALE", count, "FLOAT", 1)
    if scale is not None:
        frames[:, :3, :3] *= scale.astype(np.float64)[:, :, None]
    sizes = parts.rows("SCALE_NON_UNIFORM", count, "FLOAT", 3)
    if sizes is not None:
        frames[:, :3, :3] *= sizes.astype(np.float64)[:, None, :]
    frames[:, :3, 3] = position
    ids = parts.rows("BATCH_ID", count, "UNSIGNED_SHORT", 1)
    return frames, np.arange(count) if ids is None else ids[:, 0].astype(np.int64)


def positions(parts: Parts, count: int) -> F64 | None:
    """(count, 3) positions of instances or points, RTC_CENTER added."""
    found: Any = parts.rows("POSITION", count, "FLOAT", 3)
    if found is None:
        steps = parts.rows("POSITION_QUANTIZED", count, "UNSIGNED_SHORT", 3)
        offset = parts.vector("QUANTIZED_VOLUME_OFFSET")
        scale = parts.vector("QUANTIZED_VOLUME_SCALE")
        if steps is None or offset is None or scale is None:
            return None
        found = steps / 65535.0 * scale + offset
    found = found.astype(np.float64)
    centre = parts.vector("RTC_CENTER")
    moved: F64 = found if centre is None else found + centre
    if not np.isfinite(moved).all():
        raise Broken("positions that are not finite")
    return moved


def _turns(parts: Parts, count: int, position: F64) -> F64:
    """(n, 3, 3): right, up and forward as columns; z is up where nothing is said."""
    up, right = (
        parts.rows("NORMAL_UP", count, "FLOAT", 3),
        parts.rows("NORMAL_RIGHT", count, "FLOAT", 3),
    )
    if up is None:
        up32 = parts.rows("NORMAL_UP_OCT32P", count, "UNSIGNED_SHORT", 2)
        right32 = parts.rows("NORMAL_RIGHT_OCT32P", count, "UNSIGNED_SHORT", 2)
        up = None if up32 is None else _octahedral(up32)
        right = None if right32 is None else _octahedral(right32)
    if up is not None and right is not None:
        forward = np.cross(right, up)
        return np.stack((right, up, forward), axis=2).astype(np.float64)
    if parts.feature.get("EAST_NORTH_UP") is True and count:
        return east_north_up(position)
    return np.tile(np.eye(3), (count, 1, 1))


def _octahedral(steps: Any) -> F64:
    """(n, 3) unit vectors of two 16-bit numbers each."""
    xy = steps.astype(np.float64) / 65535.0 * 2.0 - 1.0
    z = 1.0 - np.abs(xy).sum(axis=1)
    fold = np.maximum(-z, 0.0)[:, None]
    xy = xy - np.copysign(fold, xy)
    found = np.column_stack((xy, z))
    unit: F64 = found / np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
    return unit


def east_north_up(position: F64) -> F64:
    """(n, 3, 3) east, north and up as columns at Earth-centred positions."""
    lon, lat, _ = geodetic(position).T
    sin_lon, cos_lon, sin_lat, cos_lat = np.sin(lon), np.cos(lon), np.sin(lat), np.cos(lat)
    zero = np.zeros_like(lon)
    east = np.column_stack((-sin_lon, cos_lon, zero))
    north = np.column_stack((-sin_lat * cos_lon, -sin_lat * sin_lon, cos_lat))
    up = np.column_stack((cos_lat * cos_lon, cos_lat * sin_lon, sin_lat))
    return np.stack((east, north, up), axis=2)
