"""Many short strings as one UTF-8 blob with offsets, gathered without a loop."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import overload

import numpy as np
import numpy.typing as npt

I64 = npt.NDArray[np.int64]


def ragged(starts: I64, counts: I64) -> I64:
    """Concatenate the ranges [start, start + count) of every pair."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    shift = np.repeat(starts - (ends - counts), counts)
    places: I64 = np.arange(total, dtype=np.int64) + shift
    return places


@dataclass(frozen=True)
class Strings(Sequence[str]):
    """n strings: `blob` holds their UTF-8 bytes, string k is blob[offsets[k]:offsets[k+1]]."""

    blob: npt.NDArray[np.uint8]
    offsets: I64

    @classmethod
    def of(cls, values: Sequence[str]) -> Strings:
        """Pack strings; a NUL inside one would separate it, so it is dropped."""
        if isinstance(values, Strings):
            return values
        if not len(values):
            return cls(np.zeros(0, np.uint8), np.zeros(1, np.int64))
        raw = np.frombuffer("\0".join(values).encode("utf-8"), np.uint8)
        separators = np.flatnonzero(raw == 0)
        if len(separators) != len(values) - 1:
            return cls.of([value.replace("\0", "") for value in values])
        lengths = np.diff(np.concatenate([[-1], separators, [len(raw)]])) - 1
        return cls(raw[raw != 0], np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> list[str]: ...

    def __getitem__(self, index: int | slice) -> str | list[str]:
        """One string, or a list of some."""
        if isinstance(index, slice):
            first, last, step = index.indices(len(self))
            if step != 1:
                return [self[n] for n in range(first, last, step)]
            return self._run(first, max(last, first))
        a, b = int(self.offsets[index]), int(self.offsets[index + 1])
        return self.blob[a:b].tobytes().decode("utf-8")

    def _run(self, first: int, last: int) -> list[str]:
        """Strings first to last - 1."""
        offsets = np.asarray(self.offsets[first : last + 1])
        whole = np.asarray(self.blob[int(offsets[0]) : int(offsets[-1])]).tobytes()
        ends = (offsets - offsets[0]).tolist()
        if whole.isascii():
            text = whole.decode("ascii")
            return [text[a:b] for a, b in pairwise(ends)]
        return [whole[a:b].decode("utf-8") for a, b in pairwise(ends)]

    def take(self, index: npt.NDArray[np.integer]) -> Strings:
        """Strings at the given places, in that order."""
        starts = self.offsets[index]
        counts = self.offsets[np.asarray(index) + 1] - starts
        return Strings(
            self.blob[ragged(starts, counts)],
            np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        )
