"""From a JSON document to a Scene: held against the published schema, faults told as Issues."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import orjson

from cim_bridge.issues import IssueLog
from cim_bridge.texts import as_text
from scenes.scene import OVERLAY, SHARED, STAY, Camera, Scene

SCHEMA_FILE = "scene.schema.json"
LARGEST = 1_000_000
"""Bytes a scene file may have."""


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a scene; read-only."""
    text = resources.files("scenes").joinpath(SCHEMA_FILE).read_bytes()
    found: dict[str, Any] = orjson.loads(text)
    return found


def read_scene(path: Path, log: IssueLog) -> Scene | None:
    """Read one file; None after an error."""
    try:
        if path.stat().st_size > LARGEST:
            log.add("SCENE_BROKEN", file=path, reason=f"> {LARGEST:,} bytes")
            return None
        found = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as exc:
        log.add("SCENE_BROKEN", file=path, reason=exc)
        return None
    return scene_of(found, log, path.name)


def scene_of(document: Any, log: IssueLog, file: str = "") -> Scene | None:
    """Make a scene of a JSON document; None after an error. Unknown fields are left out."""
    if not isinstance(document, dict):
        log.add("SCENE_BROKEN", file=file, reason=type(document).__name__)
        return None
    before = len(log.errors)
    _check(document, log, file)
    if len(log.errors) > before:
        return None
    scene = _view(document, document["name"], file)
    stops = [
        _inherit(_view(stop, f"{scene.name}-{number}", file), stop, scene)
        for number, stop in enumerate(document.get("stops") or (), start=1)
    ]
    return replace(
        scene,
        loop=bool(document.get("loop", False)),
        publication=dict(document.get("publication") or {}),
        stops=tuple(stops),
    )


def _view(told: dict[str, Any], name: str, file: str) -> Scene:
    overlay = told.get("overlay") or {}
    named = {key: overlay[key] for key in OVERLAY if overlay.get(key) is not None}
    named["classes"] = tuple(named.get("classes", ()))
    camera, caption = told.get("view"), told.get("caption")
    return Scene(
        name=name,
        title=as_text(told["title"]),
        camera=None if camera is None else Camera(**{k: float(v) for k, v in camera.items()}),
        caption=None if caption is None else as_text(caption),
        selection=told.get("selection") or "",
        layers=dict(told.get("layers") or {}),
        filters=dict(told.get("filters") or {}),
        page=dict(told.get("page") or {}),
        duration=float(told.get("duration", STAY)),
        problem=str(told.get("problem") or ""),
        file=file,
        **named,
    )


def _inherit(stop: Scene, told: dict[str, Any], scene: Scene) -> Scene:
    """The stop with what the scene says and it does not."""
    word = {"camera": "view", **dict.fromkeys(OVERLAY, "overlay")}
    taken = {name: getattr(scene, name) for name in SHARED if word.get(name, name) not in told}
    return replace(stop, **taken)


def _check(document: dict[str, Any], log: IssueLog, file: str) -> None:
    """Hold a document against the schema; every fault is an Issue with its place."""
    import jsonschema

    for fault in jsonschema.Draft202012Validator(schema()).iter_errors(document):
        place = _place(fault.absolute_path)
        if fault.validator == "required":
            missing = next(name for name in fault.validator_value if name not in fault.instance)
            if f"'{missing}'" not in fault.message:
                missing = fault.message.split("'")[1]
            field, about = _joined(place, missing), fault.schema["properties"].get(missing, {})
            log.add("SCENE_FIELD_MISSING", file=file, field=field, expected=_expected(about))
        elif fault.validator == "additionalProperties" and fault.validator_value is False:
            known = fault.schema.get("properties", {})
            for name in sorted(set(fault.instance) - set(known)):
                fields, field = ", ".join(known), _joined(place, name)
                log.add("SCENE_FIELD_UNKNOWN", file=file, field=field, fields=fields)
        elif fault.validator == "maxLength":
            most, size = fault.validator_value, len(fault.instance)
            log.add("SCENE_TEXT_TOO_LONG", file=file, field=place, most=most, size=size)
        else:
            told = json.dumps(fault.instance, ensure_ascii=False)[:60]
            expected = _expected(fault.schema)
            log.add("SCENE_FIELD_WRONG", file=file, field=place, value=told, expected=expected)


def _place(path: Iterable[str | int]) -> str:
    """`stops[2].view.lon`."""
    words = [f"[{part}]" if isinstance(part, int) else f".{part}" for part in path]
    return "".join(words).lstrip(".")


def _joined(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name


def _expected(about: dict[str, Any]) -> str:
    """An example of a field and its range, the same in every language."""
    if "$ref" in about:
        about = schema()["$defs"][str(about["$ref"]).rpartition("/")[2]]
    examples = about.get("examples") or [None]
    told = json.dumps(examples[0], ensure_ascii=False)
    if "minimum" in about:
        return f"{about['minimum']} … {about['maximum']}, {told}"
    return told
