"""The residents' survey: raw rows, five-point answers, groups, some places with few replies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from scenes.sample.books import write_csv
from scenes.sample.fabric import stream
from scenes.sample.sums import Places
from scenes.sample.works_done import Work

QUESTIONS = ("整体满意度", "住房", "小区环境", "街区配套", "交通出行", "安全")
MEAN = (3.55, 3.55, 4.02, 3.86, 3.66, 3.75)  # by district: the old town and the harbour grumble


def write_replies(
    folder: Path, places: Places, works: list[Work], year: int, seed: int
) -> list[Path]:
    """``satisfaction_survey_<year>.csv``: one row a reply, unit = community, CSV in UTF-8."""
    rng = stream(seed, f"replies {year}")
    lived = places.people > 120
    asked = np.where(
        lived, rng.choice([9, 18, 34, 46, 62], len(places.ids), p=[0.08, 0.1, 0.3, 0.3, 0.22]), 0
    )
    unit = np.repeat(np.arange(len(places.ids)), asked)
    n = len(unit)
    mood = np.array(MEAN)[places.district] + 0.16 * rng.normal(0, 1, len(places.ids))
    for work in works:
        mood[work.community] += 0.5 if work.done and work.done <= year else 0.0
    base = mood[unit] + 0.05 * (year - 2023)
    answers = np.clip(np.rint(base[:, None] + rng.normal(0, 0.85, (n, len(QUESTIONS)))), 1, 5)
    frame = pd.DataFrame(
        {
            "受访者编号": [f"S{year}{i + 1:06d}" for i in range(n)],
            "所在社区": places.ids[unit],
            "渠道": rng.choice(
                ["网络问卷", "入户访谈", "街头拦访", "社区座谈"], n, p=[0.6, 0.2, 0.15, 0.05]
            ),
            "年龄段": rng.choice(["18-34", "35-59", "60+"], n, p=[0.34, 0.42, 0.24]),
            "学历": rng.choice(
                ["初中及以下", "高中/中专", "大专/本科", "研究生"], n, p=[0.24, 0.3, 0.4, 0.06]
            ),
            "收入": rng.choice(["低", "中", "高"], n, p=[0.3, 0.52, 0.18]),
            "户籍": rng.choice(["本地户籍", "外地户籍"], n, p=[0.72, 0.28]),
            "填写日期": np.array(
                [
                    f"{year - 1}-09-01",
                    f"{year - 1}-09-15",
                    f"{year - 1}-10-08",
                    f"{year - 1}-10-20",
                ],
                dtype=object,
            )[rng.integers(0, 4, n)],
        }
    )
    for at, question in enumerate(QUESTIONS):
        frame[question] = answers[:, at].astype(int)
    frame["备注"] = "虚构数据"
    path = write_csv(folder / f"satisfaction_survey_{year}.csv", frame)
    mapping = folder / "satisfaction_survey.map.toml"
    mapping.write_text(
        "\n".join(
            [
                "# synthetic data of a fictitious city 虚构数据",
                'system = "MOHURD-2022"',
                'source_kind = "survey"',
                'level = "community"',
                "[columns]",
                'unit_id = "所在社区"',
                'satisfaction = "整体满意度"',
                'date = "填写日期"',
                'channel = "渠道"',
                'age = "年龄段"',
                'education = "学历"',
                'income = "收入"',
                'registration = "户籍"',
                "[scale]",
                "max = 5",
            ]
        )
        + "\n",
        encoding="utf-8",
    )
    return [path, mapping]
