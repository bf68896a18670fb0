"""How a verb speaks: lines and Issues for people, one JSON document for machines, an exit code.

0 done; 1 refused (Issues say why); 2 wrong use; 130 stopped by a person, nothing half-made kept.
"""

from __future__ import annotations

import functools
import os
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import orjson

from cim_bridge.errors import Cancelled, InputRefused, TwinError, WrongUse
from cim_bridge.issues import Issue, IssueLog
from cim_bridge.progress import SILENT, Progress, TerminalProgress

EXIT_REFUSED = 1
EXIT_WRONG_USE = 2
EXIT_STOPPED = 130

_MARKS = {"error": ("✗", "red"), "warning": ("!", "yellow"), "info": ("·", "blue")}
_LINES_PER_CODE = 8


@dataclass
class Answer:
    """What a verb has to say: `data` for machines, `lines` for people, findings for both.

    issues_told: the lines hold what people need of the findings already.
    """

    data: dict[str, Any] | list[Any] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    issues: IssueLog = field(default_factory=IssueLog)
    exit_code: int = 0
    issues_told: bool = False


def verb(function: Callable[..., Answer | None]) -> Callable[..., None]:
    """Make a function a verb: `--json`, errors as Issues, exit codes. Put it under @click.command.

    The function gets `progress` (silent with --json) beside its own parameters, and answers an
    Answer, or None when it has spoken already (a server that ran).
    """

    @click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
    @functools.wraps(function)
    def run(*args: Any, as_json: bool, **kwargs: Any) -> None:
        progress: Progress = SILENT if as_json else TerminalProgress()
        try:
            _judge_names(kwargs.values())
            answer = function(*args, progress=progress, **kwargs)
        except (TwinError, KeyboardInterrupt) as exc:
            answer = _failed(exc)
        except OSError as exc:
            if exc.filename is None:
                raise
            answer = _failed(_refused_by_system(exc))
        if answer is None:
            return
        say(answer, as_json=as_json)
        if answer.exit_code:
            raise SystemExit(answer.exit_code)

    return run


def _judge_names(values: Iterable[Any]) -> None:
    """Refuse files whose names are not UTF-8: they could stand in no record and no report."""
    log = IssueLog()
    for value in values:
        for path in value if isinstance(value, tuple) else (value,):
            if isinstance(path, Path) and not str(path).isascii():
                written = os.fsencode(path.name)
                try:
                    os.fsencode(path).decode("utf-8")
                except UnicodeDecodeError:
                    name = written.decode("gb18030", "replace")
                    log.add("NAME_NOT_UTF8", file=name, name=name)
    log.raise_if_errors()


def _refused_by_system(exc: OSError) -> InputRefused:
    """A file that may not be read or written, a full disk: as an Issue."""
    log = IssueLog()
    name = os.fsencode(str(exc.filename2 or exc.filename)).decode("utf-8", "replace")
    log.add("SYSTEM_REFUSED", file=name, reason=exc.strerror or type(exc).__name__)
    return InputRefused(log)


def _failed(exc: BaseException) -> Answer:
    if isinstance(exc, (KeyboardInterrupt, Cancelled)):
        lines = [
            "已停止；没有留下半成品，可重新运行",
            "Stopped; nothing half-made was kept, run it again",
        ]
        return Answer({"error": "cancelled"}, lines, exit_code=EXIT_STOPPED)
    if isinstance(exc, InputRefused):
        return Answer({"error": "refused"}, [], exc.log, EXIT_REFUSED)
    if isinstance(exc, WrongUse):
        return Answer({"error": str(exc)}, [f"Error: {exc}"], exit_code=EXIT_WRONG_USE)
    return Answer({"error": str(exc)}, [f"Error: {exc}"], exit_code=EXIT_REFUSED)


def say(answer: Answer, *, as_json: bool) -> None:
    """Print an answer; findings and failures go to stderr, results to stdout."""
    if as_json:
        click.echo(_document(answer))
        return
    for line in () if answer.issues_told else issue_lines(answer.issues):
        click.echo(line, err=True)
    for line in answer.lines:
        click.echo(line, err=answer.exit_code != 0)


def _document(answer: Answer) -> str:
    data: Any = answer.data
    if isinstance(data, dict):
        data = {"ok": answer.exit_code == 0, **data, "issues": answer.issues.to_json()}
    option = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_SERIALIZE_NUMPY
    return orjson.dumps(data, default=str, option=option).decode()


def issue_lines(issues: Iterable[Issue]) -> list[str]:
    """Findings for a terminal: code and place, then Chinese, English and the remedy.

    At most eight lines a code are shown; the rest is counted, `--json` lists all of them.
    """
    shown: Counter[str] = Counter()
    hidden: Counter[str] = Counter()
    lines: list[str] = []
    for issue in issues:
        shown[issue.code] += 1
        if shown[issue.code] > _LINES_PER_CODE:
            hidden[issue.code] += 1
        else:
            lines += _issue(issue)
    lines += [
        f"  … {code}: 另有 {n} 处 / {n} more (--json lists all)" for code, n in hidden.items()
    ]
    return lines


def _issue(issue: Issue) -> list[str]:
    mark, colour = _MARKS[issue.severity]
    times = f"  ×{issue.count}" if issue.count > 1 else ""
    head = click.style(f"{mark} {issue.code}", fg=colour, bold=True)
    return [
        f"{head}  {issue.place}{times}",
        f"    {issue.why['zh']}",
        *([f"    {issue.why['en']}"] if issue.why["en"] != issue.why["zh"] else []),
        f"    → {issue.fix['zh']}",
        *([f"    → {issue.fix['en']}"] if issue.fix["en"] != issue.fix["zh"] else []),
    ]
