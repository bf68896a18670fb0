"""A first look at a cloud: its header against its bytes, then count and bounds in the child."""

from __future__ import annotations

import re
import struct
import tempfile
from importlib.util import find_spec
from pathlib import Path

import orjson

from cim_bridge.child import run_child
from cim_bridge.issues import IssueLog
from cim_bridge.meshes.precheck import Lie, check_ply
from cim_bridge.points.cloud import Cloud

SECONDS, MEGABYTES = 1800.0, 12_000
"""Limits of the scanning child."""

_FACES = re.compile(rb"^element\s+(face|tristrips)\s+[1-9]", re.MULTILINE)
_NUMBERS = re.compile(rb"^\s*[-+]?\d[\d.eE+-]*(?:[\s,;]+[-+]?\d[\d.eE+-]*){2,}[\s,;]*$")


def kind_of(path: Path, head: bytes) -> str:
    """las (packed or not), ply of points alone, or xyz; "" for anything else."""
    if head.startswith(b"LASF"):
        return "las"
    if head.startswith(b"ply"):
        return "" if _FACES.search(head) else "ply"
    suffix = path.suffix.lower()
    if suffix == ".xyz" and _three_numbers(head):
        return "xyz"
    return "las" if suffix in (".las", ".laz") else ""


def scan(
    path: Path, kind: str, log: IssueLog, *, seconds: float = SECONDS, megabytes: int = MEGABYTES
) -> Cloud | None:
    """Return the cloud, or None after an Issue."""
    if find_spec("laspy") is None:
        log.add("POINTS_LIBRARY_MISSING", file=path)
        return None
    try:
        colored = _checked(path, kind)
    except Lie as exc:
        log.add("POINTS_BROKEN", file=path, reason=exc)
        return None
    with tempfile.TemporaryDirectory(prefix="cimtwin-points-") as folder:
        job = Path(folder)
        told = {"path": str(path.resolve()), "kind": kind}
        (job / "told.json").write_bytes(orjson.dumps(told))
        ended = run_child(
            "cim_bridge.points.worker", "scan", folder, seconds=seconds, megabytes=megabytes
        )  # fmt: skip
        if not ended.well:
            log.add("POINTS_BROKEN", file=path, reason=ended.reason)
            return None
        answer = orjson.loads((job / "answer.json").read_bytes())
    if not answer["count"]:
        log.add("POINTS_NONE", file=path)
        return None
    if answer["bad"]:
        log.add("COORDINATE_NOT_FINITE", file=path, count=answer["bad"])
        return None
    return Cloud(
        path, kind, answer["crs"], tuple(answer["bounds"]), answer["count"], colored
    )  # fmt: skip


def _three_numbers(head: bytes) -> list[bytes]:
    """Lines of at least three numbers among the first three."""
    return [line for line in head.splitlines()[:3] if _NUMBERS.match(line)]


def _checked(path: Path, kind: str) -> bool:
    """Whether the points are coloured; Lie when the header and the bytes disagree."""
    if kind == "ply":
        check_ply(path)
        with path.open("rb") as handle:
            return b" red" in handle.read(4096)
    with path.open("rb") as handle:
        head = handle.read(4096)
    if kind == "xyz":
        lines = _three_numbers(head)
        return bool(lines) and len(re.split(rb"[\s,;]+", lines[-1].strip())) in (6, 7, 8)
    return _las(head, path.stat().st_size)


def _las(head: bytes, size: int) -> bool:
    if not head.startswith(b"LASF") or len(head) < 227:
        raise Lie("no LAS header")
    minor = head[25]
    start, _, form, length = struct.unpack_from("<IIBH", head, 96)
    count = struct.unpack_from("<I", head, 107)[0]
    if minor >= 4 and len(head) >= 255:
        count = struct.unpack_from("<Q", head, 247)[0] or count
    packed = bool(form & 0x80)
    if start > size or (not packed and start + count * length > size):
        raise Lie(f"{count} points of {length} bytes in {size} bytes")
    if packed and count > size * 100:
        raise Lie(f"{count} points in {size} packed bytes")
    return (form & 0x3F) in (2, 3, 5, 7, 8, 10)
