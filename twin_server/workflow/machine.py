"""State machines as data: which action leads from which state to which, and what it takes."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cim_bridge.texts import Text, as_text

_FILE = Path(__file__).parent / "machines.toml"

FIELDS: tuple[str, ...] = ("department", "deadline", "evidence")
"""What an action may ask for and an item keeps."""


@dataclass(frozen=True)
class Action:
    """One step. not_by: whoever did one of these actions last may not do this one."""

    code: str
    label: Text
    sources: tuple[str, ...]
    target: str
    needs: tuple[str, ...]
    note: bool
    not_by: tuple[str, ...]


@dataclass(frozen=True)
class Machine:
    """States and actions of one kind of item."""

    kind: str
    start: str
    states: dict[str, Text]
    actions: dict[str, Action]

    def possible(self, state: str) -> list[Action]:
        """Actions that lead on from a state."""
        return [action for action in self.actions.values() if state in action.sources]


@cache
def machines() -> dict[str, Machine]:
    """Every machine by kind; a file that contradicts itself is a ValueError at the first use."""
    raw = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return {kind: _machine(kind, part) for kind, part in raw.items()}


def _machine(kind: str, raw: dict[str, Any]) -> Machine:
    states = {str(code): as_text(label) for code, label in raw["states"].items()}
    actions = {
        code: Action(
            code=code,
            label=as_text(part["label"]),
            sources=tuple(part["from"]),
            target=str(part["to"]),
            needs=tuple(part.get("needs", ())),
            note=bool(part.get("note", False)),
            not_by=tuple(part.get("not_by", ())),
        )
        for code, part in raw["actions"].items()
    }
    for action in actions.values():
        unknown = {*action.sources, action.target} - set(states)
        if unknown or not set(action.needs) <= set(FIELDS):
            raise ValueError(f"machines.toml: {kind}.{action.code} names {unknown or action.needs}")
    return Machine(kind, str(raw["start"]), states, actions)
