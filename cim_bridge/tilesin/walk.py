"""A walk over a whole tileset: explicit, implicit, nested and archived tiles as one flat list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from cim_bridge.check.shape import is_number
from cim_bridge.issues import IssueLog
from cim_bridge.tiles.globe import F64
from cim_bridge.tilesin.broken import FAULTS, Broken, reason
from cim_bridge.tilesin.implicit import Implicit, content_items, content_uri
from cim_bridge.tilesin.metadata import entity
from cim_bridge.tilesin.package import ENTRY, Package, json_object, nested, plain

MAX_TILES = 2_000_000
_DEPTH = 32
"""Tilesets inside tilesets."""
_GEOMETRY = (".b3dm", ".i3dm", ".pnts", ".cmpt", ".glb", ".gltf", ".vctr", ".geom")


@dataclass(frozen=True)
class Content:
    """One content of a tile, unread. `uri` is its path inside the outermost package."""

    uri: str
    path: str
    package: Package
    up: str
    metadata: dict[str, Any]
    inline: bytes | None = None

    def read(self) -> bytes:
        """Its bytes, unzipped; FileNotFoundError when there are none."""
        if self.inline is not None:
            return self.inline
        data = self.package.raw(self.path)
        if data is None:
            raise FileNotFoundError(self.uri)
        return plain(data)


@dataclass
class Tile:
    """One tile: its parent's place in the list (-1 none), its frame to the root's axes."""

    parent: int
    matrix: F64
    error: float
    refine: str
    contents: list[Content] = field(default_factory=list)
    finest: bool = True
    """Whether nothing finer replaces its contents."""


@dataclass(frozen=True)
class Scope:
    """What holds for the tiles of one tileset.json."""

    package: Package
    path: str
    uri: str
    up: str
    schema: dict[str, Any]
    groups: list[dict[str, Any]]
    chain: tuple[str, ...]


@dataclass
class Walk:
    """Every tile of a tileset. `files`: paths in the package that were met, for serving them."""

    package: Package
    log: IssueLog
    tiles: list[Tile] = field(default_factory=list)
    files: dict[str, None] = field(default_factory=dict)
    version: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    volume: dict[str, Any] = field(default_factory=dict)
    extensions: list[str] = field(default_factory=list)

    def run(self) -> Walk:
        """Walk from the entry; findings go to the log."""
        try:
            data = self.package.raw(self.package.entry)
            data = None if data is None else plain(data)
        except Broken as exc:
            self.log.add("TILESIN_PACKAGE", file=self.package.name, reason=reason(exc))
            return self
        if data is None:
            self.log.add("TILESIN_NO_ENTRY", file=self.package.name)
            return self
        self._tileset(data, self.package, self.package.entry, "", -1, _ROOT, ())
        self._mark_finest()
        return self

    def contents(self) -> Iterator[tuple[Tile, Content]]:
        """Every content with its tile, in the order of the walk."""
        for tile in self.tiles:
            for content in tile.contents:
                yield tile, content

    def _tileset(
        self, data: bytes, package: Package, path: str, prefix: str, parent: int, above: Tile,
        chain: tuple[str, ...],
    ) -> None:  # fmt: skip
        uri = prefix + path
        try:
            document = json_object(data, "tileset.json")
            scope = self._scope(document, package, path, uri, chain)
            root = document.get("root")
            if not isinstance(root, dict):
                raise Broken("there is no root tile")
        except FAULTS as exc:
            self.log.add("TILESIN_TILESET", file=self.package.name, cell=uri, reason=reason(exc))
            return
        if not prefix:
            self.files.setdefault(path)
        if not chain:
            asset = document.get("asset")
            self.version = str(asset.get("version", "")) if isinstance(asset, dict) else ""
            self.metadata = entity(scope.schema, document.get("metadata"))
            statistics = document.get("statistics")
            if isinstance(statistics, dict):
                self.metadata["statistics"] = statistics
            self.volume = root.get("boundingVolume") or {}
            listed = document.get("extensionsUsed")
            self.extensions = listed if isinstance(listed, list) else []
        self._explicit(root, scope, prefix, parent, above)

    def _scope(
        self, document: dict[str, Any], package: Package, path: str, uri: str,
        chain: tuple[str, ...],
    ) -> Scope:  # fmt: skip
        asset = document.get("asset")
        up = str(asset.get("gltfUpAxis", "Y")).upper() if isinstance(asset, dict) else "Y"
        old = (document.get("extensions") or {}).get("3DTILES_metadata") or {}
        schema = document.get("schema", old.get("schema"))
        where = document.get("schemaUri", old.get("schemaUri"))
        if schema is None and isinstance(where, str):
            try:
                schema = json_object(package.fetch(where, path), "schema")
                self.files.setdefault(package.resolve(where, path))
            except (Broken, OSError) as exc:
                self.log.add(
                    "TILESIN_SCHEMA", file=self.package.name, cell=where, reason=reason(exc)
                )
        schema = schema if isinstance(schema, dict) else {}
        groups = document.get("groups", old.get("groups"))
        groups = list(groups.values()) if isinstance(groups, dict) else groups
        told = [entity(schema, item) for item in (groups if isinstance(groups, list) else [])]
        return Scope(package, path, uri, up, schema, told, (*chain, uri))

    def _explicit(
        self, root: dict[str, Any], scope: Scope, prefix: str, parent: int, above: Tile
    ) -> None:
        """The tiles of one tileset.json, parents first."""
        waiting: list[tuple[dict[str, Any], int, Tile]] = [(root, parent, above)]
        while waiting:
            item, parent, above = waiting.pop()
            if len(self.tiles) >= MAX_TILES:
                self.log.add("TILESIN_TOO_MANY", file=self.package.name, limit=MAX_TILES)
                return
            number = len(self.tiles)
            try:
                tile = _tile(item, parent, above)
                self.tiles.append(tile)
                implicit = Implicit.of(item)
                own = entity(scope.schema, _metadata(item))
                if implicit is not None:
                    self._implicit(implicit, item, scope, prefix, number)
                    continue
                for content in content_items(item):
                    self._content(content_uri(content), content, own, scope, prefix, number)
                children = item.get("children")
                listed = children if isinstance(children, list) else []
                waiting += [(c, number, tile) for c in reversed(listed) if isinstance(c, dict)]
            except FAULTS as exc:
                self._broken(scope, reason(exc))

    def _implicit(
        self, implicit: Implicit, item: dict[str, Any], scope: Scope, prefix: str, number: int
    ) -> None:
        root = self.tiles[number]
        numbers: dict[tuple[int, ...], int] = {}
        told = content_items(item)

        def fetch(uri: str) -> bytes:
            data = scope.package.fetch(uri, scope.path)
            if not prefix:
                self.files.setdefault(scope.package.resolve(uri, scope.path))
            return data

        for found in implicit.tiles(scope.schema, fetch, lambda why: self._broken(scope, why)):
            if len(self.tiles) >= MAX_TILES:
                self.log.add("TILESIN_TOO_MANY", file=self.package.name, limit=MAX_TILES)
                return
            above = found.above
            parent = number if above is None else numbers.get((found.level - 1, *above), number)
            here = number if above is None else len(self.tiles)
            numbers[found.level, *found.at] = here
            if above is not None:
                error = root.error / 2**found.level
                self.tiles.append(Tile(parent, root.matrix, error, root.refine))
            for which, uri, metadata in found.contents:
                self._content(uri, told[which], found.metadata | metadata, scope, prefix, here)

    def _content(
        self, uri: str, item: dict[str, Any], own: dict[str, Any], scope: Scope, prefix: str,
        number: int,
    ) -> None:  # fmt: skip
        if not uri:
            return
        tile, package = self.tiles[number], scope.package
        group = _group(item)
        metadata = dict(scope.groups[group]) if 0 <= group < len(scope.groups) else {}
        metadata |= own | entity(scope.schema, _metadata(item))
        if uri.startswith("data:"):
            data = plain(package.fetch(uri, scope.path))
            name = f"{scope.uri}#data{number}"
            tile.contents.append(Content(name, "", package, scope.up, metadata, data))
            return
        path = package.resolve(uri, scope.path)
        if not prefix:
            self.files.setdefault(path)
        if not path.lower().endswith(_GEOMETRY) and self._below(path, prefix, scope, number):
            return
        tile.contents.append(Content(prefix + path, path, package, scope.up, metadata))

    def _below(self, path: str, prefix: str, scope: Scope, number: int) -> bool:
        """Whether the content is itself a tileset; then its tiles hang below this one."""
        data = scope.package.raw(path)
        if data is None:
            return False
        if data[:4] == b"PK\3\4":
            inner = nested(data, path, scope.package.top)
            place = f"{prefix}{path}!/"
            self._enter(inner, ENTRY, place, number, scope)
            return True
        data = plain(data)
        if data[:1] != b"{" or b'"root"' not in data:
            return False
        self._enter(scope.package, path, prefix, number, scope)
        return True

    def _enter(self, package: Package, path: str, prefix: str, number: int, scope: Scope) -> None:
        uri = prefix + path
        if uri in scope.chain or len(scope.chain) > _DEPTH:
            self.log.add("TILESIN_CYCLE", file=self.package.name, cell=uri)
            return
        data = package.raw(path)
        if data is None:
            self.log.add("TILESIN_NO_ENTRY", file=uri)
            return
        tile = self.tiles[number]
        self._tileset(plain(data), package, path, prefix, number, tile, scope.chain)

    def _broken(self, scope: Scope, why: str) -> None:
        self.log.add("TILESIN_TILE", file=self.package.name, cell=scope.uri, reason=why)

    def _mark_finest(self) -> None:
        """A tile's contents are replaced when tiles below it have some and it refines so."""
        below = [False] * len(self.tiles)
        for number in range(len(self.tiles) - 1, -1, -1):
            tile = self.tiles[number]
            tile.finest = tile.refine == "ADD" or not below[number]
            if tile.parent >= 0 and (tile.contents or below[number]):
                below[tile.parent] = True


_ROOT = Tile(-1, np.eye(4), np.inf, "REPLACE")


def _tile(item: dict[str, Any], parent: int, above: Tile) -> Tile:
    matrix = above.matrix
    given = item.get("transform")
    if isinstance(given, list):
        own = np.array(given, np.float64).reshape(4, 4).T
        if not np.isfinite(own).all():
            raise Broken("a transform that is not finite")
        matrix = matrix @ own
    refine = str(item.get("refine", above.refine)).upper()
    error = item.get("geometricError")
    return Tile(parent, matrix, float(error) if is_number(error) else 0.0, refine)


def _metadata(item: dict[str, Any]) -> Any:
    old = (item.get("extensions") or {}).get("3DTILES_metadata")
    return item.get("metadata", old)


def _group(item: dict[str, Any]) -> int:
    old = (item.get("extensions") or {}).get("3DTILES_metadata") or {}
    group = item.get("group", old.get("group"))
    return int(group) if is_number(group) else -1
