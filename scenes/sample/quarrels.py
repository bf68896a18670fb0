"""The few values on which sources contradict each other: planted, with the reason in the note."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from scenes.sample import zones
from scenes.sample.tables import NOTE
from scenes.sample.truth import YEARS

NEWEST = str(YEARS[-1] - 1)
SLIP = 0.005  # share of the newest values that were measured on an older map, one at least
CLOSE = (78.0, 90.0)  # per cent: what nearly breaks a rule stays as it is measured
OLD_MAP = "按旧底图量算 measured on an older base map"
# district, indicator, what its own report makes of the value (times, plus), why
FAMOUS = (
    ("harbour", "barrier_free_rate", 1.22, 0.0, "含在建路段 counts roads under construction"),
    ("old", "historic_building_vacancy", 0.5, 0.0, "短租视为在用 short lets count as in use"),
    ("centre", "greenway_coverage", 1.3, 0.0, "含规划绿道 counts planned greenways"),
    ("new", "middle_school_coverage", 1.0, 18.0, "含规划学校 counts planned schools"),
    ("south", "permeable_surface_share", 1.15, 0.0, "含河道水面 counts the river as permeable"),
    ("hills", "shelter_area_pc", 1.35, 0.0, "含未验收场地 counts grounds not yet accepted"),
)


def slip(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Shift a few of the newest values that geometry contradicts, 8 to 25 %, and say why."""
    value = frame["value"].to_numpy(float)
    percent = (frame["unit"] == "%").to_numpy(bool)
    between = (value > 5.0) & (value < 92.0) if percent.all() else value > 0
    between &= ~(percent & (value > CLOSE[0]) & (value < CLOSE[1]))
    newest = (frame["period"] == NEWEST).to_numpy(bool) & (frame["state"] == "measured")
    draw = np.where(newest & between, rng.random(len(frame)), np.inf)
    hit = draw < max(SLIP, float(draw.min(initial=1.0)) * (1.0 + 1e-9))  # one at least
    factor = 1.0 + rng.choice([-1.0, 1.0], len(frame)) * rng.uniform(0.08, 0.25, len(frame))
    out = frame.copy()
    moved = np.where(percent, np.minimum(value * factor, 100.0), value * factor)
    out.loc[hit, "value"] = np.round(moved, 2)[hit]
    out.loc[hit, ["numerator", "denominator"]] = np.nan
    out.loc[hit, "note"] = f"{NOTE}; {OLD_MAP}"
    return out


def claim(own: pd.DataFrame, true: pd.DataFrame, districts: gpd.GeoDataFrame) -> pd.DataFrame:
    """The districts' own report with the one number each that it is known for.

    ``true``: the same rows as they are.
    """
    out = own.copy()
    ids = dict(zip(districts["name_zh"], districts["id"], strict=True))
    for key, code, times, plus, why in FAMOUS:
        name = next(zh for word, zh, _ in zones.DISTRICTS if word == key)
        mine = (out["unit_id"] == ids.get(name)) & (out["indicator"] == code)
        mine &= (out["period"] == NEWEST) & true["value"].notna()
        top = np.where(out.loc[mine, "unit"] == "%", 100.0, np.inf)
        told = np.minimum(true.loc[mine, "value"] * times + plus, top)
        out.loc[mine, "value"], out.loc[mine, "state"] = np.round(told, 2), "measured"
        out.loc[mine, ["numerator", "denominator"]] = np.nan
        out.loc[mine, "note"] = f"{NOTE}; {why}"
    return out
