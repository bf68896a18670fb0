"""The plan of the sample city: a curved frame that bends with the coast, and what is drawn in it.

Plan coordinates: ``u`` metres along the shore road from west to east, ``v`` metres inland of it
(negative towards the sea). Both scale with ``scale``, which is 1 for about 20,000 buildings, so a
larger city is the same bay drawn larger while streets and houses keep their size.
World coordinates: EPSG:4549 with x = easting, y = northing, metres.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Array = NDArray[np.float64]
Point = tuple[Array, Array]

CRS = "EPSG:4549"
ORIGIN = (615_000.0, 4_152_500.0)  # near 121.3 E 37.5 N: a place on paper, not a real city's plan
LENGTH = 12_000.0  # of the shore road at scale 1
DEPTH = 3_600.0  # of the streets inland at scale 1
FAR = 5_400.0  # of the ground inland at scale 1
TURN = np.radians(42.0)  # half of the bay's turn
BAY = 1_900.0  # how wide the turn is at scale 1
TILT = np.radians(-9.0)  # the whole city against the map grid


def smooth(low: float, high: float, value: Array) -> Array:
    """Smoothstep from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def shelf(low: float, high: float, edge: float, value: Array) -> Array:
    """1 between ``low`` and ``high``, falling smoothly to 0 over ``edge`` on both sides."""
    return smooth(low - edge, low, value) * (1.0 - smooth(high, high + edge, value))


@dataclass(frozen=True)
class Plan:
    """The curved frame of one city. ``scale`` is the only number that differs between cities."""

    scale: float
    table: Array  # (5, n): u, x, y, heading, curvature of the shore road

    @classmethod
    def of(cls, scale: float) -> Plan:
        """Integrate the shore road's heading into positions."""
        u = np.linspace(-1_500.0, LENGTH + 1_500.0, 12_001) * scale
        heading = TILT + TURN * np.tanh((u / scale - LENGTH / 2) / BAY)
        step = u[1] - u[0]
        x = np.concatenate([[0.0], np.cumsum(np.cos(heading[:-1]) * step)])
        y = np.concatenate([[0.0], np.cumsum(np.sin(heading[:-1]) * step)])
        middle = len(u) // 2
        curvature = np.gradient(heading, step)
        return cls(
            scale,
            np.stack([u, x - x[middle] + ORIGIN[0], y - y[middle] + ORIGIN[1], heading, curvature]),
        )

    def bend(self, u: Array, v: Array) -> tuple[Array, Array, Array, Array]:
        """Crooked lanes: shifts (du, dv) in metres and their slopes; strong in the old town."""
        old = oldness(u / self.scale, v / self.scale)
        reach = 1.5 + 6.5 * old
        a, b, c = 2 * np.pi / 610.0, 2 * np.pi / 470.0, 2 * np.pi / 263.0
        du = reach * (np.sin(a * v + 0.7) + 0.25 * np.sin(c * v))
        dv = -reach * (np.sin(b * u + 2.1) + 0.20 * np.sin(c * u + 1.0))
        slope_u = reach * (a * np.cos(a * v + 0.7) + 0.25 * c * np.cos(c * v))
        slope_v = -reach * (b * np.cos(b * u + 2.1) + 0.20 * c * np.cos(c * u + 1.0))
        return du, dv, slope_u, slope_v

    def world(self, u: Array, v: Array) -> Point:
        """Plan to world (easting, northing)."""
        u, v = np.asarray(u, dtype=np.float64), np.asarray(v, dtype=np.float64)
        du, dv, _, _ = self.bend(u, v)
        us, vs = u + du, v + dv
        x = np.interp(us, self.table[0], self.table[1])
        y = np.interp(us, self.table[0], self.table[2])
        heading = np.interp(us, self.table[0], self.table[3])
        return x + vs * np.sin(heading), y - vs * np.cos(heading)

    def stretch(self, u: Array, v: Array) -> Array:
        """True metres along u per metre of u at (u, v)."""
        bend = np.interp(u, self.table[0], self.table[4])
        return np.asarray(1.0 + bend * np.asarray(v), dtype=np.float64)

    def heading(self, u: Array, v: Array) -> Array:
        """Angle of the local street (the u direction) against east, radians."""
        _, _, slope_u, slope_v = self.bend(u, v)
        stretch = self.stretch(u, v)
        base = np.interp(u, self.table[0], self.table[3])
        turn = 0.5 * (slope_u * stretch - slope_v / stretch)
        return np.asarray(base + turn, dtype=np.float64)

    def coast(self, u: Array) -> Array:
        """v of the shoreline at u: headland, historic harbour, port quay, reclaimed front."""
        k = np.asarray(u, dtype=np.float64) / self.scale / 1_000.0
        line = -0.075 - 0.012 * np.sin(5.1 * k) - 0.008 * np.sin(11.7 * k + 1.0)
        line = line - 0.43 * shelf(0.35, 2.95, 0.12, k)
        line = line - 0.86 * shelf(3.75, 4.55, 0.45, k) * (1 - 0.12 * np.cos(4.0 * (k - 4.2)))
        line = line - 0.20 * shelf(8.7, 10.1, 0.35, k)
        line = line - 0.30 * shelf(11.3, 11.9, 0.5, k)
        return np.minimum(line * 1_000.0 * self.scale, -45.0)

    def river(self, v: Array) -> tuple[Array, Array]:
        """Centre line u(v) and half width in metres of the river."""
        k = np.asarray(v, dtype=np.float64) / self.scale / 1_000.0
        u = 7.72 + 0.16 * np.sin(1.7 * k + 0.4) + 0.05 * np.sin(4.3 * k)
        half = 26.0 + 62.0 * np.exp(-np.maximum(k + 0.1, 0.0) / 0.30)
        return u * 1_000.0 * self.scale, half * max(self.scale, 0.5) ** 0.5

    def elevation(self, u: Array, v: Array) -> Array:
        """Ground height in metres; 0 at the shore, gentle in the city, hills behind it."""
        k, m = u / self.scale / 1_000.0, v / self.scale / 1_000.0
        shore = np.maximum(v - self.coast(u), 0.0)
        size = self.scale**0.5
        plain = 3.2 * (1.0 - np.exp(-shore / 60.0)) + 6.5 * size * np.maximum(m, 0.0)
        crest = 0.72 + 0.20 * np.sin(1.9 * k + 0.5) + 0.12 * np.sin(4.7 * k + 2.0)
        edge = 3.05 + 0.28 * np.sin(1.3 * k + 0.9) + 0.12 * np.sin(3.1 * k)
        rough = 1.0 + 0.10 * np.sin(9.0 * k + 3.0 * m) + 0.08 * np.sin(13.0 * m - 6.0 * k)
        hills = 270.0 * size * crest * smooth(0.0, 1.35, m - edge) * rough
        hills = hills * (1.0 - 0.8 * smooth(4.35, 5.5, m)) * shelf(-0.7, 12.7, 0.5, k)
        lookout = (
            78.0 * size * np.exp(-((((k - 3.25) / 0.26) ** 2 + ((m - 1.28) / 0.24) ** 2) ** 1.3))
        )
        head = 58.0 * size * np.exp(-(((k - 11.65) / 0.35) ** 2 + ((m + 0.02) / 0.22) ** 2))
        head = head * (1.0 - np.exp(-shore / 90.0))
        return np.asarray(plain + hills + lookout + head, dtype=np.float64)

    def ring(self, u: Array, v: Array) -> shapely.Polygon:
        """One polygon from plan points."""
        return shapely.Polygon(np.stack(self.world(np.asarray(u), np.asarray(v)), axis=1))

    def box(self, u0: float, u1: float, v0: float, v1: float) -> shapely.Polygon:
        """A plan rectangle (in metres of plan) as a world polygon with bent sides."""
        t = np.linspace(0.0, 1.0, 33)[:-1]
        u = np.concatenate(
            [u0 + t * (u1 - u0), np.full(32, u1), u1 - t * (u1 - u0), np.full(32, u0)]
        )
        v = np.concatenate(
            [np.full(32, v0), v0 + t * (v1 - v0), np.full(32, v1), v1 - t * (v1 - v0)]
        )
        return self.ring(u, v)


def oldness(k: Array, m: Array) -> Array:
    """How much a place (plan metres at scale 1) belongs to the old town, 0 to 1."""
    return shelf(3_300.0, 5_150.0, 300.0, k) * shelf(-1_500.0, 720.0, 250.0, m)
