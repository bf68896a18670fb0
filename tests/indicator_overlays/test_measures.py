"""Computed indicators against figures worked out by hand on the grid city."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from shapely.geometry import LineString, Point, Polygon, box

from cim_bridge.errors import InputRefused, TwinError
from cim_bridge.folder import CityFolder
from cim_bridge.staging import read_manifest
from indicator_overlays.city_shapes import CityShapes
from indicator_overlays.compute import compute, default_registry
from indicator_overlays.measure import Measure, MeasureRegistry
from indicator_overlays.measures import BUILT_IN
from indicator_overlays.measures.park_coverage import service_area
from indicator_overlays.overlap import area_inside, length_inside, without_overlaps
from indicator_overlays.period import year_period
from tests.support.gridcity import grid_units, make_grid_city

Found = dict[str, dict[str, object]]


def found(folder: CityFolder, code: str, system: str) -> Found:
    """Rows of one indicator by unit id."""
    digest = compute(folder, 2024, [code]).digest
    rows = pq.read_table(folder.batches / digest / "values.parquet").to_pylist()
    return {str(row["unit_id"]): row for row in rows if row["system"] == system}


def values(rows: Found, level: str) -> list[object]:
    return [row["value"] for unit, row in rows.items() if unit.startswith(f"{level}:")]


def without(kind: str) -> Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        return table[table["kind"] != kind]

    return change


def test_a_road_on_an_edge_counts_half_for_each_block_and_once_for_the_city(tmp_path: Path) -> None:
    rows = found(make_grid_city(tmp_path / "c"), "road_density", "MOHURD-2022")
    assert values(rows, "block") == pytest.approx([15, 15, 10, 10, 5, 5, 0, 0])
    assert values(rows, "city") == pytest.approx([600 / 1000 / 0.08])
    assert rows["block:B1"]["numerator"] == pytest.approx(0.15)
    assert rows["block:B7"]["state"] == "computed", "a block without roads has a real zero"


def test_both_national_systems_get_the_measure_they_declare(tmp_path: Path) -> None:
    folder = make_grid_city(tmp_path / "c")
    one, other = (found(folder, "road_density", f"MOHURD-{year}") for year in (2022, 2023))
    assert values(one, "block") == values(other, "block")
    assert found(folder, "building_coverage", "CIMTWIN-MORPHOLOGY")


def test_development_intensity_is_the_built_up_share(tmp_path: Path) -> None:
    rows = found(make_grid_city(tmp_path / "c"), "development_intensity", "MOHURD-2022")
    assert values(rows, "district") == pytest.approx([100, 50])
    assert values(rows, "city") == pytest.approx([75])


def test_new_housing_above_80_m_is_flagged_and_counted(tmp_path: Path) -> None:
    rows = found(make_grid_city(tmp_path / "c"), "new_residential_over_80m", "MOHURD-2022")
    assert rows["building:H8-1"]["value"] == 1
    assert rows["building:H7-1"]["value"] == 0, "78 m"
    assert rows["building:H8-2"]["state"] == "not_applicable", "an office"
    assert values(rows, "block") == [0, 0, 0, 0, 0, 0, 0, 1]
    assert values(rows, "city") == [1]


def test_a_building_that_cannot_be_told_is_not_counted_as_fine(tmp_path: Path) -> None:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[table["id"] == "building:H8-1", "height"] = np.nan
        table.loc[table["id"] == "building:H1-1", "year_built"] = np.nan
        return table

    rows = found(
        make_grid_city(tmp_path / "c", change=change), "new_residential_over_80m", "MOHURD-2022"
    )
    assert rows["building:H8-1"]["state"] == "not_computable"
    assert rows["block:B8"]["state"] == "not_computable"
    assert rows["building:H1-1"]["value"] == 0, "6 m high: whatever the year"
    assert rows["city:grid"]["value"] == 0
    assert "1 buildings lack" in str(rows["city:grid"]["note"])


def test_a_missing_layer_is_not_computable_with_its_name_and_never_zero(tmp_path: Path) -> None:
    for kind, code, system in (
        ("road", "road_density", "MOHURD-2022"),
        ("park", "park_coverage", "MOHURD-2022"),
        ("built_up", "development_intensity", "MOHURD-2022"),
    ):
        folder = make_grid_city(tmp_path / kind, change=without(kind))
        report = compute(folder, 2024, [code])
        rows = found(folder, code, system)
        assert {row["state"] for row in rows.values()} == {"not_computable"}
        assert {row["value"] for row in rows.values()} == {None}
        assert kind in str(next(iter(rows.values()))["note"])
        assert [issue.code for issue in report.log] == ["MEASURE_INPUT_MISSING"]


def test_beyond_the_mapped_extent_there_is_no_made_up_zero(tmp_path: Path) -> None:
    far = {
        "id": "block:B9",
        "level": "block",
        "row": 8,
        "kind": "",
        "geometry": box(900, 0, 1000, 100),
    }
    folder = make_grid_city(tmp_path / "c", change=with_areas(far))
    for code, system in (
        ("road_density", "MOHURD-2022"),
        ("park_coverage", "MOHURD-2022"),
        ("new_residential_over_80m", "MOHURD-2022"),
        ("building_count", "CIMTWIN-MORPHOLOGY"),
        ("building_coverage", "CIMTWIN-MORPHOLOGY"),
        ("floor_area_ratio", "CIMTWIN-MORPHOLOGY"),
        ("mean_height", "CIMTWIN-MORPHOLOGY"),
    ):
        row = found(folder, code, system)["block:B9"]
        assert (row["value"], row["state"]) == (None, "not_computable"), code


def test_morphology_comes_out_as_by_hand(tmp_path: Path) -> None:
    folder = make_grid_city(tmp_path / "c")
    system = "CIMTWIN-MORPHOLOGY"
    assert values(found(folder, "building_coverage", system), "block") == pytest.approx([12.0] * 8)
    assert values(found(folder, "building_count", system), "district") == [8, 8]
    assert values(found(folder, "mean_height", system), "block")[0] == pytest.approx(7.5)
    ratio = found(folder, "floor_area_ratio", system)["block:B1"]
    assert ratio["value"] == pytest.approx(600 * (2 + 3) / 10_000)


def test_the_floor_area_ratio_refuses_when_too_little_is_known(tmp_path: Path) -> None:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[table["id"] == "building:H1-1", ["height", "storeys"]] = np.nan
        table.loc[table["id"] == "building:H2-1", "storeys"] = np.nan
        return table

    rows = found(
        make_grid_city(tmp_path / "c", change=change), "floor_area_ratio", "CIMTWIN-MORPHOLOGY"
    )
    assert rows["block:B1"]["state"] == "not_computable"
    assert rows["block:B2"]["value"] == pytest.approx(0.78)
    assert "1 buildings estimated" in str(rows["block:B2"]["note"])


def test_parks_serve_500_or_300_m_by_their_size() -> None:
    reach = service_area(np.array([Point(0, 0), Point(5000, 0)]), np.array([5000.0, 4999.0]))
    area = sorted(shapely.area(reach))
    assert area == pytest.approx([np.pi * 300**2, np.pi * 500**2], rel=1e-3)


def with_areas(*rows: dict[str, object]) -> Callable[[gpd.GeoDataFrame], gpd.GeoDataFrame]:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        for number, row in enumerate(rows):
            pattern = table[table["level"] == "area"].iloc[0].to_dict()
            table.loc[len(table)] = pattern | {"row": 1 + number, "source_id": f"a{number}"} | row
        return table

    return change


def test_park_coverage_is_of_residential_land_when_there_is_any(tmp_path: Path) -> None:
    land = {"id": "area:a0", "kind": "residential_land", "geometry": box(0, 110, 200, 190)}
    folder = make_grid_city(tmp_path / "c", change=with_areas(land))
    rows = found(folder, "park_coverage", "MOHURD-2022")
    assert rows["block:B5"]["value"] == pytest.approx(100)
    assert rows["block:B1"]["state"] == "not_applicable", "no residential land: nothing to serve"
    assert rows["block:B5"]["note"] == "of residential land"


def test_park_coverage_falls_back_and_says_so(tmp_path: Path) -> None:
    def offices(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[table["use"] == "residential", "use"] = "office"
        return table

    homes = found(make_grid_city(tmp_path / "a"), "park_coverage", "MOHURD-2022")
    assert homes["block:B4"]["value"] == 0
    assert homes["block:B4"]["note"] == "of residential buildings' footprints"
    area = found(make_grid_city(tmp_path / "b", change=offices), "park_coverage", "MOHURD-2022")
    assert area["block:B1"]["value"] == pytest.approx(100)
    assert area["block:B1"]["note"] == "of the unit's area"
    assert 11 < float(str(area["block:B4"]["value"])) < 12, "15 m of 100 m, less the round corner"


def test_compounds_stand_in_for_residential_land(tmp_path: Path) -> None:
    compound = {"id": "compound:C1", "level": "compound", "row": 0, "geometry": box(10, 10, 90, 90)}
    folder = make_grid_city(tmp_path / "c", change=with_areas(compound))
    rows = found(folder, "park_coverage", "MOHURD-2022")
    assert rows["block:B1"]["denominator"] == pytest.approx(6400)
    assert rows["block:B1"]["note"] == "of residential compounds"


def test_removed_units_get_no_value(tmp_path: Path) -> None:
    def change(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        table.loc[table["id"] == "building:H8-1", "removed"] = True
        table.loc[table["id"] == "block:B2", "removed"] = True
        return table

    folder = make_grid_city(tmp_path / "c", change=change)
    counts = found(folder, "building_count", "CIMTWIN-MORPHOLOGY")
    assert "block:B2" not in counts
    assert counts["block:B8"]["value"] == 1


def test_the_batch_names_its_method_limits_and_inputs(tmp_path: Path) -> None:
    folder = make_grid_city(tmp_path / "c")
    report = compute(folder, 2024)
    manifest = read_manifest(folder.batches / report.digest)
    assert manifest["source"] == "cimtwin"
    assert manifest["source_kind"] == "computed"
    local = {"natural_shoreline_rate", "coastal_setback_violation"}  # rows that a city adds
    assert {item["code"] for item in manifest["measures"]} == {m.code for m in BUILT_IN} - local
    for item in manifest["measures"]:
        assert item["method"]["zh"]
        assert item["limits"]["en"]


def test_computing_again_changes_nothing(tmp_path: Path) -> None:
    folder = make_grid_city(tmp_path / "c")
    first = [compute(folder, year).digest for year in (2023, 2024)]
    assert [compute(folder, year).digest for year in (2023, 2024)] == first
    assert len(folder.list_batches()) == 2


def test_an_unknown_measure_is_refused_and_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputRefused) as caught:
        compute(make_grid_city(tmp_path / "c"), 2024, ["happiness"])
    assert "road_density" in caught.value.log.errors[0].fix["en"]


def test_a_measure_no_system_declares_is_told_and_not_computed(tmp_path: Path) -> None:
    class Extra:
        code, version, levels, inputs = "bench_count", "1", ("block",), ()
        method = limits = BUILT_IN[0].method

        def compute(self, city: CityShapes, level: str) -> object:
            raise AssertionError(level)

    registry = MeasureRegistry().register(Extra())  # type: ignore[arg-type]
    report = compute(make_grid_city(tmp_path / "c"), 2024, registry=registry)
    assert [issue.code for issue in report.log] == ["MEASURE_NOT_DECLARED"]
    assert report.rows == 0


def test_the_registry_is_immutable_and_a_code_is_taken_once() -> None:
    registry = default_registry()
    assert all(isinstance(measure, Measure) for measure in registry)
    with pytest.raises(TwinError):
        registry.register(BUILT_IN[0])
    assert MeasureRegistry().register(BUILT_IN[0]).codes == ("development_intensity",)


def test_overlapping_footprints_count_once_and_touching_walls_stay() -> None:
    shapes = np.array([box(0, 0, 2, 2), box(1, 1, 3, 3), box(2, 5, 4, 6), box(4, 5, 6, 6)])
    apart = without_overlaps(shapes)
    assert len(apart) == 3
    assert shapely.area(apart).sum() == pytest.approx(7 + 4)


def test_clipping_is_exact_for_odd_shapes() -> None:
    rng = np.random.default_rng(5)
    units = np.array([Polygon([(0, 0), (10, 0), (12, 7), (3, 9)]), box(20, 20, 30, 30)])
    shapes = without_overlaps(
        shapely.box(*rng.uniform(0, 12, (2, 40)), *rng.uniform(12, 14, (2, 40)))
    )
    want = [shapely.area(shapely.intersection(unit, shapely.union_all(shapes))) for unit in units]
    assert area_inside(units, shapes) == pytest.approx(want)
    line = np.array([LineString([(-5, 4), (15, 4)]), LineString([(0, 0), (10, 0)])])
    inside = shapely.length(shapely.intersection(units[0], line[0]))
    assert length_inside(units, line) == pytest.approx([inside + 5, 0])


def test_shapes_of_a_level_follow_the_rows_whatever_the_tables_order() -> None:
    table = grid_units().sample(frac=1, random_state=3).reset_index(drop=True)
    city = CityShapes(table, year_period(2024))
    for row, unit in enumerate(city.units("block").ids):
        shape = table.loc[table["id"] == unit, "geometry"].iloc[0]
        assert city.shapes("block")[row].equals(shape)


class _Point:
    def __init__(self, made: object) -> None:
        self.made, self.value = made, "other.package:Benches"

    def load(self) -> object:
        return lambda: self.made


def test_another_package_can_offer_a_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    class Benches:
        code, version, levels, inputs = "bench_count", "1", ("block",), ()
        method = limits = BUILT_IN[0].method

        def compute(self, city: CityShapes, level: str) -> object:
            raise AssertionError(level)

    offered = [_Point(Benches())]
    monkeypatch.setattr("indicator_overlays.compute.entry_points", lambda group: offered)
    assert "bench_count" in default_registry()
    offered[:] = [_Point(object())]
    with pytest.raises(TwinError, match="not a measure"):
        default_registry()
