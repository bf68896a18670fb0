"""EXT_meshopt_compression, mode ATTRIBUTES, version 0: written by whole arrays, no compiler.

After the extension's own specification: blocks of at most 256 elements, in each one every byte of
an element as its own run of differences, sixteen differences to a group. The decoder of
`tilesin.meshopt` reads it back. Pure: the bytes depend on the elements alone.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

U8 = npt.NDArray[np.uint8]
I64 = npt.NDArray[np.int64]

_GROUP = 16
_HEAD = 0xA0
_TAIL = 32
"""Bytes at the end, the first element in their last ones."""


def encode_elements(elements: npt.NDArray[np.generic]) -> bytes:
    """Bytes of (n, k) elements whose size is a multiple of four bytes, no more than 256; n > 0."""
    rows = np.ascontiguousarray(elements)
    raw = rows.view(np.uint8).reshape(len(rows), rows.nbytes // max(len(rows), 1))
    count, stride = raw.shape
    if stride % 4 or not 4 <= stride <= 256 or not count:
        raise ValueError(f"{count} elements of {stride} bytes cannot be encoded")
    block = min((8192 // stride) & ~15, 256)
    blocks = -(-count // block)
    deltas = np.zeros((blocks * block, stride), np.uint8)
    deltas[1:count] = _folded(raw[1:] - raw[:-1])
    runs = deltas.reshape(blocks, block // _GROUP, _GROUP, stride).transpose(0, 3, 1, 2)
    groups = np.full(blocks, block // _GROUP)
    groups[-1] = -(-(count - (blocks - 1) * block) // _GROUP)
    tail: bytes = bytes(max(_TAIL - stride, 0)) + raw[0].tobytes()
    return bytes([_HEAD]) + _runs(np.ascontiguousarray(runs), groups) + tail


def _folded(signed: U8) -> U8:
    """Differences as small numbers: 0, -1, 1, -2 ... become 0, 1, 2, 3 ..."""
    found: U8 = (signed << np.uint8(1)) ^ (np.uint8(0) - (signed >> np.uint8(7)))
    return found


def _runs(runs: U8, groups: I64) -> bytes:
    """Bytes of (blocks, stride, groups, 16) differences; groups (blocks,): how many count."""
    blocks, stride, most, _ = runs.shape
    flat = runs.reshape(-1, _GROUP)
    mode, size = _modes(flat)
    packed = np.zeros((len(flat), _GROUP), np.uint8)
    for kind, bits in ((1, 2), (2, 4)):
        chosen = np.flatnonzero(mode == kind)
        packed[chosen] = _packed(flat[chosen], bits)
    wide = mode == 3
    packed[wide] = flat[wide]
    there = np.arange(most) < groups[:, None]
    size = size.reshape(blocks, stride, most) * there[:, None]
    quads = -(-most // 4)
    code = np.zeros((blocks, stride, quads * 4), np.uint8)
    code[:, :, :most] = mode.reshape(blocks, stride, most) * there[:, None].astype(np.uint8)
    head = code[:, :, 0::4].copy()
    for k in (1, 2, 3):
        head |= code[:, :, k::4] << np.uint8(2 * k)
    whole = np.concatenate([head, packed.reshape(blocks, stride, most * _GROUP)], axis=2)
    kept = np.arange(quads) < -(-groups // 4)[:, None]
    keep = np.concatenate(
        [
            np.broadcast_to(kept[:, None], head.shape),
            (np.arange(_GROUP) < size[..., None]).reshape(blocks, stride, most * _GROUP),
        ],
        axis=2,
    )
    found: bytes = whole[keep].tobytes()
    return found


def _modes(flat: U8) -> tuple[U8, I64]:
    """How each group is best packed: 0 nothing, 1 two bits, 2 four bits, 3 bytes; its size."""
    sizes = np.full((4, len(flat)), _GROUP)
    sizes[0] = np.where(_count(flat > 0) > 0, 99, 0)
    sizes[1] = 4 + _count(flat >= 3)
    sizes[2] = 8 + _count(flat >= 15)
    mode = sizes.argmin(axis=0)
    return mode.astype(np.uint8), sizes[mode, np.arange(len(flat))]


def _count(true: npt.NDArray[np.bool_]) -> I64:
    """How many of sixteen are true."""
    both = np.bitwise_count(true.view(np.uint64)).astype(np.int64)
    found: I64 = both[:, 0] + both[:, 1]
    return found


def _packed(flat: U8, bits: int) -> U8:
    """Groups (m, 16) in 2 or 4 bits each; what is too large follows as whole bytes."""
    full = np.uint8((1 << bits) - 1)
    per = 8 // bits
    short = np.minimum(flat, full)
    first = _GROUP // per
    found = np.zeros((len(flat), _GROUP), np.uint8)
    for k in range(per):
        found[:, :first] |= short[:, k::per] << np.uint8(bits * (per - 1 - k))
    row, place = np.nonzero(flat >= full)
    count = np.bincount(row, minlength=len(flat))
    at = first + np.arange(len(row)) - (np.cumsum(count) - count)[row]
    found[row, at] = flat[row, place]
    return found
