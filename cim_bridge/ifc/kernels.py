"""Shapes of an IFC file: the fastest kernel first, the next ones for what it did not give."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import orjson

from cim_bridge.child import run_child
from cim_bridge.ifc.records import Shape, shapes
from cim_bridge.issues import IssueLog

KERNELS = ("manifold", "hybrid-cgal-simple-opencascade", "opencascade")
"""Measured: manifold is 11 to 28 times faster than opencascade, and crashes on some files."""

SECONDS = 900.0
MEGABYTES = 12_000
"""Limits of one try; OpenCASCADE reserves far more address space than it uses."""

_OPEN_FAILED = 3


@dataclass
class Ifc:
    """What the child brought back: the file's facts, shapes by GlobalId, those without one."""

    facts: dict[str, Any]
    shapes: dict[str, Shape] = field(default_factory=dict)
    lacking: list[str] = field(default_factory=list)


def available() -> bool:
    """Whether IfcOpenShell is installed (looked up, never imported here)."""
    return find_spec("ifcopenshell") is not None


def read_ifc(
    path: Path, log: IssueLog, *, kernels: tuple[str, ...] = KERNELS, seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Ifc | None:  # fmt: skip
    """Facts and shapes of a file; None, with an Issue, when it cannot be opened."""
    if not available():
        log.add("IFC_LIBRARY_MISSING", file=path)
        return None
    with tempfile.TemporaryDirectory(prefix="cimtwin-ifc-") as folder:
        return _tries(path, Path(folder), log, kernels, seconds, megabytes)


def _tries(
    path: Path, job: Path, log: IssueLog, kernels: tuple[str, ...], seconds: float, megabytes: int
) -> Ifc | None:
    told: dict[str, Any] = {"path": str(path.resolve())}
    found: Ifc | None = None
    for kernel in kernels:
        (job / "told.json").write_bytes(orjson.dumps(told))
        ended = run_child(
            "cim_bridge.ifc.worker", str(job), kernel, seconds=seconds, megabytes=megabytes
        )
        if ended.code == _OPEN_FAILED:
            log.add("IFC_BROKEN", file=path, reason=ended.reason)
            return None
        if found is None and (job / "facts.json").is_file():
            found = Ifc(orjson.loads((job / "facts.json").read_bytes()))
        if found is None:
            log.add("IFC_UNREADABLE", file=path, reason=ended.reason)
            return None
        found.shapes |= {s.guid: s for s in shapes(job / f"shapes.{kernel}") if len(s.triangles)}
        if not ended.well:
            log.add("IFC_KERNEL_FAILED", file=path, kernel=kernel, reason=ended.reason)
        found.lacking = [e[0] for e in found.facts["elements"] if e[0] not in found.shapes]
        if not found.lacking:
            break
        told["guids"] = found.lacking
    return found
