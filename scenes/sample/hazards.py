"""The housing survey of 2023 indicators by building: a GBK table with Chinese headers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenes.sample import zones
from scenes.sample.books import CsvFile
from scenes.sample.fabric import Fabric, stream
from scenes.sample.levels import Ints, Units
from scenes.sample.people import People
from scenes.sample.placing import PART
from scenes.sample.plan import Array
from scenes.sample.solids import RES
from scenes.sample.works_done import Work

Flags = NDArray[np.uint8]
SURVEYS = (2023, 2024, 2025)
# code, header zh, chance new, added when built before 2000, before 1980, in the old town
HAZARDS = (
    ("structural_hazard", "结构安全隐患", 0.0004, 0.004, 0.012, 0.014),
    ("gas_hazard", "燃气安全隐患", 0.0008, 0.006, 0.006, 0.006),
    ("corridor_hazard", "楼道安全隐患", 0.0012, 0.010, 0.006, 0.005),
    ("envelope_hazard", "围护安全隐患", 0.0012, 0.008, 0.008, 0.008),
    ("performance_substandard", "住宅性能不达标", 0.004, 0.06, 0.20, 0.18),
    ("pipeline_damage", "管线管道破损", 0.006, 0.06, 0.08, 0.04),
    ("water_quality_substandard", "入户水质水量不达标", 0.004, 0.02, 0.03, 0.02),
    ("age_friendly_need", "适老化改造需求", 0.03, 0.24, 0.14, 0.06),
    ("energy_retrofit_need", "节能改造需求", 0.02, 0.34, 0.30, 0.05),
    ("digital_retrofit_need", "数字化改造需求", 0.08, 0.30, 0.18, 0.05),
)
WORDS = (0, 1, "未查", "***")
HEADER = {"unit_id": "楼栋编号", "note": "备注"}


def hazard_flags(
    fabric: Fabric, units: Units, people: People, works: list[Work], seed: int
) -> dict[int, tuple[Ints, Flags]]:
    """Survey year → rows of surveyed buildings and their flags (n, 10), 0 or 1."""
    rng = stream(seed, "hazards")
    homes = np.flatnonzero((people.use == RES) & (people.population > 0) & (people.area > 34.0))
    communities = len(units.tables["community"])
    hot = rng.gamma(0.7, 1.4, communities)
    flags = np.zeros((len(SURVEYS), len(homes), len(HAZARDS)), np.uint8)
    done = np.stack([_done(works, survey, communities) for survey in SURVEYS])
    for start in range(0, len(homes), PART):
        rows = homes[start : start + PART]
        chance = _chance(people, rows, hot)
        draw = rng.random(chance.shape)
        for at in range(len(SURVEYS)):
            now = chance * (1.0 + 0.04 * at)
            now = now * np.where(done[at, people.community[rows]], 0.15, 1.0)[:, None]
            flags[at, start : start + PART] = draw < now
    out = {}
    for at, survey in enumerate(SURVEYS):
        surveyed = rng.random(len(homes)) < (0.55, 0.75, 0.94)[at]
        out[survey] = homes[surveyed], flags[at, surveyed]
    return out


def _chance(people: People, rows: Ints, hot: Array) -> Array:
    """Chance of every hazard in some homes; hot: how much trouble a community has."""
    year, old = people.year[rows], (people.district[rows] == zones.GUBU)
    table = np.array([row[2:] for row in HAZARDS])
    chance = (
        table[:, 0]
        + (year < 2000)[:, None] * table[:, 1]
        + (year < 1980)[:, None] * table[:, 2]
        + old[:, None] * table[:, 3]
    )
    chance = chance * np.where(people.renovated[rows], 0.25, 1.0)[:, None]
    here = hot[people.community[rows]][:, None]
    chance[:, :4] *= 0.7 * here  # trouble keeps company: a few communities have most of it
    return np.asarray(chance, dtype=np.float64)


def _done(works: list[Work], year: int, communities: int) -> np.ndarray:
    out = np.zeros(communities, dtype=bool)
    for work in works:
        if work.theme.key == "hazard" and work.done and work.done <= year:
            out[work.community] = True
    return out


def write_hazards(
    folder: Path, flags: dict[int, tuple[Ints, Flags]], people: People, seed: int
) -> list[Path]:
    """``housing_survey_<year>.csv`` in GBK and its map file."""
    rng, out = stream(seed, "hazard files"), []
    for survey, (rows, values) in flags.items():
        told = values.copy()
        for at in range(len(HAZARDS)):
            told[rng.random(len(told)) < 0.012, at] = WORDS.index("未查")
            told[rng.random(len(told)) < 0.002, at] = WORDS.index("***")
        path = folder / f"housing_survey_{survey}.csv"
        with CsvFile(path, "gbk") as file:
            for start in range(0, len(rows), PART):
                part = slice(start, start + PART)
                columns = np.array(WORDS, dtype=object)[told[part]]
                frame = pd.DataFrame({HEADER["unit_id"]: people.ids[rows[part]]})
                for at, (_, header, *_) in enumerate(HAZARDS):
                    frame[header] = columns[:, at]
                file.add(frame.assign(**{HEADER["note"]: "虚构数据"}))
        out.append(path)
    lines = [
        "# synthetic data of a fictitious city 虚构数据；表为 GBK 编码",
        'system = "MOHURD-2023"',
        'source_kind = "third_party"',
        'encoding = "gbk"',
        "[columns]",
        *[f'{ours} = "{theirs}"' for ours, theirs in HEADER.items()],
        *[f'{code} = "{header}"' for code, header, *_ in HAZARDS],
        "[null]",
        'missing = ["未查"]',
        'withheld = ["***"]',
    ]
    path = folder / "housing_survey.map.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [*out, path]
