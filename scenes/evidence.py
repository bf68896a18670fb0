"""The words of a stop, written from what the diagnosis knows: nothing is made up."""

from __future__ import annotations

from typing import Any

from cim_bridge.texts import Text, as_text, text
from scenes.scene import Published
from scenes.unitwords import measured_in

PROJECT_STATES: dict[str, Text] = {
    "planned": text("谋划", "planned"),
    "approved": text("已立项", "approved"),
    "under_construction": text("在建", "under construction"),
    "completed": text("完工", "completed"),
    "verified": text("已销号", "verified"),
    "paused": text("暂停", "paused"),
    "cancelled": text("取消", "cancelled"),
}
SEVERITIES: dict[str, Text] = {
    "high": text("严重", "high"),
    "medium": text("中等", "medium"),
    "low": text("轻微", "low"),
}
MOST_WHY, MOST_NAME = 600, 120


def problem_title(problem: dict[str, Any], places: dict[str, Text]) -> Text:
    """The rule's words and the place: `中学服务盲区 · 福岸1号街区`."""
    place = places[problem["unit_id"]]
    zh, en = problem["title_zh"] or "", problem["title_en"] or problem["title_zh"] or ""
    return text(f"{zh} · {place['zh']}"[:200], f"{en} · {place['en']}"[:200])


def problem_caption(
    problem: dict[str, Any], places: dict[str, Text], project: dict[str, Any] | None
) -> Text:
    """Why (place, value, threshold), how many people, who acts, with which project, until when."""
    parts = [
        _why(problem),
        _people(problem["people"]),
        text(f"依据：{problem['rule']}", f"Rule {problem['rule']}") if problem["rule"] else None,
        _department(problem),
        _project(project),
    ]
    told = [part for part in parts if part is not None]
    return text(
        "；".join(part["zh"] for part in told) + "。", "; ".join(part["en"] for part in told) + "."
    )


def _why(problem: dict[str, Any]) -> Text:
    """The rule's own words; value and threshold behind them where they do not tell both."""
    zh, en = (str(problem[f"why_{tongue}"] or "").rstrip("。.;；") for tongue in ("zh", "en"))
    value, limit = problem["value"], problem["threshold"]
    if value is not None and limit is not None and not (_told(value, zh) and _told(limit, zh)):
        unit = measured_in(problem["unit"])
        zh += f"（{value:g}{_unit(unit['zh'])}，参照 {limit:g}{_unit(unit['zh'])}）"
        en += f" ({value:g}{_unit(unit['en'])} against {limit:g}{_unit(unit['en'])})"
    return text(zh[:MOST_WHY], (en or zh)[:MOST_WHY])


def _told(number: float, words: str) -> bool:
    """Whether a sentence says a number; nothing is lacking where nothing is wanted."""
    return number == 0 or f"{number:g}" in words or f"{number:,g}" in words


def _unit(words: str) -> str:
    return f" {words}" if words else ""


def _people(count: float | None) -> Text | None:
    if count is None or count < 1:
        return None
    return text(f"涉及 {count:,.0f} 人", f"{count:,.0f} people concerned")


def _department(problem: dict[str, Any]) -> Text | None:
    zh = problem["department_zh"] or ""
    en = problem["department_en"] or zh
    return text(f"责任部门：{zh or en}", f"with the {en}") if zh or en else None


def _project(project: dict[str, Any] | None) -> Text:
    if project is None:
        return text("尚无更新项目对应", "no renewal project answers it yet")
    name = as_text({"zh": project["name_zh"], "en": project["name_en"]})
    state = PROJECT_STATES.get(project["state"], text(project["state"], project["state"]))
    until = project["deadline"]
    zh, en = f"（{state['zh']}", f" ({state['en']}"
    if until is not None:
        zh, en = f"{zh}，期限 {until.isoformat()}", f"{en}, due {until.isoformat()}"
    return text(
        f"更新项目：{name['zh'][:MOST_NAME]}{zh}）", f"project: {name['en'][:MOST_NAME]}{en})"
    )


def places_of(published: Published, ids: set[str]) -> dict[str, Text]:
    """The name of each unit; its id where it has none."""
    table = published.model.columns("id", "label_zh", "label_en")
    found = {name: text(name, name) for name in ids}
    for name, zh, en in zip(*(table[column].to_pylist() for column in table.column_names),
                            strict=True):  # fmt: skip
        if name in found and (zh or en):
            found[name] = text(zh, en)
    return found


def project_of(published: Published, problem_id: str) -> dict[str, Any] | None:
    """The project that answers a problem: the one due last among several; None without one."""
    links = published.results.links
    named = {
        project
        for problem, project in zip(
            links["problem_id"].to_pylist(), links["project_id"].to_pylist(), strict=True
        )
        if problem == problem_id
    }
    rows = [row for row in published.results.projects.to_pylist() if row["project_id"] in named]
    rows.sort(key=lambda row: (str(row["deadline"] or ""), row["project_id"]))
    return rows[-1] if rows else None
