"""Official indicators of New York, loaded as a user would, against facts computed elsewhere."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import box

from cim_bridge.folder import CityFolder
from cim_bridge.levels import PARENT_LEVELS
from cim_bridge.model import UNIT_COLUMNS
from indicator_overlays.adopt import adopt
from indicator_overlays.load import load
from indicator_overlays.rollup import rollup
from indicator_overlays.store import ValueStore
from indicator_overlays.system import load_systems
from indicator_overlays.yearly import by_year
from tests.support import ehdp
from tests.support.tinycity import write_model


def units(lookup: Path) -> gpd.GeoDataFrame:
    """Every community district and neighbourhood by id; no geometry is needed here."""
    with lookup.open(encoding="utf-8", newline="") as handle:
        names = [row["unit"] for row in csv.DictReader(handle)]
    rows = [("city", "nyc")]
    rows += [("district" if name.isdigit() else "community", name) for name in names]
    frame = pd.DataFrame({column: None for column in UNIT_COLUMNS if column != "geometry"},
                         index=range(len(rows)))  # fmt: skip
    frame["level"] = [level for level, _ in rows]
    frame["source_id"] = [name for _, name in rows]
    frame["id"] = frame["level"] + ":" + frame["source_id"]
    frame["removed"] = False
    frame[["label_zh", "label_en", "external_ids"]] = ["", "", "{}"]
    for level in PARENT_LEVELS:
        frame[f"parent_{level}"] = "city:nyc" if level == "city" else ""
    return gpd.GeoDataFrame(frame, geometry=[box(0, 0, 1, 1)] * len(rows), crs="EPSG:2263")


@pytest.fixture(scope="module")
def city(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> CityFolder:
    path = tmp_path_factory.mktemp("nyc")
    folder = CityFolder.init(path / "city", name="纽约", name_en="New York", crs="EPSG:2263")
    lookup = ehdp.write_lookup_csv(shared, path / "ids.csv")
    write_model(folder, units(lookup))
    ehdp.write_system_csv(shared, folder.systems / "NYC-EHDP.csv")
    table = ehdp.write_values_csv(shared, path / "values.csv", ("CD", "NTA2020"))
    mapping = ehdp.write_map_toml(path / "map.toml", lookup)
    report = load(folder, [table], source="NYC Health EHDP", mapping=mapping)
    assert report.rows > 3000
    assert len(report.indicators) == 4
    return folder


def latest(city: CityFolder, indicator: str, year: int = 2024) -> dict[str, dict[str, object]]:
    adopted = adopt(ValueStore(city).table(), city.config)
    rows = by_year(adopted, city.config, load_systems(city), [year]).to_pylist()
    return {
        str(r["unit_id"]): r
        for r in rows
        if r["indicator"] == indicator and r["level"] == "district"
    }


@pytest.mark.parametrize(
    ("indicator", "year", "values"),
    [
        ("pm25", 2024, [7.2131, 8.4212, 7.1749]),
        ("vegetative_cover", 2024, [21.9, 15.3, 25.9]),
        # the portal's newest number of a period, 288, is its oldest span: 2007-11
        ("household_crowding", 2011, [4.0224, 4.0224, 8.4734]),
        ("household_crowding", 2024, [5.9054, 5.9054, 6.9977]),
    ],
)
def test_the_latest_values_of_three_districts_are_the_published_ones(
    city: CityFolder, indicator: str, year: int, values: list[float]
) -> None:
    found = latest(city, indicator, year)
    assert len(found) == 59
    assert [found[f"district:{n}"]["value"] for n in (101, 102, 103)] == pytest.approx(values)


def test_suppressed_values_are_withheld_and_have_no_number(city: CityFolder) -> None:
    found = latest(city, "pedestrian_injury_hosp")
    for name in ("district:101", "district:102"):
        assert (found[name]["state"], found[name]["value"]) == ("withheld", None)
    assert (found["district:103"]["state"], found["district:103"]["value"]) == ("measured", 17.0)
    everything = ValueStore(city).table().to_pylist()
    assert all((r["value"] is None) == (r["state"] == "withheld") for r in everything)


def test_periods_keep_their_names_and_true_dates(city: CityFolder) -> None:
    row = latest(city, "pm25")["district:101"]
    assert row["period"] == "Annual Average 2022"
    assert (row["period_start"], row["period_end"]) == (dt.date(2022, 1, 1), dt.date(2022, 12, 31))
    summer = latest(city, "pm25", 2009)["district:101"]
    assert (summer["period"], summer["period_end"]) == (
        "Annual Average 2009",
        dt.date(2009, 11, 30),
    )
    codes = {r["period"] for r in ValueStore(city).table().to_pylist() if r["indicator"] == "pm25"}
    assert len(codes) == 42
    assert "Winter 2008-09" in codes


def test_neighbourhoods_are_joined_through_the_lookup(city: CityFolder) -> None:
    rows = ValueStore(city).table().to_pylist()
    found = [r for r in rows if r["level"] == "community"]
    assert {r["unit_id"][:12] for r in found} >= {"community:BX", "community:MN"}
    assert {r["indicator"] for r in found} == {"household_crowding"}


def test_a_census_count_that_two_districts_share_is_summed_once(
    shared: Path, tmp_path: Path
) -> None:
    """The number of crowded households of 101 and 102 is one value of both together."""
    columns = ehdp._json(shared, "data/15.json")
    rows = [
        dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)
    ]
    counted = [r for r in rows if r["MeasureID"] == 230 and r["GeoType"] == "CD"]
    newest = max(int(r["TimePeriodID"]) for r in counted)
    three = {
        str(r["GeoID"]): float(r["Value"])
        for r in counted
        if r["TimePeriodID"] == newest and r["GeoID"] in (101, 102, 103)
    }
    assert len(three) == 3
    groups = ehdp.shared_groups(list(three.items()))
    assert list(groups.values()) == [["101", "102"]]
    city = CityFolder.init(tmp_path / "city", name="纽约", crs="EPSG:2263")
    lookup = ehdp.write_lookup_csv(shared, tmp_path / "ids.csv")
    write_model(city, units(lookup))
    (city.systems / "S.csv").write_text(
        "code,name_en,unit,levels\ncrowded,Crowded,count,district\n"
    )
    table = tmp_path / "v.csv"
    table.write_text(
        "unit_id,indicator,period,value\n"
        + "".join(f"{unit},crowded,2022,{value}\n" for unit, value in three.items())
    )
    mapping = tmp_path / "m.toml"
    mapping.write_text('[shared]\npuma = ["101", "102"]\n')
    load(city, [table], source="a", level="district", mapping=mapping)
    adopted = adopt(ValueStore(city).table(), city.config)
    frame = gpd.read_parquet(city.models / str(city.head_model()) / "units.parquet")
    (top,) = rollup(adopted, frame, load_systems(city)).rows.to_pylist()
    assert top["unit_id"] == "city:nyc"
    assert top["value"] == three["101"] + three["103"]
