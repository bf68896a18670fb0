"""Rows of an indicator list → Indicators; whatever is broken in a list is an Issue with its cell.

A national list has all columns; a city's own may have only a few: `code`, `name_zh` or `name_en`,
`unit`. Everything else has a sensible default.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS, level_of_word
from cim_bridge.texts import Text, text
from indicator_overlays.indicator import (
    DIRECTIONS,
    OPERATORS,
    ROLLUPS,
    Category,
    Indicator,
    Standard,
)

_DIRECTION_WORDS = {"正向": "higher", "逆向": "lower", "负向": "lower", "区间": "range"}
_TYPE_WORDS = {"底线": "bottom_line", "导向": "guiding", "特色": "local"}
_OPERATOR_WORDS = {"≤": "<=", "≥": ">=", "==": "=", "区间": "range"}
_SPLIT = re.compile(r"[;；、,，|]")
_SLUG = re.compile(r"[^a-z0-9]+")
_RATIO_UNITS = re.compile(r"/|%|％|‰|percent|minute|index|score|ratio|rate|分")
_CHANGE = re.compile(r"growth|change|reduction|increase|difference|增长|增减|变化|降低|同比|差")
_NO_ROLLUP_UNITS = re.compile(r"^(years|岁|年)?$")
_DIMENSIONS: dict[str, Text] = {
    "building": text("住房", "housing (building)"),
    "plot": text("小区（社区）", "compound (community)"),
    "compound": text("小区（社区）", "compound (community)"),
    "community": text("小区（社区）", "compound (community)"),
    "block": text("街区", "block"),
    "subdistrict": text("街区", "block"),
}
_URBAN = text("城区（城市）", "urban area (city)")


@dataclass(frozen=True, slots=True)
class ListRow:
    """One row of a list with its place, ready to be read."""

    file: str
    row: int
    cells: dict[str, str]

    def get(self, *names: str) -> str:
        """First of several columns that holds something."""
        return next((self.cells[name] for name in names if self.cells.get(name)), "")


def read_indicator(
    row: ListRow, system: str, number: int, log: IssueLog, *, dimension_from_level: bool = False
) -> Indicator | None:
    """Read one row; None (and Issues) when it is broken. `number` stands in for a missing `no`."""
    before = len(log.errors)
    code = row.get("code", "indicator", "编码", "指标编码")
    name = text(row.get("name_zh", "name", "指标名称"), row.get("name_en", "name"))
    if not code:
        log.add("SYSTEM_CODE_MISSING", file=row.file, row=row.row, cell="code")
    if not name["zh"]:
        log.add("SYSTEM_NAME_MISSING", file=row.file, row=row.row, cell="name_zh", id=code)
    standard = _standard(row, code, log)
    direction = _direction(row, code, standard, log)
    levels, natural = _levels(row, code, log)
    rollup = _rollup(row, code, log)
    max_age = _whole(row, "max_age_years", code, log)
    low, high = _bounds(row, rollup, standard, code, log)
    if len(log.errors) > before:
        return None
    dimension = _label(row, "dimension")
    if dimension is None and dimension_from_level:
        dimension = _DIMENSIONS.get(natural, _URBAN)
    kind = row.get("indicator_type", "type")
    return Indicator(
        code=code,
        system=system,
        no=_whole(row, "no", code, log) or number,
        name=name,
        category=_category(row),
        dimension=dimension,
        group=_label(row, "group"),
        unit=row.get("unit"),
        direction=direction,
        indicator_type=_TYPE_WORDS.get(kind, kind),
        standard=standard,
        formula=row.get("formula"),
        natural_level=natural,
        attach_levels=levels,
        computability=row.get("computability"),
        department=_label(row, "department") or _label(row, "dept"),
        provenance=row.get("provenance"),
        confidence=row.get("confidence"),
        rollup=rollup,
        low=low,
        high=high,
        max_age_years=max_age,
        note=row.get("note", "later_changes"),
        sensitive=_sensitive(row),
    )


def _sensitive(row: ListRow) -> Text | None:
    """The reason in `sensitive_zh` and `sensitive_en`, or in `sensitive`; "no" says it is not."""
    found = _label(row, "sensitive")
    no = found is not None and found["zh"].strip().lower() in {"false", "no", "0", "否"}
    return None if no else found


def _label(row: ListRow, name: str) -> Text | None:
    """`<name>_zh` and `<name>_en`, or `<name>` for both; None when all are empty."""
    found = text(row.get(f"{name}_zh", name), row.get(f"{name}_en", name))
    return found if found["zh"] else None


def _category(row: ListRow) -> Category:
    zh, en = row.get("category_zh", "category"), row.get("category_en", "category")
    label = text(zh, en)
    code = row.get("category_code") or _SLUG.sub("_", label["en"].lower()).strip("_")
    return Category(code or label["zh"] or "other", label if label["zh"] else text("其他", "other"))


def _direction(row: ListRow, code: str, standard: Standard | None, log: IssueLog) -> str:
    word = row.get("direction", "方向")
    direction = _DIRECTION_WORDS.get(word, word.lower())
    if not direction:
        return _implied_direction(standard)
    if direction not in DIRECTIONS:
        log.add(
            "SYSTEM_DIRECTION_UNKNOWN",
            file=row.file,
            row=row.row,
            cell="direction",
            id=code,
            value=word,
        )
    return direction


def _implied_direction(standard: Standard | None) -> str:
    if standard is None or standard.op in {"=", "range"}:
        return "range"
    return "lower" if standard.op.startswith("<") else "higher"


def _standard(row: ListRow, code: str, log: IssueLog) -> Standard | None:
    written = row.get("standard_value", "standard", "标准值")
    operator = row.get("standard_op", "operator")
    op = _OPERATOR_WORDS.get(operator, operator)
    if op and op not in OPERATORS:
        log.add(
            "SYSTEM_OPERATOR_UNKNOWN",
            file=row.file,
            row=row.row,
            cell="standard_op",
            id=code,
            value=operator,
        )
        return None
    if not written:
        return None
    low, high = _range(written) if op == "range" else (None, None)
    value = None if op == "range" else _number(written)
    if value is None and (low is None or high is None):
        log.add(
            "SYSTEM_STANDARD_NOT_NUMERIC",
            file=row.file,
            row=row.row,
            cell="standard_value",
            id=code,
            value=written,
        )
        return None
    told, confidence = row.get("standard_text"), row.get("standard_confidence", "confidence")
    provenance = row.get("standard_provenance", "provenance")
    return Standard(
        op=op or ("<=" if row.get("direction") in {"lower", "逆向"} else ">="),
        value=value,
        low=low,
        high=high,
        text=told,
        provenance=provenance,
        confidence=confidence,
        reference=_is_reference(row.get("standard_reference"), told, provenance, confidence),
    )


def _is_reference(declared: str, told: str, provenance: str, confidence: str) -> bool:
    """A number is official only when a source was read and it is sure of the number itself.

    "high (name)" says nothing about the number; text written from memory is no source.
    """
    if declared:
        return declared.strip().lower() not in {"false", "no", "0", "否"}
    clauses = [part.strip() for part in confidence.lower().split(";")]
    about = [part for part in clauses if "standard" in part or "threshold" in part]
    sure = [part for part in about or clauses if part.startswith("high")]
    named_only = not about and confidence.lower().strip() != "high"
    recalled = "memory" in f"{told} {provenance}".lower()
    return named_only or recalled or len(sure) != len(about or clauses)


def _levels(row: ListRow, code: str, log: IssueLog) -> tuple[tuple[str, ...], str]:
    found: set[str] = set()
    words = row.get("attach_levels", "levels", "level", "挂接层级") or row.get("spatial_unit")
    for word in filter(None, (part.strip() for part in _SPLIT.split(words))):
        level = level_of_word(word)
        if level is None:
            log.add(
                "SYSTEM_LEVEL_UNKNOWN",
                file=row.file,
                row=row.row,
                cell="attach_levels",
                id=code,
                value=word,
                known=", ".join(LEVELS),
            )
        else:
            found.add(level)
    natural = level_of_word(row.get("natural_level", "spatial_unit") or "") or ""
    finest_first = tuple(level for level in reversed(LEVELS) if level in found)
    return finest_first or ("city",), natural or (finest_first or ("city",))[0]


def _rollup(row: ListRow, code: str, log: IssueLog) -> str:
    declared = row.get("rollup").lower()
    if declared == "count":
        return "sum"
    if declared:
        if declared not in ROLLUPS:
            log.add(
                "SYSTEM_ROLLUP_UNKNOWN",
                file=row.file,
                row=row.row,
                cell="rollup",
                id=code,
                value=declared,
            )
        return declared
    unit = row.get("unit").strip().lower()
    if _NO_ROLLUP_UNITS.match(unit):
        return "none"
    return "ratio" if _RATIO_UNITS.search(unit) and unit != "m3/h" else "sum"


def _bounds(
    row: ListRow, rollup: str, standard: Standard | None, code: str, log: IssueLog
) -> tuple[float | None, float | None]:
    """What a value can be at all: shares 0 to 100, counts from 0, changes anything."""
    low, high = (_limit(row, column, code, log) for column in ("min_value", "max_value"))
    if low is not None and high is not None and low > high:
        told = f"{low:g} > {high:g}"
        _tell(row, "SYSTEM_BOUND_NOT_NUMERIC", "max_value", code, told, log)
    name = f"{row.get('name_zh', 'name')} {row.get('name_en')}".lower()
    if _CHANGE.search(name):
        return low, high
    if row.get("unit").strip() in {"%", "％", "percent"}:
        beyond = standard is not None and (standard.high or standard.value or 0.0) > 100.0
        return low or 0.0, high if high is not None or beyond else 100.0
    return (0.0 if low is None and rollup == "sum" else low), high


def _limit(row: ListRow, column: str, code: str, log: IssueLog) -> float | None:
    """A bound as a number; an Issue where something else is written."""
    written = row.get(column)
    value = _number(written) if written else None
    if written and value is None:
        _tell(row, "SYSTEM_BOUND_NOT_NUMERIC", column, code, written, log)
    return value


def _tell(row: ListRow, issue: str, column: str, code: str, value: str, log: IssueLog) -> None:
    log.add(issue, file=row.file, row=row.row, cell=column, id=code, column=column, value=value)


def _range(written: str) -> tuple[float | None, float | None]:
    match = re.fullmatch(r"\s*(-?[\d.]+)\s*(?:-|–|~|～|\.\.|至)\s*(-?[\d.]+)\s*", written)
    if match is None:
        return None, None
    low, high = _number(match.group(1)), _number(match.group(2))
    return (low, high) if low is not None and high is not None and low <= high else (None, None)


def _number(written: str) -> float | None:
    try:
        value = float(written.replace(",", ""))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _whole(row: ListRow, column: str, code: str, log: IssueLog) -> int | None:
    written = row.get(column)
    if not written:
        return None
    value = _number(written)
    if value is None or value != int(value):
        _tell(row, "SYSTEM_NUMBER_EXPECTED", column, code, written, log)
        return None
    return int(value)
