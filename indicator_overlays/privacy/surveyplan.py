"""Which units may show the mean of a survey: none of fewer than k answers, nor by difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from cim_bridge.levels import LEVELS
from indicator_overlays.lines import Valued
from indicator_overlays.privacy.atoms import Atoms, Floats
from indicator_overlays.privacy.plan import ORDER, Flags, Plan, numbers_of
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.yearly import Group

if TYPE_CHECKING:
    from indicator_overlays.membership import Membership


def survey_plan(
    family: Mapping[str, Group],
    table: Valued,
    units: UnitTable,
    membership: Membership | None,
    k: int,
) -> Plan:
    """family: level → the overlay of one question and year; its denominators count answers."""
    found = Plan(np.zeros(len(units.level("building")), bool))
    finest = max(family, key=lambda level: LEVELS.index(level) * (level != "area"))
    weight = _answers(family[finest], table, units)
    atoms = Atoms(np.nan_to_num(weight), k)
    for level in (*ORDER, "building", "object"):
        if level not in family:
            continue
        has = numbers_of(family[level], len(units.level(level)))
        if level == "area":
            found.shown[level] = _areas(has, finest, membership, atoms)
            continue
        label = units.parent_rows(finest, level)
        label = np.where((label >= 0) & (weight > 0), label, -1)
        held = np.zeros(len(has), bool)
        held[label[label >= 0]] = True
        shown = has & ~held
        shown[atoms.admit(np.where(label >= 0, np.where(has[label], label, -1), -1))] = True
        few = _answers(family[level], table, units) < k
        found.shown[level] = shown & ~few
    return found


def _answers(group: Group, table: Valued, units: UnitTable) -> Floats:
    """Answers of each unit row; NaN where nobody counted."""
    found = np.full(len(units.level(group.key.level)), np.nan)
    part = table.slice(group.offset, len(group.cells.row))
    found[group.cells.row] = part["denominator"].to_numpy().astype(np.float64)
    return found


def _areas(has: Flags, finest: str, membership: Membership | None, atoms: Atoms) -> Flags:
    """Special areas overlap, so each is asked for by itself."""
    shown = np.zeros(len(has), bool)
    if membership is not None:
        for row in np.flatnonzero(has).tolist():
            shown[row] = atoms.admits(membership.units_in(finest, row))
    return shown
