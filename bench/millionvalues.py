"""Values of the city of a million buildings: what rules ask for, and a new year's columns."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from bench.million import STEP, Million
from cim_bridge.progress import SILENT
from indicator_overlays import results
from indicator_overlays.assembly import Assembly
from indicator_overlays.breaks import make_breaks
from indicator_overlays.columns import (
    Cells,
    class_codes,
    f32_column,
    read_column,
    u8_column,
    u16_column,
    write_column,
)
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.system import load_systems
from indicator_overlays.unit_table import UnitTable
from indicator_overlays.yearly import Group, Key

YEAR = 2025
SYSTEM = "MOHURD-2022"
HAZARDS = ("structural_hazard", "gas_hazard", "corridor_hazard", "envelope_hazard")
BREACHES = ("new_residential_over_80m", "coastal_setback_violation", "sea_view_corridor_block")

Floats = npt.NDArray[np.float64]


def rule_groups(
    city: Million, frame: pd.DataFrame, systems: dict[str, IndicatorSystem]
) -> tuple[list[Group], Any]:
    """Every indicator at block, community and district, those of buildings at every building.

    About 3 in 1,000 buildings have each hazard, 1 in 1,000 each breach, 1 high-rise in 20 lacks
    fire warning.
    """
    rng = np.random.default_rng(8)
    size = len(city.points)
    height = frame.loc[frame["level"] == "building", "height"].to_numpy(float)
    tall = np.flatnonzero(height > 27)
    groups: list[Group] = []

    def add(key: Key, value: Floats, rows: npt.NDArray[np.int64] | None = None) -> None:
        row = np.arange(len(value)) if rows is None else rows
        offset = groups[-1].offset + len(groups[-1].cells.row) if groups else 0
        state = np.zeros(len(value), np.uint8)
        groups.append(Group(key, str(YEAR), offset, Cells(row.astype(np.uint32), value, state)))

    for system, code in ((s.id, code) for s in systems.values() for code in s.indicators):
        if code in HAZARDS or code in BREACHES:
            share = 0.003 if code in HAZARDS else 0.001
            add(Key(system, code, "building", YEAR), (rng.random(size) < share).astype(float))
        elif code == "highrise_fire_warning":
            covered = np.where(rng.random(len(tall)) < 0.05, rng.integers(50, 100, len(tall)), 100)
            add(Key(system, code, "building", YEAR), covered.astype(float), tall)
        else:
            for level in ("block", "community", "district"):
                value = np.round(rng.gamma(2.0, 30.0, len(city.shapes[level])), 1)
                add(Key(system, code, level, YEAR), value)
    total = groups[-1].offset + len(groups[-1].cells.row)
    return groups, pa.array(np.full(total, "住建局", object)).dictionary_encode()


def field(city: Million, number: int) -> Cells:
    """A smooth field over the city with noise of 6 %, another for each number."""
    rng = np.random.default_rng(number)
    x, y = city.points.T / STEP
    wave = np.sin(x / 170.0 + number) + np.cos(y / 230.0) + np.sin((x + y) / 400.0)
    value = (wave - wave.min()) / np.ptp(wave) * 100.0 + rng.normal(0, 6.0, len(x))
    return Cells(np.arange(len(x), dtype=np.uint32), value, np.zeros(len(x), np.uint8))


def write_classes(city: Million, path: Path, count: int) -> float:
    """CPU seconds of classifying and writing `count` u8 columns, packed.

    The classes are those of the years before, as they are for a new year.
    """
    path.mkdir()
    breaks = make_breaks(field(city, 0).value, None)
    removed = np.zeros(len(city.points), bool)
    spent = 0.0
    for number in range(count):
        cells = field(city, number)
        start = time.process_time()
        write_column(path, u8_column(cells, class_codes(cells, breaks), removed), "u8")
        spent += time.process_time() - start
    return spent


def write_all(city: Million, path: Path, count: int) -> float:
    """CPU seconds of the columns of `count` indicators as a results release has them.

    With breaks made anew and ranks; the u16 and f32 columns are left to be made on demand.
    """
    path.mkdir()
    systems = load_systems()
    codes = sorted(systems[SYSTEM].indicators)[:count]
    size = len(city.points)
    groups = [
        Group(Key(SYSTEM, code, "building", YEAR), str(YEAR), number * size, field(city, number))
        for number, code in enumerate(codes)
    ]
    parts = cast("Assembly", _Parts(UnitTable(city.frame()), groups, systems))
    marks = np.zeros((count * size, 3), np.uint32)
    start = time.process_time()
    results._write_columns(path, parts, marks, SILENT, lazy=True)
    return time.process_time() - start


class _Parts:
    """What writing columns asks of an Assembly."""

    def __init__(
        self, units: UnitTable, groups: list[Group], systems: dict[str, IndicatorSystem]
    ) -> None:
        self.units, self.groups, self.systems = units, groups, systems


def on_demand(city: Million, path: Path) -> dict[str, float]:
    """Milliseconds of CPU to unpack the u8 column of a million, and to make its u16 and f32.

    path: a folder that `write_all` filled.
    """
    cells = field(city, 0)
    breaks = make_breaks(cells.value, None)
    removed = np.zeros(len(city.points), bool)
    domain = (float(cells.value.min()), float(cells.value.max()))
    packed = next(path.rglob("*.u8.brotli"))
    work: dict[str, Callable[[], bytes]] = {
        "unpack_ms": lambda: read_column(packed.with_suffix("")),
        "u16_ms": lambda: u16_column(cells, domain, removed).tobytes(),
        "f32_ms": lambda: f32_column(cells, breaks, removed).tobytes(),
    }
    found = {}
    for name, make in work.items():
        start = time.process_time()
        make()
        found[name] = (time.process_time() - start) * 1e3
    return found


def column_bytes(path: Path) -> dict[str, float]:
    """MB by ending: u8, u8.brotli, u16, f32."""
    found: dict[str, float] = {}
    for file in path.rglob("*.*"):
        ending = file.name.partition(".")[2]
        found[ending] = found.get(ending, 0.0) + file.stat().st_size / 1e6
    return found
