"""A mesh file to units: named nodes are buildings where there are several, else the file is one."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.anchor import Frame
from cim_bridge.attributes import layer_kind
from cim_bridge.child import run_child
from cim_bridge.crs import crs_text, is_geographic, read_crs
from cim_bridge.geometry.shadow import shadows
from cim_bridge.issues import IssueLog
from cim_bridge.materials import Material, Materials, Picture
from cim_bridge.mesh import Mesh, as_rows
from cim_bridge.meshes.libraries import wearable
from cim_bridge.reader import Reading, Units, Wish

SECONDS, MEGABYTES = 600.0, 12_000
"""Limits of the child."""

UP = {"glb": "y", "gltf": "y", "obj": "z", "ply": "z", "stl": "z"}
"""Which axis points up: glTF's by its standard; the others have none, and city and building tools
write them with z up. `--up` says otherwise."""

_LOD = 30
_LARGE, _SMALL = 5000.0, 1.0
"""Metres beyond which the unit of a file is doubted."""


@dataclass
class Body:
    """Triangles in the file's own metres with z up; `part` numbers `names`.

    material (T,): row of `materials`, -1 none; uv (T, 3, 2), v up; None when nothing has a look.
    """

    vertices: npt.NDArray[np.float64]
    triangles: npt.NDArray[np.int64]
    part: npt.NDArray[np.int64]
    names: list[str]
    material: npt.NDArray[np.int64] | None = None
    uv: npt.NDArray[np.float32] | None = None
    materials: Materials = ()


def read_body(
    path: Path, kind: str, up: str | None, log: IssueLog, *, seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
) -> Body | None:  # fmt: skip
    """Read the triangles in a child process; None after an Issue."""
    with tempfile.TemporaryDirectory(prefix="cimtwin-mesh-") as folder:
        job = Path(folder)
        told = {"path": str(path.resolve()), "kind": kind, "looks": wearable(path, kind, log)}
        (job / "told.json").write_bytes(orjson.dumps(told))
        ended = run_child(
            "cim_bridge.meshes.worker", folder, seconds=seconds, megabytes=megabytes
        )  # fmt: skip
        if not ended.well:
            log.add("MESH_UNREADABLE", file=path, kind=kind, reason=ended.reason)
            return None
        with np.load(job / "mesh.npz", allow_pickle=False) as arrays:
            body = Body(arrays["vertices"], arrays["triangles"], arrays["part"], [])
            if "material" in arrays:
                body.material, body.uv = arrays["material"], arrays["uv"]
                body.materials = _materials(job)
        body.names = orjson.loads((job / "names.json").read_bytes())
    if not len(body.triangles):
        log.add("MESH_NO_TRIANGLES", file=path)
        return None
    if not np.isfinite(body.vertices).all():
        bad = int((~np.isfinite(body.vertices)).any(axis=1).sum())
        log.add("COORDINATE_NOT_FINITE", file=path, count=bad)
        return None
    if (up or UP[kind]) == "y":
        x, y, z = body.vertices.T
        body.vertices = np.column_stack((x, -z, y))
    return body


def frame_of(body: Body, wish: Wish, log: IssueLog, path: Path) -> Frame | None:
    """Return the frame: by the anchor; with --crs alone the coordinates lie in it already."""
    extent = float(np.ptp(body.vertices[:, :2], axis=0).max())
    if not _SMALL <= extent <= _LARGE:
        log.add("MESH_SIZE_ODD", file=path, extent=f"{extent:,.3g}")
    if wish.anchor is not None:
        return wish.anchor.frame()
    crs = crs_text(wish.crs)
    if crs is None or read_crs(crs) is None or is_geographic(crs):
        log.add("MESH_PLACE_MISSING", file=path)
        return None
    return Frame.turned(crs, (0.0, 0.0, 0.0), 0.0)


def collect(body: Body, frame: Frame, wish: Wish, stem: str, log: IssueLog, file: str) -> Reading:
    """Return units and triangles in the frame's CRS."""
    names, number = _units(body, stem, log, file)
    vertices = frame.apply(body.vertices)
    owner = number[body.part]
    level = "object" if wish.layer else wish.level or "building"
    count = len(names)
    ids = np.array(names, dtype=object)
    columns: dict[str, Any] = {"source_id": ids, "label_zh": ids, "label_en": ids}
    low = np.full(count, np.inf)
    np.minimum.at(low, owner, vertices[:, 2][body.triangles].min(axis=1))
    columns["ground"] = low / frame.rise
    told = {"triangles": np.bincount(owner, minlength=count).tolist()}
    columns["attributes"] = np.array(
        [orjson.dumps({"triangles": n}).decode() for n in told["triangles"]], dtype=object
    )
    columns["kind"] = np.full(count, "", dtype=object)
    if wish.layer:
        columns["kind"][:] = layer_kind(wish.layer) or wish.layer
    shapes = shadows(body.triangles, owner, vertices, count)
    mesh = None
    if level == "building":
        welded, index = np.unique(vertices, axis=0, return_inverse=True)
        mesh = Mesh.of(welded, index.reshape(-1)[body.triangles], owner, _LOD)
        if body.material is not None:
            mesh = mesh.wearing(as_rows(body.material), body.uv, body.materials)
        mesh = mesh.select(_whole(mesh))
    return Reading(frame.crs, [Units(level, columns, shapes)], mesh, placed=True)


def _materials(job: Path) -> Materials:
    """Materials as the child told them, with the bytes of their images."""
    found = []
    for row in orjson.loads((job / "looks.json").read_bytes()):
        red, green, blue, opacity = row["colour"]
        image = row.get("image")
        picture = Picture(data=(job / image).read_bytes()) if image else None
        found.append(Material((red, green, blue, opacity), picture))
    return tuple(found)


def _whole(mesh: Mesh) -> npt.NDArray[np.bool_]:
    """Triangles with three different corners."""
    a, b, c = mesh.triangles.T
    found: npt.NDArray[np.bool_] = (a != b) & (b != c) & (c != a)
    return found


def _units(
    body: Body, stem: str, log: IssueLog, file: str
) -> tuple[list[str], npt.NDArray[np.int64]]:
    """Names of the units, and the unit of every part."""
    given = [name for name in dict.fromkeys(body.names) if name]
    if len(given) < 2:
        return [stem], np.zeros(len(body.names), np.int64)
    unnamed = body.names.count("")
    names = [*given, *([stem] if unnamed else [])]
    if unnamed:
        log.add("MESH_NODES_UNNAMED", file=file, count=unnamed, id=stem)
    at = {name: number for number, name in enumerate(given)} | {"": len(given)}
    return names, np.array([at[name] for name in body.names], np.int64)
