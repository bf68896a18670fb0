"""A tour that directs itself: the gravest problems of a year, each seen from a proved camera."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.texts import Text, text
from scenes.evidence import places_of, problem_caption, problem_title, project_of
from scenes.pose import Surveyor
from scenes.scene import Published, Scene

STOPS = 7
WEIGHT = {"high": 9.0, "medium": 3.0, "low": 1.0}
AGAIN_DISTRICT, AGAIN_RULE, AGAIN_UNIT = 0.5, 0.25, 0.05
"""What a problem's weight is multiplied by for each stop that already shows its district, rule or
unit: seven times the same is no tour of a city."""

TRIED = 40
"""Problems that are looked at before a tour stays shorter than it might be."""

LONGEST = 12.0
"""Seconds a stop lasts; captions are read at about ten characters a second."""


def make_tour(
    published: Published, *, unit: str = "", year: int | None = None, name: str = ""
) -> tuple[Scene, IssueLog]:
    """A tour of at most seven stops through a city or one of its districts.

    Weight: severity (9, 3, 1) times the square root of the people concerned, less for a district or
    a rule that is shown already. A problem that no camera between 35 and 55 degrees sees is told of
    (SCENE_TARGET_HIDDEN) and the next one taken. Raises InputRefused: unknown unit or year, nothing
    diagnosed there.
    """
    log = IssueLog()
    chosen = _year(published, year, log)
    problems = _problems(published, unit, chosen, log)
    surveyor = Surveyor(published.model)
    stops: list[Scene] = []
    districts = _districts(published, problems)
    for at in _order(problems, districts, stops):
        stop = _stop(published, surveyor, problems.slice(at, 1).to_pylist()[0], chosen, log)
        if stop is not None:
            stops.append(stop)
    if not stops:
        log.add("SCENE_NOTHING_TO_TOUR", id=unit or "city", year=chosen)
        raise InputRefused(log)
    told = name or ("tour" if not unit else f"tour-{_slug(unit)}")
    scene = Scene(
        told,
        _title(published, unit, chosen),
        page={"look": "neutral"},
        publication=published.publication,
        stops=tuple(stops),
    )
    return scene, log


def _year(published: Published, year: int | None, log: IssueLog) -> int:
    years = published.results.years
    if not years or (year is not None and year not in years):
        log.add("SCENE_TOUR_YEAR", year=year, years=", ".join(map(str, years)) or "—")
        raise InputRefused(log)
    return years[-1] if year is None else year


def _problems(published: Published, unit: str, year: int, log: IssueLog) -> pa.Table:
    """Problems of the year inside a unit; each stands once, loaded ones instead of the rule's."""
    table = published.results.diagnosis
    keep = np.asarray(table["year"].to_numpy(zero_copy_only=False)) == year
    if unit:
        inside = _inside(published, unit, log)
        keep &= np.isin(table["unit_id"].to_numpy(zero_copy_only=False), inside)
    table = table.filter(keep)
    covered = set(table["rule_problem_id"].to_pylist()) - {None}
    states = table["state"].to_pylist()
    ids = table["problem_id"].to_pylist()
    live = [
        name not in covered and state not in ("rejected", "verified")
        for name, state in zip(ids, states, strict=True)
    ]
    return table.filter(np.array(live, bool))


def _inside(published: Published, unit: str, log: IssueLog) -> npt.NDArray[np.object_]:
    """Ids of a unit and of every unit in it."""
    if unit not in published.unit_ids:
        near = ", ".join(sorted(i for i in published.unit_ids if i.startswith("district:"))[:12])
        log.add("SCENE_UNIT_UNKNOWN", id=unit, near=near or "—")
        raise InputRefused(log)
    level = unit.partition(":")[0]
    names = ["id"]
    if level in published.model.manifest["parents"]:
        names.append(f"parent_{level}")
    table = published.model.columns(*names)
    ids = table["id"].to_numpy(zero_copy_only=False).astype(object)
    keep = ids == unit
    if len(names) > 1:
        keep |= table[names[1]].to_numpy(zero_copy_only=False).astype(object) == unit
    found: npt.NDArray[np.object_] = ids[keep]
    return found


def _districts(published: Published, problems: pa.Table) -> list[str]:
    """The district of each problem's unit; its own id where it lies in none."""
    if "district" not in published.model.manifest["parents"]:
        return ["" for _ in range(len(problems))]
    table = published.model.columns("id", "parent_district")
    of = dict(zip(table["id"].to_pylist(), table["parent_district"].to_pylist(), strict=True))
    return [str(of.get(name) or name) for name in problems["unit_id"].to_pylist()]


def _order(problems: pa.Table, districts: list[str], stops: list[Scene]) -> Any:
    """Yields the next best problem as long as the tour is short; sees what was taken in `stops`."""
    severity = problems["severity"].to_pylist()
    people = problems["people"].to_numpy(zero_copy_only=False).astype(float)
    base = np.array([WEIGHT.get(word or "", 1.0) for word in severity])
    base *= np.sqrt(1.0 + np.nan_to_num(people))
    rules, units = problems["rule"].to_pylist(), problems["unit_id"].to_pylist()
    worth, ids = base.copy(), problems["problem_id"].to_pylist()
    for _ in range(TRIED):
        if len(stops) == STOPS or not len(worth) or worth.max() <= 0:
            return
        at = int(np.lexsort((np.array(ids, str), -worth))[0])
        before = len(stops)
        yield at
        worth[at] = 0.0
        if len(stops) > before:
            same = (
                (np.array([d == districts[at] for d in districts]), AGAIN_DISTRICT),
                (np.array([r == rules[at] for r in rules]), AGAIN_RULE),
                (np.array([u == units[at] for u in units]), AGAIN_UNIT),
            )
            for where, factor in same:
                worth[where] *= factor


def _stop(
    published: Published, surveyor: Surveyor, problem: dict[str, Any], year: int, log: IssueLog
) -> Scene | None:
    unit = str(problem["unit_id"])
    target = surveyor.target(unit)
    pose = None if target is None else surveyor.pose(target)
    if pose is None:
        log.add("SCENE_TARGET_HIDDEN", id=unit, problem=problem["problem_id"])
        return None
    places = places_of(published, {unit})
    caption = problem_caption(problem, places, project_of(published, problem["problem_id"]))
    return Scene(
        name="",
        title=problem_title(problem, places),
        caption=caption,
        camera=pose.camera,
        selection=unit,
        problem=str(problem["problem_id"]),
        duration=float(min(LONGEST, max(6, round(len(caption["zh"]) / 10)))),
        page={"look": "neutral"},
        **_overlay(published, problem, year),
    )


def _overlay(published: Published, problem: dict[str, Any], year: int) -> dict[str, Any]:
    """What colours the city at a stop: the problem's indicator, else its rule's; else nothing."""
    level, rule = problem["level"], published.results.rules.get(problem["rule"])
    wanted = [(problem["system"], problem["indicator"])]
    if rule is not None and rule.indicator:
        systems = sorted({system for system, _ in published.results.available})
        systems.sort(key=lambda system: system != published.default_system)
        wanted += [(system, rule.indicator) for system in systems]
    for system, indicator in wanted:
        if year in published.results.available.get((system, indicator), {}).get(level, []):
            return {"system": system, "indicator": indicator, "level": level, "year": year}
    return {}


def _title(published: Published, unit: str, year: int) -> Text:
    place = places_of(published, {unit})[unit] if unit else published.name
    return text(
        f"{place['zh']}{year}年体检问题巡览", f"{place['en']}: problems of the {year} checkup"
    )


def _slug(unit: str) -> str:
    kept = "".join(c if c.isalnum() or c in "-_" else "-" for c in unit.partition(":")[2])
    return kept[:60] or "unit"
