"""Frames on the globe against PROJ."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest

from cim_bridge.tiles.globe import Globe, enu_frame, geodetic_to_ecef, rigid_inverse


def test_geodetic_to_ecef_equals_proj():
    rng = np.random.default_rng(0)
    geodetic = np.column_stack(
        [rng.uniform(-np.pi, np.pi, 500), rng.uniform(-1.5, 1.5, 500), rng.uniform(-50, 900, 500)]
    )
    proj = pyproj.Transformer.from_crs("EPSG:4979", "EPSG:4978", always_xy=True)
    degrees = np.degrees(geodetic[:, :2])
    truth = np.column_stack(proj.transform(degrees[:, 0], degrees[:, 1], geodetic[:, 2]))
    assert geodetic_to_ecef(geodetic) == pytest.approx(truth, abs=1e-6)


def test_a_frame_is_east_north_up():
    frame = enu_frame(np.array([np.radians(121.4), np.radians(37.5), 20.0]))
    assert frame[:3, :3].T @ frame[:3, :3] == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(frame[:3, :3]) == pytest.approx(1.0)
    assert frame[2, 0] == 0.0  # east has no part along the Earth's axis
    assert frame[2, 1] > 0  # north leads towards the pole
    assert rigid_inverse(frame) @ frame == pytest.approx(np.eye(4), abs=1e-8)


@pytest.mark.parametrize("crs", ["EPSG:4549", "EPSG:4528", "EPSG:7415", "EPSG:32651"])
def test_height_is_z_plus_the_offset_whatever_the_crs(crs):
    globe = Globe.of(crs, 12.5)
    to = pyproj.Transformer.from_crs(
        "EPSG:4326", pyproj.CRS(crs).sub_crs_list[0] if crs == "EPSG:7415" else crs, always_xy=True
    )
    lon, lat = (4.36, 52.0) if crs == "EPSG:7415" else (121.4, 37.5)
    x, y = to.transform(lon, lat)
    found = globe.geodetic(np.array([[x, y, 3.0]]))[0]
    assert np.degrees(found[:2]) == pytest.approx([lon, lat], abs=1e-8)
    assert found[2] == 15.5
