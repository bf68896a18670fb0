"""Arrays of numbers, texts and shapes as plain bytes in one file: what children hand over.

A file is a line of JSON that names each array, its type, shape and place, then their bytes; it is
read at once, and nothing is pickled. Objects are texts, bytes, None, or whatever JSON can hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import orjson

Arrays = dict[str, npt.NDArray[Any]]

_FEW = 64
"""So many different texts, or fewer, are kept once each and counted."""

_TEXT, _BYTES, _OTHER, _NONE = 0, 1, 2, -1
_ALIGN = 16
_BETWEEN = "\0"


def dump_arrays(arrays: Mapping[str, npt.NDArray[Any]], file: BinaryIO) -> None:
    """Write arrays of numbers; equal arrays in the same order give equal bytes."""
    told, at = [], 0
    held = {name: np.ascontiguousarray(values) for name, values in arrays.items()}
    for name, values in held.items():
        if values.dtype.hasobject:
            raise TypeError(f"{name} holds objects: pack it first")
        told.append((name, values.dtype.str, arrays[name].shape, at))
        at += values.nbytes + -values.nbytes % _ALIGN
    head = orjson.dumps(told)
    head += b" " * (-(len(head) + 1) % _ALIGN) + b"\n"
    file.write(head)
    for values in held.values():
        file.write(values.reshape(-1).view(np.uint8).data)
        file.write(bytes(-values.nbytes % _ALIGN))


def load_arrays(file: BinaryIO) -> Arrays:
    """Read what `dump_arrays` wrote, to the end of the file; the arrays can be written to."""
    told = orjson.loads(file.readline())
    data = bytearray(file.read())
    return {
        name: np.frombuffer(
            data, np.dtype(kind), count=int(np.prod(shape, dtype=np.int64)), offset=at
        ).reshape(shape)
        for name, kind, shape, at in told
    }


def pack(into: Arrays, name: str, values: npt.NDArray[Any]) -> None:
    """Add an array under `name`: numbers as they are, objects as bytes with their lengths.

    Objects are texts, bytes or None; anything else is kept as its JSON.
    """
    if values.dtype != object:
        into[name] = values
        return
    listed = values.tolist()
    kinds = set(map(type, listed))
    if kinds == {str}:
        _pack_texts(into, name, listed)
    elif kinds == {bytes}:
        _lay(into, name, listed, [_BYTES])
    else:
        raw, each = _raw(listed)
        _lay(into, name, raw, each)


def _pack_texts(into: Arrays, name: str, texts: list[str]) -> None:
    """Few different texts once each and counted; many behind one another."""
    few = _few(texts)
    if few is not None:
        order = {value: number for number, value in enumerate(few)}
        into[f"{name}/of"] = np.fromiter(map(order.__getitem__, texts), np.uint8, len(texts))
        texts = few
    joined = _BETWEEN.join(texts)
    if joined.count(_BETWEEN) == len(texts) - 1:
        into[f"{name}/texts"] = np.frombuffer(joined.encode("utf-8", "surrogatepass"), np.uint8)
    else:
        _lay(into, name, [text.encode("utf-8", "surrogatepass") for text in texts], [_TEXT])


def _lay(into: Arrays, name: str, raw: list[bytes], kinds: list[int]) -> None:
    """Add bytes, how long each is, and what each is (one kind: of all)."""
    into[f"{name}/bytes"] = np.frombuffer(b"".join(raw), np.uint8)
    into[f"{name}/length"] = np.fromiter(map(len, raw), np.uint32, len(raw))
    into[f"{name}/kind"] = np.array(kinds, np.int8)


def holds(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> bool:
    """Whether `pack` kept an array under `name`."""
    return any(f"{name}{end}" in arrays for end in ("", "/texts", "/bytes"))


def unpack(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> npt.NDArray[Any]:
    """Return the array that `pack` kept under `name`."""
    if name in arrays:
        return arrays[name]
    joined = arrays.get(f"{name}/texts")
    listed = (
        joined.tobytes().decode("utf-8", "surrogatepass").split(_BETWEEN)
        if joined is not None
        else _listed(arrays, name)
    )
    found: npt.NDArray[Any] = np.full(len(listed), None, dtype=object)
    found[:] = listed
    if f"{name}/of" in arrays:
        found = found[arrays[f"{name}/of"]]
    return found


def _listed(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> list[Any]:
    """Objects that were laid down with their lengths."""
    blob = arrays[f"{name}/bytes"].tobytes()
    ends = np.cumsum(arrays[f"{name}/length"], dtype=np.int64).tolist()
    kinds = arrays[f"{name}/kind"].tolist()
    starts = [0, *ends[:-1]] if ends else []
    if kinds == [_BYTES]:
        return [blob[a:b] for a, b in zip(starts, ends, strict=True)]
    every = kinds if len(kinds) == len(ends) else kinds * len(ends)
    return [_value(blob[a:b], kind) for a, b, kind in zip(starts, ends, every, strict=True)]


def _few(texts: list[str]) -> list[str] | None:
    """The different texts in order of their coming, when they are few; None when many."""
    if len(texts) <= _FEW or len(set(texts[: 2 * _FEW])) > _FEW:
        return None
    found = list(dict.fromkeys(texts))
    return found if len(found) <= _FEW else None


def _raw(values: list[Any]) -> tuple[list[bytes], list[int]]:
    raw: list[bytes] = []
    kinds: list[int] = []
    for value in values:
        if value is None:
            raw.append(b"")
            kinds.append(_NONE)
        elif isinstance(value, str):
            raw.append(value.encode("utf-8", "surrogatepass"))
            kinds.append(_TEXT)
        elif isinstance(value, bytes):
            raw.append(value)
            kinds.append(_BYTES)
        else:
            raw.append(orjson.dumps(value, default=str, option=orjson.OPT_SERIALIZE_NUMPY))
            kinds.append(_OTHER)
    return raw, kinds


def _value(raw: bytes, kind: int) -> Any:
    if kind == _NONE:
        return None
    if kind == _TEXT:
        return raw.decode("utf-8", "surrogatepass")
    return raw if kind == _BYTES else orjson.loads(raw)


def pack_shapes(into: Arrays, name: str, shapes: npt.NDArray[Any]) -> None:
    """Add (N,) shapely geometries, None where there is none, as WKB."""
    import shapely

    wkb = np.asarray(shapely.to_wkb(shapes, byte_order=1), dtype=object)
    pack(into, name, wkb)


def unpack_shapes(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> npt.NDArray[Any]:
    """Return (N,) geometries that `pack_shapes` kept."""
    import shapely

    found: npt.NDArray[Any] = shapely.from_wkb(unpack(arrays, name), on_invalid="ignore")
    return found
