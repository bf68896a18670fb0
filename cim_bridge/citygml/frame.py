"""Where the coordinates of one document are: its system, axis order, and metres to work in.

Faces are cut and judged in metres with x east and y north; degrees are stretched by a fixed
factor for that and shrunk again at the end, so nothing is measured in degrees.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.citygml.srs import Srs, north_first, read_srs, same_place
from cim_bridge.crs import F64, crs_text, is_geographic, read_crs
from cim_bridge.issues import IssueLog
from cim_bridge.mesh import Mesh
from cim_bridge.reader import Reading

DEGREE = 111_320.0
"""Metres of a degree at the equator; only a measure to work in, never a result."""


@dataclass(frozen=True)
class Frame:
    """crs: the declared system; swapped: the first coordinate is the northing; scale (3,)."""

    crs: str | None
    swapped: bool
    scale: F64

    def metres(self, points: F64) -> F64:
        """(V, 3) coordinates as written → x east, y north, metres."""
        ordered = points[:, [1, 0, 2]] if self.swapped else points
        found: F64 = ordered * self.scale
        return found

    def back(self, reading: Reading) -> Reading:
        """The reading in its own system again."""
        reading.crs = self.crs
        if (self.scale == 1).all():
            return reading
        for units in reading.units:
            units.shapes = _shrunk(units.shapes, self.scale[:2])
        reading.mesh = self._mesh(reading.mesh)
        reading.ground = self._mesh(reading.ground)
        return reading

    def _mesh(self, mesh: Mesh | None) -> Mesh | None:
        if mesh is None:
            return None
        points = mesh.vertices / self.scale
        return mesh.at(points)


class Framed(Protocol):
    """Settles the frame of a document: `frame_of`, or what stands for it."""

    def __call__(
        self, names: list[str], envelope: str, wanted: str | None, points: F64, log: IssueLog,
        file: object, /,
    ) -> Frame:  # fmt: skip
        """See `frame_of`."""
        ...


def _shrunk(shapes: npt.NDArray[Any], scale: F64) -> npt.NDArray[Any]:
    found: npt.NDArray[Any] = shapely.transform(shapes, lambda points: points / scale)
    return found


def frame_of(
    names: list[str], envelope: str, wanted: str | None, points: F64, log: IssueLog, file: object
) -> Frame:
    """Settle the frame by the srsNames of geometries, else of envelopes, and by some points.

    wanted: the system asked for with --crs, which counts before any name.
    """
    srs = read_srs(names[0] if names else envelope)
    asked = crs_text(wanted)
    if srs.name and asked is None:
        _tell(srs, names, envelope, log, file)
    crs = asked or srs.crs
    swapped = north_first(srs, crs, points, log, file)
    return Frame(srs.crs, swapped, _scale(crs, points, swapped=swapped))


def _tell(srs: Srs, names: list[str], envelope: str, log: IssueLog, file: object) -> None:
    if srs.crs is None and not srs.local:
        log.add("SRS_UNKNOWN", file=file, srs=srs.name)
    elif srs.crs is not None and not srs.exact:
        log.add("SRS_READ_AS", file=file, srs=srs.name, crs=srs.crs)
    other = read_srs(envelope).crs if names and envelope else None
    if other and srs.crs and not same_place(other, srs.crs):
        log.add("SRS_DIFFERS", file=file, envelope=envelope, srs=srs.name)


def check_mixed(names: list[str], log: IssueLog, file: object) -> None:
    """Refuse a document whose geometries are in more than one system."""
    first = read_srs(names[0]) if names else None
    for name in names[1:]:
        other = read_srs(name)
        if first and first.crs and other.crs and not same_place(first.crs, other.crs):
            log.add("SRS_MIXED", file=file, systems=", ".join(names))
            return


def _scale(crs: str | None, points: F64, *, swapped: bool) -> F64:
    if crs is None or read_crs(crs) is None or not is_geographic(crs) or not len(points):
        return np.ones(3)
    latitude = float(np.clip(np.median(points[:, 0 if swapped else 1]), -89, 89))
    return np.array([DEGREE * np.cos(np.radians(latitude)), DEGREE, 1.0])
