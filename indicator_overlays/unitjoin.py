"""Ids as written in a delivery → units of the model, with a finding for each that is not clear."""

from __future__ import annotations

import csv
import io

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim_bridge.decoding import decode
from cim_bridge.levels import LABELS, LEVELS, level_of_word
from indicator_overlays.delivery import Delivery
from indicator_overlays.findings import Finder
from indicator_overlays.unitindex import AMBIGUOUS, BY_EXTERNAL, BY_LABEL, UNKNOWN


def join_units(
    written: pd.Series[str],
    levels: pd.Series[str],
    delivery: Delivery,
    finder: Finder,
    letters: dict[str, str],
    frame: pd.DataFrame | None = None,
) -> npt.NDArray[np.int64]:
    """Position of the unit of every row; -1 where there is none (told as an Issue).

    frame: the rows with what the map's `[match]` reads of them (columns `match_label`, …).
    """
    ids = translate(written, delivery)
    level = read_levels(levels, delivery, finder, letters.get("level", ""))
    if delivery.matcher is not None:
        extra = pd.DataFrame(index=ids.index) if frame is None else frame
        return delivery.units.positions(delivery.matcher.match(ids, level, extra, finder))
    found = delivery.units.resolve(ids, level)
    column = letters.get("unit_id", "")
    missing = found.how == UNKNOWN
    if missing.any():
        code = (
            "UNIT_UNKNOWN" if delivery.mapping.unknown_units == "refuse" else "UNIT_UNKNOWN_SKIPPED"
        )
        hint_zh, hint_en = _hints(ids, level, missing, delivery)
        finder.report(code, missing, column, hint=hint_en, hint_zh=hint_zh)
    finder.report("UNIT_AMBIGUOUS", found.how == AMBIGUOUS, column)
    for how, code in ((BY_LABEL, "UNIT_BY_LABEL"), (BY_EXTERNAL, "UNIT_BY_EXTERNAL_ID")):
        matched = (found.how == how) & ~ids.duplicated().to_numpy(bool)
        if matched.any():
            names = delivery.units.ids(np.maximum(found.position, 0))
            finder.report(code, matched, column, matched=names)
    return found.position


def translate(written: pd.Series[str], delivery: Delivery) -> pd.Series[str]:
    """Other people's ids → ours through the lookup file of the mapping; unknown ones stay."""
    mapping = delivery.mapping
    if mapping.lookup is None:
        return written
    table = _lookup(delivery)
    return written.map(table).astype("object").fillna(written).astype("str")


def read_levels(
    written: pd.Series[str], delivery: Delivery, finder: Finder, letter: str
) -> pd.Series[str]:
    """Level words (codes, list words, the city's own labels) → codes; the delivery's by default."""
    given = delivery.level or delivery.mapping.level
    codes, words = pd.factorize(written)
    labels = {
        word: level
        for level in LEVELS
        for label in (LABELS[level], delivery.folder.config.label(level))
        for word in (label["zh"], label["en"], label["en"].lower())
    }
    read = [(level_of_word(str(w)) or labels.get(str(w)) or "") if w else given for w in words]
    level = pd.Series(np.array(read, object)[codes], dtype="str")
    unknown = (level == "").to_numpy(bool) & (written != "").to_numpy(bool)
    finder.report("LEVEL_UNKNOWN", unknown, letter, level=written)
    return level


def _lookup(delivery: Delivery) -> dict[str, str]:
    mapping = delivery.mapping
    path = mapping.lookup
    if path is None:
        return {}
    try:
        table = csv.DictReader(io.StringIO(decode(path.read_bytes()).text, newline=""))
        rows = list(table)
    except (OSError, UnicodeDecodeError) as exc:
        delivery.log.add("LOOKUP_UNREADABLE", file=path, reason=str(exc))
        return {}
    for column in (mapping.lookup_from, mapping.lookup_to):
        if column not in (table.fieldnames or ()):
            delivery.log.add("LOOKUP_UNREADABLE", file=path, reason=f"no column {column!r}")
            return {}
    return {
        str(row[mapping.lookup_from]).strip(): str(row[mapping.lookup_to]).strip() for row in rows
    }


def _hints(
    ids: pd.Series[str], level: pd.Series[str], missing: npt.NDArray[np.bool_], delivery: Delivery
) -> tuple[pd.Series[str], pd.Series[str]]:
    """Nearest existing ids of the first few unknown ones, in both languages."""
    zh = pd.Series("", index=ids.index, dtype="str")
    en = pd.Series("", index=ids.index, dtype="str")
    for position in np.flatnonzero(missing)[:5]:
        near = delivery.units.nearest(str(ids.iloc[position]), str(level.iloc[position]))
        if near:
            zh.iloc[position] = f"；最接近的是 {near}"
            en.iloc[position] = f"; the nearest is {near!r}"
    return zh, en
