"""Where a camera stands so that a unit's roofs are seen: found by casting rays, never guessed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.release import ModelRelease
from scenes.ground import ground_at
from scenes.rays import Sight
from scenes.scene import Camera

F64 = npt.NDArray[np.float64]

PITCHES = (42.0, 38.0, 46.0, 35.5, 50.0, 54.5)
"""Degrees down, the most wanted first."""

HEADINGS = 24
MOST_ROOFS = 5
"""Buildings whose roofs stand for a unit of many: the tallest near its middle."""

CORNERS = 10
"""Points of a roof line that are looked at."""

LIFT = 0.3
"""Metres above a roof corner that is looked at, so that the roof itself is not in the way."""

WIDE = 8.5
"""Distance in radii of what is shown: it then lies in the middle third of a picture of 16:9 that
is 60 degrees wide."""

NEAREST, FARTHEST = 160.0, 2600.0
SEEN = 0.9
"""Share of the points that must be seen."""


@dataclass(frozen=True)
class Target:
    """What a stop shows: points (N, 3) of its roof line and the middle it is aimed at."""

    points: F64
    middle: F64

    @property
    def radius(self) -> float:
        """Metres from the middle to the farthest point."""
        return float(np.linalg.norm(self.points - self.middle, axis=1).max())


@dataclass(frozen=True)
class Pose:
    """A camera that was proved: ``seen`` is the share of the target's points it sees."""

    camera: Camera
    eye: tuple[float, float, float]
    target: Target
    seen: float


class Surveyor:
    """Finds poses in one model; the city is made ready for rays once."""

    def __init__(self, model: ModelRelease) -> None:
        self.model = model
        self.sight = Sight.of(model)

    @cached_property
    def _roofs(self) -> tuple[F64, npt.NDArray[np.int64]]:
        """Height of each building's top, and its footprint's middle: (N, 3) and rows."""
        buildings = self.model.units
        buildings = buildings[(buildings["level"] == "building") & ~buildings["removed"]]
        spots = shapely.get_coordinates(shapely.centroid(np.asarray(buildings.geometry, object)))
        height = buildings["height"].to_numpy(float, na_value=0.0)
        return np.column_stack([spots, height]), buildings["row"].to_numpy(np.int64)

    @cached_property
    def _order(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint32]]:
        feature = np.asarray(self.model.mesh().feature)
        order = np.argsort(feature, kind="stable")
        return order, feature[order]

    def target(self, unit_id: str) -> Target | None:
        """The roofs of a unit: of a building its own, else of the tallest near the middle."""
        units = self.model.units
        row = units[units["id"] == unit_id]
        if row.empty:
            return None
        shape = row.geometry.iloc[0]
        if str(row["level"].iloc[0]) == "building":
            rows = [int(row["row"].iloc[0])]
        else:
            rows = self._tallest(shape)
        points = [self._roof_line(number) for number in rows]
        points = [found for found in points if len(found)]
        if not points:
            spot = shapely.point_on_surface(shape)
            z = ground_at(self.model, spot.x, spot.y)
            points = [np.array([[spot.x, spot.y, (0.0 if z is None else z) + 2.0]])]
        every = np.concatenate(points)
        return Target(every, (every.min(axis=0) + every.max(axis=0)) / 2)

    def _tallest(self, shape: shapely.Geometry) -> list[int]:
        """Rows of buildings in a shape: near its middle as far as it is large, the tallest."""
        roofs, rows = self._roofs
        middle = shapely.point_on_surface(shape)
        far = np.hypot(roofs[:, 0] - middle.x, roofs[:, 1] - middle.y)
        near = np.flatnonzero(far < FARTHEST / WIDE)
        shapely.prepare(shape)
        near = near[shapely.contains_xy(shape, roofs[near, 0], roofs[near, 1])]
        best = np.lexsort((rows[near], far[near], -roofs[near, 2]))[:MOST_ROOFS]
        return [int(number) for number in rows[near[best]]]

    def _roof_line(self, row: int) -> F64:
        """The highest corners of a building, spread around it."""
        order, feature = self._order
        part = order[np.searchsorted(feature, row) : np.searchsorted(feature, row, "right")]
        mesh = self.model.mesh()
        corners = np.asarray(mesh.vertices)[np.unique(np.asarray(mesh.triangles)[part])]
        if not len(corners):
            return np.zeros((0, 3))
        top = corners[corners[:, 2] > corners[:, 2].max() - 0.5]
        top = np.unique(np.round(top, 2), axis=0)
        angle = np.arctan2(*(top[:, :2] - top[:, :2].mean(axis=0)).T)
        top = top[np.argsort(angle, kind="stable")]
        chosen = top[np.linspace(0, len(top) - 1, min(len(top), CORNERS)).astype(int)]
        return np.asarray(chosen + np.array([0.0, 0.0, LIFT]))

    def pose(self, target: Target) -> Pose | None:
        """The pose that sees most; None where none between 35 and 55 degrees sees enough.

        Headings nearer to north come first among equals: people know their city as on a map.
        """
        distance = float(np.clip(WIDE * target.radius, NEAREST, FARTHEST))
        best: tuple[float, float, Pose] | None = None
        headings = np.linspace(0, 360, HEADINGS, endpoint=False)
        for pitch in PITCHES:
            eyes = _eyes(target.middle, distance, headings, pitch)
            seen = self._seen(eyes, target.points)
            turned = np.minimum(headings, 360 - headings)
            at = int(np.lexsort((turned, -seen))[0])
            if best is None or seen[at] > best[0] + 1e-9:
                eye = (float(eyes[at, 0]), float(eyes[at, 1]), float(eyes[at, 2]))
                camera = camera_at(self.model, eye, target.middle)
                best = float(seen[at]), pitch, Pose(camera, eye, target, float(seen[at]))
            if best[0] >= 1.0:
                break
        return best[2] if best is not None and best[0] >= SEEN else None

    def _seen(self, eyes: F64, points: F64) -> F64:
        """Share of the points that each eye sees."""
        every = np.repeat(eyes, len(points), axis=0)
        clear = self.sight.clear(every, np.tile(points, (len(eyes), 1)))
        share: F64 = clear.reshape(len(eyes), len(points)).mean(axis=1)
        return share


def _eyes(middle: F64, distance: float, headings: F64, pitch: float) -> F64:
    """Places from which one looks at the middle, in the map's own directions."""
    turn, down = np.radians(headings), np.radians(pitch)
    back = distance * np.cos(down)
    return np.column_stack(
        [
            middle[0] - back * np.sin(turn),
            middle[1] - back * np.cos(turn),
            np.full(len(headings), middle[2] + distance * np.sin(down)),
        ]
    )


def camera_at(model: ModelRelease, eye: tuple[float, float, float], at: F64) -> Camera:
    """The camera at `eye` that has `at` in the middle of its picture; both in the model CRS."""
    from pyproj import Geod, Transformer

    turn = Transformer.from_crs(model.manifest["crs"], "EPSG:4326", always_xy=True)
    (lon, lon_at), (lat, lat_at) = turn.transform([eye[0], float(at[0])], [eye[1], float(at[1])])
    heading, _, far = Geod(ellps="WGS84").inv(lon, lat, lon_at, lat_at)
    bend = far**2 / (2 * 6_371_000.0)  # how far the earth falls away over that distance
    pitch = -np.degrees(np.arctan2(eye[2] - float(at[2]) + bend, far))
    height = eye[2] + float(model.manifest["height_offset"])
    return Camera(
        round(lon, 7), round(lat, 7), round(height, 2), round(heading % 360, 3),
        round(float(pitch), 3),
    )  # fmt: skip
