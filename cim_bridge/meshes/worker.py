"""The child's work, and the only place that imports trimesh: `python -m ... JOB`.

JOB/told.json names the file and its kind, and whether its materials may be opened; JOB/mesh.npz,
JOB/names.json, JOB/looks.json and images are what comes back.
"""

from __future__ import annotations

import re
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim_bridge.child import confine
from cim_bridge.meshes.looks import Looks

_NAMES = {
    "obj": re.compile(rb"^o[ \t]+(.+?)\s*$", re.MULTILINE),
    "stl": re.compile(rb"^\s*solid[ \t]+(.+?)\s*$", re.MULTILINE),
}


def main(job: Path) -> int:
    """Read the scene, and put all its parts where its nodes say."""
    confine()
    told = orjson.loads((job / "told.json").read_bytes())
    path, kind = Path(told["path"]), told["kind"]
    given = _given(path, kind)
    options: dict[str, Any] = {"split_objects": True} if kind == "obj" else {}
    try:
        scene = import_module("trimesh").load_scene(
            str(path), file_type=kind, process=False, skip_materials=not told["looks"], **options
        )
        looks = Looks(job, linear=kind in ("glb", "gltf"), wanted=bool(told["looks"]))
        parts = _parts(scene, given, looks)
    except Exception as exc:  # noqa: BLE001 - the library raises what it likes; the parent is told
        sys.stderr.write(f"{type(exc).__name__}: {exc}\n")
        return 3
    starts = np.cumsum([0, *(len(points) for _, points, _ in parts)])
    worn: dict[str, Any] = looks.save()
    np.savez(
        job / "mesh.npz",
        vertices=np.concatenate([np.zeros((0, 3)), *(points for _, points, _ in parts)]),
        triangles=np.concatenate(
            [np.zeros((0, 3), np.int64)]
            + [faces + start for (_, _, faces), start in zip(parts, starts, strict=False)]
        ),
        part=np.repeat(np.arange(len(parts)), [len(faces) for _, _, faces in parts]),
        **worn,
    )
    (job / "names.json").write_bytes(orjson.dumps([name for name, _, _ in parts]))
    return 0


def _given(path: Path, kind: str) -> set[str] | None:
    """Names that the file itself gives its parts."""
    if kind in ("glb", "gltf"):
        from cim_bridge.check.glb import parse, split_glb
        from cim_bridge.check.gltf import items

        data = path.read_bytes()
        document = split_glb(data)[0] if kind == "glb" else parse(data)
        return {str(node["name"]) for node in items(document, "nodes") if node.get("name")}
    pattern = _NAMES.get(kind)
    if pattern is None:
        return set()
    return {name.decode("utf-8", "replace") for name in pattern.findall(path.read_bytes())}


Part = tuple[str, Any, Any]


def _parts(scene: Any, given: set[str] | None, looks: Looks) -> list[Part]:
    """(name or "", (V, 3) vertices, (T, 3) triangles) of every node that carries triangles.

    What they wear goes into `looks`, part by part.
    """
    parents = dict(scene.graph.transforms.parents)
    names = sorted(scene.graph.nodes_geometry)
    top = _top(names, parents, scene.graph.base_frame)
    found = []
    for name in names:
        matrix, shape = scene.graph[name]
        mesh = scene.geometry[shape]
        if not len(getattr(mesh, "faces", ())):
            continue
        points = np.asarray(mesh.vertices, np.float64)
        turned = points @ matrix[:3, :3].T + matrix[:3, 3]
        faces = np.asarray(mesh.faces, np.int64)
        if np.linalg.det(matrix[:3, :3]) < 0:
            faces = faces[:, ::-1]
        looks.take(mesh, faces)
        found.append((_known(top[name], given or set()), turned, faces))
    return found


def _top(names: list[str], parents: dict[str, str], base: str) -> dict[str, str]:
    """For every node with triangles the node that stands for its building: below the last common
    one."""
    chains = {name: _chain(name, parents, base) for name in names}
    depth = 0
    while len({chain[depth] for chain in chains.values() if len(chain) > depth}) == 1 and all(
        len(chain) > depth + 1 for chain in chains.values()
    ):
        depth += 1
    return {name: chain[min(depth, len(chain) - 1)] for name, chain in chains.items()}


def _chain(name: str, parents: dict[str, str], base: str) -> list[str]:
    found = [name]
    while parents.get(found[-1], base) != base and len(found) < 1000:
        found.append(parents[found[-1]])
    return found[::-1]


def _known(name: str, given: set[str]) -> str:
    """The name if the file gave it (trimesh numbers doubles: `tower_1`), else ""."""
    return name if name in given or name.rpartition("_")[0] in given else ""


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
