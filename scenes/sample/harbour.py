"""A quarter of the old harbour once more as CityGML, and its choice of buildings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenes.sample import zones
from scenes.sample.citygml import write_citygml
from scenes.sample.cityjson import Shapes
from scenes.sample.fabric import Fabric
from scenes.sample.labels import Labels
from scenes.sample.model import corner_of, feature
from scenes.sample.people import People
from scenes.sample.solids import FLAT

COUNT = 48
TITLE = "澜湾市（虚构）：旧港历史建筑 · Lanwan (fictitious): heritage of the old harbour"


def choose_quarter(fabric: Fabric, people: People, shapes: Shapes) -> NDArray[np.int64]:
    """Rows of the houses: listed ones first, then the nearest old ones with a pitched roof.

    A small sample has few listed buildings, so its quarter holds unlisted neighbours as well.
    """
    of = fabric.solids.solids["of"].astype(np.int64)
    pitched = np.bincount(of, shapes.roof != FLAT, minlength=len(people.ids)) > 0
    old = fabric.cells.zone[people.cell] == zones.OLD
    place = fabric.origin
    groups = (people.heritage & old, old, np.ones(len(old), bool))
    middle = np.median(place[next(group for group in groups if group.any())], axis=0)
    far = np.hypot(*(place - middle).T)
    order = np.lexsort((far, ~pitched, ~old, ~people.heritage))
    return np.sort(order[:COUNT])


def write_quarter(
    folder: Path, fabric: Fabric, people: People, labels: Labels, shapes: Shapes
) -> Path:
    """``harbour_quarter.gml``."""
    rows = choose_quarter(fabric, people, shapes).tolist()
    made = [feature(fabric, people, labels, shapes, row) for row in rows]
    return write_citygml(folder / "harbour_quarter.gml", TITLE, corner_of(fabric), made)
