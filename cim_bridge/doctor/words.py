"""Every text that the doctor says, as data in two languages (words.toml)."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from cim_bridge.texts import Text, text


@cache
def words() -> dict[str, dict[str, dict[str, str]]]:
    """Return words.toml: section → name → {zh, en}."""
    found = tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))
    return found


def say(key: str, /, **params: Any) -> Text:
    """Return one text, `section.name`, filled; a parameter that is a Text fits each language."""
    section, _, name = key.partition(".")
    entry = words()[section][name]
    return text(*(entry[tongue].format(**_in(params, tongue)) for tongue in ("zh", "en")))


def _in(params: dict[str, Any], tongue: str) -> dict[str, Any]:
    return {
        name: value[tongue] if isinstance(value, dict) and "zh" in value else value
        for name, value in params.items()
    }


def both(plain: object) -> Text:
    """A name or number that is the same in both languages."""
    return text(plain, plain)


def listed(parts: list[Text]) -> Text:
    """Parts one after the other."""
    return text(" · ".join(p["zh"] for p in parts), " · ".join(p["en"] for p in parts))


def some(names: Any, most: int = 5) -> str:
    """The first few names, and a sign that there are more."""
    shown = [str(name) for name in list(names[: most + 1])]
    return ", ".join(shown[:most]) + (" …" if len(shown) > most else "")
