"""The wheel holds all that a user needs, the built viewer included, and runs from a fresh venv."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

from twin_server.demo import Demo
from twin_server.upgrading import REVISIONS

DATA = {".toml", ".csv", ".json"}
PACKAGES = ("cim_bridge", "indicator_overlays", "scenes", "twin_server")
NOT_FOR_USERS = (
    "viewer/src/", "viewer/node_modules/", "viewer/test/", "viewer/types/", "viewer/examples/",
    "tests/",
)  # fmt: skip


def run(*words: object, cwd: Path) -> str:
    """Run a command that must succeed; returns what it printed."""
    argv = [str(word) for word in words]
    ran = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, f"{argv}\n{ran.stdout[-2000:]}{ran.stderr[-2000:]}"
    return ran.stdout


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built without isolation (the build back end is a development package)."""
    out = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
    flags = ("--no-deps", "--no-build-isolation", "--no-index")
    run(*pip, "wheel", *flags, "--wheel-dir", out, root, cwd=root)
    (made,) = out.glob("*.whl")
    return made


def test_the_wheel_holds_the_viewer_and_every_data_file(wheel: Path, root: Path) -> None:
    held = set(zipfile.ZipFile(wheel).namelist())
    assert "viewer/static/index.html" in held
    for name in ("cim-twin.js", "cim-twin.umd.js", "cim-twin.d.ts", "element.js"):
        assert f"viewer/static/attach/{name}" in held
    assert any(name.startswith("viewer/static/cesium/Workers/") for name in held)
    assert {"twin_server/migrations/env.py", "twin_server/codes/server.toml"} <= held
    steps = [name for name in held if name.startswith("twin_server/migrations/versions/m")]
    assert len(steps) == len(REVISIONS)
    assert {"viewer/static/cesium/Cesium.js", "viewer/static/licences/cesium.md"} <= held
    needed = {
        path.relative_to(root).as_posix()
        for package in PACKAGES
        for path in (root / package).rglob("*")
        if path.suffix in DATA | {".py"} and "__pycache__" not in path.parts
    }
    assert needed - held == set()
    assert [name for name in held if name.startswith(NOT_FOR_USERS)] == []


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh venv that holds the wheel, outside the repository."""
    venv = tmp_path_factory.mktemp("fresh") / "venv"
    run(sys.executable, "-m", "venv", "--without-pip", venv, cwd=venv.parent)
    (site,) = (venv / "lib").glob("python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    libraries = sysconfig.get_paths()["purelib"]  # the dependencies; its editable link is not read
    (site / "dependencies.pth").write_text(libraries + "\n", encoding="utf-8")
    return venv / "bin" / "python"


def test_it_runs_from_a_fresh_venv_outside_the_repository(python: Path, tmp_path: Path) -> None:
    place = run(python, "-c", "import viewer; print(viewer.static_dir())", cwd=tmp_path)
    (site,) = python.parent.parent.glob("lib/python*/site-packages")
    assert Path(place.strip()) == site / "viewer" / "static"
    assert "bridge" in run(python, "-m", "twin_server", "--help", cwd=tmp_path)
    city = tmp_path / "city"
    run(
        python,
        "-m",
        "twin_server",
        "init",
        city,
        "--name",
        "甲",
        "--crs",
        "EPSG:4549",
        cwd=tmp_path,
    )
    assert (city / "city.toml").is_file()


def test_an_installed_wheel_writes_an_offline_scene(
    python: Path, demo: Demo, tmp_path: Path
) -> None:
    """Without node and without a checkout: the engine comes along in the wheel."""
    words = ("scene", "export", "overview", "--city", demo.city, "--year", 2025)
    run(python, "-m", "twin_server", *words, "--out", "x.html", cwd=tmp_path)
    page = (tmp_path / "x.html").read_bytes()
    assert b"Licensed under the Apache License, Version 2.0" in page
    assert page.count(b"CESIUM_BASE_URL") > 1
    run(python, "-m", "twin_server", *words[:-2], "--script", "--out", "page", cwd=tmp_path)
    for part in ("Cesium.js", "Widgets/widgets.css", "Workers", "Assets/IAU2006_XYS"):
        assert (tmp_path / "page/Cesium" / part).exists(), part
