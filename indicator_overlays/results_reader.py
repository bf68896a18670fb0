"""Reads a results release: overlays, a unit's values, rankings, problems; files stay on disk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet as pq

from cim_bridge.brotlied import exists
from cim_bridge.errors import Damaged, NotFound
from cim_bridge.staging import read_manifest
from indicator_overlays.breaks import Breaks
from indicator_overlays.columns import NUMBER, STATE_CODES, Cells
from indicator_overlays.evidence import Catalogue
from indicator_overlays.explain import explain
from indicator_overlays.facts import YearFacts
from indicator_overlays.legend import legend_breaks
from indicator_overlays.remarks import REMARKS_SCHEMA
from indicator_overlays.rule import Rule, rules_of
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.yearly import Group, Key

_STATE_NAMES = {code: name for name, code in STATE_CODES.items()}


@dataclass(frozen=True)
class Overlay:
    """One indicator at one level in one year: its columns and exact cells.

    columns: manifest entries (dtype, uri, sha256, length; uri and sha256 not where the column is
    made on demand). cells: row, value, state. code, rank: of each cell (rank 0 none). source:
    dictionary array of names.
    """

    key: Key
    period: str
    columns: tuple[dict[str, Any], ...]
    states: dict[str, int]
    cells: Cells
    code: npt.NDArray[np.uint8]
    rank: npt.NDArray[np.uint32]
    source: Any

    @property
    def numbers(self) -> npt.NDArray[np.float64]:
        """Exact values of the units that have one and a class."""
        found: npt.NDArray[np.float64] = self.cells.value[self.cells.state == NUMBER]
        return found

    def class_counts(self, classes: int) -> list[int]:
        """Units in each class."""
        coded = self.code[self.cells.state == NUMBER]
        counts: list[int] = np.bincount(coded, minlength=classes).tolist()
        return counts

    def sources(self) -> list[str]:
        """Names of the sources that gave a value here."""
        used = pc.unique(self.source.indices).drop_null().to_pylist()
        return sorted(str(self.source.dictionary[index].as_py()) for index in used)

    def histogram(self, bins: int = 24) -> dict[str, list[float]]:
        """Edges and counts of the exact values."""
        values = self.numbers
        if len(values) == 0:
            return {"edges": [], "counts": []}
        counts, edges = np.histogram(values, bins=min(bins, max(1, len(np.unique(values)))))
        return {"edges": edges.tolist(), "counts": counts.tolist()}


class Results:
    """An opened results release."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.digest = path.name
        self.manifest = read_manifest(path)

    @property
    def model(self) -> str:
        """Digest of the model whose unit rows the columns follow."""
        return str(self.manifest["model"])

    @property
    def years(self) -> list[int]:
        """Checkup years, ascending."""
        return list(self.manifest["years"])

    @cached_property
    def legends(self) -> dict[str, Any]:
        """Legends by "<system>/<indicator>/<level>"."""
        found: dict[str, Any] = orjson.loads((self.path / "legends.json").read_bytes())
        return found

    def legend(self, system: str, indicator: str, level: str) -> dict[str, Any]:
        """Return one legend; class counts are 0 until an overlay's `class_counts` fill them."""
        found = self.legends.get(f"{system}/{indicator}/{level}")
        if found is None:
            raise NotFound(f"no legend for {system}/{indicator} at {level}")
        legend: dict[str, Any] = found
        return legend

    def breaks(self, system: str, indicator: str, level: str) -> Breaks:
        """Return the breaks of a legend, for classifying exact values."""
        return legend_breaks(self.legend(system, indicator, level))

    @cached_property
    def _entries(self) -> dict[Key, list[dict[str, Any]]]:
        found: dict[Key, list[dict[str, Any]]] = {}
        for entry in self.manifest["columns"]:
            key = Key(entry["system"], entry["indicator"], entry["level"], int(entry["year"]))
            found.setdefault(key, []).append(entry)
        return found

    @property
    def keys(self) -> list[Key]:
        """Every (system, indicator, level, year) that has a column."""
        return list(self._entries)

    def period(self, key: Key) -> str:
        """The period that stands for the year of a column; "" where there is none."""
        entries = self._entries.get(key)
        return str(entries[0]["period"]) if entries else ""

    @cached_property
    def available(self) -> dict[tuple[str, str], dict[str, list[int]]]:
        """(system, indicator) → level → years that have a column."""
        found: dict[tuple[str, str], dict[str, list[int]]] = {}
        for key in self._entries:
            levels = found.setdefault((key.system, key.indicator), {})
            levels.setdefault(key.level, []).append(key.year)
        return found

    @cached_property
    def _cells(self) -> pa.RecordBatch:
        with pa.memory_map(str(self.path / "cells.arrow")) as source:
            reader = pyarrow.ipc.open_file(source)
            if reader.num_record_batches == 0:
                return reader.schema.empty_table().to_batches()[0]
            return reader.get_batch(0)

    def overlay(self, system: str, indicator: str, level: str, year: int) -> Overlay:
        """Return one overlay; NotFound where there is none at that level and year."""
        key = Key(system, indicator, level, year)
        entries = self._entries.get(key)
        if not entries:
            raise NotFound(f"nothing for {system}/{indicator} at {level} in {year}")
        place = entries[0]["cells"]
        part = self._cells.slice(place["offset"], place["length"])
        return Overlay(
            key=key,
            period=entries[0]["period"],
            columns=tuple(entries),
            states=entries[0]["states"],
            cells=Cells(part["row"].to_numpy(), part["value"].to_numpy(), part["state"].to_numpy()),
            code=part["code"].to_numpy(),
            rank=part["rank"].to_numpy(),
            source=part["source"],
        )

    def column_path(self, name: str) -> Path:
        """Path of a column file, `<sha32>.<dtype>`, to be read by `columns.read_column`.

        It lies there plain or packed; .br and .gz may lie beside it.
        """
        stem, _, dtype = name.partition(".")
        path = self.path / "columns" / name
        if dtype not in ("u8", "u16", "f32") or not stem.isalnum() or not exists(path):
            raise NotFound(f"no column {name}")
        return path

    def ranking(
        self,
        overlay: Overlay,
        *,
        order: str = "worst",
        limit: int | None = None,
        offset: int = 0,
    ) -> list[dict[str, Any]]:
        """Units in order, as {row, value, state, class, rank, of, source}; without number last."""
        rank = overlay.rank.astype(np.int64)
        has = overlay.cells.state == NUMBER
        if order == "best":
            key = np.where(has, rank, np.iinfo(np.int64).max)
        else:
            key = np.where(has, -rank, 1)
        at = np.lexsort((overlay.cells.row, overlay.cells.state, key))
        end = None if limit is None else offset + limit
        return [self._ranked(overlay, int(cell), int(has.sum())) for cell in at[offset:end]]

    @staticmethod
    def _ranked(overlay: Overlay, cell: int, of: int) -> dict[str, Any]:
        state = int(overlay.cells.state[cell])
        value = float(overlay.cells.value[cell])
        number = state == NUMBER
        return {
            "row": int(overlay.cells.row[cell]),
            "value": value if np.isfinite(value) else None,
            "state": "measured" if number else _STATE_NAMES[state],
            "class": int(overlay.code[cell]) if number else None,
            "rank": int(overlay.rank[cell]) if number else None,
            "of": of,
            "source": overlay.source[cell].as_py() or "",
            "period": overlay.period,
        }

    @cached_property
    def _values(self) -> UnitRows:
        return UnitRows(self.path / "values.parquet")

    @cached_property
    def _candidates(self) -> UnitRows:
        return UnitRows(self.path / "candidates.parquet")

    def unit_values(self, unit_id: str) -> pa.Table:
        """Every value of a unit: all systems, indicators and years (columns of values.parquet)."""
        return self._values.of(unit_id)

    def unit_span(self, unit_id: str) -> tuple[int, int, int] | None:
        """Where a unit's values lie: (group, first line, line after the last) for `value_group`.

        None where they lie in several groups or in none: then `unit_values` has them.
        """
        return self._values.span(unit_id)

    def value_group(self, number: int, columns: Sequence[str]) -> pa.Table:
        """One group of values, of many units; of these columns of values.parquet."""
        return self._values.group(number, columns)

    def unit_candidates(self, unit_id: str) -> pa.Table:
        """Return what every source said about a unit."""
        return self._candidates.of(unit_id)

    @cached_property
    def values(self) -> pa.Table:
        """All values of all units; large, for exports."""
        return pq.read_table(self.path / "values.parquet")

    @cached_property
    def diagnosis(self) -> pa.Table:
        """Problems, worst first within a year."""
        return pq.read_table(self.path / "diagnosis.parquet")

    @cached_property
    def projects(self) -> pa.Table:
        """Renewal projects."""
        return pq.read_table(self.path / "projects.parquet")

    @cached_property
    def links(self) -> pa.Table:
        """Which project answers which problem."""
        return pq.read_table(self.path / "links.parquet")

    @cached_property
    def surveys(self) -> pa.Table:
        """Survey aggregates by unit; never single answers."""
        return pq.read_table(self.path / "surveys.parquet")

    @cached_property
    def remarks(self) -> pa.Table:
        """Grades and remarks beside values; empty in releases of earlier versions."""
        file = self.path / "remarks.parquet"
        return pq.read_table(file) if file.is_file() else REMARKS_SCHEMA.empty_table()

    @cached_property
    def themes(self) -> list[dict[str, Any]]:
        """Themes with their indicators, as they were when this release was built."""
        return self._listed("themes.json")

    @cached_property
    def relations(self) -> list[dict[str, Any]]:
        """Indicators that are read together."""
        return self._listed("relations.json")

    def _listed(self, name: str) -> list[dict[str, Any]]:
        file = self.path / name
        found: list[dict[str, Any]] = orjson.loads(file.read_bytes()) if file.is_file() else []
        return found

    @cached_property
    def rules(self) -> dict[str, Rule]:
        """The rules this release was diagnosed with, by code."""
        documents = orjson.loads((self.path / "rules.json").read_bytes())
        return {rule.code: rule for rule in rules_of(documents)}

    def facts(self, year: int, units: UnitTable, systems: Sequence[str]) -> YearFacts:
        """Return facts of a year as the diagnosis saw them, read from the memory-mapped cells."""
        groups = []
        for key, entries in self._entries.items():
            if key.year == year:
                overlay = self.overlay(*key)
                place = int(entries[0]["cells"]["offset"])
                groups.append(Group(key, overlay.period, place, overlay.cells))
        return YearFacts(units, groups, year, tuple(systems), self._cells["source"])

    def explain(
        self, rule: str, unit_id: str, facts: YearFacts, catalogue: Catalogue
    ) -> dict[str, Any]:
        """Say why a unit has a problem, or why not, and what would make it green."""
        if rule not in self.rules:
            raise NotFound(f"this release has no rule {rule}")
        return explain(self.rules[rule], facts, unit_id, catalogue)


class UnitRows:
    """A Parquet file sorted by unit_id; reads only the row groups a unit lies in."""

    def __init__(self, path: Path) -> None:
        self._file = pq.ParquetFile(path, memory_map=True)
        self._schema = self._file.schema_arrow  # made anew whenever the file is asked for it
        index = self._schema.get_field_index("unit_id")
        metadata = self._file.metadata
        bounds = []
        for number in range(metadata.num_row_groups):
            if metadata.row_group(number).num_rows == 0:  # a city without any value
                bounds.append(("", ""))
                continue
            statistics = metadata.row_group(number).column(index).statistics
            if statistics is None or not statistics.has_min_max:
                raise Damaged(f"{path.name} has no statistics of unit_id")
            bounds.append((str(statistics.min), str(statistics.max)))
        self._low = np.array([low for low, _ in bounds], object)
        self._high = np.array([high for _, high in bounds], object)
        self._group = lru_cache(maxsize=16)(self._read)
        self._ids = lru_cache(maxsize=128)(self._read_ids)

    def _read(self, number: int) -> tuple[pa.Table, npt.NDArray[np.object_]]:
        table = self._file.read_row_group(number)
        return table, table["unit_id"].to_numpy()

    def of(self, unit_id: str) -> pa.Table:
        """Rows of one unit, in the file's order."""
        first = int(np.searchsorted(self._high, unit_id, side="left"))
        last = int(np.searchsorted(self._low, unit_id, side="right"))
        parts = [self._schema.empty_table()]
        for number in range(first, last):
            table, ids = self._group(number)
            low, high = self._lines(ids, unit_id)
            parts.append(table.slice(low, high - low))
        return parts[1] if len(parts) == 2 else pa.concat_tables(parts)

    def _lines(self, ids: npt.NDArray[np.object_], unit_id: str) -> tuple[int, int]:
        low = np.searchsorted(ids, unit_id, "left")
        return int(low), int(np.searchsorted(ids, unit_id, "right"))

    def span(self, unit_id: str) -> tuple[int, int, int] | None:
        """(row group, first line in it, line after the last); None where not in just one group."""
        first = int(np.searchsorted(self._high, unit_id, side="left"))
        last = int(np.searchsorted(self._low, unit_id, side="right"))
        return (first, *self._lines(self._ids(first), unit_id)) if last - first == 1 else None

    def _read_ids(self, number: int) -> npt.NDArray[np.object_]:
        table = self._file.read_row_group(number, columns=["unit_id"], use_threads=False)
        found: npt.NDArray[np.object_] = table["unit_id"].to_numpy()
        return found

    def group(self, number: int, columns: Sequence[str]) -> pa.Table:
        """All rows of one group of the file, of the columns that there are."""
        names = [name for name in columns if name in self._schema.names]
        return self._file.read_row_group(number, columns=names, use_threads=False)
