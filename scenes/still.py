"""A picture of a model release without a browser; the keeper of pyvista.

VTK draws in a child process: where the machine lacks OpenGL libraries it dies with a signal, and
then only the child is gone and a clear :class:`~cim_bridge.errors.Unavailable` is raised.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cim_bridge.errors import NotFound, Unavailable, WrongUse
from cim_bridge.release import ModelRelease
from cim_bridge.texts import Text, text
from indicator_overlays.results_reader import Results
from scenes.coat import HATCHED, NO_UNIT, Coat, coat, codes_of
from scenes.scenery import Scenery
from scenes.surrounds import draped

SYNTHETIC = text("虚构城市 · 合成数据", "Fictitious city · synthetic data")
NARROW = 30.0
"""Degrees a picture is high where no scene's own camera is given."""

TIME_LIMIT = 300.0  # seconds for one picture
REMEDY = (
    "drawing needs OpenGL without a screen: install libegl1, libgl1, libx11-6 and Mesa's drivers "
    "(Debian: apt install libegl1 libgl1 libgl1-mesa-dri libx11-6)"
)


@dataclass(frozen=True)
class Paint:
    """Which overlay colours the city; ``classes`` () or those that keep their colour."""

    system: str
    indicator: str
    level: str
    year: int
    classes: tuple[int, ...] = ()


@dataclass(frozen=True)
class View:
    """Where the camera stands: degrees clockwise from north, degrees above, and closeness.

    ``eye`` and ``toward`` (model CRS) say it outright; ``tall`` is the picture's height in degrees.
    """

    azimuth: float = 20.0
    elevation: float = 30.0
    zoom: float = 1.0
    focus: tuple[float, float] | None = None  # easting, northing; the middle of the city otherwise
    eye: tuple[float, float, float] | None = None
    toward: tuple[float, float, float] | None = None
    tall: float = NARROW


@dataclass(frozen=True)
class Label:
    """A name at a place of the model CRS; ``strong`` for the one that is pointed at."""

    words: Text
    at: tuple[float, float, float]
    strong: bool = False


@dataclass(frozen=True)
class Words:
    """What is written on the picture: beside the title, over the legend, at the foot, on the map.

    ``layers``: context layers that are left out.
    """

    lines: Sequence[Text] = ()
    legend: Text | None = None
    foot: Sequence[Text] = ()
    labels: Sequence[Label] = ()


def still(
    release: ModelRelease,
    out: Path,
    *,
    results: Results | None = None,
    paint: Paint | None = None,
    view: View | None = None,
    size: tuple[int, int] = (1600, 900),
    title: Text | None = None,
    words: Words | None = None,
    spotlight: tuple[str, int] | None = None,
    language: str = "zh",
    without: Sequence[str] = (),
) -> Path:
    """Draw a release as PNG, in the colours of an overlay when ``paint`` is given.

    spotlight: level and row of a unit; everything outside it pales. without: layers left out.
    Raises WrongUse (paint without results), NotFound (no such overlay), Damaged (a column of
    another model), Unavailable (no pyvista, no OpenGL on this machine).
    """
    if (paint is None) != (results is None):
        raise WrongUse("a painted still needs both the results release and the overlay")
    if len(release.mesh()) == 0:
        raise NotFound(f"model {release.digest} has no buildings to draw")
    worn = None
    if paint is not None and results is not None:
        overlay = results.overlay(paint.system, paint.indicator, paint.level, paint.year)
        worn = coat(release, results, overlay, paint.classes)
    arrays, origin = _arrays(release, worn, spotlight, without)
    looks, told_words = view or View(), words or Words()
    told: dict[str, Any] = {
        "legend": [list(row) for row in worn.legend] if worn else [],
        "title": title,
        "note": SYNTHETIC if release.manifest.get("synthetic") else None,
        "language": language,
        "words": asdict(told_words),
        "size": list(size),
        "view": _shifted(looks, origin),
        "labels": [_label(label, origin) for label in told_words.labels],
    }
    _draw(arrays, told, out)
    return out


def _label(label: Label, origin: NDArray[np.float64]) -> dict[str, Any]:
    at = [float(number) for number in np.array(label.at) - origin]
    return {"words": label.words, "at": at, "strong": label.strong}


def _shifted(view: View, origin: NDArray[np.float64]) -> dict[str, Any]:
    """The view in the picture's own coordinates."""
    x, y, z = origin.tolist()
    if view.focus is not None:
        view = replace(view, focus=(view.focus[0] - x, view.focus[1] - y))
    if view.eye is not None and view.toward is not None:
        eye, at = view.eye, view.toward
        view = replace(
            view, eye=(eye[0] - x, eye[1] - y, eye[2] - z), toward=(at[0] - x, at[1] - y, at[2] - z)
        )
    return asdict(view)


def _arrays(
    release: ModelRelease, worn: Coat | None, spotlight: tuple[str, int] | None,
    without: Sequence[str],
) -> tuple[dict[str, Any], NDArray[np.float64]]:  # fmt: skip
    """Everything as one mesh of coloured triangles, shifted to the city's corner.

    colors, and where something is hatched: inked (as if all were line) and code of each triangle.
    """
    mesh = release.mesh()
    corners, faces = np.asarray(mesh.vertices), np.asarray(mesh.triangles)
    origin = corners.min(axis=0)
    layers = [one for one in draped(release, worn.level if worn else "") if one.name not in without]
    code = np.full(len(faces), NO_UNIT, np.uint8)
    if worn is not None:
        code = worn.building[np.asarray(mesh.feature)]
    codes = [code, *(codes_of(layer, worn) for layer in layers)]
    vertices = [corners, *(layer.vertices for layer in layers)]
    first = np.cumsum([0, *map(len, vertices)])
    triangles = [faces, *(layer.triangles for layer in layers)]
    scenery = Scenery(release, layers, spotlight)
    arrays = {
        "vertices": np.concatenate([(part - origin).astype(np.float32) for part in vertices]),
        "triangles": np.concatenate(
            [(part + start).astype(np.int32) for part, start in zip(triangles, first, strict=False)]
        ),
        "colors": scenery.colors(codes, worn.table if worn else None),
        "bounds": np.array([*(corners.min(0) - origin)[:2], *(corners.max(0) - origin)[:2]]),
    }
    every = np.concatenate(codes)
    if worn is not None and np.isin(every, HATCHED).any():
        arrays |= {"inked": scenery.colors(codes, worn.inked), "code": every}
    return arrays, origin


def _draw(arrays: dict[str, Any], told: dict[str, Any], out: Path) -> None:
    """Hand the job to a child process and read what became of it; the arrays are its own then."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder)
        while arrays:
            name, array = arrays.popitem()
            np.save(job / f"{name}.npy", array)
            del array
        (job / "told.json").write_text(json.dumps(told), encoding="utf-8")
        words = [sys.executable, "-m", "scenes.drawing", str(job), str(out.resolve())]
        home = str(Path(__file__).resolve().parent.parent)
        path = os.pathsep.join(filter(None, [home, os.environ.get("PYTHONPATH", "")]))
        env = {
            **os.environ,
            "VTK_DEFAULT_OPENGL_WINDOW": "vtkEGLRenderWindow",
            "PYTHONPATH": path,
        }
        try:
            done = subprocess.run(
                words, env=env, capture_output=True, text=True, timeout=TIME_LIMIT, check=False
            )
        except subprocess.TimeoutExpired as exc:
            raise Unavailable(f"the picture took longer than {TIME_LIMIT:.0f} s") from exc
    if done.returncode != 0 or not out.is_file():
        raise Unavailable(_reason(done.returncode, done.stderr))


def _reason(code: int, errors: str) -> str:
    last = errors.strip().splitlines()[-1] if errors.strip() else ""
    if "No module named" in errors:
        return f"a picture needs pyvista: {last}"
    if code < 0 or code == 139 or "EGL" in errors or "libGL" in errors:
        return f"no picture could be drawn on this machine (exit {code}); {REMEDY}"
    return f"drawing failed (exit {code}): {last}"
