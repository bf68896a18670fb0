"""From a source's own attributes to the columns of a unit; spellings are data."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.rowtable import RowTable, numbers, texts

if TYPE_CHECKING:
    import pandas as pd

NUMBERS: tuple[str, ...] = (
    "height", "roof_level", "ground", "min_height", "storeys", "year_built", "population",
)  # fmt: skip
"""Columns read as numbers; NaN where there is none."""


_YEAR = re.compile(r"\s*(\d{4})")
_MEASURE = re.compile(r"\s*([-+]?\d+(?:\.\d+)?)\s*(?:m|米|层|人)?\s*$")


@cache
def spellings() -> dict[str, Any]:
    """Return attributes.toml."""
    text = Path(__file__).with_name("attributes.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def _word_table(section: str) -> dict[str, str]:
    return {word: name for name, words in spellings()[section].items() for word in words}


def matching(column: str, names: Iterable[str]) -> list[str]:
    """Source columns that spell one of ours, in our order of trust."""
    lower: dict[str, str] = {}
    for name in names:
        lower.setdefault(str(name).strip().lower(), name)
    return [lower[word] for word in spellings()["columns"][column] if word in lower]


def parent_columns(level: str, names: Iterable[str]) -> list[str]:
    """Source columns that may name a row's unit at a higher level."""
    lower = {str(name).strip().lower(): name for name in names}
    wanted = [name.format(level=level) for name in spellings()["parents"]["names"]]
    return [lower[name] for name in wanted if name in lower]


def layer_kind(layer: str) -> str | None:
    """Return the kind of a layer's rows, "" when each row has its own, None for an unknown word."""
    found: str | None = spellings()["layers"].get(layer)
    return found


def object_kinds() -> dict[str, str]:
    """CityJSON type → kind of object unit."""
    found: dict[str, str] = spellings()["objects"]
    return found


def columns_of(frame: pd.DataFrame | RowTable, level: str) -> dict[str, npt.NDArray[Any]]:
    """Unit columns from a source table: numbers as float64 with NaN, texts as str with ""."""
    found: dict[str, npt.NDArray[Any]] = {}
    for column in NUMBERS:
        found[column] = _first_numbers(frame, matching(column, frame.columns), column)
    found["use"] = known_words(_first_texts(frame, matching("use", frame.columns), "use"), "use")
    found["structure"] = _first_texts(frame, matching("structure", frame.columns))
    found["kind"] = _kinds(frame) if level in ("area", "object") else _empty(len(frame))
    found["external_ids"] = _json_texts(frame, matching("external_ids", frame.columns))
    zh = _first_texts(frame, matching("label_zh", frame.columns))
    en = _first_texts(frame, matching("label_en", frame.columns))
    both = _first_texts(frame, matching("label", frame.columns))
    zh, en = _filled(zh, both), _filled(en, both)
    found["label_zh"], found["label_en"] = _filled(zh, en), _filled(en, zh)
    found["height"] = _filled_numbers(found["height"], found["roof_level"] - found["ground"])
    return found


def _kinds(frame: pd.DataFrame | RowTable) -> npt.NDArray[Any]:
    return known_words(_first_texts(frame, matching("kind", frame.columns)), "kinds", keep=True)


def known_words(words: npt.NDArray[Any], section: str, *, keep: bool = False) -> npt.NDArray[Any]:
    """Translate words to our codes; an unknown one becomes "" or, with `keep`, stays."""
    table = _word_table(section)
    unique, index = np.unique(words.astype(str), return_inverse=True)
    plain = [str(word).strip().lower() for word in unique]
    coded = [_code(word, table) or (word if keep else "") for word in plain]
    return np.array(coded, dtype=object)[index] if len(words) else _empty(0)


def _code(word: str, table: Mapping[str, str]) -> str:
    """Whole word first; then the longest Chinese word it contains (住宅用房 holds 住宅)."""
    if word in table or not word:
        return table.get(word, "")
    held = [known for known in table if not known.isascii() and known in word]
    return table[max(held, key=len)] if held else ""


def _empty(count: int) -> npt.NDArray[Any]:
    return np.full(count, "", dtype=object)


def _filled(first: npt.NDArray[Any], second: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return np.where(first == "", second, first)


def _filled_numbers(
    first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.where(np.isnan(first), second, first)


def _first_texts(
    frame: pd.DataFrame | RowTable, names: Sequence[str], section: str = ""
) -> npt.NDArray[Any]:
    """First non-empty text of the columns; with a section, the first word that it knows."""
    found = _empty(len(frame))
    for name in names:
        texts = as_texts(frame[name])
        if section:
            texts = np.where(known_words(texts, section) == "", "", texts)
        found = _filled(found, texts)
    return found


def _json_texts(frame: pd.DataFrame | RowTable, names: Sequence[str]) -> npt.NDArray[Any]:
    """JSON objects as text, "" for none; a value that is no object stands under its column."""
    found = _empty(len(frame))
    for name in names:
        cells = np.asarray(frame[name], dtype=object)
        texts = np.array([_json_text(cell, str(name)) for cell in cells], dtype=object)
        found = _filled(found, texts) if len(frame) else found
    return found


def _json_text(cell: Any, name: str) -> str:
    """One cell as the text of a JSON object."""
    if isinstance(cell, str) and cell.lstrip().startswith("{"):
        try:
            cell = orjson.loads(cell)
        except orjson.JSONDecodeError:
            return orjson.dumps({name: cell}).decode()
    if cell is None or cell == "" or cell != cell:
        return ""
    known = cell if isinstance(cell, dict) else {name: cell}
    return orjson.dumps(known, default=str, option=orjson.OPT_NON_STR_KEYS).decode()


def as_texts(series: pd.Series[Any] | npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Texts of a column, "" for missing; whole floats lose their ".0"."""
    if series.dtype.kind == "f":
        values = np.asarray(series, np.float64)
        whole = np.isfinite(values) & (values == np.round(values)) & (np.abs(values) < 2**53)
        words = np.where(np.isfinite(values), values.astype(str), "").astype(object)
        words[whole] = values[whole].astype(np.int64).astype(str)
        return words
    if series.dtype.kind in "iu":
        return np.asarray(series).astype(str).astype(object)
    if isinstance(series, np.ndarray):
        return texts(series)
    missing = series.isna().to_numpy()
    words = series.astype(str).to_numpy(dtype=object)
    return np.where(missing, "", words)


def _first_numbers(
    frame: pd.DataFrame | RowTable, names: Sequence[str], column: str
) -> npt.NDArray[np.float64]:
    found = np.full(len(frame), np.nan)
    for name in names:
        found = _filled_numbers(found, as_numbers(frame[name], year=column == "year_built"))
    if column in ("height", "storeys", "year_built"):
        found[found <= 0] = np.nan
    if column == "year_built":
        found[(found < 100) | (found > 2200)] = np.nan
    return found


def as_numbers(
    series: pd.Series[Any] | npt.NDArray[Any], *, year: bool = False
) -> npt.NDArray[np.float64]:
    """Numbers of a column: "12.5 m" is 12.5, a date gives its year; NaN for anything else."""
    if series.dtype.kind in "fiu":
        return np.array(series, np.float64)
    if series.dtype.kind == "M" and not isinstance(series, np.ndarray):
        years: npt.NDArray[np.float64] = series.dt.year.to_numpy(np.float64, copy=True)
        return years
    return numbers(as_texts(series), _YEAR if year else _MEASURE)


def json_rows(frame: pd.DataFrame) -> npt.NDArray[Any]:
    """Each row as JSON text without its missing values."""
    columns = [str(name) for name in frame.columns]
    rows = zip(*(_plain(frame[name]) for name in frame.columns), strict=True)
    texts = [
        orjson.dumps(
            {key: value for key, value in zip(columns, row, strict=True) if value is not None},
            default=str,
            option=orjson.OPT_SERIALIZE_NUMPY,
        ).decode()
        for row in rows
    ]
    return np.array(texts, dtype=object) if texts else np.full(len(frame), "{}", dtype=object)


def _plain(series: pd.Series[Any]) -> list[Any]:
    """Python values of a column, None for missing; whole floats that stand for ids stay floats."""
    values = series.astype(object).to_numpy(copy=True)
    values[series.isna().to_numpy()] = None
    return list(values)


def words_of(attributes: npt.NDArray[Any], name: str) -> npt.NDArray[Any]:
    """Texts of one attribute of many units, "" where absent; whole floats lose their ".0"."""
    return words_by_name(attributes, [name])[name]


def words_by_name(
    attributes: npt.NDArray[Any], names: Iterable[str]
) -> dict[str, npt.NDArray[Any]]:
    """Texts of several attributes of many units; the JSON is read once."""
    rows: Sequence[Any] = orjson.loads("[" + ",".join(text or "{}" for text in attributes) + "]")
    return {name: np.array([_word(row.get(name)) for row in rows], dtype=object) for name in names}


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
