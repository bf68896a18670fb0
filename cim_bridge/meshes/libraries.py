"""The material libraries and images an OBJ names: opened only inside the file's own folder."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cim_bridge.issues import IssueLog
from cim_bridge.pictures import Pictures

_LIBRARY = re.compile(rb"^[ \t]*mtllib[ \t]+(.+?)[ \t\r]*$", re.MULTILINE)
_MAP = re.compile(rb"^[ \t]*map_Kd[ \t]+(?:-\S+[ \t]+\S+[ \t]+)*(.+?)[ \t\r]*$", re.MULTILINE)
_LARGEST = 1 << 24
"""Bytes of a material library."""


def wearable(path: Path, kind: str, log: IssueLog) -> bool:
    """Whether a file's materials may be opened; Issues tell of what they name and may not."""
    if kind in ("glb", "gltf", "ply"):
        return True  # what a glTF names was checked before; a PLY names nothing
    if kind != "obj":
        return False
    pictures = Pictures(path)
    libraries = [pictures.take(_text(name)) for name in _LIBRARY.findall(path.read_bytes())]
    images = [
        pictures.take(_text(name))
        for library in libraries
        if library is not None and library.path is not None
        for name in _maps(library.path)
    ]
    pictures.report(log)
    return all(one is not None for one in (*libraries, *images)) or not pictures.escapes


def _maps(library: Path) -> Iterator[bytes]:
    if library.stat().st_size <= _LARGEST:
        yield from _MAP.findall(library.read_bytes())


def _text(name: bytes) -> str:
    return name.decode("utf-8", "replace").strip('"')
