"""A city of 2 districts, 4 communities, 8 blocks and 32 buildings, without any bridging."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import orjson
import pandas as pd
from shapely.geometry import box

from cim_bridge.folder import CityFolder
from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.model import UNIT_COLUMNS

_COUNTS = {"district": 2, "community": 4, "block": 8, "building": 32}


def make_city(path: Path, *, extra: str = "") -> CityFolder:
    """A city folder with one model; `extra` is appended to its city.toml."""
    folder = CityFolder.init(path, name="小城", name_en="Tiny", crs="EPSG:4549", synthetic=True)
    if extra:
        file = path / "city.toml"
        file.write_text(file.read_text(encoding="utf-8") + extra, encoding="utf-8")
        folder = CityFolder.open(path)
    write_model(folder, units())
    return folder


def write_model(folder: CityFolder, table: gpd.GeoDataFrame, digest: str = "0" * 32) -> None:
    """Put a units table into a model release and make it the newest."""
    release = folder.models / digest
    release.mkdir(parents=True)
    table.to_parquet(release / "units.parquet")
    manifest = {"kind": "model", "format": 1, "crs": "EPSG:4549", "parents": {}}
    (release / "manifest.json").write_bytes(orjson.dumps(manifest))
    folder.set_head_model(digest)


def units() -> gpd.GeoDataFrame:
    """Units in a line: unit k of a finer level lies in unit k // ratio of a coarser one."""
    rows: list[dict[str, object]] = [one_unit("city", "tiny", 0, {})]
    for level, count in _COUNTS.items():
        for row in range(count):
            coarser = [up for up in _COUNTS if _COUNTS[up] < count]
            above = {up: f"{up}:{_name(up, row * _COUNTS[up] // count)}" for up in coarser}
            rows.append(one_unit(level, _name(level, row), row, {"city": "city:tiny", **above}))
    frame = pd.DataFrame(rows)
    return gpd.GeoDataFrame(frame[list(UNIT_COLUMNS)], geometry="geometry", crs="EPSG:4549")


def _name(level: str, row: int) -> str:
    return f"{level[0].upper()}{row + 1:03d}"


def one_unit(level: str, source_id: str, row: int, parents: dict[str, str]) -> dict[str, object]:
    """One row of the units table."""
    named = dict.fromkeys(UNIT_COLUMNS) | {f"parent_{up}": parents.get(up) for up in PARENT_LEVELS}
    return named | {
        "id": f"{level}:{source_id}",
        "level": level,
        "source_id": source_id,
        "row": np.uint32(row),
        "visual_group": np.uint32(row),
        "label_zh": f"{level}第{row + 1}",
        "label_en": f"{level} no {row + 1}",
        "kind": "",
        "height": 10.0,
        "area": 100.0,
        "external_ids": f'{{"code": "X-{level}-{row + 1}"}}',
        "attributes": "{}",
        "removed": False,
        "geometry": box(row, 0, row + 1, 1),
    }
