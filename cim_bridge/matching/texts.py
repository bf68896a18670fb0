"""Many texts at once: Arrow strings in, a text function over each distinct one, Arrow strings out.

The keeper of pyarrow in this package. A text function takes many lines, so it runs in C.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow
import pyarrow.compute

pa: Any = pyarrow
pc: Any = pyarrow.compute
"""Arrow and its kernels; untyped, as its stubs know no large strings."""
Texts: TypeAlias = Any
"""A pyarrow LargeStringArray without nulls; "" is none."""
I64 = npt.NDArray[np.int64]
NONE = pa.scalar("", pa.large_string())
"""No text."""
_BREAKS = "[\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029]"


def as_words(values: Any) -> Texts:
    """Texts of a numpy, pandas or Arrow column; whole floats lose their `.0`, missing is ""."""
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if not isinstance(values, (pa.Array, list)):
        kind = getattr(getattr(values, "dtype", None), "kind", "O")
        if kind in "fiu":
            from cim_bridge.attributes import as_texts

            values = as_texts(np.asarray(values))
    if not isinstance(values, pa.Array):
        values = pa.array(values, pa.large_string(), from_pandas=True)
    return pc.fill_null(pc.cast(values, pa.large_string()), "")


def no_words(count: int) -> Texts:
    """`count` times no text."""
    return pa.repeat(pa.scalar("", pa.large_string()), count)


def spelled(values: Texts, *functions: Callable[[str], str]) -> Texts:
    """Each distinct text through the functions, which take many lines at once."""
    coded = values.dictionary_encode()
    lines = "\n".join(_one_line(coded.dictionary).to_pylist())
    for function in functions:
        lines = function(lines)
    made = pa.array(lines.split("\n"), pa.large_string()) if len(coded.dictionary) else None
    if made is None or len(made) != len(coded.dictionary):
        if len(values):
            raise ValueError("a text function changed the number of lines")
        return values
    return made.take(coded.indices)


def _one_line(values: Texts) -> Texts:
    broken = pc.match_substring_regex(values, _BREAKS)
    if not pc.any(broken).as_py():
        return values
    return pc.replace_substring_regex(values, _BREAKS, " ")


def joined(*parts: Texts) -> Texts:
    """Texts side by side; two numbers that meet are kept apart by `_`."""
    both = pc.binary_join_element_wise(*parts, pa.scalar("\x1f", pa.large_string()))
    both = pc.replace_substring_regex(both, "([0-9])\x1f([0-9])", "\\1_\\2")
    return pc.replace_substring(both, "\x1f", "")


def filled(values: Texts) -> npt.NDArray[np.bool_]:
    """Which texts are not empty."""
    return np.asarray(pc.greater(pc.binary_length(values), 0))


def places(known: Texts, wanted: Texts) -> I64:
    """Place of each wanted text among the known (distinct) ones, -1 none."""
    found = pc.fill_null(pc.index_in(wanted, value_set=known), -1)
    return np.asarray(found).astype(np.int64)
