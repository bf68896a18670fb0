"""The words of the report: data in two languages."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from cim_bridge.texts import Text, as_text, text


@cache
def _words() -> dict[str, Text]:
    data = resources.files("scenes.report").joinpath("words.toml").read_text(encoding="utf-8")
    return {name: as_text(entry) for name, entry in tomllib.loads(data).items()}


def say(name: str, **params: object) -> Text:
    """A text of `words.toml` with its names filled; a Text fills each language with its own."""
    found = _words()[name]
    return text(_filled(found["zh"], "zh", params), _filled(found["en"], "en", params))


def named(code: object) -> Text:
    """The words of a state, severity or quadrant; the code itself where it has none."""
    return _words().get(str(code), text(code, code))


def _filled(pattern: str, tongue: str, params: dict[str, object]) -> str:
    """Chinese follows a name that ends in digits or Latin letters after a space: `101 2024 年`."""
    plain = {
        name: value[tongue] if isinstance(value, dict) else value for name, value in params.items()
    }
    place = str(plain.get("place", ""))
    if tongue == "zh" and place[-1:].isascii() and place[-1:].isalnum():
        plain["place"] = f"{place} "
    return pattern.format(**plain)


def number(value: float | None, digits: int = 2) -> str:
    """A number as the document prints it: two decimals, more only below 1; a dash for none."""
    if value is None:
        return "—"
    told = f"{value:,.{digits}f}" if value == 0 or abs(value) >= 1 else f"{value:.4f}"
    return told.rstrip("0").rstrip(".") if "." in told else told
