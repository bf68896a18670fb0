"""Units of measure in words of two languages: nobody in a Chinese report counts in `bays`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources

from cim_bridge.texts import Text


@cache
def unit_words() -> dict[str, Text]:
    """Words by the unit as an indicator names it; "" where a number stands alone."""
    data = resources.files("scenes").joinpath("units.toml").read_text(encoding="utf-8")
    found = tomllib.loads(data)
    return {name: Text(zh=told["zh"], en=told["en"]) for name, told in found.items()}


def measured_in(unit: str | None) -> Text:
    """The words of a unit; the unit itself where it has none, "" for none."""
    return unit_words().get(unit or "", Text(zh=unit or "", en=unit or ""))
