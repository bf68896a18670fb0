"""Shapes of spatial diagnosis, scores, quadrants and five-year evaluation."""

from __future__ import annotations

from typing import Any, Literal

from twin_server.schemas.common import CategoryRef, Page, Shape, Text, UnitRef
from twin_server.schemas.indicator import IndicatorShort


class Moran(Shape):
    """Moran's I of the whole map and its two-sided p."""

    i: float
    p: float


class Spot(Shape):
    """A unit among high (hot) or low (cold) values, with its z of local G*."""

    unit: UnitRef
    kind: Literal["hot", "cold"]
    z: float


class Hotspots(Shape):
    """Clusters of one overlay, strongest first; `reason` says why nothing was tested."""

    code: str
    system: str
    year: int
    period: str
    level: str
    method: Text
    tested: int
    reason: Text | None
    moran: Moran | None
    items: list[Spot]
    hot: int
    cold: int


class Piled(Shape):
    """A unit that bears more than one kind of problem, itself and inside it."""

    unit: UnitRef
    kinds: int
    problems: int
    rules: list[str]


class PilePage(Page):
    """Units, most kinds of problem first."""

    items: list[Piled]


class BlindAreas(Shape):
    """GeoJSON (WGS 84) of land that no facility reaches; largest first."""

    type: Literal["FeatureCollection"]
    code: str
    year: int
    area_m2: float
    features: list[dict[str, Any]]


class Grade(Shape):
    """A step of the scale."""

    code: str
    label: Text


class CategoryScore(CategoryRef):
    """Mean of a category's scores and the share of its weight that has one."""

    score: float | None
    coverage: float
    failing: list[str]


class UnitScore(Shape):
    """A unit's score; no grade where too little is known; a failing bottom line is the lowest."""

    unit: UnitRef
    score: float | None
    coverage: float
    grade: Grade | None
    failing: list[str]
    categories: list[CategoryScore]


class ScaleRef(Shape):
    """The scale that scores were made by."""

    code: str
    version: str
    label: Text


class ScorePage(Page):
    """Units, the lowest score first."""

    items: list[UnitScore]
    scale: ScaleRef
    year: int
    level: str
    system: str


class Placed(Shape):
    """A unit by facts and feelings; `bottom_line` where one decided it."""

    unit: UnitRef
    quadrant: Literal["keep", "perception", "hidden", "priority", "unknown"]
    score: float | None
    coverage: float
    satisfaction: float | None
    n: int
    small_sample: bool
    bottom_line: bool


class QuadrantLines(Shape):
    """Scores from which facts, and feelings, count as good."""

    objective: float
    satisfaction: float


class Quadrants(Shape):
    """Facts against feelings for the units of a level."""

    year: int
    level: str
    system: str
    scale: ScaleRef
    lines: QuadrantLines
    counts: dict[str, int]
    items: list[Placed]


class LinePoint(Shape):
    """One year of a line."""

    year: int
    period: str
    value: float | None
    state: str
    method: str | None
    method_version: str | None
    source: str | None


class LineBreak(Shape):
    """Two years that were not measured alike: by another system, method or version."""

    before: int
    after: int
    kinds: list[str]
    change: float


class Counterpart(Shape):
    """The same or a related indicator of another year's list; only `same` ones may be compared."""

    system: str
    code: str
    relation: str
    points: list[LinePoint]


class EvaluationLine(IndicatorShort):
    """Five years of an indicator: change = change measured alike + change across breaks."""

    points: list[LinePoint]
    breaks: list[LineBreak]
    change: float | None
    change_measured_alike: float | None
    change_across_breaks: float
    better: bool | None
    sources: list[str]
    gaps: list[int]
    counterparts: list[Counterpart]


class Evaluation(Shape):
    """Five-year evaluation of a unit."""

    unit: UnitRef
    system: str
    years: list[int]
    lines: list[EvaluationLine]
