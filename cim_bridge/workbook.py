"""Keeper of openpyxl: a workbook → grids of text with merged ranges and hidden sheets noted."""

from __future__ import annotations

import datetime as dt
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim_bridge.issues import IssueLog

_LARGEST = 1 << 31
_EXPANSION = 250


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
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = openpyxl.load_workbook(path, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as exc:
        log.add("FILE_UNREADABLE", file=path, reason=str(exc))
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
        if not _lost_formulas(path, table, log):
            grids.append(_grid(table))
    book.close()
    return [grid for grid in grids if not grid.frame.empty]


def _is_sane(path: Path, log: IssueLog) -> bool:
    """A workbook is a zip; refuse one that is none, or that unpacks to an absurd size."""
    if not zipfile.is_zipfile(path):
        log.add(
            "FILE_UNREADABLE", file=path, reason="not an .xlsx workbook (an old .xls, or damaged)"
        )
        return False
    with zipfile.ZipFile(path) as archive:
        total = sum(item.file_size for item in archive.infolist())
    if total > _LARGEST or total > _EXPANSION * max(path.stat().st_size, 1 << 16):
        log.add("FILE_UNREADABLE", file=path, reason=f"it would unpack to {total:,} bytes")
        return False
    return True


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
    import openpyxl

    empty = any(cell.value is None for row in table.iter_rows() for cell in row)
    if not empty or not _has_formula(path):
        return False
    book = openpyxl.load_workbook(path, data_only=False)
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
