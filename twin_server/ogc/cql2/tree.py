"""A filter's tree, as CQL2 JSON has it: read, bounded, every part known before it is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from cim_bridge.errors import WrongUse
from twin_server.ogc.cql2.text import MOST_CHARACTERS, MOST_DEPTH, parse_text

LANGUAGES: tuple[str, ...] = ("cql2-text", "cql2-json")
"""What `filter-lang` may be."""

_MOST_NODES = 2000


def read_filter(written: str, language: str) -> Any:
    """The tree of a filter in either language; WrongUse says what is wrong with it."""
    if language not in LANGUAGES:
        raise WrongUse(f"filter-lang {language!r} is not one of {', '.join(LANGUAGES)}")
    read = parse_text if language == "cql2-text" else _read_json
    found = read(written)
    for count, depth in enumerate(_walk(found, 0)):
        if count > _MOST_NODES or depth > 3 * MOST_DEPTH:
            raise WrongUse(f"the filter has more than {_MOST_NODES} parts or is nested too deeply")
    return found


def _read_json(written: str) -> Any:
    if len(written) > 8 * MOST_CHARACTERS:
        raise WrongUse(f"the filter is longer than {8 * MOST_CHARACTERS} characters")
    try:
        return orjson.loads(written)
    except orjson.JSONDecodeError as exc:
        raise WrongUse(f"filter is not JSON: {exc}") from exc


def _walk(part: Any, depth: int) -> Iterator[int]:
    """Depth of every part; without recursion, so that no depth can overrun it."""
    waiting = [(part, depth)]
    while waiting:
        one, deep = waiting.pop()
        yield deep
        inner = one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
        waiting.extend((item, deep + 1) for item in inner)
