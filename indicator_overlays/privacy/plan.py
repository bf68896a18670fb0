"""Which units may show the value of one sensitive indicator in one year."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from cim_bridge.levels import PARENT_LEVELS
from indicator_overlays.keycodes import is_one_of, looked_up
from indicator_overlays.lines import Valued
from indicator_overlays.privacy.atoms import Atoms, Ints
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.yearly import Group

if TYPE_CHECKING:
    from indicator_overlays.membership import Membership

Flags = npt.NDArray[np.bool_]

ORDER: tuple[str, ...] = (
    "city", "district", "subdistrict", "block", "area", "community", "compound", "plot",
)  # fmt: skip
"""Who is admitted first: what lies above blocks stays whole as long as it can."""

_FROM = re.compile(r"from ([a-z]+) \(")


@dataclass
class Plan:
    """valued: buildings with a number (N,). shown: level → which unit rows may show theirs.

    label: level → row of the unit that counts each building, -1 none.
    """

    valued: Flags
    shown: dict[str, Flags] = field(default_factory=dict)
    label: dict[str, Ints] = field(default_factory=dict)

    def open(self, level: str) -> Flags:
        """Units that hold valued buildings and may show their sum; empty where none has one."""
        shown = self.shown.get(level, np.zeros(0, bool))
        label = self.label.get(level, np.zeros(0, np.int64))
        counted = np.zeros(len(shown), bool)
        counted[label[label >= 0]] = True
        found: Flags = shown & counted
        return found


def plan_of(
    family: Mapping[str, Group],
    table: Valued,
    units: UnitTable,
    membership: Membership | None,
    k: int,
    memo: dict[bytes, Plan],
) -> Plan:
    """family: level → the overlay of one indicator and year; `table`: what they lie in.

    `memo` keeps plans of one city: indicators known at the same units have the same plan.
    """
    alive = ~units.level("building").removed
    valued = numbers_of(family.get("building"), len(alive))
    above = [level for level in family if level != "building"]
    origin = {level: _origin(family[level], table, units) for level in above}
    key = _key(valued, family, origin, units)
    if key not in memo:
        memo[key] = _planned(valued, family, origin, units, membership, k)
    return memo[key]


def _key(
    valued: Flags,
    family: Mapping[str, Group],
    origin: Mapping[str, npt.NDArray[np.object_]],
    units: UnitTable,
) -> bytes:
    """Everything that a plan depends on, but for the units and k, in short."""
    total = hashlib.blake2b(np.packbits(valued).tobytes())
    for level in sorted(origin):
        has = numbers_of(family[level], len(units.level(level)))
        total.update(f"{level}\0{','.join(origin[level])}\0".encode())
        total.update(np.packbits(has).tobytes())
    return total.digest()


def _planned(
    valued: Flags,
    family: Mapping[str, Group],
    origin: Mapping[str, npt.NDArray[np.object_]],
    units: UnitTable,
    membership: Membership | None,
    k: int,
) -> Plan:
    alive = ~units.level("building").removed
    found = Plan(valued)
    found.label["building"] = np.where(valued, np.arange(len(alive)), -1)
    for level in reversed(PARENT_LEVELS):
        if level in family:
            found.label[level] = _labels(level, found.label, family, origin, units)
    inner, outer = Atoms(valued.astype(float), k), Atoms(alive.astype(float), k)
    for level in ORDER:
        if level not in family:
            continue
        has = numbers_of(family[level], len(units.level(level)))
        if level == "area":
            found.shown[level] = _areas(has, origin[level], found, membership, inner)
            continue
        label, place = found.label[level], units.parent_rows("building", level)
        counted = _hit(label, len(has))
        held = _hit(np.where(alive, place, -1), len(has))
        shown = has & ~held
        shown[inner.admit(label)] = True
        alone = has & held & ~counted
        shown[outer.admit(np.where((place >= 0) & alone[place], place, -1))] = True
        found.shown[level] = shown
    return found


def numbers_of(group: Group | None, size: int) -> Flags:
    """Rows that have a number, current or stale."""
    found = np.zeros(size, bool)
    if group is not None:
        found[group.cells.row[np.isfinite(group.cells.value)]] = True
    return found


def _origin(group: Group, table: Valued, units: UnitTable) -> npt.NDArray[np.object_]:
    """Level that each unit row's value was summed from; "" where it was delivered."""
    found = np.full(len(units.level(group.key.level)), "", object)
    part = table.slice(group.offset, len(group.cells.row))
    summed = is_one_of(part, "method", ("rollup",))
    level = looked_up(part, "note", _told_from, object)
    found[group.cells.row[summed]] = level[summed]
    return found


def _told_from(note: str) -> str:
    told = _FROM.search(note)
    return told[1] if told else ""


def _labels(
    level: str,
    label: Mapping[str, Ints],
    family: Mapping[str, Group],
    origin: Mapping[str, npt.NDArray[np.object_]],
    units: UnitTable,
) -> Ints:
    """Row of the unit whose number counts each building, along the way the number was summed."""
    buildings = label["building"]
    found = np.full(len(buildings), -1, np.int64)
    has = numbers_of(family[level], len(units.level(level)))
    ways: list[tuple[str, str]] = [("", "building"), *((child, child) for child in label)]
    for told, child in ways:
        up = units.parent_rows(child, level)
        inside = label[child] >= 0
        above = np.where(inside, up[label[child]], -1) if len(up) else found
        hit = (above >= 0) & inside
        hit[hit] = has[above[hit]] & (origin[level][above[hit]] == told)
        found = np.where(hit, above, found)
    return found


def _hit(label: Ints, size: int) -> Flags:
    found = np.zeros(size, bool)
    found[label[label >= 0]] = True
    return found


def _areas(
    has: Flags,
    origin: npt.NDArray[np.object_],
    plan: Plan,
    membership: Membership | None,
    atoms: Atoms,
) -> Flags:
    """Special areas overlap, so each is asked for by itself."""
    shown = np.zeros(len(has), bool)
    held: dict[str, _Held] = {}
    for row in np.flatnonzero(has).tolist():
        child = str(origin[row]) or "building"
        if membership is None or child not in plan.label:
            continue
        if child not in held:
            held[child] = _Held.of(plan.label[child])
        inside = held[child].elements(membership.units_in(child, row))
        shown[row] = len(inside) == 0 or atoms.admits(inside)
    return shown


@dataclass(frozen=True)
class _Held:
    """Buildings in the order of the units that count them: each unit's are found at once."""

    order: Ints
    label: Ints

    @classmethod
    def of(cls, label: Ints) -> _Held:
        order = np.argsort(label, kind="stable").astype(np.int64)
        return cls(order, label[order])

    def elements(self, units: Ints) -> Ints:
        """Buildings that some units (rows, each once) count."""
        first = np.searchsorted(self.label, units)
        size = np.searchsorted(self.label, units, side="right") - first
        offset = np.repeat(first - (np.cumsum(size) - size), size)
        found: Ints = self.order[offset + np.arange(len(offset))]
        return found
