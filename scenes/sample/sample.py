"""Write the whole sample: the way from a seed to files, readable from top to bottom."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd

from cim_bridge.progress import SILENT, Progress
from scenes.sample.alarms import make_alarms, write_alarms
from scenes.sample.cases import settle
from scenes.sample.deliveries import make_truth, write_values
from scenes.sample.elders import write_elders
from scenes.sample.fabric import Fabric, make_fabric
from scenes.sample.facts import make_facts
from scenes.sample.ground import make_ground
from scenes.sample.harbour import write_quarter
from scenes.sample.hazards import hazard_flags, write_hazards
from scenes.sample.ifc import write_tower
from scenes.sample.labels import make_labels
from scenes.sample.layers import write_layer
from scenes.sample.ledgers import write_ledgers
from scenes.sample.levels import Units, make_units
from scenes.sample.measured import in_parts, without_buildings
from scenes.sample.model import Stock, write_buildings, write_ground
from scenes.sample.next_version import write_next
from scenes.sample.people import People, make_people
from scenes.sample.places import make_facilities, make_green, make_parks, make_water_table
from scenes.sample.remarks import write_remarks
from scenes.sample.replies import write_replies
from scenes.sample.settings import write_settings
from scenes.sample.shoreline import write_shoreline
from scenes.sample.special import make_areas
from scenes.sample.steps import source_labels
from scenes.sample.streets import make_coast, make_greenways, make_roads
from scenes.sample.sums import make_places
from scenes.sample.targets import find_targets
from scenes.sample.tasks import write_tasks
from scenes.sample.tower import make_tower
from scenes.sample.truth import YEARS, read_story
from scenes.sample.works_done import make_works

SEED = 20260101
FOLDERS = ("model", "layers", "tables", "settings", "model_next")
SURVEY_YEARS = (2023, 2024, 2025)


@dataclass(frozen=True)
class SampleReport:
    """What was written: counts by level and layer, files with their digests."""

    path: Path
    seed: int
    counts: dict[str, int]
    population: int
    files: dict[str, str]


def make_sample(
    out: Path, *, buildings: int = 20_000, seed: int = SEED, progress: Progress = SILENT
) -> SampleReport:
    """Write the sample city of ``buildings`` buildings into the folder ``out``.

    The same numbers give the same bytes. Folders written: ``model/`` (CityJSON; beside it a
    quarter as CityGML and a tower as IFC), ``layers/`` (GeoPackage), ``tables/`` (CSV, XLSX and
    their map files), ``settings/`` (city.toml additions and the city's own systems),
    ``model_next/`` (changes for a later version of the model).
    """
    progress.stage("plan", None)
    fabric = make_fabric(buildings, seed)
    units = make_units(fabric, seed)
    people = make_people(fabric, units, seed)
    folders = {name: _fresh(out / name) for name in FOLDERS}
    write_settings(folders["settings"], source_labels())
    progress.stage("buildings", buildings)
    stock = Stock(fabric, people, make_labels(fabric, units, people))
    write_buildings(folders["model"], stock, progress)
    write_next(folders["model_next"], stock, seed)
    write_ground(folders["model"], *make_ground(fabric))
    write_quarter(folders["model"], stock)
    write_tower(folders["model"], make_tower(stock))
    progress.stage("layers", None)
    layers = _layers(folders["layers"], fabric, units, people, seed)
    counts = {name: len(frame) for name, frame in layers.items()}
    progress.stage("tables", None)
    _tables(folders["tables"], folders["settings"], fabric, units, people, layers, seed)
    progress.done()
    counts["building"] = len(people.ids)
    return SampleReport(out, seed, counts, int(people.population.sum()), digests(out))


def _fresh(folder: Path) -> Path:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def _layers(
    folder: Path, fabric: Fabric, units: Units, people: People, seed: int
) -> dict[str, gpd.GeoDataFrame]:
    layers = {
        **level_tables(units, people),
        "areas": make_areas(fabric, units, people),
        "roads": make_roads(fabric, seed),
        "parks": make_parks(fabric, seed),
        "green": make_green(fabric),
        "water": make_water_table(fabric),
        "coast": make_coast(fabric),
        "greenways": make_greenways(fabric),
        "facilities": make_facilities(fabric, units, people, seed),
    }
    layers = settle(layers, fabric, units, people)
    for name, frame in layers.items():
        write_layer(folder, name, frame)
    return layers


def level_tables(units: Units, people: People) -> dict[str, gpd.GeoDataFrame]:
    """Tables of the levels as they are written: with people, without the hills' blocks."""
    names = {"community": "communities", "district": "districts", "subdistrict": "subdistricts"}
    sums = make_places(units, people)
    out = {
        name: units.tables[level].assign(population=sums[level].people.astype(int))
        for level, name in names.items()
    }
    blocks = units.tables["block"]
    out["blocks"] = blocks[blocks["land_use"] != "forest"].reset_index(drop=True)
    out["compounds"] = units.tables["compound"]
    return out


def _tables(
    folder: Path,
    settings: Path,
    fabric: Fabric,
    units: Units,
    people: People,
    layers: dict[str, gpd.GeoDataFrame],
    seed: int,
) -> None:
    alarms = make_alarms(people, seed)
    about = (fabric, units, people, layers, YEARS[-1])
    city, parts = without_buildings(*about), in_parts(*about)
    near = (fabric, units, people, layers["facilities"], alarms)
    facts = make_facts(read_story(), city, parts, *near)
    del city
    targets = find_targets(facts, hazard_flags(fabric, units, people, [], seed), units, people)
    works = make_works(fabric, units, people, targets, seed)
    truth = make_truth(fabric, units, people, works, facts, settings, seed)
    write_values(folder, truth, units, seed)
    write_hazards(folder, hazard_flags(fabric, units, people, works, seed), people, seed)
    write_alarms(folder, alarms, people)
    write_shoreline(folder, fabric, people, layers["areas"], seed)
    for year in SURVEY_YEARS:
        write_replies(folder, truth.places["community"], works, year, seed)
    community = truth.places["community"]
    elders = write_elders(folder, community, fabric.plan.scale, seed)
    write_remarks(folder, truth.series, units, elders, community)
    write_ledgers(folder, works, targets, units, people, seed)
    write_tasks(folder, units)


def digests(out: Path) -> dict[str, str]:
    """sha256 of every file, by its path below ``out``."""
    files = sorted(p for p in out.rglob("*") if p.is_file())
    return {
        p.relative_to(out).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest() for p in files
    }
