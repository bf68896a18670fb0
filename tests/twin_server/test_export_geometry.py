"""GPKG and GeoParquet that we write hold the model's ids and shapes, as GDAL, geopandas and our own
reader find them."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import pytest
import shapely

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Wish, find_reader
from cim_bridge.release import open_model
from tests.twin_server.test_cli import run
from twin_server.demo import Demo

LEVELS = ("building", "block", "district")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("form", ["gpkg", "geoparquet"])
def test_ids_and_shapes_come_back(
    capsys: pytest.CaptureFixture[str], demo: Demo, tmp_path: Path, form: str, level: str
) -> None:
    out = tmp_path / ("o.gpkg" if form == "gpkg" else "o.parquet")
    code, _, _ = run(capsys, "export", out, "--city", demo.city, "--format", form, "--level", level)
    assert code == 0
    units = open_model(CityFolder.open(demo.city)).units
    units = units[(units["level"] == level) & ~units["removed"].astype(bool)].set_index("id")
    foreign = gpd.read_file(out) if form == "gpkg" else gpd.read_parquet(out)
    assert foreign.crs == units.crs
    foreign = foreign.set_index("id").loc[units.index]
    same = shapely.equals_exact(foreign.geometry.to_numpy(), units.geometry.to_numpy(), 1e-9)
    assert len(foreign) == len(units) > 0
    assert same.all()
    log = IssueLog()
    reader = find_reader(out, log)
    assert reader is not None
    reading = reader.read(out, Wish(level=level, key="source_id"), log)
    assert reading is not None
    assert not log.errors
    mine = dict(zip(reading.units[0].ids, reading.units[0].shapes, strict=True))
    assert set(mine) == set(units["source_id"])
    ours = [mine[name] for name in units["source_id"]]
    assert shapely.equals_exact(ours, units.geometry.to_numpy(), 1e-9).all()
