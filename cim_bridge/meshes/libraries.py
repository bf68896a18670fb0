"""The images and material libraries that a mesh names: opened only inside the file's own folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cim_bridge.check.glb import parse, split_glb
from cim_bridge.check.gltf import items
from cim_bridge.issues import IssueLog
from cim_bridge.pictures import Pictures

_LIBRARY = re.compile(rb"^[ \t]*mtllib[ \t]+(.+?)[ \t\r]*$", re.MULTILINE)
_MAP = re.compile(rb"^[ \t]*map_Kd[ \t]+(?:-\S+[ \t]+\S+[ \t]+)*(.+?)[ \t\r]*$", re.MULTILINE)
_LARGEST = 1 << 24
"""Bytes of a material library."""


def wearable(path: Path, kind: str, log: IssueLog) -> bool:
    """Whether a file's materials may be opened; Issues tell of what they name and may not."""
    if kind == "ply":
        return True  # it names nothing
    if kind not in ("glb", "gltf", "obj"):
        return False
    pictures = Pictures(path)
    if kind != "obj":
        for uri in _of_gltf(path, kind):
            pictures.take(uri)
        pictures.report(log)
        return not pictures.escapes
    libraries = [pictures.take(_text(name)) for name in _LIBRARY.findall(path.read_bytes())]
    images = [
        pictures.take(_text(name))
        for library in libraries
        if library is not None and library.path is not None
        for name in _maps(library.path)
    ]
    pictures.report(log)
    return all(one is not None for one in (*libraries, *images)) or not pictures.escapes


def _of_gltf(path: Path, kind: str) -> Iterator[str]:
    data = path.read_bytes()
    document = split_glb(data)[0] if kind == "glb" else parse(data)
    for image in items(document, "images"):
        uri = image.get("uri")
        if isinstance(uri, str) and not uri.startswith("data:"):
            yield uri


def _maps(library: Path) -> Iterator[bytes]:
    if library.stat().st_size <= _LARGEST:
        yield from _MAP.findall(library.read_bytes())


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace").strip('"')
