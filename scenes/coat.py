"""Colours of a still: the legend's own, to the bit, on roofs and on the ground."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.errors import Damaged
from cim_bridge.release import ModelRelease
from cim_bridge.texts import Text, text
from indicator_overlays.columns import STATE_CODES
from indicator_overlays.results_reader import Overlay, Results
from scenes.hatch import INK, PAPER
from scenes.surrounds import Draped

Colors = npt.NDArray[np.uint8]
F64 = npt.NDArray[np.float64]
Codes = npt.NDArray[np.uint8]

ROOF, STATE = (247, 245, 240), PAPER
"""What wears no class: plain buildings, and units whose value has a state instead of a number (the
paper of its hatch); the viewer's own colours."""

PLAIN: dict[str, tuple[int, int, int]] = {
    "ground": (224, 223, 216), "water": (189, 209, 217), "green": (204, 216, 196),
    "roads": (244, 243, 239),
}  # fmt: skip
ACCENT = (43, 80, 216)
PALE = 0.7
"""How far a colour goes to the plain one where a selection or a class stands out."""

NO_PARENT, NO_UNIT = 0xFFFFFFFF, 255
STATES: dict[str, Text] = {
    "missing": text("缺数据", "no data"),
    "not_computable": text("无法计算", "not computable"),
    "not_applicable": text("不适用", "not applicable"),
    "withheld": text("不公开", "withheld"),
    "stale": text("已过期", "stale"),
}
STATE_BYTE = {name: 250 + number for number, name in enumerate(STATES)}
HATCHED = np.array([STATE_BYTE[name] for name in STATES if name != "not_applicable"], np.uint8)
BLANK = STATE_BYTE["not_applicable"]


@dataclass(frozen=True)
class Coat:
    """Class codes by unit row of a level and by building row, their colours, the legend's rows.

    table (256, 3): colour of each code; of a state the paper of its hatch. legend: [text, colour,
    count, state] each, state "" for a class.
    """

    level: str
    unit: Codes
    building: Codes
    table: Colors
    legend: list[tuple[Text, str, int, str]]

    @property
    def inked(self) -> Colors:
        """The table with the lines of the hatches in place of their paper."""
        found = self.table.copy()
        found[HATCHED] = INK
        return found


def coat(
    release: ModelRelease, results: Results, overlay: Overlay, classes: tuple[int, ...] = ()
) -> Coat:
    """What everything wears under one overlay; `classes` () or those that keep their colour."""
    if results.model != release.digest:
        raise Damaged(f"results {results.digest} belong to model {results.model}")
    level = overlay.key.level
    unit = np.full(int(release.manifest["levels"][level]["rows"]), NO_UNIT, np.uint8)
    names = {code: name for name, code in STATE_CODES.items()}
    bytes_ = np.array([STATE_BYTE.get(names.get(code, ""), 250) for code in range(256)], np.uint8)
    number = overlay.cells.state == 0
    unit[overlay.cells.row] = np.where(number, overlay.code, bytes_[overlay.cells.state])
    entries = results.legend(*overlay.key[:3])["classes"]
    table = np.tile(np.array(STATE, np.uint8), (256, 1))
    table[NO_UNIT] = ROOF
    for entry in entries:
        color = np.array(rgb(entry["color"]))
        if classes and entry["index"] not in classes:
            color = paled(color[None], np.array([False]))[0]
        table[entry["index"]] = color
    counts = overlay.class_counts(len(entries))
    rows = [(entry["label"], entry["color"], counts[entry["index"]], "") for entry in entries]
    plain = "#{:02x}{:02x}{:02x}".format(*STATE)
    rows += [(label, plain, overlay.states[name], name) for name, label in STATES.items()
             if overlay.states.get(name)]  # fmt: skip
    building = _of_buildings(release, level, unit)
    building = np.where(building == BLANK, NO_UNIT, building).astype(np.uint8)
    return Coat(level, unit, building, table, rows)


def _of_buildings(release: ModelRelease, level: str, unit: Codes) -> Codes:
    if level == "building":
        return unit
    buildings = int(release.manifest["levels"]["building"]["rows"])
    found = np.full(buildings, NO_UNIT, np.uint8)
    if level in release.manifest["parents"]:
        row = release.parents(level)
        known = row != NO_PARENT
        found[known] = unit[row[known]]
    return found


def rgb(color: str) -> tuple[int, int, int]:
    """`#rrggbb` as three numbers."""
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def paled(colors: npt.NDArray[Any], stays: npt.NDArray[np.bool_]) -> Colors:
    """Colours that go towards the plain one except where `stays`."""
    pale = np.rint((1 - PALE) * colors + PALE * np.array(ROOF))
    return np.asarray(np.where(stays[:, None], colors, pale), dtype=np.uint8)


def pointed_at(colors: npt.NDArray[Any], inside: npt.NDArray[np.bool_]) -> Colors:
    """Colours of a picture without an overlay: what is pointed at stands out."""
    strong = np.rint(0.4 * colors + 0.6 * np.array(ACCENT))
    return np.asarray(np.where(inside[:, None], strong, colors), dtype=np.uint8)


def shaded(colors: Colors, corners: F64) -> Colors:
    """Roofs keep their colour exactly; walls are darker by 10 to 30 %, as in the viewer.

    corners (T, 3, 3): the triangles; the sun stands in the south-west.
    """
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1)
    normal /= np.where(length > 0, length, 1.0)[:, None]
    lit = np.clip((normal @ np.array([-0.57, -0.57, 0.59]) + 0.75) / 1.7, 0, 1)
    lit = lit * lit * (3 - 2 * lit)
    factor = np.where(normal[:, 2] > 0.35, 1.0, 0.70 + 0.20 * lit)
    return np.asarray(np.rint(colors * factor[:, None]), dtype=np.uint8)


def codes_of(layer: Draped, worn: Coat | None) -> Codes:
    """Code of every triangle of a draped layer; NO_UNIT where nothing colours it."""
    code = np.full(len(layer.triangles), NO_UNIT, np.uint8)
    if worn is not None and layer.name not in PLAIN:
        known = layer.row < len(worn.unit)
        code[known] = worn.unit[layer.row[known]]
    return code


def of_layer(layer: Draped, code: Codes, table: Colors | None) -> Colors:
    """Colour of every triangle of a draped layer under a table of colours by code."""
    if layer.name in PLAIN:
        return np.tile(np.array(PLAIN[layer.name], np.uint8), (len(layer.triangles), 1))
    if table is None:
        return np.tile(np.array(ROOF, np.uint8), (len(layer.triangles), 1))
    return np.asarray(table[code])
