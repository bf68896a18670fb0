"""The demo as a list of command lines: only verbs a user has, in the order a user runs them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CREDIT = ("--attribution", "虚构数据 Synthetic data, fictitious city", "--licence", "CC0-1.0")
SOURCES = ("statistics", "third_party", "department", "self_report")


@dataclass(frozen=True)
class Step:
    """One call of the command line: the words after ``cimtwin``."""

    argv: tuple[str, ...]


def steps(out: Path, city: Path | None = None) -> list[Step]:
    """Every verb from an empty folder to a published city; ``city`` defaults to ``out/city``.

    Between ``init`` and the first ``bridge`` the settings in ``out/settings`` are applied by
    whoever runs the steps: city.toml is merged and systems/ copied, as a user would edit them.
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
        # the model shows the newest year; of the years before only completion dates are known
        only = [] if year == 2025 else ["--indicator", "new_residential_over_80m"]
        calls.append(["compute", "--city", home, "--year", str(year), *only])
        calls.append(["diagnose", "--city", home, "--year", str(year)])
    calls.append(["publish", "--city", home])
    return [Step(tuple(call)) for call in calls]


def _loads(tables: Path, home: str) -> list[list[str]]:
    calls: list[list[str]] = []

    def load(files: list[Path], source: str, *words: str) -> None:
        calls.append(["load", *map(str, files), "--city", home, "--source", source, *words])

    for source in SOURCES:
        files = [
            p
            for p in (
                tables / f"{source}.xlsx",
                tables / f"{source}_districts.csv",
                tables / f"{source}_neighbourhoods.csv",
            )
            if p.exists()
        ]
        load(files, source, "--map", str(tables / f"{source}.map.toml"))
    for year in (2023, 2024, 2025):
        load(
            [tables / f"compounds_{year}.xlsx"],
            "compound_survey",
            "--year",
            str(year),
            "--level",
            "compound",
            "--key",
            "小区编码",
            "--map",
            str(tables / "compounds.map.toml"),
        )
        load(
            [tables / f"housing_survey_{year}.csv"],
            "housing_survey",
            "--year",
            str(year),
            "--level",
            "building",
            "--key",
            "楼栋编号",
            "--map",
            str(tables / "housing_survey.map.toml"),
        )
        load(
            [tables / f"satisfaction_survey_{year}.csv"],
            "satisfaction",
            "--kind",
            "survey",
            "--year",
            str(year),
            "--level",
            "community",
            "--map",
            str(tables / "satisfaction_survey.map.toml"),
        )
    load(
        [tables / "coastal_survey.csv"],
        "coastal_survey",
        "--map",
        str(tables / "coastal_survey.map.toml"),
    )
    load([tables / "problems.xlsx"], "problem_list", "--kind", "problems")
    load([tables / "projects.xlsx"], "project_list", "--kind", "projects")
    load([tables / "links.csv"], "links", "--kind", "links")
    return calls
