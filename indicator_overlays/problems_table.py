"""The table of diagnosed problems: its columns, and the ids that never change."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

_TEXT = (
    "problem_id", "rule", "rule_version", "unit_id", "level", "severity", "state", "unit",
    "indicator", "system", "period", "department_zh", "department_en", "title_zh", "title_en",
    "why_zh", "why_en", "fix_zh", "fix_en", "clause_zh", "clause_en", "evidence", "measures",
    "origin", "description_zh", "description_en", "source", "rule_problem_id", "address",
)  # fmt: skip

_FIELDS: list[tuple[str, pa.DataType]] = [(name, pa.string()) for name in _TEXT]

DIAGNOSIS_SCHEMA = pa.schema(
    [
        *_FIELDS,
        ("year", pa.int32()),
        ("row", pa.uint32()),
        ("value", pa.float64()),
        ("threshold", pa.float64()),
        ("margin", pa.float64()),
        ("need", pa.float64()),
        ("people", pa.float64()),
        ("area", pa.float64()),
        ("points", pa.int32()),
        ("repeated", pa.bool_()),
        ("reference", pa.bool_()),
        ("found_date", pa.date32()),
    ]
)
"""diagnosis.parquet. `margin` is positive on the wrong side of the threshold, in `unit`; `need` is
how much would mend it; `evidence` and `measures` are JSON lists; `reference` says the threshold is
not an official standard; `rule_problem_id` is the rule's own finding that a loaded problem covers.
"""


def problem_ids(rule: str, unit_ids: npt.NDArray[np.object_], year: int) -> list[str]:
    """Stable ids: the first 12 hex digits of SHA-1 of rule, unit and year."""
    return [problem_id(rule, str(unit), year) for unit in unit_ids]


def problem_id(rule: str, unit_id: str, year: int) -> str:
    """Return the stable id of one problem (SHA-1 names it; nothing is secured by it)."""
    key = f"{rule}|{unit_id}|{year}".encode()
    return hashlib.sha1(key, usedforsecurity=False).hexdigest()[:12]


def problem_table(columns: dict[str, Any], size: int) -> pa.Table:
    """Build a table of the schema; columns left out are null."""
    arrays = []
    for field in DIAGNOSIS_SCHEMA:
        value = columns.get(field.name)
        if value is None:
            arrays.append(pa.nulls(size, field.type))
        elif isinstance(value, str | int | bool):
            arrays.append(pa.array([value] * size, field.type))
        elif isinstance(value, np.ndarray) and value.dtype.kind == "f":
            arrays.append(pa.array(value, field.type, from_pandas=True))
        else:
            arrays.append(pa.array(value, field.type))
    return pa.Table.from_arrays(arrays, schema=DIAGNOSIS_SCHEMA)
