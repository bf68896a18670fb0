"""Units in the order of an indicator; those without a number come last, with their state."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from indicator_overlays.columns import NUMBER, STATE_CODES
from indicator_overlays.results_reader import Overlay
from twin_server.coded import Rows, plain
from twin_server.twin import Twin

_STATES = {code: name for name, code in STATE_CODES.items()}
_FIRST_STATE = min(_STATES)


def ranking_page(
    twin: Twin, overlay: Overlay, *, worst: bool, offset: int, limit: int
) -> tuple[list[dict[str, Any]], int]:
    """(one page, number of units). The order is made once per publication."""
    key = ("ranking", overlay.key, worst)
    if key not in twin.answers:
        twin.answers[key] = _order(twin, overlay, worst)
    units, cells = twin.answers[key]
    page = slice(offset, offset + limit)
    return _items(twin, overlay, units[page], cells[page]), len(units)


def _order(twin: Twin, overlay: Overlay, worst: bool) -> tuple[Rows, Rows]:
    """(lines of units, places of their cells or -1), in order."""
    has = overlay.cells.state == NUMBER
    rank = overlay.rank.astype(np.int64)
    key = np.where(has, -rank if worst else rank, np.iinfo(np.int64).max)
    cells = np.lexsort((overlay.cells.row, overlay.cells.state, key)).astype(np.int64)
    first = twin.units.at(overlay.key.level, 0)
    lines = first + overlay.cells.row[cells].astype(np.int64)
    silent = np.setdiff1d(twin.units.of_level(overlay.key.level), lines)
    return (
        np.concatenate([lines, silent]),
        np.concatenate([cells, np.full(len(silent), -1, np.int64)]),
    )


def _items(twin: Twin, overlay: Overlay, units: Rows, cells: Rows) -> list[dict[str, Any]]:
    of = len(overlay.numbers)
    sources = _words(overlay, cells)
    items = []
    for place, (unit, cell) in enumerate(zip(twin.units.refs(units), cells.tolist(), strict=True)):
        if cell < 0:
            items.append(_item(unit, of))
            continue
        state, source = int(overlay.cells.state[cell]), sources[place]
        items.append(
            _item(
                unit,
                of,
                value=plain(float(overlay.cells.value[cell])),
                state=_STATES.get(state, state_of_number(twin, source)),
                number=class_index(int(overlay.code[cell])),
                rank=int(overlay.rank[cell]) or None,
                period=overlay.period,
                source=source,
            )
        )
    return items


def _words(overlay: Overlay, cells: Rows) -> list[str | None]:
    if not len(overlay.rank):
        return [None] * len(cells)
    taken: Any = overlay.source.take(pa.array(np.maximum(cells, 0)))
    found: list[str | None] = taken.to_pylist()
    return found


def _item(
    unit: dict[str, Any],
    of: int,
    *,
    value: float | None = None,
    state: str = "missing",
    number: int | None = None,
    rank: int | None = None,
    period: str | None = None,
    source: str | None = None,
) -> dict[str, Any]:
    return {
        "unit": unit,
        "value": value,
        "state": state,
        "class": number,
        "rank": rank,
        "of": of,
        "period": period,
        "source": source,
    }


def state_of_number(twin: Twin, source: str | None) -> str:
    """Overlay cells do not tell measured from computed; the kind of source does."""
    return "computed" if twin.source_kinds.get(source or "") == "computed" else "measured"


def class_index(code: int | None) -> int | None:
    """The class of a u8 code; None for the codes of states."""
    return code if code is not None and code < _FIRST_STATE else None
