"""A new model says exactly what it added, removed, moved and changed."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from cim_bridge.build import BridgeReport, bridge
from cim_bridge.changes import KINDS, compare
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from cim_bridge.staging import verify
from scenes.sample import make_sample
from scenes.sample.next_version import next_model
from tests.cim_bridge.cityfiles import (
    building,
    corners,
    frame,
    grid,
    new_city,
    row_of_boxes,
    write_json,
)

Listed = dict[str, set[str]]


def _told(report: BridgeReport, level: str = "building") -> Listed:
    assert report.changes is not None
    found = report.changes["ids"].get(level, {})
    return {kind: {name.partition(":")[2] for name in found.get(kind, [])} for kind in KINDS}


def _nothing() -> Listed:
    return {kind: set() for kind in KINDS}


@pytest.fixture
def city(tmp_path: Path) -> CityFolder:
    return new_city(tmp_path / "city")


def _deliver(city: CityFolder, content: dict[str, Any]) -> BridgeReport:
    path = write_json(city.path.parent / "buildings.city.json", content)
    return bridge(city, [path])


def test_the_first_model_and_the_same_model_again_change_nothing(city: CityFolder) -> None:
    first = _deliver(city, row_of_boxes(4))
    assert first.changes is None
    again = _deliver(city, row_of_boxes(4))
    assert again.digest == first.digest
    assert _told(again) == _nothing()
    assert again.changes is not None
    assert again.changes["levels"]["building"]["unchanged"] == 4


def test_each_kind_of_change_is_found_and_nothing_else(city: CityFolder) -> None:
    content = row_of_boxes(8)
    old = _deliver(city, content)
    new = copy.deepcopy(content)
    objects, points = new["CityObjects"], new["vertices"]
    del objects["b0"]
    objects["new"] = building(len(points), measuredHeight=9.0, storeysAboveGround=3)
    points += corners(400, 0, 2, 10, 8, 9)
    for point in points[8:16]:  # b1: 0.4 m is a survey's noise, not a move
        point[0] += 400
    for point in points[16:24]:  # b2
        point[0] += 600
    for point in points[28:32]:  # b3: the top ring
        point[2] += 3000
    objects["b3"]["attributes"]["measuredHeight"] = 15.0
    objects["b4"]["attributes"]["storeysAboveGround"] = 5
    objects["b5"]["attributes"]["use"] = "commercial"
    points[51][0] += 900  # b6: one corner of the base only
    report = _deliver(city, new)
    assert report.changes is not None
    assert (report.changes["from"], report.changes["to"]) == (old.digest, report.digest)
    assert _told(report) == {
        "added": {"new"},
        "removed": {"b0"},
        "moved": {"b2"},
        "changed": {"b3", "b4", "b5", "b6"},
    }
    assert report.changes["levels"]["building"]["unchanged"] == 2
    fields = {row["id"]: row["fields"] for row in _rows(city, report.digest, "changed")}
    assert fields == {
        "building:b3": ["height", "geometry"],
        "building:b4": ["storeys"],
        "building:b5": ["use"],
        "building:b6": ["geometry"],
    }
    (moved,) = _rows(city, report.digest, "moved")
    assert moved["shift"] == pytest.approx(0.6)
    raised = next(r for r in _rows(city, report.digest, "changed") if r["id"] == "building:b3")
    assert (raised["height_before"], raised["height_after"]) == (12.0, 15.0)


def _rows(city: CityFolder, digest: str, change: str) -> list[dict[str, Any]]:
    table = pq.read_table(city.models / digest / "changes.parquet")
    return [row for row in table.to_pylist() if row["change"] == change]


def test_the_way_back_lists_the_opposite_and_keeps_the_old_digest(city: CityFolder) -> None:
    first = _deliver(city, row_of_boxes(3))
    second = _deliver(city, row_of_boxes(4))
    back = _deliver(city, row_of_boxes(3))
    assert _told(second)["added"] == _told(back)["removed"] == {"b3"}
    for report in (first, second, back):
        verify(city.models / report.digest)
    kept = json.loads((city.models / back.digest / "changes.json").read_bytes())
    assert (kept["from"], kept["to"]) == (second.digest, back.digest)


def test_another_source_leaves_the_buildings_unchanged(city: CityFolder, tmp_path: Path) -> None:
    import pyogrio

    _deliver(city, row_of_boxes(3))
    blocks = tmp_path / "blocks.gpkg"
    pyogrio.write_dataframe(frame(grid(2, 100.0), block_id=["A", "B"]), blocks)
    report = bridge(city, [blocks], level="block", key="block_id")
    assert _told(report) == _nothing()
    assert _told(report, "block")["added"] == {"A", "B"}


def test_a_ring_that_begins_elsewhere_is_the_same_shape(city: CityFolder, tmp_path: Path) -> None:
    import pyogrio
    import shapely

    shapes = grid(2, 100.0)
    path = tmp_path / "blocks.gpkg"
    pyogrio.write_dataframe(frame(shapes, block_id=["A", "B"]), path)
    bridge(city, [path], level="block", key="block_id")
    ring = list(shapes[0].exterior.coords)
    turned = shapely.Polygon([*ring[2:], *ring[1:3]])
    path.unlink()
    pyogrio.write_dataframe(frame([turned, shapes[1]], block_id=["A", "B"]), path)
    assert _told(bridge(city, [path], level="block", key="block_id"), "block") == _nothing()


def test_the_samples_next_version_is_told_exactly(tmp_path: Path) -> None:
    source = tmp_path / "input"
    make_sample(source, buildings=600, seed=7)
    city = new_city(tmp_path / "city")
    old = bridge(city, [source / "model/buildings.city.json"])
    later = tmp_path / "later"
    for name in ("model", "model_next"):
        shutil.copytree(source / name, later / name)
    new = bridge(city, [next_model(later)])
    table = pd.read_csv(later / "model_next/changes.csv", dtype=str, keep_default_na=False)
    ids = {kind: set(part["id"]) for kind, part in table.groupby("change")}
    fresh = set(table.loc[table["change"] == "replaced", "next_id"])
    assert _told(new) == {
        "added": fresh,
        "removed": ids["removed"] | ids["replaced"],
        "moved": {name for name in ids["moved"] if name in _far(later)},
        "changed": ids["raised"] | ids["renamed"],
    }
    found = compare(open_model(city, old.digest), open_model(city, new.digest))
    assert set(found.ids("changed")) == {f"building:{n}" for n in _told(new)["changed"]}


def _far(later: Path) -> set[str]:
    """Ids of moved buildings whose listed shift is above half a metre: 0.40 to 0.60 m east."""
    table = pd.read_csv(later / "model_next/changes.csv", dtype=str, keep_default_na=False)
    moved = table.loc[table["change"] == "moved", "id"].tolist()
    return {
        name
        for number, name in enumerate(moved)
        if ((0.4 + 0.05 * (number % 5)) ** 2 + 0.3**2) ** 0.5 > 0.5
    }
