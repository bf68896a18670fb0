"""Adopting and rolling up stay in proportion: bytes a value, and no more passes than needed."""

from __future__ import annotations

import datetime as dt
import gc
import tracemalloc
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cim_bridge.citytoml import CityConfig
from indicator_overlays import rollup as rolling
from indicator_overlays.adopt import adopt
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.keycodes import in_one_piece, key_codes, words_of
from indicator_overlays.rollup import Rollup, rollup
from indicator_overlays.values import STORED_SCHEMA, in_plain_text

CODES = [f"indicator_{number}" for number in range(20)]
LEAST, MOST = 2_000, 12_000
BYTES_A_VALUE = 160
"""Python's own memory at its peak for each value (81 here; 378 when all series went at once)."""
STORED_BYTES = 140
"""Arrow's memory for each adopted value (114 here; 262 when texts were written out)."""

CONFIG = cast("CityConfig", SimpleNamespace(tolerance=0.05, adoption_order=("department",)))
ITEM = SimpleNamespace(rollup="sum", scale=1.0, reach=("block", "city"))
SYSTEMS = cast(
    "dict[str, IndicatorSystem]",
    {"S": SimpleNamespace(indicators=dict.fromkeys(CODES, ITEM))},
)


def units_of(buildings: int) -> pd.DataFrame:
    """Buildings in blocks of 25 in one city."""
    of = [f"block:{number // 25}" for number in range(buildings)]
    blocks = sorted(set(of))
    ids = [f"building:{number}" for number in range(buildings)]
    return pd.DataFrame(
        {
            "id": [*ids, *blocks, "city:1"],
            "level": ["building"] * buildings + ["block"] * len(blocks) + ["city"],
            "parent_block": [*of, *([None] * (len(blocks) + 1))],
            "parent_city": ["city:1"] * (buildings + len(blocks)) + [None],
        }
    )


def values_of(buildings: int) -> pa.Table:
    """One value of each indicator for each building, by one department."""
    size = buildings * len(CODES)
    day = dt.date(2024, 12, 31)
    columns: dict[str, Any] = {
        "unit_id": [f"building:{number}" for number in range(buildings)] * len(CODES),
        "level": ["building"] * size,
        "system": ["S"] * size,
        "indicator": np.repeat(CODES, buildings).tolist(),
        "period": ["2024"] * size,
        "period_start": [dt.date(2024, 1, 1)] * size,
        "period_end": [day] * size,
        "value": np.random.default_rng(7).integers(0, 100, size).astype(float).tolist(),
        "state": ["measured"] * size,
        "source_kind": ["department"] * size,
        "batch": ["b" * 32] * size,
        "source": ["住房安全调查 / Housing Safety Survey"] * size,
        "method": ["cimtwin.housing_safety"] * size,
        "note": [""] * size,
        "seq": [1] * size,
        "cutoff_date": [day] * size,
    }
    arrays = [
        pa.array(columns[field.name], pa.string()).dictionary_encode()
        if pa.types.is_dictionary(field.type) and field.name in columns
        else pa.array(columns.get(field.name, [None] * size), field.type)
        for field in STORED_SCHEMA
    ]
    return pa.Table.from_arrays(arrays, schema=STORED_SCHEMA)


def peak_of(buildings: int) -> int:
    """Python's peak while values of some buildings are adopted and rolled up."""
    table, units = values_of(buildings), units_of(buildings)
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    rollup(adopt(table, CONFIG), units, SYSTEMS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak - before


def test_memory_grows_by_no_more_than_some_bytes_a_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rolling, "ROWS", LEAST)
    rollup(adopt(values_of(50), CONFIG), units_of(50), SYSTEMS)  # what is loaded once
    grown = peak_of(MOST) - peak_of(LEAST)
    assert 0 < grown / ((MOST - LEAST) * len(CODES)) < BYTES_A_VALUE


def test_adopted_values_hold_few_bytes_each() -> None:
    adopted = adopt(values_of(1_000), CONFIG)
    assert adopted.nbytes / adopted.num_rows < STORED_BYTES
    assert in_plain_text(adopted).to_pylist() == adopted.to_pylist()


def test_rolling_up_a_few_series_at_a_time_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    adopted, units = adopt(values_of(200), CONFIG), units_of(200)
    at_once: Rollup = rollup(adopted, units, SYSTEMS)
    monkeypatch.setattr(rolling, "ROWS", 450)
    by_parts = rollup(adopted, units, SYSTEMS)
    assert at_once.rows.num_rows == (8 + 1) * len(CODES)
    assert by_parts.rows.to_pylist() == at_once.rows.to_pylist()


def test_pieces_with_different_words_become_one_piece_with_each_word_once() -> None:
    first = pa.table({"word": pa.array(["a", "b", None]).dictionary_encode()})
    second = pa.table({"word": pa.array(["c", "b"]).dictionary_encode()})
    whole = in_one_piece(pa.concat_tables([first, second, first.slice(1)]))
    assert whole["word"].num_chunks == 1
    assert whole["word"].to_pylist() == ["a", "b", None, "c", "b", "b", None]
    assert words_of(whole, "word") == ["a", "b", "c"]
    assert key_codes(whole, "word").tolist() == [0, 1, -1, 2, 1, 1, -1]
