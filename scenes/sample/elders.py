"""Residents aged 60 and over by community: what old people's needs are held against."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenes.sample.books import write_csv
from scenes.sample.fabric import stream
from scenes.sample.plan import Array
from scenes.sample.sums import Places
from scenes.sample.tables import COLUMNS, NOTE
from scenes.sample.truth import waves

SYSTEM, CODE = "LANWAN-PEOPLE", "elderly_share"
YEARS = (2023, 2024, 2025)
SHARE = (22.0, 29.0, 19.0, 11.5, 21.0, 17.0)
"""Per cent by district: the old town has aged, families moved to the new one."""
FEWEST = 60
"""A community with fewer residents keeps no register of its own: its share is missing."""


def write_elders(folder: Path, places: Places, scale: float, seed: int) -> pd.DataFrame:
    """``elders.csv``: share, numerator and denominator of every community and year, and its map.

    Returns the rows written.
    """
    share = _shares(places, scale, seed)
    frames = [
        _year(places, share + 0.6 * (year - YEARS[-1]), year, stream(seed, f"elders {year}"))
        for year in YEARS
    ]
    mapping = folder / "elders.map.toml"
    mapping.write_text(
        f'# synthetic data of a fictitious city 虚构数据\nsystem = "{SYSTEM}"\n'
        'source_kind = "department"\n',
        encoding="utf-8",
    )
    whole = pd.concat(frames, ignore_index=True)
    write_csv(folder / "elders.csv", whole)
    return whole


def _shares(places: Places, scale: float, seed: int) -> Array:
    """Shares of the newest year in per cent: near neighbours are alike."""
    rng = stream(seed, "elders")
    near = 3.2 * waves(places.at, scale, rng) + 1.4 * rng.normal(0, 1, len(places.ids))
    return np.asarray(np.clip(np.array(SHARE)[places.district] + near, 4.0, 48.0))


def _year(places: Places, share: Array, year: int, rng: np.random.Generator) -> pd.DataFrame:
    everyone = np.rint(places.people)
    old = np.rint(everyone * share / 100.0)
    known: NDArray[np.bool_] = (everyone >= FEWEST) & (rng.random(len(share)) > 0.02)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(known, np.round(old / everyone * 100.0, 4), np.nan)
    told = {
        "unit_id": places.ids,
        "level": "community",
        "system": SYSTEM,
        "indicator": CODE,
        "period": str(year - 1),
        "value": value,
        "numerator": np.where(known, old, np.nan),
        "denominator": np.where(known, everyone, np.nan),
        "unit": "%",
        "state": np.where(known, "measured", "missing").astype(object),
        "note": NOTE,
    }
    return pd.DataFrame(told)[COLUMNS]
