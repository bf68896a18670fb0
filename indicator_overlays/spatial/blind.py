"""Blind areas 盲区: land that a facility should serve and none reaches."""

from __future__ import annotations

from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt
import shapely

from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.overlap import Shapes, merged, usable

SLIVER = 1.0
"""m2; smaller pieces are rounding of the clip, not land."""


@runtime_checkable
class Reaching(Protocol):
    """A measure of coverage that can say where it reaches."""

    @property
    def code(self) -> str:
        """Indicator code."""

    @property
    def land(self) -> str:
        """residential or built_up."""

    def reach(self, city: CityShapes) -> Shapes | None:
        """Polygons inside the service radius, without overlaps; None when there is no facility."""


def blind_areas(measure: Reaching, city: CityShapes) -> npt.NDArray[Any] | None:
    """Pieces of the land that the measure serves, outside its reach (model CRS), largest first.

    None when there is nothing to say: no facility or no land is mapped.
    """
    reach = measure.reach(city)
    land = _land(measure, city)
    if reach is None or len(land) == 0:
        return None
    left = shapely.difference(land, shapely.union_all(reach))
    pieces = shapely.get_parts(left)
    pieces = pieces[(shapely.get_dimensions(pieces) == 2) & (shapely.area(pieces) > SLIVER)]
    found: npt.NDArray[Any] = pieces[np.argsort(-shapely.area(pieces), kind="stable")]
    return found


def _land(measure: Reaching, city: CityShapes) -> Shapes:
    if measure.land == "built_up":
        return merged(city.areas("built_up"))
    land = city.areas("residential_land")
    return merged(land if len(land) else usable(city.shapes("compound")))
