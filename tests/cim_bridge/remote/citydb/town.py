"""A CityGML 2 town of every kind of feature, and what a reading of it comes to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish, join_readings
from cim_bridge.readers.remote.citydb.address import address_of
from cim_bridge.readers.remote.citydb.reading import Contained, read_citydb
from tests.cim_bridge.cityfiles import read as read_file
from tests.cim_bridge.gmlfiles import (
    SOUTH,
    UTM32,
    WEST,
    box,
    building,
    link,
    member,
    multi,
    polygon,
    root,
    solid,
    write,
)  # fmt: skip
from tests.support.citydb.writer import Writer, new_citydb
from tests.support.postgis import PostGis

E, N = WEST, SOUTH


def surface(kind: str, faces: Iterable[str], name: str, more: str = "") -> str:
    """A bounding surface of LoD2."""
    return (
        f'<bldg:boundedBy><bldg:{kind} gml:id="{name}"><bldg:lod2MultiSurface>{multi(*faces)}'
        f"</bldg:lod2MultiSurface>{more}</bldg:{kind}></bldg:boundedBy>"
    )


def block(x: float, y: float, height: float, name: str) -> list[str]:
    """Polygons of a box with ids."""
    faces = box(E + x, N + y, 30, 10, 8, height)
    return [polygon(face, f"{name}_{k}") for k, face in enumerate(faces)]


def buildings() -> str:
    """Parts, installations, openings, footprints, a turned wall, a hole, a doubled solid."""
    faces = block(200, 0, 9, "w")
    turned = (
        '<gml:surfaceMember><gml:OrientableSurface orientation="-"><gml:baseSurface '
        'xlink:href="#w_3"/></gml:OrientableSurface></gml:surfaceMember>'
    )
    inward = polygon(box(E + 200, N, 30, 10, 8, 9)[3][::-1], "w_3")
    links = "".join(link(f"w_{k}") for k in (0, 1, 2, 4, 5))
    shell = (
        f"<gml:Solid><gml:exterior><gml:CompositeSurface>{links}{turned}</gml:CompositeSurface>"
        "</gml:exterior></gml:Solid>"
    )
    pane = [(E + 202, N, 32), (E + 204, N, 32), (E + 204, N, 34), (E + 202, N, 34)]
    window = (
        '<bldg:opening><bldg:Window gml:id="win"><bldg:lod3MultiSurface>'
        f"{multi(polygon(pane))}"
        "</bldg:lod3MultiSurface></bldg:Window></bldg:opening>"
    )
    wall = surface("WallSurface", block(310, 0, 9, "g"), "gw", window).replace("lod2", "lod3")
    oriented = (
        f'<bldg:Building gml:id="turned"><bldg:lod2Solid>{shell}</bldg:lod2Solid>'
        + surface("GroundSurface", [faces[0]], "tg") + surface("RoofSurface", [faces[1]], "tr")
        + surface("WallSurface", [faces[2], inward, faces[4]], "tw")
        + surface("WallSurface", [faces[5]], "tv") + "</bldg:Building>"
    )  # fmt: skip
    part = (
        '<bldg:consistsOfBuildingPart><bldg:BuildingPart gml:id="part{0}"><bldg:measuredHeight '
        'uom="m">{1}</bldg:measuredHeight><bldg:lod2Solid>{2}</bldg:lod2Solid></bldg:BuildingPart>'
        "</bldg:consistsOfBuildingPart>"
    )
    parts = (
        '<bldg:Building gml:id="whole"><bldg:function>1010</bldg:function><bldg:lod1Solid>'
        f"{solid(*block(230, 0, 12, 'l'))}</bldg:lod1Solid>"
        "<bldg:outerBuildingInstallation><bldg:BuildingInstallation gml:id=\"stairs\">"
        f"<bldg:lod2Geometry>{multi(*block(252, 0, 2, 'i'))}</bldg:lod2Geometry>"
        "</bldg:BuildingInstallation></bldg:outerBuildingInstallation>"
        '<bldg:interiorRoom><bldg:Room gml:id="room"/></bldg:interiorRoom>'
        + part.format(1, 12, solid(*block(230, 0, 12, "a")))
        + part.format(2, 7, solid(*block(241, 0, 7, "b"))) + "</bldg:Building>"
    )  # fmt: skip
    feet = [(E + 260, N, 28), (E + 270, N, 28), (E + 270, N + 9, 28), (E + 260, N + 9, 28)]
    yard = [(E + 263, N + 3, 28), (E + 263, N + 6, 28), (E + 266, N + 6, 28), (E + 266, N + 3, 28)]
    flat = (
        '<bldg:Building gml:id="foot"><bldg:storeysAboveGround>3</bldg:storeysAboveGround>'
        f"<bldg:lod0FootPrint>{multi(polygon(feet, holes=[yard]))}</bldg:lod0FootPrint>"
        f"<bldg:lod0RoofEdge>{multi(polygon([(x, y, 37) for x, y, _ in feet]))}"
        "</bldg:lod0RoofEdge></bldg:Building>"
    )
    again = (
        f'<bldg:Building gml:id="again"><bldg:lod1Solid>{solid(*block(280, 0, 5, "e"))}'
        f'</bldg:lod1Solid><bldg:lod2Solid>{solid(*block(280, 0, 6.002, "c"))}'
        "</bldg:lod2Solid>" + surface("GroundSurface", [block(280, 0, 6, "d")[0]], "ag")
        + surface("RoofSurface", [block(280, 0, 6, "d")[1]], "ar")
        + surface("WallSurface", block(280, 0, 6, "d")[2:], "aw") + "</bldg:Building>"
    )  # fmt: skip
    glazed = f'<bldg:Building gml:id="glazed">{wall}</bldg:Building>'
    return "".join(map(member, (oriented, parts, flat, again, glazed)))


def surroundings() -> str:
    """Roads, water, trees from one prototype, land use, furniture, terrain, a group."""
    square = [(E, N - 20, 30), (E + 30, N - 20, 30), (E + 30, N - 12, 30), (E, N - 12, 30)]
    line = (
        f"<gml:LineString><gml:posList>{E} {N - 30} 30 {E + 50} {N - 31} 31</gml:posList>"
        "</gml:LineString>"
    )
    tree = (
        '<veg:SolitaryVegetationObject gml:id="tree{0}"><veg:height uom="m">7</veg:height>'
        "<veg:lod2ImplicitRepresentation><core:ImplicitGeometry><core:transformationMatrix>"
        "2 0 0 0 0 2 0 0 0 0 3 0 0 0 0 1</core:transformationMatrix>{1}<core:referencePoint>"
        f"<gml:Point><gml:pos>{{2}} {N - 40} 30</gml:pos></gml:Point></core:referencePoint>"
        "</core:ImplicitGeometry></veg:lod2ImplicitRepresentation></veg:SolitaryVegetationObject>"
    )
    crown = multi(*(polygon(face) for face in box(-1, -1, 0, 2, 2, 2)))
    crown = crown.replace("<gml:MultiSurface>", '<gml:MultiSurface gml:id="crown">')
    first = f"<core:relativeGMLGeometry>{crown}</core:relativeGMLGeometry>"
    later = '<core:relativeGMLGeometry xlink:href="#crown"/>'
    corners = [(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)]
    fan = "".join(
        f"<gml:Triangle><gml:exterior><gml:LinearRing><gml:posList>{E + a} {N + b} 29 {E + c} "
        f"{N + d} 29.5 {E + 50} {N + 50} 33 {E + a} {N + b} 29</gml:posList></gml:LinearRing>"
        "</gml:exterior></gml:Triangle>"
        for (a, b), (c, d) in pairwise(corners)
    )
    relief = (
        '<dem:ReliefFeature gml:id="dem"><dem:lod>2</dem:lod><dem:reliefComponent>'
        '<dem:TINRelief gml:id="tin"><dem:lod>2</dem:lod><dem:tin><gml:TriangulatedSurface>'
        f"<gml:trianglePatches>{fan}</gml:trianglePatches></gml:TriangulatedSurface></dem:tin>"
        "</dem:TINRelief></dem:reliefComponent></dem:ReliefFeature>"
    )
    area = multi(polygon(square))
    return "".join(map(member, (
        f'<tran:Road gml:id="road"><tran:function>1</tran:function><tran:trafficArea>'
        f"<tran:TrafficArea gml:id=\"lane\"><tran:lod2MultiSurface>{area}</tran:lod2MultiSurface>"
        "</tran:TrafficArea></tran:trafficArea></tran:Road>",
        f'<tran:Road gml:id="axis"><tran:lod0Network>{line}</tran:lod0Network></tran:Road>',
        tree.format(1, first, E + 10), tree.format(2, later, E + 20),
        f'<luse:LandUse gml:id="meadow"><luse:class>2000</luse:class><luse:lod1MultiSurface>{area}'
        "</luse:lod1MultiSurface></luse:LandUse>",
        f'<wtr:WaterBody gml:id="pond"><wtr:lod1MultiSurface>{area}</wtr:lod1MultiSurface>'
        "</wtr:WaterBody>",
        f'<frn:CityFurniture gml:id="bench"><frn:lod1Geometry>{multi(*block(0, -60, 1, "f"))}'
        "</frn:lod1Geometry></frn:CityFurniture>",
        f'<veg:PlantCover gml:id="hedge"><veg:lod1MultiSurface>{area}</veg:lod1MultiSurface>'
        "</veg:PlantCover>",
        relief,
    )))  # fmt: skip


def write_all(path: Path) -> Path:
    """The whole town: 30 houses, one with a set of attributes, and everything else."""
    more = (
        '<gen:genericAttributeSet name="energy"><gen:stringAttribute name="label"><gen:value>A'
        '</gen:value></gen:stringAttribute><gen:intAttribute name="kwh"><gen:value>42</gen:value>'
        "</gen:intAttribute></gen:genericAttributeSet>"
    )
    houses = "".join(building(f"house{k:02d}", k, more=more if k == 7 else "") for k in range(30))
    return write(path, root(houses + buildings() + surroundings()))


@dataclass
class Answer:
    """What reading a database came to."""

    log: IssueLog
    told: Contained | None = None
    parts: list[Reading] = field(default_factory=list)

    @property
    def reading(self) -> Reading:
        """Every chunk joined."""
        return join_readings(self.parts)

    @property
    def codes(self) -> set[str]:
        """Codes of the findings."""
        return {issue.code for issue in self.log}


def read_database(url: str, **wish: Any) -> Answer:
    """Read a database past the list of hosts, which has tests of its own."""
    answer = Answer(IssueLog())
    address = address_of(url, answer.log)
    if address is not None:
        answer.told = read_citydb(
            address, None if address.local else "127.0.0.1", Wish(**wish), answer.parts.append,
            answer.log,
        )  # fmt: skip
    return answer


def filled(postgis: PostGis, path: Path, srid: int = 25832, srs: str = UTM32) -> str:
    """A new database with one document in it."""
    url = new_citydb(postgis, srid, srs)
    writer = Writer(srid)
    writer.document(path)
    writer.copy(url)
    return url


def same(one: Reading, other: Reading) -> None:
    """Whether two readings are of one city: ids, levels, footprints, numbers, triangles."""
    assert one.crs == other.crs
    levels = {units.level: units for units in other.units}
    assert [units.level for units in one.units] == list(levels)
    for units in one.units:
        against = levels[units.level]
        assert units.ids.tolist() == against.ids.tolist()
        for name in ("height", "storeys", "year_built", "ground"):
            np.testing.assert_allclose(units.columns[name], against.columns[name], err_msg=name)
        for name in ("label_zh", "use", "kind", "external_ids"):
            assert units.columns[name].tolist() == against.columns[name].tolist(), name
        empty = shapely.is_missing(units.shapes)
        assert empty.tolist() == shapely.is_missing(against.shapes).tolist()
        apart = shapely.symmetric_difference(units.shapes, against.shapes)
        assert (shapely.area(apart[~empty]) < 1e-6).all()
        lengths = [shapely.length(each.shapes[~empty]) for each in (units, against)]
        np.testing.assert_allclose(*lengths, rtol=1e-9)
    assert faces(one.mesh) == faces(other.mesh)
    assert faces(one.ground) == faces(other.ground)


def faces(mesh: Any) -> list[tuple[Any, ...]]:
    """Triangles of each building, LoD and surface: how many, area, directions, lowest point, and
    the volume they enclose with the town's corner."""
    if mesh is None:
        return []
    corners = mesh.vertices[mesh.triangles] - np.array([E, N, 30.0])
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) / 2
    volume = np.einsum("ij,ij->i", corners[:, 0], across) / 3
    keys = np.stack([mesh.feature, mesh.lod, mesh.surface]).astype(np.int64).T
    found = []
    for key in np.unique(keys, axis=0):
        here = (keys == key[None]).all(axis=1)
        numbers = [
            np.linalg.norm(across[here], axis=1).sum(), *across[here].sum(axis=0),
            corners[here, :, 2].min(), volume[here].sum() / max(np.abs(corners[here]).max(), 1),
        ]  # fmt: skip
        found.append((*key.tolist(), int(here.sum()), *np.round(numbers, 3) + 0.0))
    return found


def from_file(path: Path, **wish: Any) -> Reading:
    """The file, read as such."""
    reading, log = read_file(path, **wish)
    assert reading is not None, log
    return reading
