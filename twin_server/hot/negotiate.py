"""What a request's headers ask for: encoding, freshness, a part of the bytes."""

from __future__ import annotations

import re
from functools import lru_cache

_RANGE = re.compile(r"^bytes=(\d*)-(\d*)$")
_ENCODINGS = ("br", "gzip")


@lru_cache(maxsize=1024)
def best_encoding(accept: str, available: frozenset[str]) -> str:
    """The best made-ahead encoding that `Accept-Encoding` allows: "br", "gzip" or "".

    Between equal wishes br wins, being smaller.
    """
    wishes = _weights(accept)
    everything = wishes.get("*", 0.0)
    rated = [
        (wishes.get(name, everything), -order, name)
        for order, name in enumerate(_ENCODINGS)
        if name in available
    ]
    weight, _, name = max(rated, default=(0.0, 0, ""))
    return name if weight > 0 and weight >= wishes.get("identity", 0.0) else ""


def _weights(accept: str) -> dict[str, float]:
    found: dict[str, float] = {}
    for part in accept.lower().split(","):
        name, _, parameter = part.strip().partition(";")
        text = parameter.strip().removeprefix("q=") if parameter else "1"
        try:
            found[name.strip()] = float(text)
        except ValueError:
            found[name.strip()] = 0.0
    return found


def etag_matches(header: str, etag: str) -> bool:
    """Whether If-None-Match names this entity tag (weak comparison, as RFC 9110 asks)."""
    if header.strip() == "*":
        return True
    return etag in {part.strip().removeprefix("W/") for part in header.split(",")}


def wanted_range(header: str, size: int) -> tuple[int, int] | str | None:
    """(first, last) of one byte range; None to answer everything; "unsatisfiable" for 416.

    Several ranges in one request are answered in full, which RFC 9110 allows.
    """
    found = _RANGE.match(header.strip())
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        length = int(last)
        return (max(size - length, 0), size - 1) if length and size else "unsatisfiable"
    start = int(first)
    end = min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    return (start, end) if start < size else "unsatisfiable"
