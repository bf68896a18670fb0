"""A scene as a picture: the camera, the overlay and the words that go with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import shapely

from cim_bridge.levels import LABELS
from cim_bridge.release import ModelRelease
from cim_bridge.texts import Text, text
from indicator_overlays.results_reader import Overlay
from scenes.scene import Camera, Published, Scene
from scenes.still import Paint, View, Words, still

CLOSE = 9.0  # a unit that is pointed at never fills more than a ninth of the city's diagonal
MOST_SOURCES = 3


def scene_still(
    scene: Scene,
    published: Published,
    out: Path,
    *,
    size: tuple[int, int] = (1600, 900),
    language: str = "zh",
) -> Path:
    """Draw a fitted scene as PNG, with title, legend, period, sources and the synthetic mark."""
    model, results = published.model, published.results
    year = int(scene.year or max(results.years))
    overlay = results.overlay(scene.system, scene.indicator, scene.level, year)
    return still(
        model,
        out,
        results=results,
        paint=Paint(scene.system, scene.indicator, scene.level, year),
        view=view_of(scene, model),
        size=size,
        title=title_of(scene, published),
        words=words_of(scene, published, overlay),
        spotlight=_chosen(scene, model),
        language=language,
    )


def title_of(scene: Scene, published: Published) -> Text:
    """The city's name and the scene's title."""
    city, title = published.name, scene.title
    return text(f"{city['zh']} · {title['zh']}", f"{city['en']} · {title['en']}")


def words_of(scene: Scene, published: Published, overlay: Overlay) -> Words:
    """The lines under the title, the head of the legend, and the foot."""
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
    lines = ([scene.caption] if scene.caption else []) + [second]
    unit = published.results.legend(scene.system, scene.indicator, scene.level)["unit"]
    head = text(f"{name['zh']}（{unit}）", f"{name['en']} ({unit})")
    return Words(lines, head if unit else name, _foot(overlay, published.attribution))


def _foot(overlay: Overlay, attribution: tuple[str, ...]) -> list[Text]:
    sources = overlay.sources()
    told = "; ".join(sources[:MOST_SOURCES]) + (" …" if len(sources) > MOST_SOURCES else "")
    made = text(f"数据来源：{told}", f"Sources: {told}") if told else None
    credit = "; ".join(attribution[:MOST_SOURCES])
    return [line for line in (made, text(credit, credit) if credit else None) if line]


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


def view_of(scene: Scene, model: ModelRelease) -> View:
    """From the scene's camera; else close to the unit it points at; else the whole city."""
    if scene.camera is not None:
        return _from_camera(scene.camera, model)
    if not scene.selection:
        return _whole(model)
    units = model.units
    shape = units.geometry[units["id"] == scene.selection].iloc[0]
    x0, y0, x1, y1 = shapely.bounds(shape).tolist()
    middle = shapely.point_on_surface(shape)
    near = _diagonal(model) / max(float(np.hypot(x1 - x0, y1 - y0)), 1.0)
    return View(zoom=float(np.clip(near / 2, 1.0, CLOSE)), focus=(middle.x, middle.y))


def _whole(model: ModelRelease) -> View:
    """The whole city, a little above the middle of the picture: the legend lies below it."""
    view = View(zoom=1.1, elevation=32.0)
    points = np.asarray(model.mesh().vertices)[:, :2]
    east, north = ((points.min(axis=0) + points.max(axis=0)) / 2).tolist()
    angle, back = np.radians(view.azimuth), 0.06 * _diagonal(model)
    focus = (east + back * float(np.sin(angle)), north + back * float(np.cos(angle)))
    return replace(view, focus=focus)


def _diagonal(model: ModelRelease) -> float:
    points = np.asarray(model.mesh().vertices)[:, :2]
    return float(np.hypot(*(points.max(axis=0) - points.min(axis=0))))


def _from_camera(camera: Camera, model: ModelRelease) -> View:
    """The same place and direction: where the camera's ray meets the ground, seen from there."""
    from pyproj import Transformer

    turn = Transformer.from_crs("EPSG:4326", model.manifest["crs"], always_xy=True)
    angle, fall = np.radians(camera.heading), np.radians(-camera.pitch)
    step = 1e-4  # degrees ahead, to learn where north is on the map
    east = np.sin(angle) * step / np.cos(np.radians(camera.lat))
    (x0, x1), (y0, y1) = turn.transform(
        [camera.lon, camera.lon + east], [camera.lat, camera.lat + np.cos(angle) * step]
    )
    grid = np.arctan2(x1 - x0, y1 - y0)
    base = float(np.asarray(model.mesh().vertices)[:, 2].min())
    height = max(camera.height - float(model.manifest["height_offset"]) - base, 1.0)
    reach = height / np.tan(fall)
    focus = (float(x0 + reach * np.sin(grid)), float(y0 + reach * np.cos(grid)))
    distance = height / np.sin(fall)
    zoom = 1.05 * _diagonal(model) / distance
    return View(float(np.degrees(grid)) + 180.0, -camera.pitch, zoom, focus)
