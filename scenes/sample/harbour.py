"""A quarter of the old harbour once more as CityGML, and its choice of buildings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from scenes.sample import zones
from scenes.sample.citygml import write_citygml
from scenes.sample.cityjson import roofs
from scenes.sample.fabric import Fabric
from scenes.sample.model import Stock
from scenes.sample.people import People
from scenes.sample.solids import FLAT

COUNT = 48
TITLE = "澜湾市（虚构）：旧港历史建筑 · Lanwan (fictitious): heritage of the old harbour"


def choose_quarter(fabric: Fabric, people: People) -> NDArray[np.int64]:
    """Rows of the houses: listed ones first, then the nearest old ones with a pitched roof.

    A small sample has few listed buildings, so its quarter holds unlisted neighbours as well.
    """
    pitched = np.zeros(len(people.ids), bool)
    pitched[fabric.solids.of[roofs(fabric.solids) != FLAT]] = True
    old = fabric.cells.zone[people.cell] == zones.OLD
    place = fabric.origin
    groups = (people.heritage & old, old, np.ones(len(old), bool))
    middle = np.median(place[next(group for group in groups if group.any())], axis=0)
    far = np.hypot(*(place - middle).T)
    order = np.lexsort((far, ~pitched, ~old, ~people.heritage))
    return np.sort(order[:COUNT])


def write_quarter(folder: Path, stock: Stock) -> Path:
    """``harbour_quarter.gml``."""
    rows = choose_quarter(stock.fabric, stock.people)
    made = list(stock.features(rows))
    return write_citygml(folder / "harbour_quarter.gml", TITLE, stock.corner, made)
