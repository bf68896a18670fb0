"""What-if: problems and columns as they would be; labelled, and nothing stored is altered."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

import pyarrow as pa

from cim_bridge.texts import Text, text
from indicator_overlays.whatif.ask import Answer, Column, Plan, Question
from twin_server.answers.rulework import book_of, results_of, what_if
from twin_server.errors import Missing
from twin_server.twin import Twin

LABEL: Text = text("假设情景，非实测结果", "A what-if, not a result")

_PROBLEM = (
    "problem_id", "rule", "severity", "value", "threshold", "margin", "people", "indicator",
    "system",
)  # fmt: skip


def what_if_answer(
    twin: Twin,
    year: int | None,
    projects: list[str],
    standards: dict[str, float],
    budget: float | None,
) -> dict[str, Any]:
    """Ask one question. budget (10k yuan): let the program choose among `projects`, or all."""
    chosen = twin.year(year)
    if chosen is None:
        raise Missing("NO_RESULTS", "nothing is published yet: run `cimtwin publish` first")
    known = {code for _, code in book_of(twin).indicators}
    wrong = sorted(set(standards) - known)
    if wrong:
        raise Missing("UNKNOWN_INDICATOR", f"no indicator {wrong[0]!r} in any system of this city")
    asked = what_if(twin)
    plan = asked.portfolio(chosen, budget, projects) if budget is not None else None
    names = tuple(projects) if plan is None else plan.chosen
    answer = (
        plan.answer
        if plan is not None and not standards
        else asked.ask(Question(chosen, names, standards))
    )
    return {
        "label": LABEL,
        "year": chosen,
        "system": twin.system(None).id,
        "model": results_of(twin).model,
        "projects": list(names),
        "standards": standards,
        "portfolio": _plan(plan, budget),
        "counts": {"before": _counts(answer.before), "after": _counts(answer.after)},
        "gone": _problems(twin, answer.before, answer.gone),
        "new": _problems(twin, answer.after, answer.new),
        "milder": _problems(twin, answer.after, answer.milder),
        "graver": _problems(twin, answer.after, answer.graver),
        "columns": [_column(item) for item in answer.columns],
        **_said(answer),
    }


def _said(answer: Answer) -> dict[str, Any]:
    """What the answer could not do, in full."""
    return {
        "rules": list(answer.rules),
        "rules_without_line": list(answer.untouched),
        "projects_without_effect": list(answer.silent),
        "projects_unknown": list(answer.unknown),
        "effects_unmet": [
            {"project": project, "indicator": code, "units": units}
            for project, code, units in answer.unmet
        ],
    }


def _plan(plan: Plan | None, budget: float | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    return {
        "budget_10k": budget,
        "cost_10k": plan.best.cost,
        "points": plan.best.points,
        "gap": plan.best.gap,
        "of": list(plan.of),
        "without_cost": list(plan.unpriced),
    }


def _counts(problems: pa.Table) -> dict[str, int]:
    grades = problems["severity"].to_pylist()
    return {grade: grades.count(grade) for grade in ("high", "medium", "low")}


def _problems(twin: Twin, table: pa.Table, ids: tuple[str, ...]) -> list[dict[str, Any]]:
    wanted = set(ids)
    rows = [row for row in table.to_pylist() if row["problem_id"] in wanted]
    found = []
    for row in rows:
        index = twin.units.find(row["unit_id"])
        found.append(
            {
                **{name: row[name] for name in _PROBLEM},
                "title": text(row["title_zh"], row["title_en"]),
                "unit": None if index is None else twin.units.ref(index),
                "centroid": None if index is None else twin.units.centroid(index),
            }
        )
    return found


def _column(column: Column) -> dict[str, Any]:
    body = column.data.tobytes()
    packed = base64.b64encode(body).decode()
    return {
        "system": column.key.system,
        "indicator": column.key.indicator,
        "level": column.key.level,
        "changed": column.changed,
        "column": {
            "url": f"data:application/octet-stream;base64,{packed}",
            "dtype": "u8",
            "length": len(column.data),
            "digest": hashlib.sha256(body).hexdigest(),
        },
    }
