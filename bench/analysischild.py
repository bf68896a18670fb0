"""One part of the analysis measured in a process of its own; prints JSON: `<part> <folder>`.

CPU seconds of this process, ours and the peer's in turn, one round to warm up first.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely

from bench.measure import calibrate
from bench.million import ABOVE, SIDE, STEP, make_million, streets_of

ROUNDS = 3
INDICATORS = 82


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a piece of work, and what it gives."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def paired(
    own: Callable[[], Any], peer: Callable[[], Any], rounds: int = ROUNDS, *, warm: bool = True
) -> dict[str, Any]:
    """Both in turn: seconds, the ratio of every round, the last results (to be compared)."""
    found: dict[str, Any] = {"own": [], "peer": [], "calibration": []}
    for number in range(rounds + warm):
        found["calibration"].append(calibrate())
        mine, found["ours"] = cpu(own)
        theirs, found["theirs"] = cpu(peer)
        if number >= warm:
            found["own"].append(mine)
            found["peer"].append(theirs)
    return found


def told(found: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What a pair measured, without the results."""
    return {name: found[name] for name in ("own", "peer", "calibration")} | more


def join(_: Path) -> dict[str, Any]:
    """Blocks of a million places: our parent assignment's `locate` and geopandas.sjoin."""
    import geopandas as gpd

    from cim_bridge.geometry.locate import inner_points, locate

    city = make_million()
    blocks = gpd.GeoDataFrame(geometry=city.shapes["block"])
    places = shapely.points(city.points)
    found: dict[str, Any] = {}
    for predicate in ("intersects", "within"):
        # fresh ones for every round: geopandas keeps the tree that it made of them
        fresh = iter([gpd.GeoDataFrame(geometry=places.copy()) for _ in range(ROUNDS + 1)])
        pair = paired(
            lambda: locate(city.points, city.shapes["block"]),
            lambda predicate=predicate, fresh=fresh: gpd.sjoin(
                next(fresh), blocks, predicate=predicate
            ),
        )
        joined = pair["theirs"]["index_right"]
        theirs = np.full(len(places), -1, np.int64)
        theirs[joined.index[::-1]] = joined.to_numpy()[::-1]
        found[predicate] = told(pair, differ=int((theirs != pair["ours"]).sum()))
    homes = shapely.box(*(city.points - 5).T, *(city.points + 5).T)
    found["points_in_footprints_s"] = cpu(lambda: inner_points(homes))[0]
    return found


def sums(_: Path) -> dict[str, Any]:
    """82 amounts of a million buildings summed at six levels: CityShapes and pandas."""
    import geopandas as gpd

    from indicator_overlays.city_shapes import CityShapes
    from indicator_overlays.period import year_period

    city = make_million()
    frame = city.frame()
    nowhere = np.full(len(frame), shapely.Polygon(), object)
    shapes = CityShapes(gpd.GeoDataFrame(frame, geometry=nowhere), year_period(2025))
    amounts = np.random.default_rng(3).random((INDICATORS, len(city.points)))
    table = pd.DataFrame(amounts.T.copy(order="F"))
    number = iter(range(10**9))

    def own() -> dict[str, Any]:
        once = [shapes.summed(f"{next(number)}", lambda row=row: row) for row in amounts]
        return {level: np.stack([shapes.per_unit(level, s) for s in once]) for level in ABOVE}

    def peer() -> dict[str, Any]:
        return {
            level: table.groupby(rows).sum().drop(index=-1, errors="ignore")
            for level, rows in city.parent.items()
        }

    first = cpu(lambda: shapes.per_unit("block", amounts[0]))[0]
    pair = paired(own, peer)
    worst = max(
        float(np.abs(pair["ours"][level].T[theirs.index] / theirs.to_numpy() - 1).max())
        for level, theirs in pair["theirs"].items()
    )
    return told(pair, differ=worst, prepare_s=first)


def walk(_: Path) -> dict[str, Any]:
    """Distances of 200,000 nodes to the nearest of 300 facilities: WalkNetwork and networkx."""
    import networkx as nx

    from indicator_overlays.walking import WalkNetwork, reach

    extent = SIDE * STEP
    edges, _ = streets_of(extent)
    rng = np.random.default_rng(5)
    stops = shapely.points(rng.uniform(0, extent, (ROUNDS * 300 + 300, 2)))
    owner = np.repeat(np.arange(ROUNDS + 1), 300)
    built, network = cpu(lambda: WalkNetwork.of(shapely.linestrings(edges), stops))
    links = network.graph.tocoo()
    graph = nx.Graph()
    graph.add_weighted_edges_from(
        zip(links.row.tolist(), links.col.tolist(), links.data.tolist(), strict=True)
    )
    size = network.graph.shape[0]
    kinds = iter(np.repeat(np.arange(ROUNDS + 1), 2))

    def own() -> Any:
        return network.distances(owner == next(kinds))

    def peer() -> Any:
        mine = np.flatnonzero(owner == next(kinds))
        graph.remove_nodes_from([-1])
        legs = np.maximum(network.stop_leg[mine], 1e-6).tolist()
        graph.add_weighted_edges_from(
            (-1, node, leg)
            for node, leg in zip(network.stop_node[mine].tolist(), legs, strict=True)
        )
        return nx.single_source_dijkstra_path_length(graph, -1)

    pair = paired(own, peer)
    theirs = np.full(size + 1, np.inf)
    theirs[np.fromiter(pair["theirs"].keys(), np.int64)] = list(pair["theirs"].values())
    ours, theirs = pair["ours"], theirs[:size]
    same = np.isfinite(ours) == np.isfinite(theirs)
    both = np.isfinite(ours) & np.isfinite(theirs)
    homes = shapely.points(make_million().points)
    snapped, foot = cpu(lambda: reach(network.streets, homes))
    return told(
        pair, nodes=size, differ=float(np.abs(ours - theirs)[both].max()),
        reached_differs=int((~same).sum()), network_s=built, snap_s=snapped,
        homes_s=cpu(lambda: network.from_points(foot, ours))[0],
    )  # fmt: skip


def diagnosis(_: Path) -> dict[str, Any]:
    """All shipped rules on a million buildings, 2,601 blocks and what lies above."""
    from bench.millionvalues import rule_groups
    from indicator_overlays.diagnose import diagnose_years
    from indicator_overlays.evidence import Catalogue
    from indicator_overlays.facts import YearFacts
    from indicator_overlays.rule import is_idle, load_rules
    from indicator_overlays.system import load_systems
    from indicator_overlays.unit_table import UnitTable

    city = make_million()
    frame = city.frame()
    systems = load_systems()
    rules, _ = load_rules(None, systems)
    book = Catalogue({(s.id, c): i for s in systems.values() for c, i in s.indicators.items()})
    groups, source = rule_groups(city, frame, systems)
    seconds = []
    for _ in range(ROUNDS):
        facts = YearFacts(UnitTable(frame), groups, 2025, tuple(systems), source)
        spent, report = cpu(lambda facts=facts: diagnose_years([facts], rules, book))
        seconds.append(spent)
    return {
        "own": seconds, "rules": sum(not is_idle(rule, book.codes) for rule in rules),
        "problems": len(report.problems), "values": sum(len(g.cells.row) for g in groups),
    }  # fmt: skip


def publish(folder: Path) -> dict[str, Any]:
    """Overlay columns of a new year of 82 indicators, a million buildings each."""
    from bench.millionvalues import column_bytes, on_demand, write_all, write_classes

    city = make_million()
    classes, whole = folder / "classes", folder / "whole"
    spent, few = write_classes(city, classes, INDICATORS), 6
    everything = write_all(city, whole, few) * INDICATORS / few
    scaled = {name: mb * INDICATORS / few for name, mb in column_bytes(whole).items()}
    return {
        "classes_s": spent, "classes_mb": column_bytes(classes),
        "whole_s": everything, "whole_mb": scaled, "whole_of": few,
        "on_demand": on_demand(city, whole),
    }  # fmt: skip


PARTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "join": join, "sums": sums, "walk": walk, "diagnosis": diagnosis, "publish": publish,
}  # fmt: skip


if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](Path(sys.argv[2]))))
