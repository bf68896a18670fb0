"""Gathers what a report tells from the API's own answers, for a city or one of its districts."""

from __future__ import annotations

from typing import Any

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from indicator_overlays.system import load_systems
from scenes.report.facts import Facts
from twin_server.answers.problems import problem_answer, problem_lines
from twin_server.answers.projects import projects_answer
from twin_server.answers.scenes import published
from twin_server.answers.scores import find_scale, quadrant_answer
from twin_server.answers.surveys import survey_rows
from twin_server.answers.unit_file import unit_file, unit_indicators
from twin_server.pinned import Pin, Pinned
from twin_server.store import open_store
from twin_server.twin import Twin, open_twin

LEVELS = ("city", "district")
"""Units a report is made of."""


def report_facts(city: CityFolder, unit: str = "", year: int | None = None) -> Facts:
    """Everything a report of a unit and a year tells; the city and the newest year otherwise.

    Raises InputRefused: nothing published, no such unit or year.
    """
    store = open_store(city)
    pinned = Pin(city, store, 0.0)()
    store.close()
    if pinned.publication is None or not pinned.results:
        log = IssueLog()
        log.add("SCENE_UNPUBLISHED", city=city.path)
        raise InputRefused(log)
    twin = open_twin(city, pinned)
    return _facts(twin, pinned, _unit(twin, unit), _year(twin, year))


def _unit(twin: Twin, asked: str) -> str:
    known = [name for name in twin.units.ids if name.partition(":")[0] in LEVELS]
    if not asked:
        asked = next((name for name in known if name.startswith("city:")), "")
    if asked not in known:
        log = IssueLog()
        log.add("SCENE_UNIT_UNKNOWN", id=asked or "city", near=", ".join(sorted(known)) or "—")
        raise InputRefused(log)
    return asked


def _year(twin: Twin, asked: int | None) -> int:
    if not twin.years or (asked is not None and asked not in twin.years):
        log = IssueLog()
        log.add("SCENE_TOUR_YEAR", year=asked, years=", ".join(map(str, twin.years)) or "—")
        raise InputRefused(log)
    return twin.years[-1] if asked is None else asked


def _facts(twin: Twin, pinned: Pinned, unit: str, year: int) -> Facts:
    inside = _inside(twin, unit)
    earlier = [item for item in twin.years if item < year]
    last = next((item for item in reversed(earlier) if _diagnosed(twin, pinned, item)), None)
    projects = projects_answer(twin, pinned, state=None, department=None, unit=None)
    quadrants = quadrant_answer(twin, twin.system(None), year, "community", find_scale(twin, None))
    districts = [name for name in twin.units.ids if name.startswith("district:") and name in inside]
    return Facts(
        published=published(twin),
        year=year,
        unit=_unit_file(twin, pinned, unit, year),
        units=[unit_file(twin, pinned, name, year, None) for name in districts],
        problems=_problems(twin, pinned, year, inside),
        last=[] if last is None else _problems(twin, pinned, last, inside),
        last_year=last,
        projects=[item for item in projects if any(one["id"] in inside for one in item["units"])],
        surveys=[row for row in survey_rows(twin, year) if row["unit_id"] in inside],
        quadrants=[item for item in quadrants["items"] if item["unit"]["id"] in inside],
        sources=_sources(twin),
        cutoff=twin.folder.config.cutoff(year).isoformat(),
    )


def _diagnosed(twin: Twin, pinned: Pinned, year: int) -> bool:
    """Whether anything was found in a year; one that only holds older values had no checkup."""
    return len(problem_lines(twin, pinned, year, {}, None)) > 0


def _unit_file(twin: Twin, pinned: Pinned, unit: str, year: int) -> dict[str, Any]:
    """The unit's file, with the indicators of lists that the city itself brought."""
    found = unit_file(twin, pinned, unit, year, None)
    shipped = load_systems()
    told = {item["system"] for item in found["indicators"]}
    own = [item for name, item in twin.systems.items() if name not in shipped | dict.fromkeys(told)]
    found["indicators"] += unit_indicators(twin, twin.unit(unit), year, own)
    return found


def _inside(twin: Twin, unit: str) -> frozenset[str]:
    """A unit and all in it."""
    level = unit.partition(":")[0]
    if level == "city" or twin.model is None:
        return frozenset(twin.units.ids)
    table = twin.model.columns("id", f"parent_{level}")
    pairs = zip(*(table[name].to_pylist() for name in table.column_names), strict=True)
    return frozenset({unit, *(name for name, above in pairs if above == unit)})


def _problems(
    twin: Twin, pinned: Pinned, year: int, inside: frozenset[str]
) -> list[dict[str, Any]]:
    found = problem_answer(twin, pinned, problem_lines(twin, pinned, year, {}, None))
    return [item for item in found if item["unit"] is not None and item["unit"]["id"] in inside]


def _sources(twin: Twin) -> list[dict[str, Any]]:
    """Each delivery behind the results: its source, kind and files."""
    found: dict[tuple[str, str], list[str]] = {}
    for manifest in twin.batches.values():
        key = (str(manifest.get("source", "")), str(manifest.get("source_kind", "")))
        names = [str(item.get("name", "")) for item in manifest.get("files", [])]
        found.setdefault(key, []).extend(name for name in names if name)
    return [
        {"name": name, "kind": kind, "files": "; ".join(dict.fromkeys(files))}
        for (name, kind), files in sorted(found.items())
    ]
