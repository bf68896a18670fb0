"""Columns as Arrow arrays from their own bytes.

`pyarrow.array` imports pandas to see whether it was given a Series, which takes longer than writing
the units of a district does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

_MOST = (1 << 31) - 1
"""Bytes of text that one array of Arrow can hold; more become several."""


def arrow_array(values: npt.NDArray[Any], kind: Any) -> Any:
    """Return (N,) values of one column, None being null, as an Array of an Arrow type.

    Texts of more bytes than one can hold become a ChunkedArray.
    """
    import pyarrow as pa

    if pa.types.is_boolean(kind):
        bits = np.packbits(values.astype(bool), bitorder="little")
        return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(bits.tobytes())])
    if pa.types.is_string(kind) or pa.types.is_binary(kind):
        return _words(values.tolist(), kind)
    plain = np.ascontiguousarray(values, kind.to_pandas_dtype())
    return pa.Array.from_buffers(kind, len(plain), [None, pa.py_buffer(plain.data)])


def _words(values: list[Any], kind: Any) -> Any:
    """Texts or bytes with their lengths and, where some are lacking, a bit for each."""
    import pyarrow as pa

    there = None
    if None in values:
        there = np.array([value is not None for value in values], bool)
        none = "" if pa.types.is_string(kind) else b""
        values = [none if value is None else value for value in values]
    data, lengths = _joined(values)
    ends = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
    if ends[-1] > _MOST:
        half = len(values) // 2
        if there is not None:
            values = [value if there[n] else None for n, value in enumerate(values)]
        parts = [_words(values[:half], kind), _words(values[half:], kind)]
        return pa.chunked_array([chunk for part in parts for chunk in _chunks(part)])
    bits = None if there is None else pa.py_buffer(np.packbits(there, bitorder="little").tobytes())
    offsets = pa.py_buffer(ends.astype(np.int32).data)
    return pa.Array.from_buffers(kind, len(values), [bits, offsets, pa.py_buffer(data)])


def _joined(values: list[Any]) -> tuple[bytes, npt.NDArray[np.int64]]:
    """All values one after the other, and how many bytes each has."""
    if values and isinstance(values[0], str):
        text = "".join(values)
        if text.isascii():
            return text.encode(), np.fromiter(map(len, values), np.int64, len(values))
        values = [value.encode() for value in values]
    return b"".join(values), np.fromiter(map(len, values), np.int64, len(values))


def _chunks(part: Any) -> list[Any]:
    found: list[Any] = part.chunks if hasattr(part, "chunks") else [part]
    return found
