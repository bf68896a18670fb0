"""A page that runs for a working day, faster: what it holds on to, read after every lap.

Textures and buffers are counted where WebGL makes and ends them; the heap is read after the
browser collected it; the tiles' memory is what the engine itself tells.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import CDPSession

from tests.support.page import TwinPage

COUNT_GPU = """
window.__gpu = { texture: 0, buffer: 0, framebuffer: 0, program: 0 };
for (const kind of Object.keys(window.__gpu)) {
  const name = kind[0].toUpperCase() + kind.slice(1);
  const proto = WebGL2RenderingContext.prototype;
  const [make, end] = [proto['create' + name], proto['delete' + name]];
  proto['create' + name] = function () { window.__gpu[kind] += 1; return make.call(this); };
  proto['delete' + name] = function (what) {
    if (what) window.__gpu[kind] -= 1;
    return end.call(this, what);
  };
}
"""
_TILES = """() => {
  const stage = document.querySelector('cim-twin').stage;
  const bytes = stage.layers.layers.map(layer => layer.tileset.totalMemoryUsageInBytes);
  return bytes.reduce((sum, one) => sum + one, 0);
}"""
_CODES = """() => document.querySelector('cim-twin').session.indicators.value
  .filter(item => item.levels.includes('block')).map(item => item.code)"""


@dataclass(frozen=True)
class Held:
    """What the page holds after a lap: MB of heap and of tiles, counts of the rest."""

    heap_mb: float
    tiles_mb: float
    nodes: int
    listeners: int
    gpu: dict[str, int]


def held(twin: TwinPage, wire: CDPSession) -> Held:
    """Read what is held once everything that nobody needs is gone."""
    for _ in range(3):
        twin.page.wait_for_timeout(100)  # what was taken off the page ends its last frame first
        wire.send("HeapProfiler.collectGarbage")
    heap: dict[str, Any] = wire.send("Runtime.getHeapUsage")
    dom: dict[str, Any] = wire.send("Memory.getDOMCounters")
    gpu: dict[str, int] = twin.page.evaluate("() => ({ ...window.__gpu })")
    tiles = float(twin.page.evaluate(_TILES))
    return Held(heap["usedSize"] / 1e6, tiles / 1e6, dom["nodes"], dom["jsEventListeners"], gpu)


def lap(twin: TwinPage, codes: list[str], units: list[str]) -> int:
    """One lap of what a day on the wall asks for; returns how many views were shown."""
    shown = 0
    for at, code in enumerate(codes):
        twin.set(indicator=code, level=("block", "community")[at % 2])
        shown += 1
    for desk in ("projects", "tour", "present", None):
        twin.set(desk=desk, selection=None)
        shown += 1
        for _ in range(4 if desk == "tour" else 0):
            twin.page.keyboard.press("ArrowRight")
            twin.settle()
            shown += 1
    for unit in units:
        twin.set(selection=unit)
        twin.set(selection=None)
        shown += 1
    return shown


def soak(
    twin: TwinPage,
    *,
    seconds: float,
    laps: int,
    warm: int = 2,
    views: int = 12,
    told: Callable[[int, Held], None] = lambda _shown, _held: None,
) -> tuple[Held, Held, int]:
    """Laps until the time is up, at least `laps`; what was held when warm and at the end."""
    wire = twin.page.context.new_cdp_session(twin.page)
    codes = twin.page.evaluate(_CODES)[:views]
    found = twin.get("/api/v1/problems?limit=40")["items"]
    units = list(dict.fromkeys(item["unit"]["id"] for item in found))[:3]
    for _ in range(warm):
        lap(twin, codes, units)
    first = last = held(twin, wire)
    shown, done, end = 0, 0, time.monotonic() + seconds
    while done < laps or time.monotonic() < end:
        shown += lap(twin, codes, units)
        done += 1
        last = held(twin, wire)
        told(shown, last)
    return first, last, shown


def grown(first: Held, last: Held) -> dict[str, tuple[float, float]]:
    """What grew beyond the noise of a collected heap: from and to, by name."""
    limits = {
        "heap_mb": (first.heap_mb, last.heap_mb, max(2.0, first.heap_mb * 0.04)),
        "tiles_mb": (first.tiles_mb, last.tiles_mb, max(1.0, first.tiles_mb * 0.02)),
        "nodes": (first.nodes, last.nodes, first.nodes * 0.05),
        "listeners": (first.listeners, last.listeners, first.listeners * 0.05),
        **{kind: (count, last.gpu[kind], 3) for kind, count in first.gpu.items()},
    }
    return {name: (a, b) for name, (a, b, most) in limits.items() if b - a > most}
