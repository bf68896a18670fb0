"""Tiles of one tileset.json: refinement, errors, transforms, volumes and contents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cim_bridge.check.findings import Findings
from cim_bridge.check.implicit import check_implicit
from cim_bridge.check.metadata import check_entity
from cim_bridge.check.shape import is_number
from cim_bridge.check.volumes import check_inside, check_volume
from cim_bridge.tiles.globe import F64

Content = Callable[[dict[str, Any], dict[str, Any], F64, str], None]
"""Called with a content, its tile, the tile's 4x4 matrix to the globe, and the place."""


@dataclass(frozen=True)
class Above:
    """What a tile inherits."""

    tile: dict[str, Any] | None
    error: float
    matrix: F64


@dataclass(frozen=True)
class TileRules:
    """What the tiles of one tileset are checked against."""

    found: Findings
    schema: dict[str, Any] | None
    groups: int
    content: Content
    subtree: Callable[[dict[str, Any], F64, str], None]
    """Called with an implicit tile whose first subtree has a name, its matrix and the place."""

    def check(self, root: Any, error: float, matrix: F64) -> None:
        """Walk the tree without recursion: depth is the tileset's own choice."""
        stack: list[tuple[Any, Above, str]] = [(root, Above(None, error, matrix), "/root")]
        while stack:
            tile, above, at = stack.pop()
            if not isinstance(tile, dict):
                continue
            below = self._tile(tile, above, at)
            children = tile.get("children")
            for index, child in enumerate(children if isinstance(children, list) else []):
                stack.append((child, below, f"{at}/children/{index}"))

    def _tile(self, tile: dict[str, Any], above: Above, at: str) -> Above:
        self._refine(tile, above, at)
        own = _matrix(tile, at, self.found)
        matrix = above.matrix @ own
        error = self._error(tile, above, at)
        check_volume(tile.get("boundingVolume"), f"{at}/boundingVolume", self.found)
        if "viewerRequestVolume" in tile:
            check_volume(tile["viewerRequestVolume"], f"{at}/viewerRequestVolume", self.found)
        if above.tile is not None:
            outer = above.tile.get("boundingVolume")
            check_inside(tile.get("boundingVolume"), outer, own, f"{at}/boundingVolume", self.found)
        if "metadata" in tile:
            check_entity(tile["metadata"], self.schema, f"{at}/metadata", self.found)
        if "content" in tile and "contents" in tile:
            self.found.add("CHECK_EXCLUSIVE", at, names="content, contents")
        if "implicitTiling" in tile:
            first = check_implicit(tile, at, self.found)
            if first is not None:
                self.subtree(tile, matrix, at)
        self._contents(tile, matrix, at)
        return Above(tile, error, matrix)

    def _refine(self, tile: dict[str, Any], above: Above, at: str) -> None:
        refine = tile.get("refine")
        if refine is None:
            if above.tile is None:
                self.found.add("CHECK_REFINE_MISSING", at)
        elif isinstance(refine, str) and refine not in ("ADD", "REPLACE"):
            code = "CHECK_CHOICE"
            if refine.upper() in ("ADD", "REPLACE"):
                code = "CHECK_REFINE_CASE"
            self.found.add(code, f"{at}/refine", value=refine, expected="ADD, REPLACE")

    def _error(self, tile: dict[str, Any], above: Above, at: str) -> float:
        error = self._semantic_error(tile)
        if error is None:
            given = tile.get("geometricError")
            error = float(given) if is_number(given) else above.error
        if error > above.error:
            self.found.add(
                "CHECK_ERROR_GROWS", f"{at}/geometricError", value=error, expected=above.error
            )
        return error

    def _semantic_error(self, tile: dict[str, Any]) -> float | None:
        """The geometric error that the tile's metadata gives in place of its own."""
        entity = tile.get("metadata")
        if self.schema is None or not isinstance(entity, dict):
            return None
        classes = self.schema.get("classes")
        described = classes.get(entity.get("class")) if isinstance(classes, dict) else None
        known = described.get("properties") if isinstance(described, dict) else None
        given = entity.get("properties")
        if not isinstance(given, dict) or not isinstance(known, dict):
            return None
        for key, item in known.items():
            if isinstance(item, dict) and item.get("semantic") == "TILE_GEOMETRIC_ERROR":
                value = given.get(key)
                return float(value) if is_number(value) else None
        return None

    def _contents(self, tile: dict[str, Any], matrix: F64, at: str) -> None:
        listed = tile.get("contents")
        places = [(tile.get("content"), f"{at}/content")]
        if isinstance(listed, list):
            places += [(content, f"{at}/contents/{i}") for i, content in enumerate(listed)]
        for content, place in places:
            if not isinstance(content, dict):
                continue
            self._content(content, tile, place)
            if "implicitTiling" not in tile:
                self.content(content, tile, matrix, place)

    def _content(self, content: dict[str, Any], tile: dict[str, Any], at: str) -> None:
        if "uri" not in content:
            code = "CHECK_URL_OLD" if isinstance(content.get("url"), str) else "CHECK_MISSING"
            self.found.add(code, at, name="uri")
        if "boundingVolume" in content:
            volume = content["boundingVolume"]
            place = f"{at}/boundingVolume"
            check_volume(volume, place, self.found)
            check_inside(volume, tile.get("boundingVolume"), np.eye(4), place, self.found)
        group = content.get("group")
        if isinstance(group, int) and group >= self.groups:
            self.found.add("CHECK_NOT_FOUND", f"{at}/group", name=group)
        if "metadata" in content:
            check_entity(content["metadata"], self.schema, f"{at}/metadata", self.found)


def _matrix(tile: dict[str, Any], at: str, found: Findings) -> F64:
    numbers = tile.get("transform")
    if not isinstance(numbers, list) or len(numbers) != 16 or not all(map(is_number, numbers)):
        return np.eye(4)
    matrix = np.array(numbers, np.float64).reshape(4, 4).T
    if not np.array_equal(matrix[3], [0.0, 0.0, 0.0, 1.0]):
        found.add("CHECK_TRANSFORM", f"{at}/transform")
        return np.eye(4)
    return matrix
