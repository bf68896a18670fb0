"""15 分钟步行可达: residents within 1,000 m on foot of eight kinds of facility, and all of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import shapely

from cim_bridge.texts import Text, text
from indicator_overlays.city_shapes import CityShapes, Floats
from indicator_overlays.measure import Figures, nothing, only_where, ratio
from indicator_overlays.overlap import Shapes
from indicator_overlays.walking import Foot, WalkNetwork, reach

REACH = 1000.0
"""m on foot in 15 minutes: the upper end of 800 to 1,000 m of GB 50180-2018 (15 分钟生活圈)."""

EDGE_STEP = 50.0
"""m between the places where a park is entered: its gates are seldom known."""

FAST_ROADS = frozenset({"motorway", "expressway", "trunk", "motorway_link", "trunk_link"})
"""Road classes nobody walks along."""

LEVELS = ("city", "district", "subdistrict", "community", "block", "compound", "building")

KINDS: dict[str, tuple[tuple[str, frozenset[str]], ...]] = {
    "kindergarten": (("kindergarten", frozenset()),),
    "primary_school": (("school", frozenset({"primary_school", "小学", ""})),),
    "clinic": (("health_station", frozenset()), ("hospital", frozenset())),
    "elderly_station": (("elderly_care", frozenset()),),
    "retail": (("retail", frozenset()),),
    "park": (("park", frozenset()), ("green_space", frozenset())),
    "sports": (("sports", frozenset()),),
    "bus_stop": (("bus_stop", frozenset()),),
}
"""Each facility: kinds of object, and which of their own details count (all when empty)."""


@dataclass(frozen=True)
class _Walks:
    """M from every building's centre to the nearest facility of each kind."""

    metres: dict[str, Floats]
    lines: Shapes


_LIMITS = text(
    "道路中心线代替人行道；不计坡度、过街等待与立交；公园以边界为入口；楼栋到最近道路为直线",
    "road centre lines stand for pavements; no slopes, waiting at crossings or flyovers; a park"
    " is entered anywhere along its edge; a straight way from the building to the nearest road",
)
_KINDS_METHOD = text(
    "沿路网步行 1000 米以内可到达的设施类别数（共八类），按居民平均",
    "how many of the eight kinds are within 1,000 m on foot along streets, averaged over residents",
)


@dataclass(frozen=True)
class Walk15:
    """Share of residents whose nearest facility of one kind is at most 1,000 m away on foot."""

    kind: str
    version: str = "1"
    levels: tuple[str, ...] = LEVELS
    limits: Text = field(default_factory=lambda: _LIMITS)

    @property
    def code(self) -> str:
        """Indicator code."""
        return f"walk15_{self.kind}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """The streets, the facilities and the residents."""
        objects = tuple(f"object:{kind}" for kind, _ in KINDS[self.kind])
        return ("object:road", *objects, "building:population")

    @property
    def method(self) -> Text:
        """How it is computed."""
        return text(
            "沿路网步行 1000 米以内可到达的居民 ÷ 居民 × 100；楼栋为 100 或 0",
            "residents within 1,000 m on foot along streets / residents x 100; a building is 100"
            " or 0",
        )

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Compare each home's distance with the reach, then sum residents for every unit."""
        walks = _walks(city)
        if walks is None or self.kind not in walks.metres:
            lacking = "object:road" if walks is None else self.inputs[1]
            return nothing(len(city.units(level)), lacking)
        near = (walks.metres[self.kind] <= REACH).astype(float)
        return _share(city, level, self.code, near, walks.lines, 100.0)


@dataclass(frozen=True)
class Walk15Kinds:
    """How many of the eight kinds are within reach on foot: of a home, on average of residents."""

    code: str = "walk15_kinds"
    version: str = "1"
    levels: tuple[str, ...] = LEVELS
    inputs: tuple[str, ...] = (
        "object:road",
        "building:population",
        *(f"object:{k}" for k in KINDS),
    )
    method: Text = field(default_factory=lambda: _KINDS_METHOD)
    limits: Text = field(default_factory=lambda: _LIMITS)

    def compute(self, city: CityShapes, level: str) -> Figures:
        """Count kinds for each home; not computable while a whole kind is not mapped."""
        walks = _walks(city)
        size = len(city.units(level))
        if walks is None:
            return nothing(size, "object:road")
        lacking = [kind for kind in KINDS if kind not in walks.metres]
        if lacking:
            return nothing(size, ", ".join(f"object:{kind}" for kind in lacking))
        kinds = np.sum([metres <= REACH for metres in walks.metres.values()], axis=0).astype(float)
        return _share(city, level, self.code, kinds, walks.lines, 1.0)


def _share(
    city: CityShapes, level: str, code: str, each: Floats, lines: Shapes, factor: float
) -> Figures:
    weight, note = _weights(city)
    home = weight > 0
    if level == "building":
        value = np.where(home, each * factor, np.nan)
        return Figures(
            value, np.where(home, each * weight, np.nan), np.where(home, weight, np.nan),
            not_applicable=~home,
        )  # fmt: skip
    total = city.per_unit(level, city.summed("walk15 weights", lambda: weight))
    near = city.summed(code, lambda: np.where(home, each * weight, 0.0))
    found = city.per_unit(level, near)
    applies_not = (total == 0) & (city.area(level) > 0)
    figures = Figures(
        ratio(found, total, factor), found, total, note=note, not_applicable=applies_not
    )
    return only_where(figures, city.surveyed(level, lines))


def _weights(city: CityShapes) -> tuple[Floats, str]:
    """Residents of every building; footprint of homes where few say how many live there."""
    units = city.units("building")
    persons = units.numbers("population")
    home = (units.words("use") == "residential") & ~units.removed
    told = home & np.isfinite(persons)
    if home.any() and told.sum() >= 0.9 * home.sum():
        living: Floats = np.where(units.removed, 0.0, np.nan_to_num(persons))
        return living, "by residents"
    area: npt.NDArray[np.float64] = np.where(home, city.area("building"), 0.0)
    return area, "by footprint of homes: residents unknown"


def _walks(city: CityShapes) -> _Walks | None:
    """Distances of all kinds at once; made once a city."""
    found: _Walks | None = city.remember("walks", lambda: _measured(city))
    return found


def _measured(city: CityShapes) -> _Walks | None:
    roads = city.objects("road")
    if len(roads) == 0 or len(city.units("building")) == 0:
        return None
    road_class = city.told("object", "road").words("road_class", "highway", "class")
    lines = roads[(shapely.get_dimensions(roads) == 1) & ~np.isin(road_class, list(FAST_ROADS))]
    if len(lines) == 0:
        return None
    stops = {kind: _stops(city, kind) for kind in KINDS}
    stops = {kind: points for kind, points in stops.items() if len(points)}
    owner = np.repeat(np.arange(len(stops)), [len(points) for points in stops.values()])
    every = np.concatenate([*stops.values()]) if stops else np.zeros(0, object)
    network = WalkNetwork.of(shapely.get_parts(lines), every)
    foot = _doors(city, network)
    metres = {
        kind: network.from_points(foot, network.distances(owner == number))
        for number, kind in enumerate(stops)
    }
    return _Walks(metres, lines)


def _doors(city: CityShapes, network: WalkNetwork) -> Foot:
    centres = shapely.centroid(city.shapes("building"))
    there = ~shapely.is_empty(centres)
    size = len(centres)
    street, along, leg = np.zeros(size, np.int64), np.zeros(size), np.full(size, np.inf)
    foot = reach(network.streets, centres[there])
    street[there], along[there], leg[there] = foot.street, foot.along, foot.leg
    return Foot(street, along, leg)


def _stops(city: CityShapes, kind: str) -> Shapes:
    """Points where facilities of a kind are entered."""
    found = []
    for name, details in KINDS[kind]:
        shapes = city.objects(name)
        if details and len(shapes):
            shapes = shapes[
                np.isin(city.told("object", name).words("detail", "school_type"), list(details))
            ]
        found.append(_entries(shapes))
    every: Shapes = np.concatenate(found)
    return every


def _entries(shapes: Shapes) -> Shapes:
    """Points as they are; along the edges of polygons and the lines of lines every 50 m."""
    dimension = shapely.get_dimensions(shapes)
    edges = np.where(dimension == 2, shapely.boundary(shapes), shapes)[dimension > 0]
    cut = shapely.segmentize(shapely.get_parts(edges), EDGE_STEP) if len(edges) else edges
    points = shapely.points(shapely.get_coordinates(cut)) if len(cut) else np.zeros(0, object)
    every: Shapes = np.concatenate([shapely.get_parts(shapes[dimension == 0]), points])
    return every


WALKS = tuple(Walk15(kind) for kind in KINDS)
"""One measure for each of the eight kinds."""
