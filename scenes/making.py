"""Scenes made of what is published, for a city that has none of its own."""

from __future__ import annotations

from collections import Counter

import numpy as np

from cim_bridge.issues import IssueLog
from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.texts import text
from scenes.fitting import fitted
from scenes.scene import Published, Scene

RULES = 5  # scenes made of the rules that found most
_SHOWN = ("block", "community", "subdistrict", "district")  # levels an overview prefers, in order


def made_scenes(published: Published) -> list[Scene]:
    """An overview, then one scene for each of the rules that found most in the newest year."""
    overview = _overview(published)
    return ([overview] if overview else []) + _rules(published)


def _overview(published: Published) -> Scene | None:
    """The indicator of the city's own system that tells its units apart most clearly."""
    best: tuple[int, float, str, str] | None = None
    results = published.results
    year = max(results.years, default=0)
    for key in results.keys:
        if key.system != published.default_system or key.year != year or key.level not in _SHOWN:
            continue
        overlay = results.overlay(*key)
        classes = len(results.legend(*key[:3])["classes"])
        rank = (_SHOWN.index(key.level), -_variety(overlay.class_counts(classes), overlay.states),
                key.indicator, key.level)  # fmt: skip
        best = rank if best is None or rank < best else best
    if best is None:
        return None
    title = text("城市总览", "The city at a glance")
    return Scene("overview", title, published.default_system, best[2], best[3], year)


def _variety(counts: list[int], states: dict[str, int]) -> float:
    """Entropy of the classes in bits, less for units without a number."""
    share = np.array([count for count in counts if count], float)
    if not len(share):
        return 0.0
    measured = share.sum()
    share /= measured
    known = measured / max(sum(states.values()), measured)
    return round(float(-(share * np.log2(share)).sum() * known), 6)


def _rules(published: Published) -> list[Scene]:
    """Rules without an indicator of their own colour nothing and are left out."""
    results, found = published.results, list[Scene]()
    table = results.diagnosis
    rows = table.filter(np.asarray(table["year"]) == max(results.years, default=0))
    names = ("rule", "system", "indicator", "level")
    count = Counter(zip(*(rows[name].to_pylist() for name in names), strict=True))
    seen: set[str] = set()
    for (rule, system, indicator, level), number in count.most_common():
        if rule in seen or rule not in results.rules or len(found) == RULES:
            continue
        if level != "building" and level not in PARENT_LEVELS:
            continue
        caption = text(f"{number:,} 处问题", f"{number:,} problems")
        title = results.rules[rule].name
        scene = Scene(
            f"rule-{rule.lower()}", title, system or "", indicator or "", level, caption=caption
        )
        ready = fitted(scene, published, IssueLog())
        if ready is not None:
            seen.add(rule)
            found.append(ready)
    return found
