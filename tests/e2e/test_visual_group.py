"""One visible mass that is split in many records has one colour: that of the record it names."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyogrio
import pytest
from PIL import Image
from playwright.sync_api import Browser

from tests.cim_bridge.cityfiles import box, frame
from tests.e2e.test_bound_tiles import SCAN
from tests.support.cimtwin import cimtwin
from tests.support.page import TwinPage
from tests.support.server import serving

pytestmark = pytest.mark.browser

CODE, SYSTEM = "mean_height", "CIMTWIN-MORPHOLOGY"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three records of one tower, told to be `low`'s; two houses that stand alone."""
    home = tmp_path_factory.mktemp("mass")
    shapes = [box(x, 0, 40, 60) for x in (0, 40, 80, 160, 240)]
    ids = ["high", "low", "mid", "alone", "tall"]
    groups = ["low", "low", "low", "", ""]
    table = frame(shapes, code=ids, height=[9.0] * 5, visual_group=groups)
    pyogrio.write_dataframe(table, home / "b.gpkg")
    values = zip(ids, (60, 4, 20, 60, 20), strict=True)
    rows = [f"building:{name},{CODE},{value},m,{SYSTEM}" for name, value in values]
    text = "\n".join(["unit_id,indicator,value,unit,system", *rows])
    (home / "values.csv").write_text(text, encoding="utf-8")
    made = home / "city"
    cimtwin("init", made, "--name", "群", "--name-en", "Mass", "--crs", "EPSG:4549")
    cimtwin("bridge", home / "b.gpkg", "--city", made, "--level", "building", "--key", "code")
    cimtwin("load", home / "values.csv", "--city", made, "--source", "test", "--year", "2025")
    cimtwin("publish", "--city", made)
    return made


def test_records_of_one_mass_have_one_colour(city: Path, chromium: Browser, tmp_path: Path) -> None:
    with serving(city, tmp_path / "mass.log") as address:
        page = TwinPage.open(
            chromium, address, system=SYSTEM, indicator=CODE, level="building", unit="building:mid"
        )
        page.set(selection=None)
        page.settle()
        spots = page.page.evaluate(SCAN)
        items = page.get("/api/v1/units?level=building&limit=50")["items"]
        rows = {item["row"]: item["id"].split(":")[1] for item in items}
        overlay = page.get(f"/api/v1/overlays/{CODE}?system={SYSTEM}&level=building&year=2025")
        column = next(item for item in overlay["columns"] if item["dtype"] == "u8")
        codes = np.frombuffer(page.page.request.get(f"{address}{column['url']}").body(), "u1")
        legend = {item["index"]: item["color"] for item in overlay["legend"]["classes"]}
        shown = np.asarray(Image.open(io.BytesIO(page.page.screenshot())).convert("RGB"))
        page.close()
        assert page.errors == [], page.errors
    own = {name: int(codes[row]) for row, name in rows.items()}
    assert len({own["high"], own["low"], own["mid"]}) == 3
    takes = {"high": "low", "mid": "low"}
    seen: dict[str, list[bool]] = {}
    for spot in spots:
        name = rows[spot["row"]]
        colour = legend[own[takes.get(name, name)]]
        wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        share = shown[spot["y"], spot["x"]].astype(int) / np.maximum(wanted, 1)
        fits = share.min() > 0.66 and share.max() < 1.04 and np.ptp(share) < 0.08
        seen.setdefault(name, []).append(bool(fits))
    assert {"high", "low", "mid"} <= set(seen)
    for name, fits in seen.items():
        assert np.mean(fits) > 0.9, name
