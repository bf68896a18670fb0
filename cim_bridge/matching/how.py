"""How a table is matched: the `[match]` table of a load map, checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

METHODS: tuple[str, ...] = (
    "", "id", "external", "label", "address", "point", "geometry", "review",
)  # fmt: skip
"""Methods by code; 0 is none."""
CHANGED: tuple[str, ...] = ("", "spelling", "padding", "words", "prefix", "parent", "nearest")
"""What was set aside to find the unit, by code; 0 is nothing.

spelling: width and case; padding: leading zeros or Excel's `.0`; words: spelling of labels; prefix:
names of province, city, district in front of an address; parent: the name is alone only inside
the unit that the row (or its address) names; nearest: the point lies beside the unit.
"""
BY: tuple[str, ...] = ("id", "external", "label", "address", "point", "geometry")
"""What `by` may name."""
TOLERANCE = 0.0
"""Metres a point may lie from a unit unless the map says more."""
_KEYS = {
    "by", "label", "address", "parent", "x", "y", "crs", "tolerance", "suggest", "unmatched",
}  # fmt: skip


@dataclass(frozen=True)
class How:
    """Methods in the order in which they are tried, and the columns they read.

    label, address, parents, x, y: names of columns of the table ("" for none: then the key column
    serves as label and as address). crs: of x and y; "" is WGS 84 longitude and latitude, or the
    model's own where the numbers are no degrees. tolerance: metres. unmatched: `review` leaves out
    what is not decided and lists it; `refuse` refuses the delivery until all is decided.
    """

    by: tuple[str, ...] = ("id", "external")
    label: str = ""
    address: str = ""
    parents: tuple[str, ...] = ()
    x: str = ""
    y: str = ""
    crs: str = ""
    tolerance: float = TOLERANCE
    suggest: bool = True
    unmatched: str = "review"

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> How:
        """From the `[match]` table of a map; ValueError says what is wrong."""
        unknown = set(raw) - _KEYS
        if unknown:
            raise ValueError(f"unknown key(s) in [match]: {', '.join(sorted(unknown))}")
        by = raw.get("by", ("id", "external"))
        by = (by,) if isinstance(by, str) else tuple(map(str, by))
        wrong = [word for word in by if word not in BY]
        if wrong or not by:
            raise ValueError(f"[match] by = {list(by)} is not of {', '.join(BY)}")
        parents = raw.get("parent", ())
        tolerance = float(raw.get("tolerance", TOLERANCE))
        if not 0 <= tolerance <= 10_000:
            raise ValueError(f"[match] tolerance {tolerance} is not between 0 and 10000 metres")
        policy = str(raw.get("unmatched", "review"))
        if policy not in ("review", "refuse"):
            raise ValueError(f"[match] unmatched = {policy!r} is not review or refuse")
        names = {name: str(raw.get(name, "")) for name in ("label", "address", "x", "y", "crs")}
        if "point" in by and not (names["x"] and names["y"]):
            raise ValueError("[match] by point needs the columns x and y")
        return cls(
            by=by,
            parents=(parents,) if isinstance(parents, str) else tuple(map(str, parents)),
            tolerance=tolerance,
            suggest=bool(raw.get("suggest", True)),
            unmatched=policy,
            **names,
        )

    @property
    def columns(self) -> dict[str, str]:
        """Role → column of the table, for those that are named."""
        named = {"label": self.label, "address": self.address, "x": self.x, "y": self.y}
        named |= {f"parent{number}": name for number, name in enumerate(self.parents)}
        return {f"match_{role}": name for role, name in named.items() if name}
