"""The error tree of the house.

TwinError
├── InputRefused   bad input; carries the IssueLog (command line: exit 1)
├── WrongUse       the call itself is wrong (command line: exit 2)
├── NotFound       a unit, indicator, release or folder that does not exist
├── Damaged        stored data that does not match its own hash or length
├── Unavailable    a library, device or service that this machine lacks
└── Cancelled      the person stopped the work; it can be run again
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cim_bridge.issues import IssueLog


class TwinError(Exception):
    """Root of every error this project raises on purpose."""


class InputRefused(TwinError):
    """Input that cannot be taken; `log` says where, why and how to mend it."""

    def __init__(self, log: IssueLog) -> None:
        self.log = log
        first = log.errors[0] if log.errors else None
        super().__init__(
            f"{len(log.errors)} error(s); first: {first.code} {first.place}: {first.why['en']}"
            if first
            else "input refused"
        )


class WrongUse(TwinError):
    """The call cannot mean anything: a wrong level, a missing option."""


class NotFound(TwinError):
    """Something was named that does not exist here."""


class Damaged(TwinError):
    """Stored data does not match its own hash, length or format."""


class Unavailable(TwinError):
    """This machine lacks a library, device or service the work needs."""


class Cancelled(TwinError):
    """The work was stopped by a person; nothing half-made was kept."""
