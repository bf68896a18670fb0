"""Columns become the same Arrow arrays as pyarrow makes, without pandas."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pyarrow as pa
import pytest

from cim_bridge import arrowed

CASES = [
    (np.array(["a", "", "bc"], object), pa.string()),
    (np.array(["城", "", "Straße"], object), pa.string()),
    (np.array(["a", None, "城"], object), pa.string()),
    (np.array([None, None], object), pa.string()),
    (np.array([], object), pa.string()),
    (np.array([b"\x01\x00", None, b""], object), pa.binary()),
    (np.array([1.5, np.nan, -0.0]), pa.float64()),
    (np.array([1.5, 2.5, 3.5, 4.5])[::2], pa.float64()),
    (np.array([3, 2**32 - 1], np.uint32), pa.uint32()),
    (np.array([3, 4], np.int64), pa.uint32()),
    (np.array([True, False, True] * 5), pa.bool_()),
]


@pytest.mark.parametrize(("values", "kind"), CASES)
def test_a_column_is_the_array_that_pyarrow_makes_of_it(values, kind) -> None:
    made = arrowed.arrow_array(values, kind)
    made.validate(full=True)
    expected = pa.array(values.tolist(), kind)
    assert made.type == kind
    assert made.null_count == expected.null_count
    if kind == pa.float64():
        assert np.array_equal(made.to_numpy(), values, equal_nan=True)
    else:
        assert made.equals(expected)


@pytest.mark.parametrize("values", [["城" * 4, None, "b", "", "cc"], [b"1234567", None, b"8"]])
def test_more_text_than_an_array_can_hold_becomes_several(values, monkeypatch) -> None:
    monkeypatch.setattr(arrowed, "_MOST", 12 if isinstance(values[0], str) else 7)
    kind = pa.string() if isinstance(values[0], str) else pa.binary()
    made = arrowed.arrow_array(np.array(values, object), kind)
    assert isinstance(made, pa.ChunkedArray)
    assert made.to_pylist() == values


def test_columns_are_made_without_pandas() -> None:
    code = (
        "import sys, numpy as np, pyarrow as pa; from cim_bridge.arrowed import arrow_array; "
        "arrow_array(np.array(['a', None], object), pa.string()); "
        "arrow_array(np.array([1.0]), pa.float64()); "
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
