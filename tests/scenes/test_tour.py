"""Tours: the gravest problems, never one place over and over, each seen from where it says."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import orjson
import pytest

from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from scenes.pose import SEEN, Surveyor
from scenes.rays import Sight
from scenes.reading import scene_of
from scenes.scene import Published, Scene
from scenes.tour import make_tour
from tests.support.published import published as published
from tests.support.seen import hidden, placed
from twin_server.scenebook import written


@pytest.fixture(scope="module")
def tour(published: Published) -> Scene:
    return make_tour(published)[0]


def problem(published: Published, stop: Scene) -> dict[str, Any]:
    rows = published.results.diagnosis.to_pylist()
    return next(row for row in rows if row["problem_id"] == stop.problem)


def test_a_tour_shows_different_districts_and_rules_and_the_gravest_first(
    published: Published, tour: Scene
) -> None:
    assert 5 <= len(tour.stops) <= 7
    found = [problem(published, stop) for stop in tour.stops]
    assert found[0]["severity"] == "high"
    assert max(Counter(row["rule"] for row in found).values()) <= 2
    assert len({row["unit_id"] for row in found}) == len(found)
    units = published.model.units.set_index("id")
    districts = {units.loc[row["unit_id"], "parent_district"] or row["unit_id"] for row in found}
    assert len(districts) >= 3
    assert {row["year"] for row in found} == {2025}


def test_a_caption_tells_what_the_diagnosis_knows_in_both_languages(
    published: Published, tour: Scene
) -> None:
    units = published.model.units.set_index("id")
    projects = {row["project_id"]: row for row in published.results.projects.to_pylist()}
    links = published.results.links.to_pylist()
    answered = 0
    for stop in tour.stops:
        row, words = problem(published, stop), stop.caption
        assert words is not None
        assert units.loc[stop.selection, "label_zh"] in stop.title["zh"]
        assert row["rule"] in words["zh"]
        assert row["rule"] in words["en"]
        assert row["department_zh"] in words["zh"]
        if row["people"] is not None and row["people"] >= 1:
            assert f"{row['people']:,.0f} 人" in words["zh"]
        if row["value"] is not None:
            assert f"{row['threshold']:g}" in words["zh"] + words["en"]
        named = [projects[x["project_id"]] for x in links if x["problem_id"] == stop.problem]
        if named:
            answered += 1
            assert any(str(p["deadline"]) in words["zh"] for p in named)
        else:
            assert "尚无" in words["zh"]
    assert answered >= 1


def test_every_target_is_seen_by_rays_that_vtk_casts(published: Published, tour: Scene) -> None:
    surveyor = Surveyor(published.model)
    for stop in tour.stops:
        target = surveyor.target(stop.selection)
        assert target is not None
        share = hidden(published.model, stop, target.points)
        assert share <= 1 - SEEN + 1e-9, stop.title["en"]
        assert stop.camera is not None
        assert 35 <= -stop.camera.pitch <= 55


def test_every_target_lies_in_the_middle_third_of_the_picture(
    published: Published, tour: Scene
) -> None:
    surveyor = Surveyor(published.model)
    for stop in tour.stops:
        target = surveyor.target(stop.selection)
        assert target is not None
        at = placed(published.model, stop, target.points)
        assert np.abs(at).max() < 1 / 3, stop.title["en"]


def test_a_tour_of_a_district_stays_in_it(published: Published) -> None:
    units = published.model.units.set_index("id")
    district = units.index[units["level"] == "district"][1]
    found, _ = make_tour(published, unit=district)
    for stop in found.stops:
        assert district in (stop.selection, units.loc[stop.selection, "parent_district"])


def test_a_tour_is_a_scene_file_and_the_same_each_time(published: Published, tour: Scene) -> None:
    log = IssueLog()
    again = scene_of(orjson.loads(written(tour)), log)
    assert len(log) == 0
    assert again is not None
    assert written(again) == written(tour) == written(make_tour(published)[0])


def test_a_place_or_year_that_is_not_there_is_refused(published: Published) -> None:
    with pytest.raises(InputRefused) as unit:
        make_tour(published, unit="district:none")
    assert [issue.code for issue in unit.value.log] == ["SCENE_UNIT_UNKNOWN"]
    with pytest.raises(InputRefused) as year:
        make_tour(published, year=1999)
    assert [issue.code for issue in year.value.log] == ["SCENE_TOUR_YEAR"]


def test_sight_ends_at_a_wall_and_passes_beside_it() -> None:
    wall = np.array([[[0, -5, 0], [0, 5, 0], [0, 5, 10]], [[0, -5, 0], [0, 5, 10], [0, -5, 10]]])
    sight = Sight.over(wall.astype(float), np.zeros(2, np.int64))
    eyes = np.array([[-10.0, 0, 5], [-10, 0, 5], [-10, 0, 5], [-10, 0, 30], [10, 0, 5]])
    ends = np.array([[10.0, 0, 5], [10, 40, 5], [-1, 0, 5], [10, 0, 30], [-10, 0, 5]])
    assert sight.clear(eyes, ends).tolist() == [False, True, True, True, False]


def test_sight_agrees_with_vtk_on_random_segments(published: Published) -> None:
    pyvista = pytest.importorskip("pyvista")
    mesh = published.model.mesh()
    faces = np.column_stack([np.full(len(mesh.triangles), 3), mesh.triangles])
    vertices = np.asarray(mesh.vertices)
    middle = vertices.mean(axis=0)
    surface = pyvista.PolyData(vertices - middle, faces.ravel())
    random = np.random.default_rng(5)
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    eyes, ends = random.uniform(low, high, (2, 200, 3))
    eyes[:, 2], ends[:, 2] = random.uniform(0, 40, (2, 200))
    item = np.asarray(mesh.feature, np.int64)
    order = np.argsort(item, kind="stable")
    _, item = np.unique(item[order], return_inverse=True)
    sight = Sight.over(vertices[np.asarray(mesh.triangles)[order]], item)
    ours = sight.clear(eyes, ends)
    theirs = [
        len(surface.ray_trace(a - middle, b - middle)[0]) == 0
        for a, b in zip(eyes, ends, strict=True)
    ]
    assert 10 < sum(theirs) < 190
    assert ours.tolist() == theirs
