"""A scene is data: what to show, of which year, from where, with which words. No code in it."""

from __future__ import annotations

import difflib
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from cim_bridge.issues import IssueLog
from cim_bridge.release import ModelRelease
from cim_bridge.texts import Text, as_text
from indicator_overlays.indicator import IndicatorSystem
from indicator_overlays.results_reader import Results

FIELDS: dict[str, str] = {
    "name": "letters, digits, - and _",
    "title": '{"zh": "…", "en": "…"}',
    "system": "MOHURD-2022",
    "indicator": "park_coverage",
    "level": "block",
    "year": "2025",
    "camera": '{"lon", "lat", "height", "heading", "pitch"}',
    "selection": "block:K00001",
    "caption": '{"zh": "…", "en": "…"}',
}
"""Every field of a scene with an example; year, camera, selection and caption may be absent."""

REQUIRED = ("name", "title", "system", "indicator", "level")
_RANGES = {"lon": (-180, 180), "lat": (-90, 90), "height": (1, 1e6), "heading": (-360, 360)}
_PITCH = (-90, -1)


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
    """One scene; ``year`` None is the newest published one, ``file`` where it was read."""

    name: str
    title: Text
    system: str
    indicator: str
    level: str
    year: int | None = None
    camera: Camera | None = None
    selection: str = ""
    caption: Text | None = None
    file: str = ""

    def to_json(self) -> dict[str, Any]:
        """The scene as its file has it."""
        found = {key: value for key, value in asdict(self).items() if value not in (None, "")}
        found.pop("file", None)
        return found


@dataclass(frozen=True)
class Published:
    """What scenes show: a model, its results, and the words for both."""

    model: ModelRelease
    results: Results
    systems: dict[str, IndicatorSystem]
    name: Text
    default_system: str
    attribution: tuple[str, ...] = ()


def read_scene(path: Path, log: IssueLog) -> Scene | None:
    """Read one file; None after an error."""
    try:
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as exc:
        log.add("SCENE_BROKEN", file=path, reason=exc)
        return None
    if not isinstance(found, dict):
        log.add("SCENE_BROKEN", file=path, reason=type(found).__name__)
        return None
    return scene_of(found, log, path.name)


def scene_of(document: dict[str, Any], log: IssueLog, file: str = "") -> Scene | None:
    """Make a scene of a JSON document; None after an error."""
    before = len(log.errors)
    for field in REQUIRED:
        if field not in document:
            log.add("SCENE_FIELD_MISSING", file=file, field=field, expected=FIELDS[field])
    for field, value in document.items():
        if field not in FIELDS:
            fields = ", ".join(FIELDS)
            log.add("SCENE_FIELD_UNKNOWN", file=file, field=field, fields=fields)
        elif not _fits(field, value):
            _wrong(log, file, field, value)
    camera = _camera(document.get("camera"), log, file)
    if len(log.errors) > before:
        return None
    caption = document.get("caption")
    return Scene(
        **{field: document[field] for field in ("name", "system", "indicator", "level")},
        title=as_text(document["title"]),
        year=document.get("year"),
        camera=camera,
        selection=document.get("selection") or "",
        caption=None if caption is None else as_text(caption),
        file=file,
    )


def _wrong(log: IssueLog, file: str, field: str, value: object) -> None:
    told = FIELDS.get(field) or " … ".join(map(str, _range(field.partition(".")[2])))
    log.add("SCENE_FIELD_WRONG", file=file, field=field, value=str(value)[:60], expected=told)


def _fits(field: str, value: Any) -> bool:
    if field in ("title", "caption"):
        words = value.values() if isinstance(value, dict) else [value]
        return bool(words) and all(isinstance(word, str) and word for word in words)
    if field == "year":
        return value is None or (isinstance(value, int) and not isinstance(value, bool))
    if field == "camera":
        return value is None or isinstance(value, dict)
    if field == "name":
        return isinstance(value, str) and value.replace("-", "").replace("_", "").isalnum()
    return isinstance(value, str) and (bool(value) or field == "selection")


def _range(name: str) -> tuple[float, float]:
    return _PITCH if name == "pitch" else _RANGES[name]


def _camera(found: Any, log: IssueLog, file: str) -> Camera | None:
    if not isinstance(found, dict):
        return None
    for name in ("lon", "lat", "height"):
        if name not in found:
            expected = FIELDS["camera"]
            log.add("SCENE_FIELD_MISSING", file=file, field=f"camera.{name}", expected=expected)
    values: dict[str, float] = {}
    for name, value in found.items():
        if name not in _RANGES and name != "pitch":
            expected = FIELDS["camera"]
            log.add("SCENE_FIELD_UNKNOWN", file=file, field=f"camera.{name}", fields=expected)
            continue
        low, high = _range(name)
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if number and low <= value <= high:
            values[name] = float(value)
        else:
            _wrong(log, file, f"camera.{name}", value)
    return Camera(**values) if {"lon", "lat", "height"} <= set(values) else None


def fitted(scene: Scene, published: Published, log: IssueLog) -> Scene | None:
    """The scene with its year settled, checked against what is published; None after an error."""
    results, file = published.results, scene.file or scene.name
    levels = results.available.get((scene.system, scene.indicator))
    if levels is None:
        known = [code for system, code in results.available if system == scene.system]
        near = difflib.get_close_matches(scene.indicator, known) or sorted({*results.available})[:3]
        words = ", ".join(map(str, near))
        log.add(
            "SCENE_INDICATOR_UNKNOWN",
            file=file, system=scene.system, indicator=scene.indicator, near=words,
        )  # fmt: skip
        return None
    told: dict[str, Any] = {"indicator": scene.indicator, "level": scene.level}
    if scene.level not in levels:
        log.add("SCENE_LEVEL_UNKNOWN", file=file, levels=", ".join(levels), **told)
        return None
    years = levels[scene.level]
    year = max(years) if scene.year is None else scene.year
    if year not in years:
        listed = ", ".join(map(str, years))
        log.add("SCENE_YEAR_UNKNOWN", file=file, year=year, years=listed, **told)
        return None
    selection = scene.selection
    if selection and selection not in set(published.model.columns("id")["id"].to_pylist()):
        log.add("SCENE_SELECTION_UNKNOWN", file=file, unit=selection)
        selection = ""
    return replace(scene, year=year, selection=selection)
