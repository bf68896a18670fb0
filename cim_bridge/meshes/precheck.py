"""What a mesh file claims against the bytes that are there; a liar never reaches trimesh."""

from __future__ import annotations

import base64
import binascii
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from cim_bridge.check.findings import Findings
from cim_bridge.check.glb import BrokenGlb, Gltf, parse, split_glb
from cim_bridge.check.gltf import check_gltf, items
from cim_bridge.issues import IssueLog

FORMATS = ("glb", "gltf", "obj", "ply", "stl")
MAX_BYTES = 2 << 30
_HEADER = 1 << 16
_ELEMENT = re.compile(rb"^element\s+(\S+)\s+(\d+)\s*$", re.MULTILINE)


class Lie(ValueError):
    """A header that the file's bytes contradict."""


def kind_of(path: Path, head: bytes) -> str:
    """glb, gltf, obj, ply or stl; "" for anything else, and for a PLY without faces (points)."""
    suffix = path.suffix.lower().lstrip(".")
    if head.startswith(b"glTF"):
        return "glb"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix == "gltf" and text.startswith(b"{"):
        return "gltf"
    if head.startswith(b"ply"):
        faces = [int(count) for name, count in _ELEMENT.findall(head) if name in _FACES]
        return "ply" if any(faces) else ""
    return suffix if suffix in ("glb", "obj", "stl") else ""


_FACES = (b"face", b"tristrips")


def trusted(path: Path, kind: str, log: IssueLog) -> bool:
    """Whether the file may be handed on; an Issue says why not."""
    if path.stat().st_size > MAX_BYTES:
        log.add("MESH_TOO_LARGE", file=path, limit=MAX_BYTES >> 30)
        return False
    try:
        if kind in ("glb", "gltf"):
            return _gltf(path, kind, log)
        if kind == "ply":
            check_ply(path)
        elif kind == "stl":
            _stl(path)
    except (Lie, BrokenGlb) as exc:
        log.add("MESH_BROKEN", file=path, kind=kind, reason=exc)
        return False
    return True


def _gltf(path: Path, kind: str, log: IssueLog) -> bool:
    data = path.read_bytes()
    document, binary = split_glb(data) if kind == "glb" else (parse(data), b"")
    buffers: list[bytes | None] = []
    for number, buffer in enumerate(items(document, "buffers")):
        uri = buffer.get("uri")
        own = binary if kind == "glb" and number == 0 else None
        buffers.append(_fetched(uri, path.parent) if isinstance(uri, str) else own)
        if buffers[-1] is None:
            raise Lie(f"buffer {number} has no bytes")
    trial = IssueLog()
    sound = check_gltf(Gltf(document, buffers), Findings(trial, path.name))
    if sound:
        _plain(document)
    log.extend(issue for issue in trial if issue.severity == "error")
    return sound


def _plain(document: dict[str, Any]) -> None:
    """Accessors without bytes would be made up of zeros, however many they claim."""
    for number, accessor in enumerate(items(document, "accessors")):
        count = accessor.get("count")
        if (
            "bufferView" not in accessor
            and isinstance(count, int)
            and count > 1 << 20
            and not _draco(document)
        ):
            raise Lie(f"accessor {number} claims {count} elements without bytes")


def _draco(document: dict[str, Any]) -> bool:
    used = document.get("extensionsUsed")
    return isinstance(used, list) and "KHR_draco_mesh_compression" in used


def _fetched(uri: str, folder: Path) -> bytes:
    if uri.startswith("data:"):
        try:
            return base64.b64decode(uri.partition(",")[2], validate=True)
        except binascii.Error as exc:
            raise Lie("a buffer's data URI is no base64") from exc
    path = _inside(uri, folder)
    if not path.is_file():
        raise Lie(f"{uri} is not beside the file")
    if path.stat().st_size > MAX_BYTES:
        raise Lie(f"{uri} is too large")
    return path.read_bytes()


def _inside(uri: str, folder: Path) -> Path:
    """Where a URI leads, never out of the file's own folder."""
    name = unquote(uri)
    path = folder / name
    away = ":" in name or "\\" in name or "\0" in name or name.startswith("/")
    if away or not path.resolve().is_relative_to(folder.resolve()):
        raise Lie(f"{uri[:80]} leads out of the file's folder")
    return path


def check_ply(path: Path) -> None:
    """Raise Lie when a PLY claims more elements than it has bytes."""
    with path.open("rb") as handle:
        head = handle.read(_HEADER)
    end = head.find(b"end_header")
    if end < 0:
        raise Lie("the header has no end")
    claimed = sum(int(count) for _, count in _ELEMENT.findall(head[:end]))
    if claimed > path.stat().st_size - end:
        raise Lie(f"{claimed} elements in {path.stat().st_size} bytes")


def _stl(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as handle:
        head = handle.read(512)
    if head.lstrip().startswith(b"solid") and b"facet" in head + b"facet" * (size < 100):
        return
    count = int.from_bytes(head[80:84], "little") if len(head) >= 84 else -1
    if size != 84 + 50 * count:
        raise Lie(f"{count} triangles in {size} bytes")
