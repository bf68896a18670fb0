"""Who is behind a request: a name, roles, districts, and how we know."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from twin_server.policy import ROLES, Role, Scope, may

ANYONE = "local"
"""The name of a request that does not say who it is, where nobody signs in."""
EVERYWHERE = "*"
"""Instead of a list of districts: the whole city."""

_NAME = re.compile(r"^[\w.@:+ -]{1,100}$")
_UNIT = re.compile(r"^(\*|[a-z]+:[^\0\r\n]{1,200})$")


@dataclass(frozen=True)
class Principal:
    """One who asks. districts: ids of units (of any level) within which they may change things.

    via: off, key, session, token, proxy or tiles. ambient: their browser sends the proof by itself,
    so that a foreign page could make it ask.
    """

    name: str
    roles: frozenset[Role]
    districts: frozenset[str] = field(default_factory=frozenset)
    via: str = "off"
    ambient: bool = False

    def may(self, scope: Scope | None) -> bool:
        """Whether their roles open a scope of the policy."""
        return may(self.roles, scope)

    @property
    def everywhere(self) -> bool:
        """Whether they may act in the whole city."""
        return EVERYWHERE in self.districts


LOCAL = Principal(ANYONE, frozenset(ROLES), frozenset({EVERYWHERE}), "off", ambient=True)
"""Whoever sits at this machine, where nobody signs in."""


def is_name(text: str) -> bool:
    """Whether a text can be somebody's name: letters, digits and . @ : + - _, at most 100."""
    return _NAME.match(text) is not None


def roles_of(words: Iterable[Any]) -> frozenset[Role]:
    """Those of the words that are roles of ours."""
    found = {str(word) for word in words}
    return frozenset(role for role in ROLES if role in found)


def districts_of(words: Iterable[Any] | None, roles: frozenset[Role]) -> frozenset[str]:
    """Where someone may act: what they were given, or the whole city.

    A reporter of whom no district is known may act nowhere.
    """
    if words is None:
        return frozenset() if "reporter" in roles else frozenset({EVERYWHERE})
    return frozenset(text for word in words if _UNIT.match(text := str(word)))
