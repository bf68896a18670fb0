"""Each rule of reach, height and heritage fires and nearly fires in a city of any size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from indicator_overlays.measures.park_coverage import ParkCoverage
from indicator_overlays.measures.service_radius import HOSPITAL, MIDDLE_SCHOOL
from scenes.sample.fabric import make_fabric
from scenes.sample.levels import make_units
from scenes.sample.measured import city_shapes
from scenes.sample.people import make_people
from scenes.sample.places import make_facilities
from scenes.sample.sample import SEED, _layers
from scenes.sample.solids import RES


@pytest.mark.parametrize("buildings", [1_000, 3_000])
def test_reach_height_and_heritage_fire_and_nearly_fire_at_any_size(
    buildings: int, tmp_path: Path
) -> None:
    fabric = make_fabric(buildings, SEED)
    units = make_units(fabric, SEED)
    people = make_people(fabric, units, SEED)
    layers = _layers(tmp_path, fabric, units, people, SEED)
    city = city_shapes(fabric, units, people, layers, 2025)
    for measure in (HOSPITAL, MIDDLE_SCHOOL, ParkCoverage()):
        value = measure.compute(city, "block").value
        value = value[np.isfinite(value)]
        assert 0 < (value < 80).mean() < 1, measure.code
        assert ((value >= 80) & (value < 88)).any(), measure.code
    home = people.use == RES
    assert (home & (people.height > 80) & (people.year == 2024)).any()
    assert (home & (people.height > 76) & (people.height < 84) & (people.year < 2024)).any()
    facilities = layers["facilities"]
    listed = facilities[(facilities["kind"] == "heritage_building") & facilities["listed"].eq(True)]
    block = dict(zip(people.ids[:], people.cell, strict=True))
    share = listed.groupby(listed["building_id"].map(block))["vacant"].apply(
        lambda told: told.astype(float).mean()
    )
    assert (share > 0.1).any()
    assert ((share >= 0.05) & (share <= 0.1)).any()


def test_a_large_city_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("scenes.sample.cases.ENOUGH", 0)
    fabric = make_fabric(1_000, SEED)
    units = make_units(fabric, SEED)
    people = make_people(fabric, units, SEED)
    plain = make_facilities(fabric, units, people, SEED)
    kept = _layers(tmp_path, fabric, units, people, SEED)["facilities"]
    assert kept.geometry.equals(plain.geometry)
