"""CSV and XLSX with coordinates: points or footprints of any level or layer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish
from cim_bridge.rowunits import reading_of

if TYPE_CHECKING:
    import pandas as pd

    from cim_bridge.coordinates import Coordinates
    from cim_bridge.sheets import Sheet

_TEXTS = (".csv", ".tsv")
_BOOKS = (".xlsx", ".xlsm")


class Table:
    """Reads every sheet of one table that has columns of a place."""

    name = "table"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the name is that of a table; a workbook must be a zip too."""
        ending = path.suffix.lower()
        return ending in _TEXTS or (ending in _BOOKS and head.startswith(b"PK\x03\x04"))

    def worth(self, path: Path, head: bytes) -> bool:
        """Whether a table that merely lies in a folder is meant: its header names a place."""
        from cim_bridge.coordinates import has_coordinates

        if path.suffix.lower() in _BOOKS:
            return False
        lines = head.rpartition(b"\n")[0] or head
        for encoding in ("utf-8-sig", "gb18030"):
            try:
                return has_coordinates(lines.decode(encoding))
            except UnicodeDecodeError:
                continue
        return False

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read all sheets with coordinates; None when an error was found."""
        from cim_bridge.sheets import PlainLayout, read_sheets

        before = len(log.errors)
        sheets = read_sheets(path, PlainLayout(), _is_place, log)
        if len(log.errors) > before:
            return None
        found = [(sheet, where) for sheet in sheets if (where := _where(sheet, wish, log))]
        if not found:
            titles = ", ".join(title for sheet in sheets for title in sheet.titles if title)
            log.add("TABLE_WITHOUT_PLACE", file=path, columns=titles[:300])
            return None
        frame, shapes, crs = _joined(found, log)
        if len(log.errors) > before:
            return None
        return reading_of(frame, shapes, crs, wish, log, path.name)


def _is_place(title: str) -> bool:
    """Whether a cell is named like a column of a place: such a row is the header."""
    from cim_bridge.coordinates import is_word

    return is_word(title)


def _where(sheet: Sheet, wish: Wish, log: IssueLog) -> Coordinates | None:
    """The columns of the place: as asked for, else by their names."""
    from cim_bridge.cellplaces import shape_columns
    from cim_bridge.coordinates import given, named

    titles = sheet.titles
    if wish.coordinates is not None:
        found = given(titles, wish.coordinates)
        if found is None:
            log.add(
                "KEY_UNKNOWN", file=sheet.file, layer=sheet.name, column=wish.coordinates,
                columns=", ".join(titles),
            )  # fmt: skip
        return found
    found = named(titles, shape_columns(sheet))
    if found is None:
        if sheet.name:
            log.add("SHEET_WITHOUT_PLACE", file=sheet.file, layer=sheet.name, sheet=sheet.name)
        return None
    chosen = ", ".join(titles[column] for column in found.columns)
    log.add(
        "COORDINATES_CHOSEN", file=sheet.file, layer=sheet.name, columns=chosen,
        crs=found.crs or "—",
    )  # fmt: skip
    return found


def _joined(
    found: list[tuple[Sheet, Coordinates]], log: IssueLog
) -> tuple[pd.DataFrame, npt.NDArray[Any], str | None]:
    """All sheets one below the other; they must not say different systems."""
    import pandas as pd

    from cim_bridge.cellplaces import places

    shapes = [places(sheet, where, log) for sheet, where in found]
    frames = [_frame(sheet) for sheet, _ in found]
    systems = {where.crs for _, where in found}
    if len(systems) > 1:
        said = ", ".join(sorted(str(crs) for crs in systems))
        log.add("SHEETS_OF_TWO_SYSTEMS", file=found[0][0].file, systems=said)
    frame = frames[0] if len(frames) == 1 else pd.concat(frames, ignore_index=True)
    crs = found[0][1].crs if len(systems) == 1 else None
    return frame, np.concatenate(shapes), crs


def _frame(sheet: Sheet) -> pd.DataFrame:
    """Cells by title; empty ones are missing. A title that comes again gets its letter."""
    from cim_bridge.sheets import column_letter

    frame = sheet.frame.astype(object)
    frame = frame.where(frame != "", None)
    titles: list[str] = []
    for number, title in enumerate(sheet.titles):
        letter = column_letter(number)
        titles.append(f"{title} {letter}".strip() if title in titles or not title else title)
    frame.columns = titles
    return frame


READER = Table()
