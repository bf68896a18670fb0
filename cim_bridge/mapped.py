"""Arrays that stay in their files: mapped when read, and given back to the system after use."""

from __future__ import annotations

import mmap
import sys
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

_ADVICE = getattr(mmap, "MADV_DONTNEED", None)
"""What gives pages back; not every system has it, and there they stay until it needs memory."""


def mapped(path: Path) -> npt.NDArray[Any]:
    """Return the array of a .npy file, mapped for reading; an empty one is in memory."""
    try:
        found: npt.NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError:  # nothing to map
        found = np.load(path, allow_pickle=False)
    return found


def release(*arrays: npt.NDArray[Any] | None) -> None:
    """Give the pages of mapped arrays back; they are read again when they are asked for."""
    for values in arrays:
        pages = _pages(values)
        if pages is not None and _ADVICE is not None:
            pages.madvise(_ADVICE)


def _pages(values: Any) -> mmap.mmap | None:
    while values is not None and not isinstance(values, mmap.mmap):
        values = getattr(values, "base", None)
    return values if isinstance(values, mmap.mmap) else None


@cache
def _libc() -> Any:
    """The C library where it can be asked to give free memory back (glibc), else None."""
    import ctypes

    try:
        library = ctypes.CDLL(None)
        return library if hasattr(library, "malloc_trim") else None
    except (OSError, TypeError):  # Windows
        return None


def trim() -> None:
    """Give memory that was freed in small pieces back to the system, where that can be asked."""
    arrow = sys.modules.get("pyarrow")
    if arrow is not None:
        arrow.default_memory_pool().release_unused()
    library = _libc()
    if library is not None:
        library.malloc_trim(0)
