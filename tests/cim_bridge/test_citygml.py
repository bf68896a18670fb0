from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from cim_bridge.mesh import GROUND, ROOF, WALL, finest
from cim_bridge.reader import Reading, Units
from tests.cim_bridge.cityfiles import found, read, volume
from tests.cim_bridge.gmlfiles import (
    SOUTH,
    WEST,
    box,
    building,
    house,
    link,
    linked_solid,
    member,
    members,
    multi,
    polygon,
    ring,
    root,
    solid,
    write,
    write_town,
)

HOUSE = 12 * 9 * 6 + 12 * 9 * 3 / 2
"""Cubic metres of house 0: walls of 6 m, ridge at 9 m."""


def units(reading: Reading | None, level: str = "building") -> Units:
    assert reading is not None
    return next(one for one in reading.units if one.level == level)


def given(tmp_path: Path, text: str, name: str = "a.gml", **wish: Any) -> Reading:
    reading, log = read(write(tmp_path / name, text), **wish)
    assert log.errors == []
    assert reading is not None
    return reading


def attributes(rows: Units, row: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(rows.columns["attributes"][row])
    return found


def one(inner: str, id_: str = "b", class_: str = "bldg:Building") -> str:
    """A member with one feature."""
    return member(f'<{class_} gml:id="{id_}">{inner}</{class_}>')


def cube(prefix: str = "", **place: float) -> list[str]:
    """Polygons of a box of 10 × 8 × 5 m."""
    faces = box(place.get("x", WEST), place.get("y", SOUTH), place.get("z", 30.0), 10, 8, 5)
    return [polygon(face, f"{prefix}{k}" if prefix else "") for k, face in enumerate(faces)]


@pytest.mark.parametrize("version", ["1.0", "2.0", "3.0"])
def test_every_version_gives_ids_heights_bodies_and_footprints(
    tmp_path: Path, version: str
) -> None:
    reading, log = read(write_town(tmp_path / "town.gml", 3, version))
    assert len(log) == 0
    rows = units(reading)
    assert rows.ids.tolist() == [f"DENW43AL{number:08d}" for number in range(3)]
    assert rows.columns["height"].tolist() == [9.0, 10.0, 11.0]
    assert rows.columns["storeys"].tolist() == [2.0, 3.0, 4.0]
    assert rows.columns["year_built"].tolist() == [1985.0] * 3
    assert rows.columns["use"].tolist() == ["residential"] * 3
    assert rows.columns["label_en"].tolist() == ["House 0", "House 1", "House 2"]
    assert attributes(rows)["Gemeinde"] == "05370000"
    assert shapely.area(rows.shapes).round(6).tolist() == [108.0] * 3
    assert reading is not None
    assert reading.crs == "EPSG:25832+5783"
    assert reading.mesh is not None
    assert volume(reading.mesh, 0) == pytest.approx(HOUSE)
    assert set(reading.mesh.lod.tolist()) == {20}
    assert np.bincount(reading.mesh.surface, minlength=4).tolist() == [0, 30, 12, 6]


def test_references_count_a_face_once_and_vertices_are_shared(tmp_path: Path) -> None:
    mesh = given(tmp_path, root(building("a"))).mesh
    assert mesh is not None
    assert len(mesh) == 16
    assert len(mesh.vertices) == 10


def test_the_finest_lod_and_a_block_are_taken_unless_another_is_asked_for(
    tmp_path: Path,
) -> None:
    more = f"<bldg:lod1Solid>{solid(*cube())}</bldg:lod1Solid>"
    foot = f"<bldg:lod0FootPrint>{multi(cube()[0])}</bldg:lod0FootPrint>"
    text = root(building("a", more=more + foot))
    both = given(tmp_path, text).mesh
    assert both is not None
    assert set(both.lod.tolist()) == {10, 20}
    assert volume(both.take(finest(both)), 0) == pytest.approx(HOUSE)
    assert volume(both.take(both.lod == 10), 0) == pytest.approx(400.0)
    assert shapely.area(units(given(tmp_path, text)).shapes).round(3).tolist() == [80.0]
    mesh = given(tmp_path, text, lod="1").mesh
    assert mesh is not None
    assert set(mesh.lod.tolist()) == {10}
    assert volume(mesh, 0) == pytest.approx(400.0)
    assert len(given(tmp_path, text, lod="0").mesh or []) == 0


def test_a_building_known_by_its_footprint_stands_at_its_height(tmp_path: Path) -> None:
    foot = f"<bldg:lod0FootPrint>{multi(cube()[0])}</bldg:lod0FootPrint>"
    edge = f"<bldg:lod0RoofEdge>{multi(cube(z=99)[0])}</bldg:lod0RoofEdge>"
    rows = units(given(tmp_path, root(one(edge + foot))))
    assert rows.columns["ground"].tolist() == [30.0]
    assert shapely.area(rows.shapes).round(3).tolist() == [80.0]


def test_parts_and_installations_fold_into_their_building(tmp_path: Path) -> None:
    part = (
        f'<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="p"><bldg:measuredHeight>21.5'
        f"</bldg:measuredHeight><bldg:lod2Solid>{solid(*cube())}</bldg:lod2Solid>"
        "</bldg:BuildingPart></bldg:consistsOfBuildingPart>"
    )
    chimney = (
        "<bldg:outerBuildingInstallation><bldg:BuildingInstallation><bldg:lod2Geometry>"
        f"{multi(*cube(x=WEST + 50))}</bldg:lod2Geometry></bldg:BuildingInstallation>"
        "</bldg:outerBuildingInstallation>"
    )
    coarse = f"<bldg:lod1Solid>{solid(*cube())}</bldg:lod1Solid>"
    reading = given(tmp_path, root(one(coarse + part + chimney)))
    rows = units(reading)
    assert rows.ids.tolist() == ["b"]
    assert rows.columns["height"].tolist() == [21.5]
    assert reading.mesh is not None
    fine = finest(reading.mesh)
    assert reading.mesh.lod.tolist() == np.where(fine, 20, 10).tolist()
    assert volume(reading.mesh.take(fine), 0) == pytest.approx(800.0)
    assert volume(reading.mesh.take(~fine), 0) == pytest.approx(400.0)


def test_rooms_and_furniture_are_counted_not_drawn(tmp_path: Path) -> None:
    room = (
        f"<bldg:interiorRoom><bldg:Room><bldg:lod4Solid>{solid(*cube())}</bldg:lod4Solid>"
        "</bldg:Room></bldg:interiorRoom>"
    )
    path = write(tmp_path / "a.gml", root(building("a", more=room)))
    reading, log = read(path)
    assert reading is not None
    assert reading.mesh is not None
    assert volume(reading.mesh, 0) == pytest.approx(HOUSE)
    assert [(i.code, i.count) for i in log] == [("CITYGML_SKIPPED", 1)]


def test_openings_belong_to_their_wall_and_holes_stay_open(tmp_path: Path) -> None:
    wall = [(WEST, SOUTH, 30.0), (WEST + 10, SOUTH, 30.0), (WEST + 10, SOUTH, 35.0),
            (WEST, SOUTH, 35.0)]  # fmt: skip
    hole = [(WEST + 4, SOUTH, 31.0), (WEST + 4, SOUTH, 33.0), (WEST + 6, SOUTH, 33.0),
            (WEST + 6, SOUTH, 31.0)]  # fmt: skip
    window = f"<bldg:lod3MultiSurface>{multi(polygon(hole[::-1]))}</bldg:lod3MultiSurface>"
    inner = (
        f"<bldg:boundedBy><bldg:WallSurface><bldg:lod3MultiSurface>"
        f"{multi(polygon(wall, holes=[hole]))}</bldg:lod3MultiSurface><bldg:opening><bldg:Window>"
        f"{window}</bldg:Window></bldg:opening></bldg:WallSurface></bldg:boundedBy>"
    )
    mesh = given(tmp_path, root(one(inner))).mesh
    assert mesh is not None
    assert set(mesh.surface.tolist()) == {WALL}
    a, b, c = (mesh.vertices[mesh.triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2
    assert area == pytest.approx(50.0)


def test_orientable_surfaces_turn_faces_over(tmp_path: Path) -> None:
    faces = box(WEST, SOUTH, 30, 10, 8, 5)
    turned = [
        f'<gml:OrientableSurface orientation="-"><gml:baseSurface>{polygon(face[::-1])}'
        "</gml:baseSurface></gml:OrientableSurface>"
        for face in faces[:2]
    ]
    text = root(one(f"<bldg:lod1Solid>{solid(*turned, *map(polygon, faces[2:]))}</bldg:lod1Solid>"))
    mesh = given(tmp_path, text).mesh
    assert mesh is not None
    assert volume(mesh, 0) == pytest.approx(400.0)
    plain = given(tmp_path, text.replace('orientation="-"', "")).mesh
    assert plain is not None
    assert volume(plain, 0) < 200


def test_a_reference_may_turn_the_face_it_names(tmp_path: Path) -> None:
    faces = box(WEST, SOUTH, 30, 10, 8, 5)
    named = [polygon(faces[0][::-1], "w"), *(polygon(f, f"p{k}") for k, f in enumerate(faces[1:]))]
    bounding = "".join(
        f"<bldg:boundedBy><bldg:WallSurface><bldg:lod2MultiSurface>{multi(face)}"
        "</bldg:lod2MultiSurface></bldg:WallSurface></bldg:boundedBy>"
        for face in named
    )
    back = (
        '<gml:surfaceMember><gml:OrientableSurface orientation="-"><gml:baseSurface '
        'xlink:href="#w"/></gml:OrientableSurface></gml:surfaceMember>'
    )
    shell = linked_solid(f"p{k}" for k in range(5)).replace(link("p0"), back + link("p0"))
    text = root(one(f"<bldg:lod2Solid>{shell}</bldg:lod2Solid>{bounding}"))
    mesh = given(tmp_path, text).mesh
    assert mesh is not None
    assert len(mesh) == 12
    assert volume(mesh, 0) == pytest.approx(400.0)


@pytest.mark.parametrize("first", ["names", "holds"])
def test_geometry_of_another_feature_is_found_before_and_after(tmp_path: Path, first: str) -> None:
    shared = cube("w")
    names = one(f"<bldg:lod1Solid>{linked_solid(f'w{k}' for k in range(6))}</bldg:lod1Solid>", "n")
    holds = one(f"<bldg:lod1Solid>{solid(*shared)}</bldg:lod1Solid>", "h")
    text = root(names + holds if first == "names" else holds + names)
    reading = given(tmp_path, text)
    assert reading.mesh is not None
    order = {name: row for row, name in enumerate(units(reading).ids.tolist())}
    for name in ("n", "h"):
        assert volume(reading.mesh, order[name]) == pytest.approx(400.0)


def test_a_whole_surface_may_be_named(tmp_path: Path) -> None:
    inner = f'<gml:CompositeSurface gml:id="all">{members(*cube())}</gml:CompositeSurface>'
    holds = one(f"<bldg:lod1MultiSurface><gml:MultiSurface>{members(inner)}</gml:MultiSurface>"
                "</bldg:lod1MultiSurface>", "h")  # fmt: skip
    names = one('<bldg:lod2MultiSurface xlink:href="#all"/>', "n")
    reading = given(tmp_path, root(names + holds))
    assert reading.mesh is not None
    assert [round(volume(reading.mesh, row)) for row in (0, 1)] == [400, 400]


def test_a_solid_that_repeats_its_surfaces_is_not_drawn_twice(tmp_path: Path) -> None:
    faces = house(WEST, SOUTH, 30, 12, 9, 6, 9)
    bounding = "".join(
        f"<bldg:boundedBy><bldg:{kind}><bldg:lod2MultiSurface>{multi(polygon(face))}"
        f"</bldg:lod2MultiSurface></bldg:{kind}></bldg:boundedBy>"
        for kind, face in faces
    )
    shell = solid(*(polygon(face) for _, face in faces))
    mesh = given(tmp_path, root(one(f"{bounding}<bldg:lod2Solid>{shell}</bldg:lod2Solid>"))).mesh
    assert mesh is not None
    assert len(mesh) == 16
    assert volume(mesh, 0) == pytest.approx(HOUSE)
    assert {WALL, ROOF, GROUND} == set(mesh.surface.tolist())


def test_positions_are_read_in_every_notation(tmp_path: Path) -> None:
    face = cube()[0]
    numbers = face.partition("<gml:posList>")[2].partition("</gml:posList>")[0].split()
    triples = [numbers[k : k + 3] for k in range(0, len(numbers), 3)]
    pos = "".join(f"<gml:pos>{' '.join(t)}</gml:pos>" for t in triples)
    flat = " ".join(" ".join(t[:2]) for t in triples)
    tuples = " ".join(",".join(t) for t in triples)
    notations = {
        "pos": pos,
        "two": f'<gml:posList srsDimension="2">{flat}</gml:posList>',
        "coordinates": f"<gml:coordinates>{tuples}</gml:coordinates>",
        "lines": f"<gml:posList>\n\t{'   '.join(numbers)}\n</gml:posList>",
    }
    for name, text in notations.items():
        poly = (
            f"<gml:Polygon><gml:exterior><gml:LinearRing>{text}</gml:LinearRing></gml:exterior>"
            "</gml:Polygon>"
        )
        inner = f"<bldg:lod0FootPrint>{multi(poly)}</bldg:lod0FootPrint>"
        rows = units(given(tmp_path, root(one(inner))))
        assert shapely.area(rows.shapes).round(3).tolist() == [80.0], name


def test_other_classes_become_objects_of_their_kind(tmp_path: Path) -> None:
    area = multi(cube()[0])
    line = ("<gml:MultiCurve><gml:curveMember><gml:LineString><gml:posList>0 0 0 9 0 0 9 9 0"
            "</gml:posList></gml:LineString></gml:curveMember></gml:MultiCurve>")  # fmt: skip
    point = "<gml:Point><gml:pos>5 6 7</gml:pos></gml:Point>"
    text = root(
        one(f"<tran:trafficArea><tran:TrafficArea><tran:lod2MultiSurface>{area}"
            "</tran:lod2MultiSurface></tran:TrafficArea></tran:trafficArea>", "r", "tran:Road")
        + one(f"<tran:lod0Network>{line}</tran:lod0Network>", "n", "tran:Road")
        + one(f"<wtr:lod1MultiSurface>{area}</wtr:lod1MultiSurface>", "w", "wtr:WaterBody")
        + one(f"<wtr:lod1MultiSurface>{area}</wtr:lod1MultiSurface><uro:floodingRiskAttribute>"
              "<uro:RiverRisk><uro:rank>3</uro:rank></uro:RiverRisk></uro:floodingRiskAttribute>",
              "f", "wtr:WaterBody")
        + one(f"<luse:lod1MultiSurface>{area}</luse:lod1MultiSurface>", "l", "luse:LandUse")
        + one(f"<urf:lod1MultiSurface>{area}</urf:lod1MultiSurface>", "u", "urf:UseDistrict")
        + one(f"<veg:lod1Geometry>{point}</veg:lod1Geometry>", "v", "veg:SolitaryVegetationObject")
        + one(f"<gen:lod1Geometry>{multi(cube()[0])}</gen:lod1Geometry>", "g",
              "gen:GenericCityObject")
    )  # fmt: skip
    rows = units(given(tmp_path, text), "object")
    kinds = dict(zip(rows.ids.tolist(), rows.columns["kind"].tolist(), strict=True))
    assert kinds == {
        "r": "road", "n": "road", "w": "water", "f": "hazard", "l": "landuse", "u": "zone",
        "v": "tree", "g": "generic",
    }  # fmt: skip
    shape = dict(zip(rows.ids.tolist(), rows.shapes.tolist(), strict=True))
    assert shape["n"].geom_type == "LineString"
    assert shape["n"].length == 18
    assert shape["v"].wkt == "POINT (5 6)"
    assert all(round(shape[name].area, 3) == 80 for name in "rwflug")
    assert attributes(rows, 5)["featureType"] == "urf:UseDistrict"
    assert units(given(tmp_path, text, layer="water"), "object").ids.tolist() == ["w"]


def test_prototypes_are_placed_by_matrix_and_reference_point(tmp_path: Path) -> None:
    crown = multi(*(polygon(face) for face in box(-1, -1, 0, 2, 2, 4))).replace(
        "<gml:MultiSurface>", '<gml:MultiSurface gml:id="crown">'
    )

    def tree(id_: str, x: float, geometry: str) -> str:
        matrix = "3 0 0 0  0 3 0 0  0 0 1 0  0 0 0 1"
        return one(
            "<veg:lod2ImplicitRepresentation><core:ImplicitGeometry><core:transformationMatrix>"
            f"{matrix}</core:transformationMatrix>{geometry}<core:referencePoint><gml:Point>"
            f"<gml:pos>{WEST + x} {SOUTH} 30</gml:pos></gml:Point></core:referencePoint>"
            "</core:ImplicitGeometry></veg:lod2ImplicitRepresentation>",
            id_,
            "veg:SolitaryVegetationObject",
        )

    held = f"<core:relativeGMLGeometry>{crown}</core:relativeGMLGeometry>"
    named = '<core:relativeGMLGeometry xlink:href="#crown"/>'
    library = "<core:libraryObject>tree.obj</core:libraryObject>"
    for order in ((held, named), (named, held)):
        text = root(tree("a", 0, order[0]) + tree("b", 50, order[1]) + tree("c", 99, library))
        rows = units(given(tmp_path, text), "object")
        shape = dict(zip(rows.ids.tolist(), rows.shapes.tolist(), strict=True))
        assert shape["a"].bounds == (WEST - 3, SOUTH - 3, WEST + 3, SOUTH + 3)
        assert shape["b"].bounds == (WEST + 47, SOUTH - 3, WEST + 53, SOUTH + 3)
        assert shape["c"].geom_type == "Point"


def test_a_tin_becomes_the_ground_turned_upwards(tmp_path: Path) -> None:
    low = [(WEST, SOUTH, 30.0), (WEST + 9, SOUTH, 31.0), (WEST, SOUTH + 9, 32.0)]
    triangles = "".join(
        f"<gml:Triangle><gml:exterior>{ring(corners)}</gml:exterior></gml:Triangle>"
        for corners in (low, low[::-1])
    )
    for space in ("trianglePatches", "patches"):
        tin = (
            '<dem:lod>2</dem:lod><dem:reliefComponent><dem:TINRelief gml:id="t"><dem:tin>'
            f"<gml:TriangulatedSurface><gml:{space}>{triangles}</gml:{space}>"
            "</gml:TriangulatedSurface></dem:tin></dem:TINRelief></dem:reliefComponent>"
        )
        text = root(one(tin, "r", "dem:ReliefFeature") + building("a"))
        reading = given(tmp_path, text)
        assert reading.ground is not None
        assert len(reading.ground) == 2
        points = reading.ground.vertices[reading.ground.triangles]
        assert (np.cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])[:, 2] > 0).all()
        assert units(reading).ids.tolist() == ["a"]
        only = given(tmp_path, text, layer="ground")
        assert only.units == []
        assert only.ground is not None


def test_generic_attributes_keep_type_name_and_nesting(tmp_path: Path) -> None:
    inner = (
        '<gen:intAttribute name="n"><gen:value>12</gen:value></gen:intAttribute>'
        '<gen:doubleAttribute name="d"><gen:value>1.5</gen:value></gen:doubleAttribute>'
        '<gen:measureAttribute name="m"><gen:value uom="m2">42</gen:value></gen:measureAttribute>'
        '<gen:dateAttribute name="t"><gen:value>2020-01-02</gen:value></gen:dateAttribute>'
        '<gen:uriAttribute name="u"><gen:value>http://x.example/1</gen:value></gen:uriAttribute>'
        '<gen:genericAttributeSet name="set"><gen:stringAttribute name="s"><gen:value>007'
        '</gen:value></gen:stringAttribute><gen:genericAttributeSet name="in"><gen:intAttribute '
        'name="k"><gen:value>1</gen:value></gen:intAttribute></gen:genericAttributeSet>'
        "</gen:genericAttributeSet>"
    )
    data = attributes(units(given(tmp_path, root(building("a", more=inner)))))
    wanted = {
        "n": 12, "d": 1.5, "m": 42.0, "m.uom": "m2", "t": "2020-01-02", "u": "http://x.example/1",
        "set.s": "007", "set.in.k": 1,
    }  # fmt: skip
    assert wanted.items() <= data.items()


def test_generic_sets_of_version_3_are_flattened_too(tmp_path: Path) -> None:
    inner = (
        "<core:genericAttribute><gen:GenericAttributeSet><gen:name>set</gen:name>"
        "<gen:genericAttribute><gen:IntAttribute><gen:name>k</gen:name><gen:value>7</gen:value>"
        "</gen:IntAttribute></gen:genericAttribute></gen:GenericAttributeSet>"
        "</core:genericAttribute>"
    )
    text = root(building("a", version="3.0", more=inner), "3.0")
    assert attributes(units(given(tmp_path, text)))["set.k"] == 7


def test_every_leaf_of_an_extension_is_kept(tmp_path: Path) -> None:
    inner = (
        "<uro:buildingIDAttribute><uro:BuildingIDAttribute><uro:buildingID>14201-1</uro:buildingID>"
        "</uro:BuildingIDAttribute></uro:buildingIDAttribute>"
        "<uro:pair><uro:Pair><uro:key>1</uro:key><uro:value>a</uro:value></uro:Pair></uro:pair>"
        "<uro:pair><uro:Pair><uro:key>2</uro:key><uro:value>b</uro:value></uro:Pair></uro:pair>"
        "<uro:risk><uro:TsunamiRisk><uro:rank>4</uro:rank></uro:TsunamiRisk></uro:risk>"
        '<x:note xmlns:x="urn:other:1">hello</x:note>'
    )
    data = attributes(units(given(tmp_path, root(building("a", more=inner)))))
    wanted = {
        "uro:buildingIDAttribute.buildingID": "14201-1", "uro:pair.key": "1",
        "uro:pair.value": "a", "uro:pair.2.key": "2", "uro:pair.2.value": "b",
        "uro:risk.TsunamiRisk.rank": "4", "x:note": "hello",
    }  # fmt: skip
    assert wanted.items() <= data.items()


def test_addresses_and_references_are_kept(tmp_path: Path) -> None:
    inner = (
        "<core:externalReference><core:informationSystem>EGID</core:informationSystem>"
        "<core:externalObject><core:name>3020</core:name></core:externalObject>"
        "</core:externalReference><bldg:address><core:Address><core:xalAddress><xal:Address>"
        "<xal:Locality><xal:NameElement>Moosach</xal:NameElement></xal:Locality><xal:Thoroughfare>"
        "<xal:NameElement>Am Hang</xal:NameElement><xal:Number>15</xal:Number></xal:Thoroughfare>"
        "</xal:Address></core:xalAddress><core:multiPoint><gml:MultiPoint><gml:pointMember>"
        "<gml:Point><gml:pos>48.0 11.8</gml:pos></gml:Point></gml:pointMember></gml:MultiPoint>"
        "</core:multiPoint></core:Address></bldg:address>"
    )
    rows = units(given(tmp_path, root(building("a", more=inner))))
    assert json.loads(rows.columns["external_ids"][0]) == {"EGID": "3020"}
    data = attributes(rows)
    assert data["address.Locality"] == "Moosach"
    assert data["address"] == "Moosach Am Hang 15"


def test_heights_in_feet_become_metres(tmp_path: Path) -> None:
    text = root(building("a").replace('uom="m">9.0', 'uom="ft">30.0'))
    assert units(given(tmp_path, text)).columns["height"].tolist() == pytest.approx([9.144])


def test_ids_are_kept_exactly_and_missing_ones_are_numbered(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.gml",
        root(building("Ünit-001.a") + building("x").replace(' gml:id="x"', "")),
    )
    reading, log = read(path)
    assert units(reading).ids.tolist() == ["Ünit-001.a", "Building#1"]
    assert found(log) == {"GML_ID_MISSING"}


def test_rows_may_be_chosen_and_keyed_by_attributes(tmp_path: Path) -> None:
    path = write_town(tmp_path / "town.gml", 5)
    reading, _ = read(path, where="storeysAboveGround=3", key="name")
    assert units(reading).ids.tolist() == ["House 1", "House 4"]
    assert reading is not None
    assert reading.mesh is not None
    assert set(reading.mesh.feature.tolist()) == {0, 1}


def test_chunks_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_town(tmp_path / "town.gml", 25)
    whole, _ = read(path)
    monkeypatch.setattr("cim_bridge.citygml.document.FEATURES", 4)
    pieces, _ = read(path)
    assert whole is not None
    assert pieces is not None
    assert units(whole).ids.tolist() == units(pieces).ids.tolist()
    assert whole.mesh is not None
    assert pieces.mesh is not None
    assert len(whole.mesh) == len(pieces.mesh)
    for row in range(25):
        assert volume(pieces.mesh, row) == pytest.approx(volume(whole.mesh, row))
    assert shapely.equals_exact(units(whole).shapes, units(pieces).shapes, normalize=True).all()


def test_the_same_file_gives_the_same_arrays(tmp_path: Path) -> None:
    path = write_town(tmp_path / "town.gml", 10)
    one_, _ = read(path)
    two, _ = read(path)
    assert one_ is not None
    assert two is not None
    assert one_.mesh is not None
    assert two.mesh is not None
    for name in ("vertices", "triangles", "feature", "lod", "surface"):
        assert (getattr(one_.mesh, name) == getattr(two.mesh, name)).all()
