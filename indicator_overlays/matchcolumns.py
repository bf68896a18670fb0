"""The columns that `[match]` names, beside those that every kind of table has."""

from __future__ import annotations

from collections.abc import Mapping as Table

import pandas as pd

from cim_bridge.issues import IssueLog
from cim_bridge.sheets import Sheet, normal
from indicator_overlays.mapping import Mapping

_SERVE_AS_KEY = ("match_label", "match_address", "match_x")


def match_titles(mapping: Mapping) -> list[str]:
    """Titles that `[match]` names: they mark a header row too."""
    return list(mapping.match.columns.values()) if mapping.match is not None else []


def match_positions(sheet: Sheet, mapping: Mapping) -> dict[str, int]:
    """Role (`match_label`, …) → position of its column in a sheet; only those that are there."""
    if mapping.match is None:
        return {}
    titles = [normal(title) for title in sheet.titles]
    wanted = {role: normal(title) for role, title in mapping.match.columns.items()}
    return {role: titles.index(title) for role, title in wanted.items() if title in titles}


def with_key(columns: dict[str, int], positions: Table[str, int]) -> dict[str, int]:
    """Columns of a sheet; where none names the unit, the label, address or point serves."""
    serving = [positions[role] for role in _SERVE_AS_KEY if role in positions]
    if "unit_id" in columns or not serving:
        return columns
    return columns | {"unit_id": serving[0]}


def match_frame(sheet: Sheet, mapping: Mapping, log: IssueLog) -> dict[str, pd.Series[str]]:
    """Role → texts of its column; a column that the sheet lacks is an Issue."""
    if mapping.match is None:
        return {}
    positions = match_positions(sheet, mapping)
    found: dict[str, pd.Series[str]] = {}
    for role, title in mapping.match.columns.items():
        if role in positions:
            found[role] = sheet.frame.iloc[:, positions[role]]
            continue
        log.add(
            "MATCH_COLUMN_MISSING", file=sheet.file, layer=sheet.name, column=title,
            found="、".join(filter(None, sheet.titles[:12])),
        )  # fmt: skip
    return found
