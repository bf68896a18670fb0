"""A large sample city is made part by part, and no file shows where one part ends."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from cim_bridge.progress import SILENT
from scenes.sample import books, model, placing
from scenes.sample.alarms import make_alarms
from scenes.sample.fabric import make_fabric
from scenes.sample.facts import make_facts
from scenes.sample.labels import make_labels
from scenes.sample.levels import make_units
from scenes.sample.measured import in_parts, without_buildings
from scenes.sample.model import Stock, joined, write_buildings
from scenes.sample.people import make_people
from scenes.sample.sample import SEED, _layers
from scenes.sample.truth import YEARS, read_story

COUNT = 3_000


@pytest.fixture(scope="module")
def stock() -> Stock:
    fabric = make_fabric(COUNT, SEED)
    units = make_units(fabric, SEED)
    people = make_people(fabric, units, SEED)
    return Stock(fabric, people, make_labels(fabric, units, people))


def test_what_geometry_says_is_the_same_district_by_district(stock: Stock, tmp_path: Path) -> None:
    fabric, people, units = stock.fabric, stock.people, stock.labels.units
    layers = _layers(tmp_path, fabric, units, people, SEED)
    about = (fabric, units, people, layers, YEARS[-1])
    near = (fabric, units, people, layers["facilities"], make_alarms(people, SEED))

    def facts(most: int) -> dict[tuple[str, str], np.ndarray]:
        parts = in_parts(*about, most=most)
        found = make_facts(read_story(), without_buildings(*about), parts, *near)
        return {
            key: np.stack([fact.value, np.nan_to_num(fact.numerator),
                           np.nan_to_num(fact.denominator)])
            for key, fact in found.items()
        }  # fmt: skip

    whole, parted = facts(COUNT), facts(COUNT // 10)
    assert len(list(in_parts(*about, most=COUNT // 10))) == len(units.tables["district"]) > 3
    assert set(whole) == set(parted)
    for key, told in whole.items():
        assert np.array_equal(told, parted[key], equal_nan=True), key
    assert sum(np.isfinite(told[0]).any() for told in whole.values()) > 20


@pytest.mark.parametrize("limit", [COUNT, COUNT - 1])
def test_buildings_are_the_same_in_parts_of_any_size(
    stock: Stock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: int
) -> None:
    monkeypatch.setattr(model, "SEQUENCE_ABOVE", limit)
    written = []
    for chunk in (COUNT, 37):
        monkeypatch.setattr(model, "CHUNK", chunk)
        written.append(write_buildings(tmp_path, stock, SILENT).read_bytes())
    assert written[0] == written[1]
    own = stock.features(np.arange(COUNT))
    if limit == COUNT:
        frame = orjson.loads(written[0]) | {"CityObjects": {}, "vertices": []}
        assert orjson.loads(written[0]) == joined(frame, own)
    else:
        lines = [orjson.loads(line) for line in written[0].splitlines()[1:]]
        assert [line["CityObjects"] for line in lines] == [objects for _, objects, _ in own]


def test_buildings_fit_the_same_in_parts_of_any_size(
    stock: Stock, monkeypatch: pytest.MonkeyPatch
) -> None:
    fabric = stock.fabric
    cell = fabric.solids.rows["cell"].astype(np.int64)
    parts = list(placing.by_block(cell, 50))
    assert len(parts) > 10
    assert sorted(np.concatenate(parts)) == list(range(COUNT))
    assert all(not set(cell[a]) & set(cell[b]) for a, b in pairwise(parts))


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_a_csv_that_grows_has_the_bytes_of_one_written_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str
) -> None:
    table = pd.DataFrame({"楼栋": ["甲", "乙,丙", None, "丁"], "value": [1.5, np.nan, 2.0, 1e-9]})
    once = books.write_csv(tmp_path / "once.csv", table, encoding).read_bytes()
    monkeypatch.setattr(books, "ROWS", 1)
    with books.CsvFile(tmp_path / "grown.csv", encoding) as out:
        out.add(table.iloc[:3])
        out.add(table.iloc[3:])
    assert (tmp_path / "grown.csv").read_bytes() == once
    assert once.decode(encoding).count("\n") == 5
