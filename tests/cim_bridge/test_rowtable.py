"""Attributes of JSON objects become the same columns that a data frame would give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cim_bridge.attributes import as_numbers, as_texts, columns_of
from cim_bridge.rowtable import RowTable
from tests.cim_bridge.cityfiles import row_of_boxes, write_json

ROWS: list[dict[str, Any]] = [
    {"storeysAboveGround": 3, "measuredHeight": "12.5 m", "function": "住宅", "name": "甲"},
    {"storeysAboveGround": None, "measuredHeight": 9, "yearOfConstruction": "1987-05-01"},
    {"function": 1000, "name": 7.0, "externalIds": {"bag": 1}, "flag": True},
    {},
    {"name": ["a", "b"], "measuredHeight": "tall", "yearOfConstruction": 1990},
]


@pytest.mark.parametrize("level", ["building", "object"])
def test_columns_are_those_of_a_data_frame(level: str) -> None:
    frame = pd.DataFrame(ROWS)
    found, wanted = columns_of(RowTable(ROWS), level), columns_of(frame, level)
    assert found.keys() == wanted.keys()
    for name, values in wanted.items():
        same = found[name]
        assert same.dtype == values.dtype, name
        assert same.tolist() == pytest.approx(values.tolist(), nan_ok=True), name


def test_names_come_in_the_order_of_their_first_appearance() -> None:
    assert RowTable(ROWS).columns == list(pd.DataFrame(ROWS).columns)
    assert len(RowTable(ROWS)) == 5


def test_numbers_keep_their_kind_and_missing_is_never_zero() -> None:
    table = RowTable([{"a": 1, "b": 2, "c": "x"}, {"a": 2, "b": None, "c": 2**80}, {"a": 3}])
    assert table["a"].dtype == np.int64
    assert as_texts(table["a"]).tolist() == ["1", "2", "3"]
    assert np.isnan(as_numbers(table["b"])).tolist() == [False, True, True]
    assert as_texts(table["b"]).tolist() == ["2", "", ""]
    assert as_texts(table["c"]).tolist() == ["x", str(2**80), ""]
    assert RowTable([{"a": 2**80}, {"a": 1}])["a"].tolist() == [2**80, 1]


def test_reading_a_city_model_loads_no_table_library(root: Path, tmp_path: Path) -> None:
    source = write_json(tmp_path / "a.city.json", row_of_boxes(3))
    code = (
        "import sys, pathlib\n"
        "from cim_bridge.issues import IssueLog\n"
        "from cim_bridge.reader import Wish, find_reader\n"
        "from cim_bridge.tiles import write_tilesets\n"
        "path, log = pathlib.Path(sys.argv[1]), IssueLog()\n"
        "reading = find_reader(path, log).read(path, Wish(), log)\n"
        "assert len(reading.units[0]) == 3\n"
        "print([m for m in ('pandas', 'geopandas', 'pyarrow', 'scipy') if m in sys.modules])\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code, str(source)], cwd=root, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    assert ran.stdout.strip() == "[]"
