"""Where the members of a large CityJSON document are, found block by block: nothing is kept whole.

Only quotes, brackets and commas are looked at; what stands between them is checked by whoever
decodes it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.faces import I64

BLOCK = 2 << 20
"""Bytes that are scanned together."""

OBJECTS = "CityObjects"

_KEY = re.compile(rb'\s*"([^"\\]{1,200})"\s*:\s*')
_ESCAPED = re.compile(rb"\\.", re.DOTALL)
_STEP = np.zeros(256, np.int8)
_STEP[[*b"{["]] = 1
_STEP[[*b"}]"]] = -1
_MARK = np.zeros(256, bool)
_MARK[[*b"{}[],"]] = True
_MOST_MEMBERS = 200


class Irregular(Exception):
    """The document is not as plain as streaming needs it; it is read whole, and judged there."""


@dataclass
class Members:
    """What a scan found so far.

    spans: member of the document → where its value begins and ends (bytes).
    bounds: where city objects end: object n lies between bounds[n] + 1 and bounds[n + 1].
    """

    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    bounds: list[I64] = field(default_factory=list)


class Text:
    """Bytes of a file by place."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        self.size = path.stat().st_size

    def __enter__(self) -> Text:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def part(self, first: int, last: int) -> bytes:
        """Bytes first to last - 1."""
        self._file.seek(first)
        return self._file.read(last - first)

    def blocks(self) -> Iterator[tuple[int, bytes]]:
        """The file piece by piece, each with where it begins; none ends within an escape."""
        at = 3 if self.part(0, 3) == b"\xef\xbb\xbf" else 0
        while data := self.part(at, at + BLOCK):
            tail = len(data) - len(data.rstrip(b"\\"))
            if tail % 2:
                data += self.part(at + len(data), at + len(data) + 1)
            yield at, data
            at += len(data)


@dataclass
class Scan:
    """One pass over a document; `found` grows with every block."""

    text: Text
    found: Members = field(default_factory=Members)
    _inside: bool = False
    _depth: int = 0
    _start: int = -1
    _key: str = ""
    _value: int = 0
    _open: bool = False

    def blocks(self) -> Iterator[I64]:
        """Scan the file; after each block, where further city objects end."""
        letters = codecs.getincrementaldecoder("utf-8")()
        plain = True
        for at, data in self.text.blocks():
            if not (plain and data.isascii()):
                plain = False
                try:
                    letters.decode(data)
                except UnicodeDecodeError as exc:
                    raise Irregular("text") from exc
            yield self._block(at, data)
        if self._depth or self._inside or not self.found.spans:
            raise Irregular("truncated")

    def _block(self, at: int, data: bytes) -> I64:
        plain = _ESCAPED.sub(b"__", data) if b"\\" in data else data
        raw = np.frombuffer(plain, np.uint8)
        quoted = np.cumsum(raw == 0x22, dtype=np.uint8) & 1
        if self._inside:
            quoted ^= 1
        self._inside = bool(quoted[-1])
        place = np.flatnonzero(_MARK[raw] & (quoted == 0))
        step = _STEP[raw[place]]
        after = np.cumsum(step, dtype=np.int32) + np.int32(self._depth)
        self._depth = int(after[-1]) if len(after) else self._depth
        top = np.flatnonzero(((step == 0) & (after == 1)) | ((step > 0) & (after == 1))
                             | ((step < 0) & (after == 0)))  # fmt: skip
        return self._members(at, place, step, after, top)

    def _members(
        self, at: int, place: I64, step: npt.NDArray[np.int8], after: npt.NDArray[np.int32],
        top: I64,
    ) -> I64:  # fmt: skip
        """Go from one end of a member of the document to the next."""
        ends: list[I64] = []
        begin = 0
        for number in [*top.tolist(), len(place)]:
            if self._key == OBJECTS and number > begin:
                ends.append(self._ends(at, place, step, after, slice(begin, number)))
            if number < len(place):
                self._end(at + int(place[number]), int(step[number]))
            begin = number + 1
        return np.concatenate([np.zeros(0, np.int64), *ends])

    def _ends(
        self, at: int, place: I64, step: npt.NDArray[np.int8], after: npt.NDArray[np.int32],
        part: slice,
    ) -> I64:  # fmt: skip
        """Where city objects end, and at first where the first begins."""
        kind, depth = step[part], after[part]
        first = (kind > 0) & (depth == 2)
        ends = ((kind == 0) & (depth == 2)) | ((kind < 0) & (depth == 1)) | first
        found: I64 = at + place[part][ends]
        self.found.bounds.append(found)
        return found

    def _end(self, here: int, step: int) -> None:
        """A member ends (a comma or the last bracket) or the first begins."""
        if step > 0:
            if self._start >= 0:
                raise Irregular("more than one document")
            self._next(here + 1)
            return
        if self._key in self.found.spans or len(self.found.spans) > _MOST_MEMBERS:
            raise Irregular("members")
        self.found.spans[self._key] = (self._value, here)
        self._key = ""
        if step == 0:
            self._next(here + 1)

    def _next(self, start: int) -> None:
        head = _KEY.match(self.text.part(start, start + 300))
        if head is None:
            raise Irregular("key")
        self._start, self._value = start, start + head.end()
        self._key = head[1].decode("utf-8", "replace")
