"""Problem list, project list and the links between them, as people keep them in workbooks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from scenes.sample.books import write_book, write_csv
from scenes.sample.fabric import stream
from scenes.sample.levels import Units
from scenes.sample.people import People
from scenes.sample.tables import NOTE
from scenes.sample.targets import Targets
from scenes.sample.works_done import FINISHED, Work

LAST = 2024  # the checkup year before the newest

# rule, title zh, title en, severity, people factor
REPORTED = {
    "hazard": (
        "楼栋承重墙开裂、住户反映漏雨",
        "Cracked bearing walls and leaking roofs reported",
        "high",
    ),
    "compound": (
        "小区路灯和消防通道长期失修",
        "Lamps and fire lanes of the compound in disrepair",
        "medium",
    ),
    "parking": ("夜间占用消防通道停车", "Night parking blocks the fire lane", "medium"),
    "school": (
        "适龄儿童跨区就学，学位紧张",
        "Children go to school in other areas for want of seats",
        "high",
    ),
    "clinic": ("步行15分钟内无社区卫生服务", "No clinic within a 15 minute walk", "medium"),
    "fire": ("窄巷内消防车无法到达", "Fire engines cannot reach the lanes", "high"),
    "heritage": (
        "历史建筑长期空置、屋面破损",
        "Listed houses empty for long, roofs damaged",
        "medium",
    ),
    "shelter": ("社区无应急避难场所标识和场地", "No marked shelter in the community", "medium"),
    "park": ("500米内无公园绿地", "No park within 500 m", "low"),
    "drain": ("雨后路面积水超过30厘米", "More than 30 cm of water on the road after rain", "high"),
    "space": ("街区过密，缺少公共空间", "Too crowded a block, with no public space", "medium"),
    "quay": (
        "岸线被堆场封闭，居民无法到达海边",
        "Yards close the shore; residents cannot reach the sea",
        "medium",
    ),
    "traffic": (
        "早高峰路口拥堵超过三个周期",
        "Queues of more than three cycles in the morning peak",
        "medium",
    ),
}
STATE_OF = {
    "planned": "confirmed",
    "approved": "assigned",
    "under_construction": "rectifying",
    "completed": "submitted",
    "verified": "verified",
    "paused": "assigned",
    "cancelled": "confirmed",
}

# what a finished project of a kind is declared to change in its community
EFFECTS: dict[str, tuple[str, ...]] = {
    "hazard": ("structural_hazard = 0", "gas_hazard = 0", "corridor_hazard = 0"),
    "compound": ("parking_gap -40", "ev_charger_gap = 0", "public_activity_gap = 0"),
    "parking": ("parking_gap = 0",),
    "school": ("middle_school_coverage = 95", "kindergarten_gap = 0"),
    "clinic": ("hospital_coverage = 95",),
    "fire": ("fire_station_coverage = 100", "highrise_fire_warning = 100"),
    "shelter": ("shelter_area_pc = 2",),
    "park": ("park_coverage = 90",),
    "heritage": ("historic_building_vacancy = 8",),
    "drain": ("severe_waterlogging_removed = 100",),
    "space": ("land_over_15k_density = 0",),
    "quay": ("waterfront_walk_access = 90",),
    "traffic": ("peak_vehicle_speed +2", "congestion_index -0.1"),
}
WIDE = ("drain", "traffic")  # what is judged by district concerns the whole district
MOST = 30  # units of one rule that a project names beside its community


def write_ledgers(
    folder: Path,
    works: list[Work],
    targets: dict[str, Targets],
    units: Units,
    people: People,
    seed: int,
) -> list[Path]:
    """``problems.xlsx``, ``projects.xlsx`` and ``links.csv``."""
    rng = stream(seed, "ledgers")
    problems = _problems(works, units, people, rng)
    projects = _projects(works, targets, units, problems)
    links = pd.DataFrame(
        [
            (p, w)
            for w, ps in zip(projects["项目编号"], projects["对应问题"], strict=True)
            for p in ps.split(";")
            if p
        ],
        columns=["problem_id", "project_id"],
    ).assign(note=NOTE)
    return [
        write_book(folder / "problems.xlsx", {"问题清单": problems}),
        write_book(folder / "projects.xlsx", {"更新项目库": projects}),
        write_csv(folder / "links.csv", links),
    ]


def _problems(
    works: list[Work], units: Units, people: People, rng: np.random.Generator
) -> pd.DataFrame:
    community = units.tables["community"]
    lived = np.bincount(people.community, people.population, minlength=len(community))
    rows = []
    for number, work in enumerate(works):
        zh, en, severity = REPORTED[work.theme.key]
        unit = community["id"].iloc[work.community]
        rows.append(
            {
                "problem_id": f"Q-{number + 1:04d}",
                "unit_id": unit,
                "level": "community",
                "year": _year(work),
                "rule": work.theme.rules[0],
                "title_zh": zh,
                "title_en": en,
                "description_zh": f"{community['name_zh'].iloc[work.community]}：{zh}（虚构）",
                "description_en": f"{community['name_en'].iloc[work.community]}: {en} (fictitious)",
                "severity": severity,
                "state": STATE_OF[work.state],
                "department_zh": work.theme.department[0],
                "department_en": work.theme.department[1],
                "found_date": f"{work.start.year - 1}-{4 + number % 7:02d}-{1 + number % 27:02d}",
                "source": ("12345热线", "社区座谈", "现场踏勘")[number % 3],
                "people": int(min(lived[work.community], rng.integers(60, 3_000))),
            }
        )
    return pd.DataFrame(rows)


def _year(work: Work) -> int:
    """The checkup that found the problem: what was due by now was on last year's list."""
    if work.done:
        return work.done - 1
    return LAST if work.start.year < LAST + 1 else LAST + 1


def _places(work: Work, targets: dict[str, Targets], units: Units) -> str:
    """The community, and the units around it at which the project's rules fire."""
    subdistrict = units.community_subdistrict
    named = [f"community:{units.tables['community']['id'].iloc[work.community]}"]
    if work.theme.key in WIDE:
        row = units.subdistrict_district[subdistrict[work.community]]
        named.append(f"district:{units.tables['district']['id'].iloc[row]}")
    if work.state not in FINISHED:
        around = subdistrict == subdistrict[work.community]
        for rule in work.theme.rules:
            named += targets[rule].near(around, MOST) if rule in targets else []
    return ";".join(named)


def _projects(
    works: list[Work], targets: dict[str, Targets], units: Units, problems: pd.DataFrame
) -> pd.DataFrame:
    community = units.tables["community"]
    shapes = community.geometry.simplify(4.0).to_wkt(rounding_precision=1)
    rows = []
    for work, problem in zip(works, problems["problem_id"], strict=True):
        zh, en = (
            community["name_zh"].iloc[work.community],
            community["name_en"].iloc[work.community],
        )
        rows.append(
            {
                "项目编号": work.id,
                "项目名称": f"{zh}{work.theme.zh}",
                "name_en": f"{en}: {work.theme.en}",
                "项目状态": work.state,
                "责任部门": work.theme.department[0],
                "department_en": work.theme.department[1],
                "开工日期": work.start.isoformat(),
                "完成时限": work.deadline.isoformat(),
                "总投资(万元)": work.money,
                "资金来源": work.fund,
                "涉及单元": _places(work, targets, units),
                "对应问题": problem,
                "对应规则": ";".join(work.theme.rules),
                "进度(%)": work.progress,
                "预期效果": "; ".join(EFFECTS.get(work.theme.key, ())),
                "建设内容": f"{zh}{work.theme.zh}（虚构项目）",
                "description_en": f"{work.theme.en.capitalize()} in {en} (fictitious project)",
                "geometry_wkt": shapes.iloc[work.community],
            }
        )
    return pd.DataFrame(rows)
