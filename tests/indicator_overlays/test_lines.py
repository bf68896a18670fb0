"""Lines of a store say what the rows themselves would; areas are asked by what lies in them."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from indicator_overlays import delivery
from indicator_overlays.keycodes import count_of, last_of
from indicator_overlays.lines import Lines, joined, kept_of, stacked
from indicator_overlays.membership import Membership
from indicator_overlays.privacy.atoms import Atoms
from indicator_overlays.privacy.plan import Plan, _areas
from indicator_overlays.values import TEXT, in_plain_text

STATES = ["measured", "missing", None, "computed"]


def store_of(words: list[str]) -> pa.Table:
    """A row for each word, with a state and a number."""
    number = [None if n % 3 == 2 else float(n) for n in range(len(words))]
    state = [STATES[n % 4] for n in range(len(words))]
    return pa.table(
        {
            "unit_id": pa.array(words, pa.string()).dictionary_encode().cast(TEXT),
            "state": pa.array(state, pa.string()).dictionary_encode().cast(TEXT),
            "value": pa.array(number, pa.float64()),
        }
    )


def test_lines_say_what_the_rows_taken_would() -> None:
    store, line = store_of(list("abcdefg")), np.array([6, 0, 0, 3], np.int32)
    lines = Lines((store,), line)
    wanted = in_plain_text(store.take(line)).to_pylist()
    assert in_plain_text(lines.table()).to_pylist() == wanted
    assert in_plain_text(lines.slice(1, 2).table()).to_pylist() == wanted[1:3]
    assert lines.filter(np.array([True, False, False, True])).select(["value"]).to_pylist() == [
        {"value": wanted[0]["value"]}, {"value": wanted[3]["value"]},
    ]  # fmt: skip


def test_only_an_old_number_reads_as_stale() -> None:
    year, stale = np.array([2024] * 5, np.int32), np.array([True, True, True, True, False])
    lines = Lines((store_of(list("abcde")),), np.arange(5, dtype=np.int32), year, stale)
    assert [row["state"] for row in lines.to_pylist()] == [
        "stale", "missing", None, "stale", "measured",
    ]  # fmt: skip
    assert lines["year"].to_pylist() == [2024] * 5


def test_pieces_and_replaced_rows_keep_their_places() -> None:
    whole = Lines(
        (store_of(list("abcd")),), np.arange(4, dtype=np.int32), np.full(4, 2024, np.int32)
    )
    own = in_plain_text(whole.table()).cast(whole.schema)
    both = joined([whole.slice(2, 2), own.slice(0, 1), whole.slice(1, 1)], whole)
    assert [row["unit_id"] for row in both.to_pylist()] == ["c", "d", "a", "b"]
    other = whole.replaced(np.array([1, 3]), store_of(["x", "y"]))
    assert [row["unit_id"] for row in other.to_pylist()] == ["a", "x", "c", "y"]


def test_tables_are_stacked_and_thinned_without_being_kept() -> None:
    parts = [store_of(["a", "b"]), store_of(["b", "c", "d"])]
    wanted = in_plain_text(pa.concat_tables(parts)).to_pylist()
    held = [stacked(parts)]
    assert parts == []
    assert in_plain_text(held[0]).to_pylist() == wanted
    assert last_of(held[0], ["unit_id"]).tolist() == [True, False, True, True, True]
    assert count_of(held[0], ["unit_id"]).tolist() == [1, 2, 2, 1, 1]
    thin = kept_of(held, last_of(held[0], ["unit_id"]))
    assert in_plain_text(thin).to_pylist() == [wanted[n] for n in (0, 2, 3, 4)]


def test_a_batch_has_the_same_bytes_however_its_texts_are_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "GROUP", 100)
    table = store_of([f"u{n % 90}" for n in range(250)])
    delivery.write_parquet(tmp_path / "coded", table)
    delivery.write_parquet(tmp_path / "plain", in_plain_text(table))
    pq.write_table(in_plain_text(table), tmp_path / "whole", compression="zstd", row_group_size=100)
    told = {hashlib.sha256(file.read_bytes()).hexdigest() for file in tmp_path.iterdir()}
    assert len(told) == 1


def test_areas_are_shown_as_if_each_were_asked_of_all_buildings() -> None:
    rng = np.random.default_rng(5)
    label = rng.integers(-1, 60, 500)
    weight = (label + 1).astype(np.float64)
    unit, area = np.nonzero(rng.random((60, 25)) < rng.random(25) * 0.3)
    has = rng.random(25) < 0.9
    origin = np.full(25, "block", object)
    plan = Plan(label >= 0, label={"block": label})
    fast = _areas(has, origin, plan, Membership({"block": (unit, area)}), Atoms(weight, 200))
    atoms, slow = Atoms(weight, 200), np.zeros(25, bool)
    for row in np.flatnonzero(has):
        inside = np.isin(label, unit[area == row]) & (label >= 0)
        slow[row] = len(atoms.admit(np.where(inside, 0, -1))) > 0 or not inside.any()
    assert fast.tolist() == slow.tolist()
    assert 0 < fast.sum() < has.sum()
