"""Maps made for one question: classes as asked, differences, two things at once, scores.

Every answer has the shape of an overlay, made of exact values. What one side lacks is told apart
from what both lack, and neither is ever "no change".
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

from cim_bridge.errors import WrongUse
from cim_bridge.texts import Text, text
from indicator_overlays import ramp
from indicator_overlays.breaks import Breaks, nice_step, round_to
from indicator_overlays.classes import chosen_breaks, chosen_legend, given_breaks
from indicator_overlays.columns import NUMBER, STATE_CODES, class_codes, u8_column
from indicator_overlays.indicator import Indicator
from indicator_overlays.results_reader import Overlay
from twin_server.answers.finding import Asked, dense_values, satisfaction_of
from twin_server.answers.inline import (
    counted,
    histogram_of,
    inline_column,
    laid_out,
    plain_class,
    range_label,
    removed_rows,
    states_of,
)
from twin_server.answers.overlay import find_overlay, overlay_answer
from twin_server.answers.rulework import results_of
from twin_server.twin import Twin

Floats = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

MISSING, HALF = STATE_CODES["missing"], STATE_CODES["not_computable"]
"""Codes of units that both sides lack, and that one side lacks."""

_SAME = "#eceeec"
_UP: tuple[str, ...] = ("#c9dfd6", "#6fb0a6", "#1d6a72")
_DOWN: tuple[str, ...] = ("#f0dcb4", "#d79a5b", "#9c4426")
_MORE: tuple[str, ...] = ("#d3dbe8", "#8097c4", "#38508f")
_LESS: tuple[str, ...] = ("#ecdcc0", "#c79f5f", "#85581a")

PAIR: tuple[tuple[str, ...], ...] = (
    ("#e8e8e8", "#ace4e4", "#5ac8c8"),
    ("#dfb0d6", "#a5add3", "#5698b9"),
    ("#be64ac", "#8c62aa", "#3b4994"),
)
"""Rows: the second thing from good to bad; columns: the first. Dark is bad in both."""


def reclassified(
    twin: Twin, indicator: Indicator, overlay: Overlay, method: str, classes: int, breaks: str
) -> dict[str, Any]:
    """The overlay in other classes, made of its exact values."""
    numbers = overlay.numbers
    made = given_breaks(breaks) if breaks else chosen_breaks(numbers, method, classes)
    plain = overlay_answer(twin, indicator, overlay)
    domain = plain["legend"]["domain"]
    span = None if domain is None else (domain["min"], domain["max"])
    legend = chosen_legend(made, indicator, overlay.key.level, span)
    cells = overlay.cells
    codes = u8_column(cells, class_codes(cells, made), removed_rows(twin, overlay.key.level))
    exact = [item for item in plain["columns"] if item["dtype"] == "f32"]
    return {
        **plain,
        "columns": [inline_column(codes, "u8"), *exact],
        "legend": {**legend, "classes": counted(legend["classes"], codes)},
    }


def difference(
    twin: Twin, first: Indicator, one: Overlay, second: Indicator, other: Overlay
) -> dict[str, Any]:
    """First less second at every unit: of two years, or of two indicators.

    Indicators in different units are compared by their places: 100 is the best of the level.
    """
    a, b = _together(dense_values(twin, one), dense_values(twin, other))
    places = first is not second and (first.unit != second.unit)
    if places:
        a, b = _places(a, first.direction), _places(b, second.direction)
    value = a - b
    near = np.abs(value) <= 1e-9 * np.maximum(1.0, np.maximum(np.abs(a), np.abs(b)))
    value[near] = 0.0
    direction = "higher" if places else first.direction
    breaks, classes = _signed(value, direction)
    codes = _signed_codes(value, breaks)
    told = one.cells.state != NUMBER  # what is not known on both sides keeps the first one's state
    codes[one.cells.row[told]] = one.cells.state[told]
    codes[np.isfinite(a) ^ np.isfinite(b)] = HALF
    full = laid_out(twin, one.key.level, codes)
    body = _body(twin, first, one, full, value, classes, "places" if places else "difference")
    body["unit"] = "place" if places else first.unit
    body["legend"]["unit"] = body["unit"]
    body["legend"]["direction"] = direction
    body["versus"] = {
        "code": second.code,
        "system": second.system,
        "name": dict(second.name),
        "year": other.key.year,
        "period": other.period,
        "method": "places" if places else "difference",
        "both": int(np.isfinite(value).sum()),
        "only_first": int((np.isfinite(a) & ~np.isfinite(b)).sum()),
        "only_second": int((~np.isfinite(a) & np.isfinite(b)).sum()),
        "rose": int((value > 0).sum()),
        "fell": int((value < 0).sum()),
        "same": int((value == 0).sum()),
    }
    return body


def _together(a: Floats, b: Floats) -> tuple[Floats, Floats]:
    size = max(len(a), len(b))
    both = [np.concatenate([item, np.full(size - len(item), np.nan)]) for item in (a, b)]
    return both[0], both[1]


def _places(values: Floats, direction: str) -> Floats:
    """0 worst to 100 best among units with a number; equals share the middle of their places."""
    from scipy.stats import rankdata

    known = np.isfinite(values)
    found = np.full(len(values), np.nan)
    signed = -values[known] if direction == "lower" else values[known]
    if len(signed) > 1:
        found[known] = (rankdata(signed) - 1) / (len(signed) - 1) * 100
    return found


def _signed(value: Floats, direction: str) -> tuple[Floats, list[dict[str, Any]]]:
    """Inner sizes of change, and classes: three down, none, three up."""
    size = np.abs(value[np.isfinite(value) & (value != 0)])
    cuts: list[float] = []
    if len(size):
        step = nice_step(float(np.quantile(size, 0.9)) / 12 or 1.0)
        cuts = sorted(
            {round_to(float(cut), step) for cut in np.quantile(size, (0.5, 0.85))} - {0.0}
        )
    edges = np.array(cuts)
    up, down = (_UP, _DOWN) if direction in ("higher", "range") else (_DOWN, _UP)
    if direction not in ("higher", "lower"):
        up, down = _MORE, _LESS
    n = len(edges) + 1
    lows = [*edges.tolist(), None]
    classes = []
    for i in range(n):  # from the largest fall to the smallest
        far, close = lows[n - 1 - i], -edges[n - 2 - i] if n - 1 - i else 0.0
        low = None if far is None else -far
        classes.append(plain_class(i, _shade(down, n - 1 - i, n), _less(low, close), low, close))
    classes.append(plain_class(n, _SAME, text("无变化", "No change"), 0.0, 0.0))
    for i in range(n):
        low, high = (edges[i - 1] if i else 0.0), (edges[i] if i < n - 1 else None)
        label = (
            text(f"+{_num(low)} – {_num(high)}", f"+{_num(low)} – {_num(high)}")
            if (high is not None)
            else text(f"> +{_num(low)}", f"> +{_num(low)}")
        )
        classes.append(plain_class(n + 1 + i, _shade(up, i, n), label, float(low), high))
    return edges, classes


def _num(value: float | None) -> str:
    return "" if value is None else f"{value:,.6g}"


def _less(low: float | None, high: float) -> Text:
    words = f"< {_num(high)}" if low is None else f"{_num(low)} – {_num(high or 0.0)}"
    return text(words, words)


def _shade(side: tuple[str, ...], place: int, n: int) -> str:
    return side[-1] if n == 1 else side[round(place * (len(side) - 1) / (n - 1))]


def _signed_codes(value: Floats, edges: Floats) -> Bytes:
    codes = np.full(len(value), MISSING, np.uint8)
    n = len(edges) + 1
    known = np.isfinite(value)
    step = np.searchsorted(edges, np.abs(value[known]), side="left")
    sign = np.sign(value[known])
    found = np.where(sign < 0, n - 1 - step, np.where(sign > 0, n + 1 + step, n))
    codes[known] = found.astype(np.uint8)
    return codes


def _body(
    twin: Twin,
    indicator: Indicator,
    overlay: Overlay,
    codes: Bytes,
    values: Floats,
    classes: list[dict[str, Any]],
    method: str,
) -> dict[str, Any]:
    """An overlay's answer around codes that were made for the question."""
    plain = overlay_answer(twin, indicator, overlay)
    exact = np.full(len(codes), np.nan, "<f4")
    size = min(len(exact), len(values))
    exact[:size] = values[:size]
    finite = values[np.isfinite(values)]
    domain = {"min": float(finite.min()), "max": float(finite.max())} if len(finite) else None
    return {
        **plain,
        "columns": [inline_column(codes, "u8"), inline_column(exact, "f32")],
        "legend": {
            **plain["legend"],
            "classes": counted(classes, codes),
            "standard": None,
            "method": method,
            "ramp": "diverging" if method in ("difference", "places") else method,
            "domain": domain,
        },
        "histogram": histogram_of(values),
        "states": states_of(codes),
        "coverage": {"with_value": len(finite), "total": plain["coverage"]["total"]},
    }


def pair(twin: Twin, indicator: Indicator, overlay: Overlay) -> dict[str, Any]:
    """An indicator and satisfaction in nine classes: thirds of each, from good to bad."""
    level, year = overlay.key.level, overlay.key.year
    fact = dense_values(twin, overlay)
    lines = twin.units.of_level(level)
    rows = twin.units.table.numbers("row")[lines].astype(np.int64)
    felt = np.full(len(fact), np.nan)
    felt[rows] = satisfaction_of(Asked(twin, level, lines, year, indicator.system))
    thirds = [_thirds(fact), _thirds(felt)]
    bad = [
        _badness(fact, thirds[0], indicator.direction == "lower"),
        _badness(felt, thirds[1], False),
    ]
    known = np.isfinite(fact) & np.isfinite(felt)
    codes = np.full(len(fact), MISSING, np.uint8)
    codes[known] = (bad[1][known] * 3 + bad[0][known]).astype(np.uint8)
    codes[np.isfinite(fact) ^ np.isfinite(felt)] = HALF
    classes = [
        plain_class(3 * y + x, PAIR[y][x], _pair_label(x, y)) for y in range(3) for x in range(3)
    ]
    full = laid_out(twin, level, codes)
    body = _body(twin, indicator, overlay, full, np.where(known, fact, np.nan), classes, "pair")
    body["histogram"] = None
    body["axes"] = [
        {"name": dict(indicator.name), "unit": indicator.unit, "breaks": list(thirds[0])},
        {"name": text("居民满意度", "satisfaction of residents"), "unit": "point",
         "breaks": list(thirds[1])},
    ]  # fmt: skip
    return body


def _thirds(values: Floats) -> tuple[float, ...]:
    finite = values[np.isfinite(values)]
    if not len(finite):
        return ()
    return tuple(float(cut) for cut in np.quantile(finite, (1 / 3, 2 / 3)))


def _badness(values: Floats, thirds: tuple[float, ...], lower_is_better: bool) -> Floats:
    """0 the good third, 2 the bad one; NaN without a number."""
    found = np.full(len(values), np.nan)
    known = np.isfinite(values)
    place = np.searchsorted(np.array(thirds), values[known], side="right")
    found[known] = place if lower_is_better else 2 - place
    return found


_THIRDS: tuple[Text, ...] = (text("好", "good"), text("中", "middling"), text("差", "poor"))


def _pair_label(x: int, y: int) -> Text:
    fact, felt = _THIRDS[x], _THIRDS[y]
    return text(
        f"指标{fact['zh']} · 满意度{felt['zh']}", f"figure {fact['en']}, satisfaction {felt['en']}"
    )


def disagreement(twin: Twin, overlay: Overlay) -> dict[str, Any]:
    """Units of an overlay on whose value sources disagree beyond the tolerance, one byte a row."""
    key = overlay.key
    table = pq.read_table(
        results_of(twin).path / "values.parquet",
        columns=["unit_id"],
        filters=[
            ("year", "=", key.year), ("system", "=", key.system),
            ("indicator", "=", key.indicator), ("conflict", "=", True),
        ],
    )  # fmt: skip
    every: list[str] = [str(name) for name in table["unit_id"].to_pylist()]
    names = [name for name in every if name.startswith(f"{key.level}:")]
    places = [place for name in names if (place := twin.units.find(name)) is not None]
    rows = twin.units.table.numbers("row")[places].astype(np.int64)
    flags = np.zeros(len(removed_rows(twin, key.level)), np.uint8)
    flags[rows] = 1
    return {
        "code": key.indicator,
        "system": key.system,
        "year": key.year,
        "level": key.level,
        "model": results_of(twin).model,
        "total": len(places),
        "column": inline_column(flags, "u8"),
    }


def score_map(
    twin: Twin, indicator: Indicator, overlay: Overlay, scores: dict[int, Any], grades: list[Any]
) -> dict[str, Any]:
    """Scores of a level as a map: the classes are the scale's grades, worst first."""
    size = len(removed_rows(twin, overlay.key.level))
    values = np.full(size, np.nan)
    for row, found in scores.items():
        values[row] = np.nan if found.score is None else found.score
    order = sorted(grades, key=lambda item: item.start)
    inner = tuple(float(item.start) for item in order[1:])
    breaks = Breaks(inner, (False,) * len(inner), "grades")
    colors = ramp.judged(len(order), lower_is_better=False)
    bounds = [None, *inner, None]
    classes = [
        plain_class(i, colors[i], _grade_label(item, bounds[i], bounds[i + 1]), bounds[i],
                    bounds[i + 1])
        for i, item in enumerate(order)
    ]  # fmt: skip
    codes = np.full(size, MISSING, np.uint8)
    known = np.isfinite(values)
    codes[known] = breaks.classify(values[known])
    full = laid_out(twin, overlay.key.level, codes)
    body = _body(twin, indicator, overlay, full, values, classes, "grades")
    body["unit"] = "point"
    body["legend"] = {**body["legend"], "unit": "point", "direction": "higher", "ramp": "judged"}
    return body


def _grade_label(grade: Any, low: float | None, high: float | None) -> Text:
    span = range_label(low, high)["zh"]
    return text(f"{grade.label['zh']}（{span}）", f"{grade.label['en']} ({span})")


def other_side(
    twin: Twin, indicator: Indicator, overlay: Overlay, year: int | None, second: Indicator | None
) -> tuple[Indicator, Overlay]:
    """What an overlay is compared with: another year of it, or another indicator in its year."""
    if (year is None) == (second is None):
        raise WrongUse("compare with either a year (versus_year) or an indicator (versus)")
    chosen = second or indicator
    return chosen, find_overlay(twin, chosen, overlay.key.level, year or overlay.key.year, None)
