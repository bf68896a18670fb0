"""A report as lines for a terminal: the verdict first, then calm facts, then what is wrong."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

from cim_bridge.doctor.report import Fact, Report
from cim_bridge.doctor.words import say
from cim_bridge.issues import Issue
from cim_bridge.texts import Text

MOST = 60
"""Lines that are shown without --verbose."""
_SIGNS = {"works": "✓", "works_after": "!", "fails": "✗"}
_MARKS = {"": " ", "ok": "✓", "warn": "!", "bad": "✗"}
_LEVELS = {"error": "✗", "warning": "!", "info": "·"}
_LABEL = 25


def lines(report: Report, *, verbose: bool = False) -> list[str]:
    """Lines without colours; each begins with ✓, !, ✗, · or a space."""
    head = _verdict(report)
    facts = _facts(report, verbose=verbose)
    found = _findings(report, verbose=verbose)
    room = MOST - len(head) - len(found)
    if not verbose and len(facts) > room:
        facts = _facts(report, verbose=False, brief=True)
    if not verbose and len(facts) > max(room, 10):
        room = max(room, 10)
        cut = say("page.cut", n=len(facts) - room)
        facts = [*facts[:room], f"  {cut['zh']} / {cut['en']}"]
    return [*head, *facts, *found]


def _verdict(report: Report) -> list[str]:
    sign, told = _SIGNS[report.verdict.word], report.verdict.text
    head = [f"{sign} {told['zh']}", f"  {told['en']}"]
    return [*head, *(f"  $ {command}" for command in report.verdict.commands)]


def _facts(report: Report, *, verbose: bool, brief: bool = False) -> list[str]:
    found: list[str] = []
    for section in report.sections:
        shown = [
            fact for fact in section.facts
            if verbose or not (fact.detail or (brief and fact.mark in ("", "ok")))
        ]  # fmt: skip
        if shown or not brief:
            found += ["", f"  {_one(section.title)}"]
        for fact in shown:
            found += _fact(fact)
    return found


def _one(told: Text) -> str:
    return told["zh"] if told["zh"] == told["en"] else f"{told['zh']} / {told['en']}"


def _fact(fact: Fact) -> list[str]:
    """One line, or two where the languages differ and are long together."""
    label = f"{fact.label['zh']} {fact.label['en']}"
    pad = " " * max(1, _LABEL - _width(label))
    zh, en = fact.value["zh"], fact.value["en"]
    head = f"{_MARKS[fact.mark]}   {label}{pad}"
    if zh == en:
        return [head + zh]
    if _width(zh) + _width(en) <= 72:
        return [f"{head}{zh} / {en}"]
    return [head + zh, " " * (4 + _LABEL) + en]


def _width(word: str) -> int:
    """Columns of a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in word)


def _findings(report: Report, *, verbose: bool) -> list[str]:
    """Errors with their remedy, warnings, and the number of notes; one of each code."""
    if not len(report.log):
        return []
    found = [""]
    quiet = 0
    for issue, times in by_code(report.log):
        if issue.severity == "info" and not verbose:
            quiet += 1
            continue
        found += _issue(issue, times, verbose=verbose)
    if quiet:
        told = say("page.quiet", n=quiet)
        found.append(f"·   {told['zh']} / {told['en']}")
    return found


def by_code(log: Iterable[Issue]) -> list[tuple[Issue, int]]:
    """The first finding of each code and severity, worst first, with how many there are."""
    order = {"error": 0, "warning": 1, "info": 2}
    first: dict[str, Issue] = {}
    times: Counter[str] = Counter()
    for issue in log:
        first.setdefault(issue.code, issue)
        times[issue.code] += 1
    worst = sorted(first.values(), key=lambda issue: order[issue.severity])
    return [(issue, times[issue.code]) for issue in worst]


def _issue(issue: Issue, times: int, *, verbose: bool) -> list[str]:
    more = ""
    if times > 1:
        told = say("page.more", n=times - 1)
        more = f"  ({told['zh']} / {told['en']})"
    found = [f"{_LEVELS[issue.severity]}   {issue.code}  {issue.place}{more}"]
    found += [f"      {issue.why['zh']}", f"      {issue.why['en']}"]
    if verbose or issue.severity == "error":
        found += [f"      → {issue.fix['zh']}", f"      → {issue.fix['en']}"]
    return found
