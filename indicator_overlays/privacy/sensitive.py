"""Which indicators are sensitive in a city: those the lists mark, and those city.toml names."""

from __future__ import annotations

from cim_bridge.citytoml import PrivacyConfig
from cim_bridge.issues import IssueLog
from indicator_overlays.facts import ATTRIBUTES
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.rule import Rule

Pair = tuple[str, str]
"""(system, indicator code)."""

ALL = "*"


def sensitive_pairs(
    systems: dict[str, IndicatorSystem], config: PrivacyConfig, log: IssueLog
) -> frozenset[Pair]:
    """Sensitive (system, code) pairs; an unknown name is an error: a typo would publish values."""
    every = {(s.id, code): item for s in systems.values() for code, item in s.indicators.items()}
    known = {name for system, code in every for name in (code, f"{system}/{code}")} | {ALL}
    for name in (*config.indicators, *config.open):
        if name not in known:
            log.add("PRIVACY_INDICATOR_UNKNOWN", file="city.toml", cell="privacy", id=name)
    return frozenset(
        pair
        for pair, item in every.items()
        if (item.sensitive is not None or _named(pair, config.indicators))
        and not _named(pair, config.open)
    )


def _named(pair: Pair, names: tuple[str, ...]) -> bool:
    return ALL in names or pair[1] in names or "/".join(pair) in names


def private_levels(rule: Rule, codes: frozenset[str]) -> tuple[str, ...]:
    """Levels at which a rule reads sensitive values of single buildings."""
    if reads_below(rule) & codes:
        return rule.levels
    own = {name.rpartition(".")[2] for name in rule.names} - set(ATTRIBUTES)
    return tuple(level for level in rule.levels if level == "building") if own & codes else ()


def reads_below(rule: Rule) -> frozenset[str]:
    """Names that a rule sums or counts over finer units."""
    parts = [part for part in (rule.scope, rule.when, rule.value, rule.limit) if part is not None]
    return frozenset(name for part in parts for names in part.below.values() for name in names)
