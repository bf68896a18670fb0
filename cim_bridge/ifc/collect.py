"""Facts and shapes of an IFC file to units: buildings with bodies, storeys as objects in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from cim_bridge.anchor import Frame
from cim_bridge.attributes import columns_of
from cim_bridge.geometry.shadow import shadows
from cim_bridge.ifc.kernels import Ifc
from cim_bridge.issues import IssueLog
from cim_bridge.materials import Material
from cim_bridge.mesh import NONE, Mesh
from cim_bridge.reader import Reading, Units, Wish

_LOD = 30
"""Ten times the level of detail of a building made of its elements."""

_BELOW = 0.5
"""Metres by which a storey may lie below the building's zero and still be above ground."""

Row = dict[str, Any]


@dataclass
class Body:
    """All triangles, for each its element's building and storey (numbers, -1 none) and colour."""

    vertices: npt.NDArray[np.float64]
    triangles: npt.NDArray[np.uint32]
    building: npt.NDArray[np.int64]
    storey: npt.NDArray[np.int64]
    colours: npt.NDArray[np.uint8]


def collect(ifc: Ifc, frame: Frame, wish: Wish, stem: str, log: IssueLog, file: str) -> Reading:
    """Return the reading in the frame's CRS."""
    facts = ifc.facts
    buildings: list[Row] = facts["buildings"] or [_whole_file(facts, stem)]
    storeys: list[Row] = facts["storeys"]
    owner = _owners(facts["elements"], buildings, storeys, log, file)
    body = _body(ifc, owner, frame)
    reading = Reading(frame.crs, [], placed=True)
    if wish.layer is None and wish.level in (None, "building"):
        units = _buildings(buildings, storeys, facts, owner, frame, body)
        reading.units.append(units)
        mine = body.building >= 0
        mesh = Mesh.of(body.vertices, body.triangles[mine], body.building[mine], _LOD)
        mesh = _painted(mesh, body.colours[mine])
        reading.mesh = mesh.select(np.ones(len(mesh), bool))
    if storeys and wish.layer is None and wish.level in (None, "object"):
        units = _storeys(storeys, buildings, facts["elements"], frame, body)
        if len(units):
            reading.units.append(units)
    return reading


def _painted(mesh: Mesh, colours: npt.NDArray[np.uint8]) -> Mesh:
    """The mesh in its surface colours."""
    table, row = np.unique(colours, axis=0, return_inverse=True)
    materials = tuple(
        Material((red / 255, green / 255, blue / 255, opacity / 255))
        for red, green, blue, opacity in table.tolist()
    )
    bare = (table == 0).all(axis=1)[row.reshape(-1)] if len(table) else np.zeros(0, bool)
    return mesh.wearing(np.where(bare, NONE, row.reshape(-1)), None, materials)


def _whole_file(facts: Row, stem: str) -> Row:
    """A file without IfcBuilding is one building, named by its project."""
    project = facts["project"] or {"guid": stem, "name": stem}
    blank = {"long_name": "", "description": "", "object_type": "", "address": ""}
    return {**blank, **project, "z": 0.0, "psets": {}}


def _owners(
    elements: list[list[str]], buildings: list[Row], storeys: list[Row], log: IssueLog, file: str
) -> dict[str, tuple[int, int]]:
    """GlobalId of an element → number of its building and of its storey (-1 none)."""
    at = {row["guid"]: number for number, row in enumerate(buildings)}
    floor = {row["guid"]: number for number, row in enumerate(storeys)}
    found: dict[str, tuple[int, int]] = {}
    outside: list[str] = []
    only = 0 if len(buildings) == 1 else -1
    for guid, _, storey, building, site in elements:
        number = at.get(building, -1)
        if number < 0 and not site:
            number = only
        if number < 0:
            outside.append(guid)
        found[guid] = (number, floor.get(storey, -1))
    if outside and len(outside) < len(elements):
        log.add("IFC_OUTSIDE_BUILDING", file=file, id=outside[0], count=len(outside))
    if outside and len(outside) == len(elements):  # all in the site: the file is the building
        return {guid: (only, floor) for guid, (_, floor) in found.items()}
    return found


def _body(ifc: Ifc, owner: dict[str, tuple[int, int]], frame: Frame) -> Body:
    shapes = [ifc.shapes[guid] for guid in sorted(ifc.shapes) if guid in owner]
    starts = np.cumsum([0, *(len(shape.vertices) for shape in shapes)])
    count = np.array([len(shape.triangles) for shape in shapes], np.int64)
    numbers = np.array([owner[shape.guid] for shape in shapes], np.int64).reshape(-1, 2)
    vertices = np.concatenate([np.zeros((0, 3)), *(shape.vertices for shape in shapes)])
    triangles = [s.triangles + np.uint32(start) for s, start in zip(shapes, starts, strict=False)]
    return Body(
        frame.apply(vertices),
        np.concatenate([np.zeros((0, 3), np.uint32), *triangles]),
        np.repeat(numbers[:, 0], count),
        np.repeat(numbers[:, 1], count),
        np.concatenate([np.zeros((0, 4), np.uint8), *(shape.colours for shape in shapes)]),
    )


def _shapes(body: Body, number: npt.NDArray[np.int64], count: int) -> Any:
    mine = number >= 0
    if not mine.any():
        return np.full(count, None, dtype=object)
    return shadows(body.triangles[mine], number[mine], body.vertices, count)


def _buildings(
    buildings: list[Row], storeys: list[Row], facts: Row, owner: dict[str, tuple[int, int]],
    frame: Frame, body: Body,
) -> Units:  # fmt: skip
    import pandas as pd

    shapes = _shapes(body, body.building, len(buildings))
    classes: list[Counter[str]] = [Counter() for _ in buildings]
    for guid, kind, *_ in facts["elements"]:
        if owner[guid][0] >= 0:
            classes[owner[guid][0]][kind] += 1
    rows = [
        _building(row, [s for s in storeys if _in(s, row, buildings)], frame) for row in buildings
    ]
    top = np.full(len(buildings), -np.inf)
    mine = body.building >= 0
    np.maximum.at(top, body.building[mine], body.vertices[:, 2][body.triangles[mine]].max(axis=1))
    frame_of = pd.DataFrame([row for row, _ in rows])
    columns = columns_of(frame_of, "building")
    high = top / frame.rise - columns["ground"]
    columns["height"] = np.where(np.isfinite(high) & (high > 0), high, columns["height"])
    columns["source_id"] = np.array([row["guid"] for row in buildings], dtype=object)
    columns["attributes"] = np.array(
        [
            orjson.dumps(
                {**told, "elements": count.total(), "classes": dict(sorted(count.items()))}
            ).decode()
            for (_, told), count in zip(rows, classes, strict=True)
        ],
        dtype=object,
    )
    columns["external_ids"] = np.array(
        [orjson.dumps({"ifc": row["guid"]}).decode() for row in buildings], dtype=object
    )
    return Units("building", columns, shapes)


def _height(z: float, frame: Frame) -> float:
    """Metres, as the city counts heights, of a height in the file."""
    return z + float(frame.shift[2]) / frame.rise


def _in(storey: Row, building: Row, buildings: list[Row]) -> bool:
    return bool(storey["building"] == building["guid"]) or (
        len(buildings) == 1 and not storey["building"]
    )


def _building(row: Row, storeys: list[Row], frame: Frame) -> tuple[Row, Row]:
    """A building's words for our columns, and all it says of itself."""
    above = [s for s in storeys if s["z"] >= row["z"] - _BELOW]
    inhabited = [s for s in above if s["spaces"]] or above
    common = {key.partition(".")[2]: value for key, value in row["psets"].items()}
    count = common.get("NumberOfStoreys") or len(inhabited) or None
    ground = min((s["z"] for s in above), default=row["z"])
    words = {
        "name": row["long_name"] or row["name"] or None,
        "storeys": float(count) if isinstance(count, int | float) else None,
        "ground": _height(ground, frame),
        "use": common.get("OccupancyType") or row["object_type"] or None,
        "year_built": common.get("YearOfConstruction"),
        "height": None,
    }
    told = {
        "name": row["name"], "long_name": row["long_name"], "description": row["description"],
        "object_type": row["object_type"], "address": row["address"], "storeys": len(storeys),
        **row["psets"],
    }  # fmt: skip
    return words, {key: value for key, value in told.items() if value not in ("", None)}


def _storeys(
    storeys: list[Row], buildings: list[Row], elements: list[list[str]], frame: Frame, body: Body
) -> Units:
    """Storeys as objects, each with its building in `external_ids`; those of no shape left out."""
    shapes = _shapes(body, body.storey, len(storeys))
    keep = ~shapely.is_missing(shapes)
    held = Counter(storey for _, _, storey, *_ in elements)
    only = buildings[0]["guid"] if len(buildings) == 1 else ""
    parent = [row["building"] or only for row in storeys]
    names = np.array([row["name"] or row["long_name"] for row in storeys], dtype=object)
    told = [
        {"elevation": row["z"], "elements": held[row["guid"]], "spaces": row["spaces"],
         "building": above}
        for row, above in zip(storeys, parent, strict=True)
    ]  # fmt: skip
    columns: dict[str, npt.NDArray[Any]] = {
        "source_id": np.array([row["guid"] for row in storeys], dtype=object),
        "label_zh": names,
        "label_en": names,
        "kind": np.full(len(storeys), "storey", dtype=object),
        "ground": np.array([_height(row["z"], frame) for row in storeys], np.float64),
        "attributes": np.array([orjson.dumps(row).decode() for row in told], dtype=object),
        "external_ids": np.array(
            [orjson.dumps({"building": guid}).decode() for guid in parent], dtype=object
        ),
    }
    return Units("object", columns, shapes).take(np.flatnonzero(keep))
