"""What a combined question finds: units in the order of rows, with the cells it asked about."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson
from pydantic import TypeAdapter, ValidationError

from cim_bridge.errors import WrongUse
from cim_bridge.texts import Text, text
from twin_server.answers.finding import NUMBERS, Asked, readings, said_of, satisfaction_of
from twin_server.coded import Rows, plain
from twin_server.errors import Missing
from twin_server.schemas.find import (
    AttributeIs,
    Condition,
    Group,
    IndicatorIs,
    SatisfactionIs,
    VerdictIs,
)
from twin_server.twin import Twin

_READ: TypeAdapter[Any] = TypeAdapter(Condition)
_DEEPEST = 8
_UNITS = {"height": "m", "ground": "m", "area": "m2", "year_built": "year"}
_LABELS: dict[str, Text] = {
    "year_built": text("建成年份", "Year built"),
    "height": text("高度", "Height"),
    "storeys": text("层数", "Storeys"),
    "area": text("面积", "Area"),
    "population": text("人口", "Population"),
    "ground": text("地面标高", "Ground height"),
    "use": text("用途", "Use"),
    "structure": text("结构", "Structure"),
    "kind": text("种类", "Kind"),
    "source_id": text("编号", "Source id"),
}
_FELT = text("居民满意度", "Satisfaction of residents")


@dataclass(frozen=True)
class Finding:
    """lines: the units that fit. fields and cells: one column each, in step with `lines`."""

    asked: Asked
    lines: Rows
    unknown: int
    fields: list[dict[str, Any]]
    cells: list[list[Any]]


def read_question(written: str) -> Any:
    """A question from its JSON; WrongUse says what is wrong with it."""
    try:
        found = _READ.validate_json(written or '{"of":"all","args":[]}')
    except ValidationError as exc:
        first = exc.errors(include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise WrongUse(f"where: {place}: {first['msg']}"[:600]) from exc
    if _depth(found) > _DEEPEST:
        raise WrongUse(f"where: groups lie more than {_DEEPEST} deep")
    return found


def _depth(where: Any) -> int:
    return 1 + max((_depth(part) for part in where.args), default=0) if _grouped(where) else 1


def _grouped(where: Any) -> bool:
    return isinstance(where, Group)


def find_units(
    twin: Twin, level: str, year: int | None, system: str | None, written: str
) -> Finding:
    """Units of a level that fit a question."""
    where = read_question(written)
    lines = twin.units.of_level(level)
    if not len(lines):
        known = ", ".join(name for name, count in twin.units.counts.items() if count)
        raise Missing("UNKNOWN_LEVEL", f"this city has no units of level {level!r}; it has {known}")
    asked = Asked(twin, level, lines, twin.year(year), twin.system(system).id)
    said = said_of(asked, where)
    kept = np.flatnonzero(said.yes)
    fields: list[dict[str, Any]] = []
    cells: list[list[Any]] = []
    for leaf in _leaves(where):
        field, column = _column(asked, leaf, kept)
        if field["key"] not in [item["key"] for item in fields]:
            fields.append(field)
            cells.append(column)
    return Finding(asked, lines[kept], int((~said.yes & ~said.no).sum()), fields, cells)


def _leaves(where: Any) -> list[Any]:
    if isinstance(where, Group):
        return [leaf for part in where.args for leaf in _leaves(part)]
    shown = isinstance(where, (AttributeIs, IndicatorIs, VerdictIs, SatisfactionIs))
    return [where] if shown else []


def _column(asked: Asked, leaf: Any, kept: Rows) -> tuple[dict[str, Any], list[Any]]:
    """Description and cells of what a condition looks at."""
    if isinstance(leaf, AttributeIs):
        kind = "number" if leaf.name in NUMBERS else "text"
        label = _LABELS[leaf.name]
        field = _field(leaf.name, kind, label, _UNITS.get(leaf.name), asked.level)
        return field, asked.twin.units.table.values(leaf.name, asked.lines[kept])
    if isinstance(leaf, SatisfactionIs):
        values = satisfaction_of(asked)[kept]
        field = _field("satisfaction", "number", _FELT, None, None)
    else:
        found = readings(asked, leaf.code, leaf.system)
        item, values = found.indicator, found.values[kept]
        field = _field(item.code, "number", dict(item.name), item.unit, found.level)
    return field, [plain(value) for value in values.tolist()]


def _field(key: str, kind: str, label: Any, unit: str | None, level: str | None) -> dict[str, Any]:
    return {"key": key, "kind": kind, "label": label, "unit": unit, "level": level}


def found_answer(finding: Finding, offset: int, limit: int) -> dict[str, Any]:
    """One page of what was found, and the whole of it as one bit a row."""
    asked = finding.asked
    units = asked.twin.units
    page = slice(offset, offset + limit)
    rows = units.table.numbers("row").astype(np.int64)
    size = int(rows[asked.lines].max(initial=-1)) + 1
    bits = np.zeros(size, bool)
    bits[rows[finding.lines]] = True
    packed = np.packbits(bits, bitorder="little").tobytes()
    columns = [column[page] for column in finding.cells]
    items = units.items(finding.lines[page])
    return {
        "items": [
            {**item, "cells": [column[place] for column in columns]}
            for place, item in enumerate(items)
        ],
        "level": asked.level,
        "year": asked.year,
        "system": asked.system,
        "of": len(asked.lines),
        "unknown": finding.unknown,
        "fields": finding.fields,
        "mask": base64.b64encode(packed).decode(),
        "rows": size,
    }


def question_text(written: str) -> str:
    """The question in one line, for the head of a table."""
    return orjson.dumps(orjson.loads(written)).decode() if written else "{}"
