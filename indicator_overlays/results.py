"""Builds a results release: values by year, overlay columns, legends, diagnosis, projects.

Geometry is never touched: the release names the model whose unit rows its columns follow. Equal
inputs give an equal release, byte for byte.
"""

from __future__ import annotations

from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa

from cim_bridge.folder import CityFolder
from cim_bridge.progress import SILENT, Progress
from cim_bridge.staging import stage
from indicator_overlays.assembly import Assembly, assemble
from indicator_overlays.breaks import Breaks, make_breaks
from indicator_overlays.columns import (
    NUMBER,
    class_codes,
    f32_column,
    u8_column,
    u16_column,
    write_column,
)
from indicator_overlays.coverage import coverage, state_counts
from indicator_overlays.indicator import Indicator
from indicator_overlays.legend import make_legend
from indicator_overlays.loaded import Loaded, read_loaded
from indicator_overlays.ondemand import ROWS
from indicator_overlays.privacy.diagnosis import VeiledReport, diagnose_veiled
from indicator_overlays.privacy.findings import veiled_loaded
from indicator_overlays.privacy.veil import Veiled, veiled
from indicator_overlays.ranks import ranks
from indicator_overlays.results_reader import Results
from indicator_overlays.results_tables import (
    write_candidates,
    write_cells,
    write_table,
    write_values,
)
from indicator_overlays.rule import is_idle
from indicator_overlays.severity import load_severity
from indicator_overlays.store import ValueStore
from indicator_overlays.themes.read import load_relations, load_themes
from indicator_overlays.yearly import Group

__all__ = ["Results", "build_results"]

FORMAT = 1


def build_results(
    folder: CityFolder, model_digest: str | None = None, progress: Progress = SILENT
) -> str:
    """Build the results of all systems, years and levels against one model; return the digest."""
    whole = assemble(folder, model_digest, progress=progress)
    themes = load_themes(folder, whole.systems, whole.log)
    relations = load_relations(folder, whole.log)
    whole.log.raise_if_errors()
    veil = veiled(whole)
    remarks = ValueStore(folder).remarks().sort_by("remark_id")
    told, kept = veil.remarks(remarks)
    parts = veil.public
    loaded = read_loaded(folder, whole.candidates)
    report = diagnose_veiled(whole, veil, loaded.problems, progress)
    with stage(folder.results) as staging:
        marks = np.zeros((len(parts.rows), 3), np.uint32)
        columns, legends = _write_columns(staging.path, parts, marks, progress, lazy=True)
        progress.stage("tables")
        write_values(staging.path, parts.table, parts.rows, marks)
        write_cells(staging.path, parts.groups, marks, parts.table["source"])
        write_candidates(staging.path, parts.candidates)
        write_table(staging.path / "diagnosis.parquet", report.findings.public)
        _write_loaded(staging.path, veiled_loaded(loaded, report.findings, veil))
        _write_json(staging.path / "legends.json", legends)
        _write_json(staging.path / "rules.json", [rule.to_json() for rule in report.rules])
        write_table(staging.path / "remarks.parquet", told)
        _write_json(staging.path / "themes.json", [theme.to_json() for theme in themes])
        _write_json(staging.path / "relations.json", [asdict(item) for item in relations])
        _write_private(staging.path / "private", veil, report, kept, progress)
        problems = len(report.findings.public)
        manifest = _manifest(parts, columns, report.assessed, problems)
        digest = staging.commit(manifest | {"privacy": _privacy(veil, report)})
    progress.done()
    return digest


def _write_private(
    path: Path, veil: Veiled, report: VeiledReport, remarks: pa.Table, progress: Progress
) -> None:
    """What readers without the right may not see, whole; nothing where nothing is sensitive."""
    if veil.private is None and not report.findings.private.num_rows and not remarks.num_rows:
        return
    path.mkdir()
    write_table(path / "remarks.parquet", remarks)
    write_table(path / "diagnosis.parquet", report.findings.private)
    columns: list[dict[str, Any]] = []
    if veil.private is not None:
        parts = veil.private
        marks = np.zeros((len(parts.rows), 3), np.uint32)
        columns, legends = _write_columns(path, parts, marks, progress)
        write_values(path, parts.table, parts.rows, marks)
        write_candidates(path, parts.candidates)
        _write_json(path / "legends.json", legends)
    index = {"columns": columns, "assessed": report.private, "model": veil.public.model.digest}
    _write_json(path / "index.json", index)


def _privacy(veil: Veiled, report: VeiledReport) -> dict[str, Any]:
    return {
        "k": veil.public.folder.config.privacy.k,
        "indicators": sorted("/".join(pair) for pair in veil.pairs),
        "rules": {code: list(levels) for code, levels in sorted(report.levels.items())},
    }


def _write_columns(
    path: Path,
    parts: Assembly,
    marks: npt.NDArray[np.uint32],
    progress: Progress,
    *,
    lazy: bool = False,
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Write every column; `marks` gets (class code, rank, of) of each value.

    lazy: leave the u16 and f32 columns of large levels to be made on demand (ondemand.py).
    """
    folder = path / "columns"
    folder.mkdir()
    removed = {level: parts.units.level(level).removed for level in parts.units.levels}
    found: list[dict[str, Any]] = []
    legends: dict[str, Any] = {}
    progress.stage("overlay columns", len(parts.groups))
    for key, members in groupby(parts.groups, lambda group: group.key[:3]):
        system, code, level = key
        groups = list(members)
        indicator = parts.systems[system].indicators[code]
        breaks, domain = _scale(groups, indicator)
        legends["/".join(key)] = make_legend(breaks, indicator, level, domain)
        for group in groups:
            mark = marks[group.offset : group.offset + len(group.cells.row)]
            _mark(group, indicator, breaks, mark)
            few = not lazy or len(removed[level]) <= ROWS
            made = _made(group, breaks, domain if few else None, mark, removed[level])
            left = [] if few or domain is None else _dtypes(breaks)
            found += _listed(folder, group, made, left, removed[level])
            progress.advance()
    return found, legends


def _scale(groups: list[Group], indicator: Indicator) -> tuple[Breaks, tuple[float, float] | None]:
    """Breaks and domain over all years; values without a class do not count."""
    values = np.concatenate([g.cells.value[g.cells.state == NUMBER] for g in groups])
    domain = (float(values.min()), float(values.max())) if len(values) else None
    return make_breaks(values, indicator.standard), domain


def _mark(group: Group, indicator: Indicator, breaks: Breaks, mark: npt.NDArray[np.uint32]) -> None:
    mark[:, 0] = class_codes(group.cells, breaks)
    mark[:, 1] = ranks(group.cells, indicator)
    mark[:, 2] = np.sum(group.cells.state == NUMBER)


def _dtypes(breaks: Breaks) -> list[str]:
    """Columns beside the classes: no ramp where every value has a class of its own."""
    return ["f32"] if breaks.method == "distinct" else ["u16", "f32"]


def _made(
    group: Group,
    breaks: Breaks,
    domain: tuple[float, float] | None,
    mark: npt.NDArray[np.uint32],
    removed: npt.NDArray[np.bool_],
) -> list[tuple[str, npt.NDArray[Any]]]:
    """The columns of a group by dtype; without a domain the classes alone."""
    codes = mark[:, 0].astype(np.uint8)
    made: list[tuple[str, npt.NDArray[Any]]] = [("u8", u8_column(group.cells, codes, removed))]
    if domain is not None:
        if "u16" in _dtypes(breaks):
            made.append(("u16", u16_column(group.cells, domain, removed)))
        made.append(("f32", f32_column(group.cells, breaks, removed)))
    return made


def _listed(
    folder: Path,
    group: Group,
    made: list[tuple[str, npt.NDArray[Any]]],
    left: list[str],
    removed: npt.NDArray[np.bool_],
) -> list[dict[str, Any]]:
    """Write what was made; entries of it and of what is left to be made on demand."""
    entry = {
        **group.key._asdict(),
        "period": group.period,
        "length": len(removed),
        "states": state_counts(group.cells, int(np.sum(~removed))),
        "cells": {"offset": group.offset, "length": len(group.cells.row)},
    }
    found: list[dict[str, Any]] = []
    for dtype, column in made:
        uri, digest = write_column(folder, column, dtype)
        found.append({**entry, "dtype": dtype, "sha256": digest, "uri": uri})
    return found + [{**entry, "dtype": dtype} for dtype in left]


def _write_loaded(path: Path, loaded: Loaded) -> None:
    write_table(path / "projects.parquet", loaded.projects)
    write_table(path / "links.parquet", loaded.links)
    write_table(path / "surveys.parquet", loaded.surveys)


def _manifest(
    parts: Assembly,
    columns: list[dict[str, Any]],
    assessed: list[dict[str, object]],
    problems: int,
) -> dict[str, Any]:
    severity = load_severity()
    systems = [
        {"id": item.id, "version": item.version, "sha256": item.sha256}
        for item in parts.systems.values()
    ]
    return {
        "kind": "results",
        "format": FORMAT,
        "model": parts.model.digest,
        "batches": [digest for digest, _ in parts.folder.list_batches()],
        "systems": systems,
        "default_system": parts.folder.config.default_system,
        "methods": _methods(parts.folder),
        "rules": [{"code": rule.code, "version": rule.version} for rule in parts.rules],
        "idle_rules": [r.code for r in parts.rules if is_idle(r, parts.catalogue.codes)],
        "severity": {"version": severity.version, "note": severity.note},
        "years": parts.years,
        "columns": columns,
        "coverage": coverage(parts.groups, parts.systems),
        "assessed": assessed,
        "problems": problems,
        "values": len(parts.rows),
        "issues": parts.log.to_json(),
    }


def _methods(folder: CityFolder) -> list[dict[str, str]]:
    """The measures whose values may be in here, each with its version."""
    found = {
        (measure["code"], str(measure["version"]))
        for _, batch in folder.list_batches()
        for measure in batch.get("measures", ())
    }
    return [{"code": code, "version": version} for code, version in sorted(found)]


def _write_json(path: Path, value: object) -> None:
    path.write_bytes(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS))
