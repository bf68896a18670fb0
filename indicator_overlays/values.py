"""The long table of values: its columns, its states, the kinds of source it knows."""

from __future__ import annotations

import pyarrow as pa

STATES: tuple[str, ...] = (
    "measured",
    "computed",
    "adjusted",
    "missing",
    "not_computable",
    "not_applicable",
    "withheld",
    "stale",
)
"""Every state of a value. Zero is a value; missing is never zero."""

NUMBER_STATES: tuple[str, ...] = ("measured", "computed", "adjusted", "stale")
"""States that carry a number; all others carry none."""

SOURCE_KINDS: tuple[str, ...] = (
    "statistics",
    "third_party",
    "department",
    "self_report",
    "survey",
    "computed",
)
"""Kinds of source a delivery can come from."""

SEVERAL = "多个来源 / several sources"
"""Source of a value that was rolled up from values of more than one source."""

_VALUES: dict[str, pa.DataType] = {
    "unit_id": pa.string(),
    "level": pa.string(),
    "system": pa.string(),
    "indicator": pa.string(),
    "period": pa.string(),
    "period_start": pa.date32(),
    "period_end": pa.date32(),
    "value": pa.float64(),
    "numerator": pa.float64(),
    "denominator": pa.float64(),
    "unit": pa.string(),
    "state": pa.string(),
    "source": pa.string(),
    "source_kind": pa.string(),
    "method": pa.string(),
    "method_version": pa.string(),
    "cutoff_date": pa.date32(),
    "note": pa.string(),
    "place": pa.string(),
}
VALUES_SCHEMA = pa.schema(_VALUES)
"""values.parquet of a batch. `value` is null for every state without a number."""

TEXT = pa.dictionary(pa.int32(), pa.string())
"""Text of many rows and few words: each word is kept once, a row holds its number."""


def _in_words(schema: pa.Schema) -> pa.Schema:
    """The same columns, texts as TEXT."""
    kinds = [TEXT if field.type == pa.string() else field.type for field in schema]
    return pa.schema(list(zip(schema.names, kinds, strict=True)))


WORDED_SCHEMA = _in_words(VALUES_SCHEMA)
"""VALUES_SCHEMA as it is held in memory."""

STORED_SCHEMA = WORDED_SCHEMA.append(pa.field("batch", TEXT)).append(pa.field("seq", pa.int64()))
"""All batches read together: the batch's digest and its place in the order of loading."""

ADOPTED_SCHEMA = (
    STORED_SCHEMA.append(pa.field("adopted", pa.bool_()))
    .append(pa.field("n_sources", pa.int32()))
    .append(pa.field("conflict", pa.bool_()))
    .append(pa.field("spread", pa.float64()))
)
"""After adoption: one row per candidate, `adopted` true for exactly one of each value.

`spread` is (max - min) / |adopted value| of the candidates that have a number; null for one source.
"""

_PROBLEMS: dict[str, pa.DataType] = {
    "problem_id": pa.string(),
    "unit_id": pa.string(),
    "year": pa.int32(),
    "rule": pa.string(),
    "indicator": pa.string(),
    "title_zh": pa.string(),
    "title_en": pa.string(),
    "description_zh": pa.string(),
    "description_en": pa.string(),
    "severity": pa.string(),
    "state": pa.string(),
    "department_zh": pa.string(),
    "department_en": pa.string(),
    "found_date": pa.date32(),
    "source": pa.string(),
    "people": pa.float64(),
    "evidence": pa.string(),
    "place": pa.string(),
}
PROBLEMS_SCHEMA = pa.schema(_PROBLEMS)
"""problems.parquet of a batch; `evidence` is JSON text (a list)."""

_PROJECTS: dict[str, pa.DataType] = {
    "project_id": pa.string(),
    "name_zh": pa.string(),
    "name_en": pa.string(),
    "state": pa.string(),
    "department_zh": pa.string(),
    "department_en": pa.string(),
    "deadline": pa.date32(),
    "start": pa.date32(),
    "investment_10k": pa.float64(),
    "fund_source": pa.string(),
    "unit_ids": pa.string(),
    "problem_ids": pa.string(),
    "rules": pa.string(),
    "description_zh": pa.string(),
    "description_en": pa.string(),
    "progress": pa.float64(),
    "effects": pa.string(),
    "geometry_wkt": pa.string(),
    "place": pa.string(),
}
PROJECTS_SCHEMA = pa.schema(_PROJECTS)
"""projects.parquet; `unit_ids`, `problem_ids`, `rules` are JSON lists, `progress` 0 to 100,
`effects` a JSON list of {indicator, sets, amount} (what the project is declared to change)."""

_TASKS: dict[str, pa.DataType] = {
    "task_id": pa.string(),
    "system": pa.string(),
    "indicator": pa.string(),
    "unit_id": pa.string(),
    "year": pa.int32(),
    "department_zh": pa.string(),
    "department_en": pa.string(),
    "deadline": pa.date32(),
    "note": pa.string(),
    "place": pa.string(),
}
TASKS_SCHEMA = pa.schema(_TASKS)
"""tasks.parquet: who delivers which indicator until when; `unit_id` "" is the whole city."""

_LINKS: dict[str, pa.DataType] = {
    "problem_id": pa.string(),
    "project_id": pa.string(),
    "place": pa.string(),
}
LINKS_SCHEMA = pa.schema(_LINKS)
"""links.parquet: which project answers which problem."""


def in_plain_text(table: pa.Table) -> pa.Table:
    """The same rows with every TEXT column as plain text, as they are written and shown."""
    fields = [
        field.with_type(pa.string()) if pa.types.is_dictionary(field.type) else field
        for field in table.schema
    ]
    return table.cast(pa.schema(fields))
