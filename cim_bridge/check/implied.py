"""Tiles that subtrees say exist: their parents, boxes, errors and contents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cim_bridge.check.findings import Findings
from cim_bridge.check.shape import is_number
from cim_bridge.check.volumes import check_inside
from cim_bridge.tiles.globe import F64
from cim_bridge.tilesin.broken import FAULTS, Broken, reason
from cim_bridge.tilesin.implicit import Found, Implicit

Content = Callable[[dict[str, Any], dict[str, Any], F64, str], None]
Place = tuple[int, tuple[int, ...]]


def check_implied(
    tile: dict[str, Any], schema: dict[str, Any] | None, matrix: F64, at: str, found: Findings,
    fetch: Callable[[str], bytes], content: Content,
) -> None:  # fmt: skip
    """Walk every subtree of an implicit tile; `content` is called with each content, the tile it
    belongs to (its box, where metadata give one), its matrix and the place."""

    def broken(why: str) -> None:
        found.add("CHECK_SUBTREE", f"{at}/implicitTiling", reason=why)

    seen: dict[Place, dict[str, Any]] = {}
    try:
        implicit = Implicit.of(tile)
        if implicit is None:
            return
        names = {key: _named(schema, f"TILE_{key}") for key in ("BOUNDING_BOX", "GEOMETRIC_ERROR")}
        for item in implicit.tiles(schema or {}, fetch, broken):
            place = (item.level, item.at)
            here = f"{at}/implicitTiling/{item.level}/{'/'.join(map(str, item.at))}"
            implied = _tile(item, names)
            seen[place] = implied
            if item.above is not None:
                above = seen.get((item.level - 1, item.above))
                if above is None:
                    broken(f"tile {item.level}/{item.at} exists, the one above it does not")
                else:
                    _compare(implied, above, here, found)
            for _, uri, _ in item.contents:
                content({"uri": uri}, implied, matrix, here)
    except Broken as exc:
        broken(reason(exc))
    except FAULTS as exc:
        broken(reason(exc))


def _tile(item: Found, names: dict[str, set[str]]) -> dict[str, Any]:
    """What metadata say of a tile, as if it stood in the JSON."""
    implied: dict[str, Any] = {}
    for name in names["BOUNDING_BOX"] & set(item.metadata):
        box = np.asarray(item.metadata[name], np.float64).ravel()
        if len(box) == 12:
            implied["boundingVolume"] = {"box": box.tolist()}
    for name in names["GEOMETRIC_ERROR"] & set(item.metadata):
        implied["geometricError"] = item.metadata[name]
    return implied


def _compare(tile: dict[str, Any], above: dict[str, Any], at: str, found: Findings) -> None:
    inner, outer = tile.get("boundingVolume"), above.get("boundingVolume")
    if inner is not None and outer is not None:
        check_inside(inner, outer, np.eye(4), at, found)
    error, limit = tile.get("geometricError"), above.get("geometricError")
    if is_number(error) and is_number(limit) and error > limit:
        found.add("CHECK_ERROR_GROWS", at, value=error, expected=limit)


def _named(schema: dict[str, Any] | None, semantic: str) -> set[str]:
    """Properties of any class that mean this."""
    classes = schema.get("classes") if isinstance(schema, dict) else None
    found: set[str] = set()
    for entry in classes.values() if isinstance(classes, dict) else ():
        known = entry.get("properties") if isinstance(entry, dict) else None
        for name, item in known.items() if isinstance(known, dict) else ():
            if isinstance(item, dict) and item.get("semantic") == semantic:
                found.add(name)
    return found


def finest_uris(tile: dict[str, Any], fetch: Callable[[str], bytes]) -> Iterator[str]:
    """Contents of the implied tiles that have none below them; what is broken is left out."""
    implicit = Implicit.of(tile)
    if implicit is None:
        return
    found = list(implicit.tiles({}, fetch, lambda why: None))
    parents = {(item.level - 1, item.above) for item in found if item.above is not None}
    for item in found:
        if (item.level, item.at) not in parents:
            yield from (uri for _, uri, _ in item.contents)
