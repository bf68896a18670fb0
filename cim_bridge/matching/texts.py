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


def spelled(values: Texts, *functions: Callable[[str], str], alike: bool = False) -> Texts:
    """Each distinct text through the functions, which take many lines at once.

    alike: the functions treat every number alike (see cim_bridge.matching.templates).
    """
    from cim_bridge.matching.templates import spelled_numbers

    coded = values.dictionary_encode()
    made = (spelled_numbers if alike else lines_through)(coded.dictionary, functions)
    return made.take(coded.indices)


def lines_through(values: Texts, functions: tuple[Callable[[str], str], ...]) -> Texts:
    """Texts through functions of many lines."""
    if not len(values):
        return values
    lines = "\n".join(_one_line(values).to_pylist())
    for function in functions:
        lines = function(lines)
    made = lines.split("\n")
    if len(made) != len(values):
        raise ValueError("a text function changed the number of lines")
    return pa.array(made, pa.large_string())


def _one_line(values: Texts) -> Texts:
    broken = pc.match_substring_regex(values, _BREAKS)
    if not pc.any(broken).as_py():
        return values
    return pc.replace_substring_regex(values, _BREAKS, " ")


def joined(before: Texts, behind: Texts) -> Texts:
    """Texts side by side; two numbers that meet are kept apart by `_`."""
    coded = before.dictionary_encode()
    ends = pc.match_substring_regex(coded.dictionary, "[0-9]$").take(coded.indices)
    starts = pc.match_substring_regex(behind, "^[0-9]")
    between = pc.if_else(pc.and_(ends, starts), pa.scalar("_", pa.large_string()), NONE)
    return pc.binary_join_element_wise(before, between, behind, NONE)


def filled(values: Texts) -> npt.NDArray[np.bool_]:
    """Which texts are not empty."""
    return np.asarray(pc.greater(pc.binary_length(values), 0))


def places(known: Texts, wanted: Texts) -> I64:
    """Place of each wanted text among the known (distinct) ones, -1 none."""
    found = pc.fill_null(pc.index_in(wanted, value_set=known), -1)
    return np.asarray(found).astype(np.int64)
