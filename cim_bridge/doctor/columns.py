"""The source's own attributes as columns of text, whatever the format."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.reader import Units

Texts = npt.NDArray[Any]


def own_columns(units: Units, most: int = 200) -> dict[str, Texts]:
    """Text of every attribute, "" where it is missing, numbers as they are written (123.0 stays).

    At most `most` columns, in the order in which they first appear.
    """
    told = units.columns.get("attributes")
    if told is None or not len(told):
        return {}
    rows: list[Any] = orjson.loads("[" + ",".join(text or "{}" for text in told) + "]")
    names: dict[str, None] = {}
    for row in rows:
        names.update(dict.fromkeys(row))
    return {
        name: np.array([_text(row.get(name)) for row in rows], object)
        for name in list(names)[:most]
    }


def _text(value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        return ""
    return value if isinstance(value, str) else str(value)
