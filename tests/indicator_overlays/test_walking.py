"""Walking distances: known answers by hand, and the same as networkx on a random street grid."""

from __future__ import annotations

from itertools import pairwise

import networkx as nx
import numpy as np
import pytest
import shapely
from shapely.geometry import LineString, Point

from indicator_overlays.overlap import Floats, Shapes
from indicator_overlays.walking import WalkNetwork, noded, reach


def lines(*paths: list[tuple[float, float]]) -> Shapes:
    return np.array([LineString(path) for path in paths], dtype=object)


def points(*at: tuple[float, float]) -> Shapes:
    return np.array([Point(x, y) for x, y in at], dtype=object)


def walked(streets: Shapes, homes: Shapes, stops: Shapes) -> Floats:
    network = WalkNetwork.of(streets, stops)
    nodes = network.distances(np.ones(len(stops), bool))
    return network.from_points(reach(network.streets, homes), nodes)


def test_a_walk_goes_along_the_streets_and_not_across_the_block() -> None:
    cross = lines([(0, 0), (200, 0)], [(100, -100), (100, 100)])
    found = walked(cross, points((0, 10), (100, 90), (200, 0)), points((105, 50)))
    # straight to the street, along it to the crossing, up, and the 5 m to the door
    assert found == pytest.approx([10 + 100 + 50 + 5, 40 + 5, 100 + 50 + 5])


def test_home_and_facility_on_one_street_are_as_far_apart_as_they_are() -> None:
    found = walked(lines([(0, 0), (1000, 0)]), points((400, 0), (450, 0)), points((430, 0)))
    assert found == pytest.approx([30, 20], abs=1e-4)


def test_a_street_that_leads_nowhere_near_is_infinitely_far() -> None:
    apart = lines([(0, 0), (100, 0)], [(0, 500), (100, 500)])
    found = walked(apart, points((0, 0), (0, 500)), points((50, 0)))
    assert found[0] == pytest.approx(50)
    assert found[1] == np.inf


def test_without_streets_nobody_gets_anywhere() -> None:
    found = walked(np.zeros(0, object), points((0, 0)), points((1, 1)))
    assert found.tolist() == [np.inf]


def test_a_loop_is_walked_the_shorter_way_round() -> None:
    ring = lines([(0, 0), (100, 0), (100, 100), (0, 100), (0, 0)])
    found = walked(ring, points((0, 50)), points((50, 0)))
    assert found == pytest.approx([100])


def test_streets_are_cut_where_they_meet_and_none_is_kept_twice() -> None:
    streets = noded(lines([(0, 0), (100, 0)], [(50, -50), (50, 50)], [(0, 0), (100, 0)]))
    assert len(streets) == 4
    assert shapely.length(streets).sum() == pytest.approx(200)


def test_distances_equal_those_of_networkx() -> None:
    rng = np.random.default_rng(7)
    streets = _crooked_grid(rng, 12)
    stops = shapely.points(rng.uniform(0, 1200, (9, 2)))
    homes = shapely.points(rng.uniform(0, 1200, (300, 2)))
    found = walked(streets, homes, stops)
    assert np.isfinite(found).all()
    assert found == pytest.approx(_by_networkx(noded(streets), homes, stops), abs=1e-3)


def test_the_order_of_streets_and_stops_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    streets, stops = _crooked_grid(rng, 6), shapely.points(rng.uniform(0, 600, (5, 2)))
    homes = shapely.points(rng.uniform(0, 600, (50, 2)))
    one = walked(streets, homes, stops)
    other = walked(streets[::-1], homes, stops[::-1])
    assert np.array_equal(one, other)


def _crooked_grid(rng: np.random.Generator, size: int) -> Shapes:
    """Streets of a grid whose junctions are shifted, some missing; still in one piece."""
    at = np.stack(np.meshgrid(np.arange(size), np.arange(size), indexing="ij"), -1) * 100.0
    at += np.round(rng.uniform(-30, 30, at.shape), 2)
    along = [LineString(at[i]) for i in range(size)]
    across = [LineString([at[i, j], at[i + 1, j]]) for i in range(size - 1) for j in range(size)]
    keep = rng.uniform(size=len(across)) > 0.3
    keep[::size] = True
    return np.array([*along, *(s for s, k in zip(across, keep, strict=True) if k)], dtype=object)


def _by_networkx(streets: Shapes, homes: Shapes, stops: Shapes) -> list[float]:
    """The same question put to networkx: each point is a node on its nearest street."""
    every = [*homes, *stops]
    foot = reach(streets, np.array(every, dtype=object))
    graph = nx.Graph()
    for number, street in enumerate(streets):
        on = [(0.0, street.coords[0]), (street.length, street.coords[-1])]
        mine = np.flatnonzero(foot.street == number)
        on += [(float(foot.along[i]), f"point {i}") for i in mine]
        for (a, one), (b, other) in pairwise(sorted(on, key=lambda pair: pair[0])):
            graph.add_edge(one, other, weight=b - a)
    for i in range(len(homes), len(every)):
        graph.add_edge("start", f"point {i}", weight=float(foot.leg[i]))
    far = nx.single_source_dijkstra_path_length(graph, "start", weight="weight")
    return [float(far[f"point {i}"] + foot.leg[i]) for i in range(len(homes))]
