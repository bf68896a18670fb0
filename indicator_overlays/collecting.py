"""What has to be collected: indicators by level, unit, category and department."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cim_bridge.errors import WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from indicator_overlays.indicator import Indicator
from indicator_overlays.store import ValueStore
from indicator_overlays.system import load_systems
from indicator_overlays.template import Template
from indicator_overlays.unit_table import UnitTable

Rows = np.ndarray[tuple[int], np.dtype[np.int64]]


def templates(
    folder: CityFolder,
    year: int,
    *,
    system: str,
    unit: str = "",
    category: str = "",
    department: str = "",
    level: str = "",
) -> list[Template]:
    """Sheets by level, each indicator at its natural level. Raises WrongUse for unknown names.

    unit: only it and what lies in it. department: only what the task table gives it this year.
    """
    systems = load_systems(folder)
    if system not in systems:
        raise WrongUse(
            f"没有指标体系 / no indicator system {system!r}; known: {', '.join(systems)}"
        )
    units = UnitTable.of(open_model(folder))
    chosen = [
        item
        for item in systems[system].indicators.values()
        if category in ("", item.category.code, item.category.label["zh"])
    ]
    if department:
        own = _tasks(folder, department, year)
        chosen = [item for item in chosen if item.code in own]
    by_level: dict[str, list[Indicator]] = {}
    for item in chosen:
        at = item.natural_level if item.natural_level in units.levels else "city"
        if level in ("", at):
            by_level.setdefault(at, []).append(item)
    label = folder.config.name["zh"]
    return [
        Template(
            f"{label} {year} 年城市体检数据采集表（{folder.config.label(at)['zh']}）",
            year, at, tuple(by_level[at]), units.level(at), _rows(units, at, unit),
        )
        for at in units.levels
        if at in by_level
    ]  # fmt: skip


def _tasks(folder: CityFolder, department: str, year: int) -> set[str]:
    rows = ValueStore(folder).tasks().to_pylist()
    own = {r["indicator"] for r in rows if r["department_zh"] == department and r["year"] == year}
    if not own:
        raise WrongUse(f"the task table of {year} gives {department} no indicator")
    return own


def _rows(units: UnitTable, level: str, unit: str) -> Rows:
    """Rows of a level that still exist, all or those inside a unit."""
    part = units.level(level)
    alive = ~part.removed
    if not unit:
        return np.flatnonzero(alive)
    above = unit.partition(":")[0]
    place = units.level(above).index.get_indexer(pd.Index([unit]))[0]
    if place < 0:
        raise WrongUse(f"最新模型中没有单元 / no unit {unit!r} in the newest model")
    return np.flatnonzero(alive & (units.parent_rows(level, above) == place))
