"""Findings about input: a code, the place, why, and how to mend it, in two languages.

Bad data is never an exception and never dropped in silence: it is an Issue. The texts of all codes
are data (`codes/*.toml` of each package); code only names a code and fills its parameters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cim_bridge.errors import InputRefused, TwinError
from cim_bridge.texts import Text, as_text, text

Severity = Literal["error", "warning", "info"]

_REGISTRY: dict[str, CodeEntry] = {}


@dataclass(frozen=True, slots=True)
class CodeEntry:
    """The texts of one Issue code, with `{parameters}` still open."""

    code: str
    severity: Severity
    why: Text
    fix: Text


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the input: file, layer or sheet, 1-based row, cell or column, id."""

    file: str = ""
    layer: str = ""
    row: int | None = None
    cell: str = ""
    id: str = ""

    def __str__(self) -> str:
        sheet = f"{self.layer}!{self.cell}" if self.layer and self.cell else self.layer or self.cell
        row = f"row {self.row}" if self.row is not None else ""
        return " ".join(part for part in (self.file, sheet, row, self.id) if part) or "(input)"

    def to_json(self) -> dict[str, Any]:
        """Return only what is known."""
        known = {"file": self.file, "layer": self.layer, "cell": self.cell, "id": self.id}
        found: dict[str, Any] = {key: value for key, value in known.items() if value}
        if self.row is not None:
            found["row"] = self.row
        return found


@dataclass(frozen=True, slots=True)
class Issue:
    """One finding; `count` > 1 when one line stands for many of the same kind."""

    code: str
    severity: Severity
    place: Place
    why: Text
    fix: Text
    count: int = 1

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "code": self.code,
            "severity": self.severity,
            "place": self.place.to_json(),
            "why": dict(self.why),
            "fix": dict(self.fix),
            "count": self.count,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Issue:
        """Return the Issue that `to_json` told."""
        return cls(
            data["code"], data["severity"], Place(**data["place"]), as_text(data["why"]),
            as_text(data["fix"]), data["count"],
        )  # fmt: skip


class IssueLog:
    """Collects Issues in the order they were found."""

    def __init__(self, issues: Iterable[Issue] = ()) -> None:
        self._issues: list[Issue] = list(issues)

    def add(
        self,
        code: str,
        *,
        file: object = "",
        layer: str = "",
        row: int | None = None,
        cell: str = "",
        id: object = "",
        count: int = 1,
        **params: object,
    ) -> Issue:
        """Record one finding of a registered code; `params` fill its texts."""
        entry = codes().get(code)
        if entry is None:
            raise TwinError(f"issue code {code} has no entry in any codes/*.toml")
        name = file.name if isinstance(file, Path) else str(file)
        params = {"count": count, "id": id, "file": name, "row": row, "cell": cell, **params}
        issue = Issue(
            code=code,
            severity=entry.severity,
            place=Place(file=name, layer=layer, row=row, cell=cell, id=str(id)),
            why=text(_fill(entry.why["zh"], params), _fill(entry.why["en"], params)),
            fix=text(_fill(entry.fix["zh"], params), _fill(entry.fix["en"], params)),
            count=count,
        )
        self._issues.append(issue)
        return issue

    def extend(self, other: Iterable[Issue]) -> None:
        """Append the findings of another log."""
        self._issues.extend(other)

    @property
    def errors(self) -> list[Issue]:
        """The findings that refuse the input."""
        return [issue for issue in self._issues if issue.severity == "error"]

    @property
    def warnings(self) -> list[Issue]:
        """The findings a person should look at; the input is taken."""
        return [issue for issue in self._issues if issue.severity == "warning"]

    def raise_if_errors(self) -> None:
        """Raise InputRefused when at least one error was found."""
        if self.errors:
            raise InputRefused(self)

    def to_json(self) -> list[dict[str, Any]]:
        """Return all findings as JSON-ready dicts."""
        return [issue.to_json() for issue in self._issues]

    def __len__(self) -> int:
        return len(self._issues)

    def __iter__(self) -> Iterator[Issue]:
        return iter(self._issues)

    def __repr__(self) -> str:
        return f"IssueLog({[issue.code for issue in self._issues]})"


def _fill(template: str, params: dict[str, object]) -> str:
    try:
        return template.format(**params)
    except (KeyError, IndexError) as exc:
        raise TwinError(f"issue text {template!r} lacks parameter {exc}") from exc


def register_codes(path: Path) -> None:
    """Register every code of one TOML file; a code defined twice is a fault of ours."""
    import tomllib

    table = tomllib.loads(path.read_text(encoding="utf-8"))
    for code, entry in table.items():
        known = _REGISTRY.get(code)
        made = CodeEntry(code, entry["severity"], as_text(entry["why"]), as_text(entry["fix"]))
        if known is not None and known != made:
            raise TwinError(f"issue code {code} is defined twice ({path.name})")
        _REGISTRY[code] = made


def codes() -> dict[str, CodeEntry]:
    """Return every registered code."""
    _register_own()
    return _REGISTRY


@cache
def _register_own() -> None:
    """Register the bridge's own codes; parsing them takes longer than many a file takes to read."""
    for file in sorted((Path(__file__).parent / "codes").glob("*.toml")):
        register_codes(file)
