"""In the browser: walls and roofs stand where an independent conversion puts them, to 0.1 m."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from playwright.sync_api import Browser

from tests.support.cimtwin import cimtwin
from tests.support.independent import Face, citygml_faces, earth, ifc_triangles
from tests.support.page import TwinPage
from tests.support.server import serving

pytestmark = [pytest.mark.browser, pytest.mark.shared]

NEAR = 0.1
"""Metres."""
BUILDING = "DENW43AL00002dFy"
"""It stands alone: nothing is within 25 m of it, so that its walls can be seen."""
LOOK = """async ([eye, direction, up]) => {
  const scene = document.querySelector("cim-twin").stage.globe.scene;
  const Cartesian3 = scene.camera.position.constructor;
  const [destination, towards, above] = [eye, direction, up].map((v) => new Cartesian3(...v));
  scene.camera.setView({ destination, orientation: { direction: towards, up: above } });
  window.__cimtwin.renderOnce();
}"""
DEPTH = """() => {
  const scene = document.querySelector("cim-twin").stage.globe.scene;
  const { clientWidth: width, clientHeight: height } = scene.canvas;
  const middle = { x: width / 2, y: height / 2 };
  scene.pickTranslucentDepth = false;
  window.__cimtwin.renderOnce();
  const found = scene.pickPosition(middle);
  return found ? [found.x, found.y, found.z] : null;
}"""


def published(folder: Path, source: Path, crs: str) -> Path:
    city = folder / "city"
    cimtwin("init", city, "--name", "位置", "--name-en", "Places", "--crs", crs)
    cimtwin("bridge", source, "--city", city)
    cimtwin("publish", "--city", city)
    return city


def shown_at(page: TwinPage, target: np.ndarray, outward: np.ndarray, up: np.ndarray) -> np.ndarray:
    """Where the surface is that is seen from 20 m outside, looking at a point of it."""
    eye = target + 20.0 * outward
    page.page.evaluate(LOOK, [eye.tolist(), (-outward).tolist(), up.tolist()])
    page.settle()
    found: Any = page.page.evaluate(DEPTH)
    assert found is not None, "nothing is seen there"
    return np.array(found)


def middle_of(face: Face, crs: str) -> tuple[np.ndarray, np.ndarray]:
    """A point within a face and the direction out of it, Earth-centred."""
    normal = face.normal
    side = np.cross(normal, [0, 0, 1] if abs(normal[2]) < 0.9 else [1, 0, 0])
    side /= np.linalg.norm(side)
    base = np.column_stack((side, np.cross(normal, side)))
    flat = shapely.Polygon((face.corners - face.corners[0]) @ base)
    spot = np.array(shapely.point_on_surface(flat).coords[0])
    point = face.corners[0] + base @ spot
    here, there = earth(np.array([point, point + normal]), crs)
    return here, (there - here) / np.linalg.norm(there - here)


def upward(point: np.ndarray, outward: np.ndarray) -> np.ndarray:
    """An upper edge for the picture: away from the Earth's middle, or any, seen from above."""
    up = point / np.linalg.norm(point)
    if abs(up @ outward) > 0.9:
        up = np.array([0.0, 0.0, 1.0])
    up = up - (up @ outward) * outward
    return up / np.linalg.norm(up)


@pytest.fixture(scope="module")
def town(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    source = shared / "data" / "citygml" / "nrw_LoD2_32_280_5659.gml"
    return published(tmp_path_factory.mktemp("nrw"), source, "EPSG:25832")


@pytest.fixture(scope="module")
def page(
    town: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwinPage]:
    with serving(town, tmp_path_factory.mktemp("log") / "places.log") as address:
        made = TwinPage.open(chromium, address, width=800, height=600)
        yield made
        made.close()
        assert made.errors == []
        assert made.foreign == []


def test_walls_and_roof_of_a_citygml_building_are_seen_where_pyproj_puts_them(
    shared: Path, page: TwinPage
) -> None:
    source = shared / "data" / "citygml" / "nrw_LoD2_32_280_5659.gml"
    faces = citygml_faces(source, BUILDING)
    chosen = [face for face in faces if face.kind == "RoofSurface" and face.area > 4][:1]
    walls = [face for face in faces if face.kind == "WallSurface" and face.area > 8]
    one = max(walls, key=lambda face: face.area)
    across = [face for face in walls if abs(face.normal @ one.normal) < 0.5]
    chosen += [one, max(across, key=lambda face: face.area)]
    assert len(chosen) == 3
    for face in chosen:
        target, outward = middle_of(face, "EPSG:25832")
        seen = shown_at(page, target, outward, upward(target, outward))
        assert np.linalg.norm(seen - target) < NEAR, face


def test_the_building_s_file_shows_its_attributes(shared: Path, page: TwinPage) -> None:
    text = (shared / "data" / "citygml" / "nrw_LoD2_32_280_5659.gml").read_text(encoding="utf-8")
    part = text.partition(f'gml:id="{BUILDING}"')[2].partition("</core:cityObjectMember>")[0]
    height = float(part.partition("measuredHeight")[2].partition(">")[2].partition("<")[0])
    file = page.get(f"/api/v1/units/building:{BUILDING}")
    assert file["source_id"] == BUILDING
    own = file["attributes"]
    assert float(own["measuredHeight"]) == pytest.approx(height, abs=0.01)
    assert own["Gemeindeschluessel"] == "05370024"
    page.set(level="building", selection=f"building:{BUILDING}")
    heading = page.page.locator("cim-file h2")
    heading.wait_for()
    assert heading.inner_text() in {BUILDING, file["label"]["zh"]}
    shown = page.page.locator("cim-file dl.facts").inner_text()
    assert f"{height:.2f}".rstrip("0") in shown or f"{height:.1f}" in shown, shown


def outermost(triangles: np.ndarray) -> list[Face]:
    """The triangles farthest up and farthest out on two sides: nothing stands before them."""
    normals = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
    size = np.linalg.norm(normals, axis=1)
    facing = normals / np.where(size > 0, size, 1)[:, None]
    wall = facing[np.argmax(np.where(np.abs(facing[:, 2]) < 1e-3, size, 0))]
    found = []
    for towards in (np.array([0.0, 0, 1]), wall, np.array([-wall[1], wall[0], 0])):
        reach = (triangles @ towards).min(axis=1)  # all of it, not a corner alone
        flat = (facing @ towards > 0.999) & (size > 0.05)
        first = reach > reach[flat].max() - 0.01
        found.append(Face(triangles[np.argmax(np.where(first & flat, size, 0))], ""))
    return found


def test_an_ifc_building_is_seen_where_its_property_sets_put_it(
    shared: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    pytest.importorskip("ifcopenshell", reason="the extra `ifc` is not installed")
    source = shared / "data" / "ifc" / "ifc2x3_duplex_a_georeferenced.ifc"
    city = published(tmp_path_factory.mktemp("duplex"), source, "EPSG:9897")
    with serving(city, tmp_path_factory.mktemp("log") / "duplex.log") as address:
        page = TwinPage.open(chromium, address, width=800, height=600)
        try:
            for face in outermost(ifc_triangles(source)):
                target, outward = middle_of(face, "EPSG:9897")
                seen = shown_at(page, target, outward, upward(target, outward))
                assert np.linalg.norm(seen - target) < NEAR
            names = {item["id"] for item in page.get("/api/v1/units?level=building")["items"]}
            assert len(names) == 1
            assert page.errors == []
        finally:
            page.close()
