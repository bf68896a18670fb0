"""A file kept in its compressed form alone: `<name>.brotli` stands for `<name>`.

Large columns are stored so: what readers are sent is what lies on the disk, and the plain bytes are
made where someone asks for them. Unlike the `.br` copies beside plain files, a packed file is
content: it counts in the digest of its release.
"""

from __future__ import annotations

from pathlib import Path

import brotli

from cim_bridge.errors import Damaged

ENDING = ".brotli"


def packed_path(path: Path) -> Path:
    """Where the packed form of a file lies."""
    return path.with_name(path.name + ENDING)


def write_packed(path: Path, packed: bytes) -> None:
    """Write bytes that brotli compressed, to stand for the file `path`."""
    packed_path(path).write_bytes(packed)


def exists(path: Path) -> bool:
    """Whether a file is there, plain or packed."""
    return path.is_file() or packed_path(path).is_file()


def read_packed(path: Path) -> bytes | None:
    """The packed bytes of a file; None where it is kept plain."""
    packed = packed_path(path)
    return packed.read_bytes() if packed.is_file() else None


def unpack(packed: bytes) -> bytes:
    """The plain bytes; Damaged where they cannot be had."""
    try:
        plain: bytes = brotli.decompress(packed)
    except brotli.error as exc:
        raise Damaged(f"packed bytes cannot be unpacked: {exc}") from exc
    return plain


def read_plain(path: Path) -> bytes:
    """The plain bytes of a file, however it is kept."""
    packed = read_packed(path)
    return path.read_bytes() if packed is None else unpack(packed)
