"""The value files: yearbook, departments, third party, districts' own reports, wide sheets."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from indicator_overlays.system import load_systems
from scenes.sample.books import CsvFile, write_book, write_csv
from scenes.sample.fabric import Fabric, stream
from scenes.sample.facts import Facts
from scenes.sample.forms import make_series
from scenes.sample.levels import Ints, Units
from scenes.sample.people import People
from scenes.sample.plan import Array
from scenes.sample.planted import plant
from scenes.sample.quarrels import claim, slip
from scenes.sample.solids import RES
from scenes.sample.sums import Places, community_of_compound, district_of, make_places
from scenes.sample.tables import CITY, COLUMNS, NOTE, agreed, disagree, long_table, lose, upward
from scenes.sample.truth import YEARS, Given, Series, read_story
from scenes.sample.works_done import Work, boosts

WIDE_LEVEL, WIDE_SYSTEM, WIDE_YEARS = "compound", "MOHURD-2023", (2023, 2024, 2025)
FINE = ("compound", "block", "community", "subdistrict")
STALE_CODES = {"median_age": ("2020",), "commute_time": ("2020", "2021")}  # old surveys only
FLAGS = ("convenience_retail_coverage", "elderly_station_coverage", "childcare_coverage")
MANY_BLOCKS = 12_000  # above it only what the rules need is delivered by block
RULE_CODES = {
    "land_over_15k_density",
    "park_coverage",
    "shelter_area_pc",
    "fire_station_coverage",
    "hospital_coverage",
    "middle_school_coverage",
    "road_density",
    "parking_supply_ratio",
}


@dataclass(frozen=True)
class Truth:
    """Everything the value files are made from."""

    places: dict[str, Places]
    series: list[Series]
    parents: dict[str, Ints]  # district row of the units of a level
    wild: NDArray[np.object_]  # blocks of the hills, which are no blocks to the checkup
    facts: Facts


def make_truth(
    fabric: Fabric,
    units: Units,
    people: People,
    works: list[Work],
    facts: Facts,
    systems_dir: Path,
    seed: int,
) -> Truth:
    """All indicators of story.csv for the units of their own level."""
    systems = load_systems(systems_dir)
    places = make_places(units, people)
    communities = len(units.tables["community"])
    community = {
        "compound": community_of_compound(units),
        "block": units.cell_community,
        "community": np.arange(communities),
    }
    series, many = [], len(places["block"].ids) > MANY_BLOCKS
    for row in read_story():
        if row.level == "block" and many and row.code not in RULE_CODES:
            continue
        at = places[row.level]
        of = community.get(row.level, np.full(len(at.ids), -1))
        given = Given(
            boosts(works, row.code, of, communities),
            _new_towers(people, len(at.ids)) if row.form == "tall" else np.zeros((1, 1)),
            facts.get((row.code, row.level)),
        )
        indicator = systems[row.system].indicators[row.code]
        series.append(make_series(row, indicator, at, fabric.plan.scale, seed, given))
    plant(series, places["block"].old)
    wild = units.tables["block"]["land_use"].to_numpy() == "forest"
    return Truth(places, series, district_of(units), places["block"].ids[wild], facts)


def _new_towers(people: People, districts: int) -> Array:
    tall = (people.use == RES) & (people.height > 80.0)
    return np.stack(
        [
            np.bincount(people.district[tall & (people.year == y - 1)], minlength=districts).astype(
                float
            )
            for y in YEARS
        ]
    )


def write_values(folder: Path, truth: Truth, units: Units, seed: int) -> list[Path]:
    """All value files but the hazard survey of buildings; long ones grow as they are made."""
    rng = stream(seed, "deliveries")
    tables: dict[str, dict[str, list[pd.DataFrame]]] = {}
    with ExitStack() as stack:
        long: dict[str, CsvFile] = {}
        for series in truth.series:
            row = series.row
            if _is_wide(series):
                continue
            frame = _delivered(truth, series, rng)
            if row.level not in FINE:
                tables.setdefault(row.source, {}).setdefault(row.level, []).append(frame)
                continue
            if row.source not in long:
                path = folder / f"{row.source}_neighbourhoods.csv"
                long[row.source] = stack.enter_context(CsvFile(path))
            long[row.source].add(frame[COLUMNS])
    yearbook, own = _districts(truth, units, rng)
    tables.setdefault("statistics", {}).setdefault("district", []).append(yearbook)
    tables.setdefault("self_report", {}).setdefault("district", []).append(own)
    told = [folder / f"{source}_neighbourhoods.csv" for source in long]
    return [*told, *_write_small(folder, tables, long), *_write_wide(folder, truth, rng)]


def _delivered(truth: Truth, series: Series, rng: np.random.Generator) -> pd.DataFrame:
    """The rows of one indicator as its source delivers them."""
    row = series.row
    ids = truth.places[row.level].ids if row.level != "city" else np.array([CITY], dtype=object)
    frame = _rarer(long_table(series, ids), row.code)
    frame = frame[~frame["unit_id"].isin(truth.wild)]
    if row.level in ("block", "community") and row.form == "fact" and row.code not in FLAGS:
        frame = slip(frame, rng)
    hidden = 0.012 if "people" in row.scale else 0.0
    return lose(frame, rng, missing=0.03, withheld=hidden, broken=0.006)


def _is_wide(series: Series) -> bool:
    """Whether an indicator comes in the workbooks of compounds rather than in a long table."""
    return series.row.level == WIDE_LEVEL and series.row.system == WIDE_SYSTEM


def _rarer(frame: pd.DataFrame, code: str) -> pd.DataFrame:
    """Some surveys are old: only their own periods are delivered, and they read as stale."""
    if code not in STALE_CODES:
        return frame
    periods = STALE_CODES[code]
    old = frame[frame["period"].isin(["2020", "2021", "2022"][: len(periods)])].copy()
    return old


def _districts(
    truth: Truth, units: Units, rng: np.random.Generator
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """District numbers of what is known below: by the yearbook, and by the districts themselves."""
    above = truth.places["district"]
    book, own = [], []
    for series in truth.series:
        row = series.row
        if row.level not in ("block", "community") or not series.indicator.allows("district"):
            continue
        if row.code in STALE_CODES:
            continue
        up = upward(series, above, truth.parents[row.level])
        up = agreed(up, truth.facts.get((row.code, "district")))
        frame = long_table(up, above.ids)
        frame["level"] = "district"
        told = lose(disagree(frame, rng), rng, missing=0.05)
        own.append(claim(told, frame, units.tables["district"]))
        if row.source == "statistics" or rng.random() < 0.4:
            book.append(lose(frame, rng, missing=0.02))
    return pd.concat(book, ignore_index=True), pd.concat(own, ignore_index=True)


def _write_small(
    folder: Path, tables: dict[str, dict[str, list[pd.DataFrame]]], long: Collection[str]
) -> list[Path]:
    """Sheets of the city and its districts, and the map file of every source."""
    out = []
    for source in sorted({*tables, *long}):
        small = {
            level: pd.concat(frames, ignore_index=True)[COLUMNS]
            for level, frames in sorted(tables.get(source, {}).items())
        }
        if source == "department" and "district" in small:
            small["district"] = _adjust(small["district"])
        if source == "self_report":
            out.append(write_csv(folder / "self_report_districts.csv", small["district"]))
        elif small:
            out.append(write_book(folder / f"{source}.xlsx", small))
        out.append(_map(folder, source))
    return out


def _map(folder: Path, source: str) -> Path:
    path = folder / f"{source}.map.toml"
    path.write_text(
        f'# synthetic data of a fictitious city 虚构数据\nsource_kind = "{source}"\n'
        "# shares of small neighbourhoods jump: looked at, true 小街区占比跳动，已核对\n"
        'confirm = ["RATIO_TO_LAST_YEAR"]\n',
        encoding="utf-8",
    )
    return path


def _adjust(frame: pd.DataFrame) -> pd.DataFrame:
    """One number corrected by hand, with who, why, and the number before."""
    hit = frame[
        (frame["indicator"] == "sewage_collection_rate")
        & (frame["period"] == "2024")
        & (frame["system"] == "MOHURD-2022")
        & (frame["state"] == "measured")
    ].index[:1]
    out = frame.copy()
    for at in hit:
        old = float(out.loc[at, "value"])
        out.loc[at, ["numerator", "denominator"]] = np.nan
        out.loc[at, "value"] = round(old - 2.4, 1)
        out.loc[at, "state"] = "adjusted"
        out.loc[at, "note"] = (
            f"{NOTE}; adjusted by hand: {old:g} → {old - 2.4:.1f}, double counting "
            "of one pumping station 泵站重复计量; reviewer 审核人: 甲 (fictitious)"
        )
    return out


def _write_wide(folder: Path, truth: Truth, rng: np.random.Generator) -> list[Path]:
    """Compounds: a workbook a year, two sheets, two header rows with Chinese names."""
    mine = [series for series in truth.series if _is_wide(series)]
    groups: dict[str, list[Series]] = {}
    for series in mine:
        group = series.indicator.group or {"zh": "小区", "en": "compound"}
        groups.setdefault("设施" if group["zh"] == "设施完善" else "环境与管理", []).append(series)
    out, ids = [], truth.places[WIDE_LEVEL].ids
    for year in WIDE_YEARS:
        sheets, above = {}, {}
        for name, members in groups.items():
            frame = pd.DataFrame({"小区编码": ids})
            for series in members:
                column = series.value[YEARS.index(year)].astype(object)
                column[rng.random(len(ids)) < 0.025] = "—"
                column[rng.random(len(ids)) < 0.006] = "***"
                frame[series.indicator.name["zh"]] = column
            frame["备注"] = NOTE
            sheets[name], above[name] = frame, ["基本信息", *[name] * len(members), "其他"]
        out.append(write_book(folder / f"compound_survey_{year}.xlsx", sheets, above))
    lines = [
        "# synthetic data of a fictitious city 虚构数据",
        'system = "MOHURD-2023"',
        'source_kind = "third_party"',
        "header_rows = 2",
        "[columns]",
        'unit_id = "小区编码"',
        'note = "备注"',
        *[f'{s.row.code} = "{s.indicator.name["zh"]}"' for s in mine],
        "[null]",
        'missing = ["—"]',
        'withheld = ["***"]',
    ]
    path = folder / "compound_survey.map.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [*out, path]
