"""From values to problems: every rule, level and year, with evidence, margin and severity."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.progress import SILENT, Progress
from cim_bridge.texts import Text, text
from indicator_overlays.assess import FIRES, Assessment, assess
from indicator_overlays.evidence import Catalogue, evidence_json, origin_of
from indicator_overlays.expression import ExpressionInvalid
from indicator_overlays.facts import LevelFacts, YearFacts
from indicator_overlays.leading import Holds, holding, leading
from indicator_overlays.phrases import UNKNOWN, Texts, fill, joined, numbers
from indicator_overlays.problems_table import DIAGNOSIS_SCHEMA, problem_ids, problem_table
from indicator_overlays.rule import Rule, is_idle
from indicator_overlays.severity import Severity, load_severity

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class DiagnosisReport:
    """Problems found, what could not be assessed, and what was wrong with the rules."""

    problems: pa.Table
    assessed: list[dict[str, object]]
    log: IssueLog = field(default_factory=IssueLog)

    def count(self, severity: str) -> int:
        """Number of problems of one severity."""
        return self.problems["severity"].to_pylist().count(severity)


def diagnose(folder: CityFolder, year: int, progress: Progress = SILENT) -> DiagnosisReport:
    """Diagnose one checkup year of a city from its batches; writes nothing."""
    from indicator_overlays.assembly import assemble

    parts = assemble(folder, progress=progress, years=(year,))
    years = [*[item for item in parts.years if item < year][-1:], year]
    report = diagnose_years(
        [parts.facts(item) for item in years], parts.rules, parts.catalogue, progress=progress
    )
    keep = pc.equal(report.problems["year"], pa.scalar(year, pa.int32()))
    assessed = [item for item in report.assessed if item["year"] == year]
    return DiagnosisReport(report.problems.filter(keep), assessed, report.log)


def diagnose_years(
    years: Iterable[YearFacts],
    rules: Sequence[Rule],
    book: Catalogue,
    *,
    severity: Severity | None = None,
    progress: Progress = SILENT,
) -> DiagnosisReport:
    """Diagnose years in ascending order; a finding of the year before makes one a repeated one."""
    table = severity or load_severity()
    log = IssueLog()
    parts: list[pa.Table] = [DIAGNOSIS_SCHEMA.empty_table()]
    assessed: list[dict[str, object]] = []
    before: dict[tuple[str, str], npt.NDArray[np.bool_]] = {}
    awake = [rule for rule in rules if not is_idle(rule, book.codes)]
    progress.stage("diagnosis")
    for facts in years:
        fired: dict[tuple[str, str], npt.NDArray[np.bool_]] = {}
        for rule in awake:
            for found in _assess_levels(rule, facts, log):
                key = (rule.code, found.level)
                fired[key] = found.outcome == FIRES
                again = before.get(key, np.zeros(len(found.outcome), bool))
                assessed.append(found.summary())
                parts.append(problems_of(found, facts.level(found.level), table, book, again))
                progress.advance()
        before = fired
    progress.done()
    return DiagnosisReport(pa.concat_tables(parts).combine_chunks(), assessed, log)


def _assess_levels(rule: Rule, facts: YearFacts, log: IssueLog) -> list[Assessment]:
    found = []
    for level in rule.levels:
        names = facts.level(level)
        if names.size == 0:
            continue
        try:
            found.append(assess(rule, names))
        except ExpressionInvalid as exc:
            log.add(
                "RULE_EXPRESSION_INVALID",
                file=f"{rule.code}.toml",
                cell="when",
                id=rule.code,
                key="when",
                text=rule.when.text,
                reason=str(exc),
            )
    return found


def problems_of(
    found: Assessment,
    facts: LevelFacts,
    severity: Severity,
    book: Catalogue,
    again: npt.NDArray[np.bool_],
) -> pa.Table:
    """One row for each unit where the rule fires."""
    rule = found.rule
    rows: Rows = np.flatnonzero(found.outcome == FIRES).astype(np.int64)
    ids = facts.units.ids[rows]
    points = severity.points(found, rows, again[rows])
    holds = {code: here[rows] for code, here in holding(rule, facts).items()}
    code = leading(rule, holds, len(rows))
    system, period, address = _whence(code, facts, rows)
    fields = sentence_fields(found, facts, rows, period, which(rule, holds, book, len(rows)))
    columns: dict[str, Any] = {
        "problem_id": problem_ids(rule.code, ids, found.year),
        "rule": rule.code,
        "rule_version": rule.version,
        "unit_id": ids,
        "level": found.level,
        "row": rows.astype(np.uint32),
        "year": found.year,
        "severity": severity.grade(points, rule.most),
        "points": points.astype(np.int32),
        "state": "candidate",
        "value": found.value[rows],
        "threshold": found.limit[rows],
        "margin": found.margin[rows],
        "need": found.need[rows],
        "unit": rule.unit,
        "indicator": code,
        "system": system,
        "period": period,
        "address": address,
        "people": found.people[rows],
        "area": facts.units.numbers("area")[rows],
        "evidence": evidence_json(rule.names, facts, rows, book, holds if len(holds) > 1 else None),
        "measures": orjson.dumps(list(rule.measures)).decode(),
        "origin": "rule",
        "repeated": again[rows],
        "reference": _reference(rule, code, book),
    }
    columns |= _sentences(rule, fields, len(rows))
    return problem_table(columns, len(rows))


def _reference(rule: Rule, codes: Texts, book: Catalogue) -> npt.NDArray[np.bool_]:
    """Whether the line is not an official standard, by the indicator that speaks."""
    known = {code: rule.reference or book.reference(code) for code in set(codes.tolist())}
    return np.array([known[code] for code in codes.tolist()], bool)


def _whence(codes: Texts, facts: LevelFacts, rows: Rows) -> tuple[Texts, Texts, Texts]:
    """System, period and address of the leading indicator's value; empty when there is none."""
    system, period, address = (np.full(len(rows), "", object) for _ in range(3))
    for code in sorted(set(codes.tolist()) - {""}):
        mine = np.flatnonzero(codes == code)
        place, system[mine], period[mine], _ = origin_of(facts.figure(code), rows[mine])
        whole = system[mine] + f"/{code}/" + facts.units.ids[rows[mine]] + "/" + period[mine]
        address[mine] = np.where(place >= 0, whole, "")
    return system, period, address


def which(rule: Rule, holds: Holds, book: Catalogue, size: int) -> dict[str, Texts]:
    """Words for the indicators that hold in each row, in both languages."""
    words = {code: rule.terms.get(code) or book.name(code) for code in holds}
    return {
        language: joined(
            {_in(words[code], language): holds[code] for code in holds}, size, *between
        )
        for language, between in (("zh", ("、", "、")), ("en", (", ", " and ")))
    }


def sentence_fields(
    found: Assessment, facts: LevelFacts, rows: Rows, period: Texts, terms: dict[str, Texts]
) -> dict[str, dict[str, Texts | str]]:
    """What templates may name, in both languages; `terms` is what `{which}` stands for."""
    shared: dict[str, Texts | str] = {
        "value": numbers(found.value[rows]),
        "limit": numbers(found.limit[rows]),
        "margin": numbers(np.abs(found.margin[rows])),
        "need": numbers(found.need[rows]),
        "people": numbers(found.people[rows]),
        "period": period,
        "year": str(found.year),
    }
    made: dict[str, dict[str, Texts | str]] = {}
    for language in ("zh", "en"):
        label = facts.units.words(f"label_{language}")[rows]
        plain_id = np.array([str(item).partition(":")[2] for item in facts.units.ids[rows]], object)
        named = np.where(label != "", label, plain_id).astype(object)
        words = {"place": named, "which": terms[language]}
        made[language] = {**shared, **words, **_words(facts, rows)}
    return made


def _words(facts: LevelFacts, rows: Rows) -> dict[str, Texts | str]:
    """Attributes a sentence may show; years without a thousands separator."""
    built = facts.units.numbers("year_built")[rows]
    known = np.isfinite(built)
    years = np.where(known, np.nan_to_num(built).astype(int).astype(str), UNKNOWN).astype(object)
    return {
        "height": numbers(facts.units.numbers("height")[rows]),
        "storeys": numbers(facts.units.numbers("storeys")[rows]),
        "year_built": years,
        "area": numbers(facts.units.numbers("area")[rows]),
    }


def _sentences(
    rule: Rule, fields: dict[str, dict[str, Texts | str]], size: int
) -> dict[str, Texts | str]:
    found: dict[str, Texts | str] = {}
    department = rule.department or text("未定", "not yet decided")
    for language in ("zh", "en"):
        found[f"why_{language}"] = fill(_in(rule.why, language), fields[language], size)
        found[f"fix_{language}"] = fill(_in(rule.fix, language), fields[language], size)
        found[f"title_{language}"] = _in(rule.name, language)
        found[f"clause_{language}"] = _in(rule.clause, language)
        found[f"department_{language}"] = _in(department, language)
    return found


def _in(words: Text, language: str) -> str:
    return words["zh"] if language == "zh" else words["en"]
