"""Problems, projects, links and surveys that the city loaded: copied in, the latest of each id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cim_bridge.folder import CityFolder
from indicator_overlays.keycodes import is_one_of
from indicator_overlays.lines import Lines
from indicator_overlays.problems_table import DIAGNOSIS_SCHEMA, problem_id
from indicator_overlays.rule import Rule
from indicator_overlays.severity import Severity, load_severity
from indicator_overlays.store import ValueStore
from indicator_overlays.unit_table import UnitTable

CLOSED: tuple[str, ...] = ("verified", "rejected")
"""States of loaded problems that say nothing about what a rule still finds."""


@dataclass(frozen=True)
class Loaded:
    """What was loaded beside values."""

    problems: pa.Table
    projects: pa.Table
    links: pa.Table
    surveys: pa.Table


def read_loaded(folder: CityFolder, candidates: Lines) -> Loaded:
    """Read what was loaded beside values; surveys are the aggregates among the candidates."""
    store = ValueStore(folder)
    return Loaded(
        problems=store.problems().sort_by("problem_id"),
        projects=store.projects().sort_by("project_id"),
        links=store.links().sort_by([("problem_id", "ascending"), ("project_id", "ascending")]),
        surveys=surveys_of(candidates),
    )


def surveys_of(candidates: Lines) -> pa.Table:
    """What was asked of people, of all that sources said."""
    return candidates.filter(is_one_of(candidates, "source_kind", ("survey",))).table()


def merge_problems(
    found: pa.Table, loaded: pa.Table, units: UnitTable, rules: Sequence[Rule] = ()
) -> pa.Table:
    """Rules' findings and loaded problems in one table, worst first.

    An open loaded problem of the same rule, unit and year stands for the rule's own finding and
    takes its figures; a closed one does not hide that the rule still fires. What a loaded problem
    leaves out (title, department, what to do) its rule says.
    """
    if loaded.num_rows:
        known, table = {rule.code: rule for rule in rules}, load_severity()
        rows = [
            _worded(_from_loaded(row, found, units, table), known.get(str(row["rule"] or "")))
            for row in loaded.to_pylist()
        ]
        covered = {row["rule_problem_id"] for row in rows if row["rule_problem_id"]}
        keep = pc.invert(
            pc.is_in(
                found["problem_id"], pa.array(sorted(str(item) for item in covered), pa.string())
            )
        )
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


def _from_loaded(
    row: dict[str, object], found: pa.Table, units: UnitTable, table: Severity
) -> dict[str, object]:
    """One loaded problem in the columns of the diagnosis."""
    rule, unit, year = str(row["rule"] or ""), str(row["unit_id"]), row["year"]
    level = unit.partition(":")[0]
    own: dict[str, object] = dict.fromkeys(DIAGNOSIS_SCHEMA.names)
    mine = problem_id(rule, unit, int(str(year))) if rule and year is not None else ""
    if mine and row["state"] not in CLOSED:
        same = found.filter(pc.equal(found["problem_id"], pa.scalar(mine)))
        if same.num_rows:
            own |= same.to_pylist()[0] | {"rule_problem_id": mine}
    place = units.level(level).index.get_indexer(pd.Index([unit]))[0]
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
    own["points"] = max(int(str(own["points"])), table.least(str(own["severity"])))
    for language in ("zh", "en"):
        own[f"why_{language}"] = own[f"why_{language}"] or row[f"description_{language}"]
    return own


def _worded(row: dict[str, object], rule: Rule | None) -> dict[str, object]:
    """Fill empty texts from the rule: its name, clause, department and first measure."""
    if rule is None:
        return row
    first = rule.measures[0] if rule.measures else rule.name
    texts = {
        "title": rule.name,
        "clause": rule.clause,
        "department": rule.department or rule.name,
        "fix": first,
    }
    spoken = {f"{name}_zh": words["zh"] for name, words in texts.items()}
    spoken |= {f"{name}_en": words["en"] for name, words in texts.items()}
    return row | {name: words for name, words in spoken.items() if not row.get(name)}


def _area(units: UnitTable, level: str, place: int) -> float | None:
    if place < 0:
        return None
    area = float(units.level(level).numbers("area")[place])
    return area if np.isfinite(area) else None
