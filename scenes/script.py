"""A simple scene as one HTML page of CesiumJS calls; the keeper of cesiumpy.

cesiumpy (2016) writes Cesium scripts with entities: outlines, labels, points. Its page names two
remote files; here they become a local copy of CesiumJS, and nothing else is asked of any host.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from cim_bridge.errors import NotFound, Unavailable
from cim_bridge.release import ModelRelease
from indicator_overlays.results_reader import Results

BASE = "Cesium"  # where the page finds CesiumJS, relative to itself
DIV = "cimtwin"
OUTLINE, INK = "#2f6f7e", "#1c262e"
SEVERITY = {"high": "#a43c1f", "medium": "#d9a441", "low": "#7f9aa5"}
LIFT = 20.0  # metres: a surface at a height needs no terrain file
_REMOTE = re.compile(r"(?:https?:)?//[^\s\"']+")
_UNSAFE = str.maketrans({"<": "＜", ">": "＞", '"': "”", "\\": "＼", "\n": " ", "\r": " "})


@dataclass(frozen=True)
class Outline:
    """A unit's name and rings in longitude and latitude; the label stands at ``at``."""

    name: str
    rings: tuple[NDArray[np.float64], ...]
    at: tuple[float, float]


@dataclass(frozen=True)
class Fill:
    """A unit's outer ring in longitude and latitude and the colour of its class."""

    ring: NDArray[np.float64]
    color: str


@dataclass(frozen=True)
class Pin:
    """A problem: its title, place (longitude, latitude, height) and severity."""

    name: str
    at: tuple[float, float, float]
    severity: str


@dataclass(frozen=True)
class Extra:
    """HTML before and after CesiumJS is loaded, and at the end of the body."""

    before: str = ""
    after: str = ""
    body: str = ""


NO_EXTRA = Extra()


def outlines(release: ModelRelease, level: str = "district", language: str = "zh") -> list[Outline]:
    """Outlines of every unit of a level, thinned to a few metres, in WGS 84."""
    from pyproj import Transformer

    units = release.units
    rows = units[(units["level"] == level) & ~units["removed"]]
    if len(rows) == 0:
        raise NotFound(f"model {release.digest} has no units of level {level}")
    shapes = shapely.simplify(np.asarray(rows.geometry, dtype=object), 8.0)
    turn = Transformer.from_crs(release.manifest["crs"], "EPSG:4326", always_xy=True)
    names = rows[f"label_{language}"].astype(str).tolist()
    found = []
    for name, shape in zip(names, shapes, strict=True):  # tens of districts, never buildings
        rings = shapely.get_rings(shapely.get_parts(shape))
        lonlat = [np.stack(turn.transform(*shapely.get_coordinates(r).T), 1) for r in rings]
        inner = shapely.point_on_surface(shape)
        x, y = turn.transform(inner.x, inner.y)
        found.append(Outline(name, tuple(lonlat), (float(x), float(y))))
    return found


def pins(
    release: ModelRelease,
    results: Results,
    year: int,
    limit: int = 12,
    language: str = "zh",
    indicator: str | None = None,
) -> list[Pin]:
    """The first problems of a year (the release keeps them worst first) at their units.

    indicator: only problems that this one decides.
    """
    from pyproj import Transformer

    table = results.diagnosis
    wanted = np.asarray(table["year"]) == year
    if indicator is not None:
        wanted &= np.asarray(table["indicator"]) == indicator
    rows = table.filter(wanted).slice(0, limit)
    units = release.units.set_index("id")
    turn = Transformer.from_crs(release.manifest["crs"], "EPSG:4326", always_xy=True)
    found = []
    for row in rows.select(["unit_id", f"title_{language}", "severity"]).to_pylist():
        unit = units.loc[row["unit_id"]]
        point = shapely.point_on_surface(unit.geometry)
        x, y = turn.transform(point.x, point.y)
        top = np.nansum([unit["ground"], unit["height"], 12.0])
        place = (float(x), float(y), float(top))
        found.append(Pin(str(row[f"title_{language}"]), place, str(row["severity"])))
    return found


def script(
    out: Path,
    areas: Sequence[Outline],
    marks: Sequence[Pin] = (),
    *,
    title: str = "CIM Twin",
    base: str = BASE,
    fills: Sequence[Fill] = (),
    extra: Extra = NO_EXTRA,
) -> Path:
    """Write the page ``out``; ``base`` is where it finds ``Cesium.js`` and ``Widgets/``.

    extra: HTML of the caller's own, its texts already escaped.
    """
    page = _page(_viewer(_cesiumpy(), areas, marks, fills).to_html(), title, base, extra)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(page, encoding="utf-8")
    return out


def _cesiumpy() -> Any:
    """Import the library where it is used: it is old, slow to import and warns."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import cesiumpy
    except Exception as exc:  # geopy 2 makes it fail with an error of geopy's own
        raise Unavailable("a script page needs cesiumpy 0.3.3 with geopy below 2") from exc
    return cesiumpy


def _viewer(
    cesiumpy: Any, areas: Sequence[Outline], marks: Sequence[Pin], fills: Sequence[Fill]
) -> Any:
    color = cesiumpy.color.Color.fromCssColorString
    viewer = cesiumpy.Viewer(
        divid=DIV,
        animation=False,
        timeline=False,
        baseLayerPicker=False,
        geocoder=False,
        homeButton=False,
        sceneModePicker=False,
        navigationHelpButton=False,
    )
    for fill in fills:
        corners = np.round(fill.ring, 7).ravel().tolist()
        viewer.entities.add(
            cesiumpy.Polygon(hierarchy=corners, height=LIFT, material=color(fill.color))
        )
    for area in areas:
        for ring in area.rings:
            line = cesiumpy.Polyline(
                positions=np.round(ring, 7).ravel().tolist(), width=3, material=color(OUTLINE)
            )
            viewer.entities.add(line)
        label = cesiumpy.Label(
            position=[*area.at, 60.0], text=_plain(area.name), fillColor=color(INK)
        )
        viewer.entities.add(label)
    for mark in marks:
        ink = color(SEVERITY.get(mark.severity, SEVERITY["low"]))
        point = cesiumpy.Point(
            position=list(mark.at), color=ink, pixelSize=12, name=_plain(mark.name)
        )
        viewer.entities.add(point)
    return viewer


def _plain(text: str) -> str:
    """Text that can neither end the string nor the script it is written into."""
    return text.translate(_UNSAFE)


def _page(fragment: str, title: str, base: str, extra: Extra = NO_EXTRA) -> str:
    """A whole page around cesiumpy's fragment, with local files and without a base map."""
    body = fragment[fragment.index("<div") :].replace("<div>", "</div>", 1)
    opening = f'Cesium.Viewer("{DIV}", {{'
    if opening not in body:
        raise Unavailable("this cesiumpy writes another page than 0.3.3 does")
    body = body.replace(opening, f"{opening}baseLayer : false, skyBox : false, infoBox : false, ")
    left = _REMOTE.search(body)
    if left is not None:
        raise Unavailable(f"cesiumpy's page asks for a remote file: {left.group()}")
    root = _plain(base).rstrip("/")
    return f"""<!doctype html>
<html lang="zh">
<head>
<meta charset="utf-8">
<title>{_plain(title)}</title>
<script>window.CESIUM_BASE_URL = "{root}/";</script>
{extra.before}<script src="{root}/Cesium.js"></script>{extra.after}
<link rel="stylesheet" href="{root}/Widgets/widgets.css" type="text/css">
<style>html, body {{ margin: 0; height: 100%; background: #eef1f3; }}</style>
</head>
<body>
{body}
{extra.body}</body>
</html>
"""
