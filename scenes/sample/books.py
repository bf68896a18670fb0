"""CSV and XLSX files whose bytes depend on their content only."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv
from openpyxl.cell.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.workbook import Workbook

EPOCH = dt.datetime(2026, 1, 1)
TITLE = "Lanwan (fictitious city): synthetic data, CC0 澜湾市（虚构）：合成数据"
ROWS = 50_000
"""Rows of a table that are turned into text at a time."""

_MODIFIED = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


def write_csv(path: Path, frame: pd.DataFrame, encoding: str = "utf-8") -> Path:
    """Commas, Unix line ends, empty cells for what is not there."""
    with CsvFile(path, encoding) as out:
        out.add(frame)
    return path


class CsvFile:
    """A CSV that grows by tables of the same columns: the bytes of all of them joined."""

    def __init__(self, path: Path, encoding: str = "utf-8") -> None:
        self._out = path.open("wb")
        self._encoding = encoding
        self._schema: pa.Schema | None = None

    def __enter__(self) -> CsvFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Nothing comes after this."""
        self._out.close()

    def add(self, frame: pd.DataFrame) -> None:
        """Write the rows of a table behind those that are there; the first one gives the head."""
        for start in range(0, max(len(frame), 1), ROWS):
            self._write(frame.iloc[start : start + ROWS])

    def _write(self, frame: pd.DataFrame) -> None:
        plain = {
            name: column.astype(str) if column.dtype == object else column
            for name, column in frame.items()
        }
        table = pa.table({str(name): pa.array(column) for name, column in plain.items()})
        head = self._schema is None
        self._schema = self._schema or table.schema
        buffer = io.BytesIO()
        options = pa_csv.WriteOptions(include_header=head, quoting_style="needed")
        pa_csv.write_csv(table.cast(self._schema), buffer, options)
        content = buffer.getvalue()
        plain_text = self._encoding == "utf-8"
        self._out.write(content if plain_text else content.decode().encode(self._encoding))


def write_book(
    path: Path, sheets: dict[str, pd.DataFrame], above: dict[str, list[str]] | None = None
) -> Path:
    """One sheet a table; ``above`` gives a sheet a first header row of group names."""
    book = Workbook(write_only=True)
    book.properties.title = TITLE
    book.properties.creator = "cimtwin sample"
    book.properties.created = EPOCH
    for name, frame in sheets.items():
        sheet = book.create_sheet(name)
        for header in ([(above or {})[name]] if name in (above or {}) else []) + [
            list(frame.columns)
        ]:
            cells = []
            for text in header:
                cell = WriteOnlyCell(sheet, value=text)
                cell.font = Font(bold=True)
                cells.append(cell)
            sheet.append(cells)
        clean = frame.astype(object).where(frame.notna(), None)
        for row in clean.itertuples(index=False, name=None):
            sheet.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    path.write_bytes(_still(buffer.getvalue()))
    return path


def _still(data: bytes) -> bytes:
    """Take the clock out of a workbook: entry dates and the "modified" property."""
    out = io.BytesIO()
    stamp = EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            content = old.read(item)
            if item.filename == "docProps/core.xml":
                content = _MODIFIED.sub(rb"\g<1>" + stamp + rb"\g<2>", content)
            info = zipfile.ZipInfo(item.filename, EPOCH.timetuple()[:6])
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, content)
    return out.getvalue()


def title_of(path: Path) -> str:
    """The title property of a workbook."""
    book = openpyxl.load_workbook(path, read_only=True)
    try:
        return str(book.properties.title)
    finally:
        book.close()
