"""Stills: a picture of a small release, drawn in a child process; clear words where it fails."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cim_bridge.build import bridge
from cim_bridge.errors import NotFound, Unavailable, WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.release import ModelRelease, open_model
from scenes import still as stills
from scenes.sample import make_sample
from scenes.still import Paint, View, still


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> ModelRelease:
    out = tmp_path_factory.mktemp("still")
    make_sample(out / "input", buildings=200)
    city = CityFolder.init(out / "city", name="Lanwan", crs="EPSG:4549")
    sources = [out / "input/model/buildings.city.json"]
    bridge(city, sources, level="building", layer=None, crs=None, lod=None, profile="portable")
    return open_model(city)


def _pixels(path: Path) -> np.ndarray:
    image = pytest.importorskip("PIL.Image")
    with image.open(path) as opened:
        return np.asarray(opened.convert("RGB"))


def test_a_picture_shows_buildings_on_a_quiet_background(
    release: ModelRelease, tmp_path: Path
) -> None:
    out = still(release, tmp_path / "city.png", size=(320, 180), view=View(zoom=1.2))
    pixels = _pixels(out)
    assert pixels.shape == (180, 320, 3)
    background = pixels[176, 4]
    different = (np.abs(pixels.astype(int) - background).sum(axis=2) > 24).mean()
    assert 0.02 < different < 0.9


def test_paint_needs_results(release: ModelRelease, tmp_path: Path) -> None:
    with pytest.raises(WrongUse):
        still(release, tmp_path / "x.png", paint=Paint("s", "i", "building", 2025))


def test_a_machine_without_opengl_is_told_what_to_install(
    release: ModelRelease, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died:
        returncode = -11
        stderr = ""

    monkeypatch.setattr(stills.subprocess, "run", lambda *args, **more: Died())
    with pytest.raises(Unavailable, match="libegl1"):
        still(release, tmp_path / "x.png")


def test_a_missing_library_is_named() -> None:
    told = stills._reason(1, "ModuleNotFoundError: No module named 'pyvista'")
    assert "pyvista" in told


def test_a_model_without_buildings_is_refused(tmp_path: Path) -> None:
    empty = ModelRelease(tmp_path, "0" * 32, {"levels": {}})
    with pytest.raises(NotFound):
        still(empty, tmp_path / "x.png")
