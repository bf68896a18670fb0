"""External ids: what other systems call a unit, kept as a JSON object of system → id."""

from __future__ import annotations

import numpy as np
import orjson

from cim_bridge.matching.texts import I64, Texts, pa, pc


def external_ids(texts: Texts) -> tuple[Texts, I64]:
    """Every external id of (N,) JSON texts and the number of its unit; only units with some."""
    some = np.flatnonzero(np.asarray(pc.greater(pc.binary_length(texts), 2)))
    told = orjson.loads("[" + ",".join(texts.take(pa.array(some)).to_pylist()) + "]")
    words = [
        [_word(value) for value in one.values()] if isinstance(one, dict) else [] for one in told
    ]
    sizes = np.array([len(one) for one in words], np.int64)
    flat = [word for one in words for word in one]
    return pa.array(flat, pa.large_string()), np.repeat(some, sizes)


def _word(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, (str, int)) else ""
