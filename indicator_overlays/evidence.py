"""Evidence of problems: each value a rule looked at, with its address, source and period."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.texts import Text, text
from indicator_overlays.columns import NUMBER, STATE_CODES
from indicator_overlays.facts import Figure, LevelFacts
from indicator_overlays.indicator import Indicator
from indicator_overlays.unit_table import NUMBERS, WORDS

Rows = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

ATTRIBUTE_LABELS: dict[str, tuple[Text, str]] = {
    "height": (text("高度", "Height"), "m"),
    "ground": (text("地面高程", "Ground level"), "m"),
    "storeys": (text("层数", "Storeys"), ""),
    "year_built": (text("建成年份", "Year built"), ""),
    "area": (text("面积", "Area"), "m2"),
    "population": (text("常住人口", "Population"), text("人", "persons")["en"]),
    "use": (text("用途", "Use"), ""),
    "structure": (text("结构", "Structure"), ""),
    "kind": (text("类别", "Kind"), ""),
    "buildings": (text("楼栋数", "Buildings"), ""),
    "year": (text("体检年份", "Checkup year"), ""),
}
"""Labels and units of attributes."""

_STATE_NAMES = {code: name for name, code in STATE_CODES.items()} | {NUMBER: "measured"}


@dataclass(frozen=True)
class Catalogue:
    """Finds the indicator behind a code in a system."""

    indicators: dict[tuple[str, str], Indicator]

    @property
    def codes(self) -> set[str]:
        """Every code that some system has."""
        return {code for _, code in self.indicators}

    def reference(self, code: str) -> bool:
        """Whether some system holds the code only against a standard that is not official."""
        standards = [item.standard for (_, name), item in self.indicators.items() if name == code]
        return any(standard is not None and standard.reference for standard in standards)

    def name(self, code: str) -> Text:
        """Return the code's name in the first system that has it; the code where none has."""
        names = (item.name for (_, known), item in self.indicators.items() if known == code)
        return next(names, text(code, code))

    def find(self, system: str, code: str) -> Indicator | None:
        """Return the indicator, or None."""
        return self.indicators.get((system, code))


def evidence_json(
    names: tuple[str, ...],
    facts: LevelFacts,
    rows: Rows,
    book: Catalogue,
    holds: Mapping[str, npt.NDArray[np.bool_]] | None = None,
) -> Texts:
    """JSON list of evidence for each of the rows, one entry a name that is known there.

    A name in `holds` is left out of the rows where it does not hold.
    """
    found = np.full(len(rows), "", object)
    for name in names:
        level, _, rest = name.partition(".")
        if rest:
            above = facts.up(level)
            parents = facts.parents(level)[rows]
            entry = np.full(len(rows), "", object)
            entry[parents >= 0] = _entries(rest, above, parents[parents >= 0], book)
        else:
            entry = _entries(name, facts, rows, book)
        if holds is not None and name in holds:
            entry = np.where(holds[name], entry, "").astype(object)
        comma = np.where((found != "") & (entry != ""), ",", "").astype(object)
        found = found + comma + entry
    return np.asarray("[" + found + "]", object)


def origin_of(
    figure: Figure, rows: Rows
) -> tuple[npt.NDArray[np.int64], Texts, Texts, npt.NDArray[np.int64]]:
    """(place in the sorted cells or -1, system, period, group number) of an indicator's rows."""
    origin = figure.origin[rows].astype(np.int64)
    place = np.full(len(rows), -1, np.int64)
    systems, periods = np.full(len(rows), "", object), np.full(len(rows), "", object)
    for number, group in enumerate(figure.groups):
        mine = origin == number
        place[mine] = group.offset + np.searchsorted(group.cells.row, rows[mine])
        systems[mine], periods[mine] = group.key.system, group.period
    return place, systems, periods, origin


def _entries(name: str, facts: LevelFacts, rows: Rows, book: Catalogue) -> Texts:
    if len(rows) == 0:
        return np.zeros(0, object)
    if name in ATTRIBUTE_LABELS:
        return _attribute(name, facts, rows)
    figure = facts.figure(name)
    place, _, _, origin = origin_of(figure, rows)
    entry = np.full(len(rows), "", object)
    for number, group in enumerate(figure.groups):
        mine = np.flatnonzero(origin == number)
        indicator = book.find(group.key.system, name)
        label = indicator.name if indicator else text(name, name)
        address = f"{group.key.system}/{name}/" + facts.units.ids[rows[mine]] + f"/{group.period}"
        entry[mine] = _json(
            {
                "address": quoted(address),
                "name": _text(name),
                "label": _text(label),
                "value": json_numbers(figure.value[rows[mine]]),
                "state": quoted(_states(figure.state[rows[mine]])),
                "unit": _text(indicator.unit if indicator else ""),
                "source": quoted(facts.source(place[mine])),
                "system": _text(group.key.system),
                "period": _text(group.period),
                "year": str(facts.year),
            },
            len(mine),
        )
    return entry


def _attribute(name: str, facts: LevelFacts, rows: Rows) -> Texts:
    label, unit = ATTRIBUTE_LABELS[name]
    term = facts.term(name)
    if name in WORDS:
        value = quoted(term.values[rows].astype(object))
    else:
        known = np.where(term.known, term.values.astype(np.float64), np.nan)
        value = json_numbers(known[rows])
    measured = np.where(term.known[rows], "measured", "missing").astype(object)
    kind = "attribute" if name in (*NUMBERS, *WORDS) else "derived"
    return _json(
        {
            "address": _text(""),
            "name": _text(name),
            "label": _text(label),
            "value": value,
            "state": quoted(measured),
            "unit": _text(unit),
            "source": _text(kind),
            "system": _text(""),
            "period": _text(""),
            "year": str(facts.year),
        },
        len(rows),
    )


def _json(fields: dict[str, Texts | str], size: int) -> Texts:
    """JSON objects; what is the same in all rows is put together once."""
    found, same = np.full(size, "", object), "{"
    for place, (key, value) in enumerate(fields.items()):
        same += f'{"," if place else ""}"{key}":'
        if isinstance(value, str):
            same += value
        else:
            found, same = found + same + value, ""
    return np.asarray(found + (same + "}"), object)


def _text(value: object) -> str:
    return orjson.dumps(value).decode()


def quoted(values: Texts) -> Texts:
    """JSON strings; each distinct text is escaped once."""
    distinct, inverse = np.unique(values.astype(str), return_inverse=True)
    texts = np.array([_text(str(value)) for value in distinct], object)
    return texts[inverse] if len(texts) else np.zeros(0, object)


def json_numbers(values: npt.NDArray[np.float64]) -> Texts:
    """JSON numbers, null where unknown; each distinct value is written once."""
    distinct, inverse = np.unique(values, return_inverse=True)
    texts = np.array([_text(float(v)) if np.isfinite(v) else "null" for v in distinct], object)
    return texts[inverse] if len(texts) else np.zeros(0, object)


def _states(states: npt.NDArray[np.uint8]) -> Texts:
    return np.array([_STATE_NAMES.get(int(code), "missing") for code in range(256)], object)[states]
