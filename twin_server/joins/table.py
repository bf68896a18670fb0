"""A table that was sent to be joined: CSV of any delimiter and encoding, or GeoJSON."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cim_bridge.decoding import decode
from cim_bridge.errors import InputRefused, WrongUse
from cim_bridge.issues import IssueLog

MOST_ROWS = 500_000
"""Rows of the largest table."""

MOST_COLUMNS = 200
"""Columns that may be joined at once."""

_LARGEST = 1e308
"""Numbers from here on stay text, as `inf` and `nan` do."""

DELIMITERS = {"tab": "\t", "comma": ",", "semicolon": ";", "space": " ", "pipe": "|"}
"""Names of delimiters, besides the characters themselves."""


@dataclass(frozen=True)
class Csv:
    """How a CSV lies in its file: delimiter, row of the header, first row of values (from 1)."""

    delimiter: str = ","
    header_row: int = 1
    first_row: int = 2


@dataclass(frozen=True)
class Table:
    """Keys and values of a table, row by row. keys: texts; columns: name → cells (None empty)."""

    name: str
    keys: list[str]
    columns: dict[str, list[Any]]


def read_csv(data: bytes, name: str, how: Csv, key: str, wanted: Sequence[str]) -> Table:
    """Read a CSV; `key` and `wanted` are numbers of columns from 0, or names of the header.

    Nothing wanted: every column but the key. Raises InputRefused: encoding, rows of unequal
    length, a column that is not there, too many rows. Cells are numbers where a whole column is.
    """
    import pandas as pd

    cells = _cells(data, name, how)
    header = [str(cell).strip() for cell in cells.iloc[0]]
    rows = cells.iloc[how.first_row - how.header_row :]
    rows = rows[(rows != "").any(axis=1)]
    at = _column(header, key, name)
    places = [_column(header, one, name) for one in wanted] if wanted else []
    chosen = places or [place for place in range(len(header)) if place != at and header[place]]
    _fitting(len(rows), len(chosen), name)
    columns = {}
    for place in chosen:
        column = rows[place].str.strip()
        numbers = pd.to_numeric(column.where(column != ""), errors="coerce")
        told = column.where(column != "", None)
        known = numbers[column != ""]
        whole = bool((known.abs() < _LARGEST).all()) and not _like_codes(column)
        found = numbers if whole else told
        columns[header[place]] = found.astype(object).where(found.notna(), None).tolist()
    return Table(name, rows[at].str.strip().tolist(), columns)


def _cells(data: bytes, name: str, how: Csv) -> Any:
    """All cells as text, the header first."""
    import pandas as pd

    try:
        text = decode(data).text
    except UnicodeDecodeError as exc:
        raise _refused("JOIN_ENCODING", name, row=data[: exc.start].count(b"\n") + 1) from exc
    if "\0" in text:
        raise _refused("JOIN_ENCODING", name, row=text[: text.index("\0")].count("\n") + 1)
    try:
        cells = pd.read_csv(
            io.StringIO(text), sep=how.delimiter, header=None, dtype=str, keep_default_na=False,
            na_filter=False, skip_blank_lines=False, engine="c", skiprows=how.header_row - 1,
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError) as exc:
        raise _refused("JOIN_ROWS", name, reason=str(exc)[:200]) from exc
    return cells.fillna("")


def _like_codes(column: Any) -> bool:
    """Whether digits are codes, not amounts: a leading zero or the last digits would be lost."""
    return bool(column.str.fullmatch(r"0\d+|[+-]?\d{16,}").any())


def read_geojson(data: bytes, name: str, key: str, wanted: Sequence[str]) -> Table:
    """Read the properties of a GeoJSON FeatureCollection; `key` is a property, or `id`."""
    features = features_of(data, name)
    rows = [one.get("properties") or {} for one in features]
    there = dict.fromkeys(title for row in rows for title in row)
    if key not in there and key != "id":
        raise _refused("JOIN_COLUMN", name, column=key, columns=", ".join(there)[:300])
    lacking = [one for one in wanted if one not in there]
    if lacking:
        raise _refused("JOIN_COLUMN", name, column=lacking[0], columns=", ".join(there)[:300])
    chosen = list(wanted) or [title for title in there if title != key]
    _fitting(len(rows), len(chosen), name)
    return Table(name, keys_of(features, key), {t: [row.get(t) for row in rows] for t in chosen})


def features_of(data: bytes, name: str) -> list[dict[str, Any]]:
    """The features of a GeoJSON file; InputRefused when it is none."""
    import orjson

    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as exc:
        raise _refused("JOIN_GEOJSON", name, reason=str(exc)[:200]) from exc
    features = found.get("features") if isinstance(found, dict) else None
    if not isinstance(features, list) or found.get("type") != "FeatureCollection":
        raise _refused("JOIN_GEOJSON", name, reason="no FeatureCollection")
    for place, one in enumerate(features):
        if not isinstance(one, dict) or not isinstance(one.get("properties") or {}, dict):
            raise _refused("JOIN_GEOJSON", name, reason=f"feature {place + 1}")
    _fitting(len(features), 0, name)
    return features


def keys_of(features: list[dict[str, Any]], key: str) -> list[str]:
    """Key of each feature as text, "" without one."""
    own = (
        (one.get("properties") or {}).get(key, one.get("id") if key == "id" else None)
        for one in features
    )
    return ["" if cell is None else str(cell) for cell in own]


def _column(header: list[str], asked: str, name: str) -> int:
    """Place of a column: its number from 0, else its name in the header."""
    word = asked.strip()
    if word.isascii() and word.isdigit() and len(word) < 5 and int(word) < len(header):
        return int(word)
    if word and word in header:
        return header.index(word)
    raise _refused("JOIN_COLUMN", name, column=word[:60], columns=", ".join(header)[:300])


def _fitting(rows: int, columns: int, name: str) -> None:
    if rows > MOST_ROWS or columns > MOST_COLUMNS:
        most = f"{MOST_ROWS:,} × {MOST_COLUMNS}"
        raise _refused("JOIN_SIZE", name, size=f"{rows:,} × {columns}", most=most)


def delimiter(written: str) -> str:
    """A delimiter as it was asked for: one character, or its name; WrongUse else."""
    found = DELIMITERS.get(written.lower(), written)
    if len(found) != 1 or found in '"\n\r\0':
        raise WrongUse(f"csv-file-delimiter {written[:20]!r} is not one character")
    return found


def _refused(code: str, name: str, **told: Any) -> InputRefused:
    log = IssueLog()
    log.add(code, file=name, **told)
    return InputRefused(log)
