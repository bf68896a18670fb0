"""The next version of the model: its list of changes is what really changed."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from scenes.sample.next_version import KINDS, next_model


@pytest.fixture(scope="module")
def versions(
    files: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, object], dict[str, object], pd.DataFrame]:
    out = tmp_path_factory.mktemp("next")
    for name in ("model", "model_next"):
        shutil.copytree(files / name, out / name)
    new = orjson.loads(next_model(out).read_bytes())
    old = orjson.loads((out / "model/buildings.city.json").read_bytes())
    table = pd.read_csv(out / "model_next/changes.csv", dtype=str, keep_default_na=False)
    return old, new, table


def _buildings(model: dict[str, object]) -> dict[str, dict[str, object]]:
    objects: dict[str, dict[str, object]] = model["CityObjects"]  # type: ignore[assignment]
    return {name: part for name, part in objects.items() if part["type"] == "Building"}


def test_ids_come_and_go_as_listed(versions: tuple) -> None:
    old, new, table = versions
    before, after = set(_buildings(old)), set(_buildings(new))
    gone = set(table[table["change"].isin(["removed", "replaced"])]["id"])
    fresh = set(table[table["change"] == "replaced"]["next_id"])
    assert before - after == gone
    assert after - before == fresh
    assert set(table["change"]) == set(KINDS)


def test_a_raised_building_is_six_metres_higher(versions: tuple) -> None:
    old, new, table = versions
    for name in table[table["change"] == "raised"]["id"]:
        was, now = (_buildings(m)[name]["attributes"]["measuredHeight"] for m in (old, new))
        assert now - was == pytest.approx(6.0)


def test_untouched_buildings_are_the_same(versions: tuple) -> None:
    old, new, table = versions
    touched = set(table["id"]) | set(table["next_id"])
    before, after = _buildings(old), _buildings(new)
    same = [name for name in before if name not in touched][:200]
    assert all(before[name] == after[name] for name in same)


def test_vertices_of_all_boundaries_exist(versions: tuple) -> None:
    _, new, _ = versions
    top = len(new["vertices"])
    used = [
        i
        for part in new["CityObjects"].values()
        for geometry in part.get("geometry", ())
        for shell in geometry["boundaries"]
        for face in shell
        for ring in face
        for i in ring
    ]
    assert np.max(used) < top
