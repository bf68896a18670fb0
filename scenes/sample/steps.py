"""The demo as a list of command lines: only verbs a user has, in the order a user runs them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from scenes.sample.settings import ATTRIBUTION

CREDIT = ("--attribution", ATTRIBUTION, "--licence", "CC0-1.0")
SOURCES = ("statistics", "third_party", "department", "self_report")
# what a source is called; one name for readers of both languages, marked as made up
NAMES = {
    "statistics": ("市统计局", "Statistics Bureau"),
    "third_party": ("第三方体检机构", "Checkup Institute"),
    "department": ("市级各部门", "City Departments"),
    "self_report": ("各区自体检", "Districts' Own Checkup"),
    "compound_survey": ("小区设施调查", "Compound Survey"),
    "housing_survey": ("住房安全调查", "Housing Safety Survey"),
    "satisfaction_survey": ("居民满意度调查", "Resident Satisfaction Survey"),
    "coastal_survey": ("海岸线调查", "Coastal Survey"),
    "fire_alarms": ("消防救援支队", "Fire and Rescue Division"),
    "elders": ("市民政局", "Civil Affairs Bureau"),
    "remarks": ("体检专家组", "Checkup Panel"),
    "problem_list": ("体检问题清单", "Problem List"),
    "project_list": ("城市更新项目库", "Renewal Project Register"),
    "tasks": ("体检任务分解表", "Table of Tasks"),
    "links": ("问题与项目对应表", "Problems and Their Projects"),
}
# what is known of years that the model no longer shows: dates of completion
COMPLETIONS = (
    "coastal_setback_violation",
    "dense_new_housing_share",
    "green_building_share",
    "new_residential_over_80m",
)


@dataclass(frozen=True)
class Step:
    """One call of the command line: the words after ``cimtwin``."""

    argv: tuple[str, ...]


def steps(out: Path, city: Path | None = None) -> list[Step]:
    """Every verb from an empty folder to a published city and its tour.

    ``city`` defaults to ``out/city``.

    Between ``init`` and the first ``bridge`` the settings in ``out/settings`` are applied by
    whoever runs the steps: city.toml is merged, systems/ and rules/ copied, as a user would do.
    """
    home = str(city or out / "city")
    layers, model, tables = out / "layers", out / "model", out / "tables"
    calls: list[list[str]] = [["init", home, "--name", "澜湾市（虚构）", "--crs", "EPSG:4549"]]

    def bridge(*files: Path, words: tuple[str, ...]) -> None:
        crs = ("--crs", "EPSG:4549") if files[0].suffix == ".gpkg" else ()
        paths = map(str, files)
        calls.append(["bridge", *paths, "--city", home, *crs, *words, *CREDIT])

    for name, level in (
        ("districts", "district"),
        ("subdistricts", "subdistrict"),
        ("communities", "community"),
        ("blocks", "block"),
        ("compounds", "compound"),
        ("areas", "area"),
    ):
        bridge(layers / f"{name}.gpkg", words=("--level", level, "--key", "id"))
    for layer in ("water", "green", "parks", "roads"):
        bridge(layers / f"{layer}.gpkg", words=("--layer", layer, "--key", "id"))
    others = [layers / f"{name}.gpkg" for name in ("facilities", "coast", "greenways")]
    bridge(*others, words=("--layer", "facilities", "--key", "id"))
    bridge(model / "ground.city.json", words=("--layer", "ground"))
    large = model / "buildings.city.jsonl"
    buildings = large if large.exists() else model / "buildings.city.json"
    bridge(buildings, words=("--level", "building"))
    calls += _loads(tables, home)
    for year in range(2021, 2026):
        codes = () if year == 2025 else COMPLETIONS  # none named: every measure there is
        words = [word for code in codes for word in ("--indicator", code)]
        calls.append(["compute", "--city", home, "--year", str(year), *words])
    calls.append(["diagnose", "--city", home, "--year", "2025"])  # publish diagnoses every year
    calls.append(["publish", "--city", home])
    calls.append(["scene", "tour", "--city", home])
    return [Step(tuple(call)) for call in calls]


def _loads(tables: Path, home: str) -> list[list[str]]:
    calls = [_load(home, source, _long(tables, source), tables) for source in SOURCES]
    for year in (2023, 2024, 2025):
        at = ("--year", str(year), "--level")
        compounds, housing = f"compound_survey_{year}.xlsx", f"housing_survey_{year}.csv"
        replies, survey = f"satisfaction_survey_{year}.csv", ("--kind", "survey")
        calls += [
            _load(
                home, "compound_survey", [compounds], tables, *at, "compound", "--key", "小区编码"
            ),
            _load(home, "housing_survey", [housing], tables, *at, "building", "--key", "楼栋编号"),
            _load(home, "satisfaction_survey", [replies], tables, *at, "community", *survey),
        ]
    calls.append(_load(home, "coastal_survey", ["coastal_survey.csv"], tables))
    words = ("--year", "2025", "--level", "building", "--key", "楼栋编号")
    calls.append(_load(home, "fire_alarms", ["fire_alarms_2025.csv"], tables, *words))
    calls.append(_load(home, "elders", ["elders.csv"], tables))
    calls.append(_load(home, "remarks", ["remarks.csv"], tables, "--kind", "remarks"))
    for name, kind in (("problems.xlsx", "problems"), ("projects.xlsx", "projects")):
        calls.append(_load(home, f"{kind[:-1]}_list", [name], tables, "--kind", kind))
    calls.append(_load(home, "links", ["links.csv"], tables, "--kind", "links"))
    calls.append(_load(home, "tasks", ["tasks.csv"], tables, "--kind", "tasks"))
    return calls


def _long(tables: Path, source: str) -> list[str]:
    """The long tables of a source that this sample has."""
    names = (f"{source}.xlsx", f"{source}_districts.csv", f"{source}_neighbourhoods.csv")
    return [name for name in names if (tables / name).exists()]


def source_labels() -> dict[str, tuple[str, str]]:
    """Label (zh, en) of every source of tables, by the name it is loaded under."""
    return {
        source_name(key): (f"{zh}（虚构）", f"{en} (fictitious)") for key, (zh, en) in NAMES.items()
    }


def source_name(source: str) -> str:
    """What readers see where a number's source is named."""
    zh, en = NAMES[source]
    return f"{zh}（虚构） / {en} (fictitious)"


def _load(home: str, source: str, files: list[str], tables: Path, *words: str) -> list[str]:
    """One ``load``; the source's map file is named where there is one."""
    paths = [str(tables / name) for name in files]
    mapping = tables / f"{source}.map.toml"
    named = ("--map", str(mapping)) if mapping.exists() else ()
    return ["load", *paths, "--city", home, "--source", source_name(source), *words, *named]
