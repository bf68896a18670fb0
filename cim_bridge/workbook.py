"""Keeper of openpyxl: a workbook → grids of text with merged ranges and hidden sheets noted."""

from __future__ import annotations

import datetime as dt
import re
import warnings
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim_bridge.issues import IssueLog

_LARGEST = 1 << 29
"""Bytes a workbook may unpack to; about ten million cells."""
_EXPANSION = 250
_MOST_MERGED = 2_000_000
_MERGE = re.compile(rb'<mergeCell [^>]*ref="([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"')
_MOST_CELLS = 20_000_000
"""Cells of one sheet; a stray mark in the last row and column makes 17 thousand million."""

_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, SyntaxError, LookupError, ValueError, TypeError,
    AttributeError, OSError, NotImplementedError,
)  # fmt: skip
"""What openpyxl and its readers of zip, XML and styles raise for a damaged file."""


@dataclass(frozen=True)
class Grid:
    """Cells of one sheet as text, before anybody said which row is the header."""

    name: str
    frame: pd.DataFrame
    rows: npt.NDArray[np.int64]
    """1-based row numbers."""
    merged: tuple[tuple[int, int, int, int], ...]
    """(top row, left column, bottom row, right column): rows 1-based, columns 0-based."""


def is_workbook(path: Path) -> bool:
    """Whether a file is named or looks like a spreadsheet rather than text."""
    if path.suffix.lower() in {".xlsx", ".xlsm", ".xls"}:
        return True
    with path.open("rb") as handle:
        return handle.read(4) == b"PK\x03\x04"


def read_workbook(path: Path, sheet: str, log: IssueLog) -> list[Grid]:
    """Read all visible sheets, or the one that is named; Issues for what cannot be read."""
    if not _is_sane(path, log):
        return []
    book = _open(path, log, results=True)
    if book is None:
        return []
    if sheet and sheet not in book.sheetnames:
        names = "、".join(book.sheetnames)
        log.add("SHEET_MISSING", file=path, layer=sheet, sheet=sheet, known=names)
        return []
    grids = []
    for table in book.worksheets:
        if sheet and table.title != sheet:
            continue
        if table.sheet_state != "visible" and not sheet:
            log.add("SHEET_HIDDEN", file=path, layer=table.title, sheet=table.title)
            continue
        if not _is_too_wide(path, table, log) and not _lost_formulas(path, table, log):
            grids.append(_grid(table))
    book.close()
    return [grid for grid in grids if not grid.frame.empty]


def _open(path: Path, log: IssueLog, *, results: bool) -> Any:
    """The workbook with the results of its formulas or with their texts; None (and an Issue)."""
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with path.open("rb") as handle, warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # about styles and checks nobody reads
            return openpyxl.load_workbook(handle, data_only=results)
    except (InvalidFileException, *_DAMAGED) as exc:
        log.add("FILE_UNREADABLE", file=path, reason=str(exc) or type(exc).__name__)
        return None


def _is_too_wide(path: Path, table: Any, log: IssueLog) -> bool:
    cells = int(table.max_row or 0) * int(table.max_column or 0)
    if cells > _MOST_CELLS:
        log.add(
            "FILE_UNREADABLE", file=path, layer=table.title,
            reason=f"sheet {table.title!r} reaches to {table.dimensions.rpartition(':')[2]}: "
            f"{cells:,} cells; delete the empty rows and columns behind the table",
        )  # fmt: skip
    return cells > _MOST_CELLS


def _is_sane(path: Path, log: IssueLog) -> bool:
    """A workbook is a zip; refuse one that is none, or that unpacks to an absurd size."""
    if not zipfile.is_zipfile(path):
        log.add(
            "FILE_UNREADABLE", file=path, reason="not an .xlsx workbook (an old .xls, or damaged)"
        )
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(item.file_size for item in archive.infolist())
            small = total <= min(_LARGEST, _EXPANSION * max(path.stat().st_size, 1 << 16))
            merged = _merged(archive) if small else 0
    except _DAMAGED as exc:
        log.add("FILE_UNREADABLE", file=path, reason=str(exc) or type(exc).__name__)
        return False
    if not small:
        log.add("FILE_UNREADABLE", file=path, reason=f"it would unpack to {total:,} bytes")
    elif merged > _MOST_MERGED:
        log.add("FILE_UNREADABLE", file=path, reason=f"it merges {merged:,} cells into few")
    return small and merged <= _MOST_MERGED


def _merged(archive: zipfile.ZipFile) -> int:
    """Cells under merged ranges; the reader of workbooks makes an object of every one."""
    from openpyxl.utils import column_index_from_string

    found = 0
    for name in archive.namelist():
        if name.startswith("xl/worksheets/") and name.endswith(".xml"):
            for left, top, right, bottom in _MERGE.findall(archive.read(name)):
                ends = [column_index_from_string(side.decode()) for side in (left, right)]
                found += (abs(ends[1] - ends[0]) + 1) * (abs(int(bottom) - int(top)) + 1)
    return found


def _grid(table: Any) -> Grid:
    lines = [[_text(cell) for cell in row] for row in table.iter_rows()]
    merged = tuple(
        (area.min_row, area.min_col - 1, area.max_row, area.max_col - 1)
        for area in table.merged_cells.ranges
    )
    frame = pd.DataFrame(lines, dtype="str")
    first = table.min_row or 1
    rows = np.arange(first, first + len(lines), dtype=np.int64)
    shift = (table.min_column or 1) - 1
    frame = (
        pd.concat(
            [pd.DataFrame("", index=frame.index, columns=range(shift), dtype="str"), frame], axis=1
        )
        if shift
        else frame
    )
    frame.columns = pd.RangeIndex(frame.shape[1])
    return Grid(table.title, frame, rows, merged)


def _text(cell: Any) -> str:
    """Return what a person sees: whole numbers without .0, dates as ISO, percent with `%`."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, dt.datetime):
        return (value.date() if value.time() == dt.time() else value).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, int | float):
        if "%" in str(cell.number_format):
            return f"{round(value * 100, 10):.12g}%"
        return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def _lost_formulas(path: Path, table: Any, log: IssueLog) -> bool:
    """A formula saved without its result reads as empty: that must not become "no value"."""
    empty = any(cell.value is None for row in table.iter_rows() for cell in row)
    if not empty or not _has_formula(path):
        return False
    book = _open(path, log, results=False)
    if book is None:
        return True
    lost = [
        cell.coordinate
        for row in book[table.title].iter_rows()
        for cell in row
        if cell.data_type == "f" and table[cell.coordinate].value is None
    ]
    book.close()
    if lost:
        log.add(
            "FORMULA_WITHOUT_RESULT", file=path, layer=table.title, cell=lost[0], count=len(lost)
        )
    return bool(lost)


def _has_formula(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        return any(b"<f>" in (data := archive.read(name)) or b"<f " in data for name in sheets)
