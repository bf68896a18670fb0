"""The sample city as a whole: same seed, same bytes; all there; labelled everywhere."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import orjson
import pytest

from scenes.sample import SampleReport, make_sample, steps
from scenes.sample.books import title_of
from scenes.sample.layers import label_of


def test_the_same_seed_gives_the_same_bytes(sample: SampleReport, tmp_path: Path) -> None:
    again = make_sample(tmp_path, buildings=sample.counts["building"], seed=sample.seed)
    assert again.files == sample.files


def test_another_seed_gives_another_city(sample: SampleReport, tmp_path: Path) -> None:
    other = make_sample(tmp_path, buildings=300, seed=sample.seed + 1)
    same = make_sample(tmp_path, buildings=300, seed=sample.seed)
    name = "model/buildings.city.json"
    assert other.files[name] != same.files[name]


@pytest.mark.parametrize("count", [200, 1_000])
def test_a_city_has_exactly_the_buildings_asked_for(count: int, tmp_path: Path) -> None:
    report = make_sample(tmp_path, buildings=count)
    objects = orjson.loads((tmp_path / "model/buildings.city.json").read_bytes())["CityObjects"]
    assert sum(part["type"] == "Building" for part in objects.values()) == count
    assert report.counts["building"] == count


def test_a_city_of_this_size_has_all_levels_and_layers(sample: SampleReport) -> None:
    counts = sample.counts
    assert counts["districts"] == 6
    assert counts["subdistricts"] < counts["communities"] < counts["blocks"]
    assert counts["compounds"] < counts["blocks"]
    wanted = {"areas", "roads", "parks", "green", "water", "coast", "greenways", "facilities"}
    assert all(counts[name] > 0 for name in wanted)


def test_every_file_says_that_it_is_synthetic(files: Path) -> None:
    silent = [p.name for p in sorted(files.rglob("*")) if p.is_file() and not _says_so(p)]
    assert silent == []


def _says_so(path: Path) -> bool:
    if path.suffix == ".gpkg":
        return "synthetic" in label_of(path)
    if path.suffix == ".xlsx":
        return "synthetic" in title_of(path)
    raw = path.read_bytes()
    words = ("synthetic", "虚构", "fictitious")
    codes = ("utf-8", "gbk")
    return any(word.encode(code) in raw for word in words for code in codes)


def test_settings_are_a_valid_part_of_city_toml(files: Path) -> None:
    settings = tomllib.loads((files / "settings/city.toml").read_text(encoding="utf-8"))
    assert settings["city"]["synthetic"] is True
    assert str(settings["years"]["2025"]["cutoff"]) == "2024-12-31"
    with (files / "settings/systems/lanwan-local.csv").open(encoding="utf-8") as handle:
        rows = list(csv.DictReader(handle))
    assert len(rows) == 13
    assert all("proposal" in row["provenance"] for row in rows)
    assert (files / "settings/rules/L01.toml").is_file()


def test_milestones_are_reached_late_missed_and_still_to_come(files: Path) -> None:
    settings = tomllib.loads((files / "settings/city.toml").read_text(encoding="utf-8"))
    today, steps_ = settings["city"]["as_of"], settings["milestone"]
    assert all("fictitious" in step["name"]["en"] for step in steps_)
    assert [step["due"] for step in steps_] == sorted(step["due"] for step in steps_)
    assert any(step["done"] > step["due"] for step in steps_ if "done" in step)
    assert any("done" not in step and step["due"] < today for step in steps_)
    assert any(step["due"] > today for step in steps_)


def test_the_steps_use_files_that_exist_and_only_verbs_of_a_user(files: Path) -> None:
    calls = [step.argv for step in steps(files, files / "city")]
    verbs = [call[0] for call in calls]
    assert verbs[0] == "init"
    assert verbs[-2:] == ["publish", "scene"]
    assert set(verbs) == {"init", "bridge", "load", "compute", "diagnose", "publish", "scene"}
    named = [Path(word) for call in calls[1:] for word in call if word.startswith(str(files))]
    missing = [p for p in named if p != files / "city" and not p.exists()]
    assert missing == []


def test_every_input_file_but_the_extra_ones_is_read_by_a_step(files: Path) -> None:
    named = {word for step in steps(files) for word in step.argv}
    folders = ("model", "layers", "tables")
    unread = [p.name for f in folders for p in (files / f).iterdir() if str(p) not in named]
    assert sorted(unread) == ["harbour_quarter.gml", "landmark.ifc"]
    told = (files / "README.md").read_text(encoding="utf-8")
    assert all(f"model/{name}" in told for name in unread)
