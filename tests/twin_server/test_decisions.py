"""Decisions on values: a reviewer adopts a source or corrects by hand, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import geopandas as gpd
import pytest

from cim_bridge.folder import CityFolder
from cim_bridge.progress import SILENT
from cim_bridge.staging import stage
from indicator_overlays.load import load
from indicator_overlays.mapping import Mapping
from tests.support.gridcity import make_grid_city
from tests.twin_server.asking import Browser, browsing
from twin_server.app import create_app
from twin_server.publish import publish_city
from twin_server.schemas.workflow import ConflictPage
from twin_server.settings import Settings
from twin_server.store import open_store

CODE = "park_coverage"
ADDRESS = f"MOHURD-2022/{CODE}/block:B1/2024"
HEAD = "unit_id,level,indicator,period,value,numerator,denominator\n"


@pytest.fixture
def city(tmp_path: Path, either_store: str) -> CityFolder:
    """Two sources that agree on B2 and disagree on B1, published."""
    folder = make_grid_city(tmp_path / "city")
    seal(folder)
    for source, kind, value in (("统计局", "statistics", 80), ("第三方", "third_party", 60)):
        file = tmp_path / f"{kind}.csv"
        file.write_text(
            HEAD + f"B1,block,{CODE},2024,{value},{value},100\nB2,block,{CODE},2024,70,70,100\n",
            encoding="utf-8",
        )
        load(folder, [file], source=source, mapping=Mapping(source_kind=kind, system="MOHURD-2022"))
    publish(folder)
    return folder


def seal(folder: CityFolder) -> None:
    """The grid city's model as a release that proves its own hash."""
    units = gpd.read_parquet(folder.models / ("0" * 32) / "units.parquet")
    levels = {name: {"count": n, "rows": n} for name, n in units["level"].value_counts().items()}
    with stage(folder.models) as staging:
        units.to_parquet(staging.path / "units.parquet")
        manifest = {
            "kind": "model", "format": 1, "crs": "EPSG:4549", "height_offset": 0.0,
            "synthetic": True, "levels": levels, "sources": [], "parents": {}, "tilesets": {},
        }  # fmt: skip
        folder.set_head_model(staging.commit(manifest))


def publish(folder: CityFolder) -> None:
    store = open_store(folder)
    publish_city(folder, store, SILENT)
    store.close()


@pytest.fixture
def desk(city: CityFolder) -> Iterator[Browser]:
    with browsing(create_app(city, Settings(refresh_seconds=0))) as browser:
        yield browser


def value(desk: Browser) -> Any:
    return desk.json(f"/api/v1/values/{quote(ADDRESS)}")


def decide(desk: Browser, **body: object) -> Any:
    answer = desk.post(f"/api/v1/values/{quote(ADDRESS)}/decision", body, {"x-cim-actor": "Zhao"})
    return answer


def test_a_conflict_is_listed_and_a_decision_ends_it(desk: Browser, city: CityFolder) -> None:
    page = desk.json("/api/v1/conflicts")
    ConflictPage.model_validate(page)
    assert [(c["unit"]["id"], c["sources"]) for c in page["items"]] == [("block:B1", 2)]
    assert value(desk)["value"] == 80
    answer = decide(desk, kind="adopt", source="第三方", reason="现场复核")
    assert answer.status_code == 200, answer.text
    assert desk.json("/api/v1/conflicts")["items"][0]["decision"]["actor"] == "Zhao"
    assert value(desk)["value"] == 80, "readers see it with the next publication"
    publish(city)
    found = value(desk)
    assert (found["value"], found["source"], found["conflict"]) == (60, "第三方", False)
    assert "Zhao" in found["note"]
    assert "现场复核" in found["note"]
    assert {c["value"] for c in found["candidates"]} == {80, 60}, "both sources are kept"
    assert desk.json("/api/v1/conflicts")["total"] == 0


def test_a_value_corrected_by_hand_keeps_what_it_corrects(desk: Browser, city: CityFolder) -> None:
    decide(desk, kind="adjust", value=66.0, reason="漏计一处公园")
    publish(city)
    found = value(desk)
    assert (found["value"], found["state"]) == (66, "adjusted")
    assert found["note"].startswith("was 80 (统计局)")
    assert found["numerator"] == pytest.approx(66)
    assert len(found["candidates"]) == 3
    above = desk.json(f"/api/v1/values/{quote(f'MOHURD-2022/{CODE}/district:D1/2024')}")
    assert above["value"] == pytest.approx((66 + 70) / 2), "the roll-up follows"


def test_a_withdrawn_decision_leaves_the_value_as_before(desk: Browser, city: CityFolder) -> None:
    decide(desk, kind="adjust", value=1.0, reason="试")
    publish(city)
    assert value(desk)["value"] == 1
    gone = desk.delete(f"/api/v1/values/{quote(ADDRESS)}/decision", {"x-cim-actor": "Zhao"})
    assert gone.status_code == 200
    publish(city)
    assert (value(desk)["value"], value(desk)["state"]) == (80, "measured")
    again = desk.delete(f"/api/v1/values/{quote(ADDRESS)}/decision", {"x-cim-actor": "Zhao"})
    assert again.json()["code"] == "UNKNOWN_DECISION"
    actions = [e["action"] for e in desk.json("/api/v1/audit", limit=10)["items"]]
    assert actions[:4] == ["publish", "value.withdraw", "publish", "value.adjust"]


def test_two_reviewers_at_once_do_not_overwrite_each_other(desk: Browser) -> None:
    path, who = f"/api/v1/values/{quote(ADDRESS)}/decision", {"x-cim-actor": "Li"}
    body = {"kind": "adjust", "value": 70.0, "reason": "复核"}
    unseen = desk.post(path, body, {**who, "if-match": '"none"', "idempotency-key": "d-1"})
    assert unseen.status_code == 200, unseen.text
    late = desk.post(path, body | {"value": 71.0}, {"x-cim-actor": "Wang", "if-match": '"none"'})
    assert (late.status_code, late.json()["code"]) == (412, "VERSION_CHANGED")
    version = desk.json("/api/v1/conflicts")["items"][0]["decision"]["version"]
    assert unseen.headers["etag"] == f'"{version}"'
    again = desk.post(path, body, {**who, "if-match": '"none"', "idempotency-key": "d-1"})
    assert again.json() == unseen.json(), "the same request is answered alike"
    gone = desk.delete(path, {**who, "if-match": '"0123"'})
    assert gone.status_code == 412
    assert desk.delete(path, {**who, "if-match": f'"{version}"'}).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"kind": "adopt", "source": "谁", "reason": "x"}, 422, "UNKNOWN_SOURCE"),
        ({"kind": "adjust", "reason": "x"}, 422, "FIELD_MISSING"),
        ({"kind": "adjust", "value": 3, "reason": " "}, 422, "NOTE_MISSING"),
        ({"kind": "vote", "reason": "x"}, 422, "INVALID_PARAMETER"),
    ],
)
def test_a_decision_needs_its_parts(
    desk: Browser, body: dict[str, object], status: int, code: str
) -> None:
    answer = decide(desk, **body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_decision_on_a_source_that_is_gone_is_told(desk: Browser, city: CityFolder) -> None:
    from indicator_overlays.assembly import assemble
    from indicator_overlays.decisions import Decision, write_decisions

    del desk
    write_decisions(
        city, [Decision("block:B1", "MOHURD-2022", CODE, "2024", "adopt", "r", "Z", "t", "nobody")]
    )
    log = assemble(city).log
    assert [issue.code for issue in log] == ["DECISION_WITHOUT_VALUE"]
