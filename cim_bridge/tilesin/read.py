"""One content of any format to pieces; the only place that knows all formats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cim_bridge.check.glb import BrokenGlb, split_glb
from cim_bridge.check.gltf import items, whole
from cim_bridge.check.vertices import Y_UP
from cim_bridge.tilesin import draco
from cim_bridge.tilesin.accessors import Accessors
from cim_bridge.tilesin.broken import Broken, Unreadable
from cim_bridge.tilesin.dress import Dress
from cim_bridge.tilesin.gltf1 import modern, split_old
from cim_bridge.tilesin.instances import frames_of, positions
from cim_bridge.tilesin.legacy import HEADERS, Parts, inner_tiles, split
from cim_bridge.tilesin.package import Package, json_object
from cim_bridge.tilesin.pieces import (
    F64,
    MAX_VERTICES,
    Piece,
    Shape,
    Table,
    assemble,
    dressed,
    with_constants,
)
from cim_bridge.tilesin.scene import Scene
from cim_bridge.tilesin.walk import Content, Tile

_X_UP = np.array([[0.0, -1.0, 0, 0], [1.0, 0, 0, 0], [0, 0, 1.0, 0], [0, 0, 0, 1.0]])


def read_content(tile: Tile, content: Content) -> Iterator[Piece]:
    """Every piece of a content, in the axes of the root; Broken or Unreadable says what is wrong.

    A cmpt gives one piece for each tile inside, named `<uri>#<number>`.
    """
    data = content.read()
    if data[:4] == b"cmpt":
        for number, inner in inner_tiles(data):
            yield _piece(inner, f"{content.uri}#{number}", tile, content)
    else:
        yield _piece(data, content.uri, tile, content)


def _piece(data: bytes, uri: str, tile: Tile, content: Content) -> Piece:
    magic = data[:4]
    if not data:
        raise Broken("the file is empty")
    axes = up_axes(content.up)
    if magic == b"glTF":
        made = _gltf(data, uri, tile.matrix, axes, content)
    elif magic == b"b3dm":
        made = _batched(split(data), uri, tile.matrix, axes, content)
    elif magic == b"i3dm":
        made = _instanced(split(data), uri, tile.matrix, axes, content)
    elif magic == b"pnts":
        made = _points(split(data), uri, tile.matrix)
    elif magic in HEADERS or not data[:1].strip(b" \r\n\t{"):
        made = _gltf(data, uri, tile.matrix, axes, content)
    else:
        shown = magic.decode("ascii", "replace")
        raise Unreadable(f"contents of format {shown!r} are of no standard that we read")
    made.finest = tile.finest
    return with_constants(made, content.metadata)


def up_axes(up: str) -> F64:
    """4x4 from a glTF's axes to the tile's, where z is up."""
    return {"Z": np.eye(4), "X": _X_UP}.get(up, Y_UP)


def _scene(data: bytes, content: Content, path: str, *, batched: bool = False) -> Scene:
    """Open a GLB or JSON glTF; its URIs are seen from `path` and stay inside the package."""
    package = content.package
    if data[:4] == b"glTF":
        document, binary = _glb(data)
    else:
        document, binary = json_object(data, "glTF"), b""
    if isinstance(document.get("nodes"), dict):
        document = modern(document)

    for item in (*items(document, "buffers"), *items(document, "images")):
        package.note(item.get("uri"), path)

    def fetch(uri: str) -> bytes:
        try:
            return package.fetch(uri, path)
        except OSError as exc:
            raise Broken(f"{uri[:80]!r}, which it needs, is missing") from exc

    schema = _schema(document, package, path)
    data_of = Accessors(document, binary, fetch)
    dress = Dress(data_of) if package.looks else None
    return Scene(data_of, schema, batched, dress=dress)


def _glb(data: bytes) -> tuple[dict[str, Any], bytes]:
    """JSON and binary of a GLB of either version, without padding that follows it."""
    length = int.from_bytes(data[8:12], "little") if len(data) >= 12 else 0
    if length > len(data):
        raise BrokenGlb(f"header says {length} bytes, there are {len(data)}")
    return (split_old if data[4:8] == b"\1\0\0\0" else split_glb)(data[:length])


def _schema(document: dict[str, Any], package: Package, path: str) -> dict[str, Any]:
    item = (document.get("extensions") or {}).get("EXT_structural_metadata") or {}
    uri = item.get("schemaUri")
    if isinstance(uri, str):
        package.note(uri, path)
        try:
            return json_object(package.fetch(uri, path), "schema")
        except OSError as exc:
            raise Broken(f"its schema {uri[:80]!r} is missing") from exc
    schema = item.get("schema")
    return schema if isinstance(schema, dict) else {}


def _gltf(data: bytes, uri: str, matrix: F64, axes: F64, content: Content) -> Piece:
    scene = _scene(data, content, content.path)
    tables = scene.read()
    moved = matrix @ _shift(scene.origin()) @ axes
    shapes = [_moved(s, moved) for s in scene.shapes]
    return _finished(assemble(uri, "gltf", shapes, tables), shapes, scene)


def _finished(piece: Piece, shapes: list[Shape], scene: Scene) -> Piece:
    """Add what the document showed, and what its shapes wear."""
    if scene.dress is not None:
        scene.notes["imagesLost"] += scene.dress.lost
        piece = dressed(piece, shapes, scene.dress.materials)
    piece.notes = dict(+scene.notes)
    return piece


def _batched(parts: Parts, uri: str, matrix: F64, axes: F64, content: Content) -> Piece:
    scene = _scene(parts.rest, content, content.path, batched=True)
    scene.read()
    count = parts.count("BATCH_LENGTH")
    centre = parts.vector("RTC_CENTER")
    origin = scene.origin() if centre is None else centre + scene.origin()
    moved = matrix @ _shift(origin) @ axes
    shapes = [_moved(s, moved) for s in scene.shapes]
    for shape in shapes:
        if count == 0:
            shape.feature[:] = -1
    return _finished(assemble(uri, "b3dm", shapes, [_rows(parts, count)]), shapes, scene)


def _rows(parts: Parts, count: int) -> Table:
    """The batch table; without one the ids alone are features."""
    return parts.table(count) if parts.batch and count else Table(count)


def _instanced(parts: Parts, uri: str, matrix: F64, axes: F64, content: Content) -> Piece:
    path, data = content.path, parts.rest
    if not parts.embedded:
        name = data.decode("utf-8", "replace").strip("\0 ")
        content.package.note(name, path)
        try:
            data, path = content.package.fetch(name, path), content.package.resolve(name, path)
        except OSError as exc:
            raise Broken(f"{name[:80]!r}, which it places, is missing") from exc
    scene = _scene(data, content, path)
    scene.read()
    frames, ids = frames_of(parts)
    model = [_moved(s, _shift(scene.origin()) @ axes) for s in scene.shapes]
    if len(frames) * sum(len(s.vertices) for s in model) > MAX_VERTICES:
        raise Broken(f"{len(frames)} instances are more than {MAX_VERTICES} vertices")
    shapes = [
        replace(s, feature=np.full(len(s.vertices), feature), table=0)
        for frame, feature in zip(frames, ids.tolist(), strict=True)
        for s in (_moved(shape, matrix @ frame) for shape in model)
    ]
    count = parts.count("BATCH_LENGTH") or (int(ids.max()) + 1 if len(ids) else 0)
    return _finished(assemble(uri, "i3dm", shapes, [_rows(parts, count)]), shapes, scene)


def _points(parts: Parts, uri: str, matrix: F64) -> Piece:
    count = parts.count("POINTS_LENGTH")
    packed = (parts.feature.get("extensions") or {}).get("3DTILES_draco_point_compression")
    if isinstance(packed, dict):
        points, ids = _unpacked(parts, packed)
    else:
        found = positions(parts, count)
        ids = parts.rows("BATCH_ID", count, "UNSIGNED_SHORT", 1)
        if found is None:
            raise Broken("a pnts without positions")
        points = found
    if len(points) != count:
        raise Broken(f"{count} points announced, {len(points)} there")
    feature = np.full(count, -1, np.int64) if ids is None else ids[:, 0].astype(np.int64)
    batches = parts.count("BATCH_LENGTH")
    table = _rows(parts, batches) if ids is not None else Table(0)
    shape = _moved(Shape(points, np.zeros((0, 3), np.int64), feature, 0), matrix)
    piece = assemble(uri, "pnts", [shape], [table])
    if ids is None and parts.batch:
        piece.notes["pointProperties"] = len(parts.batch)
    return piece


def _unpacked(parts: Parts, item: dict[str, Any]) -> tuple[F64, Any]:
    """Points and batch ids that Draco holds; what it leaves out stands in the table."""
    offset, length = whole(item.get("byteOffset")), whole(item.get("byteLength"))
    if min(offset, length) < 0 or offset + length > len(parts.feature_data):
        raise Broken("a Draco part that ends beyond its table")
    decoded = draco.unpack(parts.feature_data[offset : offset + length])
    inside = item.get("properties") or {}
    count = parts.count("POINTS_LENGTH")
    if "POSITION" in inside:
        points = draco.attribute(decoded, whole(inside["POSITION"])).astype(np.float64)
        centre = parts.vector("RTC_CENTER")
        points = points if centre is None else points + centre
    else:
        found = positions(parts, count)
        points = np.zeros((0, 3)) if found is None else found
    if "BATCH_ID" in inside:
        return points, draco.attribute(decoded, whole(inside["BATCH_ID"]))
    return points, parts.rows("BATCH_ID", count, "UNSIGNED_SHORT", 1)


def _shift(by: F64) -> F64:
    matrix = np.eye(4)
    matrix[:3, 3] = by
    return matrix


def _moved(shape: Shape, matrix: F64) -> Shape:
    vertices = shape.vertices @ matrix[:3, :3].T + matrix[:3, 3]
    if not np.isfinite(vertices).all():
        raise Broken("positions that are not finite")
    flipped = np.linalg.det(matrix[:3, :3]) < 0
    triangles = shape.triangles[:, ::-1] if flipped else shape.triangles
    return replace(shape, vertices=vertices, triangles=triangles)
