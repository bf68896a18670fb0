"""Layers made from what is published: units, units with a year's values, problems, projects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from cim_bridge.levels import PARENT_LEVELS
from indicator_overlays.columns import NUMBER, STATE_CODES
from indicator_overlays.results_reader import Overlay
from twin_server.coded import Rows, pc
from twin_server.ogc.layer import ARROW, Field, Layer
from twin_server.problems import project_ref
from twin_server.twin import Twin

_STATES = {code: name for name, code in STATE_CODES.items()}

UNIT_FIELDS: tuple[Field, ...] = (
    Field("source_id", "text", "编号 Source id"),
    Field("label_zh", "text", "中文名 Chinese name"),
    Field("label_en", "text", "英文名 English name"),
    Field("kind", "text", "种类 Kind"),
    Field("row", "integer", "行号 Row in its level"),
    Field("height", "number", "高度 Height", "m"),
    Field("ground", "number", "地面标高 Ground height", "m"),
    Field("storeys", "number", "层数 Storeys"),
    Field("use", "text", "用途 Use"),
    Field("structure", "text", "结构 Structure"),
    Field("year_built", "number", "建成年份 Year built"),
    Field("area", "number", "面积 Area", "m2"),
    Field("population", "number", "人口 Population"),
    *(Field(f"parent_{level}", "text", f"所在 Lies in ({level})") for level in PARENT_LEVELS),
    Field("source", "text", "来源 Source"),
    Field("external_ids", "object", "其他系统编号 Ids in other systems"),
    Field("attributes", "object", "源属性 The source's own attributes"),
)
"""Properties of a unit."""

PLACE_FIELDS: tuple[Field, ...] = UNIT_FIELDS[:4]
"""What a unit with values is called by."""

PROBLEM_FIELDS: tuple[Field, ...] = (
    *(Field(name, "text") for name in (
        "rule", "title_zh", "title_en", "severity", "state", "unit_id", "level", "system",
        "indicator", "period", "why_zh", "why_en", "fix_zh", "fix_en", "department_zh",
        "department_en", "address", "origin")),
    Field("year", "integer", "体检年度 Checkup year"),
    *(Field(name, "number") for name in ("value", "threshold", "margin", "people")),
    Field("repeated", "boolean"),
    Field("reference", "boolean"),
    Field("date", "date", "发现日期或截止日期 Day it was found, or the year's cut-off"),
)  # fmt: skip
"""Properties of a problem; `state` is the state of this moment."""

PROJECT_FIELDS: tuple[Field, ...] = (
    *(Field(name, "text") for name in (
        "name_zh", "name_en", "state", "department_zh", "department_en", "fund_source",
        "description_zh", "description_en")),
    Field("investment_10k", "number", "投资（万元） Investment", "10,000 yuan"),
    Field("progress", "number", "进度 Progress", "%"),
    Field("start", "date", "开工 Start"),
    Field("deadline", "date", "完工期限 Deadline"),
    Field("unit_ids", "object", "涉及单元 Units"),
    Field("rules", "object", "对应规则 Rules"),
)  # fmt: skip
"""Properties of a renewal project; `state` is the state of this moment."""


def value_fields(
    codes: Mapping[str, tuple[str, str]], *, by_name: bool = False
) -> tuple[Field, ...]:
    """Two properties an indicator; codes: code → (title, what is told of it)."""
    found = []
    for code, (title, told) in codes.items():
        found.append(Field(code, "number", title, told, by_name))
        found.append(Field(f"{code}_state", "text", f"{title} · 状态 state", "", by_name))
    return tuple(found)


def unit_lines(twin: Twin, level: str, kinds: frozenset[str] | None) -> Rows:
    """Lines of the living units of a level, of some kinds or all, in row order."""
    lines = twin.units.of_level(level)
    if kinds is None:
        return lines
    table = twin.units.table
    wanted = [table.code("kind", kind) for kind in kinds] + ([-1] if "" in kinds else [])
    kept: Rows = lines[np.isin(table.codes("kind")[lines], wanted)]
    return kept


def unit_layer(twin: Twin, level: str, kinds: frozenset[str] | None = None) -> Layer:
    """Units of a level."""
    lines = unit_lines(twin, level, kinds)
    return _layer(twin, lines, UNIT_FIELDS, _unit_columns(twin, lines, UNIT_FIELDS))


def value_layer(twin: Twin, level: str, system: str, year: int, fields: tuple[Field, ...]) -> Layer:
    """Units of a level with a year's values; what is missing is null, and its state says so."""
    lines = unit_lines(twin, level, None)
    rows = twin.units.table.numbers("row")[lines].astype(np.int64)
    columns = _unit_columns(twin, lines, PLACE_FIELDS)
    results = twin.results
    for one in fields[len(PLACE_FIELDS) :: 2]:
        if results is not None:
            overlay = results.overlay(system, one.name, level, year)
            numbers, states = _cells(twin, overlay, rows)
            columns |= {one.name: numbers, f"{one.name}_state": states}
    return _layer(twin, lines, fields, columns)


def _cells(twin: Twin, overlay: Overlay, rows: Rows) -> tuple[Any, Any]:
    """Value and state of each row; a number's state tells measured from computed."""
    size = int(max(rows.max(initial=-1), overlay.cells.row.max(initial=0))) + 1
    cell = np.full(size, -1, np.int64)
    cell[overlay.cells.row] = np.arange(len(overlay.cells.row))
    at = cell[rows]
    there = at >= 0
    state = np.full(len(rows), STATE_CODES["missing"], np.uint8)
    state[there] = overlay.cells.state[at[there]]
    value = np.full(len(rows), np.nan)
    value[there] = overlay.cells.value[at[there]]
    shown = (state == NUMBER) | (state == STATE_CODES["stale"])
    names = np.full(256, "measured", object)
    for code, name in _STATES.items():
        names[code] = name
    words = names[state]
    computed = np.zeros(len(rows), bool)
    computed[there] = _computed(twin, overlay)[at[there]]
    words[computed & (state == NUMBER)] = "computed"
    lacking = ~(shown & np.isfinite(value))
    return pa.array(value, pa.float64(), mask=lacking), pa.array(words, pa.string())


def _computed(twin: Twin, overlay: Overlay) -> npt.NDArray[np.bool_]:
    words = overlay.source.dictionary.to_pylist()
    made = np.array([twin.source_kinds.get(word or "") == "computed" for word in words], bool)
    index = pc.fill_null(overlay.source.indices, -1).to_numpy(zero_copy_only=False)
    found: npt.NDArray[np.bool_] = np.append(made, False)[index]
    return found


def problem_layer(twin: Twin, states: Mapping[str, str]) -> Layer:
    """Problems of every year at the places of their units."""
    coded = twin.problems.problems
    rows = np.arange(coded.rows)
    ids = coded.values("problem_id", rows)
    cells = {one.name: coded.values(one.name, rows) for one in PROBLEM_FIELDS}
    own = zip(ids, cells["state"], strict=True)
    cells["state"] = [states.get(name, state or "candidate") for name, state in own]
    years = {year: twin.folder.config.cutoff(year).isoformat() for year in set(cells["year"])}
    found = zip(coded.values("found_date", rows), cells["year"], strict=True)
    cells["date"] = [day or years[year] for day, year in found]
    lines = [twin.units.find(name or "") for name in cells["unit_id"]]
    shapes = np.full(len(ids), None, object)
    has = np.array([line is not None for line in lines], bool)
    shapes[has] = _shapes(twin)[[line for line in lines if line is not None]]
    columns = _columns(PROBLEM_FIELDS, cells)
    return Layer(ids, shapes, PROBLEM_FIELDS, columns, _crs(twin), ("date", "date"))


def project_layer(twin: Twin, states: Mapping[str, str]) -> Layer:
    """Renewal projects: their own geometry, else that of the first unit they touch."""
    import shapely

    rows = twin.problems.project_rows
    shapes = np.full(len(rows), None, object)
    cells: dict[str, list[Any]] = {one.name: [] for one in PROJECT_FIELDS}
    drawn = shapely.from_wkt([row.get("geometry_wkt") or None for row in rows], on_invalid="ignore")
    for place, row in enumerate(rows):
        lines = (twin.units.find(name) for name in row["unit_ids"])
        line = next((one for one in lines if one is not None), None)
        shapes[place] = drawn[place]
        if shapes[place] is None and line is not None:
            shapes[place] = _shapes(twin)[line]
        told = {**row, "state": project_ref(row, states)["state"]}
        for one in PROJECT_FIELDS:
            cells[one.name].append(told.get(one.name))
    columns = _columns(PROJECT_FIELDS, cells)
    ids = [row["project_id"] for row in rows]
    return Layer(ids, shapes, PROJECT_FIELDS, columns, _crs(twin), ("start", "deadline"))


def _crs(twin: Twin) -> str:
    return str(twin.model.manifest["crs"]) if twin.model else "EPSG:4326"


def _shapes(twin: Twin) -> npt.NDArray[Any]:
    if twin.model is None:
        return np.full(0, None, object)
    return np.asarray(twin.model.units.geometry.to_numpy())


def _layer(twin: Twin, lines: Rows, fields: tuple[Field, ...], columns: Mapping[str, Any]) -> Layer:
    table = pa.table({one.name: columns[one.name] for one in fields})
    ids = [twin.units.ids[line] for line in lines.tolist()]
    return Layer(ids, _shapes(twin)[lines], fields, table, _crs(twin))


def _unit_columns(twin: Twin, lines: Rows, fields: tuple[Field, ...]) -> dict[str, Any]:
    """Arrow columns of some units; an empty text is not known, so null."""
    names = [one.name for one in fields]
    part = twin.model.columns(*names).take(lines) if twin.model else pa.table({})
    found = {}
    for one in fields:
        column = part[one.name].combine_chunks().cast(ARROW[one.kind])
        if one.kind in ("text", "object"):
            column = pc.replace_with_mask(
                column, pc.equal(column, ""), pa.scalar(None, pa.string())
            )
        if one.kind == "number":
            whole = pc.is_finite(column)
            column = pc.if_else(whole, column, pa.scalar(None, pa.float64()))
        found[one.name] = column
    return found


def _columns(fields: tuple[Field, ...], cells: Mapping[str, list[Any]]) -> pa.Table:
    made = {}
    for one in fields:
        values = cells[one.name]
        if one.kind == "object":
            import orjson

            values = [None if cell is None else orjson.dumps(cell).decode() for cell in values]
        column = pa.array(values)
        if one.kind == "date" and not pa.types.is_date(column.type):
            column = column.cast(pa.string())
        made[one.name] = column.cast(ARROW[one.kind])
    return pa.table(made)
