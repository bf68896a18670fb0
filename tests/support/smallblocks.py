"""A city of blocks with 12, 12, 1, 15 and 9 homes, to see what sums of few give away.

Every home has a gas_hazard figure that no other figure equals, so it is known wherever it shows.
"""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely.geometry import box

from cim_bridge.folder import CityFolder
from cim_bridge.levels import LEVELS, PARENT_LEVELS
from cim_bridge.model import UNIT_COLUMNS
from tests.support.tinycity import write_model
from tests.twin_server.test_decisions import seal

HOMES = {"B1": 12, "B2": 12, "B3": 1, "B4": 15, "B5": 9}
DISTRICT = {"B1": "D1", "B2": "D1", "B3": "D1", "B4": "D2", "B5": "D2"}


def secret(block: str, number: int) -> float:
    """The figure of one home; every third home is without hazard."""
    place = sorted(HOMES).index(block) * 20 + number
    return 0.0 if place % 3 == 2 else 1_000_003.0 + 1_009.0 * place * place


def make_small_blocks(path: Path, extra: str = "") -> CityFolder:
    """The city folder with its model, sealed; nothing is loaded yet."""
    folder = CityFolder.init(path, name="小街区", name_en="Small", crs="EPSG:4549", synthetic=True)
    if extra:
        file = path / "city.toml"
        file.write_text(file.read_text(encoding="utf-8") + extra, encoding="utf-8")
        folder = CityFolder.open(path)
    rows = [_row("city", "small", box(0, 0, 500, 100))]
    rows += [_row("district", name, box(x, 0, x + 10, 10)) for name, x in (("D1", 0), ("D2", 300))]
    rows += [
        _row("community", name, box(x, 0, x + 10, 10), district="district:D1")
        for name, x in (("C1", 0), ("C2", 100))
    ]
    for x, (block, homes) in enumerate(HOMES.items()):
        up = {"district": f"district:{DISTRICT[block]}"}
        rows.append(_row("block", block, box(100 * x, 0, 100 * x + 100, 100), **up))
        up["block"] = f"block:{block}"
        if block == "B1":
            rows.append(_row("compound", "K1", box(0, 0, 30, 10), **up))
        for n in range(homes):
            more = {"compound": "compound:K1"} if block == "B1" and n < 3 else {}
            west = 100 * x + 6 * n
            shape = box(west, 20, west + 5, 25)
            rows.append(_row("building", f"{block}-{n}", shape, **up, **more))
    rows.append(_row("area", "west", box(0, 0, 200, 100), kind="old_town"))
    frame = pd.DataFrame(rows)
    frame["row"] = frame.groupby("level", sort=False).cumcount().astype(np.uint32)
    frame = frame.assign(order=frame["level"].map(LEVELS.index))
    frame = frame.sort_values(["order", "row"], kind="stable")
    units = gpd.GeoDataFrame(
        frame[list(UNIT_COLUMNS)].reset_index(drop=True), geometry="geometry", crs="EPSG:4549"
    )
    write_model(folder, units)
    seal(folder)
    return folder


def hazards() -> str:
    """Rows of a delivery: a figure for every home."""
    lines = [
        f"{block}-{n},building,gas_hazard,2024,{secret(block, n):.0f}"
        for block, homes in HOMES.items()
        for n in range(homes)
    ]
    return "unit_id,level,indicator,period,value\n" + "\n".join(lines) + "\n"


def _row(level: str, name: str, shape: object, **more: str) -> dict[str, object]:
    found: dict[str, object] = dict.fromkeys(UNIT_COLUMNS)
    for up in PARENT_LEVELS:
        if up in more:
            found[f"parent_{up}"] = more[up]
    return found | {
        "parent_city": None if level == "city" else "city:small",
        "id": f"{level}:{name}", "level": level, "source_id": name, "visual_group": np.uint32(0),
        "label_zh": f"{name}号", "label_en": name, "kind": more.get("kind", ""),
        "use": "residential" if level == "building" else "", "structure": "", "height": np.nan,
        "ground": np.nan, "storeys": np.nan, "year_built": np.nan, "population": np.nan,
        "area": 1.0, "external_ids": "{}", "attributes": "{}", "removed": False,
        "geometry": shape,
    }  # fmt: skip
