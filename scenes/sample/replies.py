"""The residents' survey: raw rows, five-point answers, groups, some places with few replies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scenes.sample.books import write_csv
from scenes.sample.fabric import stream
from scenes.sample.plan import Array
from scenes.sample.sums import Places
from scenes.sample.works_done import Work

QUESTIONS = ("整体满意度", "住房", "小区环境", "街区配套", "交通出行", "安全")
MEAN = (3.55, 3.55, 4.02, 3.86, 3.66, 3.75)  # by district: the old town and the harbour grumble


GROUPS: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "渠道": (("网络问卷", "入户访谈", "街头拦访", "社区座谈"), (0.6, 0.2, 0.15, 0.05)),
    "年龄段": (("18-34", "35-59", "60+"), (0.34, 0.42, 0.24)),
    "学历": (("初中及以下", "高中/中专", "大专/本科", "研究生"), (0.24, 0.3, 0.4, 0.06)),
    "收入": (("低", "中", "高"), (0.3, 0.52, 0.18)),
    "户籍": (("本地户籍", "外地户籍"), (0.72, 0.28)),
}
DAYS = ("09-01", "09-15", "10-08", "10-20")
MAPPING = """\
# synthetic data of a fictitious city 虚构数据
system = "MOHURD-2022"
source_kind = "survey"
level = "community"
[columns]
unit_id = "所在社区"
satisfaction = "整体满意度"
date = "填写日期"
channel = "渠道"
age = "年龄段"
education = "学历"
income = "收入"
registration = "户籍"
[scale]
max = 5
"""


def write_replies(
    folder: Path, places: Places, works: list[Work], year: int, seed: int
) -> list[Path]:
    """``satisfaction_survey_<year>.csv``: one row a reply, unit = community, CSV in UTF-8."""
    rng = stream(seed, f"replies {year}")
    chance = [0.08, 0.1, 0.3, 0.3, 0.22]
    asked = rng.choice([9, 18, 34, 46, 62], len(places.ids), p=chance)
    unit = np.repeat(np.arange(len(places.ids)), np.where(places.people > 120, asked, 0))
    frame = _people(places.ids[unit], year, rng)
    mood = _mood(places, works, year, rng)[unit]
    noise = rng.normal(0, 0.85, (len(unit), len(QUESTIONS)))
    answers = np.clip(np.rint(mood[:, None] + noise), 1, 5).astype(int)
    for at, question in enumerate(QUESTIONS):
        frame[question] = answers[:, at]
    frame["备注"] = "虚构数据"
    path = write_csv(folder / f"satisfaction_survey_{year}.csv", frame)
    mapping = folder / "satisfaction_survey.map.toml"
    mapping.write_text(MAPPING, encoding="utf-8")
    return [path, mapping]


def _mood(places: Places, works: list[Work], year: int, rng: np.random.Generator) -> Array:
    """Mean answer of every community: its district's, better where a project is done."""
    mood = np.array(MEAN)[places.district] + 0.16 * rng.normal(0, 1, len(places.ids))
    for work in works:
        mood[work.community] += 0.5 if work.done and work.done <= year else 0.0
    return np.asarray(mood + 0.05 * (year - 2023), dtype=np.float64)


def _people(communities: NDArray[np.object_], year: int, rng: np.random.Generator) -> pd.DataFrame:
    n = len(communities)
    days = np.array([f"{year - 1}-{day}" for day in DAYS], dtype=object)
    return pd.DataFrame(
        {
            "受访者编号": [f"S{year}{i + 1:06d}" for i in range(n)],
            "所在社区": communities,
            **{name: rng.choice(words, n, p=p) for name, (words, p) in GROUPS.items()},
            "填写日期": days[rng.integers(0, len(days), n)],
        }
    )
