"""Implicit tiling written out: the tiles that subtrees say exist, as if they stood in the JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.gltf import whole
from cim_bridge.check.implicit import fill
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.metadata import Column
from cim_bridge.tilesin.subtree import Subtree, read_subtree

I64 = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """One available tile: its place, the place of its parent (None at the root), its contents."""

    level: int
    at: tuple[int, ...]
    contents: list[tuple[int, str, dict[str, Any]]]
    """(which of the tile's contents, URI, metadata)."""
    metadata: dict[str, Any]

    @property
    def above(self) -> tuple[int, ...] | None:
        """Place of the parent, one level up."""
        return tuple(n // 2 for n in self.at) if self.level else None


@dataclass(frozen=True)
class Implicit:
    """The `implicitTiling` of a tile (or its older extension), with its content templates."""

    axes: int
    levels: int
    depth: int
    subtrees: str
    templates: list[str]

    @classmethod
    def of(cls, tile: dict[str, Any]) -> Implicit | None:
        """Read it from a tile; None when the tile is explicit."""
        extensions = tile.get("extensions")
        old = extensions.get("3DTILES_implicit_tiling") if isinstance(extensions, dict) else None
        item = tile.get("implicitTiling") or old
        if not isinstance(item, dict):
            return None
        scheme = item.get("subdivisionScheme")
        if scheme not in ("QUADTREE", "OCTREE"):
            raise Broken(f"subdivisionScheme {scheme!r}")
        depth = whole(item.get("availableLevels", whole(item.get("maximumLevel")) + 1))
        subtrees = item.get("subtrees")
        template = subtrees.get("uri") if isinstance(subtrees, dict) else None
        if not isinstance(template, str) or depth < 1:
            raise Broken("implicit tiling without subtrees or levels")
        axes = 3 if scheme == "OCTREE" else 2
        return cls(axes, whole(item.get("subtreeLevels")), depth, template, templates(tile))

    def tiles(
        self, schema: dict[str, Any], fetch: Callable[[str], bytes], broken: Callable[[str], None]
    ) -> Iterator[Found]:
        """Every available tile, parents first; `broken` is told of subtrees that cannot be read."""
        waiting: list[tuple[int, tuple[int, ...]]] = [(0, (0,) * self.axes)]
        while waiting:
            level, at = waiting.pop()
            uri = self.uri(self.subtrees, level, at)
            try:
                tree = read_subtree(fetch(uri), 2**self.axes, self.levels, schema, fetch)
            except (Broken, OSError) as exc:
                broken(f"{uri}: {exc}")
                continue
            yield from self._spread(tree, level, at)
            if level + self.levels < self.depth:
                below = np.flatnonzero(tree.child)
                places = self._places(below, self.levels, at)
                waiting += [(level + self.levels, place) for place in reversed(places)]

    def _spread(self, tree: Subtree, level: int, at: tuple[int, ...]) -> Iterator[Found]:
        branches = 2**self.axes
        tile_order = np.cumsum(tree.tile) - 1
        content_order = [np.cumsum(bits) - 1 for bits in tree.contents]
        first = 0
        for step in range(min(self.levels, self.depth - level)):
            here = np.flatnonzero(tree.tile[first : first + branches**step])
            for place, morton in zip(self._places(here, step, at), here.tolist(), strict=True):
                bit = first + morton
                contents = [
                    (k, self.uri(self.templates[k], level + step, place),
                     _row(tree.content_values[k], int(content_order[k][bit]))
                     if k < len(tree.content_values) else {})
                    for k, bits in enumerate(tree.contents)
                    if k < len(self.templates) and bits[bit]
                ]  # fmt: skip
                metadata = tree.own | _row(tree.tile_values, int(tile_order[bit]))
                yield Found(level + step, place, contents, metadata)
            first += branches**step

    def _places(self, morton: I64, step: int, at: tuple[int, ...]) -> list[tuple[int, ...]]:
        """Tile coordinates of Morton numbers `step` levels below a subtree's root."""
        axes = [np.zeros(len(morton), np.int64) for _ in range(self.axes)]
        for bit in range(step):
            for axis in range(self.axes):
                axes[axis] |= ((morton >> (bit * self.axes + axis)) & 1) << bit
        shifted = [axis + (base << step) for axis, base in zip(axes, at, strict=True)]
        return list(zip(*(axis.tolist() for axis in shifted), strict=True))

    def uri(self, template: str, level: int, at: tuple[int, ...]) -> str:
        """A template filled in."""
        names = dict(zip(("x", "y", "z"), at, strict=False))
        return fill(template, {"level": level, **names})


def _row(columns: dict[str, Column], row: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, values in columns.items():
        if 0 <= row < len(values):
            value = values[row]
            found[name] = value.item() if isinstance(value, np.generic) else value
    return {name: value for name, value in found.items() if value is not None}


def content_items(tile: dict[str, Any]) -> list[dict[str, Any]]:
    """The contents of a tile, however its version spells them."""
    extensions = tile.get("extensions")
    old = extensions.get("3DTILES_multiple_contents") if isinstance(extensions, dict) else None
    listed = tile.get("contents")
    if listed is None and isinstance(old, dict):
        listed = old.get("contents", old.get("content"))
    if listed is None and isinstance(old, list):
        listed = old
    found = listed if isinstance(listed, list) else [tile.get("content")]
    return [item for item in found if isinstance(item, dict)]


def content_uri(item: dict[str, Any]) -> str:
    """URI of a content; `url` before 1.0."""
    uri = item.get("uri", item.get("url"))
    return uri if isinstance(uri, str) else ""


def templates(tile: dict[str, Any]) -> list[str]:
    """Content templates of an implicit tile."""
    return [content_uri(item) for item in content_items(tile)]
