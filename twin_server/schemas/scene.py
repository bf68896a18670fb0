"""Shapes of scenes, as scenes/scene.schema.json has them (a test holds them equal)."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from twin_server.schemas.common import Page, Shape, Text

Plain = str | float | bool | None | list[str | float | bool]


class _Told(BaseModel):
    """A part of a scene: fields that say nothing are absent."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, populate_by_name=True)


class SceneView(_Told):
    """Degrees and metres above the ellipsoid; heading clockwise from north, pitch below 0 down."""

    lon: float
    lat: float
    height: float
    heading: float = 0.0
    pitch: float = -45.0


class SceneOverlay(_Told):
    """What colours the city; `classes` keep their colour, the others pale (absent: all keep it)."""

    system: str
    indicator: str
    level: str
    year: int | None = None
    classes: list[int] | None = None


class SceneStop(_Told):
    """One stop of a tour; what it does not say is as the scene says."""

    title: Text
    caption: Text | None = None
    view: SceneView | None = None
    layers: dict[str, bool | float] | None = None
    overlay: SceneOverlay | None = None
    filters: dict[str, Plain] | None = None
    page: dict[str, Plain] | None = None
    selection: str | None = None
    duration: float | None = None
    problem: str | None = None


class ScenePublication(_Told):
    """What was published when a scene was made."""

    id: str | None = None
    model: str | None = None
    results: str | None = None


class SceneDocument(_Told):
    """A scene as its file has it; /api/v1/scenes/schema is its JSON Schema."""

    schema_: str | None = Field(None, alias="$schema")
    name: str
    title: Text
    caption: Text | None = None
    view: SceneView | None = None
    layers: dict[str, bool | float] | None = None
    overlay: SceneOverlay | None = None
    filters: dict[str, Plain] | None = None
    page: dict[str, Plain] | None = None
    selection: str | None = None
    duration: float | None = None
    loop: bool | None = None
    publication: ScenePublication | None = None
    stops: list[SceneStop] | None = None


class SceneItem(Shape):
    """A scene in the list. `own`: a file of the city, that can be edited; `stale`: its words were
    written on another publication."""

    name: str
    title: Text
    caption: Text | None
    stops: int
    overlay: SceneOverlay | None
    selection: str | None
    own: bool
    stale: bool


class ScenePage(Page):
    """Scenes that can be shown, and what is wrong with the files of others."""

    items: list[SceneItem]
    issues: list[dict[str, Any]]


class SceneAnswer(Shape):
    """One scene with its years settled; send `version` as If-Match to change it."""

    scene: SceneDocument
    own: bool
    stale: bool
    version: str
    issues: list[dict[str, Any]]


class SceneGone(Shape):
    """A scene's file was deleted; `left` says whether a scene of that name is still offered."""

    name: str
    left: bool
