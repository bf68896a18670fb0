"""Which collections there are: levels, kinds of objects, a year's values, problems, projects."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import numpy as np

from cim_bridge.levels import LEVELS
from cim_bridge.texts import Text, text
from indicator_overlays.results_reader import Results
from indicator_overlays.yearly import Key
from twin_server.errors import Missing
from twin_server.ogc.layer import Field, Layer
from twin_server.ogc.layers import (
    PLACE_FIELDS,
    PROBLEM_FIELDS,
    PROJECT_FIELDS,
    UNIT_FIELDS,
    problem_layer,
    project_layer,
    unit_layer,
    unit_lines,
    value_fields,
    value_layer,
)
from twin_server.ogc.records import RECORD_FIELDS, dataset_records, indicator_records
from twin_server.ogc.volumes import Volume, volume_of
from twin_server.pinned import Pinned
from twin_server.twin import Twin

Box = tuple[float, float, float, float]

_MOST_LAYERS = 48
_LOCK = threading.Lock()
_NOT_A_WORD = re.compile(r"[^\w\-]+")


@dataclass(frozen=True)
class Collection:
    """What is told of a collection before it is made.

    box: west, south, east, north in degrees, None when empty. days: first and last day of its
    features, where they have a time. make: its layer, from the live states of this moment.
    """

    id: str
    title: Text
    description: Text
    fields: tuple[Field, ...]
    box: Box | None
    make: Callable[[Pinned], Layer]
    days: tuple[str | None, str | None] | None = None
    live: str = ""
    """Whose live states its features show: "problem", "project" or nobody's."""
    item: str = "feature"
    """What its items are: "feature" or "record"."""
    volume: Volume | None = None
    """Its tileset and heights, where its features stand in 3D."""

    @property
    def path(self) -> str:
        """Its id as a path segment."""
        return quote(self.id, safe="")


def collections(twin: Twin) -> dict[str, Collection]:
    """Every listed collection by id, in the order of levels."""
    if "ogc.collections" not in twin.answers:
        found = []
        if twin.model:
            found = [*_units(twin), *_values(twin), *_findings(twin), *_records(twin)]
        twin.answers["ogc.collections"] = {one.id: one for one in found}
    listed: dict[str, Collection] = twin.answers["ogc.collections"]
    return listed


def find(twin: Twin, asked: str) -> Collection:
    """A collection by id: a listed one, or `<level>.<indicator>.<year>` of the default system."""
    found = collections(twin).get(asked) or _single(twin, asked)
    if found is None:
        raise Missing("UNKNOWN_COLLECTION", f"there is no collection {asked!r}")
    return found


def layer_of(twin: Twin, live: Pinned, chosen: Collection) -> Layer:
    """The layer of a collection; the last ones used are kept."""
    states = {"problem": live.problem_states, "project": live.project_states}.get(chosen.live, {})
    key = (chosen.id, tuple(sorted(states.items())))
    with _LOCK:
        shelf: OrderedDict[Any, Layer] = twin.answers.setdefault("ogc.layers", OrderedDict())
        if key in shelf:
            shelf.move_to_end(key)
            return shelf[key]
    made = chosen.make(live)
    with _LOCK:
        shelf[key] = made
        while len(shelf) > _MOST_LAYERS:
            shelf.popitem(last=False)
    return made


def _units(twin: Twin) -> list[Collection]:
    found = []
    for level in LEVELS:
        if not twin.units.counts.get(level):
            continue
        if level != "object":
            found.append(
                _unit_collection(twin, level, level, None, twin.folder.config.label(level))
            )
            continue
        for slug, kinds in _kinds(twin).items():
            label = text(f"设施：{slug}", f"Objects: {slug.replace('_', ' ')}")
            name = f"object.{slug}" if slug else "object"
            found.append(_unit_collection(twin, name, level, kinds, label))
    return found


def _kinds(twin: Twin) -> dict[str, frozenset[str]]:
    """Kinds of objects that one collection holds, by the word in its id."""
    table = twin.units.table
    lines = twin.units.of_level("object")
    found: dict[str, set[str]] = {}
    for code in np.unique(table.codes("kind")[lines]).tolist():
        kind = table.words("kind")[code] if code >= 0 else ""
        found.setdefault(_NOT_A_WORD.sub("_", kind), set()).add(kind)
    return {slug: frozenset(kinds) for slug, kinds in sorted(found.items())}


def _unit_collection(
    twin: Twin, name: str, level: str, kinds: frozenset[str] | None, label: Text
) -> Collection:
    told = text("单元及其属性，按公布的模型", "Units and their attributes in the published model")
    lines = unit_lines(twin, level, kinds)
    return Collection(
        name,
        label,
        told,
        UNIT_FIELDS,
        _box(twin, lines),
        lambda _live: unit_layer(twin, level, kinds),
        volume=volume_of(twin, level, lines) if kinds is None else None,
    )


def _values(twin: Twin) -> list[Collection]:
    results = twin.results
    if results is None:
        return []
    every: dict[tuple[str, str, int], list[str]] = {}
    for key in results.keys:
        every.setdefault((key.level, key.system, key.year), []).append(key.indicator)
    order = sorted(every, key=lambda key: (LEVELS.index(key[0]), key[1], -key[2]))
    return [
        _value_collection(twin, results, f"{level}.{system}.{year}", (level, system, year), codes)
        for level, system, year in order
        for codes in [every[level, system, year]]
    ]


def _value_collection(
    twin: Twin, results: Results, name: str, place: tuple[str, str, int], codes: list[str]
) -> Collection:
    level, system, year = place
    told = {
        code: _told(twin, place, code, results.period(Key(system, code, level, year)))
        for code in codes
    }
    fields = (*PLACE_FIELDS, *value_fields(told, by_name=len(codes) == 1))
    label = twin.folder.config.label(level)
    shown = twin.systems[system].label if system in twin.systems else text(system, system)
    title = text(f"{label['zh']} {shown['zh']} {year} 年", f"{label['en']}, {shown['en']}, {year}")
    if len(codes) == 1:
        title = text(
            f"{label['zh']} {told[codes[0]][0]} {year}", f"{label['en']} {codes[0]} {year}"
        )
    description = text(
        "各单元的指标值；缺失为 null，<指标>_state 说明原因，绝不以 0 代替",
        "Values of each unit; what is missing is null and <code>_state says why, never 0",
    )
    day = twin.folder.config.cutoff(year).isoformat()
    box = _box(twin, unit_lines(twin, level, None))
    return Collection(
        name,
        title,
        description,
        fields,
        box,
        lambda _live: value_layer(twin, level, system, year, fields),
        (day, day),
    )


def _told(twin: Twin, place: tuple[str, str, int], code: str, period: str) -> tuple[str, str]:
    """Title and description of an indicator's property."""
    _, system, _ = place
    known = twin.systems[system].indicators if system in twin.systems else {}
    if code not in known:
        return code, f"{system}; {period}"
    name = known[code].name
    return f"{name['zh']} {name['en']}", f"{known[code].unit}; {system}; {period}"


def _single(twin: Twin, asked: str) -> Collection | None:
    """One indicator of the default system: not listed, there would be thousands."""
    parts = asked.split(".")
    results = twin.results
    if results is None or len(parts) != 3 or not parts[2].isdigit():
        return None
    level, code, year = parts[0], parts[1], int(parts[2])
    system = twin.folder.config.default_system
    if year not in results.available.get((system, code), {}).get(level, []):
        return None
    return _value_collection(twin, results, asked, (level, system, year), [code])


def _findings(twin: Twin) -> list[Collection]:
    box = _box(twin, np.flatnonzero(twin.units.alive))
    table = twin.problems.problems
    years = np.unique(table.numbers("year")).tolist() if table.rows else []
    cutoffs = [twin.folder.config.cutoff(int(year)).isoformat() for year in years]
    days = (None, max(cutoffs)) if cutoffs else (None, None)
    return [
        Collection(
            "problems",
            text("体检发现的问题", "Problems found"),
            text(
                "各年度诊断出的问题，位于其单元", "Diagnosed problems of all years, at their units"
            ),
            PROBLEM_FIELDS,
            box,
            lambda live: problem_layer(twin, live.problem_states),
            days,
            "problem",
        ),
        Collection(
            "projects",
            text("城市更新项目", "Renewal projects"),
            text("项目及其当前状态", "Projects and their state of this moment"),
            PROJECT_FIELDS,
            box,
            lambda live: project_layer(twin, live.project_states),
            (None, None),
            "project",
        ),
    ]


def _records(twin: Twin) -> list[Collection]:
    box = _box(twin, np.flatnonzero(twin.units.alive))
    return [
        Collection(
            "datasets",
            text("数据目录", "Catalogue of data"),
            text(
                "发布、模型、结果、数据批次与来源",
                "Publications, models, results, batches, sources",
            ),
            RECORD_FIELDS,
            box,
            lambda live: dataset_records(twin, live),
            item="record",
        ),
        Collection(
            "indicators",
            text("指标目录", "Catalogue of indicators"),
            text("各体系的全部指标及其定义", "Every indicator of every system with its definition"),
            RECORD_FIELDS,
            box,
            lambda _live: indicator_records(twin),
            item="record",
        ),
    ]


def _box(twin: Twin, lines: Any) -> Box | None:
    boxes = twin.units.boxes[lines]
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    if not len(boxes):
        return None
    low, high = boxes[:, :2].min(axis=0), boxes[:, 2:].max(axis=0)
    west, south, east, north = (float(edge) for edge in (*low, *high))
    return west, south, east, north
