"""The central directory of a ZIP file, read byte for byte and judged before any entry is opened.

Python's zipfile refuses archives whose extra fields are padded, as writers of .3tz make them.
"""

from __future__ import annotations

import os
import stat
import struct
from dataclasses import dataclass
from typing import BinaryIO

from cim_bridge.tilesin.broken import Broken

MAX_FILE = 256 * 2**20
"""Bytes one unpacked file may have."""
MAX_ENTRIES = 1_000_000
MAX_RATIO = 100
"""Times a file larger than a mebibyte may be its packed size: more is a bomb."""
_FREE = 2**20
_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_FULL32, _FULL16 = 0xFFFFFFFF, 0xFFFF
MAX_DIRECTORY = 256 * 2**20


@dataclass(frozen=True)
class Entry:
    """One file of an archive as the central directory tells it."""

    name: str
    raw: bytes
    method: int
    crc: int
    packed: int
    size: int
    offset: int


def read_directory(handle: BinaryIO) -> list[Entry]:
    """Every file of the archive, in order; Broken when one of them cannot be trusted."""
    size = handle.seek(0, os.SEEK_END)
    count, length, offset = _end(handle, size)
    if count > MAX_ENTRIES or length > MAX_DIRECTORY or offset + length > size:
        raise Broken(f"a directory of {count} entries and {length} bytes")
    handle.seek(offset)
    data = handle.read(length)
    found: list[Entry] = []
    at = 0
    for _ in range(count):
        entry, at = _entry(data, at)
        if entry is not None:
            found.append(entry)
    _check_overlap(found)
    return found


def _end(handle: BinaryIO, size: int) -> tuple[int, int, int]:
    """Entries, bytes and offset of the directory."""
    tail_size = min(size, _END.size + 0xFFFF)
    handle.seek(size - tail_size)
    tail = handle.read(tail_size)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or at + _END.size > len(tail):
        raise Broken("ZIP: no end of a directory; the file is cut off or no archive")
    _, disk, _, _, count, length, offset, _ = _END.unpack_from(tail, at)
    if disk not in (0, _FULL16):
        raise Broken("ZIP: one of several parts")
    if _FULL32 in (length, offset) or count == _FULL16:
        handle.seek(max(size - tail_size + at - 20, 0))
        locator = handle.read(20)
        if locator[:4] != b"PK\6\7":
            raise Broken("ZIP: no 64-bit end of a directory")
        handle.seek(min(struct.unpack_from("<Q", locator, 8)[0], size))
        record = handle.read(_END64.size)
        if len(record) < _END64.size or record[:4] != b"PK\6\6":
            raise Broken("ZIP: no 64-bit end of a directory")
        count, length, offset = _END64.unpack(record)[-3:]
    return count, length, offset


def _entry(data: bytes, at: int) -> tuple[Entry | None, int]:
    if at + _ENTRY.size > len(data) or data[at : at + 4] != b"PK\1\2":
        raise Broken("ZIP: its directory is cut off")
    fields = _ENTRY.unpack_from(data, at)
    flags, method, crc, packed, size = fields[3], fields[4], *fields[7:10]
    name_size, extra_size, comment_size = fields[10:13]
    mode, offset = fields[15] >> 16, fields[16]
    start = at + _ENTRY.size
    raw = data[start : start + name_size]
    extra = data[start + name_size : start + name_size + extra_size]
    size, packed, offset = _wide(extra, size, packed, offset)
    name = raw.decode("utf-8" if flags & 0x800 else "cp437", "replace")
    _check(name, flags, mode, packed, size)
    after = start + name_size + extra_size + comment_size
    if name.endswith("/"):
        return None, after
    return Entry(name, raw, method, crc, packed, size, offset), after


def _wide(extra: bytes, size: int, packed: int, offset: int) -> tuple[int, int, int]:
    """64-bit numbers from the extra field, where the directory's own are full."""
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        if kind == 1:
            body = extra[at + 4 : at + 4 + length]
            wide = list(struct.unpack(f"<{len(body) // 8}Q", body[: len(body) // 8 * 8]))
            size, packed, offset = (
                wide.pop(0) if value == _FULL32 and wide else value
                for value in (size, packed, offset)
            )
        at += 4 + length
    return size, packed, offset


def _check(name: str, flags: int, mode: int, packed: int, size: int) -> None:
    shown = repr(name[:80])
    if (
        name.startswith("/")
        or any(c in name for c in "\\\0:")
        or {"..", "."} & set(name.rstrip("/").split("/"))
    ):
        raise Broken(f"entry {shown} leads out of the archive")
    if flags & 1:
        raise Broken(f"entry {shown} is encrypted")
    if stat.S_ISLNK(mode):
        raise Broken(f"entry {shown} is a link")
    if size > MAX_FILE:
        raise Broken(f"entry {shown} has {size} bytes")
    if size > _FREE and size > MAX_RATIO * max(packed, 1):
        raise Broken(f"entry {shown} grows more than {MAX_RATIO} times")


def _check_overlap(entries: list[Entry]) -> None:
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.offset):
        if entry.offset < end:
            raise Broken(f"entry {entry.name[:80]!r} overlaps another")
        end = entry.offset + 30 + len(entry.raw) + entry.packed
