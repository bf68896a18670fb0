"""Tables as people keep them: CSV in any usual encoding, XLSX with all its habits, GIS layers.

Every cell comes out as stripped text with its address; nothing is turned into a number here, so
ids keep their leading zeros and no mark is mistaken for a value.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from cim_bridge.decoding import decode, sample_of
from cim_bridge.issues import IssueLog
from cim_bridge.vectors.gridded import LAYER_FILES, read_layers
from cim_bridge.workbook import Grid, is_workbook, read_workbook

_HEADER_SEARCH = 12
_DELIMITERS = ",\t;|"


class Layout(Protocol):
    """What a person may say of a table's form; "" and None where it is to be found out."""

    @property
    def sheet(self) -> str:
        """Name of the one sheet to read."""
        ...

    @property
    def encoding(self) -> str:
        """Encoding of a text table."""
        ...

    @property
    def delimiter(self) -> str:
        """Mark between the cells of a text table."""
        ...

    @property
    def header_row(self) -> int | None:
        """1-based row at which the header begins."""
        ...

    @property
    def header_rows(self) -> int | None:
        """Rows of the header."""
        ...


@dataclass(frozen=True)
class PlainLayout:
    """Nothing said: everything is found out."""

    sheet: str = ""
    encoding: str = ""
    delimiter: str = ""
    header_row: int | None = None
    header_rows: int | None = None


@dataclass(frozen=True)
class Sheet:
    """One table: text cells, the name of every column, and where each row stands."""

    file: str
    name: str
    frame: pd.DataFrame
    """Text columns, named by position; an empty cell is ""."""
    rows: npt.NDArray[np.int64]
    """1-based row number in the file of each row of `frame`."""
    headers: tuple[tuple[str, ...], ...]
    """Header texts of each column, top to bottom."""

    @property
    def titles(self) -> list[str]:
        """One title a column: its lowest header text, or the one above where that is empty."""
        return [next((part for part in reversed(parts) if part), "") for parts in self.headers]

    def cell(self, column: int, position: int) -> str:
        """Address of a cell: `C7`."""
        return f"{column_letter(column)}{self.rows[position]}"

    def places(self, column: int) -> pd.Series[str]:
        """Addresses of a whole column: `file!sheet!C7` as text."""
        sheet = f"{self.file}!{self.name}!" if self.name else f"{self.file}!"
        numbers = pd.Series(self.rows, dtype="int64").astype("str")
        return sheet + column_letter(column) + numbers


def column_letter(column: int) -> str:
    """Spreadsheet letters of a 0-based column."""
    letters, left = "", column + 1
    while left:
        left, rest = divmod(left - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def normal(word: str) -> str:
    """A header or name for comparison: NFKC, no spaces or underscores, lower case."""
    plain = unicodedata.normalize("NFKC", word).casefold()
    return "".join(ch for ch in plain if not ch.isspace() and ch not in "_-*:：")


def read_sheets(
    path: Path, layout: Layout, is_known: Callable[[str], bool], log: IssueLog
) -> list[Sheet]:
    """Read every table of a file; what cannot be read is an Issue. `is_known` tells a header."""
    if not path.is_file():
        log.add("FILE_UNREADABLE", file=path, reason="no such file")
        return []
    if path.stat().st_size == 0:
        log.add("EMPTY_FILE", file=path)
        return []
    if path.suffix.lower() in LAYER_FILES:
        grids = read_layers(path, layout.sheet, log)
    elif is_workbook(path):
        grids = read_workbook(path, layout.sheet, log)
    else:
        grids = _read_csv(path, layout, log)
    found = []
    for grid in grids:
        sheet = _to_sheet(path.name, grid, layout, is_known)
        if sheet is not None:
            found.append(sheet)
    if not found and not log.errors:
        log.add("EMPTY_FILE", file=path)
    return found


def _read_csv(path: Path, layout: Layout, log: IssueLog) -> list[Grid]:
    try:
        decoded = decode(path.read_bytes(), layout.encoding)
    except (UnicodeDecodeError, LookupError) as exc:
        log.add("ENCODING_UNKNOWN", file=path, reason=str(exc))
        return []
    if "\x00" in decoded.text or "\ufffd" in decoded.text:
        log.add("ENCODING_UNKNOWN", file=path, reason="it holds bytes that are no text")
        return []
    if decoded.guessed:
        log.add("ENCODING_GBK", file=path, sample=sample_of(decoded.text))
    if not decoded.text.strip():
        log.add("EMPTY_FILE", file=path)
        return []
    delimiter = layout.delimiter or _sniff(decoded.text)
    row = _open_quote(decoded.text, delimiter)
    if row:
        log.add("QUOTE_OPEN", file=path, row=row, line=_line(decoded.text, row))
        return []
    return _parse_csv(path, decoded.text, delimiter, log)


def _sniff(text: str) -> str:
    """Delimiter that splits the first lines most evenly; a comma when nothing else fits."""
    lines = [line for line in text[:65536].splitlines()[:20] if line.strip()]
    parsed = {mark: [len(row) for row in csv.reader(lines, delimiter=mark)] for mark in _DELIMITERS}
    return max(parsed, key=lambda mark: (sorted(parsed[mark])[len(parsed[mark]) // 2], mark == ","))


def _open_quote(text: str, delimiter: str) -> int:
    """Row at which a cell begins with a quote that nothing closes; 0 when there is none."""
    if text.count('"') % 2 == 0:
        return 0
    reader, start = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), 1
    try:
        for _ in reader:
            start = reader.line_num + 1
    except csv.Error:
        goes_on = reader.line_num > start or reader.line_num >= len(text.splitlines())
        return start if goes_on else 0
    return 0


def _line(text: str, row: int) -> str:
    """The beginning of one line, to be shown."""
    return text.splitlines()[row - 1][:60]


def _parse_csv(path: Path, text: str, delimiter: str, log: IssueLog) -> list[Grid]:
    """Text → one grid; rows that are blank or too long are left out, the numbers stay true."""
    width = max(len(row) for row in csv.reader(text.splitlines()[:200], delimiter=delimiter))
    bad: list[tuple[int, int]] = []
    try:
        table = _arrow_table(_pad_titles(text, width, delimiter), width, delimiter, bad)
    except pa.ArrowInvalid as exc:
        log.add("FILE_UNREADABLE", file=path, reason=str(exc))
        return []
    for number, columns in [item for item in bad if item[1] > 1][:20]:
        log.add("ROW_LENGTH", file=path, row=number, found=columns, expected=width)
    skipped = np.array(sorted({number for number, _ in bad}), np.int64)
    numbers = np.setdiff1d(np.arange(1, table.num_rows + len(skipped) + 1), skipped)
    frame = pd.DataFrame(
        {int(name): table[name].to_pandas(types_mapper=_as_text) for name in table.column_names}
    )
    return [Grid("", frame, numbers, ())]


def _arrow_table(text: str, width: int, delimiter: str, bad: list[tuple[int, int]]) -> pa.Table:
    """All cells as text; (row number, cells) of every row with another width goes to `bad`."""
    import pyarrow.csv as pcsv

    def note(row: pcsv.InvalidRow) -> Literal["skip", "error"]:
        bad.append((int(row.number or 0), int(row.actual_columns)))
        return "skip"

    names = [str(number) for number in range(width)]
    return pcsv.read_csv(
        io.BytesIO(text.encode()),
        read_options=pcsv.ReadOptions(column_names=names, use_threads=False, block_size=1 << 24),
        parse_options=pcsv.ParseOptions(
            delimiter=delimiter,
            newlines_in_values=True,
            ignore_empty_lines=False,
            invalid_row_handler=note,
        ),
        convert_options=pcsv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _pad_titles(text: str, width: int, delimiter: str) -> str:
    """A title line above the table has fewer cells than the table; give it the missing ones."""
    head, body = [], text
    for _ in range(_HEADER_SEARCH):
        line, newline, rest = body.partition("\n")
        cells = len(next(csv.reader([line.rstrip("\r")], delimiter=delimiter), []))
        if cells >= width or not newline or line.count('"') % 2:
            break
        head.append(line.rstrip("\r") + delimiter * (width - max(cells, 1)) + "\n")
        body = rest
    return "".join(head) + body


def _as_text(_: object) -> pd.StringDtype:
    return pd.StringDtype(na_value=np.nan)


def _to_sheet(
    file: str, grid: Grid, layout: Layout, is_known: Callable[[str], bool]
) -> Sheet | None:
    frame = grid.frame.apply(lambda column: column.str.strip()).fillna("")
    filled = (frame != "").to_numpy()
    keep = filled.any(axis=1)
    frame, rows = frame[keep].reset_index(drop=True), grid.rows[keep]
    if frame.empty:
        return None
    first, depth = _find_header(frame, rows, grid, layout, is_known)
    parts = [frame.iloc[first + line].tolist() for line in range(depth)]
    parts = [_fill_merged(line, int(rows[first + i]), grid) for i, line in enumerate(parts)]
    headers = tuple(zip(*parts, strict=True))
    body = frame.iloc[first + depth :].reset_index(drop=True)
    if body.empty:
        return None
    return Sheet(file, grid.name, body, rows[first + depth :], headers)


def _find_header(
    frame: pd.DataFrame,
    rows: npt.NDArray[np.int64],
    grid: Grid,
    layout: Layout,
    is_known: Callable[[str], bool],
) -> tuple[int, int]:
    """(position, depth) of the header: the row with most known names, two where cells merge."""
    if layout.header_row is not None:
        found = np.flatnonzero(rows >= layout.header_row)
        return (int(found[0]) if len(found) else 0), layout.header_rows or 1
    head = frame.head(_HEADER_SEARCH)
    known = [sum(bool(cell) and is_known(cell) for cell in head.iloc[i]) for i in range(len(head))]
    filled = (head != "").sum(axis=1).tolist()
    best = (
        int(np.argmax(known))
        if max(known)
        else next((i for i, cells in enumerate(filled) if cells > 1), 0)
    )
    if layout.header_rows is not None:
        return max(0, best - layout.header_rows + 1), layout.header_rows
    if best and _merges_over(int(rows[best - 1]), grid) and filled[best - 1] > 1:
        return best - 1, 2
    if best + 1 < len(head) and known[best + 1] and _merges_over(int(rows[best]), grid):
        return best, 2
    return best, 1


def _merges_over(row: int, grid: Grid) -> bool:
    """Whether a row holds a cell merged across columns but not the whole width."""
    width = grid.frame.shape[1]
    return any(
        top <= row <= bottom and 0 < right - left < width - 1
        for top, left, bottom, right in grid.merged
    )


def _fill_merged(cells: list[str], row: int, grid: Grid) -> list[str]:
    """A merged header stands for every column under it."""
    out = list(cells)
    for top, left, bottom, right in grid.merged:
        if top <= row <= bottom and right - left < grid.frame.shape[1] - 1:
            for column in range(left, min(right + 1, len(out))):
                out[column] = out[column] or cells[left]
    return out
