"""Walking distances on the street network: exact, from every building to the nearest facility.

Streets are cut where they meet; facilities become nodes where they reach the nearest street, so a
building and a facility on one street are as far apart as they are. One run of Dijkstra's algorithm
(scipy.sparse.csgraph) from all facilities of a kind at once gives the distance of every node.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra

from indicator_overlays.noding import cut_at_meetings
from indicator_overlays.overlap import Floats, Shapes

Ints = npt.NDArray[np.int64]

GRID = 0.01
"""m: ends of streets that are closer than this are one junction."""
_TOUCH = 1e-6
"""m; the graph library takes a weight of 0 for no edge."""


@dataclass(frozen=True)
class Foot:
    """Where points reach the network: street, m along it, m of the straight way to it."""

    street: Ints
    along: Floats
    leg: Floats


@dataclass(frozen=True)
class WalkNetwork:
    """Streets cut at junctions and at stops.

    cut_street, cut_along, cut_node: every node on every street, ordered by street and m along it.
    stop_node: node of each stop; stop_leg: m of its straight way to the street.
    """

    streets: Shapes
    graph: csr_matrix
    cut_street: Ints
    cut_along: Floats
    cut_node: Ints
    stop_node: Ints
    stop_leg: Floats

    @classmethod
    def of(cls, lines: Shapes, stops: Shapes) -> WalkNetwork:
        """Build the network of street lines with stops (points) as nodes; model CRS, metres."""
        streets = noded(lines)
        foot = reach(streets, stops)
        count = len(streets)
        ends = shapely.get_coordinates(
            np.concatenate([shapely.get_point(streets, 0), shapely.get_point(streets, -1)])
        )
        _, node = np.unique(ends, axis=0, return_inverse=True)
        node = node.reshape(-1).astype(np.int64)
        first = int(node.max(initial=-1)) + 1
        stop_node = first + np.arange(len(stops), dtype=np.int64)
        street = np.concatenate([np.arange(count), np.arange(count), foot.street])
        along = np.concatenate([np.zeros(count), shapely.length(streets), foot.along])
        of = np.concatenate([node, stop_node])
        order = np.lexsort((along, street))
        street, along, of = street[order], along[order], of[order]
        graph = _graph(street, along, of, first + len(stops))
        return cls(streets, graph, street, along, of, stop_node, foot.leg)

    def distances(self, chosen: npt.NDArray[np.bool_]) -> Floats:
        """M of every node to the nearest of the chosen stops, inf where no street leads there."""
        size = self.graph.shape[0]
        rows = np.flatnonzero(chosen)
        start = csr_matrix(
            (
                np.maximum(self.stop_leg[rows], _TOUCH),
                (np.zeros(len(rows), np.int64), self.stop_node[rows]),
            ),
            shape=(1, size),
        )
        whole = _with_start(self.graph, start)
        found: Floats = np.asarray(dijkstra(whole, indices=[size]), np.float64)[0, :size]
        return found

    def from_points(self, foot: Foot, nodes: Floats) -> Floats:
        """M from points to the nearest stop, given the distances of the nodes."""
        if len(self.streets) == 0:
            return np.full(len(foot.street), np.inf)
        after = self._after(foot)
        before = after - 1
        back = nodes[self.cut_node[before]] + (foot.along - self.cut_along[before])
        ahead = nodes[self.cut_node[after]] + (self.cut_along[after] - foot.along)
        found: Floats = foot.leg + np.minimum(back, ahead)
        return found

    def _after(self, foot: Foot) -> Ints:
        """Place of the first node beyond each point on its street."""
        longest = float(self.cut_along.max()) + 1.0
        keys = self.cut_street * longest + self.cut_along
        place = np.searchsorted(keys, foot.street * longest + foot.along, side="right")
        first = np.searchsorted(self.cut_street, foot.street, side="left")
        last = np.searchsorted(self.cut_street, foot.street, side="right") - 1
        return np.clip(place, first + 1, last).astype(np.int64)


def noded(lines: Shapes) -> Shapes:
    """Lines cut wherever they meet, none twice, in a fixed order."""
    if len(lines) == 0:
        return lines
    found = cut_at_meetings(lines, GRID)
    middle = shapely.get_coordinates(shapely.line_interpolate_point(found, 0.5, normalized=True))
    ordered: Shapes = found[np.lexsort((shapely.length(found), middle[:, 1], middle[:, 0]))]
    return ordered


def reach(streets: Shapes, points: Shapes) -> Foot:
    """The nearest place on a street of every point; the first street where several are as near."""
    if len(streets) == 0 or len(points) == 0:
        none = np.zeros(len(points))
        return Foot(np.zeros(len(points), np.int64), none, np.full(len(points), np.inf))
    asked, street = shapely.STRtree(streets).query_nearest(points, all_matches=True)
    order = np.lexsort((street, asked))
    first = order[np.unique(asked[order], return_index=True)[1]]
    found = street[first].astype(np.int64)
    along = shapely.line_locate_point(streets[found], points)
    return Foot(found, along, shapely.distance(streets[found], points))


def _graph(street: Ints, along: Floats, node: Ints, size: int) -> csr_matrix:
    """Edges between neighbouring nodes of a street, the shortest where there are several."""
    same = street[1:] == street[:-1]
    a, b = node[:-1][same], node[1:][same]
    length = np.maximum(np.diff(along)[same], _TOUCH)
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((length, high, low))
    low, high, length = low[order], high[order], length[order]
    keep = np.ones(len(low), bool)
    keep[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    keep &= low != high
    low, high, length = low[keep], high[keep], length[keep]
    rows, columns = np.concatenate([low, high]), np.concatenate([high, low])
    return csr_matrix((np.concatenate([length, length]), (rows, columns)), shape=(size, size))


def _with_start(graph: csr_matrix, start: csr_matrix) -> csr_matrix:
    """The graph and one more node, from which ways lead to the stops and none back."""
    size = graph.shape[0]
    indptr = np.append(graph.indptr, graph.indptr[-1] + start.nnz)
    indices = np.append(graph.indices, start.indices)
    return csr_matrix(
        (np.append(graph.data, start.data), indices, indptr), shape=(size + 1, size + 1)
    )
