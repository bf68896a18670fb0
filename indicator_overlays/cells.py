"""Text cells → numbers, states and faults, a whole column at once."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

OK, EMPTY, NOT_A_NUMBER, NOT_FINITE = 0, 1, 2, 3
"""Outcome of one cell; a null mark is OK with a state."""

_NUMBER = re.compile(
    r"(?P<sign>[+-]?)(?P<digits>\d{1,3}(?:,\d{3})+|\d+)?(?P<tail>\.\d*)?(?P<power>[eE][+-]?\d+)?"
    r"\s*(?P<scale>万亿|万|亿|千|百万)?\s*(?P<unit>%|‰|[^\W\d_]\S*)?"
)
_NOT_FINITE = re.compile(r"[+-]?(nan|inf|infinity|#div/0!|#n/a|#value!|#num!|#ref!|∞)", re.I)
_SCALES = {"": 1.0, "千": 1e3, "万": 1e4, "百万": 1e6, "亿": 1e8, "万亿": 1e12}


@dataclass(frozen=True)
class Numbers:
    """One column read: `value` NaN where there is no number, `state` "" unless a mark said one."""

    value: npt.NDArray[np.float64]
    outcome: npt.NDArray[np.uint8]
    state: npt.NDArray[np.object_]
    unit: npt.NDArray[np.object_]
    """Unit written in the cell itself ("%", "公顷"), "" mostly."""


def read_numbers(cells: pd.Series[str], nulls: dict[str, str]) -> Numbers:
    """Read 1,234.5, full-width digits, 12.3%, 1.2万, null marks. Never guesses a zero."""
    size = len(cells)
    value = pd.to_numeric(cells, errors="coerce").to_numpy("float64", na_value=np.nan).copy()
    outcome = np.zeros(size, np.uint8)
    state = np.full(size, "", object)
    unit = np.full(size, "", object)
    value[~np.isfinite(value)] = np.nan
    odd = np.flatnonzero(np.isnan(value))
    if len(odd):
        codes, words = pd.factorize(cells.iloc[odd].to_numpy(object))
        read = [_read(str(word), nulls) for word in words]
        value[odd] = np.array([item[0] for item in read], float)[codes]
        outcome[odd] = np.array([item[1] for item in read], np.uint8)[codes]
        state[odd] = np.array([item[2] for item in read], object)[codes]
        unit[odd] = np.array([item[3] for item in read], object)[codes]
    return Numbers(value, outcome, state, unit)


def _read(word: str, nulls: dict[str, str]) -> tuple[float, int, str, str]:
    if not word:
        return np.nan, EMPTY, "", ""
    if word in nulls:
        return np.nan, OK, nulls[word], ""
    plain = unicodedata.normalize("NFKC", word).strip().replace("−", "-").replace("％", "%")
    if plain in nulls:
        return np.nan, OK, nulls[plain], ""
    if _NOT_FINITE.fullmatch(plain):
        return np.nan, NOT_FINITE, "", ""
    match = _NUMBER.fullmatch(plain)
    if match is None or not (match["digits"] or (match["tail"] or "").strip(".")):
        return np.nan, NOT_A_NUMBER, "", ""
    digits = (match["digits"] or "").replace(",", "")
    number = float(f"{match['sign']}{digits}{match['tail'] or ''}{match['power'] or ''}")
    number *= _SCALES[match["scale"] or ""]
    if not np.isfinite(number):
        return np.nan, NOT_FINITE, "", ""
    return number, OK, "", match["unit"] or ""
