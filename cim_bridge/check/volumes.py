"""Bounding volumes: what they must hold, and whether one lies inside another."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cim_bridge.check.findings import Findings
from cim_bridge.check.shape import is_number
from cim_bridge.tiles.globe import F64

KINDS = ("box", "region", "sphere")
_LENGTH = {"box": 12, "region": 6, "sphere": 4}
_TOLERANCE = 1e-3
"""Share of the outer volume's size by which an inner one may stand out."""


def check_volume(volume: Any, at: str, found: Findings) -> None:
    """One of box, region and sphere (or an extension's own), with values in range."""
    if not isinstance(volume, dict):
        return
    if not any(kind in volume for kind in KINDS):
        if not volume.get("extensions"):
            found.add("CHECK_VOLUME_MISSING", at)
        return
    region, sphere = values(volume, "region"), values(volume, "sphere")
    if region is not None:
        _check_region(region, f"{at}/region", found)
    if sphere is not None and sphere[3] < 0:
        found.add("CHECK_VOLUME_INVALID", f"{at}/sphere", value=sphere[3], expected="radius >= 0")


def _check_region(region: list[float], at: str, found: Findings) -> None:
    turn, quarter = math.pi + 1e-9, math.pi / 2 + 1e-9
    limits = (turn, quarter, turn, quarter)
    names = ("west", "south", "east", "north")
    for name, value, limit in zip(names, region, limits, strict=False):
        if abs(value) > limit:
            found.add(
                "CHECK_VOLUME_INVALID", at, value=value, expected=f"|{name}| <= {limit:.4f} rad"
            )
    if region[1] > region[3]:
        found.add("CHECK_VOLUME_INVALID", at, value=region[1], expected="south <= north")
    if region[4] > region[5]:
        found.add("CHECK_VOLUME_INVALID", at, value=region[4], expected="minimum <= maximum height")


def values(volume: Any, kind: str) -> list[float] | None:
    """The numbers of a volume of that kind, when it has them all."""
    found = volume.get(kind) if isinstance(volume, dict) else None
    if not isinstance(found, list) or len(found) != _LENGTH[kind]:
        return None
    return found if all(is_number(value) for value in found) else None


def check_inside(inner: Any, outer: Any, to_outer: F64, at: str, found: Findings) -> None:
    """Report an inner volume that stands out of the outer one.

    to_outer: 4x4 matrix from the inner volume's coordinates to the outer's; regions have none.
    Only box in box, box in sphere, sphere in sphere and region in region are compared.
    """
    region, outside = values(inner, "region"), values(outer, "region")
    if region is not None and outside is not None:
        slack = _TOLERANCE * max(outside[3] - outside[1], 1e-9)
        high = max(outside[5] - outside[4], 1.0) * _TOLERANCE
        if any(
            (region[1] < outside[1] - slack, region[3] > outside[3] + slack,
             region[4] < outside[4] - high, region[5] > outside[5] + high)
        ):  # fmt: skip
            found.add("CHECK_VOLUME_OUTSIDE", at)
        return
    points = _points(inner)
    if points is None:
        return
    excess, size = outside_by(points @ to_outer[:3, :3].T + to_outer[:3, 3], outer)
    if excess > _TOLERANCE * size:
        found.add("CHECK_VOLUME_OUTSIDE", at)


def outside_by(points: F64, volume: Any) -> tuple[float, float]:
    """Metres by which points stand out of a box or sphere, and its size; (0, 1) when unknown."""
    box, sphere = values(volume, "box"), values(volume, "sphere")
    if box is not None:
        return _outside_box(points, np.array(box))
    if sphere is not None:
        distance = np.linalg.norm(points - np.array(sphere[:3]), axis=1)
        return float(max(distance.max() - sphere[3], 0.0)), 2.0 * sphere[3]
    return 0.0, 1.0


def _outside_box(points: F64, box: F64) -> tuple[float, float]:
    centre, axes = box[:3], box[3:].reshape(3, 3)
    length = np.linalg.norm(axes, axis=1)
    if not (length > 0).all():
        return 0.0, 1.0
    along = np.abs((points - centre) @ (axes / length[:, None]).T)
    return float(np.maximum(along - length, 0.0).max()), float(2.0 * np.linalg.norm(length))


def _points(volume: Any) -> F64 | None:
    box, sphere = values(volume, "box"), values(volume, "sphere")
    if box is not None:
        centre, axes = np.array(box[:3]), np.array(box[3:]).reshape(3, 3)
        signs = np.array(np.meshgrid([-1, 1], [-1, 1], [-1, 1])).reshape(3, -1).T
        corners: F64 = centre + signs @ axes
        return corners
    if sphere is not None:
        around = np.concatenate([np.eye(3), -np.eye(3)]) * sphere[3]
        points: F64 = np.array(sphere[:3]) + around
        return points
    return None
