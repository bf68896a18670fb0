"""What request headers ask for."""

from __future__ import annotations

import pytest

from twin_server.hot.negotiate import best_encoding, etag_matches, wanted_range

BOTH = frozenset({"br", "gzip"})


@pytest.mark.parametrize(
    ("accept", "available", "chosen"),
    [
        ("gzip, deflate, br, zstd", BOTH, "br"),
        ("gzip", BOTH, "gzip"),
        ("br;q=0.5, gzip;q=0.8", BOTH, "gzip"),
        ("br;q=0, gzip", BOTH, "gzip"),
        ("*", BOTH, "br"),
        ("identity", BOTH, ""),
        ("identity;q=1, br;q=0.5", BOTH, ""),
        ("", BOTH, ""),
        ("br", frozenset(), ""),
        ("br", frozenset({"gzip"}), ""),
        ("gzip;q=nonsense", BOTH, ""),
    ],
)
def test_the_best_allowed_encoding_is_chosen(
    accept: str, available: frozenset[str], chosen: str
) -> None:
    assert best_encoding(accept, available) == chosen


@pytest.mark.parametrize(
    ("header", "matches"),
    [('"a"', True), ('W/"a"', True), ('"b", "a"', True), ("*", True), ('"b"', False), ("", False)],
)
def test_an_entity_tag_is_compared_weakly(header: str, matches: bool) -> None:
    assert etag_matches(header, '"a"') is matches


@pytest.mark.parametrize(
    ("header", "part"),
    [
        ("bytes=0-9", (0, 9)),
        ("bytes=90-", (90, 99)),
        ("bytes=90-500", (90, 99)),
        ("bytes=-10", (90, 99)),
        ("bytes=-500", (0, 99)),
        ("bytes=100-", "unsatisfiable"),
        ("bytes=-0", "unsatisfiable"),
        ("bytes=5-2", None),
        ("bytes=0-1,5-6", None),
        ("items=0-1", None),
        ("bytes=-", None),
    ],
)
def test_one_range_is_read_and_anything_else_is_answered_whole(header: str, part: object) -> None:
    assert wanted_range(header, 100) == part
