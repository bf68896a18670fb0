"""CityGML 2.0 that we write is valid against its official schemas, and keeps its polygons."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from cim_bridge.writers.added import Added
from cim_bridge.writers.citygml import write_citygml
from tests.cim_bridge.cityfiles import new_city, row_of_boxes, write_json
from tests.support.gmlschema import faults

RESULTS = ("checkup:S/c", "checkup:S/c:state", "checkup:S/名称")


def written(source: Path, tmp_path: Path, crs: str) -> Path:
    city = CityFolder.init(tmp_path / "city", name="x", crs=crs)
    bridge(city, [source])
    model = open_model(city)
    ids = model.columns("id")["id"].to_pylist()
    path = tmp_path / "o.gml"
    (proof,) = write_citygml(
        model, path, "2.0", Added(RESULTS, dict.fromkeys(ids, (2, "<&>", None)))
    )
    assert proof.equal, proof.reason
    return path


@pytest.mark.parametrize(
    "name",
    ["citygml/fzk_Building_LOD0-EPSG25832_v2.gml", "citygml/fzk_Building_LOD1-EPSG25832_v2.gml",
     "citygml/fzk_Building_and_garage_LOD2-EPSG25832_v2.gml", "citygml/nrw_LoD2_32_280_5659.gml",
     "citygml/delft_citygml2.xml", "citygml/plateau_yokosuka_52397519_bldg.gml",
     "cityjson/delft_subset.city.jsonl", "cityjson/rotterdam_3-20-delfshaven_v2.city.json",
     "ifc/ifc4_openhouse.ifc"],
)  # fmt: skip
def test_real_models_are_written_as_their_schemas_ask(
    shared: Path, tmp_path: Path, name: str
) -> None:
    if name.startswith("ifc"):
        pytest.importorskip("ifcopenshell")
        city = CityFolder.init(tmp_path / "city", name="x", crs="EPSG:25832")
        bridge(city, [shared / "data" / name], anchor="458870,5438230,112")
        path = tmp_path / "o.gml"
        (proof,) = write_citygml(open_model(city), path, "2.0", Added())
        assert proof.equal, proof.reason
    else:
        path = written(shared / "data" / name, tmp_path, "EPSG:4326")
    assert faults(path) == []


def test_awkward_ids_names_and_values_are_valid_too(tmp_path: Path) -> None:
    content = row_of_boxes(2)
    objects = content["CityObjects"]
    objects["1:甲 楼"] = objects.pop("b1")
    objects["b0"]["attributes"] |= {
        "yearOfConstruction": "about 1900", "storeysAboveGround": -2, "note": "<&>\u0001",
        "list": [1, {"a": None}], "empty": None, "big": 2**40, "flag": True,
    }  # fmt: skip
    city = new_city(tmp_path / "city")
    bridge(city, [write_json(tmp_path / "b.city.json", content)])
    (proof,) = write_citygml(open_model(city), tmp_path / "o.gml", "2.0", Added())
    assert proof.equal
    assert faults(tmp_path / "o.gml") == []


def test_the_schema_finds_what_is_wrong(tmp_path: Path) -> None:
    city = new_city(tmp_path / "city")
    bridge(city, [write_json(tmp_path / "b.city.json", row_of_boxes(1))])
    write_citygml(open_model(city), tmp_path / "o.gml", "2.0", Added())
    text = (tmp_path / "o.gml").read_text(encoding="utf-8")
    for wrong in (text.replace("measuredHeight", "measuredHight"),
                  text.replace('uom="m"', ""),
                  text.replace("gml:exterior", "gml:outside")):  # fmt: skip
        assert wrong != text
        (tmp_path / "bad.gml").write_text(wrong, encoding="utf-8")
        assert faults(tmp_path / "bad.gml")


def polygons(path: Path, lod: str) -> int:
    """Polygons of the wall, roof and ground surfaces, or of the LoD1 solids, counted by lxml."""
    root = etree.parse(path).getroot()
    if lod == "1":
        return len(root.xpath("//*[local-name()='lod1Solid']//*[local-name()='Polygon']"))
    kinds = " or ".join(f"local-name()='{one}Surface'" for one in ("Wall", "Roof", "Ground"))
    return len(root.xpath(f"//*[{kinds}]//*[local-name()='Polygon']"))


@pytest.mark.parametrize(
    ("name", "lod", "share"),
    [("fzk_Building_LOD1-EPSG25832_v2.gml", "1", 1.0), ("fzk_Building_LOD2-EPSG25832_v2.gml", "2",
     1.0), ("fzk_Building_and_garage_LOD2-EPSG25832_v2.gml", "2", 1.1),
     ("nrw_LoD2_32_280_5659.gml", "2", 1.2)],
)  # fmt: skip
def test_a_citygml_source_keeps_its_polygons(
    shared: Path, tmp_path: Path, name: str, lod: str, share: float
) -> None:
    """As many as came in; more where two buildings share a wall, or one is not flat to 3 mm."""
    source = shared / "data" / "citygml" / name
    path = written(source, tmp_path, "EPSG:25832")
    given, made = polygons(source, lod), polygons(path, lod)
    assert given > 0
    assert made <= given * share
    triangles = len(re.findall(r"posList", path.read_text(encoding="utf-8")))
    assert triangles > 0
