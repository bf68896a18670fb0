"""What came in as CityJSON goes out equal but for the added attributes; the rest from the mesh."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from cim_bridge.build import bridge
from cim_bridge.crs import crs_text
from cim_bridge.folder import CityFolder
from cim_bridge.release import ModelRelease, open_model
from cim_bridge.writers.added import Added
from cim_bridge.writers.cityjson import write_cityjson
from tests.cim_bridge.cityfiles import frame, grid, new_city, row_of_boxes, write_json

LOCAL = (
    "geometry_templates.city.json",
    "lod2_buildings_citygml4j.city.jsonl",
    "railway_appearance.city.jsonl",
)
"""Made-up models a few metres from their origin; they are put where Web Mercator has its own."""

FILES = (
    "3dbag_901_trimmed.city.jsonl", "delft_cjio.city.json", "delft_subset.city.jsonl",
    "denhaag_01_v1.city.json", "euromast.city.json", "geometry_templates.city.json",
    "japanese.city.json", "lod2_buildings_citygml4j.city.jsonl",
    "lod2_buildings_v2_citygml4j.city.json", "multi_lod.city.json",
    "railway_appearance.city.jsonl", "rotterdam_3-20-delfshaven_v11.city.json",
    "rotterdam_3-20-delfshaven_v2.city.json", "rotterdam_subset.city.json",
    "zurich_subset_lod2.city.json",
)  # fmt: skip


def test_every_reference_file_is_in_the_list(shared: Path) -> None:
    assert set(FILES) == {path.name for path in (shared / "data/cityjson").iterdir()}


def _bridged(source: Path, path: Path) -> tuple[CityFolder, ModelRelease]:
    with source.open("rb") as file:
        head = json.loads(file.readline() if source.suffix == ".jsonl" else file.read())
    stated = crs_text(head.get("metadata", {}).get("referenceSystem"))
    crs = "EPSG:3857" if source.name in LOCAL else stated or "EPSG:28992"
    city = CityFolder.init(path, name="x", crs=crs)
    bridge(city, [source], crs=None if crs == stated else crs)
    return city, open_model(city)


def _results(model: ModelRelease) -> Added:
    ids = model.columns("id")["id"].to_pylist()
    names = ("checkup:S/c", "checkup:S/c:state", "checkup:S/c:period")
    return Added(names, dict.fromkeys(ids, (1.5, "measured", "2025")))


def _loaded(path: Path) -> list[dict[str, Any]]:
    """Documents of a file, read by Python's own JSON and nothing of ours."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    return [json.loads(path.read_bytes())]


def _without_results(documents: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], int]:
    count = 0
    for document in documents:
        for item in document["CityObjects"].values():
            own = item.get("attributes") or {}
            added = [key for key in own if key.startswith("checkup:")]
            count += len(added)
            for key in added:
                del own[key]
            if not own:
                item.pop("attributes", None)
    return documents, count


def _bare(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return _without_results(documents)[0]


@pytest.mark.parametrize("name", FILES)
def test_a_file_comes_out_as_it_went_in_but_for_the_results(
    shared: Path, tmp_path: Path, name: str
) -> None:
    source = shared / "data/cityjson" / name
    city, model = _bridged(source, tmp_path / "city")
    form = "cityjsonseq" if source.suffix == ".jsonl" else "cityjson"
    out = tmp_path / f"out{source.suffix}"
    (proof,) = write_cityjson(city, model, out, form, _results(model))
    assert (proof.how, proof.equal, proof.max_deviation) == ("pass-through", True, 0.0)
    back, count = _without_results(_loaded(out))
    assert back == _bare(_loaded(source))
    assert count == proof.attributes_added > 0


def _corners(document: dict[str, Any], head: dict[str, Any]) -> dict[str, Any]:
    """City objects with coordinates in place of vertex numbers, by Python alone."""
    transform = head.get("transform")

    def point(number: int) -> tuple[float, ...]:
        xyz = document["vertices"][number]
        if transform is None:
            return tuple(xyz)
        both = zip(xyz, transform["scale"], transform["translate"], strict=True)
        return tuple(v * s + t for v, s, t in both)

    def walk(values: Any) -> Any:
        return [walk(v) for v in values] if isinstance(values, list) else point(values)

    found = {}
    for name, item in document["CityObjects"].items():
        shapes = [
            {"boundaries": walk(g["boundaries"]), "lod": g.get("lod"), "type": g["type"],
             "semantics": g.get("semantics")}
            for g in item.get("geometry", [])
        ]  # fmt: skip
        rest = {k: v for k, v in item.items() if k != "geometry"}
        found[name] = (rest, shapes)
    return found


def _all_corners(documents: list[dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for document in documents:
        found |= _corners(document, documents[0])
    return found


@pytest.mark.parametrize(
    "name", ["3dbag_901_trimmed.city.jsonl", "japanese.city.json", "zurich_subset_lod2.city.json"]
)
def test_the_other_form_has_the_same_corners(shared: Path, tmp_path: Path, name: str) -> None:
    source = shared / "data/cityjson" / name
    made = _bridged(source, tmp_path / "city")
    form = "cityjson" if source.suffix == ".jsonl" else "cityjsonseq"
    out = tmp_path / ("out.json" if form == "cityjson" else "out.jsonl")
    (proof,) = write_cityjson(*made, out, form, _results(made[1]))
    assert (proof.how, proof.equal) == ("regrouped", True)
    assert _all_corners(_bare(_loaded(out))) == _all_corners(_bare(_loaded(source)))


def _textured() -> dict[str, Any]:
    """Two boxes with materials and textures; the second uses the second of each."""
    content = row_of_boxes(2)
    for number, item in enumerate(content["CityObjects"].values()):
        uv = [number, 2, 3, number]
        item["geometry"][0]["material"] = {"a": {"value": number}, "b": {"values": [[1] * 6]}}
        rings = [[[number, *uv]]] + [[[None]]] * 5
        item["geometry"][0]["texture"] = {"a": {"values": [rings]}}
    content["appearance"] = {
        "default-theme-texture": "a",
        "materials": [{"name": "m0"}, {"name": "m1"}],
        "textures": [{"type": "PNG", "image": f"{n}.png"} for n in range(2)],
        "vertices-texture": [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]],
    }
    return content


def test_appearances_follow_into_the_lines_and_back(tmp_path: Path) -> None:
    source = write_json(tmp_path / "b.city.json", _textured())
    city = new_city(tmp_path / "city")
    bridge(city, [source])
    model = open_model(city)
    lines = tmp_path / "out.city.jsonl"
    (proof,) = write_cityjson(city, model, lines, "cityjsonseq", Added())
    assert proof.equal
    second = _loaded(lines)[2]
    assert [m["name"] for m in second["appearance"]["materials"]] == ["m1"]
    assert [t["image"] for t in second["appearance"]["textures"]] == ["1.png"]
    again = new_city(tmp_path / "again")
    bridge(again, [lines])
    whole = tmp_path / "whole.city.json"
    (proof,) = write_cityjson(again, open_model(again), whole, "cityjson", Added())
    assert proof.equal
    assert len(_loaded(whole)[0]["appearance"]["textures"]) == 2


@pytest.fixture
def boxes(tmp_path: Path) -> tuple[CityFolder, Path]:
    source = write_json(tmp_path / "b.city.json", row_of_boxes(4))
    city = new_city(tmp_path / "city")
    bridge(city, [source])
    return city, source


@pytest.mark.parametrize("lost", ["gone", "changed"])
@pytest.mark.parametrize("form", ["cityjson", "cityjsonseq"])
def test_without_its_original_a_building_is_written_from_the_mesh(
    boxes: tuple[CityFolder, Path], tmp_path: Path, lost: str, form: str
) -> None:
    city, source = boxes
    if lost == "gone":
        source.unlink()
    else:
        source.write_text(source.read_text() + " ")
    model = open_model(city)
    out = tmp_path / ("o.city.json" if form == "cityjson" else "o.city.jsonl")
    (proof,) = write_cityjson(city, model, out, form, _results(model))
    assert (proof.how, proof.equal, proof.ids_out) == ("mesh", True, 4)
    documents = _loaded(out)
    assert documents[0]["version"] == "2.0"
    assert documents[0]["metadata"]["referenceSystem"].endswith("/EPSG/0/4549")
    items = {k: v for d in documents for k, v in d["CityObjects"].items()}
    assert set(items) == {"b0", "b1", "b2", "b3"}
    first = items["b0"]
    assert first["attributes"]["checkup:S/c"] == 1.5
    assert first["attributes"]["measuredHeight"] == 12.0
    shape = first["geometry"][0]
    assert (shape["type"], shape["lod"], len(shape["boundaries"][0])) == ("Solid", "1", 12)
    kinds = [shape["semantics"]["surfaces"][n]["type"] for n in shape["semantics"]["values"][0]]
    assert sorted(set(kinds)) == ["GroundSurface", "RoofSurface", "WallSurface"]


def test_one_file_for_each_original_and_one_for_the_rest(
    boxes: tuple[CityFolder, Path], tmp_path: Path
) -> None:
    import pyogrio

    city, source = boxes
    vector = tmp_path / "sheds.gpkg"
    shapes = [shape.buffer(-10) for shape in grid(2, 60.0)]
    shapes = [__import__("shapely").affinity.translate(s, 0, 500) for s in shapes]
    pyogrio.write_dataframe(frame(shapes, gid=["s1", "s2"], height=[3.0, 4.0]), vector)
    bridge(city, [vector], level="building", key="gid")
    out = tmp_path / "out"
    proofs = write_cityjson(city, open_model(city), out, "cityjson", Added())
    assert [(p.file, p.how, p.equal) for p in proofs] == [
        ("b.city.json", "pass-through", True),
        ("buildings.city.json", "mesh", True),
    ]
    assert json.loads((out / "b.city.json").read_bytes()) == json.loads(source.read_bytes())
    assert set(_loaded(out / "buildings.city.json")[0]["CityObjects"]) == {"s1", "s2"}


def test_a_copied_city_finds_its_original_beside_it(tmp_path: Path) -> None:
    source = write_json(tmp_path / "b.city.json", row_of_boxes(2))
    city = new_city(tmp_path / "city")
    bridge(city, [source])
    settings = city.path / "city.toml"
    settings.write_text(settings.read_text().replace(str(tmp_path) + "/", ""))
    shutil.move(source, city.path / source.name)
    (proof,) = write_cityjson(city, open_model(city), tmp_path / "o.json", "cityjson", Added())
    assert (proof.how, proof.equal) == ("pass-through", True)


def test_ids_from_an_attribute_still_find_their_objects(tmp_path: Path) -> None:
    content = row_of_boxes(2)
    for number, item in enumerate(content["CityObjects"].values()):
        item["attributes"]["bin"] = f"B-{number}"
    source = write_json(tmp_path / "b.city.json", content)
    city = new_city(tmp_path / "city")
    bridge(city, [source], key="bin")
    added = Added(("checkup:S/c",), {"building:B-1": (7.0,)})
    write_cityjson(city, open_model(city), tmp_path / "o.json", "cityjson", added)
    items = _loaded(tmp_path / "o.json")[0]["CityObjects"]
    assert items["b1"]["attributes"]["checkup:S/c"] == 7.0
    assert "checkup:S/c" not in items["b0"]["attributes"]


def test_a_proof_sees_what_was_changed(tmp_path: Path) -> None:
    from cim_bridge.writers.passing import document
    from cim_bridge.writers.proof import Proof, same_text

    content = row_of_boxes(2)
    old = write_json(tmp_path / "a.json", content)
    for change in ("vertex", "id", "attribute", "boundary"):
        new = copy.deepcopy(content)
        if change == "vertex":
            new["vertices"][3][0] += 1
        elif change == "id":
            new["CityObjects"]["c"] = new["CityObjects"].pop("b0")
        elif change == "attribute":
            new["CityObjects"]["b0"]["attributes"]["measuredHeight"] += 1
        else:
            new["CityObjects"]["b0"]["geometry"][0]["boundaries"][0][0][0].reverse()
        proof = Proof("b.json", "pass-through")
        same_text(proof, [document(old)], [document(write_json(tmp_path / "b.json", new))])
        assert not proof.equal, change
