"""Our meshopt encoders against our decoder and, where Node is, against meshoptimizer's own."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cim_bridge.tiles import trianglecodec
from cim_bridge.tiles.trianglecodec import LONGEST, encode_triangles
from cim_bridge.tiles.vertexcodec import encode_elements
from cim_bridge.tilesin.meshopt import decode_view

_SCRIPT = """
const MeshoptDecoder = require(process.argv[1]);
const fs = require("fs");
MeshoptDecoder.ready.then(() => {
  const found = JSON.parse(fs.readFileSync(0)).map(({ count, byteStride, mode, data }) => {
    const target = new Uint8Array(count * byteStride);
    MeshoptDecoder.decodeGltfBuffer(target, count, byteStride, Buffer.from(data, "base64"), mode);
    return Buffer.from(target).toString("base64");
  });
  console.log(JSON.stringify(found));
});
"""


def element_sets() -> list[np.ndarray]:
    """Noise, small steps and hardly any, at sizes around those of groups and blocks."""
    rng = np.random.default_rng(3)
    found = []
    for count, stride in (
        (1, 4), (15, 8), (16, 8), (17, 12), (255, 8), (257, 32), (700, 8), (2100, 4), (33, 256),
    ):  # fmt: skip
        for most in (256, 4, 2):
            noise = rng.integers(0, most, (count, stride)).astype(np.uint8)
            found += [noise, np.cumsum(noise, axis=0, dtype=np.uint8)]
    return found


def triangle_sets() -> list[tuple[np.ndarray, np.ndarray]]:
    """Triangles and their features: strips, fans, soup with repeats; short and long."""
    rng = np.random.default_rng(4)
    found = []
    for kind in range(3):
        for most in (9, LONGEST * 3):
            faces, owners, base = [], [], 0
            for feature in range(23):
                corners, count = int(rng.integers(3, 60)), int(rng.integers(1, most))
                k = np.arange(count)
                shape = [
                    np.stack([k, k + 1, k + 2], axis=1) % corners,
                    np.stack([0 * k, k % (corners - 1), k % (corners - 1) + 1], axis=1),
                    rng.integers(0, corners, (count, 3)),
                ][kind]
                faces.append(shape + base)
                owners.append(np.full(count, feature))
                base += corners
            found.append((np.concatenate(faces), np.concatenate(owners)))
    return found


def canonical(triangles: np.ndarray) -> np.ndarray:
    """The same for triangles that differ only in the corner they begin with."""
    turned = np.stack([np.roll(triangles.astype(np.int64), k, axis=1) for k in range(3)])
    return (turned @ np.array([1 << 40, 1 << 20, 1])).min(axis=0)


@pytest.mark.parametrize("elements", element_sets(), ids=lambda e: f"{e.shape}-{e.max()}")
def test_elements_come_back_from_our_decoder(elements):
    item = {"count": len(elements), "byteStride": elements.shape[1], "mode": "ATTRIBUTES"}
    assert decode_view(item, encode_elements(elements)) == elements.tobytes()


@pytest.mark.parametrize("faces", triangle_sets(), ids=range(6))
def test_triangles_come_back_with_their_winding_and_numbered_by_first_use(faces):
    triangles, owner = faces
    packed = encode_triangles(triangles, owner, int(triangles.max()) + 1)
    item = {"count": triangles.size, "byteStride": 4, "mode": "TRIANGLES"}
    found = np.frombuffer(decode_view(item, packed.data), "<u4").reshape(-1, 3)
    assert (canonical(packed.order[found]) == canonical(triangles)).all()
    first = np.unique(found.ravel(), return_index=True)[1]
    assert (np.diff(first) > 0).all()  # vertices appear in the order of their numbers
    assert len(packed.order) == len(np.unique(triangles))


def test_boxes_take_about_a_byte_a_triangle():
    side = np.array([[0, 1, 3], [0, 3, 2], [2, 3, 5], [2, 5, 4], [4, 5, 7], [4, 7, 6]])
    box = np.concatenate([side, [[6, 7, 1], [6, 1, 0], [1, 7, 5], [1, 5, 3]]])
    boxes = np.concatenate([box + 8 * k for k in range(500)])
    packed = encode_triangles(boxes, np.repeat(np.arange(500), 10), 4000)
    assert len(packed.data) < 1.5 * len(boxes)


def test_elements_that_the_format_cannot_hold_are_refused():
    for shape in ((0, 4), (3, 3), (3, 260)):
        with pytest.raises(ValueError, match="cannot be encoded"):
            encode_elements(np.zeros(shape, np.uint8))


def test_meshoptimizer_itself_reads_both(root: Path):
    decoder = root / "viewer" / "node_modules" / "meshoptimizer" / "meshopt_decoder.cjs"
    assert decoder.is_file(), "run `make setup`: CesiumJS brings meshoptimizer"
    asked, wanted = [], []
    for elements in element_sets():
        item = {"count": len(elements), "byteStride": elements.shape[1], "mode": "ATTRIBUTES"}
        asked.append(item | {"data": base64.b64encode(encode_elements(elements)).decode()})
        wanted.append(elements.tobytes())
    for triangles, owner in triangle_sets():
        packed = encode_triangles(triangles, owner, int(triangles.max()) + 1)
        for size in (2, 4):
            item = {"count": triangles.size, "byteStride": size, "mode": "TRIANGLES"}
            asked.append(item | {"data": base64.b64encode(packed.data).decode()})
            wanted.append(decode_view(item, packed.data))
    done = subprocess.run(
        [sys.executable, str(root / ".ci" / "npm.py"), "--node", "-e", _SCRIPT, str(decoder)],
        input=json.dumps(asked), capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    found = [base64.b64decode(text) for text in json.loads(done.stdout)]
    assert found == wanted


def test_what_was_coded_before_changes_no_byte():
    (triangles, owner), *_ = triangle_sets()
    vertices = int(triangles.max()) + 1
    trianglecodec._KNOWN.clear()
    first = encode_triangles(triangles, owner, vertices)
    again = encode_triangles(triangles, owner, vertices)
    assert trianglecodec._KNOWN
    assert (first.data, first.order.tolist()) == (again.data, again.order.tolist())
