"""Features of foreign tilesets find their units by id, by label and by place."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely

from cim_bridge.binding.attach import AttachReport, attach
from cim_bridge.binding.release import newest, open_binding
from cim_bridge.build import bridge
from cim_bridge.check import check_tileset
from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.matching.overlap import overlaps
from cim_bridge.matching.spelling import plain_label
from cim_bridge.release import open_model
from cim_bridge.staging import verify
from cim_bridge.tiles.globe import enu_frame
from cim_bridge.tilesin.opened import open_tileset
from tests.cim_bridge.tilesin.made import b3dm, cubes, tileset, write

PLACE = (119.97, 30.25)
"""Degrees; EPSG:4549 is made for 120 E."""


def root(shift: float = 0.0) -> list[float]:
    frame = enu_frame(np.array([*np.radians(PLACE), 0.0]))
    frame[:3, 3] += frame[:3, 0] * shift
    return frame.T.ravel().tolist()


def tiles(folder: Path, batch: dict[str, list[str]], *, shift: float = 0.0) -> Path:
    """Cubes 1 m wide, 3 m high and 2 m apart; as many as the columns have rows."""
    count = len(next(iter(batch.values())))
    content = b3dm(cubes(count, name="_BATCHID"), count, batch)
    top = tileset({"content": {"uri": "c/a.b3dm"}, "transform": root(shift)}, "1.0")
    return write(folder, {"tileset.json": top, "c/a.b3dm": content})


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    """A city of four buildings B0 to B3, bridged from tiles."""
    folder = CityFolder.init(tmp_path / "city", name="城", name_en="City", crs="EPSG:4549")
    names = ["长城花园1号楼", "长城花园2号楼", "同名楼", "同名楼"]
    source = tiles(tmp_path / "source", {"id": ["B0", "B1", "B2", "B3"], "name": names})
    bridge(folder, [source], level="building", name="source")
    return folder


def table(folder: CityFolder, report: AttachReport) -> list[dict[str, object]]:
    found: list[dict[str, object]] = pq.read_table(
        folder.bindings / report.digest / "map.parquet"
    ).to_pylist()
    return found


def test_ids_match_whatever_their_property_is_called(city: CityFolder, tmp_path: Path) -> None:
    foreign = tiles(tmp_path / "f", {"x": ["q", "r", "s"], "code": ["B2", "b1 ", "B9"]}, shift=500)
    report = attach(city, foreign)
    assert report.id_property == "code"
    assert report.how == {"id": 2}
    assert report.counts == {"matched": 2, "ambiguous": 0, "unmatched": 1}
    rows = table(city, report)
    assert [row["unit_id"] for row in rows] == ["building:B2", "building:B1", ""]
    assert [row["row"] for row in rows] == [2, 1, None]
    assert {i.code for i in report.issues} == {"BINDING_KEY", "BINDING_UNMATCHED", "BINDING_APART"}
    verify(city.bindings / report.digest)


def test_places_match_when_nothing_else_does(city: CityFolder, tmp_path: Path) -> None:
    foreign = tiles(tmp_path / "f", {"x": ["a", "b", "c", "d"]}, shift=0.2)
    report = attach(city, foreign)
    assert report.how == {"geometry": 4}
    assert [row["unit_id"] for row in table(city, report)] == [f"building:B{k}" for k in range(4)]


def numbered(folder: Path, *, shift: float = 0.0) -> Path:
    """Two contents without any property that stand in one place, under a coarser one."""
    content = b3dm(cubes(3, name="_BATCHID"), 3)
    child = {"boundingVolume": {"sphere": [0, 0, 0, 9]}, "geometricError": 0}
    inner = [{**child, "content": {"uri": f"{name}.b3dm"}} for name in "ab"]
    root_tile = {"content": {"uri": "top.b3dm"}, "refine": "REPLACE", "children": inner,
                 "transform": root(shift)}  # fmt: skip
    files = {f"{name}.b3dm": content for name in ("a", "b", "top")}
    return write(folder, {"tileset.json": tileset(root_tile, "1.0"), **files})


def test_units_made_of_a_tileset_are_found_again_by_content_and_number(tmp_path: Path) -> None:
    folder = CityFolder.init(tmp_path / "city", name="城", name_en="City", crs="EPSG:4549")
    bridge(folder, [numbered(tmp_path / "own")], level="building", name="own")
    report = attach(folder, numbered(tmp_path / "same"))
    assert (report.features, report.finest) == (9, (6, 6))
    assert report.how == {"id": 6}, "the six stand in pairs: by place alone each is a doubt"
    found = [row["unit_id"] for row in table(folder, report) if row["unit_id"]]
    assert found == [f"building:{name}.b3dm#{k}" for name in "ab" for k in range(3)]
    elsewhere = attach(folder, numbered(tmp_path / "far", shift=500))
    assert elsewhere.counts["matched"] == 0, "another tileset numbers its features alike"


def test_labels_match_in_any_spelling_and_a_doubtful_one_goes_by_place(
    city: CityFolder, tmp_path: Path
) -> None:
    names = ["长城花园 ２#", "长城花园一栋", "同名楼"]
    report = attach(city, tiles(tmp_path / "f", {"名称": names}, shift=6))
    assert [row["unit_id"] for row in table(city, report)][:2] == ["building:B1", "building:B0"]
    assert report.how == {"label": 3} or report.counts["ambiguous"] == 1
    apart = attach(city, tiles(tmp_path / "g", {"名称": ["同名楼"]}, shift=900))
    assert apart.counts == {"matched": 0, "ambiguous": 1, "unmatched": 0}


def test_decisions_of_a_review_list_are_kept_for_the_next_time(
    city: CityFolder, tmp_path: Path
) -> None:
    foreign = tiles(tmp_path / "f", {"id": ["Z", "Y"]}, shift=900)
    first = attach(city, foreign)
    review = city.reviews / "attach-f.csv"
    assert review.read_bytes() == (city.bindings / first.digest / "review.csv").read_bytes()
    rows = list(csv.DictReader(review.read_text(encoding="utf-8-sig").splitlines()))
    assert [row["state 状态"] for row in rows] == ["unmatched", "unmatched"]
    rows[0]["decision 裁定"], rows[1]["decision 裁定"] = "building:B3", "-"
    decided = tmp_path / "decided.csv"
    with decided.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    second = attach(city, foreign, review=decided)
    assert second.how == {"review": 1}
    assert second.counts["matched"] == 1
    assert "BINDING_UNMATCHED" not in [issue.code for issue in second.issues]
    again = attach(city, foreign)
    assert again.how == {"review": 1}
    assert again.digest == second.digest


def test_the_same_input_gives_the_same_binding_and_leaves_the_tileset_alone(
    city: CityFolder, tmp_path: Path
) -> None:
    foreign = tiles(tmp_path / "f", {"id": ["B1", "B0"]}, shift=-2)
    before = [path.read_bytes() for path in sorted(foreign.parent.rglob("*.*"))]
    digests = {attach(city, foreign, rewrite=True).digest for _ in range(2)}
    assert len(digests) == 1
    assert [path.read_bytes() for path in sorted(foreign.parent.rglob("*.*"))] == before
    assert newest(city) == {"f": digests.pop()}


def test_the_map_column_is_indexed_by_content_and_feature_id(
    city: CityFolder, tmp_path: Path
) -> None:
    report = attach(city, tiles(tmp_path / "f", {"id": ["B3", "no", "B0"]}, shift=700))
    folder = city.bindings / report.digest
    index = json.loads((folder / "map.json").read_bytes())
    part = index["contents"]["c/a.b3dm"]
    rows = np.fromfile(folder / index["column"]["uri"], "<u4")
    mine = rows[part["first"] : part["first"] + part["count"]]
    assert mine.tolist() == [3, index["none"], 0]
    assert (index["level"], index["model"]) == ("building", city.head_model())


def test_a_rewritten_tileset_carries_our_table_at_the_same_place(
    city: CityFolder, tmp_path: Path
) -> None:
    foreign = tiles(tmp_path / "f", {"id": ["B0", "no", "B2"]})
    report = attach(city, foreign, rewrite=True)
    written = city.bindings / report.digest / report.manifest["rewritten"]["uri"]
    assert check_tileset(written).to_json() == []
    opened = open_tileset(written, IssueLog())
    theirs = open_tileset(foreign, IssueLog())
    assert opened is not None
    assert theirs is not None
    (piece,) = opened.pieces()
    (source,) = theirs.pieces()
    # the middle one has no id of ours, but lies in B1
    assert dict(zip(piece.columns["id"], piece.columns["row"], strict=True)) == {
        "B0": 0, "B1": 1, "B2": 2,
    }  # fmt: skip
    for side in ("min", "max"):
        ours, told = getattr(piece.vertices, side)(axis=0), getattr(source.vertices, side)(axis=0)
        assert np.abs(ours - told).max() < 0.01


def test_a_binding_fits_a_later_model_while_its_rows_are_the_same_units(
    city: CityFolder, tmp_path: Path
) -> None:
    report = attach(city, tiles(tmp_path / "f", {"id": ["B0", "B1"]}))
    more = tiles(tmp_path / "more", {"id": ["N0", "N1"]}, shift=50)
    bridge(city, [more], level="building", name="more")
    assert open_binding(city, report.digest).fits(open_model(city))
    fewer = tiles(tmp_path / "fewer", {"id": ["B1", "B2"]})
    bridge(city, [fewer], level="building", name="source")
    assert not open_binding(city, report.digest).fits(open_model(city))


def test_a_property_or_a_level_that_is_not_there_is_refused(
    city: CityFolder, tmp_path: Path
) -> None:
    foreign = tiles(tmp_path / "f", {"id": ["B0"]})
    with pytest.raises(InputRefused) as refused:
        attach(city, foreign, key="gml_id")
    assert [issue.code for issue in refused.value.log.errors] == ["TILESIN_KEY_UNKNOWN"]
    with pytest.raises(InputRefused) as refused:
        attach(city, foreign, level="block")
    assert [issue.code for issue in refused.value.log.errors] == ["BINDING_NO_UNITS"]
    assert newest(city) == {}
    assert not list(city.bindings.glob(".staging*"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("长城花园4#", "长城花园４号楼"), ("长城花园4#", "长城花园四栋"), ("A座 12", "a座12"),
        ("No. 5", "5号楼"), ("Building 12", "12#"), ("花园十二号楼", "花园 12 幢"),
    ],
)  # fmt: skip
def test_labels_of_one_building_have_one_spelling(one: str, other: str) -> None:
    assert plain_label(one) == plain_label(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("长城花园4号楼", "长城花园14号楼"), ("长城花园一期", "长城花园二期"), ("1号", "1号东楼")],
)
def test_labels_of_two_buildings_stay_two(one: str, other: str) -> None:
    assert plain_label(one) != plain_label(other)


def test_a_footprint_at_another_height_or_over_two_units_is_a_doubt() -> None:
    units = np.array([shapely.box(0, 0, 10, 10), shapely.box(10, 0, 20, 10)])
    shapes = np.array([shapely.box(0, 0, 10, 10), shapely.box(0, 0, 20, 10), None])
    pairs = overlaps(shapes, np.array([60.0, 10, 10]), units, np.array([10.0, 10.0]))
    assert pairs.of(0).tolist() != []
    assert not (pairs.strong & pairs.level)[pairs.of(0)].any()
    assert not pairs.strong[pairs.of(1)].any() or pairs.score[pairs.of(1)].max() <= 0.5


@pytest.mark.shared
def test_sibbe_of_1_0_finds_its_buildings_of_1_1_by_id_and_by_place(
    shared: Path, tmp_path: Path
) -> None:
    data = shared / "data"
    folder = CityFolder.init(tmp_path / "sibbe", name="Sibbe", name_en="Sibbe", crs="EPSG:28992")
    bridge(folder, [data / "tiles11/sibbe_3dbag_11/tileset.json"], level="building")
    by_id = attach(folder, data / "tiles10/sibbe_3dbag_10")
    assert by_id.features == 1178
    assert by_id.how == {"id": 413}
    assert not [issue for issue in by_id.issues if issue.code == "BINDING_APART"]

    from cim_bridge.binding.match import id_property, match
    from cim_bridge.binding.targets import Targets
    from cim_bridge.tilesin.gather import gather

    opened = open_tileset(data / "tiles10/sibbe_3dbag_10", IssueLog())
    assert opened is not None
    features = gather(list(opened.pieces()), IssueLog(), "", crs="EPSG:28992")
    targets = Targets.of(open_model(folder), "building")
    _, ids = id_property(features, targets, None)
    told = match(features, ids, targets)
    placed = match(features, np.full(len(features), "", object), targets)
    both = (told.target >= 0) & (placed.target >= 0)
    assert (told.target == placed.target)[both].all()
    assert int(both.sum()) == int((placed.target >= 0).sum()) == 413
