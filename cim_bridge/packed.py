"""Arrays of texts and shapes as plain numbers, to be kept in .npz without pickling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

Arrays = dict[str, npt.NDArray[Any]]

_FEW = 64
"""So many different texts, or fewer, are kept once each and counted."""

_TEXT, _BYTES, _OTHER = 0, 1, 2


def pack(into: Arrays, name: str, values: npt.NDArray[Any]) -> None:
    """Add an array under `name`: numbers as they are, objects as bytes with their lengths.

    Objects are texts, bytes or None; anything else is kept as its JSON.
    """
    if values.dtype != object:
        into[name] = values
        return
    listed = values.tolist()
    few = _few(listed)
    if few is not None:
        order = {value: number for number, value in enumerate(few)}
        into[f"{name}/of"] = np.fromiter((order[v] for v in listed), np.uint8, len(listed))
        listed = few
    raw, kind = _raw(listed)
    into[f"{name}/bytes"] = np.frombuffer(b"".join(raw), np.uint8)
    into[f"{name}/length"] = np.fromiter(map(len, raw), np.uint32, len(raw))
    into[f"{name}/kind"] = np.array(kind, np.int8)


def unpack(arrays: Mapping[str, npt.NDArray[Any]], name: str) -> npt.NDArray[Any]:
    """Return the array that `pack` kept under `name`."""
    if name in arrays:
        return arrays[name]
    blob = arrays[f"{name}/bytes"].tobytes()
    ends = np.cumsum(arrays[f"{name}/length"], dtype=np.int64).tolist()
    kinds = arrays[f"{name}/kind"].tolist()
    starts = [0, *ends[:-1]] if ends else []
    found: npt.NDArray[Any] = np.full(len(ends), None, dtype=object)
    found[:] = [
        None if kind < 0 else _value(blob[a:b], kind)
        for a, b, kind in zip(starts, ends, kinds, strict=True)
    ]
    if f"{name}/of" in arrays:
        found = found[arrays[f"{name}/of"]]
    return found


def _few(values: list[Any]) -> list[Any] | None:
    """The different texts in order of their coming, when they are few; None when many."""
    if not all(type(value) is str for value in values[: 2 * _FEW]):
        return None
    if len(values) > 2 * _FEW and len(set(values[: 2 * _FEW])) > _FEW:
        return None
    if not all(type(value) is str for value in values):
        return None
    found = list(dict.fromkeys(values))
    return found if len(found) <= _FEW else None


def _raw(values: list[Any]) -> tuple[list[bytes], list[int]]:
    if all(type(value) is str for value in values):
        return [value.encode("utf-8", "surrogatepass") for value in values], [_TEXT] * len(values)
    raw: list[bytes] = []
    kinds: list[int] = []
    for value in values:
        if value is None:
            raw.append(b"")
            kinds.append(-1)
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
