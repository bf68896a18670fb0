"""Which columns of a table hold a place: by name (coordinates.toml) or as a person says."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, Literal

from cim_bridge.crsspell import WGS84, crs_text

Kind = Literal["pair", "both", "both swapped", "wkt"]
_CELLS: tuple[tuple[str, Kind], ...] = (("both", "both"), ("both_swapped", "both swapped"))


@dataclass(frozen=True)
class Coordinates:
    """Positions of the columns: two for x and y, one for a WKT text or a `x,y` cell.

    crs: the system that the names themselves say (百度经度, wgs84_lng); None where they say none.
    """

    kind: Kind
    columns: tuple[int, ...]
    crs: str | None = None


@cache
def words() -> dict[str, Any]:
    """Return coordinates.toml."""
    text = Path(__file__).with_name("coordinates.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def plain(title: str) -> str:
    """A title as names are compared: what stands in brackets, as a unit does, is left out."""
    from cim_bridge.sheets import normal

    return normal(title.replace("（", "(").split("(")[0])


def given(titles: Sequence[str], said: str) -> Coordinates | None:
    """The columns that a person named: `X,Y`, or one with WKT; None when one is not there."""
    names = [name.strip() for name in said.split(",")]
    if any(name not in titles for name in names) or len(names) > 2:
        return None
    found = tuple(list(titles).index(name) for name in names)
    if len(found) == 2:
        return Coordinates("pair", found, _said([plain(name) for name in names]))
    return _alone(plain(names[0]), found)


def _alone(name: str, found: tuple[int, ...]) -> Coordinates:
    base, crs = _parted(name)
    kind = next((kind for key, kind in _CELLS if base in words()[key]), None)
    return Coordinates(kind or "wkt", found, crs)


def named(titles: Sequence[str], shapes: frozenset[int] | None = None) -> Coordinates | None:
    """The columns that are named like a place, the likeliest first; None when none is.

    shapes: positions of the columns that hold WKT or GeoJSON; None where nobody looked.
    """
    parted = [_parted(plain(title)) for title in titles]
    systems = {crs for _, crs in parted}
    for crs in sorted(systems, key=lambda name: (name != WGS84, name is not None, str(name))):
        at = {base: n for n, (base, own) in reversed(list(enumerate(parted))) if own == crs}
        found = _first(at, crs, shapes)
        if found is not None:
            return found
    return None


def _first(
    at: dict[str, int], crs: str | None, shapes: frozenset[int] | None
) -> Coordinates | None:
    table = words()
    for name in table["wkt"]:
        if name in at and (shapes is None or at[name] in shapes):
            return Coordinates("wkt", (at[name],), crs)
    for x, y in table["pairs"]:
        if x in at and y in at:
            return Coordinates("pair", (at[x], at[y]), crs)
    for key, kind in _CELLS:
        for name in table[key]:
            if name in at:
                return Coordinates(kind, (at[name],), crs)
    return None


def _parted(name: str) -> tuple[str, str | None]:
    """A compared name without the word for its system, and that system."""
    for crs, tags in words()["systems"].items():
        for tag in tags:
            for base in (name.removeprefix(tag), name.removesuffix(tag)):
                if base != name and base in _bases():
                    return base, crs_text(crs)
    return name, None


@cache
def _bases() -> frozenset[str]:
    table = words()
    ones = [name for key in ("wkt", "both", "both_swapped") for name in table[key]]
    return frozenset([*ones, *(name for pair in table["pairs"] for name in pair)])


def _said(names: list[str]) -> str | None:
    """The one system that all given names say."""
    systems = {_parted(name)[1] for name in names}
    return systems.pop() if len(systems) == 1 else None


def is_word(title: str) -> bool:
    """Whether a title is named like a column of a place."""
    return _parted(plain(title))[0] in _bases()


def has_coordinates(head: str) -> bool:
    """Whether one of the first lines of a text table names columns of a place."""
    for line, mark in product(head.splitlines()[:5], ",\t;|"):
        titles = [cell.strip(' "\r') for cell in line.split(mark)]
        if len(titles) > 1 and named(titles) is not None:
            return True
    return False
