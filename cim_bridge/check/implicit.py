"""Implicit tiling: what its root may hold, its templates and its first subtree."""

from __future__ import annotations

import re
from typing import Any

from cim_bridge.check.findings import Findings

_VARIABLE = re.compile(r"\{([^{}]*)\}")
SUBTREE_MAGIC = b"subt"


def variables(scheme: Any) -> tuple[str, ...]:
    """Names a template must use."""
    return ("level", "x", "y", "z") if scheme == "OCTREE" else ("level", "x", "y")


def check_implicit(tile: dict[str, Any], at: str, found: Findings) -> str | None:
    """Check an implicit root tile; return the URI of its first subtree when it has one."""
    implicit = tile["implicitTiling"]
    if not isinstance(implicit, dict):
        return None
    for key in ("children", "metadata"):
        if key in tile:
            found.add("CHECK_IMPLICIT_ROOT", f"{at}/{key}", name=key)
    volume = tile.get("boundingVolume")
    if isinstance(volume, dict) and "sphere" in volume:
        found.add("CHECK_IMPLICIT_ROOT", f"{at}/boundingVolume", name="sphere")
    names = variables(implicit.get("subdivisionScheme"))
    contents = tile.get("contents")
    for content in [tile.get("content"), *(contents if isinstance(contents, list) else [])]:
        if not isinstance(content, dict):
            continue
        if "boundingVolume" in content:
            found.add("CHECK_IMPLICIT_ROOT", f"{at}/content", name="content.boundingVolume")
        _check_template(content.get("uri"), names, f"{at}/content/uri", found)
    subtrees = implicit.get("subtrees")
    uri = subtrees.get("uri") if isinstance(subtrees, dict) else None
    _check_template(uri, names, f"{at}/implicitTiling/subtrees/uri", found)
    return fill(uri, dict.fromkeys(names, 0)) if isinstance(uri, str) else None


def fill(template: str, values: dict[str, int]) -> str:
    """Put numbers into a template URI."""
    return _VARIABLE.sub(lambda match: str(values.get(match[1], match[0])), template)


def _check_template(uri: Any, names: tuple[str, ...], at: str, found: Findings) -> None:
    if not isinstance(uri, str):
        return
    given = set(_VARIABLE.findall(uri))
    for name in sorted(given - set(names)):
        found.add("CHECK_TEMPLATE", at, name=name, expected=", ".join(names))
    if given <= set(names):
        for name in sorted(set(names) - given):
            found.add("CHECK_TEMPLATE_INCOMPLETE", at, name=name)
