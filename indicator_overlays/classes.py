"""Class breaks as a reader of the map asks for them: a method and a number, or the breaks.

Unlike `breaks.make_breaks`, whose classes are fixed over all years and never cross a standard, they
are made of the values that are shown and go where they are told. A class that crosses the standard
is neither met nor unmet. Quantiles, equal steps, standard deviations and head/tail breaks are
mapclassify's; natural breaks are Fisher's optimum (see natural.py), which needs no random start.
"""

from __future__ import annotations

import dataclasses
import warnings
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.errors import WrongUse
from indicator_overlays.breaks import Breaks, standard_lines
from indicator_overlays.indicator import Indicator
from indicator_overlays.legend import make_legend, standard_json
from indicator_overlays.natural import natural_gaps

Floats = npt.NDArray[np.float64]

METHODS: tuple[str, ...] = ("quantiles", "natural", "equal", "deviations", "headtails")
"""Ways to part values; `deviations` and `headtails` choose how many classes there are."""

FEWEST, MOST = 2, 9
"""Classes a reader may ask for."""


def chosen_breaks(values: Floats, method: str, classes: int) -> Breaks:
    """Return breaks of the finite values by a method; fewer classes where values are too few."""
    if method not in METHODS:
        raise WrongUse(f"no method {method!r}; known: {', '.join(METHODS)}")
    if not FEWEST <= classes <= MOST:
        raise WrongUse(f"{classes} classes: choose {FEWEST} to {MOST}")
    finite = values[np.isfinite(values)]
    distinct = np.unique(finite)
    if len(distinct) < 2:
        return Breaks((), (), method)
    if method == "natural":
        cuts = [above for _, above in natural_gaps(finite, min(classes, len(distinct)))]
        return Breaks(tuple(cuts), (False,) * len(cuts), method)
    inner = _tops(finite, method, classes)
    if not (inner < distinct[-1]).any():  # most values are the largest: part the distinct ones
        inner = _tops(distinct, method, min(classes, len(distinct)))
    kept = sorted({float(top) for top in inner if distinct[0] <= top < distinct[-1]})
    return Breaks(tuple(kept), (True,) * len(kept), method)


def _tops(finite: Floats, method: str, classes: int) -> Floats:
    """Upper ends of the classes, all but the last; each belongs to the class below it."""
    import mapclassify

    if method == "quantiles":
        with warnings.catch_warnings():  # fewer values than classes: the callers see fewer classes
            warnings.simplefilter("ignore", UserWarning)
            made = mapclassify.Quantiles(finite, k=classes)
    elif method == "equal":
        made = mapclassify.EqualInterval(finite, k=classes)
    elif method == "deviations":
        made = mapclassify.StdMean(finite)
    else:
        made = mapclassify.HeadTailBreaks(finite)
    tops: Floats = np.asarray(made.bins, np.float64)[:-1]
    return tops


def given_breaks(written: str) -> Breaks:
    """Return breaks that were typed: ascending numbers, each owned by the class above it."""
    try:
        inner = [float(part) for part in written.split(",")]
    except ValueError as exc:
        raise WrongUse(f"breaks {written[:80]!r} are not numbers") from exc
    rising = all(low < high for low, high in pairwise(inner))
    if not rising or not np.isfinite(inner).all() or len(inner) + 1 > MOST:
        raise WrongUse(f"breaks {written[:80]!r} are not at most {MOST - 1} rising numbers")
    return Breaks(tuple(inner), (False,) * len(inner), "given")


def chosen_legend(
    breaks: Breaks, indicator: Indicator, level: str, domain: tuple[float, float] | None
) -> dict[str, Any]:
    """Return a legend of such breaks; where one crosses the standard none is judged by it."""
    if crosses(breaks, indicator):
        free = dataclasses.replace(indicator, standard=None)
        legend = make_legend(breaks, free, level, domain)
        return {**legend, "standard": standard_json(indicator.standard)}
    return make_legend(breaks, indicator, level, domain)


def crosses(breaks: Breaks, indicator: Indicator) -> bool:
    """Whether some class holds values on both sides of the standard."""
    for line, owned in standard_lines(indicator.standard).items():
        at = [own for cut, own in zip(breaks.inner, breaks.lower_owns, strict=True) if cut == line]
        if owned not in at:
            return True
    return False
