"""One model of all sources: the new one replaces its own former units, the others stay."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.bodies import true_area
from cim_bridge.citytoml import CityConfig
from cim_bridge.geometry.curve import F64, curve_order
from cim_bridge.geometry.faces import I64
from cim_bridge.geometry.footprint import Shapes
from cim_bridge.issues import IssueLog
from cim_bridge.keys import SHOWN
from cim_bridge.levels import LEVELS
from cim_bridge.mesh import NONE, Mesh, canonical, join
from cim_bridge.reader import Reading, Units
from cim_bridge.rows import assign, position
from cim_bridge.table import FLOATS, TEXTS, Columns, blank

if TYPE_CHECKING:
    from cim_bridge.flow.stored import Stored


@dataclass
class Assembled:
    """Units of all levels, building triangles and ground, in the model CRS.

    stored: the buildings and their triangles, where they are on disk and not in `levels`, `mesh`.
    """

    levels: dict[str, Columns]
    mesh: Mesh
    ground: Mesh | None
    stored: Stored | None = None


def assemble(
    before: Assembled, reading: Reading, source: str, config: CityConfig, log: IssueLog,
    *, layer: str | None,
) -> Assembled:  # fmt: skip
    """Return the model with one source added or replaced."""
    levels, rows = merged(before, reading, source, config, log, layer=layer)
    draw_city(levels)
    mesh = _meshes(before, reading.mesh, rows.get("building"), source)
    return Assembled(levels, mesh, reading.ground or before.ground)


def merged(
    before: Assembled, reading: Reading, source: str, config: CityConfig, log: IssueLog,
    *, layer: str | None,
) -> tuple[dict[str, Columns], dict[str, I64]]:  # fmt: skip
    """Columns of all levels with one source added or replaced, and the rows its units got."""
    new = {units.level: units for units in reading.units}
    levels: dict[str, Columns] = {}
    rows: dict[str, I64] = {}
    for level in LEVELS[1:]:
        known, units = before.levels.get(level), new.get(level)
        if known is None and units is None:
            continue
        levels[level], rows[level] = _merged(known, units, level, source, log, layer)
    levels["city"] = city_of(config)
    return levels, rows


def _merged(
    known: Columns | None, units: Units | None, level: str, source: str, log: IssueLog,
    layer: str | None,
) -> tuple[Columns, I64]:  # fmt: skip
    none = np.zeros(0, dtype=object)
    held = known["source_id"] if known is not None else none
    ids = units.ids if units is not None else none
    if known is not None:
        ids = _free(known, ids, level, source, log, layer)
    order = curve_order(_centres(units.shapes)) if units is not None else None
    rows, total = assign(held, ids, order)
    made = blank(total, level)
    if known is not None:
        for name, values in known.items():
            made[name][: len(held)] = values
        gone = np.flatnonzero(known["source"] == source)
        bury(made, gone, level)
    if units is not None:
        fill(made, rows, ids, units, level, source)
    return made, rows


def _centres(shapes: Shapes) -> F64:
    """(N, 2) middle of the bounds of each shape, NaN where there is none."""
    bounds = shapely.bounds(shapes)
    return (bounds[:, :2] + bounds[:, 2:]) / 2.0


def _free(
    known: Columns, ids: npt.NDArray[Any], level: str, source: str, log: IssueLog,
    layer: str | None,
) -> npt.NDArray[Any]:  # fmt: skip
    """Ids that no other source holds; rows of a context layer are told apart by its name."""
    taken = _taken(known, ids, source)
    if not taken.any():
        return ids
    other = known["source"][position(known["source_id"], ids[taken])[0]]
    shown = ", ".join(ids[taken][:SHOWN].tolist())
    if level == "object":
        log.add("ID_PREFIXED", count=int(taken.sum()), id=ids[taken][0], other=other, source=source)
        prefixed: npt.NDArray[Any] = f"{source}/" + ids
        return prefixed
    log.add("ID_TAKEN", count=int(taken.sum()), id=ids[taken][0], other=other, ids=shown)
    return ids


def _taken(known: Columns, ids: npt.NDArray[Any], source: str) -> npt.NDArray[np.bool_]:
    place = position(known["source_id"], ids)
    there = place >= 0
    held = (known["source"] != source) & ~known["removed"].astype(bool)
    found: npt.NDArray[np.bool_] = there & held[np.maximum(place, 0)].astype(bool)
    return found


def bury(made: Columns, gone: I64, level: str) -> None:
    """Make tombstones: the row stays taken, everything else but the names goes."""
    empty = blank(len(gone), level)
    for name, values in empty.items():
        if name not in ("id", "source_id", "row", "source", "label_zh", "label_en", "kind"):
            made[name][gone] = values
    made["visual_group"][gone] = made["row"][gone]
    made["removed"][gone] = True


def fill(
    made: Columns, rows: I64, ids: npt.NDArray[Any], units: Units, level: str, source: str
) -> None:
    """Write units of a source into the places `rows` of a level's columns."""
    for name, values in units.columns.items():
        if name in FLOATS or name in TEXTS:
            made[name][rows] = values
    made["source_id"][rows] = ids
    made["id"][rows] = f"{level}:" + ids
    made["geometry"][rows] = units.shapes
    made["area"][rows] = true_area(units.shapes)
    made["source"][rows] = source
    made["removed"][rows] = False
    for name in ("label_zh", "label_en"):
        labels = made[name][rows]
        made[name][rows] = np.where(labels == "", ids, labels)
    made["visual_group"][rows] = made["row"][rows]
    group = units.columns.get("group")
    if group is not None:
        place = position(ids, group)
        made["visual_group"][rows] = np.where(place >= 0, rows[np.maximum(place, 0)], rows)


def _meshes(before: Assembled, new: Mesh | None, rows: I64 | None, source: str) -> Mesh:
    parts: list[Mesh] = []
    if len(before.mesh) and "building" in before.levels:
        other = before.levels["building"]["source"] != source
        keep = other[np.minimum(before.mesh.feature, len(other) - 1)].astype(bool)
        parts.append(before.mesh if keep.all() else before.mesh.select(keep))
    if new is not None and len(new) and rows is not None:
        moved = new.with_features(rows)
        parts.append(moved.select(moved.feature != NONE))
    return canonical(join([part for part in parts if len(part)]))


def city_of(config: CityConfig) -> Columns:
    """The one city unit, still without its outline."""
    made = blank(1, "city")
    slug = re.sub(r"[^a-z0-9]+", "-", config.name["en"].lower()).strip("-") or "city"
    made["id"][0], made["source_id"][0] = f"city:{slug}", slug
    made["label_zh"][0], made["label_en"][0] = config.name["zh"], config.name["en"]
    made["attributes"][0] = "{}"
    return made


def draw_city(levels: dict[str, Columns], more: Sequence[F64] = ()) -> None:
    """Give the city its outline: the union of its districts, else the hull of everything.

    more: corners (M, 2) of units that are not among the columns.
    """
    made, others = levels["city"], {k: v for k, v in levels.items() if k != "city"}
    shape = _outline(others, more)
    made["geometry"][0] = shape
    made["area"][0] = shape.area if shape is not None and shape.area > 0 else np.nan


def _outline(levels: dict[str, Columns], more: Sequence[F64]) -> Any:
    for level in ("district", "subdistrict"):
        if level in levels:
            shapes = levels[level]["geometry"]
            shapes = shapes[~shapely.is_missing(shapes)]
            if len(shapes):
                return shapely.union_all(shapes)
    found = [shapely.bounds(part["geometry"]) for part in levels.values()]
    boxes = np.concatenate([np.zeros((0, 4)), *found])
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    corners = np.concatenate(
        (boxes[:, [0, 1]], boxes[:, [0, 3]], boxes[:, [2, 1]], boxes[:, [2, 3]], *more)
    )
    if not len(corners):
        return None
    return shapely.convex_hull(shapely.linestrings(corners))
