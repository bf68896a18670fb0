"""Whether a survey's sample looks like the people it speaks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TOLERATED = 0.10
"""Share of the sample by which a class may be over or under the population's share."""


@dataclass(frozen=True)
class ClassShare:
    """One class of a group (an age band): its answers, its share, the population's share.

    off: how far the share is from the population's, None where that is not known.
    """

    name: str
    answers: int
    share: float
    population: float | None
    off: float | None


@dataclass(frozen=True)
class GroupCheck:
    """One group (age, education, ...). representative: None where the population is not known.

    missing: classes of the population that nobody answered for.
    """

    group: str
    answers: int
    classes: tuple[ClassShare, ...]
    missing: tuple[str, ...]
    representative: bool | None


def check_group(
    group: str, answers: Mapping[str, int], population: Mapping[str, float] | None
) -> GroupCheck:
    """Hold counts of answers by class against the population's shares (any positive numbers)."""
    total = sum(answers.values())
    whole = sum(population.values()) if population else 0.0
    classes = []
    for name in sorted(answers):
        share = answers[name] / total if total else 0.0
        known = population is not None and whole > 0 and name in population
        of = population[name] / whole if known and population is not None else None
        classes.append(
            ClassShare(name, answers[name], share, of, None if of is None else share - of)
        )
    missing = tuple(sorted(name for name in population or () if not answers.get(name)))
    if population is None or whole <= 0 or total == 0:
        return GroupCheck(group, total, tuple(classes), missing, None)
    fits = all(item.off is not None and abs(item.off) <= TOLERATED for item in classes)
    large = [name for name in missing if population[name] / whole > TOLERATED]
    return GroupCheck(group, total, tuple(classes), missing, fits and not large)
