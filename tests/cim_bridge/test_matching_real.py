"""Real names against real places: addresses of Manhattan, schools and hospitals of Shanghai."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cim_bridge.attributes import json_rows
from cim_bridge.matching import How, Keys, Targets, match
from cim_bridge.matching.position import to_model
from cim_bridge.matching.targets import COLUMNS

pytestmark = pytest.mark.shared
UTM = {"nyc": "EPSG:32618", "shanghai": "EPSG:4549"}


def targets(level: str, frame: gpd.GeoDataFrame, ids: Any, labels: Any, crs: str) -> Targets:
    """Units of one level as a model would hold them."""
    count = len(frame)
    source = pd.Series(ids).astype(str).tolist()
    columns: dict[str, Any] = dict.fromkeys(COLUMNS, [None] * count) | {
        "id": [f"{level}:{one}" for one in source],
        "source_id": source,
        "level": [level] * count,
        "label_zh": pd.Series(labels).fillna("").tolist(),
        "label_en": [""] * count,
        "external_ids": ["{}"] * count,
        "attributes": json_rows(frame.drop(columns="geometry")).tolist(),
        "removed": [False] * count,
        "row": list(range(count)),
    }
    city: dict[str, Any] = {name: [None] for name in COLUMNS} | {
        "id": ["city:c"], "source_id": ["c"], "level": ["city"], "label_zh": ["上海"],
        "label_en": ["Shanghai"], "external_ids": ["{}"], "attributes": ["{}"],
        "removed": [False], "row": [0],
    }  # fmt: skip
    columns["parent_city"] = ["city:c"] * count
    whole = {name: [*columns[name], *city[name]] for name in COLUMNS}
    found = Targets.of_table(pa.table(whole), level)
    found.__dict__["shapes"] = np.asarray(frame.to_crs(crs).geometry.to_numpy(), object)
    return found


@pytest.fixture(scope="module")
def manhattan(shared: Path) -> tuple[gpd.GeoDataFrame, Targets]:
    frame = gpd.read_file(shared / "data/nyc/derived/manhattan_cd101-103_buildings.geojson")
    frame = frame[frame["kind"] == "building"].reset_index(drop=True)
    return frame, targets("building", frame, frame["id"], frame["name"], UTM["nyc"])


def otherwise(street: str) -> str:
    """A street as another office writes it."""
    for long, short in (("East ", "E "), ("West ", "W "), (" Street", " St."), (" Avenue", " AVE")):
        street = street.replace(long, short)
    return street.upper()


def test_addresses_of_manhattan_find_their_building_however_they_are_written(
    manhattan: tuple[gpd.GeoDataFrame, Targets],
) -> None:
    frame, of = manhattan
    told = frame[frame["addr_street"].notna() & frame["addr_housenumber"].notna()]
    wanted = told.index.to_numpy()
    written = [
        f"{number} {otherwise(street)}, Apt. 4B, New York, NY"
        for number, street in zip(told["addr_housenumber"], told["addr_street"], strict=True)
    ]
    found = match(Keys.of(None, address=written), of, How(by=("address",), suggest=False))
    assert len(told) > 3000
    wrong = found.matched & (found.target != wanted)
    assert found.matched.mean() > 0.93
    same = told["addr_housenumber"].str.upper() + " " + told["addr_street"]
    assert same.iloc[np.flatnonzero(wrong)].tolist() == []
    again = same.str.casefold().duplicated(keep=False).to_numpy()
    assert found.ambiguous[again].mean() > 0.9


def test_points_of_manhattan_find_the_building_that_holds_them(
    manhattan: tuple[gpd.GeoDataFrame, Targets],
) -> None:
    frame, of = manhattan
    spots = frame.geometry.representative_point()
    x, y = to_model(spots.x.to_numpy(), spots.y.to_numpy(), "", UTM["nyc"])
    found = match(Keys.of(None, x=x, y=y), of, How(by=("point",), tolerance=5, suggest=False))
    assert (found.target[found.matched] == np.flatnonzero(found.matched)).all()
    assert found.matched.mean() > 0.97
    assert not found.unmatched.any()


def test_schools_of_shanghai_find_their_district_by_name_by_point_and_by_address(
    shared: Path,
) -> None:
    data = shared / "data/china"
    districts = gpd.read_file(data / "shanghai_districts_shp/区县界_area.shp")
    of = targets("district", districts, districts["ADMINCODE"], districts["NAME"], UTM["shanghai"])
    schools = pd.read_csv(data / "shanghai_poi/小学.csv")
    named = match(schools["adname"], of, How(by=("label",)))
    assert named.matched.mean() > 0.99
    short = match(schools["adname"].str.replace("新?区$", "", regex=True), of, How(by=("label",)))
    assert (short.target == named.target).mean() > 0.99
    x, y = to_model(schools["lon"].to_numpy(), schools["lat"].to_numpy(), "", UTM["shanghai"])
    placed = match(Keys.of(None, x=x, y=y), of, How(by=("point",)))
    both = named.matched & placed.matched
    assert both.mean() > 0.95
    assert (named.target == placed.target)[both].mean() > 0.95
    whole = "上海市" + schools["adname"] + schools["address"].fillna("")
    written = match(Keys.of(None, address=whole), of, How(by=("address",)))
    known = named.matched
    assert (written.target == named.target)[known].mean() > 0.99
