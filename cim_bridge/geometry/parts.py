"""Building parts of OpenStreetMap: one building, drawn from its parts, its volume counted once."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely

from cim_bridge.geometry.faces import I64, Bools
from cim_bridge.geometry.footprint import Shapes, union_by
from cim_bridge.geometry.locate import inner_points

COVERED = 0.9
"""Share of an outline that its parts must cover to stand for it."""


def holders(parts: Shapes, outlines: Shapes) -> I64:
    """For every part the smallest outline that holds it, -1 for none."""
    found = np.full(len(parts), -1, np.int64)
    if not len(parts) or not len(outlines):
        return found
    spots = shapely.points(inner_points(parts))
    tree = shapely.STRtree(outlines)
    part, outline = tree.query(spots, predicate="intersects")
    area: Any = shapely.area(outlines)
    order = np.argsort(-area[outline], kind="stable")
    found[part[order]] = outline[order]
    return found


def drawn_by_parts(parts: Shapes, holder: I64, outlines: Shapes) -> Bools:
    """Outlines that their parts cover: these are drawn by the parts, the others by themselves."""
    held = holder >= 0
    joined = union_by(parts[held], holder[held], len(outlines))
    covered = np.zeros(len(outlines))
    some = ~shapely.is_missing(joined)
    covered[some] = shapely.area(shapely.intersection(joined[some], outlines[some]))
    area: Any = np.maximum(shapely.area(outlines), 1e-9)
    found: Bools = covered / area >= COVERED
    return found
