"""Whole tilesets: tileset.json, everything it refers to, and tilesets inside tilesets."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from cim_bridge.check.contents import check_content, plain
from cim_bridge.check.extensions import check_extensions, extensions_of
from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import BrokenGlb, Gltf, parse
from cim_bridge.check.implicit import SUBTREE_MAGIC
from cim_bridge.check.implied import check_implied
from cim_bridge.check.metadata import check_groups, read_schema
from cim_bridge.check.shape import compare, is_number
from cim_bridge.check.shapes import NAMES, TILESET
from cim_bridge.check.sources import (
    BrokenPackage,
    ExternalUri,
    Source,
    UnsafeUri,
    archive,
    database,
    folder,
)
from cim_bridge.check.tiles import TileRules
from cim_bridge.check.vertices import positions
from cim_bridge.check.volumes import outside_by
from cim_bridge.issues import IssueLog
from cim_bridge.tiles.globe import F64

ENTRY = "tileset.json"
_VERSIONS = ("0.0", "1.0", "1.1")
_OUTSIDE = 0.02
"""Share of a box's size by which others' contents may stand out of it before it is reported."""
_OUTSIDE_STRICT = 0.01
"""Metres, for contents of our own."""


def check_tileset(path: Path, *, root: Path | None = None, strict: bool = False) -> IssueLog:
    """Check a tileset.json, .3tz or .3dtiles and everything it refers to; nothing is fetched.

    root: the folder its URIs may not leave (by default the one above the tileset's own).
    strict: the contents must fill their boxes to the centimetre, as our own do.
    """
    log = IssueLog()
    if path.is_dir() and (path / "tileset.json").is_file():
        path = path / "tileset.json"
    found = Findings(log, path.name, strict)
    if not path.is_file():
        found.add("CHECK_FILE_MISSING", "", uri=path.name)
        return log
    try:
        if path.suffix == ".3tz":
            source, entry = archive(path.read_bytes()), ENTRY
        elif path.suffix == ".3dtiles":
            source, entry = database(path), ENTRY
        else:
            top = root or path.resolve().parent.parent
            source, entry = folder(top), path.resolve().relative_to(top.resolve()).as_posix()
        _Visit(source, found).tileset(entry, np.inf, np.eye(4), ())
    except BrokenPackage as exc:
        found.add("CHECK_PACKAGE", "", reason=exc)
    return log


@dataclass
class _Visit:
    """One walk through a source: every content is read once."""

    source: Source
    found: Findings
    _geometry: dict[str, F64] = field(default_factory=dict)

    def tileset(self, path: str, error: float, matrix: F64, above: tuple[str, ...]) -> set[str]:
        """Check one tileset.json; return the extensions in it and in those below."""
        found = self.found.about(path)
        data = self.source.read(path)
        if data is None:
            found.add("CHECK_FILE_MISSING", "", uri=path)
            return set()
        try:
            document = parse(plain(data, found))
        except BrokenGlb as exc:
            found.add("CHECK_NOT_JSON", "", reason=exc)
            return set()
        return self.document(document, path, error, matrix, above)

    def document(
        self, document: dict[str, Any], path: str, error: float, matrix: F64, above: tuple[str, ...]
    ) -> set[str]:
        found = self.found.about(path)
        _check_head(document, found)
        schema = read_schema(document, self._schema(document, path, found), found)
        check_groups(document, schema, found)
        groups = document.get("groups")
        below: set[str] = set()
        chain = (*above, path)

        def content(item: dict[str, Any], tile: dict[str, Any], frame: F64, at: str) -> None:
            self._content(item, tile, frame, at, found, chain, below)

        def subtree(tile: dict[str, Any], frame: F64, at: str) -> None:
            def fetch(uri: str) -> bytes:
                return self._subtree(uri, path, f"{at}/implicitTiling/subtrees/uri", found)

            check_implied(tile, schema, frame, at, found, fetch, content)

        rules = TileRules(
            found, schema, len(groups) if isinstance(groups, list) else 0, content, subtree
        )
        own = document.get("geometricError")
        rules.check(document.get("root"), float(own) if is_number(own) and own else error, matrix)
        check_extensions(document, found, below)
        return extensions_of(document) | below

    def _schema(self, document: dict[str, Any], path: str, found: Findings) -> Any | None:
        uri = document.get("schemaUri")
        if not isinstance(uri, str):
            return None
        data = self._read(uri, path, "/schemaUri", found)
        if data is None:
            return None
        try:
            return parse(plain(data, found))
        except BrokenGlb as exc:
            found.add("CHECK_NOT_JSON", "/schemaUri", reason=exc)
            return None

    def _subtree(self, uri: str, path: str, at: str, found: Findings) -> bytes:
        data = self._read(uri, path, at, found)
        if data is None:
            raise FileNotFoundError(uri)
        data = plain(data, found)
        if data[:4] != SUBTREE_MAGIC and data[:1] != b"{":
            found.add("CHECK_CONTENT_DAMAGED", at, reason="this is no subtree")
        return data

    def _read(self, uri: str, base: str, at: str, found: Findings) -> bytes | None:
        try:
            data = self.source.fetch(uri, base)
        except UnsafeUri:
            found.add("CHECK_URI_UNSAFE", at, uri=uri[:200])
            return None
        except ExternalUri:
            found.add("CHECK_URI_EXTERNAL", at, uri=uri[:200])
            return None
        if data is None:
            found.add("CHECK_FILE_MISSING", at, uri=uri[:200])
        return data

    def _content(
        self, item: dict[str, Any], tile: dict[str, Any], frame: F64, at: str, found: Findings,
        chain: tuple[str, ...], below: set[str],
    ) -> None:  # fmt: skip
        uri = item.get("uri", item.get("url"))
        if not isinstance(uri, str) or "{" in uri:
            return
        data = self._read(uri, chain[-1], f"{at}/uri", found)
        if data is None:
            return
        path = self.source.resolve(uri, chain[-1])
        if path.endswith(".3tz"):
            self._archive(data, path, tile, frame)
            return
        inner = self.found.about(path[:200])
        if path in self._geometry:
            self._check_box(self._geometry[path], item, tile, at, found)
            return
        data = plain(data, inner)
        document = _tileset_in(data)
        if document is not None:
            if path in chain:
                found.add("CHECK_CYCLE", f"{at}/uri", uri=uri[:200])
                return
            error = tile.get("geometricError")
            limit = float(error) if is_number(error) else np.inf
            below |= self.document(document, path, limit, frame, chain)
            return
        gltf = check_content(data, path, self.source, inner)
        self._geometry[path] = _points(gltf)
        self._check_box(self._geometry[path], item, tile, at, found)

    def _archive(self, data: bytes, path: str, tile: dict[str, Any], frame: F64) -> None:
        inner = self.found.about(path)
        error = tile.get("geometricError")
        try:
            visit = _Visit(archive(data), inner)
            limit = float(error) if is_number(error) else np.inf
            visit.tileset(ENTRY, limit, frame, ())
        except BrokenPackage as exc:
            inner.add("CHECK_PACKAGE", "", reason=exc)

    def _check_box(
        self, points: F64, item: dict[str, Any], tile: dict[str, Any], at: str, found: Findings
    ) -> None:
        if not len(points):
            return
        for volume in (item.get("boundingVolume"), tile.get("boundingVolume")):
            excess, size = outside_by(points, volume)
            if found.strict and excess > _OUTSIDE_STRICT:
                found.add("CHECK_CONTENT_OUTSIDE", at, metres=f"{excess:.3f}")
            elif excess > _OUTSIDE * size:
                found.add("CHECK_CONTENT_STANDS_OUT", at, metres=f"{excess:.3f}")


def _points(gltf: Gltf | None) -> F64:
    if gltf is None:
        return np.zeros((0, 3))
    points = positions(gltf)
    return points[np.isfinite(points).all(axis=1)]


def _check_head(document: dict[str, Any], found: Findings) -> None:
    compare(document, TILESET, "", found, NAMES)
    asset = document.get("asset")
    version = asset.get("version") if isinstance(asset, dict) else None
    if isinstance(version, str) and version not in _VERSIONS:
        found.add("CHECK_VERSION", "/asset/version", value=version)
    if "schema" in document and "schemaUri" in document:
        found.add("CHECK_EXCLUSIVE", "", names="schema, schemaUri")
    if "extras" in document and not isinstance(document["extras"], dict):
        found.add("CHECK_EXTRAS", "/extras")
    properties = document.get("properties")
    for name, entry in properties.items() if isinstance(properties, dict) else ():
        low, high = (entry.get(k) if isinstance(entry, dict) else None for k in _ENDS)
        if is_number(low) and is_number(high) and low > high:
            found.add("CHECK_RANGE", f"/properties/{name}", value=low, expected=f"<= {high}")


_ENDS = ("minimum", "maximum")


def _tileset_in(data: bytes) -> dict[str, Any] | None:
    """The document when the content is a tileset itself."""
    if data[:1].strip() not in (b"{", b""):
        return None
    try:
        document = parse(data)
    except BrokenGlb:
        return None
    return document if "root" in document else None
