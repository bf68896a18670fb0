"""Cells of a table → points or shapes; every cell that holds no place is an Issue of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.coordinates import Coordinates
from cim_bridge.issues import IssueLog
from cim_bridge.sheets import Sheet, column_letter

F64 = npt.NDArray[np.float64]
Texts = npt.NDArray[Any]

_EACH = 200
"""Cells that are named one by one; the next finding stands for all the others."""
_DEGREES = re.compile(
    r"(-?\d+(?:\.\d+)?)[°度](?:(\d+(?:\.\d+)?)['′分](?:(\d+(?:\.\d+)?)(?:[\"″秒]|''|′′))?)?"
)
_HEMISPHERE = re.compile(r"^(东经|北纬|西经|南纬|[EWNS])|([EWNS])$")
_SHAPE = re.compile(r"\s*(?:SRID=\d+;)?\s*(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|\s*\{", re.I)


def shape_columns(sheet: Sheet) -> frozenset[int]:
    """Positions of the columns whose first filled cell is WKT or GeoJSON."""
    found = []
    for position, column in enumerate(sheet.frame.columns):
        cells = sheet.frame[column].to_numpy(object)
        first = next((cell for cell in cells if cell), "")
        if _SHAPE.match(first):
            found.append(position)
    return frozenset(found)


@dataclass(frozen=True)
class _Said:
    """Where findings go: one table."""

    sheet: Sheet
    log: IssueLog

    def each(self, code: str, column: int, rows: npt.NDArray[Any], **params: Any) -> None:
        """One finding a cell; past the limit one for all the others."""
        texts = self.sheet.frame.iloc[:, column].to_numpy(object)
        for position in rows[:_EACH].tolist():
            self._one(code, column, position, str(texts[position]), 1, params)
        if len(rows) > _EACH:
            rest = int(rows[_EACH])
            self._one(code, column, rest, str(texts[rest]), len(rows) - _EACH, params)

    def _one(
        self, code: str, column: int, position: int, text: str, count: int, params: dict[str, Any]
    ) -> None:
        self.log.add(
            code, file=self.sheet.file, layer=self.sheet.name, row=int(self.sheet.rows[position]),
            cell=self.sheet.cell(column, position), count=count,
            column=self.sheet.titles[column], text=text[:60], **params,
        )  # fmt: skip


def places(sheet: Sheet, where: Coordinates, log: IssueLog) -> Texts:
    """(N,) shapely geometries of the rows, None where a row has no place."""
    said = _Said(sheet, log)
    if where.kind == "wkt":
        return _shapes(said, where.columns[0])
    if where.kind == "pair":
        x, y = (_column(said, column) for column in where.columns)
    else:
        x, y = _split(said, where.columns[0], swapped=where.kind == "both swapped")
    columns = where.columns if len(where.columns) == 2 else where.columns * 2
    _half_empty(said, columns, x, y)
    return _points(said, columns, x, y)


def _column(said: _Said, column: int) -> F64:
    """Numbers of a column, NaN where a cell is empty; others are findings."""
    texts = said.sheet.frame.iloc[:, column].to_numpy(object)
    found = numbers(texts)
    bad = np.flatnonzero(np.isnan(found) & (texts != ""))
    said.each("COORDINATE_NOT_A_NUMBER", column, bad)
    return found


def numbers(texts: Texts) -> F64:
    """Numbers as people write coordinates: 121.39, 121°23′24″E, 622,849.5; NaN for any other."""
    return _each_text(texts, _number)


def _each_text(texts: Texts, read: Callable[[str], float]) -> F64:
    unique, index = np.unique(texts.astype(str), return_inverse=True)
    values = np.array([read(text) for text in unique.tolist()], np.float64)
    return values[index] if len(texts) else np.zeros(0)


def _number(text: str) -> float:
    plain = unicodedata.normalize("NFKC", text).replace(" ", "").upper().rstrip("M米")
    side = _HEMISPHERE.search(plain)
    plain = _HEMISPHERE.sub("", plain)
    if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    parts = _DEGREES.fullmatch(plain)
    try:
        value = float(plain) if parts is None else _sexagesimal(parts)
    except ValueError:
        return float("nan")
    west = side is not None and side[0] in ("W", "S", "西经", "南纬")
    return (-value if west else value) if np.isfinite(value) else float("nan")


def _sexagesimal(parts: re.Match[str]) -> float:
    whole, minutes, seconds = (float(part or 0) for part in parts.groups())
    if minutes >= 60 or seconds >= 60:
        raise ValueError("minutes and seconds end at 60")
    sign = -1.0 if parts[1].startswith("-") else 1.0
    return whole + sign * (minutes / 60 + seconds / 3600)


def _split(said: _Said, column: int, *, swapped: bool) -> tuple[F64, F64]:
    """Cells like `121.39,37.54`."""
    texts = said.sheet.frame.iloc[:, column].to_numpy(object)
    parts = [re.split(r"[,，;；\s]+", text.strip("()[]（） ")) for text in texts.tolist()]
    pairs = [part if len(part) == 2 else ["", ""] for part in parts]
    cells = np.array(pairs, dtype=object).reshape(-1, 2)
    x, y = numbers(cells[:, 0]), numbers(cells[:, 1])
    bad = np.flatnonzero((np.isnan(x) | np.isnan(y)) & (texts != ""))
    said.each("COORDINATE_NOT_A_NUMBER", column, bad)
    return (y, x) if swapped else (x, y)


def _half_empty(said: _Said, columns: tuple[int, ...], x: F64, y: F64) -> None:
    """Rows without a place: warned of, one finding a cell."""
    for column, values, other in ((columns[0], x, y), (columns[1], y, x)):
        texts = said.sheet.frame.iloc[:, column].to_numpy(object)
        empty = texts == ""
        both = empty & np.isnan(other)
        if column == columns[0]:
            said.each("COORDINATE_EMPTY", column, np.flatnonzero(both))
        said.each("COORDINATE_HALF", column, np.flatnonzero(empty & ~both & np.isnan(values)))


def _points(said: _Said, columns: tuple[int, ...], x: F64, y: F64) -> Texts:
    import shapely

    good = np.isfinite(x) & np.isfinite(y)
    if good.any() and _is_degrees(x[good], y[good]):
        turned = good & (np.abs(y) > 90) & (np.abs(x) <= 90) & (np.abs(y) <= 180)
        if (turned | ~good).all():
            _swapped(said, columns, x[good], y[good])
        else:
            said.each("COORDINATE_SWAPPED", columns[1], np.flatnonzero(turned))
            far = good & ~turned & ((np.abs(x) > 180) | (np.abs(y) > 90))
            said.each("COORDINATE_RANGE", columns[0], np.flatnonzero(far))
    shapes = np.full(len(x), None, dtype=object)
    shapes[good] = shapely.points(x[good], y[good])
    return shapes


def _is_degrees(x: F64, y: F64) -> bool:
    """Most of the numbers could be longitudes and latitudes, in either order."""
    return bool(((np.abs(x) <= 180) & (np.abs(y) <= 180)).mean() > 0.5)


def _swapped(said: _Said, columns: tuple[int, ...], x: F64, y: F64) -> None:
    sheet = said.sheet
    names = [sheet.titles[column] for column in columns]
    said.log.add(
        "COLUMNS_SWAPPED", file=sheet.file, layer=sheet.name, cell=column_letter(columns[0]),
        x=names[0], y=names[1], west=f"{x.min():g}", east=f"{x.max():g}", south=f"{y.min():g}",
        north=f"{y.max():g}",
    )  # fmt: skip


def _shapes(said: _Said, column: int) -> Texts:
    """Shapes of WKT (EWKT too) or GeoJSON cells."""
    import shapely

    texts = said.sheet.frame.iloc[:, column].to_numpy(object)
    json = np.array([text.startswith("{") for text in texts.tolist()], bool)
    plain = np.array([re.sub(r"^SRID=\d+;", "", t, flags=re.I) or None for t in texts.tolist()])
    shapes = np.full(len(texts), None, dtype=object)
    shapes[~json] = shapely.from_wkt(plain[~json], on_invalid="ignore")
    shapes[json] = shapely.from_geojson(texts[json], on_invalid="ignore")
    missing = shapely.is_missing(shapes)
    said.each("SHAPE_TEXT_BROKEN", column, np.flatnonzero(missing & (texts != "")))
    said.each("COORDINATE_EMPTY", column, np.flatnonzero(texts == ""))
    return shapes
