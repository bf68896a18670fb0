"""Arrays that grow on disk, in the same bytes as numpy would have saved them at once."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt


class Appended:
    """A .npy file whose first axis grows; the header is settled when it is closed."""

    def __init__(self, path: Path, dtype: Any, tail: tuple[int, ...] = ()) -> None:
        """tail: the shape of one row."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._dtype, self._tail = np.dtype(dtype), tail
        self._file = path.open("wb")
        weakref.finalize(self, self._file.close)  # also when the work is stopped
        self.rows = 0
        self._header()
        self._start = self._file.tell()

    def add(self, values: npt.NDArray[Any]) -> None:
        """Append rows."""
        self._file.write(np.ascontiguousarray(values, self._dtype).reshape(-1).view(np.uint8).data)
        self.rows += len(values)

    def close(self) -> None:
        """Settle the header; numpy leaves room in it for the length to grow."""
        self._file.seek(0)
        self._header()
        grown = self._file.tell() != self._start
        self._file.close()
        if grown:
            raise ValueError("the header of an array grew while it was written")

    def _header(self) -> None:
        told = {
            "descr": self._dtype.str,
            "fortran_order": False,
            "shape": (self.rows, *self._tail),
        }
        header: Any = np.lib.format.write_array_header_1_0
        header(self._file, told)
