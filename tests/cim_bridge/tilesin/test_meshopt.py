"""EXT_meshopt_compression against buffers that meshoptimizer's own encoder and decoder made."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from cim_bridge.tilesin.broken import Broken, Unreadable
from cim_bridge.tilesin.meshopt import decode_view

CASES: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("meshopt.json").read_text(encoding="ascii")
)


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['mode']}-{c.get('filter', '')}")
def test_bytes_come_out_as_the_reference_decoder_gives_them(case: dict[str, Any]) -> None:
    assert decode_view(case, base64.b64decode(case["data"])) == base64.b64decode(case["want"])


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['mode']}-{c.get('filter', '')}")
def test_what_is_cut_off_or_lies_is_broken_and_takes_no_memory(case: dict[str, Any]) -> None:
    data = base64.b64decode(case["data"])
    for size in (2, len(data) // 3, len(data) // 2):
        with pytest.raises((Broken, Unreadable)):
            decode_view(case, data[:size])
    with pytest.raises(Broken):
        decode_view(case | {"count": 1 << 40}, data)
    with pytest.raises((Broken, Unreadable)):
        decode_view(case, b"\x77" + data[1:])
