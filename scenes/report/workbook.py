"""The tables of a report as a workbook, one sheet each, and as CSV: every row."""

from __future__ import annotations

import csv
from pathlib import Path

from cim_bridge.texts import Text
from scenes.report.content import Cell, Report, Table
from scenes.report.document import words_of
from scenes.report.settled import settle

WIDEST = 60


def write_workbook(report: Report, out: Path, language: str) -> Path:
    """Write XLSX; numbers are numbers, so that they can be summed."""
    import openpyxl
    from openpyxl.styles import Font, PatternFill
    from openpyxl.utils import get_column_letter

    book = openpyxl.Workbook()
    for sheet in list(book.worksheets):
        book.remove(sheet)
    for table in report.tables:
        sheet = book.create_sheet(table.name[:31])
        rows = _rows(table, language)
        for row in rows:
            sheet.append(row)
        for cell in sheet[1]:
            cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="E8EDEF")
        for column in range(1, len(table.head) + 1):
            longest = max(len(str(row[column - 1])) for row in rows[:200])
            sheet.column_dimensions[get_column_letter(column)].width = min(2 * longest + 2, WIDEST)
        sheet.freeze_panes = "A2"
    if not book.sheetnames:
        book.create_sheet("empty")
    book.properties.creator = "CIM Twin"
    book.save(out)
    settle(out)
    return out


def write_tables(report: Report, folder: Path, language: str) -> list[Path]:
    """Write each table as CSV with a mark that spreadsheets read Chinese by."""
    found = []
    for table in report.tables:
        path = folder / f"{table.name}.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as handle:
            csv.writer(handle).writerows(_rows(table, language))
        found.append(path)
    return found


def _rows(table: Table, language: str) -> list[list[str | float | int]]:
    head: list[str | float | int] = [words_of(word, language) for word in table.head]
    return [
        head,
        *(
            [_value(cell, language, at in table.numeric) for at, cell in enumerate(row)]
            for row in table.rows
        ),
    ]


def _value(cell: Cell | Text, language: str, numeric: bool) -> str | float | int:
    """A number in a column of numbers; never a formula."""
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    words = words_of(cell, language)
    plain = words.replace(",", "")
    if numeric and plain.replace(".", "", 1).removeprefix("-").isdigit():
        return float(plain) if "." in plain else int(plain)
    return f"'{words}" if words[:1] in "=+@" else words
