"""Combined questions: what they find is what the standard door finds, and missing never counts."""

from __future__ import annotations

import base64
import csv
import io
import json
from typing import Any

import numpy as np
import openpyxl
import pytest

from tests.twin_server.asking import Browser

HAZARD = {"of": "indicator", "code": "structural_hazard", "system": "MOHURD-2023", "op": ">=",
          "value": 1}  # fmt: skip
OLD = {"of": "attribute", "name": "year_built", "op": "<", "value": 1990}


def find(city: Browser, where: object, **more: object) -> Any:
    asked = {"level": "building", "year": 2025, "limit": 1000, **more}
    return city.json("/api/v1/find", where=json.dumps(where), **asked)


def rows_of(mask: str, rows: int) -> set[int]:
    bits = np.unpackbits(np.frombuffer(base64.b64decode(mask), np.uint8), bitorder="little")
    return set(np.flatnonzero(bits[:rows]).tolist())


def test_list_mask_and_tables_of_a_question_agree_with_the_standard_door(
    published: Browser,
) -> None:
    where = {"of": "all", "args": [OLD, HAZARD]}
    found = find(published, where)
    assert found["total"] > 0
    old = published.json("/ogc/collections/building/items", filter="year_built < 1990", limit=10000)
    bad = published.json(
        "/ogc/collections/building.MOHURD-2023.2025/items",
        filter="structural_hazard >= 1",
        limit=10000,
    )
    expected = {f["id"] for f in old["features"]} & {f["id"] for f in bad["features"]}
    assert {item["id"] for item in found["items"]} == expected
    assert rows_of(found["mask"], found["rows"]) == {item["row"] for item in found["items"]}
    asked = {"where": json.dumps(where), "level": "building", "year": 2025}
    query = "&".join(f"{key}={value}" for key, value in asked.items())
    text = published.get(f"/api/v1/tables/find?{query}")
    lines = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig"))))
    assert {line["id"] for line in lines} == expected
    assert all(float(line["year_built"]) < 1990 for line in lines)
    book = published.get(f"/api/v1/tables/find?{query}&format=xlsx")
    sheet = openpyxl.load_workbook(io.BytesIO(book.content), read_only=True)["found"]
    assert {row[0] for row in sheet.iter_rows(min_row=2, values_only=True)} == expected


def test_a_value_of_the_block_reaches_its_buildings(published: Browser) -> None:
    limit = {"of": "indicator", "code": "park_coverage", "op": "<", "value": 50}
    found = find(published, limit, limit=1)
    (field,) = found["fields"]
    assert (field["key"], field["level"]) == ("park_coverage", "block")
    blocks = published.json(
        "/ogc/collections/block.park_coverage.2025/items", filter="park_coverage < 50", limit=10000
    )
    inside = sum(
        published.json("/api/v1/units", level="building", parent=one["id"], limit=1)["total"]
        for one in blocks["features"]
    )
    assert found["total"] == inside > 0


def test_what_is_missing_neither_fits_nor_fails(published: Browser) -> None:
    below = {"of": "indicator", "code": "park_coverage", "op": "<", "value": 50}
    missing = {"of": "verdict", "code": "park_coverage", "value": "missing"}
    yes = find(published, below, level="block", limit=1)
    no = find(published, {"of": "none", "args": [below]}, level="block", limit=1)
    lacking = find(published, missing, level="block", limit=1)
    assert yes["unknown"] == no["unknown"] == lacking["total"] > 0
    assert yes["total"] + no["total"] + lacking["total"] == yes["of"]


def test_groups_nest_and_areas_are_drawn(published: Browser) -> None:
    city = published.json("/api/v1/city")["extent"]
    west, south, east, north = (city[name] for name in ("west", "south", "east", "north"))
    middle = (west + east) / 2
    ring = [[west, south], [middle, south], [middle, north], [west, north]]
    drawn = find(published, {"of": "inside", "ring": ring}, limit=1000)
    rest = find(published, {"of": "none", "args": [{"of": "inside", "ring": ring}]}, limit=1)
    assert drawn["total"] + rest["total"] == drawn["of"]
    assert all(item["centroid"][0] <= middle for item in drawn["items"])
    either = find(published, {"of": "any", "args": [OLD, HAZARD]}, limit=1)["total"]
    both = find(published, {"of": "all", "args": [OLD, HAZARD]}, limit=1)["total"]
    one, other = (find(published, item, limit=1)["total"] for item in (OLD, HAZARD))
    assert either == one + other - both


def test_problems_are_found_on_the_unit_and_around_it(published: Browser) -> None:
    here = find(published, {"of": "problem", "where": "here"}, limit=1)["total"]
    around = find(published, {"of": "problem", "where": "around"}, limit=1)["total"]
    listed = published.json("/api/v1/problems", year=2025, level="building", limit=1000)["items"]
    assert here == len({item["unit"]["id"] for item in listed})
    assert around > here


@pytest.mark.parametrize(
    "where",
    ["{", '{"of":"magic"}', '{"of":"attribute","name":"secret","op":"<","value":1}',
     '{"of":"attribute","name":"use","op":"<","value":"x"}',
     '{"of":"attribute","name":"height","op":"<","value":"tall"}',
     '{"of":"inside","ring":[[0,0],[1,1]]}',
     json.dumps({"of": "all", "args": [{"of": "all", "args": [
         {"of": "all", "args": [{"of": "all", "args": [{"of": "all", "args": [
             {"of": "all", "args": [{"of": "all", "args": [{"of": "all", "args": [
                 {"of": "all", "args": []}]}]}]}]}]}]}]}]})],
)  # fmt: skip
def test_a_question_that_cannot_be_read_is_refused(published: Browser, where: str) -> None:
    answer = published.get(f"/api/v1/find?level=building&where={where}")
    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_the_file_of_a_unit_is_a_table(published: Browser) -> None:
    unit = published.json("/api/v1/units", level="district", limit=1)["items"][0]["id"]
    file = published.json(f"/api/v1/units/{unit}", year=2025)
    answer = published.get(f"/api/v1/tables/unit/{unit}?year=2025")
    assert "attachment" in answer.headers["content-disposition"]
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [line["code"] for line in lines] == [item["code"] for item in file["indicators"]]
    for line, item in zip(lines, file["indicators"], strict=True):
        assert line["value"] == ("" if item["value"] is None else str(item["value"]))
        assert line["address"] == (item["address"] or "")
    book = openpyxl.load_workbook(
        io.BytesIO(published.get(f"/api/v1/tables/unit/{unit}?format=xlsx").content)
    )
    assert book.sheetnames == ["indicators", "years", "problems", "projects", "about"]
    told = {row[0]: row[1] for row in book["about"].iter_rows(values_only=True)}
    assert told["cutoff_date"]
    assert str(told["program"]).startswith("CIM Twin ")


def test_problems_inside_a_unit_are_those_of_what_lies_in_it(published: Browser) -> None:
    pile = published.json("/api/v1/piles", level="block", year=2025, limit=1)["items"][0]
    block = pile["unit"]["id"]
    own = published.json("/api/v1/problems", year=2025, unit=block, limit=1000)["items"]
    inner = published.json("/api/v1/problems", year=2025, within=block, limit=1000)["items"]
    assert len(own) + len(inner) == pile["problems"]
    assert {item["rule"] for item in own + inner} == set(pile["rules"])
    assert block not in {item["unit"]["id"] for item in inner}
