"""Shapes of the city, its publications and its audit."""

from __future__ import annotations

from pydantic import Field

from twin_server.schemas.common import Column, Page, Shape, Text


class Extent(Shape):
    """Degrees WGS84, metres above the ellipsoid."""

    west: float
    south: float
    east: float
    north: float
    min_height: float
    max_height: float


class LevelInfo(Shape):
    """One level of units; `rows` counts tombstones and is the length of its columns."""

    level: str
    label: Text
    count: int
    rows: int
    tileset: str | None


class YearInfo(Shape):
    """A checkup year and its cut-off date."""

    year: int
    cutoff: str
    periods: int


class SystemRef(Shape):
    """An indicator system in short."""

    id: str
    label: Text
    indicators: int


class Publication(Shape):
    """What was published when; a view pins one."""

    id: str
    seq: int
    model: str
    results: str
    created: str
    actor: str
    current: bool
    note: str
    bindings: list[str]


class Tileset(Shape):
    """A tileset of the model."""

    url: str
    kind: str
    level: str | None
    massing_level: str | None
    profile: str | None
    features: int | None


class BoundTileset(Shape):
    """A tileset of others whose features are tied to unit rows; see `map_url`.

    url: what to show. rewritten: it carries our property table, so it is coloured by row.
    column: element first + feature id of a content (see the map) is the unit's row.
    """

    name: str
    binding: str
    level: str
    url: str
    rewritten: bool
    tileset_url: str
    map_url: str
    column: Column
    id_property: str | None
    features: int
    matched: int
    ambiguous: int
    unmatched: int


class CategoryCoverage(Shape):
    """Indicators of a category, and how many of them have values."""

    indicators: int
    with_values: int


class Coverage(CategoryCoverage):
    """How much of a system has values in a year."""

    values: int
    by_category: dict[str, CategoryCoverage] = Field(default_factory=dict)


class SeverityCounts(Shape):
    """Problems of a year by severity."""

    high: int
    medium: int
    low: int


class Source(Shape):
    """Where data comes from, with the credit its licence asks for."""

    name: str
    kind: str
    attribution: str | None
    licence: str | None
    features: int | None
    source_kind: str | None = None


class Milestone(Shape):
    """A step of the checkup; overdue: its day has passed and it is not reached."""

    name: Text
    due: str
    done: str | None
    overdue: bool
    late: bool
    theme: str | None


class City(Shape):
    """Everything a viewer needs to begin."""

    name: Text
    synthetic: bool
    extent: Extent | None
    crs: str
    levels: list[LevelInfo]
    years: list[YearInfo]
    year: int | None
    as_of: str
    system: str
    systems: list[SystemRef]
    publication: Publication | None
    model: str | None
    results: str | None
    tilesets: dict[str, Tileset]
    bound: list[BoundTileset]
    parents: dict[str, Column]
    coverage: dict[str, dict[str, Coverage]]
    problems: dict[str, SeverityCounts]
    projects: dict[str, int]
    sources: list[Source]
    source_labels: dict[str, Text] = Field(default_factory=dict)
    attribution: list[str]
    languages: list[str]
    scope: str
    milestones: list[Milestone]


class Embed(Shape):
    """Origins of pages that may show ours in a frame and lead it by messages of this version.

    `'self'` is the server's own origin. The same list stands in frame-ancestors of every page.
    """

    version: int
    origins: list[str]


class Health(Shape):
    """The server answers, from this publication."""

    status: str
    version: str
    publication: str | None
    model: str | None


class ReleasePage(Page):
    """Publications, newest first."""

    items: list[Publication]


class AuditEntry(Shape):
    """One entry of the record."""

    seq: int
    time: str
    actor: str
    action: str
    payload: str
    prev_hash: str
    hash: str


class AuditPage(Page):
    """Entries, newest first."""

    items: list[AuditEntry]
