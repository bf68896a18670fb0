"""EXT_meshopt_compression decoded without a compiler: its three modes and three filters.

After the extension's own specification (version 0 of ATTRIBUTES, 1 of TRIANGLES and INDICES).
Vertices are decoded by groups of sixteen; the index codecs look back, so they go one by one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.check.gltf import whole
from cim_bridge.tilesin.broken import Broken, Unreadable

U8 = npt.NDArray[np.uint8]
MAX_BYTES = 256 * 2**20


def decode_view(item: dict[str, Any], data: bytes) -> bytes:
    """Bytes of a compressed buffer view; `item` is the extension's object."""
    count, stride = whole(item.get("count")), whole(item.get("byteStride"))
    if count < 0 or not 1 <= stride <= 256 or count * stride > MAX_BYTES or len(data) < 2:
        raise Broken(f"meshopt: {count} elements of {stride} bytes")
    if count > len(data) * 256:
        raise Broken(f"meshopt: {count} elements cannot come from {len(data)} bytes")
    mode = item.get("mode")
    if mode == "ATTRIBUTES":
        return _filtered(_attributes(data, count, stride), str(item.get("filter", "NONE")))
    decode = {"TRIANGLES": _triangles, "INDICES": _indices}.get(str(mode))
    if decode is None or stride not in (2, 4):
        raise Broken(f"meshopt: mode {mode}")
    try:
        found = decode(data, count)
    except IndexError as exc:
        raise Broken("meshopt: its indices are cut off") from exc
    return np.array(found, np.int64).astype("<u4" if stride == 4 else "<u2").tobytes()


def _attributes(data: bytes, count: int, stride: int) -> U8:
    """(count, stride) bytes."""
    if data[0] != 0xA0 or stride % 4:
        raise Unreadable(f"meshopt: vertices of version {data[0]:#x}")
    source = np.frombuffer(data, np.uint8)
    block = min((0x2000 // stride) & ~15, 256)
    last = source[len(source) - stride :].copy()
    found = np.zeros((count, stride), np.uint8)
    at = 1
    for first in range(0, count, block):
        size = min(block, count - first)
        deltas, at = _block(source, at, size, stride)
        signed = (deltas >> 1) ^ np.where(deltas & 1, 255, 0).astype(np.uint8)
        summed = np.cumsum(signed, axis=0, dtype=np.uint8) + last
        found[first : first + size] = summed[:size]
        last = found[first + size - 1]
    return found


def _block(source: U8, at: int, size: int, stride: int) -> tuple[U8, int]:
    """Deltas of one block, (groups * 16, stride), and where the next begins."""
    groups = -(-size // 16)
    deltas = np.zeros((groups * 16, stride), np.uint8)
    for byte in range(stride):
        header = source[at : at + -(-groups // 4)]
        if len(header) < -(-groups // 4):
            raise Broken("meshopt: its vertices are cut off")
        at += len(header)
        modes = (header[:, None] >> np.array([0, 2, 4, 6], np.uint8)) & 3
        for group, mode in enumerate(modes.ravel()[:groups].tolist()):
            if mode:
                values, at = _group(source, at, mode)
                deltas[group * 16 : group * 16 + 16, byte] = values
    return deltas, at


def _group(source: U8, at: int, mode: int) -> tuple[U8, int]:
    """Sixteen deltas of 2, 4 or 8 bits; the largest small one stands for a byte that follows."""
    wide = (0, 4, 8, 16)[mode]
    packed = source[at : at + wide]
    at += wide
    if len(packed) < wide:
        raise Broken("meshopt: its vertices are cut off")
    if mode == 3:
        return packed, at
    shifts = np.array([6, 4, 2, 0] if mode == 1 else [4, 0], np.uint8)
    full = 3 if mode == 1 else 15
    values = ((packed[:, None] >> shifts) & full).ravel().astype(np.uint8)
    escaped = np.flatnonzero(values == full)
    more = source[at : at + len(escaped)]
    if len(more) < len(escaped):
        raise Broken("meshopt: its vertices are cut off")
    values[escaped] = more
    return values, at + len(escaped)


class _Bytes:
    """Variable-length numbers of an index stream, and the last index they speak from."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data = data
        self.at = at
        self.last = 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def number(self) -> int:
        found = shift = 0
        while True:
            byte = self.byte()
            found |= (byte & 127) << shift
            if byte < 128:
                return found
            shift += 7
            if shift > 28:
                raise Broken("meshopt: a number of more than 32 bits")

    def index(self) -> int:
        self.last = (self.last + _signed(self.number())) & 0xFFFFFFFF
        return self.last


def _signed(value: int) -> int:
    return ~(value >> 1) if value & 1 else value >> 1


def _indices(data: bytes, count: int) -> list[int]:
    if data[0] != 0xD1:
        raise Unreadable(f"meshopt: indices of version {data[0]:#x}")
    stream = _Bytes(data, 1)
    last = [0, 0]
    found = []
    for _ in range(count):
        value = stream.number()
        which = value & 1
        last[which] = (last[which] + _signed(value >> 1)) & 0xFFFFFFFF
        found.append(last[which])
    return found


class _Corners:
    """State of the triangle codec: the last 16 edges and vertices, the next new vertex."""

    def __init__(self, data: bytes, triangles: int) -> None:
        self.stream = _Bytes(data, 1 + triangles)
        self.aux = data[-16:]
        self.edges: list[tuple[int, int]] = [(0, 0)] * 16
        self.vertices: list[int] = [0] * 16
        self.next = 0

    def fresh(self) -> int:
        self.next += 1
        return self.next - 1

    def keep(self, vertex: int) -> int:
        self.vertices.insert(0, vertex)
        self.vertices.pop()
        return vertex

    def edge(self, a: int, b: int) -> None:
        self.edges.insert(0, (a, b))
        self.edges.pop()

    def on_edge(self, edge: int, code: int) -> tuple[int, int, int]:
        """A triangle that continues at a known edge."""
        a, b = self.edges[edge]
        if 0 < code < 13:
            c = self.vertices[code]
        elif code == 0:
            c = self.keep(self.fresh())
        elif code == 15:
            c = self.keep(self.stream.index())
        else:
            step = -1 if code == 13 else 1
            self.stream.last = (self.stream.last + step) & 0xFFFFFFFF
            c = self.keep(self.stream.last)
        self.edge(c, b)
        self.edge(a, c)
        return a, b, c

    def alone(self, code: int) -> tuple[int, int, int]:
        """A triangle without a known edge."""
        short = code < 14
        told = self.aux[code] if short else self.stream.byte()
        if not short and told == 0:
            self.next = 0
        z, w = told >> 4, told & 15
        a = self.stream.index() if code == 15 else self.fresh()
        b = self._corner(z, long=not short)
        c = self._corner(w, long=not short)
        self.keep(a)
        if z == 0 or (z == 15 and not short):
            self.keep(b)
        if w == 0 or (w == 15 and not short):
            self.keep(c)
        self.edge(b, a)
        self.edge(c, b)
        self.edge(a, c)
        return a, b, c

    def _corner(self, code: int, *, long: bool) -> int:
        if code == 0:
            return self.fresh()
        return self.stream.index() if long and code == 15 else self.vertices[code - 1]


def _triangles(data: bytes, count: int) -> list[int]:
    if data[0] != 0xE1 or count % 3:
        raise Unreadable(f"meshopt: triangles of version {data[0]:#x}")
    if 1 + count // 3 + 16 > len(data):
        raise Broken("meshopt: its triangles are cut off")
    state = _Corners(data, count // 3)
    found: list[int] = []
    for code in data[1 : 1 + count // 3]:
        edge, rest = code >> 4, code & 15
        found += state.on_edge(edge, rest) if edge < 15 else state.alone(rest)
    return found


def _filtered(values: U8, name: str) -> bytes:
    stride = values.shape[1]
    if name == "NONE":
        return values.tobytes()
    if name == "EXPONENTIAL":
        words = values.view("<i4")
        mantissa = (words << 8) >> 8
        numbers: npt.NDArray[Any] = np.ldexp(mantissa.astype(np.float64), words >> 24)
        return numbers.astype("<f4").tobytes()
    if name == "OCTAHEDRAL" and stride in (4, 8):
        return _octahedral(values.view("i1" if stride == 4 else "<i2"))
    if name == "QUATERNION" and stride == 8:
        return _quaternion(values.view("<i2"))
    raise Broken(f"meshopt: filter {name} on {stride} bytes")


def _octahedral(words: npt.NDArray[Any]) -> bytes:
    most = float(np.iinfo(words.dtype).max)
    x, y, one = (words[:, k].astype(np.float64) for k in range(3))
    one = np.where(one == 0, 1.0, one)
    x, y = x / one, y / one
    z = 1.0 - np.abs(x) - np.abs(y)
    fold = np.maximum(-z, 0.0)
    x -= np.copysign(fold, x)
    y -= np.copysign(fold, y)
    found = words.copy()
    scale = most / np.maximum(np.sqrt(x * x + y * y + z * z), 1e-12)
    found[:, :3] = np.rint(np.column_stack((x, y, z)) * scale[:, None])
    return found.tobytes()


def _quaternion(words: npt.NDArray[Any]) -> bytes:
    scale = np.sqrt(0.5) / (words[:, 3].astype(np.int64) | 3)
    xyz = words[:, :3] * scale[:, None]
    w = np.sqrt(np.maximum(1.0 - (xyz * xyz).sum(axis=1), 0.0))
    largest = words[:, 3].astype(np.int64) & 3
    found = np.zeros(words.shape, np.float64)
    rows = np.arange(len(words))
    for step, part in enumerate((w, xyz[:, 0], xyz[:, 1], xyz[:, 2])):
        found[rows, (largest + step) % 4] = part
    return np.rint(found * 32767.0).astype("<i2").tobytes()
