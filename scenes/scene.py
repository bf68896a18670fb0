"""A scene is data: what to show, of which year, from where, with which words. No code in it.

Its file form is `scene.schema.json`; `scenes.reading` makes a Scene of such a document.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from cim_bridge.release import ModelRelease
from cim_bridge.texts import Text, text
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.results_reader import Results

OVERLAY = ("system", "indicator", "level", "year", "classes")
"""Fields that a file keeps together as `overlay`."""

STAY = 8.0
"""Seconds a stop lasts that does not say how long."""

SHARED = (
    "system", "indicator", "level", "year", "classes", "camera", "layers", "filters", "page",
    "selection", "duration",
)  # fmt: skip
"""What a stop takes from its scene where it says nothing itself."""


@dataclass(frozen=True)
class Camera:
    """Degrees and metres above the ellipsoid; heading clockwise from north, pitch below 0 down."""

    lon: float
    lat: float
    height: float
    heading: float = 0.0
    pitch: float = -45.0


@dataclass(frozen=True)
class Scene:
    """One view with its words, or a tour whose ``stops`` are views themselves.

    ``indicator`` "" colours nothing; ``year`` None is the newest published one; ``classes`` () are
    all; ``publication`` is what the scene was made on (id, model, results); ``file`` where it was
    read, "" for one that was made of what is published.
    """

    name: str
    title: Text
    system: str = ""
    indicator: str = ""
    level: str = ""
    year: int | None = None
    camera: Camera | None = None
    selection: str = ""
    caption: Text | None = None
    file: str = ""
    classes: tuple[int, ...] = ()
    layers: dict[str, bool | float] = field(default_factory=dict)
    filters: dict[str, Any] = field(default_factory=dict)
    page: dict[str, Any] = field(default_factory=dict)
    duration: float = STAY
    problem: str = ""
    loop: bool = False
    publication: dict[str, str] = field(default_factory=dict)
    stops: tuple[Scene, ...] = ()

    @property
    def views(self) -> tuple[Scene, ...]:
        """The stops, or the scene itself where it is a single view."""
        return self.stops or (self,)

    def to_json(self) -> dict[str, Any]:
        """The scene as its file has it; a stop tells only what differs from the scene."""
        found: dict[str, Any] = {"name": self.name, **_told(self)}
        if self.loop:
            found["loop"] = True
        if self.publication:
            found["publication"] = dict(self.publication)
        if self.stops:
            found["stops"] = [_difference(_told(stop), found) for stop in self.stops]
        return found


@dataclass(frozen=True)
class Published:
    """What scenes show: a model, its results, and the words for both.

    ``publication``: id, model and results of what is current; {} where it has no id.
    ``published``: its date; ``version``: of the program that shows it; ``labels``: of sources.
    """

    model: ModelRelease
    results: Results
    systems: dict[str, IndicatorSystem]
    name: Text
    default_system: str
    attribution: tuple[str, ...] = ()
    publication: dict[str, str] = field(default_factory=dict)
    published: str = ""
    version: str = ""
    labels: dict[str, Text] = field(default_factory=dict)

    def source(self, name: str | None) -> Text:
        """What a source is called: as the city says; `甲 / A` names itself in both languages."""
        zh, both, en = (name or "—").partition(" / ")
        return self.labels.get(name or "") or (text(zh, en) if both else text(zh, zh))

    @cached_property
    def unit_ids(self) -> frozenset[str]:
        """Public ids of the model's units."""
        return frozenset(self.model.columns("id")["id"].to_pylist())

    @cached_property
    def made(self) -> tuple[Scene, ...]:
        """Scenes made of what is published; made once."""
        from scenes.making import made_scenes

        return tuple(made_scenes(self))


def _told(scene: Scene) -> dict[str, Any]:
    """Everything a view says, in the order people read it."""
    found: dict[str, Any] = {"title": dict(scene.title)}
    if scene.caption is not None:
        found["caption"] = dict(scene.caption)
    if scene.camera is not None:
        found["view"] = asdict(scene.camera)
    if scene.layers:
        found["layers"] = dict(scene.layers)
    if scene.indicator:
        named = {name: getattr(scene, name) for name in OVERLAY}
        found["overlay"] = {key: value for key, value in named.items() if value not in (None, ())}
        if scene.classes:
            found["overlay"]["classes"] = list(scene.classes)
    for name in ("filters", "page", "selection", "problem"):
        if getattr(scene, name):
            found[name] = getattr(scene, name)
    if scene.duration != STAY:
        found["duration"] = scene.duration
    return found


def _difference(stop: dict[str, Any], scene: dict[str, Any]) -> dict[str, Any]:
    own = ("title", "caption", "problem")
    return {key: value for key, value in stop.items() if key in own or scene.get(key) != value}
