"""All deliveries of a city read together: the newest of one source wins for each value."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cim_bridge.errors import Damaged
from cim_bridge.folder import CityFolder
from indicator_overlays.keycodes import last_of
from indicator_overlays.lines import kept_of, stacked
from indicator_overlays.values import (
    LINKS_SCHEMA,
    PROBLEMS_SCHEMA,
    PROJECTS_SCHEMA,
    STORED_SCHEMA,
    TASKS_SCHEMA,
    TEXT,
    WORDED_SCHEMA,
)

_KEY = ("unit_id", "system", "indicator", "period_start", "period_end", "source")


LATER = frozenset({"effects"})
"""Text columns that batches of earlier versions lack; they are read as empty."""


class ValueStore:
    """The batches of a city folder as tables."""

    def __init__(self, folder: CityFolder) -> None:
        self.folder = folder

    def table(self) -> pa.Table:
        """Every value (STORED_SCHEMA): one row per (unit, system, indicator, period, source)."""
        return self.of(None)

    def of(self, indicators: Sequence[str] | None) -> pa.Table:
        """Values of some indicator codes only; all with None."""
        parts = []
        for digest, manifest in self.batches(("values", "survey")):
            table = self._read(digest, "values", WORDED_SCHEMA)
            if indicators is not None:
                table = table.filter(
                    pc.is_in(table["indicator"], pa.array(list(indicators), pa.string()))
                )
            seq = pa.array(np.full(table.num_rows, int(manifest["seq"])), pa.int64())
            name = pa.repeat(pa.scalar(digest, TEXT), table.num_rows)
            table = table.append_column("batch", name).append_column("seq", seq)
            parts.append(table.cast(STORED_SCHEMA))
        if not parts:
            return STORED_SCHEMA.empty_table()
        return _newest([stacked(parts)], _KEY)

    def problems(self) -> pa.Table:
        """Loaded problems, the newest row of each `problem_id`."""
        return self._rows("problems", PROBLEMS_SCHEMA, ("problem_id",))

    def projects(self) -> pa.Table:
        """Loaded projects, the newest row of each `project_id`."""
        return self._rows("projects", PROJECTS_SCHEMA, ("project_id",))

    def links(self) -> pa.Table:
        """Loaded links between problems and projects, each pair once."""
        return self._rows("links", LINKS_SCHEMA, ("problem_id", "project_id"))

    def decisions(self) -> pa.Table:
        """People's decisions on values, as they were last copied in."""
        from indicator_overlays.decisions import DECISIONS_SCHEMA

        known = self.batches(("decisions",))
        if not known:
            return DECISIONS_SCHEMA.empty_table()
        return self._read(known[-1][0], "decisions", DECISIONS_SCHEMA)

    def tasks(self) -> pa.Table:
        """Loaded tasks, the newest row of each indicator, unit and year."""
        return self._rows("tasks", TASKS_SCHEMA, ("task_id",))

    def remarks(self) -> pa.Table:
        """Loaded grades and remarks, the newest row of each value and source."""
        from indicator_overlays.remarks import REMARKS_SCHEMA

        return self._rows("remarks", REMARKS_SCHEMA, ("remark_id",))

    def batches(self, kinds: Sequence[str]) -> list[tuple[str, dict[str, Any]]]:
        """(digest, manifest) of the batches of some kinds, in the order of loading."""
        return [item for item in self.folder.list_batches() if item[1].get("of") in kinds]

    def _rows(self, kind: str, schema: pa.Schema, key: Sequence[str]) -> pa.Table:
        parts = []
        for digest, manifest in self.batches((kind,)):
            table = self._read(digest, kind, schema)
            seq = pa.array(np.full(table.num_rows, int(manifest["seq"])), pa.int64())
            parts.append(table.append_column("seq", seq))
        if not parts:
            return schema.empty_table()
        return _newest([pa.concat_tables(parts)], key).drop_columns(["seq"])

    def _read(self, digest: str, name: str, schema: pa.Schema) -> pa.Table:
        file = self.folder.batches / digest / f"{name}.parquet"
        try:
            texts = [field.name for field in schema if field.type == TEXT]
            table = pq.read_table(file, read_dictionary=texts)
            for name in LATER & (set(schema.names) - set(table.column_names)):
                table = table.append_column(name, pa.nulls(table.num_rows, pa.string()))
            return table.select(schema.names).cast(schema)
        except (OSError, KeyError, pa.ArrowInvalid) as exc:
            raise Damaged(f"batch {digest} cannot be read: {exc}") from exc


def _newest(tables: list[pa.Table], key: Sequence[str]) -> pa.Table:
    """Keep the row of the newest batch of every key; the rows come in the order of loading.

    tables: one; it is taken out of the list, so that it is not kept beside what is returned.
    """
    if tables[0].num_rows == 0:
        return tables.pop()
    kept = last_of(tables[0], key)
    return tables.pop() if kept.all() else kept_of(tables, kept)
