"""What the doctor hands over: facts in sections for people, plain data for machines, a verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from cim_bridge.doctor.words import both, say
from cim_bridge.issues import IssueLog
from cim_bridge.texts import Text

FORMAT = 1
"""Version of the JSON document."""

Mark = Literal["", "ok", "warn", "bad"]
Word = Literal["works", "works_after", "fails"]


@dataclass(frozen=True)
class Fact:
    """One line: what it is about and what was found. detail: told only to those who ask."""

    label: Text
    value: Text
    mark: Mark = ""
    detail: bool = False


@dataclass
class Section:
    """Facts about one thing: a source, a join, a shift, a table."""

    key: str
    title: Text
    facts: list[Fact] = field(default_factory=list)

    def add(self, name: str, value: Text | str, mark: Mark = "", *, detail: bool = False) -> None:
        """Add a fact; its label is `label.<name>` of the words."""
        told = both(value) if isinstance(value, str) else value
        self.facts.append(Fact(say(f"label.{name}"), told, mark, detail))


@dataclass(frozen=True)
class Verdict:
    """Will it work? commands: what to type next, in order. review: rows a person has to look at."""

    word: Word
    text: Text
    commands: tuple[str, ...] = ()
    review: int = 0

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {
            "word": self.word,
            "text": dict(self.text),
            "commands": list(self.commands),
            "review": self.review,
        }


@dataclass
class Report:
    """Everything found. data: sources, tables, shifts; the keys are told in the README's words."""

    verdict: Verdict
    sections: list[Section]
    data: dict[str, Any]
    log: IssueLog
    picture: Callable[[], str] = str
    """Makes the picture of where the data lies, as HTML; "" where there is none."""

    def to_json(self) -> dict[str, Any]:
        """Return the JSON document without its Issues, which the caller adds."""
        return {"format": FORMAT, "verdict": self.verdict.to_json(), **self.data}
