"""Renewal projects of the story: where, who, how much, until when, and what they improve."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from scenes.sample import zones
from scenes.sample.fabric import Fabric, stream
from scenes.sample.levels import Units
from scenes.sample.people import People
from scenes.sample.plan import Array
from scenes.sample.targets import Targets
from scenes.sample.truth import YEARS

Ints = NDArray[np.int64]
TODAY = dt.date(2025, 6, 30)


@dataclass(frozen=True)
class Theme:
    """A kind of project: names, department, rules it answers, indicators it improves."""

    key: str
    zh: str
    en: str
    department: tuple[str, str]
    rules: tuple[str, ...]
    codes: tuple[str, ...]
    money: tuple[int, int]  # 万元 a community
    districts: tuple[int, ...]  # where the story puts most of them


HOUSING = ("住房城乡建设局", "Housing and Urban-Rural Development Bureau")
EDUCATION = ("教育局", "Education Bureau")
FIRE = ("消防救援支队", "Fire and Rescue Division")
CULTURE = ("文化和旅游局", "Culture and Tourism Bureau")
GREEN = ("园林绿化局", "Parks and Greening Bureau")
WATER = ("水务局", "Water Bureau")
TRAFFIC = ("交通运输局", "Transport Bureau")
EMERGENCY = ("应急管理局", "Emergency Management Bureau")
PLANNING = ("自然资源和规划局", "Natural Resources and Planning Bureau")
HEALTH = ("卫生健康委员会", "Health Commission")

THEMES = (
    Theme(
        "hazard",
        "危旧住房安全整治",
        "unsafe housing repair",
        HOUSING,
        ("D03",),
        (
            "structural_hazard",
            "gas_hazard",
            "corridor_hazard",
            "envelope_hazard",
            "pipeline_damage",
        ),
        (900, 5200),
        (zones.GUBU, zones.HARBOUR),
    ),
    Theme(
        "compound",
        "老旧小区综合改造",
        "old compound renewal",
        HOUSING,
        ("D04", "D06"),
        (
            "parking_gap",
            "ev_charger_gap",
            "public_activity_gap",
            "no_property_management",
            "smart_upgrade_need",
            "old_community_upgrade_rate",
            "professional_pm_share",
            "elevator_retrofit_rate",
        ),
        (1200, 6800),
        (zones.CENTRE, zones.HARBOUR, zones.SOUTH),
    ),
    Theme(
        "parking",
        "停车设施补短板",
        "parking supply",
        TRAFFIC,
        ("D06",),
        ("parking_gap", "parking_supply_ratio", "street_parking_order"),
        (600, 3800),
        (zones.GUBU, zones.CENTRE),
    ),
    Theme(
        "school",
        "中小学和幼儿园新建扩建",
        "schools and kindergartens",
        EDUCATION,
        ("D05", "D07"),
        (
            "primary_school_seat_gap",
            "kindergarten_gap",
            "inclusive_kindergarten_coverage",
            "middle_school_coverage",
        ),
        (6000, 28000),
        (zones.NEW,),
    ),
    Theme(
        "clinic",
        "社区卫生服务网点建设",
        "community clinics",
        HEALTH,
        ("D07B",),
        ("hospital_coverage",),
        (700, 3600),
        (zones.NEW, zones.HILLS),
    ),
    Theme(
        "fire",
        "小型消防站与微型站建设",
        "small fire stations",
        FIRE,
        ("D11",),
        ("fire_station_coverage", "highrise_fire_warning"),
        (500, 2600),
        (zones.GUBU,),
    ),
    Theme(
        "heritage",
        "历史建筑活化利用",
        "heritage reuse",
        CULTURE,
        ("D13",),
        ("historic_block_repair_rate",),
        (1500, 12000),
        (zones.GUBU, zones.HARBOUR),
    ),
    Theme(
        "shelter",
        "应急避难场所建设",
        "emergency shelters",
        EMERGENCY,
        ("D12",),
        ("shelter_area_pc",),
        (300, 1900),
        (zones.HILLS, zones.GUBU),
    ),
    Theme(
        "park",
        "口袋公园与绿道",
        "pocket parks and greenways",
        GREEN,
        ("D14",),
        ("park_coverage", "greenway_coverage", "permeable_surface_share"),
        (300, 2400),
        (zones.HARBOUR, zones.GUBU, zones.SOUTH),
    ),
    Theme(
        "drain",
        "易涝积水点整治",
        "waterlogging removal",
        WATER,
        ("D10",),
        (),
        (800, 5200),
        (zones.GUBU, zones.SOUTH),
    ),
    Theme(
        "space",
        "过密街区腾退增绿",
        "easing of crowded blocks",
        PLANNING,
        ("D01",),
        (),
        (1800, 9000),
        (zones.GUBU, zones.CENTRE, zones.SOUTH),
    ),
    Theme(
        "quay",
        "滨海岸线开放",
        "opening of the waterfront",
        CULTURE,
        ("D16",),
        ("waterfront_walk_access",),
        (2500, 16000),
        (zones.HARBOUR,),
    ),
    Theme(
        "traffic",
        "堵点治理与路网加密",
        "junctions and street network",
        TRAFFIC,
        ("D08", "D09"),
        ("barrier_free_rate", "bike_lane_density"),
        (2000, 18000),
        (zones.CENTRE, zones.NEW),
    ),
)
STATES = (
    "planned",
    "approved",
    "under_construction",
    "completed",
    "verified",
    "paused",
    "cancelled",
)
FINISHED = ("completed", "verified")


@dataclass(frozen=True)
class Work:
    """One project; ``done`` is the checkup year from which its effect is seen (0: not yet)."""

    id: str
    theme: Theme
    community: int
    state: str
    start: dt.date
    deadline: dt.date
    done: int
    money: int
    progress: int
    fund: str


def make_works(
    fabric: Fabric, units: Units, people: People, targets: dict[str, Targets], seed: int
) -> list[Work]:
    """Three to six projects a theme at scale 1: open ones where its rules fire worst, finished
    ones where they do not fire, most of them in the districts that the story names."""
    rng = stream(seed, "works")
    district = units.subdistrict_district[units.community_subdistrict]
    lived = np.bincount(people.community, people.population, minlength=len(district)) > 400
    count = int(np.clip(round(6 * fabric.plan.scale**0.8), 3, 40))
    works: list[Work] = []
    for theme in THEMES:
        likes = np.where(np.isin(district, theme.districts), 6.0, 0.5) * lived
        if likes.sum() == 0:
            continue
        size = int((likes > 0).sum())
        order = rng.choice(len(district), size, replace=False, p=likes / likes.sum())
        burden = _burden(theme, targets, len(district))[order]
        heavy = order[np.argsort(-burden, kind="stable")].tolist()
        light = order[np.argsort(burden > 0, kind="stable")].tolist()
        for _ in range(min(count, size)):
            state = _state(len(works))
            community = (light if state in FINISHED else heavy)[0]
            heavy.remove(community)
            light.remove(community)
            works.append(_one(theme, community, state, len(works), rng))
    return works


def _burden(theme: Theme, targets: dict[str, Targets], communities: int) -> Array:
    found = np.zeros(communities)
    for rule in theme.rules:
        if rule in targets:
            found += targets[rule].burden(communities)
    return found


def _state(number: int) -> str:
    return STATES[(number * 3 + number // 7) % 5] if number % 17 else STATES[5 + number // 17 % 2]


def _one(theme: Theme, community: int, state: str, number: int, rng: np.random.Generator) -> Work:
    first = {
        "planned": 2025,
        "approved": 2025,
        "under_construction": 2024,
        "completed": 2022,
        "verified": 2021,
        "paused": 2023,
        "cancelled": 2022,
    }[state]
    start = dt.date(first + int(rng.integers(0, 2)) * (first < 2024), int(rng.integers(2, 11)), 1)
    due = start + dt.timedelta(days=int(rng.integers(240, 620)))
    if state == "under_construction" and number % 3 == 0:
        due = dt.date(2025, 1 + number % 5, 28)  # overdue on the day of the story
    done = 0
    if state in FINISHED:
        due = min(due, dt.date(2024, 11, 30))
        due = dt.date(2024, 2 + number % 9, 28) if number % 2 else due
        done = due.year + 1
    progress = {
        "planned": 0,
        "approved": 5,
        "completed": 100,
        "verified": 100,
        "paused": 35,
        "cancelled": 0,
    }.get(state, int(rng.integers(25, 90)))
    fund = ("财政资金", "专项债", "财政资金;社会资本", "社会资本")[int(rng.integers(0, 4))]
    return Work(
        f"PRJ-{number + 1:04d}",
        theme,
        community,
        state,
        start,
        due,
        done,
        int(rng.integers(*theme.money)),
        progress,
        fund,
    )


def boosts(
    works: list[Work], code: str, community_of: Ints, communities: int
) -> NDArray[np.float64]:
    """(years, units): 2.5 spreads better from the year a project of that code is done."""
    by_community = np.zeros((len(YEARS), communities))
    for work in works:
        if work.done and code in work.theme.codes:
            for at, year in enumerate(YEARS):
                by_community[at, work.community] = 2.5 if year >= work.done else 0.0
    known = np.clip(community_of, 0, None)
    return np.where(community_of >= 0, by_community[:, known], 0.0)
