"""What a source itself told about units: its own attributes, as columns.

Attributes are JSON text in a model release; only the rows asked for are decoded.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

Floats = npt.NDArray[np.float64]

_YES = frozenset({"true", "1", "yes", "y", "t", "是", "有", "已"})
_NO = frozenset({"false", "0", "no", "n", "f", "否", "无", "未"})


class Told:
    """The own attributes of some units; element i of every answer is row i of `texts`."""

    def __init__(self, texts: npt.NDArray[np.object_]) -> None:
        self._facts = [_facts(text) for text in texts]

    def __len__(self) -> int:
        return len(self._facts)

    def first(self, *names: str) -> list[Any]:
        """The first of these attributes that a unit has, None without one."""
        wanted = [name.lower() for name in names]
        return [
            next((fact[n] for n in wanted if fact.get(n) not in (None, "")), None)
            for fact in self._facts
        ]

    def numbers(self, *names: str) -> Floats:
        """The attribute as a number, NaN where it is lacking or no number."""
        return np.array([_number(value) for value in self.first(*names)], np.float64)

    def flags(self, *names: str) -> Floats:
        """1 yes, 0 no, NaN where the source does not say (是/否, true/false, 1/0, yes/no)."""
        return np.array([_flag(value) for value in self.first(*names)], np.float64)

    def words(self, *names: str) -> npt.NDArray[np.object_]:
        """The attribute in lower case, "" where it is lacking."""
        found = [
            "" if value is None else str(value).strip().lower() for value in self.first(*names)
        ]
        return np.array(found, dtype=object)


def _facts(text: Any) -> dict[str, Any]:
    if not isinstance(text, str) or len(text) < 3:
        return {}
    found = orjson.loads(text)
    return {str(name).lower(): value for name, value in found.items()}


def _number(value: Any) -> float:
    try:
        return float(value) if not isinstance(value, bool) and value is not None else np.nan
    except (TypeError, ValueError):
        return np.nan


def _flag(value: Any) -> float:
    if value is None:
        return np.nan
    word = str(value).strip().lower().removesuffix(".0")
    return 1.0 if word in _YES else 0.0 if word in _NO else np.nan
