"""Block massing: one closed, extruded outline for all the buildings of a block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.geometry.extrude import extrude
from cim_bridge.geometry.footprint import Shapes
from cim_bridge.mapped import trim
from cim_bridge.mesh import GROUND, NONE
from cim_bridge.tiles.columns import Columns
from cim_bridge.tiles.features import FeatureSet
from cim_bridge.tiles.globe import F64
from cim_bridge.tiles.strings import I64

U32 = npt.NDArray[np.uint32]

CLOSING = 8.0
"""Metres: gaps narrower than twice this are closed."""
_SIMPLIFY = 4.0
_DETAIL = 1.0
"""Metres: footprint corners finer than this are dropped before the gaps are closed."""
_LARGE = 1000
"""A block with more buildings is massed in pieces, so that a piece always fits a tile."""
_AT_ONCE = 8192
"""Buildings that are massed together."""


@dataclass(frozen=True)
class Massing:
    """Massing features and what they stand for.

    piece (buildings,): the massing feature that stands for each building of the feature set.
    error (pieces,): metres that a reader loses by seeing the massing instead.
    """

    features: FeatureSet
    piece: I64
    error: F64


def pieces_of(block: U32, centres: F64) -> I64:
    """Number the buildings' pieces: a block, part of a large block, or a building alone."""
    alone = block == NONE
    cell = np.zeros(len(block), np.int64)
    counts = np.bincount(block[~alone], minlength=1)
    large = ~alone
    large[large] = counts[block[large]] > _LARGE
    if large.any():
        grid = np.floor(centres[large] / 250.0).astype(np.int64)
        cell[large] = (grid[:, 0] & 0xFFFFF) << 20 | (grid[:, 1] & 0xFFFFF)
    own = np.where(alone, np.arange(len(block)), 0)
    key = np.column_stack([block.astype(np.int64), cell, own])
    _, piece = np.unique(key, axis=0, return_inverse=True)
    return piece.reshape(-1).astype(np.int64)


def mass(buildings: FeatureSet, units: Columns, blocks: Columns, block: U32, piece: I64) -> Massing:
    """Extrude the closed union of footprints of every piece to its area-weighted mean height."""
    low, high = buildings.bounds
    if len(buildings) <= _AT_ONCE:
        return _mass(low, high, buildings.row, units, blocks, block, piece)
    parts = []
    for chosen in _groups(piece):
        some, own = piece[chosen], buildings.row[chosen]
        parts.append(
            _mass(low[chosen], high[chosen], own, units, blocks, block[chosen], some - some.min())
        )
        buildings.release()
        trim()
    features = FeatureSet.join([part.features for part in parts])
    return Massing(features, piece, np.concatenate([part.error for part in parts]))


def _groups(piece: I64) -> Iterator[I64]:
    """Buildings of some pieces at a time, in their order; a piece stays whole."""
    order = np.argsort(piece, kind="stable")
    ends = np.cumsum(np.bincount(piece))
    start = 0
    while start < len(order):
        most = int(np.searchsorted(ends, start + _AT_ONCE, "right")) - 1
        here = int(np.searchsorted(ends, start, "right"))
        end = int(ends[max(most, here)])
        yield np.sort(order[start:end])
        start = end


def _mass(
    low: F64, high: F64, rows: U32, units: Columns, blocks: Columns, block: U32, piece: I64
) -> Massing:
    """Massing of buildings with these bounds and rows."""
    footprints = footprints_of(units.geometry[rows], low, high)
    area = np.maximum(shapely.area(footprints), 0.01)
    tall = (high - low)[:, 2]
    weight = np.bincount(piece, area)
    height = np.bincount(piece, area * tall) / weight
    error = np.sqrt(np.bincount(piece, area * (tall - height[piece]) ** 2) / weight)
    base = np.full(len(weight), np.inf)
    np.minimum.at(base, piece, low[:, 2])
    top = np.bincount(piece, area * low[:, 2]) / weight + height
    first = np.unique(piece, return_index=True)[1]
    owner, row = block[first], rows[first]
    of_block = owner != NONE
    solid = extrude(_close(footprints, piece, of_block), base, top, np.arange(len(first)))
    seen = solid.surface != GROUND
    ids = [
        blocks.ids[own] if own != NONE else units.ids[alone]
        for own, alone in zip(owner, row, strict=True)
    ]
    features = FeatureSet.of(
        solid.vertices,
        solid.triangles[seen],
        solid.feature[seen].astype(np.int64),
        ids,
        np.where(of_block, owner, row),
    )
    return Massing(_flag(features, of_block), piece, error + CLOSING * of_block)


def _flag(features: FeatureSet, of_block: npt.NDArray[np.bool_]) -> FeatureSet:
    return replace(features, massing=of_block.astype(np.uint8))


def footprints_of(geometry: Shapes, low: F64, high: F64) -> Shapes:
    """Footprints; the bounding box stands in where one is missing or not an area."""
    found = np.array(geometry, dtype=object)
    usable = np.isin(shapely.get_type_id(found), (3, 6)) & (shapely.area(found) > 0)
    lacking = np.flatnonzero(~usable)
    west, south = low[lacking, 0], low[lacking, 1]
    found[lacking] = shapely.box(west, south, high[lacking, 0] + 0.1, high[lacking, 1] + 0.1)
    return found


def _close(footprints: Shapes, piece: I64, closed: npt.NDArray[np.bool_]) -> Shapes:
    """One outline per piece: gaps closed and corners simplified for blocks, else as it is."""
    order = np.argsort(piece, kind="stable")
    coarse = np.where(closed[piece], shapely.simplify(footprints, _DETAIL), footprints)
    parts, owner = shapely.get_parts(coarse[order], return_index=True)
    found = np.array(shapely.multipolygons(parts, indices=piece[order][owner]), dtype=object)
    bounds = shapely.bounds(found)
    grown = shapely.buffer(found[closed], CLOSING, quad_segs=1, join_style="mitre")
    shrunk = shapely.buffer(grown, -CLOSING, quad_segs=1, join_style="mitre")
    found[closed] = shapely.simplify(shrunk, _SIMPLIFY)
    broken = ~shapely.is_valid(found) | (shapely.area(found) <= 0)
    found[broken] = shapely.box(*bounds[broken].T)
    return found
