"""A review list as a CSV file that spreadsheets open and save: two languages in its header."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path

from cim_bridge.decoding import decode
from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog

COLUMNS: dict[str, str] = {
    "ref": "参照号",
    "source": "来源",
    "level": "层级",
    "state": "状态",
    "key": "原编码",
    "label": "名称",
    "address": "地址",
    "parent": "所在单元",
    "point": "坐标",
    "rows": "行数",
    "candidates": "候选单元",
    "score": "相似度",
    "decision": "裁定",
    "note": "备注",
    "who": "裁定人",
}
"""Columns of the file; its header has both names, `decision 裁定`."""
Row = dict[str, str]
"""Name of a column → text; columns that somebody added keep their own names."""
_NEEDED = ("ref", "decision")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def read_rows(path: Path, log: IssueLog) -> dict[str, Row]:
    """Rows by reference; InputRefused when the file is no review list.

    A row without a reference is told, kept as it is and not used. Two rows of one reference that
    decide differently count as undecided, and are told.
    """
    try:
        text = decode(path.read_bytes()).text
    except (OSError, UnicodeDecodeError, LookupError) as exc:
        log.add("MATCH_REVIEW_UNREADABLE", file=path, reason=str(exc))
        raise InputRefused(log) from exc
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    table = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    names = [_column(cell) for cell in table[0]] if table else []
    if not set(_NEEDED) <= set(names):
        log.add("MATCH_REVIEW_UNREADABLE", file=path, reason=", ".join(names) or "empty")
        raise InputRefused(log)
    found: dict[str, Row] = {}
    for number, cells in enumerate(table[1:], 2):
        if not any(cells):
            continue
        row = dict.fromkeys(COLUMNS, "")
        row |= {name: _read(cell) for name, cell in zip(names, cells, strict=False) if name}
        _keep(found, row, number, path, log)
    return found


def _keep(found: dict[str, Row], row: Row, number: int, path: Path, log: IssueLog) -> None:
    ref = row["ref"]
    if not is_reference(ref):
        log.add("MATCH_REVIEW_ROW", file=path, row=number, id=row["key"] or row["label"])
        found[f"?{number}"] = row
        return
    before = found.get(ref)
    if before is not None and before["decision"] != row["decision"]:
        both = f"{before['decision']} / {row['decision']}"
        log.add("MATCH_DECISION_TWICE", file=path, row=number, id=row["key"], decisions=both)
        row = row | {"decision": ""}
    found[ref] = row


def is_reference(text: str) -> bool:
    """Whether a text is a reference that we gave (cim_bridge.matching.identity)."""
    return re.fullmatch("r[0-9a-f]{16}", text) is not None


def _column(cell: str) -> str:
    """Our name of a header cell, in either language; another one stays."""
    words = cell.strip()
    first = words.split(" ")[0].casefold()
    if first in COLUMNS:
        return first
    back = {zh: name for name, zh in COLUMNS.items()}
    return back.get(words, words)


def _read(cell: str) -> str:
    text = cell.strip()
    return text[1:] if text[:1] == "'" and text[1:2] in ("", *_FORMULA) else text


def as_bytes(rows: Iterable[Row]) -> bytes:
    """The file's content; UTF-8 with a mark, so that spreadsheets show Chinese."""
    known = sorted(rows, key=_order)
    more = sorted({name for row in known for name in row} - set(COLUMNS))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([*(f"{name} {zh}" for name, zh in COLUMNS.items()), *more])
    for row in known:
        writer.writerow([_safe(row.get(name, "")) for name in (*COLUMNS, *more)])
    return text.getvalue().encode("utf-8-sig")


def write_rows(path: Path, rows: Iterable[Row]) -> None:
    """Write the file whole, or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}")
    temporary.write_bytes(as_bytes(rows))
    temporary.replace(path)


def _order(row: Row) -> tuple[object, ...]:
    names = ("level", "key", "label", "address", "parent", "ref")
    return (row.get("decision", "") != "", *(row.get(name, "") for name in names))


def _safe(cell: str) -> str:
    """Text that a spreadsheet would run is marked as text; a lone `-` is none."""
    return f"'{cell}" if len(cell) > 1 and cell.startswith(_FORMULA) else cell
