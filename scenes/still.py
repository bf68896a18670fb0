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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cim_bridge.errors import Damaged, NotFound, Unavailable, WrongUse
from cim_bridge.release import ModelRelease
from cim_bridge.texts import Text, text
from indicator_overlays.results_reader import Results

Floats = NDArray[np.float64]
Colors = NDArray[np.uint8]
NEUTRAL, NO_DATA = (226, 223, 216), (178, 183, 188)
WATER, GREEN, GROUND = (176, 200, 214), (196, 210, 184), (238, 235, 228)
SYNTHETIC = text("虚构城市 · 合成数据", "Fictitious city · synthetic data")
NO_VALUE = text("无数据", "no data")
NO_PARENT = 0xFFFFFFFF
TIME_LIMIT = 300.0  # seconds for one picture
REMEDY = (
    "drawing needs OpenGL without a screen: install libegl1, libgl1, libx11-6 and Mesa's drivers "
    "(Debian: apt install libegl1 libgl1 libgl1-mesa-dri libx11-6)"
)


@dataclass(frozen=True)
class Paint:
    """Which overlay colours the buildings."""

    system: str
    indicator: str
    level: str
    year: int


@dataclass(frozen=True)
class View:
    """Where the camera stands: degrees clockwise from north, degrees above, and closeness."""

    azimuth: float = 20.0
    elevation: float = 30.0
    zoom: float = 1.0
    focus: tuple[float, float] | None = None  # easting, northing; the middle of the city otherwise


@dataclass(frozen=True)
class Words:
    """What is written on the picture: beside the title, over the legend and at the foot."""

    lines: Sequence[Text] = ()
    legend: Text | None = None
    foot: Sequence[Text] = ()


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
) -> Path:
    """Draw the buildings of a release as PNG, coloured by a class column when ``paint`` is given.

    spotlight: level and row of a unit; everything outside it pales.
    Raises WrongUse (paint without results), NotFound (no such overlay), Damaged (a column of
    another model), Unavailable (no pyvista, no OpenGL on this machine).
    """
    if (paint is None) != (results is None):
        raise WrongUse("a painted still needs both the results release and the overlay")
    mesh = release.mesh()
    if len(mesh) == 0:
        raise NotFound(f"model {release.digest} has no buildings to draw")
    colors, legend = _colors(release, results, paint, mesh.feature)
    if spotlight is not None:
        colors = _paled(colors, _inside(release, *spotlight)[mesh.feature])
    origin = np.asarray(mesh.vertices).min(axis=0)
    arrays: dict[str, Any] = {
        "vertices": (np.asarray(mesh.vertices) - origin).astype(np.float32),
        "triangles": np.asarray(mesh.triangles),
        "colors": colors,
        **_surroundings(release, origin),
    }
    note = SYNTHETIC if release.manifest.get("synthetic") else None
    looks = view or View()
    focus = None if looks.focus is None else [float(a) for a in np.array(looks.focus) - origin[:2]]
    told: dict[str, Any] = {"legend": legend, "title": title, "note": note, "language": language}
    told |= {"words": asdict(words or Words()), "size": list(size)}
    _draw(arrays, {**told, "view": {**asdict(looks), "focus": focus}}, out)
    return out


def _colors(
    release: ModelRelease,
    results: Results | None,
    paint: Paint | None,
    feature: NDArray[np.uint32],
) -> tuple[Colors, list[list[Any]]]:
    """RGB of every triangle and the legend as [text, colour]."""
    if results is None or paint is None:
        return np.tile(np.array(NEUTRAL, np.uint8), (len(feature), 1)), []
    if results.model != release.digest:
        raise Damaged(f"results {results.digest} belong to model {results.model}")
    overlay = results.overlay(paint.system, paint.indicator, paint.level, paint.year)
    code = np.full(int(release.manifest["levels"][paint.level]["rows"]), 255, np.uint8)
    number = overlay.cells.state == 0
    code[overlay.cells.row] = np.where(number, overlay.code, 250)
    buildings = int(release.manifest["levels"]["building"]["rows"])
    row = np.arange(buildings, dtype=np.uint32)
    if paint.level != "building":
        row = release.parents(paint.level)
    known = row != NO_PARENT
    of_building = np.full(buildings, 255, np.uint8)
    of_building[known] = code[row[known]]
    classes = results.legend(paint.system, paint.indicator, paint.level)["classes"]
    table = np.tile(np.array(NO_DATA, np.uint8), (256, 1))
    for entry in classes:
        table[entry["index"]] = _rgb(entry["color"])
    legend = [[entry["label"], entry["color"]] for entry in classes]
    legend.append([NO_VALUE, "#{:02x}{:02x}{:02x}".format(*NO_DATA)])
    return np.asarray(table[of_building[feature]], dtype=np.uint8), legend


def _inside(release: ModelRelease, level: str, row: int) -> NDArray[np.bool_]:
    """Whether each building lies in a unit (or is it)."""
    if level == "building":
        rows = int(release.manifest["levels"]["building"]["rows"])
        return np.asarray(np.arange(rows) == row)
    return np.asarray(release.parents(level) == row)


def _paled(colors: Colors, stays: NDArray[np.bool_]) -> Colors:
    pale = (0.3 * colors + 0.7 * np.array(NEUTRAL)).astype(np.uint8)
    return np.asarray(np.where(stays[:, None], colors, pale), dtype=np.uint8)


def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _surroundings(release: ModelRelease, origin: Floats) -> dict[str, Any]:
    """Ground, water and green as triangles in the same shifted coordinates."""
    out: dict[str, Any] = {}
    ground = release.ground()
    if ground is not None:
        out["ground_v"] = (np.asarray(ground.vertices) - origin).astype(np.float32)
        out["ground_t"] = np.asarray(ground.triangles)
    units = release.units
    water = units.geometry[(units["level"] == "object") & (units["kind"] == "water")]
    shapes = np.asarray(water, dtype=object)
    if len(shapes):
        pieces = shapely.get_parts(
            shapely.get_parts(shapely.constrained_delaunay_triangles(shapes))
        )
        corners = shapely.get_coordinates(pieces).reshape(-1, 4, 2)[:, :3]
        flat = np.zeros((len(corners) * 3, 3), np.float32)
        flat[:, :2] = corners.reshape(-1, 2) - origin[:2]
        flat[:, 2] = -0.5 - origin[2]
        out["water_v"] = flat
        out["water_t"] = np.arange(len(flat)).reshape(-1, 3)
    return out


def _draw(arrays: dict[str, Any], told: dict[str, Any], out: Path) -> None:
    """Hand the job to a child process and read what became of it."""
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        job = Path(folder)
        np.savez(job / "arrays.npz", **arrays)
        (job / "told.json").write_text(json.dumps(told), encoding="utf-8")
        words = [sys.executable, "-m", "scenes.still", str(job), str(out.resolve())]
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


def _paint_job(job: Path, out: Path) -> None:
    """The child's work: the only place that imports pyvista."""
    import pyvista
    from PIL import Image

    from scenes.caption import write_caption

    told = json.loads((job / "told.json").read_text(encoding="utf-8"))
    with np.load(job / "arrays.npz") as arrays:
        plotter: Any = pyvista.Plotter(off_screen=True, window_size=told["size"], lighting="none")
        plotter.set_background((0.93, 0.945, 0.955))
        for turn, rise, strength in ((-55.0, 1.1, 0.55), (70.0, 0.7, 0.25)):
            angle = np.radians(told["view"]["azimuth"] + turn)  # from the camera's left and right
            position = (float(np.sin(angle)), float(np.cos(angle)), rise)
            plotter.add_light(
                pyvista.Light(position=position, light_type="scene light", intensity=strength)
            )
        for name, color in (("ground", GROUND), ("water", WATER)):
            if f"{name}_v" in arrays:
                mesh = _polydata(pyvista, arrays[f"{name}_v"], arrays[f"{name}_t"])
                plotter.add_mesh(mesh, color=[c / 255 for c in color], ambient=0.75, diffuse=0.4)
        city = _polydata(pyvista, arrays["vertices"], arrays["triangles"])
        city.cell_data["rgb"] = arrays["colors"]
        plotter.add_mesh(city, scalars="rgb", rgb=True, ambient=0.7, diffuse=0.55)
        _aim(plotter, city.bounds, told["view"])
    picture = Image.fromarray(plotter.screenshot(None, return_img=True))
    plotter.close()
    write_caption(picture, told)
    picture.save(out)


def _polydata(pyvista: Any, vertices: Any, triangles: Any) -> Any:
    faces = np.column_stack([np.full(len(triangles), 3), triangles]).ravel()
    return pyvista.PolyData(vertices, faces)


def _aim(plotter: Any, bounds: Any, view: dict[str, Any]) -> None:
    """Put the camera so that the city fills the picture at zoom 1."""
    x0, x1, y0, y1 = bounds[:4]
    focus = view["focus"] or [(x0 + x1) / 2, (y0 + y1) / 2]
    angle, rise = np.radians(view["azimuth"]), np.radians(view["elevation"])
    distance = 1.05 * float(np.hypot(x1 - x0, y1 - y0)) / max(view["zoom"], 0.01)
    camera = plotter.camera
    camera.focal_point = (focus[0], focus[1], 0.0)
    camera.position = (
        focus[0] + distance * np.cos(rise) * np.sin(angle),
        focus[1] + distance * np.cos(rise) * np.cos(angle),
        distance * np.sin(rise),
    )
    camera.up = (0.0, 0.0, 1.0)
    plotter.reset_camera_clipping_range()


if __name__ == "__main__":
    _paint_job(Path(sys.argv[1]), Path(sys.argv[2]))
