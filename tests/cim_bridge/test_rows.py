"""New rows stand along a curve through the city, so that columns of them compress."""

from __future__ import annotations

from pathlib import Path

import brotli
import numpy as np

from cim_bridge.build import bridge
from cim_bridge.geometry.curve import curve_order
from cim_bridge.release import open_model
from cim_bridge.rows import assign
from tests.cim_bridge.cityfiles import box, new_city
from tests.cim_bridge.test_bridge import level, vector


def _names(count: int) -> np.ndarray:
    return np.array([f"b{k:03d}" for k in range(count)], dtype=object)


def test_the_curve_goes_quarter_by_quarter() -> None:
    y, x = np.divmod(np.arange(16), 4)
    order = curve_order(np.column_stack([x, y]).astype(float))
    assert order.tolist() == [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15]


def test_units_without_a_place_come_last_in_their_order() -> None:
    places = np.array([[np.nan, 1.0], [5.0, 5.0], [np.nan, np.nan], [0.0, 0.0]])
    assert curve_order(places).tolist() == [3, 1, 0, 2]
    assert curve_order(places[[0, 2]]).tolist() == [0, 1]
    assert curve_order(np.zeros((3, 2))).tolist() == [0, 1, 2]


def test_known_rows_stay_whatever_the_order_of_new_ones() -> None:
    ids = np.array(["n1", "b", "n2", "a", "n3"], dtype=object)
    rows, total = assign(np.array(["a", "b"], dtype=object), ids, np.array([4, 3, 2, 1, 0]))
    assert rows.tolist() == [4, 1, 3, 0, 2]
    assert total == 5


def test_rows_are_the_same_whatever_the_order_of_the_file(tmp_path: Path) -> None:
    shapes = [box(30 * (k % 8), 30 * (k // 8), 20, 20) for k in range(64)]
    names = _names(64)
    found = []
    for number, order in enumerate((np.arange(64), np.random.default_rng(1).permutation(64))):
        city = new_city(tmp_path / f"city{number}")
        file = vector(tmp_path, "b", [shapes[k] for k in order], id=names[order])
        bridge(city, [file], level="building", key="id")
        found.append(level(open_model(city), "building")["source_id"].tolist())
    assert found[0] == found[1]
    assert found[0][:4] == ["b000", "b001", "b008", "b009"]


def test_a_later_source_is_appended_and_moves_nobody(tmp_path: Path) -> None:
    city = new_city(tmp_path / "city")
    first = [box(30 * k, 0, 20, 20) for k in range(5)]
    bridge(city, [vector(tmp_path, "a", first, id=_names(5))], level="block", key="id")
    second = [box(15 - 30 * k, 90, 9, 9) for k in range(3)]
    ids = ["x", "y", "z"]
    bridge(city, [vector(tmp_path, "c", second, id=ids)], level="block", key="id")
    rows = level(open_model(city), "block")["source_id"].tolist()
    assert rows == [*_names(5), "z", "y", "x"]


def test_a_smooth_column_takes_fewer_bytes_along_the_curve() -> None:
    count = 250
    y, x = np.divmod(np.arange(count * count), count)
    noise = np.random.default_rng(2).normal(0, 4.0, len(x))
    value = np.clip((np.sin(x / 40) + np.cos(y / 55)) * 60 + 120 + noise, 0, 249).astype(np.uint8)
    street = np.random.default_rng(3).permutation(count)[y] * count + x
    places = np.column_stack([x, y]).astype(float)
    by_street = len(brotli.compress(value[np.argsort(street)].tobytes(), quality=5))
    along = len(brotli.compress(value[curve_order(places)].tobytes(), quality=5))
    assert along < 0.95 * by_street
