"""Problems, projects, links and surveys that the city loaded: copied in, the latest of each id."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from cim_bridge.folder import CityFolder
from indicator_overlays.problems_table import DIAGNOSIS_SCHEMA, problem_id
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.values import (
    LINKS_SCHEMA,
    PROBLEMS_SCHEMA,
    PROJECTS_SCHEMA,
    STORED_SCHEMA,
)

CLOSED: tuple[str, ...] = ("verified", "rejected")
"""States of loaded problems that say nothing about what a rule still finds."""


@dataclass(frozen=True)
class Loaded:
    """What was loaded beside values."""

    problems: pa.Table
    projects: pa.Table
    links: pa.Table
    surveys: pa.Table


def read_loaded(folder: CityFolder) -> Loaded:
    """Read all batches in the order of loading; a later row of the same id replaces an earlier."""
    return Loaded(
        problems=_latest(_all(folder, "problems", PROBLEMS_SCHEMA), ["problem_id"]),
        projects=_latest(_all(folder, "projects", PROJECTS_SCHEMA), ["project_id"]),
        links=_latest(_all(folder, "links", LINKS_SCHEMA), ["problem_id", "project_id"]),
        surveys=_all(folder, "survey", STORED_SCHEMA),
    )


def merge_problems(found: pa.Table, loaded: pa.Table, units: UnitTable) -> pa.Table:
    """Rules' findings and loaded problems in one table, worst first.

    An open loaded problem of the same rule, unit and year stands for the rule's own finding and
    takes its figures; a closed one does not hide that the rule still fires.
    """
    if loaded.num_rows:
        rows = [_from_loaded(row, found, units) for row in loaded.to_pylist()]
        covered = {row["rule_problem_id"] for row in rows if row["rule_problem_id"]}
        keep = pc.invert(pc.is_in(found["problem_id"], pa.array(sorted(covered), pa.string())))
        extra = pa.Table.from_pylist(rows, schema=DIAGNOSIS_SCHEMA)
        found = pa.concat_tables([found.filter(keep), extra])
    grade = pc.index_in(found["severity"], pa.array(["high", "medium", "low"]))
    order = pc.sort_indices(
        found.append_column("grade", grade),
        sort_keys=[
            ("year", "descending"),
            ("grade", "ascending"),
            ("points", "descending"),
            ("people", "descending"),
            ("rule", "ascending"),
            ("unit_id", "ascending"),
            ("problem_id", "ascending"),
        ],
    )
    return found.take(order).combine_chunks()


def _from_loaded(row: dict[str, object], found: pa.Table, units: UnitTable) -> dict[str, object]:
    """One loaded problem in the columns of the diagnosis."""
    rule, unit, year = str(row["rule"] or ""), str(row["unit_id"]), row["year"]
    level = unit.partition(":")[0]
    own: dict[str, object] = dict.fromkeys(DIAGNOSIS_SCHEMA.names)
    mine = problem_id(rule, unit, int(str(year))) if rule and year is not None else ""
    if mine and row["state"] not in CLOSED:
        same = found.filter(pc.equal(found["problem_id"], mine))
        if same.num_rows:
            own |= same.to_pylist()[0] | {"rule_problem_id": mine}
    place = units.level(level).index.get_indexer([unit])[0]
    said = {name: row[name] for name in row if name in own and row[name] not in (None, "")}
    own |= {"reference": False, "measures": own["measures"] or "[]"} | said
    own |= {
        "level": level,
        "row": int(place) if place >= 0 else None,
        "origin": "loaded",
        "severity": row["severity"] or own["severity"] or "medium",
        "state": row["state"] or "candidate",
        "evidence": row["evidence"] or own["evidence"] or "[]",
        "area": _area(units, level, int(place)),
        "points": own["points"] or 0,
    }
    for language in ("zh", "en"):
        own[f"why_{language}"] = own[f"why_{language}"] or row[f"description_{language}"]
    return own


def _area(units: UnitTable, level: str, place: int) -> float | None:
    if place < 0:
        return None
    area = float(units.level(level).numbers("area")[place])
    return area if np.isfinite(area) else None


def _all(folder: CityFolder, kind: str, schema: pa.Schema) -> pa.Table:
    """Return every row of one kind of batch with `batch` and `seq`."""
    parts = []
    for digest, manifest in folder.list_batches():
        file = folder.batches / digest / f"{_FILES[kind]}.parquet"
        if manifest.get("of") == kind and file.is_file():
            part = pq.read_table(file)
            part = part.select([name for name in schema.names if name in part.column_names])
            part = _with(part, "batch", pa.array([digest] * part.num_rows, pa.string()))
            seq = pa.array([int(manifest.get("seq", 0))] * part.num_rows, pa.int64())
            parts.append(_with(part, "seq", seq))
    return pa.concat_tables([_complete(schema).empty_table(), *parts], promote_options="default")


_FILES = {"problems": "problems", "projects": "projects", "links": "links", "survey": "values"}


def _complete(schema: pa.Schema) -> pa.Schema:
    for name, kind in (("batch", pa.string()), ("seq", pa.int64())):
        if name not in schema.names:
            schema = schema.append(pa.field(name, kind))
    return schema


def _with(table: pa.Table, name: str, values: pa.Array) -> pa.Table:
    if name in table.column_names:
        return table.set_column(table.schema.get_field_index(name), name, values)
    return table.append_column(name, values)


def _latest(table: pa.Table, keys: list[str]) -> pa.Table:
    """Keep the last row of each key, in the order of the keys."""
    if table.num_rows == 0:
        return table
    frame = table.select(keys).to_pandas()
    last = np.flatnonzero(~frame.duplicated(keep="last").to_numpy())
    kept = table.take(pa.array(last))
    return kept.sort_by([(key, "ascending") for key in keys])
