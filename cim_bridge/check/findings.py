"""Findings about one resource of a tileset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cim_bridge.issues import IssueLog


@dataclass(frozen=True)
class Findings:
    """Adds Issues for one file; the place inside it is a JSON pointer.

    strict: contents were made by us, so they must fill their box to the centimetre.
    """

    log: IssueLog
    file: str
    strict: bool = False

    def add(self, code: str, pointer: str, **params: Any) -> None:
        """Record one finding at a JSON pointer."""
        self.log.add(code, file=self.file, cell=pointer or "/", **params)

    def about(self, file: str) -> Findings:
        """Findings of another file, in the same log."""
        return Findings(self.log, file, self.strict)
