"""The child's work, and the only place that imports IfcOpenShell: `python -m ... JOB KERNEL`.

JOB/told.json names the file and, on later tries, the elements still wanted. JOB/facts.json and
JOB/shapes.<kernel> are what comes back.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim_bridge.child import confine
from cim_bridge.ifc.records import append

LEFT_OUT = ("IfcSpace", "IfcOpeningElement", "IfcSpatialZone", "IfcVirtualElement", "IfcGrid",
            "IfcAnnotation")  # fmt: skip
"""Classes that are no matter: rooms, holes, grids and notes."""

OPEN_FAILED = 3
"""Exit code: the file cannot be opened as IFC."""


def main(job: Path, kernel: str) -> int:
    """Read facts on the first try, then shapes with one kernel."""
    confine()
    library: Any = import_module("ifcopenshell")
    told = orjson.loads((job / "told.json").read_bytes())
    try:
        model = library.open(told["path"])
        if not hasattr(model, "by_type"):
            raise ValueError("not an IFC STEP file")
    except Exception as exc:  # noqa: BLE001 - the library raises what it likes; the parent is told
        sys.stderr.write(f"{type(exc).__name__}: {exc}\n")
        return OPEN_FAILED
    if not (job / "facts.json").exists():
        from cim_bridge.ifc.facts import facts_of

        (job / "facts.json").write_bytes(orjson.dumps(facts_of(model), default=str))
    _shapes(model, job / f"shapes.{kernel}", kernel, told.get("guids"))
    return 0


def _shapes(model: Any, out: Path, kernel: str, guids: list[str] | None) -> None:
    geom: Any = import_module("ifcopenshell.geom")
    settings = geom.settings()
    settings.set("use-world-coords", True)
    settings.set("weld-vertices", True)
    chosen: dict[str, Any] = {"exclude": [e for name in LEFT_OUT for e in _of(model, name)]}
    if guids is not None:
        chosen = {"include": [model.by_guid(guid) for guid in guids]}
    if not any(chosen.values()) and guids is not None:
        return
    iterator = geom.iterator(
        settings, model, 1, geometry_library=kernel, **{k: v for k, v in chosen.items() if v}
    )
    with out.open("wb") as handle:
        if not iterator.initialize():
            return
        while True:
            shape = iterator.get()
            body = shape.geometry
            append(handle, shape.guid, body.verts, body.faces, _colours(body))
            if not iterator.next():
                return


def _colours(body: Any) -> Any:
    """(T, 4) surface colours and opacity of 255; None where they do not fit the triangles."""
    styles = [(0, 0, 0, 0), *(_colour(style) for style in body.materials)]
    which = np.asarray(body.material_ids, np.int64) + 1
    if len(which) != len(body.faces) // 3 or which.max(initial=0) >= len(styles):
        return None
    return np.array(styles, np.uint8)[np.maximum(which, 0)]


def _colour(style: Any) -> tuple[int, int, int, int]:
    rgb = [float(value) for value in style.diffuse.components]
    clear = float(style.transparency) if style.has_transparency() else 0.0
    values = [*rgb, 1.0 - (clear if clear == clear else 0.0)]
    if len(values) != 4 or not all(0.0 <= value <= 1.0 for value in values):
        return 0, 0, 0, 0
    red, green, blue, opacity = (round(255 * value) for value in values)
    return red, green, blue, max(opacity, 1)


def _of(model: Any, name: str) -> list[Any]:
    """Entities of a class; none where the schema lacks it."""
    try:
        return list(model.by_type(name))
    except RuntimeError:
        return []


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2]))
