"""Colours of classes: calm, ordered from good to bad, safe for the colour-blind."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

JUDGED: tuple[str, ...] = (
    "#1d6a72", "#4a9190", "#8dbcae", "#c9d9bd", "#ecd9a8", "#e0ad6c", "#cb7c48", "#9c4426",
)  # fmt: skip
"""Good to bad: teal, sand, rust. Blue-green against orange stays apart for red-green blindness."""

PLAIN: tuple[str, ...] = ("#e3eaee", "#b9ccd6", "#8aaabb", "#5c869d", "#37637d", "#1d435c")
"""Low to high where neither way is better: one hue."""

DARK_INK, LIGHT_INK = "#14232b", "#ffffff"

_GOOD_END, _BAD_START = 0.40, 0.56
"""Where the good side of a standard ends on the judged ramp, and where the bad side starts."""

Floats = npt.NDArray[np.float64]


def sample(ramp: tuple[str, ...], places: Floats) -> list[str]:
    """Colours at places 0 to 1 along a ramp (linear light, so mixtures stay clean)."""
    anchors = np.array([_linear(color) for color in ramp])
    at = np.clip(places, 0.0, 1.0) * (len(ramp) - 1)
    low = np.minimum(at.astype(int), len(ramp) - 2)
    share = (at - low)[:, None]
    mixed = anchors[low] * (1 - share) + anchors[low + 1] * share
    return [_hex(row) for row in mixed]


def judged(n: int, lower_is_better: bool) -> list[str]:
    """Colours of n classes from low to high values when one way is better."""
    places = np.linspace(0.0, 1.0, n) if n > 1 else np.array([0.35])
    return sample(JUDGED, places if lower_is_better else places[::-1])


def split(meets: list[bool], lower_is_better: bool) -> list[str]:
    """Colours of classes on both sides of a standard: teal meets it, sand to rust does not."""
    n = len(meets)
    rank = np.arange(n) if lower_is_better else np.arange(n)[::-1]
    badness = rank.astype(float)
    good = np.array(meets)
    places = np.zeros(n)
    places[good] = _spread(badness[good], 0.0, _GOOD_END)
    places[~good] = _spread(badness[~good], _BAD_START, 1.0)
    return sample(JUDGED, places)


def inside_range(meets: list[bool], distance: list[float]) -> list[str]:
    """Colours for a range standard: inside is teal, outside sand to rust with distance."""
    good = np.array(meets)
    away = np.array(distance)
    places = np.where(good, 0.1, 0.0)
    places[~good] = _spread(away[~good], _BAD_START, 1.0)
    return sample(JUDGED, places)


def plain(n: int) -> list[str]:
    """Colours of n classes from low to high when neither way is better."""
    return sample(PLAIN, np.linspace(0.0, 1.0, n) if n > 1 else np.array([0.5]))


def ink(color: str) -> str:
    """Return the text colour that reads better on a class colour."""
    dark, light = contrast(color, DARK_INK), contrast(color, LIGHT_INK)
    return DARK_INK if dark >= light else LIGHT_INK


def contrast(first: str, second: str) -> float:
    """WCAG 2 contrast ratio of two colours, 1 to 21."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    light = sorted((float(_linear(c) @ weights) for c in (first, second)), reverse=True)
    return (light[0] + 0.05) / (light[1] + 0.05)


def _spread(order: Floats, start: float, end: float) -> Floats:
    if len(order) == 0:
        return order
    low, high = float(order.min()), float(order.max())
    if high == low:
        return np.full(len(order), start if start == 0.0 else (start + end) / 2)
    return start + (order - low) / (high - low) * (end - start)


def _linear(color: str) -> Floats:
    parts = np.array([int(color[i : i + 2], 16) for i in (1, 3, 5)]) / 255.0
    found: Floats = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return found


def _hex(linear: Floats) -> str:
    parts = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
    red, green, blue = np.rint(np.clip(parts, 0, 1) * 255).astype(int)
    return f"#{red:02x}{green:02x}{blue:02x}"
