"""The child that draws a still: `python -m scenes.drawing JOB OUT.png`; nothing else imports VTK.

Triangles are unlit: what a legend says is what a pixel holds. The picture is drawn twice as large
and made small, so that only edges mix colours.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenes.caption import Place, write_caption
from scenes.hatch import on_map

F64 = NDArray[np.float64]
SKY = (228, 233, 234)
FINER = 2
"""Pixels drawn for each one that is kept, along each side."""

USUAL = 900
"""Rows of a picture whose hatches are as fine as the viewer's; larger ones have larger letters."""


def paint(job: Path, out: Path) -> None:
    """Draw one job folder: told.json and the arrays beside it."""
    import pyvista
    from PIL import Image

    told = json.loads((job / "told.json").read_text(encoding="utf-8"))
    vertices, triangles, colors, bounds = (
        np.load(job / f"{name}.npy") for name in ("vertices", "triangles", "colors", "bounds")
    )
    wide, high = told["size"]
    size = [wide * FINER, high * FINER]
    plotter: Any = pyvista.Plotter(off_screen=True, window_size=size, lighting="none")
    plotter.set_background([part / 255 for part in SKY])
    city = pyvista.PolyData.from_regular_faces(vertices, triangles)
    city.cell_data["rgb"] = colors
    plotter.add_mesh(city, scalars="rgb", rgb=True, lighting=False, interpolate_before_map=False)
    camera = aim(bounds.tolist(), told["view"])
    plotter.camera.focal_point, plotter.camera.position = camera["toward"], camera["eye"]
    plotter.camera.up, plotter.camera.view_angle = (0.0, 0.0, 1.0), camera["tall"]
    plotter.reset_camera_clipping_range()
    seen = plotter.screenshot(None, return_img=True)
    if (job / "code.npy").is_file():
        seen = hatched(plotter, city, job, seen, FINER * max(1.0, high / USUAL))
    plotter.close()
    picture = Image.fromarray(seen).resize((wide, high), Image.Resampling.BOX)
    write_caption(picture, told, places(told, camera, (wide, high)), ruler(camera, high))
    picture.save(out)


def hatched(plotter: Any, city: Any, job: Path, seen: Any, finer: float) -> Any:
    """The picture with its hatches: drawn again as all line, and once as codes to tell where."""
    told = []
    for colors in (np.load(job / "inked.npy"), np.repeat(np.load(job / "code.npy")[:, None], 3, 1)):
        city.cell_data["rgb"] = colors
        told.append(plotter.screenshot(None, return_img=True))
    lines = on_map(told[1][..., 0], finer)
    return np.where(lines[..., None], told[0], seen)


def aim(bounds: list[float], view: dict[str, Any]) -> dict[str, Any]:
    """Eye, point looked at and angle; the city fills the picture at zoom 1."""
    if view["eye"] is not None:
        return {"eye": view["eye"], "toward": view["toward"], "tall": view["tall"]}
    x0, y0, x1, y1 = bounds
    focus = view["focus"] or [(x0 + x1) / 2, (y0 + y1) / 2]
    angle, rise = np.radians(view["azimuth"]), np.radians(view["elevation"])
    distance = 1.05 * float(np.hypot(x1 - x0, y1 - y0)) / max(view["zoom"], 0.01)
    eye = (
        focus[0] + distance * float(np.cos(rise) * np.sin(angle)),
        focus[1] + distance * float(np.cos(rise) * np.cos(angle)),
        distance * float(np.sin(rise)),
    )
    return {"eye": eye, "toward": (*focus, 0.0), "tall": view["tall"]}


def places(told: dict[str, Any], camera: dict[str, Any], size: tuple[int, int]) -> list[Place]:
    """Where each label stands in the picture; those behind the eye are left out."""
    labels = told.get("labels") or []
    if not labels:
        return []
    eye, toward = np.array(camera["eye"]), np.array(camera["toward"])
    ahead = (toward - eye) / np.linalg.norm(toward - eye)
    right = np.cross(ahead, [0.0, 0.0, 1.0])
    right = right / np.linalg.norm(right) if np.linalg.norm(right) > 1e-9 else np.array([1.0, 0, 0])
    above = np.cross(right, ahead)
    way = np.array([label["at"] for label in labels]) - eye
    depth = way @ ahead
    scale = size[1] / 2 / np.tan(np.radians(camera["tall"] / 2))
    found = []
    for label, deep, step in zip(labels, depth.tolist(), way, strict=True):
        if deep > 1.0:
            x = size[0] / 2 + float(step @ right) / deep * scale
            y = size[1] / 2 - float(step @ above) / deep * scale
            found.append(Place(label["words"], (x, y), bool(label["strong"])))
    return found


def ruler(camera: dict[str, Any], high: int) -> tuple[float, float]:
    """(metres a pixel at the point looked at, degrees from up to north, clockwise)."""
    way = np.array(camera["toward"]) - np.array(camera["eye"])
    metres = 2 * float(np.linalg.norm(way)) * np.tan(np.radians(camera["tall"] / 2)) / high
    heading = float(np.degrees(np.arctan2(way[0], way[1])))
    return float(metres), -heading


if __name__ == "__main__":
    paint(Path(sys.argv[1]), Path(sys.argv[2]))
