"""A glTF document to shapes and tables: nodes, instances, primitives, feature ids, metadata."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.gltf import items, whole
from cim_bridge.check.vertices import node_matrix
from cim_bridge.tilesin import draco
from cim_bridge.tilesin.accessors import Accessors
from cim_bridge.tilesin.broken import Broken, Unreadable
from cim_bridge.tilesin.dress import Dress, placed
from cim_bridge.tilesin.metadata import property_table
from cim_bridge.tilesin.oldfeatures import old_feature_ids, old_tables
from cim_bridge.tilesin.pieces import F64, I64, MAX_VERTICES, Shape, Table

_KNOWN = frozenset(
    {
        "KHR_mesh_quantization", "KHR_draco_mesh_compression", "EXT_meshopt_compression",
        "KHR_meshopt_compression", "EXT_mesh_gpu_instancing", "EXT_mesh_features",
        "EXT_instance_features", "EXT_structural_metadata", "EXT_feature_metadata", "CESIUM_RTC",
        "KHR_texture_transform", "KHR_texture_basisu", "EXT_texture_webp", "KHR_materials_unlit",
        "KHR_techniques_webgl", "CESIUM_primitive_outline", "KHR_materials_specular",
        "KHR_materials_pbrSpecularGlossiness", "MSFT_texture_dds", "EXT_texture_avif",
        "KHR_materials_ior", "KHR_materials_emissive_strength", "KHR_materials_clearcoat",
        "KHR_materials_transmission", "KHR_materials_variants", "KHR_lights_punctual",
        "KHR_xmp_json_ld",
    }
)  # fmt: skip
_TRIANGLES, _STRIP, _FAN = 4, 5, 6
_DEPTH = 256


@dataclass
class Scene:
    """Reads one document. `batched`: the ids are those of a b3dm, in `_BATCHID`."""

    data: Accessors
    schema: dict[str, Any]
    batched: bool = False
    notes: Counter[str] = field(default_factory=Counter)
    shapes: list[Shape] = field(default_factory=list)
    dress: Dress | None = None
    _vertices: int = 0

    def read(self) -> list[Table]:
        """Fill `shapes`; return the tables their ids speak of."""
        document = self.data.document
        asset = document.get("asset")
        version = str(asset.get("version", "")) if isinstance(asset, dict) else ""
        if not version.startswith("2."):
            raise Unreadable(f"glTF {version or 'without version'}: convert it to 2.0")
        required = document.get("extensionsRequired")
        unknown = set(required if isinstance(required, list) else ()) - _KNOWN
        if unknown:
            raise Unreadable(f"it requires {', '.join(sorted(map(str, unknown)))}")
        for index, matrix in self._nodes():
            self._node(items(document, "nodes")[index], matrix)
        extensions = document.get("extensions") or {}
        modern = extensions.get("EXT_structural_metadata") or {}
        for kind in ("propertyTextures", "propertyAttributes"):
            self.notes[kind] += len(items(modern, kind))
        found = [
            Table(whole(t.get("count"), 0), property_table(self.schema, t, self.data.view))
            for t in items(modern, "propertyTables")
        ]
        old = extensions.get("EXT_feature_metadata")
        return old_tables(old, self.data.view) if isinstance(old, dict) and not found else found

    def origin(self) -> F64:
        """CESIUM_RTC: the centre that all positions are relative to."""
        item = (self.data.document.get("extensions") or {}).get("CESIUM_RTC") or {}
        return np.array(item.get("center") or (0.0, 0.0, 0.0), np.float64).reshape(3)

    def _nodes(self) -> list[tuple[int, F64]]:
        """Nodes of the scene with their matrices; a node that is met twice is no tree."""
        document = self.data.document
        nodes, scenes = items(document, "nodes"), items(document, "scenes")
        scene = whole(document.get("scene", 0), 0)
        roots = scenes[scene].get("nodes") or [] if scene < len(scenes) else range(len(nodes))
        if not scenes:
            children = {whole(c) for node in nodes for c in node.get("children") or []}
            roots = [n for n in roots if n not in children]
        stack: list[tuple[int, F64, int]] = [(whole(n), np.eye(4), 0) for n in roots]
        found: list[tuple[int, F64]] = []
        seen: set[int] = set()
        while stack:
            index, above, depth = stack.pop()
            if not 0 <= index < len(nodes) or index in seen or depth > _DEPTH:
                raise Broken(f"node {index}: nodes are no tree")
            seen.add(index)
            matrix = above @ node_matrix(nodes[index])
            found.append((index, matrix))
            below = nodes[index].get("children") or []
            stack += [(whole(c), matrix, depth + 1) for c in below]
        return found

    def _node(self, node: dict[str, Any], matrix: F64) -> None:
        meshes = items(self.data.document, "meshes")
        number = whole(node.get("mesh"))
        if not 0 <= number < len(meshes):
            return
        extensions = node.get("extensions") or {}
        instances = extensions.get("EXT_mesh_gpu_instancing")
        for primitive in items(meshes[number], "primitives"):
            shape = self._primitive(primitive)
            if shape is None:
                continue
            if isinstance(instances, dict):
                self._instances(shape, instances, extensions.get("EXT_instance_features"), matrix)
            else:
                self._add(shape, matrix)

    def _add(self, shape: Shape, matrix: F64) -> None:
        self._vertices += len(shape.vertices)
        if self._vertices > MAX_VERTICES:
            raise Broken(f"more than {MAX_VERTICES} vertices")
        moved = shape.vertices @ matrix[:3, :3].T + matrix[:3, 3]
        flipped = np.linalg.det(matrix[:3, :3]) < 0
        triangles = shape.triangles[:, ::-1] if flipped else shape.triangles
        self.shapes.append(replace(shape, vertices=moved, triangles=triangles))

    def _instances(self, shape: Shape, item: dict[str, Any], told: Any, matrix: F64) -> None:
        named = item.get("attributes") or {}
        read = {name: self.data.read(n) for name, n in named.items()}
        count = len(next(iter(read.values()))) if read else 0
        if count * max(len(shape.vertices), 1) + self._vertices > MAX_VERTICES:
            raise Broken(f"{count} instances of {len(shape.vertices)} vertices")
        sets = items(told, "featureIds") if isinstance(told, dict) else []
        ids = np.full(count, -1, np.int64)
        table = -1
        if sets:
            number = whole(sets[0].get("attribute"))
            ids = read[f"_FEATURE_ID_{number}"][:, 0].astype(np.int64) if number >= 0 else (
                np.arange(count)
            )  # fmt: skip
            ids = _without_null(ids, sets[0])
            table = whole(sets[0].get("propertyTable"))
        for frame, feature in zip(instance_frames(read, count), ids.tolist(), strict=True):
            own = np.full(len(shape.vertices), feature) if sets else shape.feature
            made = replace(shape, feature=own, table=table if sets else shape.table)
            self._add(made, matrix @ frame)

    def _primitive(self, primitive: dict[str, Any]) -> Shape | None:
        mode = primitive.get("mode", _TRIANGLES)
        if mode not in (0, _TRIANGLES, _STRIP, _FAN):
            self.notes["lines"] += 1
            return None
        attributes, corners = self._arrays(primitive)
        points = attributes.get("POSITION")
        if points is None or points.shape[1] != 3:
            return None
        count = len(points)
        if len(corners) and int(corners.max()) >= count:
            raise Broken(f"indices beyond {count} vertices")
        triangles = _triangles(corners, mode)
        feature, table = self._feature_ids(primitive, attributes, count)
        vertices = points.astype(np.float64)
        if not np.isfinite(vertices).all():
            raise Broken("positions that are not finite")
        material, uv = self._look(primitive, attributes, count)
        return Shape(vertices, triangles, feature, table, material, uv)

    def _look(
        self, primitive: dict[str, Any], attributes: dict[str, Any], count: int
    ) -> tuple[int, npt.NDArray[np.float32] | None]:
        """Row of the primitive's material, and its texture coordinates; bare unless asked for."""
        if self.dress is None:
            return -1, None
        row, number, moved = self.dress.row(primitive)
        uv = attributes.get(f"TEXCOORD_{number}")
        if uv is None or len(uv) != count or uv.shape[1] != 2:
            return row, None
        return row, placed(uv, moved or {})

    def _arrays(self, primitive: dict[str, Any]) -> tuple[dict[str, Any], I64]:
        """Attribute arrays and the sequence of corners."""
        given = primitive.get("attributes") or {}
        named = {k: v for k, v in given.items() if _wanted(k, looks=self.dress is not None)}
        packed = (primitive.get("extensions") or {}).get("KHR_draco_mesh_compression")
        if isinstance(packed, dict):
            decoded = draco.unpack(self.data.view(whole(packed.get("bufferView"))))
            inside = packed.get("attributes") or {}
            found = {
                name: draco.attribute(decoded, whole(inside[name]))
                if name in inside else self.data.read(number)
                for name, number in named.items()
            }  # fmt: skip
            return found, draco.triangles(decoded).ravel()
        found = {name: self.data.read(number) for name, number in named.items()}
        if "indices" in primitive:
            return found, self.data.read(primitive["indices"])[:, 0].astype(np.int64)
        count = len(found["POSITION"]) if "POSITION" in found else 0
        return found, np.arange(count)

    def _feature_ids(
        self, primitive: dict[str, Any], attributes: dict[str, Any], count: int
    ) -> tuple[I64, int]:
        none = np.full(count, -1, np.int64)
        if self.batched:
            batch = attributes.get("_BATCHID", attributes.get("BATCHID"))
            return (none, -1) if batch is None else (_whole(batch), 0)
        extensions = primitive.get("extensions") or {}
        modern = extensions.get("EXT_mesh_features")
        if isinstance(modern, dict):
            return self._modern_ids(items(modern, "featureIds"), attributes, none)
        old = extensions.get("EXT_feature_metadata")
        if isinstance(old, dict):
            document = self.data.document
            self.notes["EXT_feature_metadata"] += 1
            return old_feature_ids(document, old, attributes, none)
        batch = attributes.get("_BATCHID")
        return (none, -1) if batch is None else (_whole(batch), -1)

    def _modern_ids(
        self, sets: list[dict[str, Any]], attributes: dict[str, Any], none: I64
    ) -> tuple[I64, int]:
        """The first set that can be read; a set in a texture is only noted."""
        for item in sets:
            table = whole(item.get("propertyTable"))
            if "texture" in item:
                self.notes["featureIdTextures"] += 1
                continue
            if "attribute" not in item:
                return np.arange(len(none)), table
            values = attributes.get(f"_FEATURE_ID_{whole(item['attribute'])}")
            if values is not None:
                return _without_null(_whole(values), item), table
        return none, -1


def _wanted(name: str, *, looks: bool) -> bool:
    if looks and name.startswith("TEXCOORD_"):
        return True
    return name in ("POSITION", "_BATCHID", "BATCHID") or name.startswith("_FEATURE_ID_")


def _whole(values: npt.NDArray[Any]) -> I64:
    column = values[:, 0]
    if column.dtype.kind == "f" and not np.isfinite(column).all():
        raise Broken("feature ids that are no numbers")
    found: I64 = np.rint(column).astype(np.int64)
    return found


def _without_null(ids: I64, item: dict[str, Any]) -> I64:
    null = item.get("nullFeatureId")
    found: I64 = np.where(ids == null, -1, ids) if isinstance(null, int) else ids
    return found


def _triangles(corners: I64, mode: int) -> I64:
    """(t, 3) corners from a list, a strip or a fan; none for points."""
    count = len(corners)
    if mode == 0 or count < 3:
        return np.zeros((0, 3), np.int64)
    if mode == _TRIANGLES:
        return corners[: count // 3 * 3].reshape(-1, 3)
    step = np.arange(count - 2)
    if mode == _FAN:
        return np.column_stack(
            (np.full(count - 2, corners[0]), corners[step + 1], corners[step + 2])
        )
    odd = step & 1
    return np.column_stack((corners[step], corners[step + 1 + odd], corners[step + 2 - odd]))


def instance_frames(read: dict[str, Any], count: int) -> F64:
    """(count, 4, 4) of TRANSLATION, ROTATION (x, y, z, w) and SCALE."""
    frames = np.tile(np.eye(4), (count, 1, 1))
    if "ROTATION" in read:
        frames[:, :3, :3] = rotations(read["ROTATION"].astype(np.float64))
    if "SCALE" in read:
        frames[:, :3, :3] *= read["SCALE"].astype(np.float64)[:, None, :]
    if "TRANSLATION" in read:
        frames[:, :3, 3] = read["TRANSLATION"]
    return frames


def rotations(q: F64) -> F64:
    """(n, 3, 3) of (n, 4) quaternions x, y, z, w."""
    q = q / np.maximum(np.linalg.norm(q, axis=1, keepdims=True), 1e-12)
    x, y, z, w = q.T
    rows = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    return np.array(rows, np.float64).transpose(2, 0, 1)
