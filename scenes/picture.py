"""A scene as a picture: the camera, the overlay and the words that go with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cim_bridge.levels import LABELS
from cim_bridge.release import ModelRelease
from cim_bridge.texts import Text, text
from indicator_overlays.results_reader import Overlay
from scenes.ground import ground_at
from scenes.scene import Camera, Published, Scene
from scenes.still import Label, Paint, View, Words, still
from scenes.unitwords import measured_in

CLOSE = 9.0  # a unit that is pointed at never fills more than a ninth of the city's diagonal
MOST_SOURCES = 3
MOST_NAMES = 30
WIDE = 60.0
"""Degrees the viewer's camera sees along the longer side of its picture."""


def scene_still(
    scene: Scene,
    published: Published,
    out: Path,
    *,
    size: tuple[int, int] = (1600, 900),
    language: str = "zh",
) -> Path:
    """Draw a fitted scene (a view, or one stop) as PNG.

    With title, legend and counts, names, scale, north, period, sources, date and version of what is
    published, and the mark of synthetic data.
    """
    model, results = published.model, published.results
    overlay = paint = None
    if scene.indicator:
        year = int(scene.year or max(results.years))
        paint = Paint(scene.system, scene.indicator, scene.level, year, scene.classes)
        overlay = results.overlay(scene.system, scene.indicator, scene.level, year)
    words = words_of(scene, published, overlay)
    return still(
        model,
        out,
        results=results if paint else None,
        paint=paint,
        view=view_of(scene, model, size),
        size=size,
        title=title_of(scene, published),
        words=replace(words, labels=labels_of(scene, model)),
        spotlight=_chosen(scene, model),
        language=language,
        without=[name for name, shown in scene.layers.items() if not shown],
    )


def labels_of(scene: Scene, model: ModelRelease) -> list[Label]:
    """The unit that is pointed at and the districts around it."""
    units = model.units
    rows = units[(units["level"] == "district") & ~units["removed"]].head(MOST_NAMES)
    chosen = units[units["id"] == scene.selection]
    found = [_label(row, model, strong=False) for _, row in rows.iterrows()
             if row["id"] != scene.selection]  # fmt: skip
    return [_label(row, model, strong=True) for _, row in chosen.iterrows()] + found


def _label(row: Any, model: ModelRelease, *, strong: bool) -> Label:
    spot = shapely.point_on_surface(row.geometry)
    ground = ground_at(model, spot.x, spot.y) or 0.0
    tall = float(row["height"]) if strong and np.isfinite(row["height"]) else 0.0
    words = text(row["label_zh"] or row["source_id"], row["label_en"])
    return Label(words, (spot.x, spot.y, ground + tall + 5.0), strong)


def title_of(scene: Scene, published: Published) -> Text:
    """The city's name and the scene's title."""
    city, title = published.name, scene.title
    return text(f"{city['zh']} · {title['zh']}", f"{city['en']} · {title['en']}")


def words_of(scene: Scene, published: Published, overlay: Overlay | None) -> Words:
    """The lines under the title, the head of the legend, and the foot."""
    lines = [scene.caption] if scene.caption else []
    if overlay is None:
        return Words(lines, None, _foot((), published))
    system = published.systems.get(scene.system)
    indicator = system.indicators.get(scene.indicator) if system else None
    name = indicator.name if indicator else text(scene.indicator, scene.indicator)
    label = system.label if system else text(scene.system, scene.system)
    level, year, period = LABELS[scene.level], scene.year, overlay.period
    second = text(
        f"{name['zh']} · {level['zh']} · {year} 年体检 · 数据期 {period} · {label['zh']}",
        f"{name['en'][:1].upper()}{name['en'][1:]} · {level['en']} "
        f"· checkup {year} · data of {period} · {label['en']}",
    )
    unit = measured_in(published.results.legend(scene.system, scene.indicator, scene.level)["unit"])
    head = text(
        f"{name['zh']}（{unit['zh']}）" if unit["zh"] else name["zh"],
        f"{name['en']} ({unit['en']})" if unit["en"] else name["en"],
    )
    return Words([*lines, second], head, _foot(overlay.sources(), published))


def _foot(sources: Sequence[str], published: Published) -> list[Text]:
    named = [published.source(name) for name in sources[:MOST_SOURCES]]
    more = " …" if len(sources) > MOST_SOURCES else ""
    zh, en = "；".join(name["zh"] for name in named), "; ".join(name["en"] for name in named)
    made = text(f"数据来源：{zh}{more}", f"Sources: {en}{more}") if named else None
    credit = "; ".join(published.attribution[:MOST_SOURCES])
    now = published.publication.get("id", "") or published.results.digest[:16]
    date = published.published
    stamp = text(
        f"发布 {date} · 成果版本 {now} · CIM Twin {published.version}",
        f"Published {date} · release {now} · CIM Twin {published.version}",
    )
    return [line for line in (made, text(credit, credit) if credit else None, stamp) if line]


def _chosen(scene: Scene, model: ModelRelease) -> tuple[str, int] | None:
    """Level and row of the unit that is pointed at; objects and areas hold no buildings."""
    if not scene.selection:
        return None
    units = model.units
    found = units.loc[units["id"] == scene.selection, ["level", "row"]].iloc[0]
    level = str(found["level"])
    if level != "building" and level not in model.manifest["parents"]:
        return None
    return level, int(found["row"])


def view_of(scene: Scene, model: ModelRelease, size: tuple[int, int] = (1600, 900)) -> View:
    """From the scene's camera; else close to the unit it points at; else the whole city."""
    if scene.camera is not None:
        return _from_camera(scene.camera, model, size)
    if not scene.selection:
        return _whole(model)
    units = model.units
    shape = units.geometry[units["id"] == scene.selection].iloc[0]
    x0, y0, x1, y1 = shapely.bounds(shape).tolist()
    middle = shapely.point_on_surface(shape)
    near = _diagonal(model) / max(float(np.hypot(x1 - x0, y1 - y0)), 1.0)
    return View(zoom=float(np.clip(0.75 * near, 1.0, CLOSE)), focus=(middle.x, middle.y))


def _whole(model: ModelRelease) -> View:
    """The whole city, a little above the middle of the picture: the legend lies below it."""
    view = View(zoom=1.02, elevation=32.0)
    points = np.asarray(model.mesh().vertices)[:, :2]
    east, north = ((points.min(axis=0) + points.max(axis=0)) / 2).tolist()
    angle, back = np.radians(view.azimuth), 0.06 * _diagonal(model)
    focus = (east + back * float(np.sin(angle)), north + back * float(np.cos(angle)))
    return replace(view, focus=focus)


def _diagonal(model: ModelRelease) -> float:
    points = np.asarray(model.mesh().vertices)[:, :2]
    return float(np.hypot(*(points.max(axis=0) - points.min(axis=0))))


def _from_camera(camera: Camera, model: ModelRelease, size: tuple[int, int]) -> View:
    """The viewer's own camera: same place, same direction, 60 degrees along the longer side."""
    from pyproj import Transformer

    turn = Transformer.from_crs("EPSG:4326", model.manifest["crs"], always_xy=True)
    angle, rise = np.radians(camera.heading), np.radians(camera.pitch)
    step = 1e-4  # degrees ahead, to learn where north is on the map
    east = np.sin(angle) * step / np.cos(np.radians(camera.lat))
    (x0, x1), (y0, y1) = turn.transform(
        [camera.lon, camera.lon + east], [camera.lat, camera.lat + np.cos(angle) * step]
    )
    grid = float(np.arctan2(x1 - x0, y1 - y0))
    z = camera.height - float(model.manifest["height_offset"])
    above = z - float(np.asarray(model.mesh().vertices)[:, 2].min())
    far = max(above, 1.0) / np.sin(-rise) if rise < -0.02 else 1000.0
    rise = max(rise, -np.radians(89.9))  # straight down has no right and left
    ahead = float(far * np.cos(rise))
    eye = (float(x0), float(y0), z)
    toward = (
        eye[0] + ahead * float(np.sin(grid)),
        eye[1] + ahead * float(np.cos(grid)),
        z + float(far * np.sin(rise)),
    )
    wide = np.tan(np.radians(WIDE / 2))
    tall = WIDE if size[1] > size[0] else np.degrees(2 * np.arctan(wide * size[1] / size[0]))
    return View(eye=eye, toward=toward, tall=float(tall))
