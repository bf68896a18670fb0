"""extensionsUsed and extensionsRequired against the extensions a tileset really holds."""

from __future__ import annotations

from typing import Any

from cim_bridge.check.findings import Findings

KNOWN = frozenset(
    {
        "3DTILES_bounding_volume_S2", "3DTILES_bounding_volume_cylinder", "3DTILES_content_gltf",
        "3DTILES_implicit_tiling", "3DTILES_metadata", "3DTILES_multiple_contents",
        "3DTILES_batch_table_hierarchy", "3DTILES_ellipsoid", "MAXAR_content_3tz",
        "MAXAR_content_geojson", "VRICON_class",
    }
)  # fmt: skip
CONTENT_NEEDS = {".3tz": "MAXAR_content_3tz", ".geojson": "MAXAR_content_geojson"}
"""Content that a tileset may only refer to with an extension it declares as required."""
_ONLY_USED = frozenset({"3DTILES_content_gltf"})
"""Extensions that are declared without any object of their own."""


def extensions_of(document: dict[str, Any]) -> set[str]:
    """Every extension a tileset declares or holds."""
    return _present(document) | _names(document, "extensionsUsed")


def check_extensions(document: dict[str, Any], found: Findings, below: set[str]) -> None:
    """Report undeclared, unused and unknown extensions.

    below: extensions of the tilesets this one refers to, which it has to declare too.
    """
    used, required = _names(document, "extensionsUsed"), _names(document, "extensionsRequired")
    present = _present(document) | below
    needed = _needed_by_contents(document)
    for name in sorted(present - used):
        found.add("CHECK_EXTENSION_UNDECLARED", "/extensionsUsed", name=name)
    for name in sorted(needed - used):
        found.add("CHECK_EXTENSION_UNDECLARED", "/extensionsUsed", name=name)
    for name in sorted((needed & used) - required):
        found.add("CHECK_EXTENSION_NOT_REQUIRED", "/extensionsRequired", name=name)
    for name in sorted(required - used):
        found.add("CHECK_EXTENSION_REQUIRED_UNUSED", "/extensionsRequired", name=name)
    for name in sorted(used - present - needed - _ONLY_USED):
        found.add("CHECK_EXTENSION_UNUSED", "/extensionsUsed", name=name)
    for name in sorted((present | used | required) - KNOWN):
        found.add("CHECK_EXTENSION_UNKNOWN", "/extensionsUsed", name=name)


def _names(document: dict[str, Any], key: str) -> set[str]:
    listed = document.get(key)
    return {n for n in listed if isinstance(n, str)} if isinstance(listed, list) else set()


def _present(value: Any) -> set[str]:
    """Names of extension objects anywhere but inside `extras`."""
    names: set[str] = set()
    stack = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, dict):
            inside = item.get("extensions")
            if isinstance(inside, dict):
                names.update(key for key, inner in inside.items() if isinstance(inner, dict))
            stack += [inner for key, inner in item.items() if key != "extras"]
        elif isinstance(item, list):
            stack += item
    return names


def _needed_by_contents(document: dict[str, Any]) -> set[str]:
    needed: set[str] = set()
    asset = document.get("asset")
    old = isinstance(asset, dict) and asset.get("version") == "1.0"
    stack: list[Any] = [document.get("root")]
    while stack:
        tile = stack.pop()
        if not isinstance(tile, dict):
            continue
        children = tile.get("children")
        stack += children if isinstance(children, list) else []
        contents = tile.get("contents")
        for content in [tile.get("content"), *(contents if isinstance(contents, list) else [])]:
            uri = content.get("uri") if isinstance(content, dict) else None
            if isinstance(uri, str):
                needed |= {ext for suffix, ext in CONTENT_NEEDS.items() if uri.endswith(suffix)}
                if old and uri.endswith((".gltf", ".glb")):
                    needed.add("3DTILES_content_gltf")
    return needed
