"""Columns of large levels over HTTP's file finder: packed classes, numbers made when asked for."""

from __future__ import annotations

import hashlib
from pathlib import Path

import brotli
import pytest

from indicator_overlays.compute import compute
from indicator_overlays.ondemand import OnDemand
from indicator_overlays.results import Results, build_results
from tests.support.gridcity import make_grid_city
from twin_server.hot.blob import Blob
from twin_server.hot.sources import Files
from twin_server.pinned import Pinned


def test_packed_classes_and_made_numbers_are_served_at_addresses_that_outlive_a_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = make_grid_city(tmp_path / "city")
    compute(city, 2024)
    monkeypatch.setattr("indicator_overlays.results.ROWS", 0)
    monkeypatch.setattr("indicator_overlays.columns.LARGE", 0)
    monkeypatch.setattr("indicator_overlays.columns._SAVED", -99.0)
    results = Results(city.results / build_results(city))
    assert list((results.path / "columns").glob("*.brotli"))
    assert not list((results.path / "columns").glob("*.u8"))
    pinned = Pinned(models=(results.model,), results=("f" * 32, results.digest))
    made, seen = OnDemand(results), set()
    for key in results.keys:
        for item in made.settled(key, results.overlay(*key).columns):
            address = f"/columns/{item['sha256'][:32]}/{key.indicator}.{item['dtype']}"
            blob = Files(city, lambda: pinned, None, 1_000_000).find(address)
            assert isinstance(blob, Blob)
            assert hashlib.sha256(blob.plain).hexdigest() == item["sha256"]
            assert len(blob.plain) == item["length"] * int(item["dtype"][1:]) // 8
            if item["dtype"] == "u8":
                assert brotli.decompress(blob.copies["br"]) == blob.plain
            seen.add(item["dtype"])
    assert seen == {"u8", "u16", "f32"}
    fresh = Files(city, lambda: pinned, None, 1_000_000)
    assert fresh.find(f"/columns/{'0' * 32}/road_density.f32") is None
    assert fresh.find(f"/columns/{'0' * 32}/road_density.u8") is None
