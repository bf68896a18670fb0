"""Rows to units: by id, label, address, point and shape; a doubt is never settled by likeness."""

from __future__ import annotations

import random

import geopandas as gpd
import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from cim_bridge.matching import How, Keys, Matches, Targets, match
from cim_bridge.matching.how import CHANGED, METHODS
from cim_bridge.matching.identity import identities
from cim_bridge.matching.position import to_model
from tests.cim_bridge.namepairs import ADDRESSES
from tests.support.tinycity import one_unit, units

ALL = How(by=("id", "external", "label", "address"))
LABELS = {
    "city:tiny": "滨海市", "district:D001": "芝罘区", "district:D002": "莱山区",
    "community:C001": "幸福社区", "community:C002": "向阳社区", "community:C003": "向阳社区",
    "block:B001": "一号街坊", "building:B001": "长城花园4号楼", "building:B002": "长城花园5号楼",
    "building:B003": "4号楼", "building:B020": "4号楼", "building:B005": "阳光小区1号楼",
    "building:B021": "阳光小区1号楼", "building:B030": "4号楼",
}  # fmt: skip
ATTRIBUTES = {
    "building:B006": '{"地址":"芝罘区文化路12号"}',
    "building:B022": '{"addr:street":"港城东大街","addr:housenumber":"8"}',
    "building:B010": '{"addr:street":"Main Street","addr:housenumber":"100"}',
}


def table() -> gpd.GeoDataFrame:
    frame = units()
    frame["label_zh"] = frame["id"].map(LABELS).fillna(frame["source_id"])
    frame["label_en"] = frame["source_id"]
    frame["attributes"] = frame["id"].map(ATTRIBUTES).fillna("{}")
    rows = [
        one_unit("compound", f"P{n}", n, {"district": f"district:D00{n + 1}"}) for n in range(2)
    ]
    more = gpd.GeoDataFrame(rows, geometry="geometry", crs=frame.crs)
    more["label_zh"] = more["label_en"] = "海信花园"
    frame.loc[frame["id"].isin(["building:B007", "building:B023"]), "label_zh"] = "9号楼"
    frame.loc[frame["id"] == "building:B007", "parent_compound"] = "compound:P0"
    frame.loc[frame["id"] == "building:B023", "parent_compound"] = "compound:P1"
    whole = gpd.GeoDataFrame(
        np.concatenate([frame.to_numpy(object), more[frame.columns].to_numpy(object)]),
        columns=frame.columns,
    )
    return whole.set_geometry("geometry", crs=frame.crs)


def targets(level: str = "building", frame: gpd.GeoDataFrame | None = None) -> Targets:
    known = table() if frame is None else frame
    plain = known.drop(columns="geometry")
    plain["row"] = plain["row"].astype("uint32")
    plain["removed"] = plain["removed"].astype(bool)
    found = Targets.of_table(pa.Table.from_pandas(plain, preserve_index=False), level)
    mine = known[known["level"] == level]
    found.__dict__["shapes"] = np.asarray(mine.geometry.to_numpy(), object)
    return found


def called(found: Matches, of: Targets) -> list[str | None]:
    """Source id of each row's unit; "?" in doubt."""
    return [
        str(of.ids[unit]).split(":")[1] if unit >= 0 else "?" if doubt else None
        for unit, doubt in zip(found.target.tolist(), found.ambiguous.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("written", "unit", "method", "changed"),
    [
        ("B001", "B001", "id", ""),
        ("building:B001", "B001", "id", ""),
        ("Building:b001", "B001", "id", "spelling"),
        (" Ｂ００１ ", "B001", "id", "spelling"),
        ("B1", "B001", "id", "padding"),
        ("b0001", "B001", "id", "padding"),
        ("X-building-7", "B007", "external", ""),
        ("x-BUILDING-7", "B007", "external", ""),
        ("長城花園四棟", "B001", "label", "words"),
        ("幸福社区4号楼", "B003", "label", "words"),
        ("district:D001", None, "", ""),
        ("B", None, "", ""),
        ("", None, "", ""),
    ],
)
def test_a_name_is_settled_by_the_first_method_that_is_sure(
    written: str, unit: str | None, method: str, changed: str
) -> None:
    of = targets()
    found = match([written], of, ALL)
    assert called(found, of) == [unit]
    assert METHODS[found.method[0]] == method
    assert CHANGED[found.changed[0]] == changed


def test_ids_alone_are_the_default_and_likeness_only_suggests() -> None:
    of = targets()
    found = match(["B001", "长城花园4号楼", "B099", "X-building-2"], of)
    assert called(found, of) == ["B001", None, None, "B002"]
    found = match(["长城花园四号楼东", "长城花园6号楼"], of, ALL)
    assert called(found, of) == [None, None]
    for row in range(2):
        near, score = found.suggestions.of(row)
        assert set(of.ids[near]) >= {"building:B001"}
        assert (score < 1).all()
    quiet = match(["长城花园6号楼"], of, How(by=("label",), suggest=False))
    assert not len(quiet.suggestions.row)


def test_floats_of_spreadsheets_and_padding_find_numbers() -> None:
    frame = table()
    mine = frame["level"] == "district"
    frame.loc[mine, "source_id"] = ["370602", "007"]
    frame.loc[mine, "id"] = ["district:370602", "district:007"]
    of = targets("district", frame)
    found = match(np.array([370602.0, 7.0]), of)
    assert of.ids[found.target].tolist() == ["district:370602", "district:007"]
    found = match(["370602.0", "7.0", "7.5", "0370602"], of)
    assert called(found, of) == ["370602", "007", None, "370602"]


def test_a_label_of_several_units_means_the_one_inside_the_named_place() -> None:
    of = targets()
    label = [*("4号楼", "4#", "4幢", "4号楼"), *["阳光1栋"] * 3, *["9号楼"] * 3]
    inside = [
        *("", "幸福社区", "community:C003", "芝罘区", "芝罘", "莱山区", "无名区"),
        *("P0", "海信花园", "无名小区"),
    ]
    found = match(Keys.of(label, parents=(inside,)), of, ALL)
    assert called(found, of) == ["?", "B003", "B020", "?", "B005", "B021", None, "B007", "?", None]
    assert [CHANGED[code] for code in found.changed[[1, 4, 7]]] == ["words", "parent", "parent"]
    two = match(Keys.of(["9号楼"], parents=(["海信花园"], ["莱山区"])), of, ALL)
    assert called(two, of) == ["B023"]


def test_words_that_contradict_each_other_are_a_doubt() -> None:
    of = targets()
    found = match(Keys.of(["长城花园4号楼"], parents=(["莱山区"],)), of, ALL)
    assert called(found, of) == ["?"]
    assert of.ids[found.candidates.of(0)[0]].tolist() == ["building:B001"]


def test_an_id_that_its_own_label_contradicts_is_told() -> None:
    of = targets()
    keys = Keys.of(["B001", "B002", "B003"], label=["长城花园4#", "长城花园4#", "4#"])
    found = match(keys, of, ALL)
    assert called(found, of) == ["B001", "B002", "B003"]
    assert found.apart.tolist() == [1]


def test_a_doubtful_name_is_settled_by_a_point_only_if_it_may_be_that_unit() -> None:
    of = targets()
    keys = Keys.of(["4号楼", "4号楼", "4号楼"], x=[2.5, 19.5, 7.5], y=[0.5, 0.5, 0.5])
    found = match(keys, of, How(by=("label", "point")))
    assert called(found, of) == ["B003", "B020", "?"]
    assert "building:B008" in of.ids[found.candidates.of(2)[0]].tolist()


@pytest.mark.parametrize(("address", "unit"), ADDRESSES)
def test_addresses_lose_what_stands_in_front_and_behind(address: str, unit: str | None) -> None:
    of = targets()
    found = match(Keys.of(None, address=[address]), of, How(by=("address",)))
    known = called(found, of)[0]
    assert known == unit or (unit is None and known == "?")


def test_an_address_finds_larger_units_too() -> None:
    of = targets("district")
    found = match(["山东省滨海市芝罘区文化路12号", "芝罘", "青岛市市南区"], of, ALL)
    assert called(found, of) == ["D001", "D001", None]
    of = targets("compound")
    found = match(
        ["滨海市莱山区海信花园9号楼2单元", "海信花园小区", "芝罘区海信花园"], of, ALL
    )  # fmt: skip
    assert called(found, of) == ["P1", "?", "P0"]


def test_points_are_held_or_near_but_never_between_two() -> None:
    frame = table()
    mine = frame["level"] == "building"
    boxes = [shapely.box(n * 10, 0, n * 10 + 6, 6) for n in range(int(mine.sum()))]
    boxes[31] = shapely.box(0, 0, 3, 3)
    frame.loc[mine, "geometry"] = boxes
    of = targets(frame=frame)
    x = [15.0, 16.5, 18.0, 1.0, 5.0, np.nan, 400.0, 17.5]
    y = [3.0, 3.0, 3.0, 1.0, 5.0, 0.0, 0.0, 3.0]
    how = How(by=("point",), tolerance=3.0)
    found = match(Keys.of(None, x=x, y=y), of, how)
    assert called(found, of) == ["B002", "B002", "?", "?", "B001", None, None, "?"]
    assert CHANGED[found.changed[1]] == "nearest"
    assert found.score[1] < found.score[0]
    none = match(Keys.of(None, x=x, y=y), of, How(by=("point",)))
    assert called(none, of)[:3] == ["B002", None, None]


def test_shapes_find_the_unit_they_cover() -> None:
    of = targets()
    shapes = [shapely.box(0.1, 0, 1, 1), shapely.box(0.5, 0, 1.5, 1), shapely.box(90, 0, 91, 1)]
    found = match(Keys.of(None, shapes=np.array(shapes, object)), of, How(by=("geometry",)))
    assert called(found, of) == ["B001", "?", None]


def test_degrees_are_told_from_metres() -> None:
    x, y = to_model(np.array([121.39, np.nan]), np.array([37.54, 1.0]), "", "EPSG:4549")
    assert x[0] == pytest.approx(622_849, abs=5)
    assert y[0] == pytest.approx(4_157_350, abs=60)
    assert np.isnan(x[1])
    x, y = to_model(np.array([622_849.0]), np.array([4_157_350.0]), "", "EPSG:4549")
    assert (x[0], y[0]) == (622_849.0, 4_157_350.0)


SHARED = targets()
SAID = ("4号楼", "B001", "b002", "阳光1栋", "长城花园4#", "长城花园6号楼", "", "芝罘区文化路12号",
        "海信花园9号楼", "X-building-3", "幸福社区4号楼")  # fmt: skip
IN = ("", "幸福社区", "芝罘区", "莱山区", "海信花园", "无名")


@settings(max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(SAID), st.sampled_from(IN)), min_size=1, max_size=25),
       st.randoms(use_true_random=False))  # fmt: skip
def test_the_order_of_rows_changes_nothing(
    rows: list[tuple[str, str]], chance: random.Random
) -> None:
    of = SHARED
    turn = list(range(len(rows)))
    chance.shuffle(turn)
    first = match(Keys.of([r[0] for r in rows], parents=([r[1] for r in rows],)), of, ALL)
    mixed = [rows[n] for n in turn]
    second = match(Keys.of([r[0] for r in mixed], parents=([r[1] for r in mixed],)), of, ALL)
    assert first.target[turn].tolist() == second.target.tolist()
    assert first.method[turn].tolist() == second.method.tolist()
    assert first.ambiguous[turn].tolist() == second.ambiguous.tolist()
    assert first.score[turn].tolist() == second.score.tolist()
    for at, row in enumerate(turn):
        assert first.candidates.of(row)[0].tolist() == second.candidates.of(at)[0].tolist()
        assert first.suggestions.of(row)[0].tolist() == second.suggestions.of(at)[0].tolist()


def test_rows_and_units_may_be_none() -> None:
    of = targets()
    assert len(match([], of, ALL)) == 0
    empty = targets("plot")
    found = match(Keys.of(["a"], x=[1.0], y=[1.0]), empty, How(by=("id", "label", "point")))
    assert found.unmatched.all()
    assert found.report()["rate"] == 0.0


def test_units_of_any_level_are_found_by_public_id() -> None:
    of = targets("")
    found = match(["building:B001", "block:B001", "D002", "B001"], of)
    assert of.ids[found.target[:3]].tolist() == ["building:B001", "block:B001", "district:D002"]
    assert found.ambiguous.tolist() == [False, False, False, True]


def test_references_of_rows_are_the_same_for_ever() -> None:
    keys = Keys.of([" 4号楼", "4号楼", "5号楼"], parents=(["甲", "甲", "甲"],))
    mine = identities(keys, "building")
    assert mine[0] == mine[1] != mine[2]
    assert identities(Keys.of(["B001"]), "building").tolist() == [227_882_908_997_955_338]
    assert identities(Keys.of(["B001"]), "block")[0] != identities(Keys.of(["B001"]), "building")[0]


def test_a_hundred_thousand_names_take_seconds() -> None:
    count = 100_000
    frame = {name: [""] * count for name in ("label_en", "external_ids", "attributes")}
    frame |= {
        "id": [f"building:B{n}" for n in range(count)],
        "source_id": [f"B{n}" for n in range(count)],
        "level": ["building"] * count,
        "label_zh": [f"长城花园{n}号楼" for n in range(count)],
        "removed": [False] * count,
        "row": list(range(count)),
    }
    frame |= {f"parent_{level}": [None] * count for level in (
        "city", "district", "subdistrict", "community", "block", "compound", "plot")}  # fmt: skip
    of = Targets.of_table(pa.table(frame), "building")
    turn = np.random.default_rng(3).permutation(count)
    found = match([f"長城花園{n}#" for n in turn], of, How(by=("id", "label")))
    assert (found.target == turn).all()
