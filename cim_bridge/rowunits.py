"""Units of a table of features: rows, shapes and a wish → what a reader gives.

Shared by every format whose features are rows: vector files, GeoParquet, tables with coordinates.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.attributes import (
    as_texts,
    columns_of,
    json_rows,
    layer_kind,
    matching,
    parent_columns,
)
from cim_bridge.issues import IssueLog
from cim_bridge.keys import ids_of
from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.reader import Reading, Units, Wish

if TYPE_CHECKING:
    import pandas as pd


def reading_of(
    frame: pd.DataFrame,
    shapes: npt.NDArray[Any],
    crs: str | None,
    wish: Wish,
    log: IssueLog,
    file: str,
) -> Reading | None:
    """Rows of a frame and their (N,) shapes as a Reading; None when an error was found.

    shapes are in `crs`, None where a row has no geometry; a wished ground becomes a terrain.
    """
    before = len(log.errors)
    if not len(frame):
        log.add("FEATURES_NONE", file=file)
        return None
    frame, shapes = _filter(frame, shapes, wish.where, log, file)
    if wish.layer == "ground":
        return _ground(frame, shapes, crs, log, file)
    level = _level(frame, wish, log, file)
    if level is None:
        return None
    units = _units(frame, shapes, level, wish, log, file)
    return Reading(crs, [units]) if len(log.errors) == before else None


def _filter(
    frame: pd.DataFrame, shapes: npt.NDArray[Any], where: str | None, log: IssueLog, file: str
) -> tuple[pd.DataFrame, npt.NDArray[Any]]:
    if where is None:
        return frame, shapes
    column, _, value = where.partition("=")
    column = column.strip()
    if column not in frame.columns:
        log.add("KEY_UNKNOWN", file=file, column=column, columns=", ".join(frame.columns))
        return frame, shapes
    keep = as_texts(frame[column]) == value.strip()
    if not keep.any():
        log.add("FILTER_EMPTY", file=file, cell=column, where=where)
    return frame[keep].reset_index(drop=True), shapes[keep]


def _level(frame: pd.DataFrame, wish: Wish, log: IssueLog, file: str) -> str | None:
    """Return the level asked for; without one, buildings when the columns say so."""
    if wish.layer is not None:
        return "object"
    if wish.level is not None:
        return wish.level
    if matching("height", frame.columns) or matching("storeys", frame.columns):
        log.add("LEVEL_ASSUMED", file=file, level="building")
        return "building"
    log.add("LEVEL_MISSING", file=file)
    return None


def _units(
    frame: pd.DataFrame, shapes: npt.NDArray[Any], level: str, wish: Wish, log: IssueLog, file: str
) -> Units:
    part = _parts(frame) if level == "building" else None
    columns = columns_of(frame, level)
    soft = wish.layer is not None
    columns["source_id"] = ids_of(
        frame, level, key=wish.key, optional=part, soft=soft, log=log, file=file
    )
    columns["attributes"] = json_rows(frame)
    kind = layer_kind(wish.layer) if wish.layer else None
    if kind or (wish.layer and kind is None):
        columns["kind"] = np.full(len(frame), kind or wish.layer, dtype=object)
    group = matching("group", frame.columns)
    if group and level == "building":
        columns["group"] = as_texts(frame[group[0]])
    claims = {
        parent: names[0]
        for parent in PARENT_LEVELS[: _depth(level)]
        if (names := parent_columns(parent, frame.columns))
    }
    return Units(level, columns, shapes, part, claims)


def _ground(
    frame: pd.DataFrame, shapes: npt.NDArray[Any], crs: str | None, log: IssueLog, file: str
) -> Reading | None:
    from cim_bridge.geometry.terrain import terrain

    present = np.array([shape is not None for shape in shapes], bool)
    heights = columns_of(frame, "object")["ground"]
    mesh = terrain(shapes[present], heights[present])
    if mesh is None:
        log.add("GROUND_WITHOUT_HEIGHT", file=file)
        return None
    return Reading(crs, [], ground=mesh)


def _depth(level: str) -> int:
    return PARENT_LEVELS.index(level) if level in PARENT_LEVELS else len(PARENT_LEVELS)


def has_parts(frame: pd.DataFrame) -> bool:
    """Whether rows are parts that must find the building they lie in."""
    return _parts(frame) is not None


def _parts(frame: pd.DataFrame) -> npt.NDArray[np.bool_] | None:
    """Rows that are parts of a building (OpenStreetMap's building:part)."""
    found = np.zeros(len(frame), bool)
    for name in matching("part", frame.columns):
        texts = as_texts(frame[name])
        yes = (texts == "building_part") | (texts == "building:part")
        if name.lower() != "kind":
            yes |= ~np.isin(texts, ("", "no", "0", "false", "False"))
        found |= yes
    return found if found.any() else None
