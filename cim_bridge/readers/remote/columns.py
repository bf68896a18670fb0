"""Columns of many pages as one schema: a page that lacks one, or types it otherwise, still fits."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

_NUMBER = r"^-?(0|[1-9][0-9]{0,14})(\.[0-9]+)?([eE][-+]?[0-9]{1,3})?$"
"""A number that loses nothing when it is read as one: no leading zeros, no long codes."""
_KEYS = ("cim twin rows  1", "cim twin rows  2")


class Columns:
    """Kinds of columns: "none", "truth", "integer", "number", "text".

    told: column → kind as the platform describes it; `guess`: the pages hold texts only, so what
    nobody described is a number when every value of it is one.
    """

    def __init__(self, told: dict[str, str], *, guess: bool) -> None:
        self._told = {name: kind for name, kind in told.items() if kind}
        self._guess = guess
        self._kinds: dict[str, str] = {}

    def see(self, table: Any) -> None:
        """Note the columns of one page; the last is the geometry."""
        for name in table.column_names[:-1]:
            kind = self._kind(table.column(name), name)
            self._kinds[name] = _wider(self._kinds.get(name, "none"), kind)

    def fit(self, table: Any) -> Any:
        """A page's columns under the common schema, without its geometry."""
        import pyarrow as pa

        made = []
        for name, field in zip(self._kinds, self.schema(), strict=False):
            if name in table.column_names[:-1]:
                made.append(_cast(table.column(name), field.type))
            else:
                made.append(pa.nulls(table.num_rows, field.type))
        names = self._written()
        return pa.table(dict(zip(names, made, strict=True))) if made else _rows(table)

    def schema(self) -> Any:
        """The common schema, geometry last."""
        import pyarrow as pa

        types = {
            "none": pa.string(), "text": pa.string(), "truth": pa.bool_(),
            "integer": pa.int64(), "number": pa.float64(),
        }  # fmt: skip
        fields = [
            pa.field(name, types[self._final(old)])
            for name, old in zip(self._written(), self._kinds, strict=True)
        ]
        mark = {"ARROW:extension:name": "ogc.wkb"}
        return pa.schema([*fields, pa.field(self.geometry, pa.binary(), metadata=mark)])

    @property
    def geometry(self) -> str:
        """Name of the geometry column."""
        return self.free("geom")

    def free(self, name: str) -> str:
        """`name`, with a mark where a column of the platform has it."""
        taken = {one.lower() for one in self._kinds}
        while name.lower() in taken:
            name += "_"
        return name

    def _written(self) -> list[str]:
        """Names that differ even without regard to case, as a GeoPackage wants them."""
        taken: set[str] = set()
        found = []
        for name in self._kinds:
            free = name
            while free.lower() in taken:
                free += "_2"
            taken.add(free.lower())
            found.append(free)
        return found

    def _kind(self, column: Any, name: str) -> str:
        import pyarrow as pa
        import pyarrow.compute as pc

        if column.null_count == len(column):
            return "none"
        kind = column.type
        if pa.types.is_boolean(kind):
            return "truth"
        if pa.types.is_integer(kind):
            return "integer"
        if pa.types.is_floating(kind):
            return "number"
        plain = pa.types.is_string(kind) or pa.types.is_large_string(kind)
        wanted = self._told.get(name, "number" if self._guess else "text")
        if plain and self._guess and wanted in ("integer", "number"):
            fits = pc.all(pc.match_substring_regex(column, _NUMBER), min_count=0).as_py()
            whole = wanted == "integer"
            return ("integer" if whole else "number") if fits else "text"
        return "text"

    def _final(self, name: str) -> str:
        kind = self._kinds[name]
        return "text" if self._told.get(name) == "text" else kind


def _wider(one: str, other: str) -> str:
    if one == other or other == "none":
        return one
    if one == "none":
        return other
    return "number" if {one, other} == {"integer", "number"} else "text"


def _cast(column: Any, wanted: Any) -> Any:
    """Values of one type; lists and objects as JSON, bytes as hexadecimal digits."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_string(wanted):
        nested = pa.types.is_nested(kind)
        if nested or pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            texts = [None if v is None else _text(v) for v in column.to_pylist()]
            return pa.array(texts, pa.string())
    return column.cast(wanted)


def _text(value: Any) -> str:
    return value.hex() if isinstance(value, bytes) else orjson.dumps(value, default=str).decode()


def _rows(table: Any) -> Any:
    return table.select([])


def row_hashes(table: Any, wkb: npt.NDArray[Any]) -> npt.NDArray[np.uint64]:
    """(N, 2): 128 bits of each row, whatever the order of its columns."""
    import pandas as pd

    names = sorted(table.column_names)
    frame = table.select(names).to_pandas()
    texts = pd.DataFrame(
        {name: frame[name].astype(object).where(frame[name].notna(), "").map(str) for name in names}
    )
    texts["\0"] = [value or b"" for value in wkb.tolist()]
    halves = [
        pd.util.hash_pandas_object(texts, index=False, hash_key=key, categorize=False).to_numpy()
        for key in _KEYS
    ]
    return np.column_stack(halves)


def content_hash(parts: list[npt.NDArray[np.uint64]]) -> str:
    """SHA-256 over the rows' hashes in their own order: paging and time leave it as it is."""
    rows = np.concatenate(parts) if parts else np.zeros((0, 2), np.uint64)
    order = np.lexsort((rows[:, 1], rows[:, 0]))
    return hashlib.sha256(rows[order].astype("<u8").tobytes()).hexdigest()
