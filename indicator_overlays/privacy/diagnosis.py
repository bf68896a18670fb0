"""Diagnosis in two halves: what rules find in public values, and what they find in buildings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from cim_bridge.progress import Progress
from indicator_overlays.assembly import Assembly
from indicator_overlays.diagnose import diagnose_years
from indicator_overlays.loaded import merge_problems
from indicator_overlays.privacy.findings import Findings, split_findings
from indicator_overlays.privacy.sensitive import private_levels
from indicator_overlays.privacy.veil import Veiled
from indicator_overlays.rule import Rule


@dataclass(frozen=True)
class VeiledReport:
    """findings: problems in both halves. assessed, private: counts of outcomes in each.

    rules: those that may be run on public values, at the levels where they may. levels: rule code →
    levels that are kept back.
    """

    findings: Findings
    assessed: list[dict[str, object]]
    private: list[dict[str, object]]
    rules: list[Rule]
    levels: dict[str, tuple[str, ...]]


def diagnose_veiled(
    whole: Assembly, veil: Veiled, loaded: pa.Table, progress: Progress
) -> VeiledReport:
    """Run every rule once at each level, on public values wherever it may be.

    A rule that reads sensitive values of single buildings is run on the whole; its problems at
    other levels than the building are kept back (RULE_PRIVATE).
    """
    found = {rule.code: private_levels(rule, veil.codes) for rule in whole.rules}
    levels = {code: held for code, held in found.items() if held}
    for code, held in levels.items():
        if set(held) - {"building"}:
            whole.log.add("RULE_PRIVATE", file=f"{code}.toml", id=code)
    public = _at(whole.rules, levels, inside=False)
    private = _at(whole.rules, levels, inside=True)
    book = whole.catalogue
    report = diagnose_years(
        (veil.public.facts(year) for year in whole.years), public, book, progress=progress
    )
    report.log.raise_if_errors()
    problems, assessed = report.problems, []
    if private:
        kept = diagnose_years((whole.facts(year) for year in whole.years), private, book)
        kept.log.raise_if_errors()
        problems = pa.concat_tables([problems, kept.problems])
        assessed = kept.assessed
    merged = merge_problems(problems, loaded, whole.units, whole.rules)
    findings = split_findings(merged, whole.rules, veil, book, levels)
    if findings.moved or findings.private.num_rows:
        nothing = loaded.slice(0, 0)
        findings = replace(findings, public=merge_problems(findings.public, nothing, whole.units))
    return VeiledReport(findings, report.assessed, assessed, public, levels)


def _at(rules: Sequence[Rule], levels: dict[str, tuple[str, ...]], *, inside: bool) -> list[Rule]:
    """Rules with only the levels that are kept back (`inside`), or only the others."""
    found = []
    for rule in rules:
        held = levels.get(rule.code, ())
        kept = tuple(level for level in rule.levels if (level in held) is inside)
        if kept == rule.levels:
            found.append(rule)
        elif kept:
            document = {**(rule.document or {}), "levels": list(kept)}
            found.append(replace(rule, levels=kept, document=document))
    return found
