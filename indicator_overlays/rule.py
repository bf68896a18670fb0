"""Diagnosis rules as data: the shipped ones and a city's own, read, checked, never executed."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LEVELS
from cim_bridge.texts import Text, as_text
from indicator_overlays.expression import Expression, ExpressionInvalid, parse
from indicator_overlays.facts import ATTRIBUTES
from indicator_overlays.indicator import IndicatorSystem

SHIPPED = Path(__file__).parent / "rules"
"""One TOML file a rule; files starting with `_` are not rules."""

_TEXTS = ("name", "clause", "department", "why", "fix")
_REQUIRED = ("code", "version", "name", "levels", "when", "clause", "why", "fix")


@dataclass(frozen=True)
class Rule:
    """One rule: when it fires, how far over the line, what to say and who acts.

    scope: which units it speaks about (None all). when: fires where true. value, limit: the figure
    shown and the line it is held against; margin is how far it lies on the wrong side. need: how
    much would mend it. near: share of the limit within which a healthy unit counts as nearly firing
    (absolute amount where the limit is 0). reference: the line is not an official standard.
    terms: short words for the indicators that the condition joins, for `{which}`. everyone: the
    finding concerns all people of the unit. most: the highest severity it can reach.
    """

    code: str
    version: str
    name: Text
    levels: tuple[str, ...]
    when: Expression
    clause: Text
    why: Text
    fix: Text
    scope: Expression | None = None
    value: Expression | None = None
    limit: Expression | None = None
    need: Expression | None = None
    people: Expression | None = None
    better: str = "higher"
    unit: str = ""
    unit_text: Text | None = None
    indicator: str = ""
    evidence: tuple[str, ...] = ()
    systems: tuple[str, ...] = ()
    near: float = 0.1
    base: int = 0
    most: str = "high"
    everyone: bool = True
    bottom_line: bool = False
    reference: bool = True
    provenance: str = ""
    department: Text | None = None
    measures: tuple[Text, ...] = ()
    terms: dict[str, Text] = field(default_factory=dict)
    origin: str = "shipped"
    document: dict[str, Any] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Every name the rule needs on its own level, in the order of the text."""
        parts = [self.scope, self.when, self.value, self.limit]
        found = [name for part in parts if part for name in part.names]
        return tuple(dict.fromkeys([*found, *self.evidence]))

    def to_json(self) -> dict[str, Any]:
        """Return what the rule's file says, for the release and the reader."""
        return {**(self.document or {}), "origin": self.origin}


def load_rules(
    folder: CityFolder | None = None, systems: dict[str, IndicatorSystem] | None = None
) -> tuple[list[Rule], IssueLog]:
    """Read the shipped rules and the city's own; a city's rule of the same code replaces ours.

    Broken rules are Issues of severity error; the caller refuses to go on.
    """
    log = IssueLog()
    rules = {rule.code: rule for rule in _read_folder(SHIPPED, "shipped", log)}
    if folder is not None:
        for rule in _read_folder(folder.rules, "city", log):
            rules[rule.code] = rule
    if systems is not None:
        known = {code for system in systems.values() for code in system.indicators}
        for rule in rules.values():
            if rule.origin != "shipped":
                _check_names(rule, known, log)
    return [rules[code] for code in sorted(rules)], log


def is_idle(rule: Rule, codes: set[str]) -> bool:
    """Whether no system of the city has any indicator the rule's condition asks for."""
    names = [name.rpartition(".")[2] for name in rule.when.names]
    names += [name.rpartition(".")[2] for below in rule.when.below.values() for name in below]
    wanted = {name for name in names if name not in ATTRIBUTES}
    return bool(wanted) and not wanted & codes


def rules_of(documents: Iterable[dict[str, Any]]) -> list[Rule]:
    """Rebuild rules from what a results release pinned."""
    log = IssueLog()
    found = [_rule(doc, str(doc["code"]), str(doc.get("origin", "")), log) for doc in documents]
    log.raise_if_errors()
    return [rule for rule in found if rule is not None]


def _read_folder(folder: Path, origin: str, log: IssueLog) -> list[Rule]:
    found: dict[str, Rule] = {}
    for file in sorted(folder.glob("*.toml")):
        if file.name.startswith("_"):
            continue
        try:
            document = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
            log.add("RULE_UNREADABLE", file=file, reason=str(exc))
            continue
        rule = _rule(document, file.name, origin, log)
        if rule is None:
            continue
        if rule.code in found:
            log.add("RULE_CODE_TWICE", file=file, id=rule.code)
        found[rule.code] = rule
    return list(found.values())


def _rule(document: dict[str, Any], file: str, origin: str, log: IssueLog) -> Rule | None:
    missing = [key for key in _REQUIRED if not document.get(key)]
    for key in missing:
        log.add("RULE_KEY_MISSING", file=file, cell=key, id=document.get("code", ""), key=key)
    levels = document.get("levels", [])
    wrong = [level for level in levels if level not in LEVELS]
    for level in wrong:
        log.add("RULE_LEVEL_UNKNOWN", file=file, cell="levels", level=level)
    before = len(log.errors)
    parsed = {key: _expression(document, key, file, log) for key in _EXPRESSIONS}
    when = parsed.pop("when")
    if missing or wrong or len(log.errors) > before or when is None:
        return None
    try:
        return _make(document, parsed, when, origin)
    except (TypeError, ValueError, KeyError) as exc:
        log.add("RULE_UNREADABLE", file=file, reason=str(exc))
        return None


_EXPRESSIONS = ("scope", "when", "value", "limit", "need", "people")


def _make(document: dict[str, Any], parsed: dict[str, Any], when: Expression, origin: str) -> Rule:
    better = str(document.get("better", "higher"))
    if better not in ("higher", "lower"):
        raise ValueError(f"better = {better!r}: use higher or lower")
    most = str(document.get("most", "high"))
    if most not in ("low", "medium", "high"):
        raise ValueError(f"most = {most!r}: use low, medium or high")
    texts: dict[str, Any] = {key: as_text(document[key]) for key in _TEXTS if key in document}
    unit_text = document.get("unit_text")
    return Rule(
        code=str(document["code"]),
        version=str(document["version"]),
        levels=tuple(document["levels"]),
        when=when,
        better=better,
        unit=str(document.get("unit", "")),
        unit_text=as_text(unit_text) if unit_text else None,
        indicator=str(document.get("indicator", "")),
        evidence=tuple(document.get("evidence", ())),
        systems=tuple(document.get("systems", ())),
        near=float(document.get("near", 0.1)),
        base=int(document.get("base", 0)),
        most=most,
        everyone=bool(document.get("everyone", True)),
        bottom_line=bool(document.get("bottom_line", False)),
        reference=bool(document.get("reference", True)),
        provenance=str(document.get("provenance", "")),
        measures=tuple(as_text(item) for item in document.get("measures", ())),
        terms={str(name): as_text(words) for name, words in document.get("terms", {}).items()},
        origin=origin,
        document={key: value for key, value in document.items() if key != "origin"},
        **texts,
        **parsed,
    )


def _expression(document: dict[str, Any], key: str, file: str, log: IssueLog) -> Expression | None:
    written = document.get(key)
    if written in (None, ""):
        return None
    try:
        return parse(str(written))
    except ExpressionInvalid as exc:
        log.add(
            "RULE_EXPRESSION_INVALID",
            file=file,
            cell=key,
            id=document.get("code", ""),
            key=key,
            text=str(written),
            reason=str(exc),
        )
        return None


def _check_names(rule: Rule, codes: set[str], log: IssueLog) -> None:
    parts = [rule.scope, rule.when, rule.value, rule.limit, rule.need, rule.people]
    wanted = [name for part in parts if part for name in part.names]
    wanted += [n for part in parts if part for names in part.below.values() for n in names]
    for name in dict.fromkeys([*wanted, *rule.evidence]):
        plain = name.rpartition(".")[2]
        if plain not in codes and plain not in ATTRIBUTES:
            log.add("RULE_NAME_UNKNOWN", file=f"{rule.code}.toml", cell="when", id=name)
