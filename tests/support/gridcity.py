"""A city of 8 square blocks whose every indicator can be worked out by hand.

400 m x 200 m; blocks of 100 m, four in a row; the western four are district D1. Two buildings of
20 m x 30 m a block. One road along x = 100 (an edge of blocks), one along y = 50 (inside the lower
row). A small park in the lower-left corner; the built-up area covers x < 300.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import LineString, box
from shapely.geometry.base import BaseGeometry

from cim_bridge.folder import CityFolder
from cim_bridge.levels import LEVELS, PARENT_LEVELS
from cim_bridge.model import UNIT_COLUMNS
from tests.support.tinycity import write_model

BLOCK = 100.0


def make_grid_city(path: Path, *, extra: str = "", change: object = None) -> CityFolder:
    """A city folder with the grid city's model; `change` may alter the units table first."""
    folder = CityFolder.init(path, name="方格城", name_en="Grid", crs="EPSG:4549", synthetic=True)
    if extra:
        file = path / "city.toml"
        file.write_text(file.read_text(encoding="utf-8") + extra, encoding="utf-8")
        folder = CityFolder.open(path)
    table = grid_units()
    write_model(folder, change(table) if callable(change) else table)
    return folder


def grid_units() -> gpd.GeoDataFrame:
    """The units of the grid city."""
    rows = [_row("city", "grid", box(0, 0, 400, 200))]
    rows += [_row("district", f"D{d + 1}", box(200 * d, 0, 200 * d + 200, 200)) for d in (0, 1)]
    for number in range(8):
        rows.append(_row("block", f"B{number + 1}", _block(number), district=_district(number)))
    rows += [
        _building(number, half, height=6.0 + 12.0 * number + 3.0 * half)
        for number in range(8)
        for half in (0, 1)
    ]
    rows.append(_row("area", "built", box(0, 0, 300, 200), kind="built_up"))
    rows.append(_row("object", "road-edge", LineString([(100, 0), (100, 200)]), kind="road"))
    rows.append(_row("object", "road-inside", LineString([(0, 50), (400, 50)]), kind="road"))
    rows.append(_row("object", "park", box(5, 5, 15, 15), kind="park"))
    frame = pd.DataFrame(rows)
    frame["row"] = frame.groupby("level", sort=False).cumcount().astype(np.uint32)
    order = frame["level"].map(LEVELS.index)
    frame = frame.assign(order=order).sort_values(["order", "row"], kind="stable")
    return gpd.GeoDataFrame(
        frame[list(UNIT_COLUMNS)].reset_index(drop=True), geometry="geometry", crs="EPSG:4549"
    )


def _block(number: int) -> BaseGeometry:
    west, south = BLOCK * (number % 4), BLOCK * (number // 4)
    return box(west, south, west + BLOCK, south + BLOCK)


def _district(number: int) -> str:
    return "district:D1" if number % 4 < 2 else "district:D2"


def _building(number: int, half: int, *, height: float) -> dict[str, object]:
    west, south = BLOCK * (number % 4) + 10 + 45 * half, BLOCK * (number // 4) + 60
    found = _row(
        "building",
        f"H{number + 1}-{half + 1}",
        box(west, south, west + 20, south + 30),
        district=_district(number),
        block=f"block:B{number + 1}",
    )
    return found | {
        "height": height,
        "storeys": float(round(height / 3)),
        "use": "residential" if half == 0 else "office",
        "year_built": 2024.0 if number >= 6 else 1990.0,
        "population": 50.0 if half == 0 else 0.0,
    }


def _row(level: str, source_id: str, shape: BaseGeometry, **more: str) -> dict[str, object]:
    found: dict[str, object] = dict.fromkeys(UNIT_COLUMNS)
    if level != "city":
        found["parent_city"] = "city:grid"
    for up in PARENT_LEVELS:
        if up in more:
            found[f"parent_{up}"] = more[up]
    return found | {
        "id": f"{level}:{source_id}",
        "level": level,
        "source_id": source_id,
        "visual_group": np.uint32(0),
        "label_zh": f"{source_id}号",
        "label_en": source_id,
        "kind": more.get("kind", ""),
        "use": "",
        "structure": "",
        "height": np.nan,
        "ground": np.nan,
        "storeys": np.nan,
        "year_built": np.nan,
        "population": 2000.0 if level == "block" else np.nan,
        "area": shape.area,
        "external_ids": "{}",
        "attributes": "{}",
        "removed": False,
        "geometry": shape,
    }
