"""Why a unit has a problem, why another has not, and what would make it green."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from cim_bridge.errors import NotFound
from cim_bridge.texts import Text, text
from indicator_overlays.assess import FIRES, OUTCOMES, UNKNOWN, assess
from indicator_overlays.diagnose import sentence_fields, which
from indicator_overlays.evaluate import Floats, Names, Term, evaluate
from indicator_overlays.evidence import Catalogue, evidence_json, origin_of
from indicator_overlays.expression import Expression, parse
from indicator_overlays.facts import LevelFacts, YearFacts
from indicator_overlays.leading import holding, leading
from indicator_overlays.phrases import fill
from indicator_overlays.rule import Rule

_VERDICTS: dict[str, Text] = {
    "fires": text("该规则在此触发", "the rule fires here"),
    "near": text("未触发，但已接近界限", "it does not fire, but is close to the line"),
    "fine": text("未触发", "it does not fire"),
    "unknown": text(
        "缺少数据，未能评估；不等于没有问题",
        "not assessed for lack of data; that is not the same as fine",
    ),
    "not_applicable": text("该指标不适用于此单元", "the indicator does not apply to this unit"),
    "out_of_scope": text("不在该规则的适用范围内", "the rule does not speak about this unit"),
}


@dataclass(frozen=True)
class OneUnit:
    """The facts of a single unit (implements evaluate.Names)."""

    facts: LevelFacts
    row: int
    size: int = 1

    def term(self, name: str) -> Term:
        """Return the unit's own element of a column."""
        found = self.facts.term(name)
        at = slice(self.row, self.row + 1)
        return Term(found.kind, found.values[at], found.known[at])

    def down(self, level: str) -> Names:
        """Return all units of a finer level."""
        return self.facts.down(level)

    def gather(self, level: str, amounts: Floats) -> Floats:
        """Return the sum over the units that lie in this one."""
        return self.facts.gather(level, amounts)[self.row : self.row + 1]


def explain(rule: Rule, facts: YearFacts, unit_id: str, book: Catalogue) -> dict[str, Any]:
    """Explain one rule at one unit in one year, as JSON-ready data."""
    level = unit_id.partition(":")[0]
    names = facts.level(level)
    place = names.units.index.get_indexer(pd.Index([unit_id]))
    if level not in rule.levels or place[0] < 0:
        raise NotFound(f"rule {rule.code} does not speak about {unit_id}")
    row = int(place[0])
    found = names.keep(("assessed", rule.code), lambda: assess(rule, names))
    rows = np.array([row], np.int64)
    outcome = OUTCOMES[int(found.outcome[row])]
    one = OneUnit(names, row)
    holds = {code: here[rows] for code, here in _holding(rule, names).items()}
    code = str(leading(rule, holds, 1)[0])
    words = which(rule, holds, book, 1)
    fields = sentence_fields(found, names, rows, _period(code, names, rows), words)
    fires = int(found.outcome[row])
    conditions = _conditions(rule.when, one)
    return {
        "rule": {
            "code": rule.code,
            "version": rule.version,
            "name": rule.name,
            "clause": rule.clause,
            "provenance": rule.provenance,
            "reference": rule.reference or book.reference(code),
            "when": rule.when.text,
            "scope": rule.scope.text if rule.scope else "",
        },
        "unit_id": unit_id,
        "level": level,
        "year": facts.year,
        "outcome": outcome,
        "fires": True if fires == FIRES else None if fires == UNKNOWN else False,
        "verdict": _VERDICTS[outcome],
        "value": _number(found.value[row]),
        "threshold": _number(found.limit[row]),
        "margin": _number(found.margin[row]),
        "unit": rule.unit,
        "why": _text(rule.why, fields) if fires == FIRES else None,
        "inputs": orjson.loads(str(evidence_json(rule.names, names, rows, book)[0])),
        "missing": [name for name in rule.names if not names.term(name).known[row]],
        "conditions": conditions,
        "why_not": [] if fires == FIRES else [c for c in conditions if c["holds"] is not True],
        "what_would_fix": {
            "text": _text(rule.fix, fields) if fires == FIRES else None,
            "need": _number(found.need[row]) if fires == FIRES else None,
            "headroom": _number(-found.margin[row]) if found.margin[row] <= 0 else None,
            "target": _number(found.limit[row]),
            "better": rule.better,
            "measures": list(rule.measures),
        },
    }


def _holding(rule: Rule, names: LevelFacts) -> dict[str, npt.NDArray[np.bool_]]:
    return names.keep(("holding", rule.code), lambda: holding(rule, names))


def _conditions(when: Expression, one: OneUnit) -> list[dict[str, Any]]:
    """Each part of the condition with its answer; parts are joined by and / or at the top."""
    top = when.tree
    parts = top.values if isinstance(top, ast.BoolOp) else [top]
    joined = (
        "" if not isinstance(top, ast.BoolOp) else "and" if isinstance(top.op, ast.And) else "or"
    )
    found = []
    for part in parts:
        expression = parse(ast.unparse(part))
        term = evaluate(expression, one)
        holds = bool(term.values[0]) if term.known[0] else None
        found.append({"text": expression.text, "holds": holds, "joined": joined})
    return found


def _period(code: str, names: LevelFacts, rows: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
    if not code:
        return np.full(len(rows), "", object)
    return origin_of(names.figure(code), rows)[2]


def _text(words: Text, fields: dict[str, dict[str, Any]]) -> Text:
    return text(
        fill(words["zh"], fields["zh"], 1)[0],
        fill(words["en"], fields["en"], 1)[0],
    )


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
