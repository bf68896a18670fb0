"""A look at contents without reading their geometry: format, extensions, how features are told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from cim_bridge.check.gltf import items
from cim_bridge.tilesin.broken import FAULTS
from cim_bridge.tilesin.legacy import HEADERS, inner_tiles, split
from cim_bridge.tilesin.package import json_object
from cim_bridge.tilesin.walk import Content, Walk

_FAULTS: tuple[type[Exception], ...] = (*FAULTS, FileNotFoundError)
MOST = 400
"""Contents that are looked at; of more, every n-th."""


@dataclass
class Glance:
    """What the contents looked at hold. seen of total; formats, ids, metadata: name → contents.

    ids: attribute, texture, instance, implicit or batch. metadata: batch table, hierarchy, property
    table, texture, attribute. largest: most rows of one table.
    """

    total: int = 0
    seen: int = 0
    gzipped: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    used: Counter[str] = field(default_factory=Counter)
    required: Counter[str] = field(default_factory=Counter)
    ids: Counter[str] = field(default_factory=Counter)
    metadata: Counter[str] = field(default_factory=Counter)
    untabled: int = 0
    """glTF feature-id sets that point to no property table while the file has some."""
    row_tables: int = 0
    """Contents whose property table has a whole-number `row` and an `id`, as our tiles have."""
    largest: int = 0


def glance(walk: Walk) -> Glance:
    """Look at the contents of a walked tileset."""
    every = [content for _, content in walk.contents()]
    found = Glance(total=len(every))
    step = max(1, -(-len(every) // MOST))
    for content in every[::step]:
        try:
            _look(content, found)
        except _FAULTS:
            found.formats["unreadable"] += 1
        found.seen += 1
    return found


def _look(content: Content, found: Glance) -> None:
    if content.inline is None:
        stored = content.package.raw(content.path)
        found.gzipped += stored is not None and stored[:2] == b"\x1f\x8b"
    data = content.read()
    for piece in _pieces(data):
        magic = piece[:4]
        if magic == b"glTF" or magic not in HEADERS:
            name = "glb" if magic == b"glTF" else _other(piece)
            found.formats[name] += 1
            if name in ("glb", "gltf"):
                _gltf(piece, found)
            continue
        found.formats[magic.decode("ascii")] += 1
        _legacy(piece, found)


def _pieces(data: bytes) -> Iterator[bytes]:
    if data[:4] == b"cmpt":
        for _, inner in inner_tiles(data):
            yield from _pieces(inner)
    else:
        yield data


def _other(data: bytes) -> str:
    if data[:1].strip(b" \r\n\t") in (b"{", b""):
        return "geojson" if b'"FeatureCollection"' in data[:2000] else "gltf"
    return data[:4].decode("ascii", "replace")


def _legacy(data: bytes, found: Glance) -> None:
    parts = split(data)
    length = "INSTANCES_LENGTH" if data[:4] == b"i3dm" else "BATCH_LENGTH"
    count = parts.count("BATCH_LENGTH") or parts.count(length)
    if count > 0:
        found.ids["batch"] += 1
        found.largest = max(found.largest, count)
    if parts.batch:
        tree = "3DTILES_batch_table_hierarchy" in (parts.batch.get("extensions") or {})
        tree |= "HIERARCHY" in parts.batch
        found.metadata["hierarchy" if tree else "batch table"] += 1
    extensions = parts.feature.get("extensions") or {}
    found.used.update(list(extensions))
    if data[:4] == b"b3dm" or (data[:4] == b"i3dm" and parts.embedded):
        _gltf(parts.rest, found)


def _gltf(data: bytes, found: Glance) -> None:
    document = _document(data)
    for key, counter in (("extensionsUsed", found.used), ("extensionsRequired", found.required)):
        listed = document.get(key)
        counter.update({str(name) for name in listed} if isinstance(listed, list) else ())
    extensions = document.get("extensions") or {}
    modern = extensions.get("EXT_structural_metadata") or {}
    tables = items(modern, "propertyTables")
    for key, name in (("propertyTables", "property table"), ("propertyTextures", "texture"),
                      ("propertyAttributes", "attribute")):  # fmt: skip
        found.metadata[name] += bool(items(modern, key))
    if "EXT_feature_metadata" in extensions:
        found.metadata["property table"] += 1
    counts = [table["count"] for table in tables if isinstance(table.get("count"), int)]
    found.largest = max([found.largest, *counts])
    found.row_tables += any(_is_ours(modern, table) for table in tables)
    _feature_ids(document, found, tabled=bool(tables))
    found.metadata = +found.metadata


def _is_ours(modern: dict[str, Any], table: dict[str, Any]) -> bool:
    classes = (modern.get("schema") or {}).get("classes") or {}
    named = (classes.get(table.get("class")) or {}).get("properties") or {}
    row = named.get("row") or {}
    return row.get("componentType") == "UINT32" and "id" in named


def _feature_ids(document: dict[str, Any], found: Glance, *, tabled: bool) -> None:
    kinds: set[str] = set()
    for mesh in items(document, "meshes"):
        for primitive in items(mesh, "primitives"):
            extensions = primitive.get("extensions") or {}
            old = "EXT_feature_metadata" in extensions
            for one in items(extensions.get("EXT_mesh_features") or {}, "featureIds"):
                kinds.add(_kind(one))
                found.untabled += tabled and "propertyTable" not in one
            kinds.update({"attribute"} if old else set())
    for node in items(document, "nodes"):
        if "EXT_instance_features" in (node.get("extensions") or {}):
            kinds.add("instance")
    found.ids.update(kinds)


def _kind(one: dict[str, Any]) -> str:
    return "texture" if "texture" in one else "attribute" if "attribute" in one else "implicit"


def _document(data: bytes) -> dict[str, Any]:
    if data[:4] != b"glTF":
        return json_object(data, "glTF")
    length = int.from_bytes(data[12:16], "little")
    return json_object(data[20 : 20 + length].rstrip(b" \0"), "glTF")
