"""A scene as a folder with one page and CesiumJS: it opens with no server and no network."""

from __future__ import annotations

import shutil
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import shapely

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.release import ModelRelease
from indicator_overlays.results_reader import Overlay
from scenes.picture import title_of, words_of
from scenes.scene import Published, Scene
from scenes.script import BASE, Extra, Fill, outlines, pins, script
from scenes.still import SYNTHETIC

# A page from a disk may not let a worker import another script, nor fetch a file: the workers get
# CesiumJS's own text handed over, and its tables of terrain heights and of the Earth's exact turn,
# which nothing here uses, are not asked for.
BEFORE = """<script>(function (plain) {
  window.Blob = function (parts, options) {
    const text = parts && parts.length === 1 ? String(parts[0]) : "";
    const asks = typeof CESIUM_WORKERS === "string" && text.includes('importScripts("blob:');
    const whole = () => CESIUM_WORKERS + ";";
    return new plain(asks ? [text.replace(/importScripts[^;]*;/, whole)] : parts, options);
  };
  window.Blob.prototype = plain.prototype;
}(window.Blob));</script>
"""
AFTER = """
<script>Object.assign(Cesium.ApproximateTerrainHeights,
  { _terrainHeights: {}, _initPromise: Promise.resolve() });
Cesium.Transforms.computeIcrfToFixedMatrix = () => undefined;</script>"""
LOOK = """<script>(function (scene) {
  const color = Cesium.Color.fromCssColorString;
  scene.globe.baseColor = color("#dbe4e8");
  scene.backgroundColor = color("#eef1f3");
  scene.globe.showGroundAtmosphere = scene.skyAtmosphere.show = scene.fog.enabled = false;
  for (const { label, point } of widget.entities.values) {
    const white = color("#ffffff"), shown = { disableDepthTestDistance: Infinity };
    const fill = Cesium.LabelStyle.FILL_AND_OUTLINE;
    if (label) Object.assign(label, shown,
      { font: "600 16px sans-serif", style: fill, outlineColor: white, outlineWidth: 4 });
    if (point) Object.assign(point, shown,
      { pixelSize: 8, outlineColor: white, outlineWidth: 1.5 });
  }
}(widget.scene));</script>
"""
PARTS = ("Cesium.js", "Assets", "Widgets", "Workers", "ThirdParty")
SIMPLE = 3.0  # metres by which an outline may be simplified
PINS = 40
STYLE = """<style>
.card { position: absolute; margin: 20px; padding: 14px 18px; border-radius: 8px;
  background: rgba(255, 255, 255, .94); color: #1c262e; max-width: 34rem; pointer-events: none;
  font: 14px/1.5 Inter, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
.card h1 { margin: 0 0 4px; font-size: 20px; font-weight: 600; }
.card p { margin: 0; color: #5c6871; }
.legend { left: 0; bottom: 24px; }
.legend i { display: inline-block; width: 22px; height: 12px; margin-right: 10px; }
.card .mark { color: #8a4a1c; }
</style>"""


def scene_page(
    scene: Scene, published: Published, out: Path, cesium: Path, *, language: str = "zh"
) -> Path:
    """Write ``out/index.html`` and a copy of CesiumJS beside it; returns the page.

    cesium: CesiumJS's Build/Cesium, whose Cesium.js carries its own workers.
    """
    if not (cesium / "Cesium.js").is_file():
        log = IssueLog()
        log.add("SCENE_CESIUM_ABSENT", path=cesium)
        raise InputRefused(log)
    model, results = published.model, published.results
    year = int(scene.year or max(results.years))
    overlay = results.overlay(scene.system, scene.indicator, scene.level, year)
    legend = results.legend(scene.system, scene.indicator, scene.level)
    marks = pins(model, results, year, PINS, language, scene.indicator)
    there = [level for level in ("district", "city") if level in model.manifest["levels"]]
    page = script(
        out / "index.html",
        outlines(model, there[0], language) if there else [],
        marks,
        title=str(dict(title_of(scene, published))[language]),
        fills=_fills(model, overlay, legend),
        extra=Extra(BEFORE, AFTER, LOOK + _panel(scene, published, overlay, legend, language)),
    )
    for name in PARTS:
        source, target = cesium / name, out / BASE / name
        if source.is_dir():
            shutil.copytree(source, target, dirs_exist_ok=True)
        elif source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    return page


def _fills(model: ModelRelease, overlay: Overlay, legend: dict[str, Any]) -> list[Fill]:
    """Each unit that has a number, in the colour of its class; single buildings stay unfilled."""
    from pyproj import Transformer

    level = overlay.key.level
    if level not in PARENT_LEVELS:
        return []
    units = model.units
    rows = units[units["level"] == level].set_index("row").geometry
    shown = overlay.cells.state == 0
    shapes = np.asarray(rows.reindex(overlay.cells.row[shown]), dtype=object)
    parts, of = shapely.get_parts(shapely.simplify(shapes, SIMPLE), return_index=True)
    turn = Transformer.from_crs(model.manifest["crs"], "EPSG:4326", always_xy=True)
    colors = [entry["color"] for entry in legend["classes"]]
    code = overlay.code[shown]
    found = []
    for part, number in zip(parts, of.tolist(), strict=True):  # units of a level, not buildings
        ring = shapely.get_coordinates(shapely.get_exterior_ring(part))
        lonlat = np.stack(turn.transform(*ring.T), 1)
        found.append(Fill(lonlat, colors[int(code[number])]))
    return found


def _panel(
    scene: Scene, published: Published, overlay: Overlay, legend: dict[str, Any], language: str
) -> str:
    """Title and legend as HTML; every text comes from data and is escaped."""
    words = words_of(scene, published, overlay)

    def told(text: Any) -> str:
        return escape(str(text[language]))

    lines = "".join(f"<p>{told(line)}</p>" for line in words.lines)
    marks = "".join(f"<p>{told(line)}</p>" for line in words.foot)
    if published.model.manifest.get("synthetic"):
        marks = f'<p class="mark">{told(SYNTHETIC)}</p>{marks}'
    rows = "".join(
        f'<div><i style="background:{entry["color"]}"></i>{told(entry["label"])}</div>'
        for entry in legend["classes"]
    )
    head = f"<b>{told(words.legend)}</b>" if words.legend else ""
    title = told(title_of(scene, published))
    return (
        f'{STYLE}\n<div class="card" style="top:0;left:0"><h1>{title}</h1>{lines}</div>\n'
        f'<div class="card legend">{head}{rows}{marks}</div>'
    )
