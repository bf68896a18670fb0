"""How many people a public file tells of: about how many, never exactly.

A number of people is told by its two leading digits and never finer than by the group that must
stand behind whatever is told: 12 is about 10, 1,234 about 1,200. Captions name people in words of
their own, and someone may have edited them, so the exact number is looked for in them too.
"""

from __future__ import annotations

import re
from math import floor, log10

from cim_bridge.texts import Text, text

AROUND = {"zh": "约 ", "en": "about "}
NOUNS = {"zh": "人|名|位|口", "en": "people|persons?|residents?|inhabitants?|citizens?"}
"""What follows a number of people in a sentence."""


def about(people: float, k: int) -> int:
    """People rounded to two leading digits and to k; 0 for none."""
    if people < 1:
        return 0
    step = max(k, 10 ** (floor(log10(people)) - 1))
    return int(max(k, step * round(people / step)))


def roughly(words: Text, people: float | None, k: int) -> Text:
    """A text with the exact number of people, where it stands before such a word, made about."""
    if people is None or people < 1:
        return words
    return text(*(_roughly(words[tongue], people, k, tongue) for tongue in ("zh", "en")))


def _roughly(words: str, people: float, k: int, tongue: str) -> str:
    exact = round(people)
    told = "|".join({re.escape(f"{exact:,}"), str(exact)})
    pattern = rf"(?<!\d)(?<!\d[.,])(?:{told})(?=\s*(?:{NOUNS[tongue]}))"
    found = re.sub(pattern, f"{AROUND[tongue]}{about(people, k):,}", words)
    return found.replace(f" {AROUND['zh']}", AROUND["zh"]) if tongue == "zh" else found
