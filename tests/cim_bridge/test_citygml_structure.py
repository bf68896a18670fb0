"""CityGML 3.0 that we write keeps the order, ids and shapes that its schemas ask for.

No package brings the XSDs of 3.0 and of GML 3.2 (2.0 is held to its own in test_citygml_schema):
the sequences below are those of its modules core, construction and building.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from lxml import etree

from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from cim_bridge.writers.added import Added
from cim_bridge.writers.citygml import write_citygml
from tests.cim_bridge.cityfiles import new_city, row_of_boxes, write_json

CORE, CON = "http://www.opengis.net/citygml/3.0", "http://www.opengis.net/citygml/construction/3.0"
BLDG, GEN = "http://www.opengis.net/citygml/building/3.0", CORE.replace("3.0", "generics/3.0")
GML, LINK = "http://www.opengis.net/gml/3.2", "http://www.w3.org/1999/xlink"
SEQUENCE = [
    f"{{{GML}}}description", f"{{{GML}}}identifier", f"{{{GML}}}name", f"{{{GML}}}boundedBy",
    *(f"{{{CORE}}}{name}" for name in (
        "creationDate", "terminationDate", "externalReference", "appearance", "genericAttribute",
        "spaceType", "volume", "area", "boundary", "lod0Point", "lod0MultiSurface",
        "lod0MultiCurve", "lod1Solid", "lod2Solid", "lod2MultiSurface", "lod2MultiCurve",
        "lod3Solid", "lod3MultiSurface", "lod3MultiCurve")),
    *(f"{{{CON}}}{name}" for name in (
        "conditionOfConstruction", "dateOfConstruction", "dateOfDemolition", "constructionEvent",
        "elevation", "height", "occupancy")),
    *(f"{{{BLDG}}}{name}" for name in (
        "class", "function", "usage", "roofType", "storeysAboveGround", "storeysBelowGround")),
]  # fmt: skip
"""What a building of 3.0 may hold of what we have, in the order of its schemas."""
SURFACES = {f"{{{CON}}}{kind}Surface" for kind in ("Ground", "Wall", "Roof", "OuterFloor")}
NAME = re.compile(r"[^\W\d][\w.\-]*$")


def faults(path: Path) -> list[str]:
    """What in a file is out of order, double, open or leads nowhere."""
    root = etree.parse(path).getroot()
    ids = Counter(root.xpath("//@gml:id", namespaces={"gml": GML}))
    found = [f"id {name} stands {count} times" for name, count in ids.items() if count > 1]
    found += [f"id {name} is no NCName" for name in ids if not NAME.match(name)]
    for link in root.iterfind(f".//*[@{{{LINK}}}href]"):
        target = link.get(f"{{{LINK}}}href")
        if target.removeprefix("#") not in ids:
            found.append(f"{target} leads nowhere")
    for building in root.iter(f"{{{BLDG}}}Building"):
        found += _building(building)
    for ring in root.iter(f"{{{GML}}}LinearRing"):
        numbers = ring.findtext(f"{{{GML}}}posList").split()
        points = [tuple(numbers[k : k + 3]) for k in range(0, len(numbers), 3)]
        if len(numbers) % 3 or len(points) < 4 or points[0] != points[-1]:
            found.append("a ring is open or too short")
    return found


def _building(building: etree._Element) -> list[str]:
    tags = [child.tag for child in building]
    found = [f"{tag} has no place in a building" for tag in tags if tag not in SEQUENCE]
    places = [SEQUENCE.index(tag) for tag in tags if tag in SEQUENCE]
    found += [f"{SEQUENCE[b]} after {SEQUENCE[a]}" for a, b in pairwise(places) if b < a]
    for boundary in building.iterfind(f"{{{CORE}}}boundary"):
        (surface,) = boundary
        if surface.tag not in SURFACES:
            found.append(f"{surface.tag} bounds no building")
        found += [f"{one.tag} in a surface" for one in surface
                  if one.tag != f"{{{CORE}}}lod2MultiSurface"]  # fmt: skip
    for height in building.iterfind(f"{{{CON}}}height/{{{CON}}}Height"):
        parts = [etree.QName(one).localname for one in height]
        if parts != ["highReference", "lowReference", "status", "value"]:
            found.append(f"a height of {parts}")
    for generic in building.iterfind(f"{{{CORE}}}genericAttribute"):
        (one,) = generic
        if [part.tag for part in one] != [f"{{{GEN}}}name", f"{{{GEN}}}value"]:
            found.append("a generic attribute without name and value")
    return found


@pytest.mark.parametrize(
    "name",
    ["citygml/building_lod2_v3_attrs.gml", "citygml/fzk_Building_and_garage_LOD2-EPSG25832_v2.gml",
     "citygml/fzk_Building_LOD1-EPSG25832_v2.gml", "cityjson/delft_subset.city.jsonl"],
)  # fmt: skip
def test_real_models_are_written_in_the_order_of_3_0(
    shared: Path, tmp_path: Path, name: str
) -> None:
    city = CityFolder.init(tmp_path / "city", name="x", crs="EPSG:4326")
    bridge(city, [shared / "data" / name])
    model = open_model(city)
    ids = model.columns("id")["id"].to_pylist()
    added = Added(("checkup:S/c",), dict.fromkeys(ids, (2,)))
    (proof,) = write_citygml(model, tmp_path / "o.gml", "3.0", added)
    assert proof.equal, proof.reason
    assert faults(tmp_path / "o.gml") == []


def test_what_is_out_of_order_double_or_open_is_found(tmp_path: Path) -> None:
    city = new_city(tmp_path / "city")
    content = row_of_boxes(1)
    content["CityObjects"]["b0"]["attributes"] |= {"function": "1000", "storeysAboveGround": 3}
    bridge(city, [write_json(tmp_path / "b.city.json", content)])
    write_citygml(open_model(city), tmp_path / "o.gml", "3.0", Added())
    assert faults(tmp_path / "o.gml") == []
    text = (tmp_path / "o.gml").read_text(encoding="utf-8")
    storeys = "<bldg:storeysAboveGround>3</bldg:storeysAboveGround>\n"
    assert storeys in text
    for wrong in (
        text.replace(storeys, "").replace("<con:height>", f"{storeys}<con:height>"),
        text.replace("con:highReference", "con:heighReference"),
        re.sub(r'gml:id="([^"]+)\.1"', r'gml:id="\1.0"', text),
        re.sub(r'(<gml:posList srsDimension="3">)\S+ ', r"\g<1>7 ", text, count=1),
    ):
        assert wrong != text
        (tmp_path / "bad.gml").write_text(wrong, encoding="utf-8")
        assert faults(tmp_path / "bad.gml")
