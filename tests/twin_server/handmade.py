"""A tiny city written by hand: two blocks, four buildings, no results; names with : / and 中文."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import brotli
import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import box

from cim_bridge.folder import CityFolder
from cim_bridge.model import PARENT_COLUMNS, UNIT_COLUMNS
from cim_bridge.staging import stage

CONTENT = b"glTF" + bytes(range(256)) * 20
CONTENT_NAME = hashlib.sha256(CONTENT).hexdigest()[:32]


def make_city(path: Path) -> CityFolder:
    folder = CityFolder.init(path, name="小城", name_en="Town", crs="EPSG:4549", synthetic=True)
    folder.set_head_model(write_model(folder))
    return CityFolder.open(path)


def write_model(folder: CityFolder, label: str = "甲/1号楼") -> str:
    with stage(folder.models) as staging:
        units = make_units(label)
        units.to_parquet(staging.path / "units.parquet")
        parents = np.array([0, 0, 1, 0xFFFFFFFF], "<u4").tobytes()
        (staging.path / "parents").mkdir()
        (staging.path / "parents/block.u32").write_bytes(parents)
        (staging.path / "tiles/buildings").mkdir(parents=True)
        tileset = f'{{"root": {{"content": {{"uri": "../{CONTENT_NAME}.glb"}}}}}}' + " " * 2000
        (staging.path / "tiles/buildings/tileset.json").write_text(tileset)
        tile = staging.path / "tiles" / f"{CONTENT_NAME}.glb"
        tile.write_bytes(CONTENT)
        tile.with_name(tile.name + ".br").write_bytes(brotli.compress(CONTENT))
        tile.with_name(tile.name + ".gz").write_bytes(gzip.compress(CONTENT, mtime=0))
        (staging.path / "issues.json").write_text("[]")
        return staging.commit(_manifest(parents))


def _manifest(parents: bytes) -> dict[str, object]:
    edges = ("west", "south", "east", "north")
    extent = dict(zip(edges, (121.0, 37.0, 121.1, 37.1), strict=True))
    return {
        "kind": "model",
        "format": 1,
        "crs": "EPSG:4549",
        "height_offset": 0.0,
        "synthetic": True,
        "extent": {**extent, "min_height": 0.0, "max_height": 30.0},
        "levels": {
            "city": {"count": 1, "rows": 1},
            "block": {"count": 2, "rows": 2},
            "building": {"count": 3, "rows": 4},
        },
        "sources": [
            {"name": "buildings", "level": "building", "crs": "EPSG:4549", "features": 4,
             "attribution": "Town survey", "licence": "CC0-1.0",
             "files": [{"name": "b.city.json", "sha256": "0" * 64, "bytes": 1}]}
        ],
        "parents": {
            "block": {
                "uri": "parents/block.u32",
                "sha256": hashlib.sha256(parents).hexdigest(),
                "length": 4,
            }
        },
        "tilesets": {
            "buildings": {"uri": "tiles/buildings/tileset.json", "kind": "units",
                          "level": "building", "massing_level": "block", "features": 3}
        },
        "tool": {"name": "cimtwin", "version": "0"},
    }  # fmt: skip


def make_units(label: str) -> gpd.GeoDataFrame:
    """Four buildings: one with slashes in its id, one removed."""
    x, y = 500_000.0, 4_100_000.0
    rows = [_unit("city", "town", 0, box(x, y, x + 400, y + 200), label_zh="小城")]
    for row in range(2):
        shape = box(x + 200 * row, y, x + 200 * row + 200, y + 200)
        rows.append(_unit("block", f"B{row}", row, shape, parent_city="city:town"))
    for row, name in enumerate(("1:甲/1", "2", "3", "gone")):
        shape = box(x + 90 * row, y + 10, x + 90 * row + 20, y + 30)
        parents = {"parent_city": "city:town"}
        if row < 3:
            parents["parent_block"] = f"block:B{row // 2}"
        rows.append(
            _unit("building", name, row, shape, height=12.0, storeys=4.0, area=400.0,
                  label_zh=label if row == 0 else "", removed=name == "gone", **parents)
        )  # fmt: skip
    frame = pd.DataFrame(rows)
    return gpd.GeoDataFrame(frame[list(UNIT_COLUMNS)], geometry="geometry", crs="EPSG:4549")


def _unit(level: str, name: str, row: int, shape: object, **more: object) -> dict[str, object]:
    number = {"height": np.nan, "ground": 0.0, "storeys": np.nan, "year_built": np.nan}
    words = ("label_zh", "label_en", "kind", "use", "structure")
    unit: dict[str, object] = {
        "id": f"{level}:{name}", "level": level, "source_id": name, "row": np.uint32(row),
        "visual_group": np.uint32(row), "area": 0.0, "population": np.nan, "source": "buildings",
        "external_ids": '{"old":"<b>&x"}', "attributes": '{"owner":"市政府"}', "removed": False,
        "geometry": shape, **number, **dict.fromkeys(words, ""),
        **dict.fromkeys(PARENT_COLUMNS),
    }  # fmt: skip
    return {**unit, **more}
