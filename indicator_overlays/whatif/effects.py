"""Declared effects of projects: what an indicator will be, or by how much it will change.

Written as `code = number`, `code +number` or `code -number`, several divided by `;`:

    parking_gap -120; park_coverage = 95; ev_charger_gap = 0
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import orjson

_ONE = re.compile(r"^([a-z][a-z0-9_]*)\s*(=|\+=|-=|\+|-|−|＋|－|＝)\s*([0-9]+(?:\.[0-9]+)?)$")
_SIGNS = {"−": "-", "－": "-", "＋": "+", "＝": "=", "+=": "+", "-=": "-"}

MAX_EFFECTS = 40
"""Effects one project may declare."""


class EffectInvalid(ValueError):
    """The text is not a list of effects; the message says which part is not."""


@dataclass(frozen=True)
class Effect:
    """One indicator at every unit of a project: set to `amount`, or changed by it."""

    indicator: str
    sets: bool
    amount: float

    def text(self) -> str:
        """The effect as it is written."""
        sign = "=" if self.sets else "+" if self.amount >= 0 else "-"
        return f"{self.indicator} {sign} {abs(self.amount):g}"


def parse_effects(text: str) -> tuple[Effect, ...]:
    """Read a list of effects; "" is none. Raises EffectInvalid with the part that is wrong."""
    parts = [part.strip() for part in re.split(r"[;；\n]", text) if part.strip()]
    if len(parts) > MAX_EFFECTS:
        raise EffectInvalid(f"{len(parts)} effects; at most {MAX_EFFECTS} are read")
    found = [_effect(part) for part in parts]
    twice = [e.indicator for e in found if sum(o.indicator == e.indicator for o in found) > 1]
    if twice:
        raise EffectInvalid(f"{twice[0]} stands twice")
    return tuple(found)


def _effect(part: str) -> Effect:
    match = _ONE.match(part)
    if match is None:
        raise EffectInvalid(part)
    code, sign, digits = match.groups()
    sign = _SIGNS.get(sign, sign)
    amount = float(digits)
    if not math.isfinite(amount):
        raise EffectInvalid(part)
    return Effect(code, sign == "=", -amount if sign == "-" else amount)


def effects_json(effects: tuple[Effect, ...]) -> str:
    """JSON text of effects, as batches and releases keep them."""
    rows = [{"indicator": e.indicator, "sets": e.sets, "amount": e.amount} for e in effects]
    return orjson.dumps(rows).decode()


def effects_of(text: str | None) -> tuple[Effect, ...]:
    """Effects from the JSON text of a release; empty where none are declared."""
    rows = orjson.loads(text) if text else []
    return tuple(Effect(str(r["indicator"]), bool(r["sets"]), float(r["amount"])) for r in rows)
