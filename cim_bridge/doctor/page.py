"""A report as one page of HTML that needs nothing else: no script, no request, both languages."""

from __future__ import annotations

from html import escape
from pathlib import Path
from string import Template

from cim_bridge.doctor.report import Fact, Report, Section
from cim_bridge.doctor.terminal import by_code
from cim_bridge.doctor.words import say
from cim_bridge.issues import Issue
from cim_bridge.texts import Text


def page(report: Report) -> str:
    """The whole page; the same report gives the same text."""
    template = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
    told = report.verdict
    commands = "".join(f"<li><code>{escape(command)}</code></li>" for command in told.commands)
    heading = _two(say("page.next"))
    steps = f"<section class=next><h2>{heading}</h2><ol>{commands}</ol></section>"
    return template.substitute(
        title=_two(say("page.title")),
        name=escape(" · ".join(section.title["zh"] for section in report.sections[:3])),
        word=told.word,
        state=_two(say(f"page.{told.word}")),
        verdict=_two(told.text),
        next=steps if commands else "",
        map=_map(report.picture()),
        sections="".join(_section(section) for section in report.sections),
        findings=_findings(report),
        made=_two(say("page.made")),
    )


def _two(told: Text) -> str:
    """Both languages; one where they are the same."""
    zh, en = escape(told["zh"]), escape(told["en"])
    if zh == en:
        return f"<span>{zh}</span>"
    return f"<span lang=zh>{zh}</span><span lang=en>{en}</span>"


def _map(drawn: str) -> str:
    return f"<section><h2>{_two(say('map.title'))}</h2>{drawn}</section>" if drawn else ""


def _section(section: Section) -> str:
    rows = "".join(_fact(fact) for fact in section.facts)
    return f"<section><h2>{_two(section.title)}</h2><dl>{rows}</dl></section>"


def _fact(fact: Fact) -> str:
    mark = f' class="{fact.mark}"' if fact.mark else ""
    return f"<div{mark}><dt>{_two(fact.label)}</dt><dd>{_two(fact.value)}</dd></div>"


def _findings(report: Report) -> str:
    found = "".join(_issue(issue, times) for issue, times in by_code(report.log))
    body = f"<ul class=findings>{found}</ul>" if found else f"<p>{_two(say('page.none'))}</p>"
    return f"<section><h2>{_two(say('page.findings'))}</h2>{body}</section>"


def _issue(issue: Issue, times: int) -> str:
    more = f" <small>{_two(say('page.more', n=times - 1))}</small>" if times > 1 else ""
    head = (
        f"<b>{_two(say(f'page.{issue.severity}'))}</b>"
        f"<code>{escape(issue.code)}</code> <i>{escape(str(issue.place))}</i>{more}"
    )
    return (
        f'<li class="{issue.severity}"><header>{head}</header>'
        f"<p>{_two(issue.why)}</p><p class=fix>{_two(issue.fix)}</p></li>"
    )
