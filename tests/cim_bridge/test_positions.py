"""A CityGML city and an IFC building lie within 0.1 m of a conversion that is not ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial import cKDTree

from cim_bridge.build import bridge
from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model
from tests.cim_bridge.tiles.reading import read
from tests.support.independent import citygml_faces, earth, ifc_corners

pytestmark = pytest.mark.shared

NEAR = 0.1
"""Metres."""
OFFSET = 46.75
"""Metres from the city's heights to the ellipsoid: of the test, for no geoid is shipped."""


def with_offset(folder: Path, crs: str, offset: float) -> CityFolder:
    CityFolder.init(folder, name="x", crs=crs)
    settings = folder / "city.toml"
    text = settings.read_text(encoding="utf-8")
    assert "height_offset = 0.0" in text
    settings.write_text(
        text.replace("height_offset = 0.0", f"height_offset = {offset}"), encoding="utf-8"
    )
    return CityFolder.open(folder)


def drawn(city: CityFolder) -> dict[str, np.ndarray]:
    """Earth-centred vertices of every building at its finest, by source id, out of the tiles."""
    found: dict[str, list[np.ndarray]] = {}
    for one in read(open_model(city).path / "tiles" / "buildings" / "tileset.json"):
        if not one.is_leaf:
            continue
        assert one.table.ids is not None
        for number, name in enumerate(one.table.ids):
            if not one.table.massing[number]:
                found.setdefault(name, []).append(one.points[one.feature == number])
    return {name: np.concatenate(points) for name, points in found.items()}


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """Largest distance from a point of one set to the nearest of the other."""
    return float(cKDTree(other).query(one)[0].max())


@pytest.mark.parametrize("offset", [0.0, OFFSET])
def test_every_corner_of_a_citygml_city_is_where_pyproj_puts_it(
    shared: Path, tmp_path: Path, offset: float
) -> None:
    source = shared / "data" / "citygml" / "nrw_LoD2_32_280_5659.gml"
    city = with_offset(tmp_path / "city", "EPSG:25832", offset)
    bridge(city, [source])
    tiles = drawn(city)
    assert len(tiles) > 100
    for name, points in tiles.items():
        faces = citygml_faces(source, name)
        corners = earth(np.concatenate([face.corners for face in faces]), "EPSG:25832", offset)
        assert apart(points, corners) < NEAR, name
        shown = [face.corners for face in faces if face.kind in ("WallSurface", "RoofSurface")]
        seen = earth(np.concatenate(shown), "EPSG:25832", offset)
        assert apart(seen, points) < NEAR, name  # floors on the ground are left out of tiles


def test_latitude_first_and_ellipsoidal_degrees_land_as_well(shared: Path, tmp_path: Path) -> None:
    """PLATEAU writes latitude, longitude, height in EPSG:6697."""
    source = shared / "data" / "citygml" / "plateau_yokosuka_52397519_bldg.gml"
    city = with_offset(tmp_path / "city", "EPSG:6677", OFFSET)
    bridge(city, [source])
    for name, points in drawn(city).items():
        raw = np.concatenate([face.corners for face in citygml_faces(source, name)])
        corners = earth(raw[:, [1, 0, 2]], "EPSG:6668", OFFSET)
        assert apart(points, corners) < NEAR, name


@pytest.mark.parametrize("crs", ["EPSG:9897", "EPSG:32631"])
def test_an_ifc_building_stands_where_its_property_sets_say(
    shared: Path, tmp_path: Path, crs: str
) -> None:
    pytest.importorskip("ifcopenshell", reason="the extra `ifc` is not installed")
    source = shared / "data" / "ifc" / "ifc2x3_duplex_a_georeferenced.ifc"
    city = with_offset(tmp_path / "city", crs, OFFSET)
    bridge(city, [source])
    (points,) = drawn(city).values()
    corners = earth(ifc_corners(source), "EPSG:9897", OFFSET)
    assert apart(points, corners) < NEAR
    for axis in range(3):
        assert np.abs(np.ptp(points[:, axis]) - np.ptp(corners[:, axis])) < 2 * NEAR


def test_the_check_would_find_a_building_a_hand_away(shared: Path) -> None:
    source = shared / "data" / "citygml" / "fzk_Building_LOD2-EPSG25832_v2.gml"
    faces = citygml_faces(source, "GML_7b1a5a6f-ddad-4c3d-a507-3eb9ee0a8e68")
    raw = np.concatenate([face.corners for face in faces])
    here = earth(raw, "EPSG:25832")
    for shift in ([0.15, 0, 0], [0, 0.15, 0], [0, 0, 0.15]):
        assert apart(earth(raw + shift, "EPSG:25832"), here) > NEAR
