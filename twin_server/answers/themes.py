"""Themes of the checkup, what belongs to them, and the milestones of the city."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from cim_bridge.issues import IssueLog
from indicator_overlays.themes.read import load_relations, load_themes
from twin_server.errors import Missing
from twin_server.twin import Twin


def themes_of(twin: Twin) -> list[dict[str, Any]]:
    """Themes as the published release holds them; those of the folder before the first."""
    if "themes" not in twin.answers:
        pinned = twin.results.themes if twin.results else []
        plain = load_themes(twin.folder, twin.systems, IssueLog())
        twin.answers["themes"] = pinned or [theme.to_json() for theme in plain]
    found: list[dict[str, Any]] = twin.answers["themes"]
    return found


def theme_answer(twin: Twin, theme: dict[str, Any]) -> dict[str, Any]:
    """One theme with its counts of indicators, by system, and its special areas."""
    systems: dict[str, int] = {}
    for pair in theme["indicators"]:
        systems[pair["system"]] = systems.get(pair["system"], 0) + 1
    kinds = set(theme["area_kinds"])
    lines = twin.units.of_level("area").tolist() if kinds and twin.model else []
    areas = [index for index in lines if twin.units.value("kind", index) in kinds]
    return {**theme, "systems": systems, "areas": [twin.units.ref(index) for index in areas]}


def theme_codes(twin: Twin, code: str) -> Collection[tuple[str, str]]:
    """(system, indicator) of a theme; Missing names those there are."""
    themes = themes_of(twin)
    found = next((theme for theme in themes if theme["code"] == code), None)
    if found is None:
        known = ", ".join(theme["code"] for theme in themes)
        raise Missing("UNKNOWN_THEME", f"no theme {code!r}; known: {known}")
    return {(pair["system"], pair["code"]) for pair in found["indicators"]}


def related_codes(twin: Twin) -> dict[str, list[tuple[str, str]]]:
    """Indicator code → (other code, kind) of those that are read with it."""
    if "related" not in twin.answers:
        rows = twin.results.relations if twin.results else []
        plain = [vars(item) for item in load_relations(twin.folder, IssueLog())]
        found: dict[str, list[tuple[str, str]]] = {}
        for row in rows or plain:
            found.setdefault(row["code"], []).append((row["other"], row["kind"]))
            found.setdefault(row["other"], []).append((row["code"], row["kind"]))
        twin.answers["related"] = found
    known: dict[str, list[tuple[str, str]]] = twin.answers["related"]
    return known


def milestone_items(twin: Twin) -> list[dict[str, Any]]:
    """Milestones of city.toml by date; overdue when the day has passed and it is not reached."""
    today = twin.folder.config.day()
    ordered = sorted(twin.folder.config.milestones, key=lambda item: item.due)
    return [
        {
            "name": dict(item.name),
            "due": item.due.isoformat(),
            "done": None if item.done is None else item.done.isoformat(),
            "overdue": item.done is None and item.due < today,
            "late": item.done is not None and item.done > item.due,
            "theme": item.theme or None,
        }
        for item in ordered
    ]
