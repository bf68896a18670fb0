"""A CityJSON document read in chunks is the same city, byte for byte, as one read whole."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

import cim_bridge.largejson.apart
import cim_bridge.largejson.chunks
import cim_bridge.largejson.index
import cim_bridge.largejson.scan
import cim_bridge.readers.cityjson
from bench.town import CRS, make_town, write_cityjson
from cim_bridge.build import bridge
from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.largejson.chunks import read_chunks
from cim_bridge.largejson.scan import Irregular, Scan, Text
from cim_bridge.reader import Wish
from cim_bridge.readers.cityjson import READER
from tests.cim_bridge.test_bridge import tree

COUNT = 120
Sizes = tuple[int, int, int]


@pytest.fixture
def sized(monkeypatch: pytest.MonkeyPatch) -> Callable[[Sizes], None]:
    """Read even small documents in chunks, in this process, of a few objects each."""

    def settle(sizes: Sizes) -> None:
        block, objects, size = sizes
        monkeypatch.setattr(cim_bridge.largejson.scan, "BLOCK", block)
        monkeypatch.setattr(cim_bridge.largejson.index, "BLOCK", block)
        monkeypatch.setattr(cim_bridge.largejson.chunks, "OBJECTS", objects)
        monkeypatch.setattr(cim_bridge.largejson.chunks, "BYTES", size)

    return settle


def city(path: Path) -> dict[str, Any]:
    """A town with parts far from their buildings, roads, terrain, words that need escapes."""
    document: dict[str, Any] = json.loads(
        write_cityjson(make_town(COUNT), path / "town.json").read_text()
    )
    objects = document["CityObjects"]
    names = list(objects)
    for number, name in enumerate(names):
        item = objects[name]
        item["attributes"] |= {"name": f'楼 "{number}" \\ {{[,]}}', "ward": number % 5}
        if number % 7 == 0:
            item["attributes"]["ward"] = f"w{number}"
        if number % 3 == 0:
            del item["attributes"]["storeysAboveGround"]
        if number % 2:
            item["attributes"]["block_id"] = None if number % 4 == 1 else 10**15 + number
    for name in names[::5]:
        part = objects[name]
        objects[name] = {
            "type": "Building",
            "attributes": {"height": 7.5},
            "children": ["p" + name],
        }
        objects["p" + name] = {**part, "type": "BuildingPart", "parents": [name]}
    ground = [[[0, 1, 2]], [[2, 1, 12]]]
    flat = {"type": "CompositeSurface", "lod": "1", "boundaries": ground}
    road = {"type": "MultiSurface", "lod": "1", "boundaries": ground[:1]}
    objects["dgm"] = {"type": "TINRelief", "geometry": [flat]}
    objects["road 1"] = {"type": "Road", "attributes": {"width": 3}, "geometry": [road]}
    objects["sensor"] = {"type": "+Sensor", "attributes": {"block_id": 3}, "geometry": [road]}
    objects["room"] = {"type": "BuildingRoom", "parents": [names[1]], "geometry": [road]}
    order = list(objects)
    random.Random(3).shuffle(order)
    document["CityObjects"] = {name: objects[name] for name in order}
    return document


def scattered(document: dict[str, Any]) -> dict[str, Any]:
    """The same with vertices in no order at all, and neighbours that share them."""
    rows = [tuple(row) for row in document["vertices"]]
    unique = sorted(set(rows), key=lambda row: (row[2], row[1], row[0]))
    random.Random(5).shuffle(unique)
    place = {row: number for number, row in enumerate(unique)}

    def moved(value: Any) -> Any:
        return [moved(one) for one in value] if isinstance(value, list) else place[rows[value]]

    for item in document["CityObjects"].values():
        for geometry in item.get("geometry", ()):
            geometry["boundaries"] = moved(geometry["boundaries"])
    return {**document, "vertices": unique}


def made(folder: Path, source: Path) -> dict[str, bytes]:
    """All files of the city of one source."""
    made_of = CityFolder.init(folder, name="c", crs=CRS)
    bridge(made_of, [source])
    return tree(made_of.models)


def chunked(monkeypatch: pytest.MonkeyPatch, folder: Path) -> list[int]:
    """Read in chunks in this process; the list tells how many chunks each document gave."""
    counts: list[int] = []

    def read(path: Path, wish: Wish, log: IssueLog) -> Any:
        parts = list(read_chunks(path, wish, folder, log))
        counts.append(len(parts))
        return iter(parts)

    monkeypatch.setattr(cim_bridge.largejson.apart, "LARGE", 0)
    monkeypatch.setattr(cim_bridge.readers.cityjson, "read_apart", read)
    return counts


@pytest.mark.parametrize("spread", [False, True])
@pytest.mark.parametrize("indent", [None, 1])
def test_chunks_give_the_city_that_the_whole_document_gives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sized: Callable[[Sizes], None],
    spread: bool, indent: int | None,
) -> None:  # fmt: skip
    document = scattered(city(tmp_path)) if spread else city(tmp_path)
    source = tmp_path / "city.city.json"
    source.write_text(json.dumps(document, indent=indent, ensure_ascii=spread), encoding="utf-8")
    whole = made(tmp_path / "whole", source)
    assert b"TYPE_SKIPPED" in b"".join(whole.values())
    counts = chunked(monkeypatch, tmp_path)
    for number, sizes in enumerate([(997, 10, 9000), (8192, 33, 40_000), (1 << 20, 2000, 1 << 23)]):
        sized(sizes)
        assert made(tmp_path / f"chunks{number}", source) == whole
    assert counts[0] > counts[1] > counts[2] == 3  # buildings, objects, the ground


def test_a_child_reads_what_is_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "city.city.json"
    source.write_text(json.dumps(city(tmp_path)))
    whole = made(tmp_path / "whole", source)
    monkeypatch.setattr(cim_bridge.largejson.apart, "LARGE", 0)
    taken: list[bool] = []
    apart = cim_bridge.largejson.apart.read_apart

    def noted(path: Path, wish: Wish, log: IssueLog) -> Any:
        found = apart(path, wish, log)
        taken.append(found is not None)
        return found

    monkeypatch.setattr(cim_bridge.readers.cityjson, "read_apart", noted)
    assert made(tmp_path / "apart", source) == whole
    assert taken == [True]


def _in_degrees(text: str) -> str:
    """The same numbers as longitudes and latitudes."""
    document = json.loads(text)
    document["transform"] = {"scale": [1e-8, 1e-8, 0.001], "translate": [0.0, 0.0, 0.0]}
    document["metadata"]["referenceSystem"] = "https://www.opengis.net/def/crs/EPSG/0/4979"
    return json.dumps(document)


BROKEN: dict[str, Callable[[str], str]] = {
    "cut": lambda text: text[: len(text) // 2],
    "more": lambda text: text + "{}",
    "twice": lambda text: text.replace('"building-000002":', '"building-000003":'),
    "vertex": lambda text: text.replace('"boundaries":[[[[', '"boundaries":[[[[99999999,', 1),
    "nesting": lambda text: text.replace('"boundaries":[[[[', '"boundaries":[[[[[', 1),
    "letters": lambda text: text.replace('"vertices":[[', '"vertices":[["a",'),
    "version": lambda text: text.replace('"version":"2.0"', '"version":"9"'),
    "degrees": lambda text: _in_degrees(text),
    "orphan": lambda text: text.replace('"type":"Building"', '"type":"BuildingPart"', 1),
    "member": lambda text: text.replace('"type":"CityJSON"', '"type":"CityJSON","type":"x"'),
    "value": lambda text: text.replace('"type":"Building"', '"type":7', 1),
    "whole number": lambda text: text.replace('"Building","attributes":{',
                                              '"Building","attributes":{"n":99999999999999999999,'),
}  # fmt: skip


@pytest.mark.parametrize("fault", list(BROKEN))
def test_what_is_not_plain_is_left_to_reading_it_whole(tmp_path: Path, fault: str) -> None:
    text = write_cityjson(make_town(30), tmp_path / "town.json").read_text()
    source = tmp_path / "broken.city.json"
    source.write_text(BROKEN[fault](text))
    assert source.read_text() != text
    with pytest.raises((Irregular, msgspec.MsgspecError)):
        list(read_chunks(source, Wish(), tmp_path, IssueLog()))


def test_faults_of_a_large_document_are_told_as_those_of_a_small_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = write_cityjson(make_town(30), tmp_path / "town.json").read_text()
    source = tmp_path / "broken.city.json"
    source.write_text(BROKEN["twice"](text))
    told = []
    for size in (1 << 40, 0):
        monkeypatch.setattr(cim_bridge.largejson.apart, "LARGE", size)
        log = IssueLog()
        assert list(READER.stream(source, Wish(), log)) == []
        told.append(log.to_json())
    assert told[0] == told[1]
    assert [issue["code"] for issue in told[0]] == ["ID_DUPLICATE"]


def test_a_child_that_breaks_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write_cityjson(make_town(30), tmp_path / "town.city.json")
    monkeypatch.setattr(cim_bridge.largejson.apart, "LARGE", 0)
    monkeypatch.setattr(cim_bridge.largejson.apart, "generous", lambda size: (0.05, 3000))
    with pytest.raises(InputRefused) as refused:
        made(tmp_path / "city", source)
    assert {issue.code for issue in refused.value.log.errors} == {"CHILD_ENDED"}


def test_members_are_found_wherever_blocks_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        r'{ "a" : "x\\\"},{" , "CityObjects":{"k\"":{"t":[1,{"u":","}]} , "l":{}}, "vertices":[]}'
    )
    path = tmp_path / "text.json"
    path.write_text(text)
    found = []
    for block in (1, 2, 3, 7, 1000):
        monkeypatch.setattr(cim_bridge.largejson.scan, "BLOCK", block)
        with Text(path) as source:
            scan = Scan(source)
            ends = [int(end) for some in scan.blocks() for end in some]
            found.append((ends, scan.found.spans))
    assert all(one == found[0] for one in found)
    ends, spans = found[0]
    first, second = (text[a + 1 : b].strip() for a, b in pairwise(ends))
    assert first == r'"k\"":{"t":[1,{"u":","}]}'
    assert second == '"l":{}'
    assert json.loads(text[slice(*spans["a"])]) == json.loads(text)["a"]


def test_shared_documents_are_the_same_in_chunks(
    tmp_path: Path, shared: Path, monkeypatch: pytest.MonkeyPatch, sized: Callable[[Sizes], None]
) -> None:
    """Real files of all versions, their appearances taken off so that they can be streamed."""
    sized((5000, 20, 30_000))
    counts = chunked(monkeypatch, tmp_path)
    for name in ("denhaag_01_v1", "rotterdam_3-20-delfshaven_v11", "zurich_subset_lod2"):
        document = json.loads((shared / "data" / "cityjson" / f"{name}.city.json").read_text())
        document.pop("appearance", None)
        source = tmp_path / f"{name}.city.json"
        source.write_text(json.dumps(document))
        system = str(document["metadata"]["referenceSystem"]).rsplit("/")[-1].rsplit(":")[-1]
        digests = []
        for size in (1 << 40, 0):
            monkeypatch.setattr(cim_bridge.largejson.apart, "LARGE", size)
            folder = CityFolder.init(tmp_path / f"{name}-{size}", name="c", crs=f"EPSG:{system}")
            digests.append(bridge(folder, [source]).digest)
        assert digests[0] == digests[1], name
    assert min(counts) > 3
