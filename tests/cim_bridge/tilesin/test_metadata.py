"""Property tables, entities and batch tables become plain columns."""

from __future__ import annotations

import numpy as np
import pytest

from cim_bridge.tilesin.batchtable import batch_columns
from cim_bridge.tilesin.broken import Broken
from cim_bridge.tilesin.metadata import entity, property_table


def table(kind: dict[str, object], count: int, *views: bytes, **place: object) -> list[object]:
    schema = {
        "classes": {"c": {"properties": {"p": kind}}},
        "enums": {"e": {"values": [{"name": "wall", "value": 1}, {"name": "roof", "value": 2}]}},
    }
    item = {"class": "c", "count": count, "properties": {"p": {"values": 0, **place}}}
    return property_table(schema, item, lambda n: views[n])["p"].tolist()


def u32(*values: int) -> bytes:
    return np.array(values, "<u4").tobytes()


def test_numbers_are_scaled_and_normalized_and_missing_ones_are_not_zero() -> None:
    kind = {"type": "SCALAR", "componentType": "INT16"}
    data = np.array([0, 100, -1], "<i2").tobytes()
    assert table(kind, 3, data) == [0, 100, -1]
    assert table(kind | {"scale": 0.5, "offset": 10}, 3, data) == [10.0, 60.0, 9.5]
    assert table(kind | {"scale": 1.0}, 3, data, scale=2.0) == [0.0, 200.0, -2.0]
    found = table(kind | {"noData": -1}, 3, data)
    assert found[:2] == [0.0, 100.0]
    assert np.isnan(found[2])
    assert table(kind | {"noData": -1, "default": 7}, 3, data)[2] == 7
    bytes_kind = {"type": "SCALAR", "componentType": "UINT8", "normalized": True}
    assert table(bytes_kind, 2, bytes([0, 255])) == [0.0, 1.0]


def test_strings_booleans_enums_and_vectors_are_read() -> None:
    text = "长城花园".encode()
    found = table({"type": "STRING"}, 3, text + b"ab", u32(0, 12, 12, 14), stringOffsets=1)
    assert found == ["长城花园", "", "ab"]
    found = table({"type": "STRING", "noData": ""}, 3, text + b"ab", u32(0, 12, 12, 14),
                  stringOffsets=1)  # fmt: skip
    assert found == ["长城花园", None, "ab"]
    assert table({"type": "BOOLEAN"}, 3, bytes([0b101])) == [True, False, True]
    codes = np.array([2, 1, 9], "<u2").tobytes()
    assert table({"type": "ENUM", "enumType": "e"}, 3, codes) == ["roof", "wall", "9"]
    vectors = np.arange(6, dtype="<f4").tobytes()
    kind = {"type": "VEC3", "componentType": "FLOAT32"}
    assert table(kind, 2, vectors) == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]


def test_arrays_of_fixed_and_of_variable_length_are_lists() -> None:
    kind = {"type": "SCALAR", "componentType": "UINT8", "array": True}
    assert table(kind | {"count": 2}, 2, bytes([1, 2, 3, 4])) == [[1, 2], [3, 4]]
    assert table(kind, 3, bytes([1, 2, 3]), u32(0, 1, 1, 3), arrayOffsets=1) == [[1], [], [2, 3]]
    texts = table(
        {"type": "STRING", "array": True}, 2, b"abcd", u32(0, 1, 3), u32(0, 1, 2, 4),
        arrayOffsets=1, stringOffsets=2,
    )  # fmt: skip
    assert texts == [["a"], ["b", "cd"]]


@pytest.mark.parametrize(
    ("kind", "count", "views", "place"),
    [
        ({"type": "SCALAR", "componentType": "FLOAT64"}, 1 << 40, (b"\0" * 8,), {}),
        ({"type": "BOOLEAN"}, 1 << 40, (b"\0",), {}),
        ({"type": "STRING"}, 2, (b"ab", u32(0, 2, 900)), {"stringOffsets": 1}),
        ({"type": "STRING"}, 2, (b"ab", u32(2, 1, 0)), {"stringOffsets": 1}),
        ({"type": "STRING"}, 1 << 30, (b"ab", u32(0, 2)), {"stringOffsets": 1}),
        ({"type": "SCALAR", "componentType": "FLOAT16"}, 1, (b"\0\0",), {}),
    ],
)
def test_a_count_that_the_bytes_do_not_bear_is_broken(
    kind: dict[str, object], count: int, views: tuple[bytes, ...], place: dict[str, object]
) -> None:
    with pytest.raises(Broken):
        table(kind, count, *views, **place)


def test_an_entity_gets_defaults_and_loses_no_data() -> None:
    kinds = {"a": {"type": "SCALAR", "componentType": "UINT8", "noData": 0}, "b": {"default": "x"}}
    schema = {"classes": {"c": {"properties": kinds}}}
    assert entity(schema, {"class": "c", "properties": {"a": 0}}) == {"b": "x"}
    assert entity(schema, {"class": "c", "properties": {"a": 3}}) == {"a": 3, "b": "x"}


def test_a_batch_table_holds_json_and_binary_columns() -> None:
    data = np.array([1.5, 2.5], "<f8").tobytes() + np.arange(6, dtype="<f4").tobytes()
    found = batch_columns(
        {
            "id": ["a", "b"], "short": ["a"], "n": [1, 2],
            "h": {"byteOffset": 0, "componentType": "DOUBLE", "type": "SCALAR"},
            "v": {"byteOffset": 16, "componentType": "FLOAT", "type": "VEC3"},
        },
        data, 2,
    )  # fmt: skip
    assert {name: values.tolist() for name, values in found.items()} == {
        "id": ["a", "b"], "n": [1, 2], "h": [1.5, 2.5], "v": [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]],
    }  # fmt: skip


TREE = {
    "instancesLength": 5,
    "classes": [
        {"name": "Door", "length": 2, "instances": {"width": [1.0, 2.0]}},
        {"name": "House", "length": 2, "instances": {"address": ["A", "B"], "width": [8, 9]}},
        {"name": "Owner", "length": 1, "instances": {"owner": ["Li"]}},
    ],
    "classIds": [0, 0, 1, 1, 2],
    "parentIds": [2, 3, 2, 4, 4],
}


def test_a_hierarchy_gives_features_what_their_ancestors_say() -> None:
    found = batch_columns({"extensions": {"3DTILES_batch_table_hierarchy": TREE}}, b"", 2)
    assert found["class"].tolist() == ["Door", "Door"]
    assert found["width"].tolist() == [1.0, 2.0]
    assert found["address"].tolist() == ["A", "B"]
    assert found["owner"].tolist() == [None, "Li"]


def test_a_hierarchy_may_have_several_parents_and_may_not_run_in_circles_for_ever() -> None:
    tree = TREE | {"parentCounts": [2, 1, 0, 0, 0], "parentIds": [3, 4, 2]}
    found = batch_columns({"HIERARCHY": tree}, b"", 2)
    assert found["address"].tolist() == ["B", "A"]
    assert found["owner"].tolist() == ["Li", None]
    circle = TREE | {"parentIds": [1, 0, 2, 3, 4]}
    assert batch_columns({"HIERARCHY": circle}, b"", 2)["width"].tolist() == [1.0, 2.0]
    double = TREE | {"parentCounts": [2] * 5, "parentIds": [1, 1, 0, 0, 3, 3, 2, 2, 4, 4]}
    with pytest.raises(Broken, match="multiplies"):
        batch_columns({"HIERARCHY": double}, b"", 2)
    with pytest.raises(Broken):
        batch_columns({"HIERARCHY": TREE | {"parentIds": [99] * 5}}, b"", 2)
