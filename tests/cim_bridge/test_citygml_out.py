"""CityGML of a model: read back by our reader and by GDAL; the order its schemas ask for."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import pytest
from lxml import etree

from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.mesh import Mesh
from cim_bridge.release import open_model
from cim_bridge.writers.added import Added
from cim_bridge.writers.citygml import write_citygml
from cim_bridge.writers.gmlnames import VERSIONS, gml_id
from cim_bridge.writers.proof import Proof, deviation
from tests.cim_bridge.cityfiles import new_city, read, row_of_boxes, write_json

ORDER = {
    "2.0": ["name", "Attribute", "function", "yearOfConstruction", "measuredHeight",
            "storeysAboveGround", "lod1Solid", "lod1MultiSurface", "lod2Solid",
            "lod2MultiSurface", "boundedBy"],
    "3.0": ["name", "genericAttribute", "boundary", "lod1Solid", "lod2Solid",
            "lod2MultiSurface", "dateOfConstruction", "height", "function",
            "storeysAboveGround"],
}  # fmt: skip
"""Elements of a building in the order of the schemas' sequences (2.0: building.xsd and core;
3.0: core, construction, building), which real files of both versions follow too."""

RESULTS = ("checkup:S/c", "checkup:S/c:state")


def _out(city: CityFolder, path: Path, version: str) -> Proof:
    model = open_model(city)
    ids = model.columns("id")["id"].to_pylist()
    added = Added(RESULTS, dict.fromkeys(ids, (1.5, "measured")))
    (proof,) = write_citygml(model, path, version, added)
    return proof


@pytest.fixture
def boxes(tmp_path: Path) -> CityFolder:
    content = row_of_boxes(3)
    objects = content["CityObjects"]
    objects["b1"]["attributes"] |= {"year_built": 1987, "use": "residential", "note": "<&>\u0001."}
    objects["1:甲 楼"] = objects.pop("b2")
    city = new_city(tmp_path / "city")
    bridge(city, [write_json(tmp_path / "b.city.json", content)])
    return city


def _check(path: Path, version: str) -> None:
    """Ids are unique, links resolve, rings close, elements follow the schemas' order."""
    root = etree.parse(path).getroot()
    ids = root.xpath("//@*[local-name()='id']")
    assert len(ids) == len(set(ids))
    links = root.xpath("//@*[local-name()='href']")
    assert {link.removeprefix("#") for link in links} <= set(ids)
    for text in root.xpath("//*[local-name()='posList']/text()"):
        numbers = text.split()
        assert len(numbers) >= 12
        assert len(numbers) % 3 == 0
        assert numbers[:3] == numbers[-3:]
    for building in root.iter("{*}Building"):
        names = [etree.QName(child).localname for child in building]
        places = [_place(name, ORDER[version]) for name in names]
        assert places == sorted(places), names


def _place(name: str, order: list[str]) -> int:
    if name in order:
        return order.index(name)
    assert name.endswith("Attribute"), f"{name} is not in the schema's sequence"
    return order.index("Attribute")


@pytest.mark.parametrize("version", VERSIONS)
def test_boxes_come_back_with_ids_values_and_shape(
    boxes: CityFolder, tmp_path: Path, version: str
) -> None:
    path = tmp_path / "o.gml"
    proof = _out(boxes, path, version)
    assert (proof.equal, proof.ids_out, proof.attributes_added) == (True, 3, 6)
    assert proof.max_deviation is not None
    assert proof.max_deviation < 1e-3
    _check(path, version)
    reading, log = read(path)
    assert reading is not None
    assert not log.errors
    units = reading.units[0]
    assert set(units.ids) == {"b0", "b1", gml_id("1:甲 楼")}
    row = units.ids.tolist().index("b1")
    told: dict[str, Any] = __import__("json").loads(units.columns["attributes"][row])
    assert float(told["checkup:S/c"]) == 1.5
    assert told["note"] == "<&> ."
    assert units.columns["height"][row] == 12.0


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("name", "lod"),
    [
        ("citygml/fzk_Building_LOD1-EPSG25832_v2.gml", 1),
        ("citygml/fzk_Building_LOD2-EPSG25832_v2.gml", 2),
        ("cityjson/delft_subset.city.jsonl", 2),
    ],
)
def test_real_buildings_keep_their_bodies(
    shared: Path, tmp_path: Path, name: str, lod: int, version: str
) -> None:
    crs = "EPSG:28992" if "delft" in name else "EPSG:25832"
    city = CityFolder.init(tmp_path / "city", name="x", crs=crs)
    bridge(city, [shared / "data" / name])
    path = tmp_path / "o.gml"
    proof = _out(city, path, version)
    assert proof.equal, proof.to_json()
    _check(path, version)
    text = path.read_text(encoding="utf-8")
    assert f"lod{lod}Solid>" in text
    assert ("RoofSurface" in text) == (lod == 2)


@pytest.mark.parametrize("version", VERSIONS)
def test_gdal_reads_every_building_and_its_results(
    boxes: CityFolder, tmp_path: Path, version: str
) -> None:
    path = tmp_path / "o.gml"
    _out(boxes, path, version)
    table = _gdal(path)
    assert set(table["gml_id"]) == {"b0", "b1", gml_id("1:甲 楼")}
    row = table[table["gml_id"] == "b1"].iloc[0]
    cells = [str(v) for value in row for v in (value if hasattr(value, "__len__") else [value])]
    assert "1.5" in " ".join([*map(str, row.tolist()), *cells])


def _gdal(path: Path) -> pd.DataFrame:
    """GDAL's table; pyogrio has no word for solids, so GDAL's template is told to call them any."""
    with pytest.raises(pyogrio.errors.GeometryError):
        pyogrio.list_layers(path)
    template = path.with_suffix(".gfs")
    text = template.read_text(encoding="utf-8")
    any_kind = "<GeometryType>0</GeometryType>"
    template.write_text(re.sub(r"<GeometryType>\d+</GeometryType>", any_kind, text))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pyogrio.read_dataframe(path, layer="Building", read_geometry=False)


@pytest.mark.parametrize(
    ("name", "known"),
    [("b0", "b0"), ("NL.IMBAG.1-2", "NL.IMBAG.1-2"), ("1a", "id-3161"), ("a:b", "id-613a62"),
     ("楼", "id-e6a5bc"), ("id-61", "id-69642d3631"), ("", "id-")],
)  # fmt: skip
def test_ids_that_xml_forbids_are_written_in_hex_and_never_collide(name: str, known: str) -> None:
    assert gml_id(name) == known


def test_a_corner_that_moved_is_seen() -> None:
    points = [[0.0, 0, 0], [10, 0, 0], [0, 10, 0]]
    old = Mesh.of(points, [[0, 1, 2]], feature=0)  # type: ignore[arg-type]
    moved = [[0.0, 0, 0], [10, 0, 0.05], [0, 10, 0]]
    assert deviation(old, Mesh.of(moved, [[0, 1, 2]], feature=0)) == 0.05  # type: ignore[arg-type]
    assert deviation(old, Mesh.of(points, [[0, 1, 2]], feature=1)) > 1000  # type: ignore[arg-type]
