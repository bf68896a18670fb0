"""Where a model of one building stands: its own metres to a city's coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.crs import WGS84, horizontal, is_geographic, known, local_crs, transformer
from cim_bridge.errors import WrongUse

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Anchor:
    """The place of a file's origin, as a person gives it.

    east, north: in `crs`, degrees where that is geographic. height: metres, as the city counts.
    heading: degrees clockwise from north to the file's y axis (grid north; true north where the
    place is given in degrees).
    """

    east: float
    north: float
    height: float
    heading: float
    crs: str

    @classmethod
    def of(cls, text: str, heading: float, crs: str) -> Anchor:
        """Read `E,N,H` (or `E,N`: height 0); WrongUse when it is anything else."""
        try:
            numbers = [float(part) for part in text.replace("，", ",").split(",")]
        except ValueError as exc:
            raise WrongUse(f"--anchor 应为数字 E,N,H / wants E,N,H in numbers, not {text}") from exc
        if len(numbers) not in (2, 3) or not np.isfinite([*numbers, heading]).all():
            raise WrongUse(
                f"--anchor 应为 E,N,H（可省略 H）/ wants E,N,H (H may be left out), not {text}"
            )
        known(crs)
        return cls(numbers[0], numbers[1], (*numbers, 0.0)[2], heading, crs)

    @property
    def text(self) -> str:
        """As `--anchor` takes it."""
        return f"{self.east!r},{self.north!r},{self.height!r}"

    def frame(self) -> Frame:
        """Return the frame: in `crs`, or in a metre system of the place where that is degrees."""
        if is_geographic(self.crs):
            lon, lat = transformer(self.crs, WGS84).transform(self.east, self.north)
            return geographic_frame(lon, lat, self.height, self.heading)
        axes = horizontal(known(self.crs)).axis_info
        unit = axes[0].unit_conversion_factor if axes else 1.0
        return Frame.turned(
            self.crs, (self.east, self.north, self.height), self.heading, 1.0 / (unit or 1.0)
        )


@dataclass(frozen=True)
class Frame:
    """A rotation about the vertical, a scale and a shift from a file's metres into `crs`.

    matrix: (2, 2) for x and y. shift: easting, northing, height. rise: factor of heights.
    """

    crs: str
    matrix: F64
    shift: F64
    rise: float = 1.0

    @classmethod
    def turned(
        cls, crs: str, origin: tuple[float, float, float], heading: float, scale: float = 1.0
    ) -> Frame:
        """Return the frame whose y axis points `heading` degrees clockwise from grid north."""
        angle = np.radians(heading)
        cos, sin = np.cos(angle), np.sin(angle)
        matrix = scale * np.array([[cos, sin], [-sin, cos]])
        return cls(crs, matrix, np.array(origin, np.float64))

    def apply(self, points: F64) -> F64:
        """(V, 3) metres of the file to (V, 3) coordinates in `crs`."""
        return np.column_stack(
            (
                points[:, :2] @ self.matrix.T + self.shift[:2],
                points[:, 2] * self.rise + self.shift[2],
            )
        )


def geographic_frame(lon: float, lat: float, height: float, heading: float) -> Frame:
    """Return the frame at a place on WGS 84; `heading` counts from true north."""
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise WrongUse(f"{lon},{lat} is no longitude and latitude")
    crs = local_crs(lon, lat)
    east, north = transformer(WGS84, crs).transform(lon, lat)
    return Frame.turned(crs, (east, north, height), heading - convergence(crs, lon, lat))


def convergence(crs: str, lon: float, lat: float) -> float:
    """Degrees clockwise from true north to grid north at a place (meridian convergence)."""
    from pyproj import Proj
    from pyproj.exceptions import ProjError

    try:
        return float(Proj(horizontal(known(crs))).get_factors(lon, lat).meridian_convergence)
    except ProjError:
        return 0.0
