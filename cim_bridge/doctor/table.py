"""A table looked at: encoding, sheets, columns, which of them are ids or a place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.decoding import decode
from cim_bridge.doctor.ids import Candidate, candidates
from cim_bridge.doctor.join import Join, find_key, join
from cim_bridge.issues import IssueLog
from cim_bridge.matching.position import to_model
from cim_bridge.matching.targets import Targets
from cim_bridge.sheets import PlainLayout, Sheet, normal, read_sheets
from cim_bridge.workbook import is_workbook

Texts = npt.NDArray[Any]
F64 = npt.NDArray[np.float64]


@dataclass
class TableSheet:
    """One sheet: its columns by title, and the join of its key."""

    sheet: Sheet
    columns: dict[str, Texts]
    keys: list[Candidate]
    key: str = ""
    place: tuple[str, str] | None = None
    join: Join | None = None
    dated: bool = False
    """Whether the rows say their period themselves."""
    plain: bool = False
    """Whether no column is known to be an indicator: a map has to name them."""

    @property
    def title(self) -> str:
        """File and sheet, as people call them."""
        return f"{self.sheet.file} · {self.sheet.name}" if self.sheet.name else self.sheet.file


@dataclass
class Table:
    """A file of one sheet or several; encoding "" for a workbook."""

    path: Path
    log: IssueLog
    encoding: str = ""
    guessed: bool = False
    workbook: bool = False
    sheets: list[TableSheet] = field(default_factory=list)
    compared: bool = False
    """Whether there were units to join it with."""
    refused: IssueLog = field(default_factory=IssueLog)
    """What a dry run of `load` found: mended in the table, not by an option."""


def look_at_table(path: Path, key: str | None, is_known: Callable[[str], bool]) -> Table:
    """Read a table without a unit to compare it with. is_known: tells a header's words."""
    log = IssueLog()
    found = Table(path, log)
    wanted = normal(key or "")
    sheets = read_sheets(
        path, PlainLayout(), lambda cell: is_known(cell) or (normal(cell) == wanted != ""), log
    )
    found.workbook = path.is_file() and path.stat().st_size > 0 and is_workbook(path)
    if sheets and not found.workbook:
        told = decode(path.read_bytes())
        found.encoding, found.guessed = told.encoding, told.guessed
    found.sheets = [_sheet(sheet) for sheet in sheets]
    return found


def _sheet(sheet: Sheet) -> TableSheet:
    columns: dict[str, Texts] = {}
    for position, title in enumerate(sheet.titles):
        texts = sheet.frame.iloc[:, position].to_numpy(object)
        columns.setdefault(title or f"#{position + 1}", texts)
    return TableSheet(sheet, columns, candidates(columns, "unit"), place=_place(sheet))


def _place(sheet: Sheet) -> tuple[str, str] | None:
    """Titles of the columns of east and north, where there is such a pair."""
    from cim_bridge.coordinates import named

    found = named(sheet.titles)
    if found is None or found.kind != "pair":
        return None
    east, north = (sheet.titles[column] for column in found.columns)
    return east, north


def join_table(table: Table, key: str | None, targets: Targets, metres: str) -> None:
    """Join every sheet; the key is the one named, else the column that names most units."""
    table.compared = len(targets) > 0
    for one in table.sheets:
        titles = {normal(title): title for title in reversed(list(one.columns))}
        one.key = titles.get(normal(key), "") if key else find_key(one.columns, targets)
        if key and not one.key:
            table.log.add(
                "DOCTOR_NO_KEY", file=one.sheet.file, layer=one.sheet.name, cell=key, key=key,
                columns=", ".join(filter(None, one.sheet.titles)),
            )  # fmt: skip
        if not one.key:
            continue
        x, y = _metres(one, metres)
        one.join = join(one.key, one.columns[one.key], one.sheet.rows, targets, x=x, y=y)
        one.join.found_key = key is None


def _metres(one: TableSheet, metres: str) -> tuple[F64 | None, F64 | None]:
    """Places of the rows in the units' system; (None, None) without columns of a place."""
    if one.place is None or not metres:
        return None, None
    spots = np.column_stack([_numbers(one.columns[name]) for name in one.place])
    if not np.isfinite(spots).all(axis=1).any():
        return None, None
    return to_model(spots[:, 0], spots[:, 1], "", metres)


def _numbers(texts: Texts) -> F64:
    import pandas as pd

    return np.asarray(pd.to_numeric(pd.Series(texts), errors="coerce"), np.float64)
