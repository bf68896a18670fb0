"""The file of one unit 一块一档: who it is, its indicators, problems, projects, what lies in it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa

from indicator_overlays.indicator import Indicator, IndicatorSystem
from twin_server.answers.qualitative import remarks_of
from twin_server.answers.ranking import class_index
from twin_server.answers.surveys import satisfaction
from twin_server.answers.systems import indicator_short
from twin_server.answers.themes import related_codes
from twin_server.coded import CodedTable, Rows
from twin_server.pinned import Pinned
from twin_server.problems import SEVERITIES, problem_json, project_json
from twin_server.twin import Twin

MORPHOLOGY = "CIMTWIN-MORPHOLOGY"
"""Basics computed from the model; shown beside every national system."""

_NUMBERS = ("area", "height", "storeys", "year_built", "population", "ground")
_WORDS = ("use", "structure")
_TREND = ("system", "indicator", "year", "period", "value", "state")
_VALUE = (
    "system", "indicator", "year", "value", "state", "period", "class_code", "source",
    "source_kind", "method", "n_sources", "conflict", "rank", "of", "note", "unit",
)  # fmt: skip

_GROUPS = 16
"""Groups of values (some 50 units each, about half a megabyte) that are kept for the next file."""

_COLUMNS = tuple(dict.fromkeys((*_TREND, *_VALUE)))

_REASONS = {
    "missing": {"zh": "尚无数据", "en": "no value has been delivered"},
    "not_computable": {"zh": "现有数据不足以计算", "en": "the data at hand does not suffice"},
    "not_applicable": {"zh": "不适用于该单元", "en": "does not apply to this unit"},
    "withheld": {"zh": "来源方未公开", "en": "withheld by its source"},
    "stale": {"zh": "数据已过期", "en": "the value is older than its limit"},
}
_PRIVATE = {"zh": "为保护个人信息不公开", "en": "withheld to protect persons"}


def unit_file(
    twin: Twin, pinned: Pinned, unit_id: str, year: int | None, system: str | None
) -> dict[str, Any]:
    """Everything known about one unit in one answer."""
    index = twin.unit(unit_id)
    units, parents = twin.units, twin.units.parents(index)
    chosen_year = twin.year(year)
    systems = chosen_systems(twin, system)
    return {
        **units.ref(index),
        "source_id": units.value("source_id", index),
        "kind": units.value("kind", index) or None,
        "parents": parents,
        "identity": _identity(twin, index),
        "external_ids": units.external_ids(index),
        "attributes": units.attributes(index),
        "centroid": units.centroid(index),
        "bbox": units.bbox(index),
        "source": _source(twin, index),
        "year": chosen_year,
        "system": systems[0].id,
        "indicators": unit_indicators(twin, index, chosen_year, systems),
        "problems": _problems(twin, pinned, unit_id, chosen_year),
        "projects": _projects(twin, pinned, index, parents),
        "satisfaction": satisfaction(twin, unit_id, chosen_year),
        "children": units.children.get(units.level(index), {}).get(unit_id, {}),
        "history": _history(twin, unit_id),
        "context": _context(twin, parents, chosen_year),
        "areas": units.areas_of(index),
    }


def chosen_systems(twin: Twin, asked: str | None) -> list[IndicatorSystem]:
    """The asked system with the computed basics; with "all", every one, the default first."""
    if asked == "all":
        default = twin.system(None)
        return [default, *(item for item in twin.systems.values() if item is not default)]
    chosen = twin.system(asked)
    basics = twin.systems.get(MORPHOLOGY)
    return [chosen] if basics is None or basics is chosen else [chosen, basics]


def _identity(twin: Twin, index: int) -> dict[str, Any]:
    units = twin.units
    level, name = units.level(index), units.ids[index]
    found: dict[str, Any] = {name: units.value(name, index) for name in _NUMBERS}
    found |= {name: units.value(name, index) or None for name in _WORDS}
    inside = units.children.get(level, {}).get(name, {}).get("building")
    found["buildings"] = inside
    found["floor_area"] = units.floor_area(index)
    return found


def _source(twin: Twin, index: int) -> dict[str, Any] | None:
    name = twin.units.value("source", index)
    sources = twin.model.manifest.get("sources", []) if twin.model else []
    found: dict[str, Any] = next((item for item in sources if item.get("name") == name), {})
    return {
        "name": name,
        "attribution": found.get("attribution") or None,
        "licence": found.get("licence") or None,
        "crs": found.get("crs"),
        "files": [item.get("name") for item in found.get("files", [])],
    }


def unit_indicators(
    twin: Twin, index: int, year: int | None, systems: list[IndicatorSystem]
) -> list[dict[str, Any]]:
    """Every indicator that can stand at the unit's level or has a value there, in list order."""
    level, unit_id = twin.units.level(index), twin.units.ids[index]
    values, rows = _values(twin, unit_id)
    trends: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in values.records(rows, _TREND):
        trends.setdefault((row.pop("system"), row.pop("indicator")), []).append(row)
    now = rows[values.numbers("year")[rows] == year]
    current = {(row["system"], row["indicator"]): row for row in values.records(now, _VALUE)}
    said, found = remarks_of(twin, unit_id), []
    for system in systems:
        for code, indicator in system.indicators.items():
            row = current.get((system.id, code), {})
            trend = sorted(trends.get((system.id, code), []), key=lambda point: point["year"])
            words = said.get((system.id, code), [])
            if row or trend or words or level in indicator.attach_levels:
                item = _value(twin, indicator, level, unit_id, year, row, trend)
                item["qualitative"] = _of_period(words, row.get("period") or _usual(twin, year))
                item["related"] = _related(twin, indicator, current)
                found.append(item)
    return found


def _usual(twin: Twin, year: int | None) -> str:
    """The period that a checkup year stands for where there is no number."""
    return "" if year is None else str(twin.folder.config.cutoff(year).year)


def _of_period(words: list[dict[str, Any]], period: str) -> list[dict[str, Any]]:
    """What was said of the shown period."""
    return [item for item in words if item["period"] == period]


def _related(
    twin: Twin, indicator: Indicator, current: dict[tuple[str, str], dict[str, Any]]
) -> list[dict[str, Any]]:
    """Indicators that say the same, something near, or the negative side, with their values."""
    found = []
    for other, kind in related_codes(twin).get(indicator.code, []):
        for system in twin.systems.values():
            item, row = system.indicators.get(other), current.get((system.id, other), {})
            if item is not None and (row or system.id == indicator.system):
                value = row.get("value")
                found.append(
                    {
                        **_short(twin, item),
                        "kind": kind,
                        "value": value,
                        "state": row.get("state") or "missing",
                        "period": row.get("period"),
                        "meets": meets(item, value),
                    }
                )
    return found


def _short(twin: Twin, indicator: Indicator) -> dict[str, Any]:
    """What an indicator is called; made once, a file names each several times."""
    known: dict[tuple[str, str], dict[str, Any]] = twin.answers.setdefault("short", {})
    key = indicator.system, indicator.code
    if key not in known:
        known[key] = indicator_short(indicator)
    return known[key]


def _values(twin: Twin, unit_id: str) -> tuple[CodedTable, Rows]:
    """(a table that holds a unit's values, their rows in it)."""
    results = twin.results
    if results is None:
        return CodedTable(pa.table({})), np.zeros(0, np.int64)
    span = results.unit_span(unit_id)
    if span is None:
        own = results.unit_values(unit_id)
        table = CodedTable(own.select([name for name in _COLUMNS if name in own.column_names]))
        return table, np.arange(table.rows)
    if "value groups" not in twin.answers:

        def group(number: int) -> CodedTable:
            return CodedTable(results.value_group(number, _COLUMNS))

        twin.answers["value groups"] = lru_cache(_GROUPS)(group)
    number, first, last = span
    found: CodedTable = twin.answers["value groups"](number)
    return found, np.arange(first, last)


def _value(
    twin: Twin,
    indicator: Indicator,
    level: str,
    unit_id: str,
    year: int | None,
    row: dict[str, Any],
    trend: list[dict[str, Any]],
) -> dict[str, Any]:
    state = row.get("state") or "missing"
    value = row.get("value")
    number = class_index(row.get("class_code"))
    before = [point for point in trend if year is None or point["year"] < year]
    period = row.get("period")
    return {
        **_short(twin, indicator),
        "unit": row.get("unit") or indicator.unit,
        "value": value,
        "state": state,
        "reason": _PRIVATE if row.get("method") == "privacy" else _REASONS.get(state),
        "period": period,
        "class": number,
        "color": _color(twin, indicator, level, number),
        "meets": meets(indicator, value),
        "source": row.get("source"),
        "source_kind": row.get("source_kind"),
        "method": row.get("method"),
        "sources": row.get("n_sources") or 0,
        "conflict": bool(row.get("conflict")),
        "rank": row.get("rank") or None,
        "of": row.get("of"),
        "trend": trend,
        "previous": before[-1] if before else None,
        "address": address(indicator, unit_id, period) if period else None,
        "note": row.get("note") or None,
        "via": via_of(row),
    }


def via_of(row: dict[str, Any]) -> str | None:
    """How a value came to its unit: its own, summed up (`rollup`), or its block's (`block`)."""
    method = row.get("method")
    return None if not row else (str(method) if method in ("rollup", "block") else "own")


def address(indicator: Indicator, unit_id: str, period: str) -> str:
    """The address of a number: <system>/<indicator>/<unit id>/<period>."""
    return f"{indicator.system}/{indicator.code}/{unit_id}/{period}"


def meets(indicator: Indicator, value: float | None) -> bool | None:
    """Whether a value reaches its standard; None without one, or when it is a reference only."""
    standard = indicator.standard
    if value is None or standard is None or standard.reference:
        return None
    return standard.meets(value)


def _color(twin: Twin, indicator: Indicator, level: str, number: int | None) -> str | None:
    if number is None:
        return None
    legends = twin.results.legends if twin.results else {}
    legend = legends.get(f"{indicator.system}/{indicator.code}/{level}")
    classes = legend["classes"] if legend else []
    return classes[number]["color"] if number < len(classes) else None


def _problems(twin: Twin, pinned: Pinned, unit_id: str, year: int | None) -> list[dict[str, Any]]:
    rows = np.array(twin.problems.by_unit.get(unit_id, []), np.int64)
    rows = rows[twin.problems.problems.numbers("year")[rows] == year]
    return problem_json(
        twin.problems, rows, twin.units, pinned.problem_states, pinned.project_states
    )


def _projects(
    twin: Twin, pinned: Pinned, index: int, parents: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Projects on the unit itself, then those on what it lies in; `on` says which unit."""
    units, table = twin.units, twin.problems
    names = [units.ids[index], *(item["id"] for item in reversed(parents))]
    places: dict[int, str] = {}
    for name in names:
        for place in table.projects_of_unit.get(name, []):
            places.setdefault(place, name)
    today = twin.folder.config.day()
    return [
        {**project_json(table, place, units, pinned.project_states, today), "on": name}
        for place, name in places.items()
    ]


def _history(twin: Twin, unit_id: str) -> list[dict[str, Any]]:
    """Problems of every year, counted by severity."""
    rows = np.array(twin.problems.by_unit.get(unit_id, []), np.int64)
    found: dict[int, dict[str, Any]] = {}
    for row in twin.problems.problems.records(rows, ("year", "severity")):
        counts = found.setdefault(
            row["year"], {"year": row["year"], "problems": 0, **dict.fromkeys(SEVERITIES, 0)}
        )
        counts["problems"] += 1
        counts[row["severity"]] += 1
    return [found[year] for year in sorted(found)]


def _context(twin: Twin, parents: list[dict[str, Any]], year: int | None) -> list[dict[str, Any]]:
    """What the unit lies in, with the number of problems there."""
    table = twin.problems
    found = []
    for parent in reversed(parents):
        rows = np.array(table.by_unit.get(parent["id"], []), np.int64)
        count = int((table.problems.numbers("year")[rows] == year).sum())
        found.append({"unit": parent, "problems": count})
    return found
