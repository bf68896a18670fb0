"""Appearances of CityGML: lists of coordinates, matrices, materials, themes, of every version."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from cim_bridge.issues import IssueLog
from cim_bridge.mesh import GROUND, NONE, ROOF, WALL, Mesh
from cim_bridge.reader import Wish, find_reader
from tests.cim_bridge.gmlfiles import SOUTH, WEST, building, root, write
from tests.cim_bridge.lookfiles import quarters

WALL_UV = "0 0 1 0 1 1 0 1 0 0"


def _appearance(*data: str, theme: str = "day", where: str = "app:appearanceMember") -> str:
    inner = "".join(f"<app:surfaceDataMember>{one}</app:surfaceDataMember>" for one in data)
    return (
        f"<{where}><app:Appearance><app:theme>{theme}</app:theme>{inner}</app:Appearance></{where}>"
    )


def _image(inner: str, uri: str = "looks/wall.png", wrap: str = "wrap") -> str:
    return (
        f"<app:ParameterizedTexture><app:imageURI>{uri}</app:imageURI><app:wrapMode>{wrap}"
        f"</app:wrapMode>{inner}</app:ParameterizedTexture>"
    )


def _list(polygon: str, version: str, uv: str = WALL_UV) -> str:
    if version == "3.0":
        return (
            "<app:textureParameterization><app:TextureAssociation><app:target>"
            f"#{polygon}</app:target><app:textureParameterization><app:TexCoordList>"
            f"<app:textureCoordinates>{uv}</app:textureCoordinates><app:ring>#{polygon}_r"
            "</app:ring></app:TexCoordList></app:textureParameterization>"
            "</app:TextureAssociation></app:textureParameterization>"
        )
    return (
        f'<app:target uri="#{polygon}"><app:TexCoordList><app:textureCoordinates '
        f'ring="#{polygon}_r">{uv}</app:textureCoordinates></app:TexCoordList></app:target>'
    )


def _paint(targets: list[str], colour: str = "0 0.2 1") -> str:
    named = "".join(f"<app:target>#{one}</app:target>" for one in targets)
    return (
        f"<app:X3DMaterial><app:diffuseColor>{colour}</app:diffuseColor>{named}</app:X3DMaterial>"
    )


def _town(tmp_path: Path, more: str, version: str = "2.0") -> Path:
    quarters(tmp_path / "looks" / "wall.png")
    houses = "".join(building(f"h{k}", k, version) for k in range(2))
    houses = re.sub(
        r'gml:id="(\w+_p\d)"><gml:exterior><gml:LinearRing>',
        r'gml:id="\1"><gml:exterior><gml:LinearRing gml:id="\1_r">',
        houses,
    )
    return write(tmp_path / "town.gml", root(houses + more, version))


def _mesh(path: Path) -> tuple[Mesh, list[str]]:
    log = IssueLog()
    reader = find_reader(path, log)
    assert reader is not None
    reading = reader.read(path, Wish(), log)
    assert reading is not None, log.to_json()
    assert reading.mesh is not None
    return reading.mesh, [issue.code for issue in log]


@pytest.mark.parametrize("version", ["1.0", "2.0", "3.0"])
def test_walls_wear_the_image_of_their_ring_and_roofs_a_colour(
    tmp_path: Path, version: str
) -> None:
    walls = [f"h{h}_p{k}" for h in (0, 1) for k in (1, 3)]
    roofs = [f"h{h}_p{k}" for h in (0, 1) for k in (5, 6)]
    look = _appearance(_image("".join(_list(one, version) for one in walls)), _paint(roofs))
    mesh, codes = _mesh(_town(tmp_path, look, version))
    assert not [code for code in codes if code.startswith(("TEXTURE", "THEME"))]
    assert mesh.material is not None
    assert mesh.uv is not None
    textured = np.array([one.picture is not None for one in mesh.materials])
    bare = mesh.material == NONE
    worn = ~bare & textured[np.where(bare, 0, mesh.material)]
    assert worn.sum() == 2 * 2 * 2
    assert (mesh.surface[worn] == WALL).all()
    roof = mesh.surface == ROOF
    assert {mesh.materials[k].colour for k in mesh.material[roof]} == {(0.0, 0.2, 1.0, 1.0)}
    assert bare[mesh.surface == GROUND].all()
    z = mesh.vertices[mesh.triangles[worn]][:, :, 2]
    assert (mesh.uv[worn][:, :, 1] == (z > z.min(axis=1, keepdims=True))).all()


def test_a_colour_of_a_whole_surface_or_solid_is_worn_by_its_polygons(tmp_path: Path) -> None:
    path = _town(tmp_path, _appearance(_paint(["everything"])))
    text = path.read_text(encoding="utf-8")
    text = text.replace("<gml:MultiSurface>", '<gml:MultiSurface gml:id="everything">')
    mesh, _ = _mesh(write(path, text))
    assert mesh.material is not None
    assert (mesh.material == 0).all()


def test_a_matrix_lays_the_image_on_where_there_are_no_coordinates(tmp_path: Path) -> None:
    matrix = f"0.5 0 0 {-0.5 * WEST + 300} 0 0 0.25 0 0 0 0 1"
    inner = (
        '<app:target uri="#h0_p1"><app:TexCoordGen><app:worldToTexture>'
        f"{matrix}</app:worldToTexture></app:TexCoordGen></app:target>"
    )
    mesh, codes = _mesh(_town(tmp_path, _appearance(_image(inner))))
    assert "TEXTURE_PLACE_BROKEN" not in codes
    assert mesh.material is not None
    assert mesh.uv is not None
    worn = mesh.material != NONE
    corners, uv = mesh.vertices[mesh.triangles[worn]], mesh.uv[worn]
    assert worn.sum() == 2
    east = corners[:, :, 0] - corners[:, :, 0].min()
    assert uv[:, :, 0] == pytest.approx(0.5 * east, abs=1e-5)
    up = uv[:, :, 1] - 0.25 * corners[:, :, 2]
    assert np.ptp(up) == pytest.approx(0.0, abs=1e-5)
    assert uv.min() >= 0
    assert corners[:, :, 1] == pytest.approx(SOUTH)


def test_what_cannot_be_drawn_is_told(tmp_path: Path) -> None:
    look = _appearance(
        _image(_list("h0_p1", "2.0"), "http://example.org/a.jpg"),
        _image(_list("h0_p3", "2.0"), "../../../a.jpg"),
        _image(_list("h1_p1", "2.0", "0 0 1 0")),
        "<app:GeoreferencedTexture><app:imageURI>looks/wall.png</app:imageURI>"
        "</app:GeoreferencedTexture>",
    )
    mesh, codes = _mesh(_town(tmp_path, look))
    assert {code for code in codes if code.startswith("TEXTURE")} == {
        "TEXTURE_REMOTE", "TEXTURE_OUTSIDE", "TEXTURE_PLACE_BROKEN", "TEXTURE_KIND_SKIPPED",
    }  # fmt: skip
    assert len(mesh) > 20
    assert mesh.material is None


def test_of_two_themes_the_one_with_more_is_taken_and_the_other_named(tmp_path: Path) -> None:
    look = _appearance(_paint(["h0_p5"], "1 0 0"), theme="heat") + _appearance(
        _paint(["h0_p5", "h0_p6"], "0 1 0"), theme="true", where="core:appearanceMember"
    )
    mesh, codes = _mesh(_town(tmp_path, look))
    assert "THEMES_OTHER" in codes
    assert mesh.material is not None
    worn = mesh.material[mesh.material != NONE]
    assert {mesh.materials[k].colour for k in worn} == {(0.0, 1.0, 0.0, 1.0)}


def test_a_document_without_appearances_is_not_read_twice(tmp_path: Path) -> None:
    from cim_bridge.citygml.appearance import read_appearance

    path = _town(tmp_path, "")
    assert read_appearance(path, IssueLog()) is None
    mesh, _ = _mesh(path)
    assert mesh.material is None


def test_real_plateau_buildings_wear_their_photographs(shared: Path, tmp_path: Path) -> None:
    source = shared / "data" / "citygml" / "plateau_yokosuka_52397519_bldg.gml"
    path = write(tmp_path / source.name, source.read_text(encoding="utf-8-sig"))
    for uri in set(re.findall(r"<app:imageURI>(.*?)<", path.read_text(encoding="utf-8"))):
        quarters(tmp_path / uri, kind="JPEG")
    mesh, codes = _mesh(path)
    assert not [code for code in codes if code.startswith("TEXTURE")]
    assert mesh.material is not None
    assert mesh.uv is not None
    worn = mesh.material != NONE
    assert len({mesh.materials[k].picture for k in mesh.material[worn]}) == 3
    text = path.read_text(encoding="utf-8")
    targets = set(re.findall(r'<app:target uri="#(.*?)"', text))
    polygons = re.findall(
        r'<gml:Polygon gml:id="([^"]+)">.*?<gml:posList>(.*?)</gml:posList>', text, re.DOTALL
    )
    counted = sum(len(line.split()) // 3 - 3 for name, line in polygons if name in targets)
    assert counted > 300
    assert abs(int(worn.sum()) - counted) <= 3
    assert mesh.uv[worn].min() >= 0
    assert mesh.uv[worn].max() <= 1
