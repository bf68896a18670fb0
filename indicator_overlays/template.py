"""Templates of collection 填报模板: a workbook a department or district fills and `load` reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from cim_bridge.errors import WrongUse
from indicator_overlays.indicator import Indicator
from indicator_overlays.unit_table import LevelUnits

HEAD = ("单元编码", "单元名称")
_FIRST = 4
"""Row of the first unit: above it the title, the categories and the indicators."""

MOST = 20_000
"""Units one sheet may list."""


@dataclass(frozen=True)
class Template:
    """What a workbook asks for: indicators of one level for some units and one year."""

    title: str
    year: int
    level: str
    indicators: tuple[Indicator, ...]
    units: LevelUnits
    rows: np.ndarray[tuple[int], np.dtype[np.int64]]


def write_template(path: Path, sheets: Sequence[Template]) -> Path:
    """Write one sheet a level: a category row, an indicator row, a line for each unit.

    Every indicator has its name with its unit, its code, standard and formula in a note of the
    head; numerators and denominators have columns of their own where the indicator is a ratio.
    """
    if not any(len(sheet.rows) and sheet.indicators for sheet in sheets):
        raise WrongUse(
            "这些单元没有要采集的此类指标 / no indicator of that kind is collected for those units"
        )
    book = openpyxl.Workbook()
    for blank in book.worksheets:
        book.remove(blank)
    for sheet in sheets:
        if len(sheet.rows) > MOST:
            raise WrongUse(f"{len(sheet.rows)} units are too many for a sheet (at most {MOST})")
        if len(sheet.rows) and sheet.indicators:
            _sheet(book.create_sheet(sheet.level), sheet)
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def _sheet(page: Worksheet, asked: Template) -> None:
    page.append([asked.title])
    titles, groups, notes = [*HEAD], ["", ""], ["", ""]
    for item in asked.indicators:
        for title in _titles(item):
            titles.append(title)
            groups.append(item.category.label["zh"])
            notes.append(_note(item))
    page.append(groups)
    page.append(titles)
    labels, ids = asked.units.frame["label_zh"], asked.units.frame["id"]
    for row in asked.rows.tolist():
        page.append([str(ids.iloc[row]).partition(":")[2], str(labels.iloc[row] or "")])
    _only_texts(page)
    page["A1"].font = Font(bold=True, size=14)
    fill = PatternFill("solid", fgColor="E8EEF2")
    for column, note in enumerate(notes, start=1):
        head = page[f"{get_column_letter(column)}{_FIRST - 1}"]
        head.font, head.fill = Font(bold=True), fill
        head.alignment = Alignment(wrap_text=True, vertical="top")
        page[f"{get_column_letter(column)}{_FIRST - 2}"].font = Font(color="5A6B78")
        if note:
            head.comment = Comment(note, "CIM Twin", width=360, height=180)
        page.column_dimensions[get_column_letter(column)].width = 18
    page.freeze_panes = f"C{_FIRST}"
    for line in page.iter_rows(min_row=_FIRST, min_col=3, max_col=max(len(titles), 3)):
        for cell in line:
            cell.protection = Protection(locked=False)


def _only_texts(page: Worksheet) -> None:
    """A name that begins like a formula stays a name: nothing in a template is run."""
    for line in page.iter_rows():
        for cell in line:
            if cell.data_type == "f":
                cell.data_type = "s"


def _titles(item: Indicator) -> list[str]:
    """Titles that `load` reads again: the value, and its parts where it is a ratio."""
    unit = f"（{item.unit}）" if item.unit else ""
    name = item.name["zh"] or item.code
    parts = [f"{name} 分子", f"{name} 分母"] if item.rollup == "ratio" else []
    return [f"{name}{unit}", *parts]


def _note(item: Indicator) -> str:
    said = [f"{item.code}  {item.name['en']}", item.formula]
    if item.standard is not None:
        mark = "参考 reference" if item.standard.reference else "标准 standard"
        said.append(f"{mark}: {item.standard.op} {item.standard.value or item.standard.text}")
    return "\n".join(part for part in said if part)
