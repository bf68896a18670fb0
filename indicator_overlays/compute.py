"""`cimtwin compute`: measures of one checkup year, written as a delivery of values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from cim_bridge.errors import InputRefused, TwinError
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.progress import SILENT, Progress
from cim_bridge.release import ModelRelease, open_model
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.delivery import LoadReport, write_batch
from indicator_overlays.indicator import Indicator, IndicatorSystem
from indicator_overlays.lines import stacked
from indicator_overlays.measure import Figures, Measure, MeasureRegistry
from indicator_overlays.measures import BUILT_IN
from indicator_overlays.period import Period, year_period
from indicator_overlays.system import load_systems
from indicator_overlays.values import WORDED_SCHEMA, in_plain_text

SOURCE = "cimtwin"


GROUP = "cim_twin.measures"
"""Entry-point group in which other packages offer measures."""


def default_registry() -> MeasureRegistry:
    """Return the built-in measures and those of installed packages."""
    return MeasureRegistry().register(*BUILT_IN, *_offered())


def _offered() -> Iterable[Measure]:
    for point in entry_points(group=GROUP):
        measure = point.load()()
        if not isinstance(measure, Measure):
            raise TwinError(f"{point.value} is not a measure: it lacks a part of the protocol")
        yield measure


def compute(
    folder: CityFolder,
    year: int,
    indicators: Sequence[str] | None = None,
    progress: Progress = SILENT,
    registry: MeasureRegistry | None = None,
) -> LoadReport:
    """Compute indicators (all that have a measure unless named) for a checkup year.

    The values stand for the calendar year of the checkup year's cut-off date. A batch that says
    the same as the newest one of that year is not written again.
    """
    log = IssueLog()
    known = registry or default_registry()
    systems = load_systems(folder)
    measures = _wanted(known, indicators, systems, log)
    model = open_model(folder)
    period = year_period(folder.config.cutoff(year).year)
    city = CityShapes(model.units, period)
    parts = [WORDED_SCHEMA.empty_table()]
    names: dict[str, Any] = {}
    progress.stage("measures", len(measures))
    for measure in measures:
        parts += list(_rows_of(measure, city, systems, folder, year, log, names))
        progress.advance()
    progress.done()
    del city
    table = stacked(parts)
    manifest = _manifest(model, measures, table.num_rows, year, log)
    digest = _same_as_before(folder, table, year) or write_batch(folder, manifest, table)
    codes = tuple(measure.code for measure in measures)
    return LoadReport(digest, table.num_rows, log, indicators=codes, periods=(period.code,))


def _wanted(
    known: MeasureRegistry,
    indicators: Sequence[str] | None,
    systems: dict[str, IndicatorSystem],
    log: IssueLog,
) -> list[Measure]:
    for code in indicators or ():
        if code not in known:
            log.add("MEASURE_UNKNOWN", id=code, known=", ".join(known.codes))
    if log.errors:
        raise InputRefused(log)
    chosen = [m for m in known if indicators is None or m.code in indicators]
    found = []
    for measure in sorted(chosen, key=lambda item: item.code):
        if any(measure.code in system.indicators for system in systems.values()):
            found.append(measure)
        else:
            log.add("MEASURE_NOT_DECLARED", id=measure.code)
    return found


def _rows_of(
    measure: Measure,
    city: CityShapes,
    systems: dict[str, IndicatorSystem],
    folder: CityFolder,
    year: int,
    log: IssueLog,
    names: dict[str, Any],
) -> Iterable[pa.Table]:
    """One table for each level and each system that has the indicator; names: ids by level."""
    declared = [
        s.indicators[measure.code] for s in systems.values() if measure.code in s.indicators
    ]
    blind: dict[str, int] = {}
    for level in measure.levels:
        if level not in city.levels:
            continue
        figures = measure.compute(city, level)
        keep = np.flatnonzero(~city.units(level).removed)
        states = _states(figures)[keep]
        lost = int(np.sum(states == "not_computable"))
        if lost and figures.missing_input:
            blind[figures.missing_input] = blind.get(figures.missing_input, 0) + lost
        cutoff = folder.config.cutoff(year)
        if level not in names:  # one list of ids for all indicators of a level
            names[level] = pa.array(city.units(level).ids, pa.string())
        ids = pa.DictionaryArray.from_arrays(keep.astype(np.int32), names[level])
        for indicator in declared:
            base = _columns(measure, figures, keep, states, indicator, city.period)
            base["unit_id"] = ids
            base["level"] = level
            base["cutoff_date"] = cutoff
            yield _table(base, len(keep))
    for name, count in blind.items():
        log.add("MEASURE_INPUT_MISSING", id=measure.code, input=name, count=count)


def _states(figures: Figures) -> np.ndarray[Any, np.dtype[np.object_]]:
    states = np.where(np.isfinite(figures.value), "computed", "not_computable").astype(object)
    if figures.not_applicable is not None:
        states[figures.not_applicable] = "not_applicable"
    return states


def _columns(
    measure: Measure,
    figures: Figures,
    keep: np.ndarray[Any, np.dtype[np.int64]],
    states: np.ndarray[Any, np.dtype[np.object_]],
    indicator: Indicator,
    period: Period,
) -> dict[str, Any]:
    computed = states == "computed"
    lacking = f"missing input: {figures.missing_input}" if figures.missing_input else ""
    notes = np.where(computed, figures.note, np.where(states == "not_computable", lacking, ""))
    return {
        "system": indicator.system,
        "indicator": measure.code,
        "period": period.code,
        "period_start": period.start,
        "period_end": period.end,
        "value": pa.array(figures.value[keep], pa.float64(), mask=~computed),
        "numerator": _numbers(figures.numerator[keep], computed),
        "denominator": _numbers(figures.denominator[keep], computed),
        "unit": indicator.unit,
        "state": states,
        "source": SOURCE,
        "source_kind": "computed",
        "method": f"cimtwin.{measure.code}",
        "method_version": measure.version,
        "note": notes.astype(object),
        "place": "",
    }


def _numbers(
    values: np.ndarray[Any, np.dtype[np.float64]], computed: np.ndarray[Any, np.dtype[np.bool_]]
) -> Any:
    return pa.array(values, pa.float64(), mask=~(np.isfinite(values) & computed))


def _table(columns: dict[str, Any], size: int) -> pa.Table:
    arrays = []
    for field in WORDED_SCHEMA:
        value = columns[field.name]
        if isinstance(value, np.ndarray):
            value = pa.array(value, pa.string()).dictionary_encode()
        elif not isinstance(value, pa.Array):
            value = pa.repeat(pa.scalar(value, field.type), size)
        arrays.append(value)
    return pa.Table.from_arrays(arrays, schema=WORDED_SCHEMA)


def _manifest(
    model: ModelRelease, measures: Sequence[Measure], rows: int, year: int, log: IssueLog
) -> dict[str, Any]:
    """The batch's manifest: the inputs by hash, each measure's method and what it cannot see."""
    files = [file for source in model.manifest.get("sources", []) for file in source["files"]]
    return {
        "kind": "batch",
        "of": "values",
        "source": SOURCE,
        "source_kind": "computed",
        "model": model.digest,
        "files": [{"name": file["name"], "sha256": file["sha256"]} for file in files],
        "measures": [
            {
                "code": measure.code,
                "version": measure.version,
                "inputs": list(measure.inputs),
                "method": dict(measure.method),
                "limits": dict(measure.limits),
            }
            for measure in measures
        ],
        "rows": rows,
        "system": "",
        "year": year,
        "issues": [issue.to_json() for issue in log],
    }


def _same_as_before(folder: CityFolder, table: pa.Table, year: int) -> str:
    """Digest of the newest computed batch of that year when it holds the same values, else ""."""
    mine = [
        digest
        for digest, manifest in folder.list_batches()
        if manifest.get("source") == SOURCE and manifest.get("year") == year
    ]
    if not mine:
        return ""
    with pq.ParquetFile(folder.batches / mine[-1] / "values.parquet") as before:
        return mine[-1] if _same(before, table) else ""


def _same(before: pq.ParquetFile, table: pa.Table) -> bool:
    """Whether a file holds the same rows, compared a row group at a time."""
    if before.metadata.num_rows != table.num_rows:
        return False
    at = 0
    for number in range(before.num_row_groups):
        kept = before.read_row_group(number).combine_chunks()
        if not kept.equals(in_plain_text(table.slice(at, kept.num_rows)).combine_chunks()):
            return False
        at += kept.num_rows
    return True
