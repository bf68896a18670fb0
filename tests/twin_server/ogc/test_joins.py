"""The abstract tests of OGC API Joins (draft 22-026), named as its conformance classes have them.

Without a test here: /conf/input-http-ref (addresses are refused, the class is not promised; that
they are refused is tested), `collections-get-success-timestamp` and `joins-get-success-timeStamp`
of the lists as a whole (optional; the same question gives the same bytes), and what Part 1 of
Features tests in test_core.py under the same paths: root, api-definition, conformance,
collections and their extents, limits and links.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from cim_bridge.folder import CityFolder
from tests.twin_server.access.city import SETTINGS, bearer, let_in
from tests.twin_server.asking import Browser, browsing, encoded
from tests.twin_server.ogc.asking import listed, path_of
from twin_server.app import create_app
from twin_server.errors import Missing
from twin_server.identity.people import People
from twin_server.joins.documents import CLASSES
from twin_server.joins.shelf import DAYS, Shelf
from twin_server.joins.table import MOST_COLUMNS
from twin_server.store import open_store
from twin_server.workflow.desk import ActionRefused

CONF = "http://www.opengis.net/spec/ogcapi-joins-1/1.0/conf"
TABLE = "楼栋,体检得分,code,name\nbuilding:1:甲/1,81.5,007,东\nbuilding:3,,012,\nnobody,3,1,x\n"
TABLE += "building:1:甲/1,99,9,再\n"


def form(table: str | bytes = TABLE, name: str = "table.csv", **fields: str) -> dict[str, Any]:
    told = {
        "collection-id": "building",
        "right-dataset-format": f"{CONF}/input-csv",
        "right-dataset-key": "0",
        "csv-file-delimiter": ",",
        **{key.replace("_", "-"): value for key, value in fields.items()},
    }
    return {
        "data": {key: value for key, value in told.items() if value},
        "files": {"right-dataset-file": (name, table)},
    }


def posted(small: Browser, sent: dict[str, Any], path: str = "/ogc/joins") -> Any:
    return small.request("POST", path, **sent)


def joined(small: Browser, sent: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Properties of every feature of the output, by id."""
    made = posted(small, sent)
    assert made.status_code == 201, made.text
    (output,) = made.json()["join"]["outputs"]["links"]
    answer = small.get(path_of(output["href"]))
    assert answer.headers["content-type"] == output["type"] == "application/geo+json"
    return {one["id"]: one["properties"] for one in answer.json()["features"]}


def test_conformance_success(published: Browser) -> None:
    told = published.json("/ogc/conformance")["conformsTo"]
    assert set(CLASSES) <= set(told)
    assert f"{CONF}/input-http-ref" not in told


def test_root_success(published: Browser) -> None:
    links = published.json("/ogc")["links"]
    assert any(one["rel"] == "joins" and one["href"].endswith("/ogc/joins") for one in links)


def test_collections_collectionid_keys_get_op(published: Browser) -> None:
    for one in listed(published):
        (href,) = (
            x["href"]
            for x in one["links"]
            if x["rel"] == "keys" and x["type"] == "application/json"
        )
        assert published.get(path_of(href)).status_code == 200
    assert published.get("/ogc/collections/nothing/keys").status_code == 404


def test_collections_collectionid_keys_get_success_default_key(published: Browser) -> None:
    for one in listed(published):
        found = published.json(f"/ogc/collections/{encoded(one['id'])}/keys")["keys"]
        assert sum(key["isDefault"] for key in found) == 1


def test_collections_collectionid_keys_get_success_links(published: Browser) -> None:
    found = published.json("/ogc/collections/block/keys")
    assert {one["rel"] for one in found["links"]} == {"self", "alternate"}
    for key in found["keys"]:
        assert {one["rel"] for one in key["links"]} == {"key-values"}
        for one in (*found["links"], *key["links"]):
            answer = published.get(path_of(one["href"]))
            assert answer.headers["content-type"].partition(";")[0] == one["type"]


def test_collections_collectionid_keys_keyfieldid_get_success(published: Browser) -> None:
    path = "/ogc/collections/block/keys/id"
    whole = published.json(path)
    items = published.json("/ogc/collections/block/items?limit=10000")["features"]
    assert [one["key"] for one in whole["keys"]] == [one["id"] for one in items]
    assert [x["title"] for x in whole["keys"]] == [x["properties"]["label_zh"] for x in items]
    assert whole["numberMatched"] == whole["numberReturned"] == len(items)
    one = published.json(path, key=items[3]["id"])
    assert [x["key"] for x in one["keys"]] == [items[3]["id"]]
    assert published.get("/ogc/collections/block/keys/height").status_code == 404


def test_collections_collectionid_keys_keyfieldid_get_success_limit(published: Browser) -> None:
    path, seen = "/ogc/collections/block/keys/source_id?limit=40", []
    while path:
        page = published.json(path)
        assert page["numberReturned"] == len(page["keys"]) <= 40
        seen += [one["key"] for one in page["keys"]]
        path = next((path_of(x["href"]) for x in page["links"] if x["rel"] == "next"), "")
    assert len(seen) == page["numberMatched"]
    for wrong in ("limit=0", "limit=x", "offset=-1", "page=2"):
        assert published.get(f"/ogc/collections/block/keys/id?{wrong}").status_code == 400


def test_joins_post_op_and_success(small: Browser) -> None:
    made = posted(small, form(include_join_metadata="true"))
    assert made.status_code == 201
    found = made.json()["join"]
    assert made.headers["location"].endswith(f"/ogc/joins/{found['id']}")
    assert found["inputs"]["attributeDataset"] == "table.csv"
    told = found["joinInformation"]
    assert told["matchedCollectionKeys"] == ["building:1:甲/1", "building:3"]
    assert told["unmatchedCollectionKeys"] == ["building:2"]
    assert told["additionalAttributeKeys"] == ["nobody"]
    assert told["duplicateAttributeKeys"] == ["building:1:甲/1"]
    for name, keys in told.items():
        if not name.startswith("numberOf"):
            assert told[f"numberOf{name[0].upper()}{name[1:]}"] == len(keys)
    plain = posted(small, form()).json()["join"]["joinInformation"]
    assert all(isinstance(number, int) for number in plain.values())


def test_joins_post_success_attribute_data_file_csv_multiple_keys(small: Browser) -> None:
    assert joined(small, form())["building:1:甲/1"]["体检得分"] == 81.5


def test_joins_post_success_attribute_data_file_csv_attribute_names(small: Browser) -> None:
    rows = joined(small, form())
    assert {"体检得分", "code", "name", "label_zh"} <= set(rows["building:2"])
    assert rows["building:1:甲/1"]["code"] == "007", "a leading zero is no number"
    assert rows["building:3"]["体检得分"] is None, "an empty cell is null, not 0"
    assert rows["building:2"]["体检得分"] is None
    chosen = joined(small, form(right_dataset_data_value_list="1,name"))
    assert {"体检得分", "name"} <= set(chosen["building:2"])
    assert "code" not in chosen["building:2"]


def test_joins_post_op_other_keys_delimiters_rows_and_encodings(small: Browser) -> None:
    rows = small.json("/ogc/collections/building/keys/source_id")["keys"]
    source = rows[1]["key"]
    table = f"表头说明\n\n编号;层数\n{source};6\n".encode("gb18030")
    sent = form(table, collection_key="source_id", csv_file_delimiter=";", right_dataset_key="编号",
                csv_file_header_row_number="3", csv_file_data_start_row_number="4")  # fmt: skip
    assert joined(small, sent)["building:2"]["层数"] == 6
    tabbed = form("k\tv\nbuilding:2\t1\n", csv_file_delimiter="tab")
    assert joined(small, tabbed)["building:2"]["v"] == 1


def test_a_geojson_table_is_joined_by_its_properties(small: Browser) -> None:
    features = [{"type": "Feature", "id": 1, "geometry": None, "properties": p}
                for p in ({"k": "building:2", "v": {"a": [1]}}, {"k": "building:9"})]  # fmt: skip
    table = json.dumps({"type": "FeatureCollection", "features": features})
    sent = form(table, right_dataset_format=f"{CONF}/input/geojson", right_dataset_key="k")
    rows = joined(small, sent)
    assert rows["building:2"]["v"] == {"a": [1]}
    assert rows["building:3"]["v"] is None


def test_output_geojson_direct_output_formats_join_creation(small: Browser) -> None:
    sent = form(output_formats=f"{CONF}/output-geojson-direct")
    answer = posted(small, sent)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/geo+json"
    assert len(answer.json()["features"]) == 3
    assert answer.json()["features"][0]["geometry"]["type"] == "Polygon"
    assert small.json("/ogc/joins")["joins"] == []


def test_joins_get_op_success_and_links(small: Browser) -> None:
    names = [posted(small, form()).json()["join"]["id"] for _ in range(3)]
    found = small.json("/ogc/joins")
    assert {one["id"] for one in found["joins"]} == set(names)
    assert found["numberMatched"] == found["numberReturned"] == 3
    for one in (*found["links"], *(x for join in found["joins"] for x in join["links"])):
        answer = small.get(path_of(one["href"]))
        assert answer.headers["content-type"].partition(";")[0] == one["type"]
    page = small.json("/ogc/joins?limit=2")
    assert page["numberReturned"] == 2
    (onward,) = (x["href"] for x in page["links"] if x["rel"] == "next")
    rest = small.json(path_of(onward))["joins"]
    assert {x["id"] for x in (*page["joins"], *rest)} == set(names)


def test_joins_get_success_datetime(small: Browser) -> None:
    posted(small, form())
    day = dt.datetime.now(dt.UTC).date()
    around = f"{day - dt.timedelta(1)}/{day + dt.timedelta(1)}"
    assert small.json("/ogc/joins", datetime=around)["numberMatched"] == 1
    assert small.json("/ogc/joins", datetime="../2020-01-01")["numberMatched"] == 0
    assert small.get("/ogc/joins?datetime=soon").status_code == 400


def test_joins_joinid_get_op_and_success(small: Browser) -> None:
    made = posted(small, form()).json()
    again = small.json(f"/ogc/joins/{made['join']['id']}")
    assert again == made
    links = [*made["links"], *made["join"]["inputs"]["collection"]]
    links += made["join"]["outputs"]["links"]
    for one in links:
        answer = small.get(path_of(one["href"]))
        assert answer.status_code == 200
        assert answer.headers["content-type"].partition(";")[0] == one["type"]
    assert {one["rel"] for one in made["join"]["outputs"]["links"]} == {"output"}
    for strange in ("nothing", "..%2F..%2Fcity.toml", "0" * 24):
        assert small.get(f"/ogc/joins/{strange}").status_code == 404


def test_joins_joinid_delete_op_and_success(small: Browser, small_city: CityFolder) -> None:
    name = posted(small, form()).json()["join"]["id"]
    gone = small.delete(f"/ogc/joins/{name}", {})
    assert (gone.status_code, gone.content) == (204, b"")
    assert small.get(f"/ogc/joins/{name}").status_code == 404
    assert small.delete(f"/ogc/joins/{name}", {}).status_code == 404
    assert list((small_city.path / "scratch" / "joins").iterdir()) == []


def test_a_join_is_taken_away_by_who_made_it_or_a_steward(
    small_city: CityFolder, viewer_dir: Path
) -> None:
    keys = let_in(small_city)
    store = open_store(small_city)
    People(store.engine).add("second", ["planner"], [], actor="test")
    keys["second"] = People(store.engine).make_key("second", actor="test")[0]
    store.close()
    with browsing(create_app(small_city, SETTINGS, viewer_dir)) as asked:
        made = [
            asked.ask("POST", "/ogc/joins", headers=bearer(keys["planner"]), **form())
            for _ in range(3)
        ]
        assert {one.status_code for one in made} == {201}
        paths = [f"/ogc/joins/{one.json()['join']['id']}" for one in made]
        for other in ("second", "integrator"):
            answer = asked.delete(paths[0], bearer(keys[other]))
            assert (answer.status_code, answer.json()["code"]) == (403, "NOT_YOURS")
        for path, hand in zip(paths, ("planner", "steward", "admin"), strict=True):
            assert asked.get(path, **bearer(keys["leader"])).status_code == 200
            assert asked.delete(path, bearer(keys[hand])).status_code == 204
        assert asked.delete(paths[0], bearer(keys["planner"])).status_code == 404


def test_filejoin_post_op_and_success(small: Browser) -> None:
    shape = {"type": "Point", "coordinates": [1, 2]}
    left = {"type": "FeatureCollection", "features": [
        {"type": "Feature", "geometry": shape, "properties": {"nr": nr, "own": 1}}
        for nr in (1, 2)]}  # fmt: skip
    sent = form("nr,v\n1,5\n1,6\n3,7\n", collection_id="", left_dataset_key="nr",
                left_dataset_format=f"{CONF}/input-geojson")  # fmt: skip
    sent["files"]["left-dataset-file"] = ("left.geojson", json.dumps(left))
    answer = posted(small, sent, "/ogc/filejoin")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/geo+json"
    one, two = answer.json()["features"]
    assert one == {"type": "Feature", "geometry": shape, "properties": {"nr": 1, "own": 1, "v": 5}}
    assert two["properties"]["v"] is None


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"collection_id": "nothing"}, 404),
        ({"collection_key": "height"}, 404),
        ({"right_dataset_key": "99"}, 422),
        ({"right_dataset_data_value_list": "没有"}, 422),
        ({"right_dataset_format": f"{CONF}/input-xml"}, 400),
        ({"right_dataset_key": ""}, 400),
        ({"csv_file_delimiter": ",,"}, 400),
        ({"csv_file_header_row_number": "0"}, 400),
        ({"csv_file_header_row_number": "5", "csv_file_data_start_row_number": "2"}, 400),
        ({"csv_file_header_row_number": "50"}, 422),
        ({"output_formats": "shapefile"}, 400),
        ({"include_join_metadata": "maybe"}, 400),
        ({"right_dataset_url": "http://127.0.0.1/x.csv"}, 400),
        ({"surprise": "1"}, 400),
    ],
)
def test_what_cannot_be_joined_is_refused_in_words(
    small: Browser, fields: dict[str, str], status: int
) -> None:
    answer = posted(small, form(**fields))
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["detail"]) > 10
    assert small.json("/ogc/joins")["joins"] == []


@pytest.mark.parametrize(
    ("table", "format_", "code"),
    [
        (b"k,v\nbuilding:2,\xff\xfe\n", "csv", "JOIN_ENCODING"),
        (b"k,v\nbuilding:2,\0\n", "csv", "JOIN_ENCODING"),
        (b"k,v\nbuilding:2,1,2,3\n", "csv", "JOIN_ROWS"),
        (b"", "csv", "JOIN_ROWS"),
        (b",".join([b"a"] * (MOST_COLUMNS + 5)) + b"\n", "csv", "JOIN_SIZE"),
        (b"k,v\n", "geojson", "JOIN_GEOJSON"),
        (b'{"type":"FeatureCollection","features":[5]}', "geojson", "JOIN_GEOJSON"),
        (b'{"type":"FeatureCollection","features":[{"properties":{}}]}', "geojson", "JOIN_COLUMN"),
        (b"[" * 5000, "geojson", "JOIN_GEOJSON"),
    ],
)
def test_a_bad_table_says_what_is_wrong_with_it(
    small: Browser, table: bytes, format_: str, code: str
) -> None:
    answer = posted(small, form(table, right_dataset_format=f"{CONF}/input-{format_}"))
    assert (answer.status_code, answer.json()["code"]) == (422, code), answer.text


def test_strange_numbers_stay_what_was_sent(small: Browser) -> None:
    table = "k,a,b,c\nbuilding:2,inf,370602001001001001,1e400\nbuilding:3,1,2,3\n"
    row = joined(small, form(table))["building:2"]
    assert (row["a"], row["b"], row["c"]) == ("inf", "370602001001001001", "1e400")


def test_the_form_has_bounds(small: Browser) -> None:
    plain = small.request("POST", "/ogc/joins", content=b"{}")
    assert plain.status_code == 415
    huge = small.request("POST", "/ogc/joins", content=b"x", headers={"content-length": "9" * 12})
    assert huge.status_code == 413
    broken = small.request(
        "POST", "/ogc/joins", content=b"--x\r\n",
        headers={"content-type": "multipart/form-data; boundary=y"},
    )  # fmt: skip
    assert broken.status_code == 400
    no_file = form()
    no_file["files"] = {"nothing": ("", b"")}
    assert posted(small, no_file).status_code == 400


def test_joins_expire_and_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = CityFolder.init(tmp_path / "town", name="城", name_en="T", crs="EPSG:4549")
    now = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    told = {"collection": "block", "key": "id", "table": "t.csv"}
    name = Shelf(folder, now).keep(told, b"{}").id
    almost = now + dt.timedelta(days=DAYS, seconds=-1)
    assert Shelf(folder, almost).find(name).told["expires"] == "2026-01-08T00:00:00Z"
    later = Shelf(folder, almost + dt.timedelta(seconds=1))
    with pytest.raises(Missing):
        later.find(name)
    assert later.every() == []
    assert list((folder.path / "scratch" / "joins").iterdir()) == []
    monkeypatch.setattr("twin_server.joins.shelf.MOST_JOINS", 2)
    for _ in range(2):
        later.keep(told, b"{}")
    with pytest.raises(ActionRefused, match="no room"):
        later.keep(told, b"{}")


def test_what_was_joined_is_in_the_audit(small: Browser) -> None:
    name = posted(small, form()).json()["join"]["id"]
    small.delete(f"/ogc/joins/{name}", {})
    actions = [one["action"] for one in small.json("/api/v1/audit")["items"]]
    assert {"join.created", "join.deleted"} <= set(actions)
