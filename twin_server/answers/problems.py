"""Problems of a year, one problem, and its explanation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson

from cim_bridge.texts import text
from indicator_overlays.facts import YearFacts
from indicator_overlays.results_reader import Results
from twin_server.answering import in_order
from twin_server.answers.rulework import book_of, rule_units
from twin_server.answers.themes import theme_codes
from twin_server.coded import Rows
from twin_server.errors import Missing
from twin_server.pinned import Pinned
from twin_server.problems import SEVERITIES, problem_json
from twin_server.twin import Twin


def problem_lines(
    twin: Twin,
    pinned: Pinned,
    year: int | None,
    words: Mapping[str, str | None],
    state: str | None,
    theme: str | None = None,
    within: str | None = None,
) -> Rows:
    """Lines of the problems that fit, worst first; of a theme those of its indicators.

    within: only problems of units that lie in this unit, not its own.
    """
    table = twin.problems
    fitting = table.problems.where(year=twin.year(year), **words)
    keep = np.zeros(table.problems.rows, bool)
    keep[fitting] = True
    if theme is not None:
        codes = {code for _, code in theme_codes(twin, theme)}
        known = [
            place for place, word in enumerate(table.problems.words("indicator")) if word in codes
        ]
        keep &= np.isin(table.problems.codes("indicator"), known)
    if within is not None:
        twin.unit(within)
        inside = {twin.units.ids[line] for line in twin.units.search(parent=within).tolist()}
        names = [
            place for place, name in enumerate(table.problems.words("unit_id")) if name in inside
        ]
        keep &= np.isin(table.problems.codes("unit_id"), names)
    lines: Rows = table.order[keep[table.order]]
    if state is None:
        return lines
    ids = table.problems.values("problem_id", lines)
    states = table.problems.values("state", lines)
    live = [pinned.problem_states.get(i, s) == state for i, s in zip(ids, states, strict=True)]
    kept: Rows = lines[np.array(live, bool)]
    return kept


def problem_order(twin: Twin, lines: Rows, sort: str | None) -> Rows:
    """Lines in the order asked for; equal ones worst first, those without a value last."""
    if sort is None:
        return lines
    name = sort.removeprefix("-")
    found = twin.problems.problems.values("unit_id" if name == "unit" else name, lines)
    if name == "severity":
        found = [SEVERITIES.index(word) for word in found]
    places = in_order(range(len(lines)), sort, lambda place, _: found[place])
    ordered: Rows = lines[np.array(places, np.int64)]
    return ordered


def problem_counts(twin: Twin, pinned: Pinned, lines: Rows) -> dict[str, dict[str, int]]:
    """Counts of all fitting problems, whatever page of them is asked for."""
    table = twin.problems.problems
    states = table.tally("state", lines)
    states["candidate"] = states.pop("", 0) + states.get("candidate", 0)
    chosen = np.zeros(table.rows, bool)
    chosen[lines] = True
    for name, state in pinned.problem_states.items():
        line = twin.problems.by_id.get(name)
        if line is None or not chosen[line]:
            continue
        states[table.values("state", np.array([line]))[0] or "candidate"] -= 1
        states[state] = states.get(state, 0) + 1
    severity = table.tally("severity", lines)
    return {
        "severity": {word: severity.get(word, 0) for word in SEVERITIES},
        "rule": table.tally("rule", lines),
        "state": {state: n for state, n in states.items() if n > 0},
    }


def problem_answer(twin: Twin, pinned: Pinned, lines: Rows | list[int]) -> list[dict[str, Any]]:
    """Problems as the API gives them."""
    if not len(lines):
        return []
    return problem_json(
        twin.problems,
        np.asarray(lines, np.int64),
        twin.units,
        pinned.problem_states,
        pinned.project_states,
    )


def find_problem(twin: Twin, problem_id: str) -> int:
    """Line of a problem."""
    line = twin.problems.by_id.get(problem_id)
    if line is None:
        raise Missing("UNKNOWN_PROBLEM", f"no problem {problem_id!r} in the published results")
    return line


def explain_answer(twin: Twin, line: int) -> dict[str, Any]:
    """Why a rule fires at a unit, and what would mend it; a loaded problem tells what was said."""
    row = twin.problems.problems.records(np.array([line]))[0]
    results, rule = twin.results, row["rule"] or ""
    level = row["unit_id"].partition(":")[0]
    if results is None or rule not in results.rules or level not in results.rules[rule].levels:
        return _told(row)
    found = results.explain(rule, row["unit_id"], _facts(twin, results, row["year"]), book_of(twin))
    why = {
        "text": found["why"] or text(row["why_zh"], row["why_en"]),
        "verdict": found["verdict"],
        "clause": found["rule"]["clause"],
        "threshold": found["threshold"],
        "value": found["value"],
        "margin": found["margin"],
        "unit": found["unit"],
        "reference": found["rule"]["reference"],
        "provenance": found["rule"]["provenance"],
        "when": found["rule"]["when"],
        "conditions": found["conditions"],
        "inputs": found["inputs"],
    }
    return {
        "id": row["problem_id"],
        "rule": {name: found["rule"][name] for name in ("code", "version", "name")},
        "outcome": found["outcome"],
        "fires": found["fires"],
        "why": why,
        "why_not": found["why_not"],
        "what_would_fix": found["what_would_fix"],
        "missing": found["missing"],
    }


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    """What was delivered with a problem that no rule of ours found."""
    return {
        "id": row["problem_id"],
        "rule": None,
        "outcome": "loaded",
        "fires": None,
        "why": {
            "text": text(row["why_zh"], row["why_en"]),
            "value": row["value"],
            "threshold": row["threshold"],
            "margin": row["margin"],
            "unit": row["unit"],
            "inputs": orjson.loads(row["evidence"] or "[]"),
        },
        "why_not": [],
        "what_would_fix": {
            "text": text(row["fix_zh"], row["fix_en"]),
            "measures": orjson.loads(row["measures"] or "[]"),
        },
        "missing": [],
    }


def _facts(twin: Twin, results: Results, year: int) -> YearFacts:
    """Facts of a year, kept: the first explanation of a year reads them."""
    key = ("facts", year)
    if key not in twin.answers and twin.model is not None:
        default = twin.folder.config.default_system
        order = sorted(twin.systems, key=lambda system: system != default)
        twin.answers[key] = results.facts(year, rule_units(twin), order)
    found: YearFacts = twin.answers[key]
    return found
