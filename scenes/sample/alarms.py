"""High buildings and whether their fire alarms reach the fire brigade: a list by building."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from scenes.sample.books import write_csv
from scenes.sample.fabric import stream
from scenes.sample.levels import Ints
from scenes.sample.people import People
from scenes.sample.plan import Array

HIGH = 27.0  # metres: what counts as a high building of homes
YEAR = 2025  # the list is new: earlier years have shares only
CODE, HEADER = "highrise_fire_warning", "火灾监测预警覆盖率"
# built before, share that is connected
CONNECTED = ((1995, 0.62), (2005, 0.82), (2015, 0.93), (3000, 0.985))


@dataclass(frozen=True)
class Alarms:
    """Rows of the high buildings, and 1 where the alarms are connected."""

    rows: Ints
    connected: Array


def make_alarms(people: People, seed: int) -> Alarms:
    """The older a high building, the less likely its alarms are connected."""
    rng = stream(seed, "alarms")
    rows = np.flatnonzero(people.height > HIGH)
    before = np.array([year for year, _ in CONNECTED])
    chance = np.array([share for _, share in CONNECTED])
    share = chance[np.searchsorted(before, people.year[rows], side="right")]
    return Alarms(rows, (rng.random(len(rows)) < share).astype(np.float64))


def write_alarms(folder: Path, alarms: Alarms, people: People) -> list[Path]:
    """``fire_alarms_2025.csv`` and its map file."""
    frame = pd.DataFrame(
        {
            "楼栋编号": people.ids[alarms.rows],
            HEADER: (alarms.connected * 100).astype(int),
            "备注": "虚构数据",
        }
    )
    lines = [
        "# synthetic data of a fictitious city 虚构数据",
        'system = "MOHURD-2023"',
        'source_kind = "department"',
        "[columns]",
        'unit_id = "楼栋编号"',
        'note = "备注"',
        f'{CODE} = "{HEADER}"',
    ]
    path = folder / "fire_alarms.map.toml"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [write_csv(folder / f"fire_alarms_{YEAR}.csv", frame), path]
