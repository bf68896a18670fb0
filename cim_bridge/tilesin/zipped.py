""".3tz archives: ZIP whose lengths, paths and index are checked before anything is unpacked.

Format: Maxar-Public/3tz-specification 1.4 (store, deflate and zstd; last entry @3dtilesIndex1@).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass, field
from typing import BinaryIO

from cim_bridge.tilesin.broken import Broken, Unreadable
from cim_bridge.tilesin.directory import Entry, read_directory

INDEX = "@3dtilesIndex1@"
_LOCAL = struct.Struct("<4s5H3L2H")
_STORED, _DEFLATED, _ZSTD = 0, 8, 93


@dataclass
class Zipped:
    """An open archive; `read` gives the bytes of one entry."""

    handle: BinaryIO
    entries: dict[str, Entry] = field(default_factory=dict)
    indexed: bool = False

    @classmethod
    def open(cls, handle: BinaryIO) -> Zipped:
        """Read and judge the central directory and the index."""
        try:
            listed = read_directory(handle)
        except OSError as exc:
            raise Broken(f"ZIP: {exc}") from exc
        made = cls(handle, {entry.name: entry for entry in listed})
        made.indexed = made._check_index(listed)
        return made

    def read(self, path: str) -> bytes | None:
        """Bytes of an entry, None when there is none."""
        entry = self.entries.get(path)
        if entry is None or path == INDEX:
            return None
        data = _unpacked(self._packed(entry), entry)
        if len(data) != entry.size or zlib.crc32(data) != entry.crc:
            raise Broken(f"{path}: unpacked bytes differ from what the directory says")
        return data

    def _packed(self, entry: Entry) -> bytes:
        self.handle.seek(entry.offset)
        head = self.handle.read(_LOCAL.size)
        if len(head) < _LOCAL.size or head[:4] != b"PK\3\4":
            raise Broken(f"{entry.name}: no entry at its offset")
        name, extra = _LOCAL.unpack(head)[-2:]
        if self.handle.read(name) != entry.raw:
            raise Broken(f"{entry.name}: its entry has another name")
        self.handle.seek(extra, 1)
        data = self.handle.read(entry.packed)
        if len(data) != entry.packed:
            raise Broken(f"{entry.name}: cut off")
        return data

    def _check_index(self, listed: list[Entry]) -> bool:
        """Whether the index is there; Broken when it contradicts the directory."""
        if not listed or listed[-1].name != INDEX:
            if INDEX in self.entries:
                raise Broken("the index is not the last entry")
            return False
        data = self._packed(listed[-1])
        if listed[-1].method != _STORED or len(data) % 24:
            raise Broken("the index is not a stored list of 24 bytes an entry")
        told = {data[i : i + 16]: data[i + 16 : i + 24] for i in range(0, len(data), 24)}
        files = listed[:-1]
        for entry in files:
            key = hashlib.md5(entry.raw, usedforsecurity=False).digest()
            if told.get(key) != struct.pack("<Q", entry.offset):
                raise Broken(f"the index contradicts the directory about {entry.name}")
        if len(told) != len(files):
            raise Broken(f"the index lists {len(told)} files, the directory {len(files)}")
        return True


def _unpacked(packed: bytes, entry: Entry) -> bytes:
    if entry.method == _STORED:
        return packed
    if entry.method == _DEFLATED:
        try:
            return zlib.decompressobj(-15).decompress(packed, entry.size + 1)
        except zlib.error as exc:
            raise Broken(f"{entry.name}: {exc}") from exc
    if entry.method == _ZSTD:
        import pyarrow as pa

        try:
            found: bytes = pa.decompress(packed, entry.size, codec="zstd", asbytes=True)
        except (pa.ArrowInvalid, OSError) as exc:
            raise Broken(f"{entry.name}: {exc}") from exc
        return found
    raise Unreadable(f"{entry.name} is packed with ZIP method {entry.method}")
