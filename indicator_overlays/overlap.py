"""Exact areas and lengths of shapes inside units, computed on whole arrays (model CRS, metres)."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

Shapes = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Pairs = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]

_DUST = 1e-6
"""m2 or m below which an overlap is rounding, not geometry."""


def usable(shapes: Shapes) -> Shapes:
    """Return valid, non-empty shapes; invalid rings are mended, missing ones left out."""
    present = shapes[~(shapely.is_missing(shapes) | shapely.is_empty(shapes))]
    broken = ~shapely.is_valid(present)
    if broken.any():
        present = present.copy()
        present[broken] = shapely.make_valid(present[broken])
    return present


def pairs_of(units: Shapes, shapes: Shapes) -> Pairs:
    """(unit, shape) positions of every pair that meets."""
    tree = shapely.STRtree(shapes)
    unit, shape = tree.query(units, predicate="intersects")
    return unit.astype(np.int64), shape.astype(np.int64)


def clipped(units: Shapes, shapes: Shapes) -> tuple[Pairs, Shapes]:
    """Pairs that meet and the part of each shape inside its unit; whole ones are not cut."""
    shapely.prepare(units)
    unit, shape = pairs_of(units, shapes)
    part = shapes[shape].copy()
    cut = ~shapely.contains_properly(units[unit], part)
    part[cut] = shapely.intersection(part[cut], units[unit[cut]])
    return (unit, shape), part


def area_inside(units: Shapes, shapes: Shapes) -> Floats:
    """m2 of polygons inside each unit; the polygons must not overlap each other."""
    if len(shapes) == 0:
        return np.zeros(len(units))
    (unit, _), part = clipped(units, shapes)
    return np.bincount(unit, shapely.area(part), len(units)).astype(np.float64)


def length_inside(units: Shapes, lines: Shapes) -> Floats:
    """m of lines inside each unit; a line along a unit's edge counts half for it."""
    if len(lines) == 0:
        return np.zeros(len(units))
    (unit, _), length = lengths_inside(units, lines)
    return np.bincount(unit, length, len(units)).astype(np.float64)


def lengths_inside(units: Shapes, lines: Shapes) -> tuple[Pairs, Floats]:
    """Pairs (unit, line) that meet and the m of the line inside the unit.

    A line along a unit's edge counts half: two blocks that share a street as their edge then count
    it once together.
    """
    shapely.prepare(units)
    unit, line = pairs_of(units, lines)
    length = shapely.length(lines[line])
    cut = ~shapely.contains_properly(units[unit], lines[line])
    inside = shapely.length(shapely.intersection(lines[line[cut]], units[unit[cut]]))
    edge = shapely.boundary(units[unit[cut]])
    along = shapely.length(shapely.intersection(lines[line[cut]], edge))
    length[cut] = inside - np.where(along > _DUST, along / 2, 0.0)
    return (unit, line), length


def merged(shapes: Shapes) -> Shapes:
    """Polygons with the same union and no overlaps, few in number (parks, built-up areas)."""
    if len(shapes) == 0:
        return shapes
    parts = shapely.get_parts(shapely.union_all(shapes))
    found: Shapes = parts[shapely.get_dimensions(parts) == 2]
    return found


def without_overlaps(shapes: Shapes) -> Shapes:
    """Polygons with the same union and no overlaps, many in number (buildings).

    Only groups that truly overlap are united; walls that touch are left as they are.
    """
    if len(shapes) == 0:
        return shapes
    first, second = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    once = first < second
    first, second = first[once], second[once]
    shared = shapely.area(shapely.intersection(shapes[first], shapes[second])) > _DUST
    first, second = first[shared], second[shared]
    if len(first) == 0:
        return shapes
    size = len(shapes)
    graph = coo_matrix((np.ones(len(first)), (first, second)), shape=(size, size))
    _, group = connected_components(graph, directed=False)
    crowded = np.bincount(group)[group] > 1
    order = np.flatnonzero(crowded)[np.argsort(group[crowded], kind="stable")]
    cuts = np.flatnonzero(np.diff(group[order])) + 1
    united = np.array([shapely.union_all(part) for part in np.split(shapes[order], cuts)])
    found: Shapes = np.concatenate([shapes[~crowded], united])
    return found
