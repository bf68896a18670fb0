"""CityJSON between its two forms: one document ↔ one line a feature; coordinates stay the same."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from cim_bridge.writers.passing import Raw, encode, objects_of

Number = Callable[[int], int]
_APPEARANCE = {"materials": "material", "textures": "texture", "vertices-texture": "uv"}


class _Used:
    """Numbers in the order of their first use."""

    def __init__(self) -> None:
        self.of: dict[int, int] = {}

    def __call__(self, number: int) -> int:
        return self.of.setdefault(number, len(self.of))

    def pick(self, values: list[Any]) -> list[Any]:
        """The used ones of a list, in their new order."""
        return [values[number] for number in self.of]


def _map(values: Any, number: Number) -> Any:
    if isinstance(values, list):
        return [_map(value, number) for value in values]
    return None if values is None else number(values)


def _rings(values: Any, texture: Number, uv: Number) -> Any:
    """Texture values: a ring is [texture, uv, uv, ...] or [null]."""
    if values and not isinstance(values[0], list):
        return [_map(values[0], texture), *_map(values[1:], uv)]
    return [_rings(value, texture, uv) for value in values or []]


def renumbered(geometry: Any, numbers: dict[str, Number]) -> Any:
    """A geometry whose vertices, materials and textures have other numbers."""
    found = dict(geometry)
    found["boundaries"] = _map(found.get("boundaries"), numbers["vertex"])
    if "material" in found:
        found["material"] = {
            theme: {key: _map(value, numbers["material"]) for key, value in told.items()}
            for theme, told in found["material"].items()
        }
    if "texture" in found:
        found["texture"] = {
            theme: {k: _rings(v, numbers["texture"], numbers["uv"]) for k, v in told.items()}
            for theme, told in found["texture"].items()
        }
    return found


def split(whole: dict[str, Raw]) -> Iterator[dict[str, Any]]:
    """Header and features of a document, each feature with its own vertices."""
    objects = objects_of(whole)
    vertices = msgspec.json.decode(whole["vertices"], type=list[Raw])
    look = msgspec.json.decode(whole.get("appearance", Raw(b"{}")))
    header = {k: v for k, v in whole.items() if k not in ("CityObjects", "vertices", "appearance")}
    if "geometry-templates" in header and look:
        header["appearance"] = whole["appearance"]
    yield {**header, "CityObjects": {}, "vertices": []}
    for name, members in _features(objects).items():
        used = {kind: _Used() for kind in ("vertex", "material", "texture", "uv")}
        made = {member: _renumber(objects[member], dict(used)) for member in members}
        feature: dict[str, Any] = {"type": "CityJSONFeature", "id": name, "CityObjects": made}
        feature["vertices"] = used["vertex"].pick(vertices)
        own = {k: used[kind].pick(look.get(k, [])) for k, kind in _APPEARANCE.items()}
        if any(own.values()):
            rest = {k: v for k, v in look.items() if k not in _APPEARANCE}
            feature["appearance"] = {**rest, **{k: v for k, v in own.items() if v}}
        yield feature


def _features(objects: dict[str, dict[str, Raw]]) -> dict[str, list[str]]:
    """Every top object with all that belongs to it, in the order of the document."""
    parents = {
        name: (msgspec.json.decode(item.get("parents", Raw(b"[]"))) or [name])[0]
        for name, item in objects.items()
    }
    found: dict[str, list[str]] = {}
    for name in objects:
        top, steps = name, 0
        while parents.get(top, top) != top and parents[top] in objects and steps < len(objects):
            top, steps = parents[top], steps + 1
        found.setdefault(top, []).append(name)
    return found


def _renumber(item: dict[str, Raw], numbers: dict[str, Number]) -> dict[str, Any]:
    if "geometry" not in item:
        return dict(item)
    shapes = msgspec.json.decode(item["geometry"]) or []
    return {**item, "geometry": [renumbered(shape, numbers) for shape in shapes]}


def joined(parts: Iterable[dict[str, Raw]]) -> dict[str, Any]:
    """One document of a header and its features; their lists are put one after the other."""
    stream = iter(parts)
    header = next(stream)
    objects: dict[str, Any] = {}
    vertices: list[Raw] = []
    look: dict[str, Any] = msgspec.json.decode(header.get("appearance", Raw(b"{}")))
    for part in stream:
        own = msgspec.json.decode(part.get("appearance", Raw(b"{}")))
        base = {"vertex": len(vertices)}
        base |= {kind: len(look.get(key, ())) for key, kind in _APPEARANCE.items()}
        numbers: dict[str, Number] = {k: b.__add__ for k, b in base.items()}
        for name, item in objects_of(part).items():
            objects[name] = _renumber(item, numbers) if any(base.values()) else item
        vertices += msgspec.json.decode(part["vertices"], type=list[Raw])
        for key, value in own.items():
            look[key] = [*look.get(key, []), *value] if key in _APPEARANCE else value
    whole: dict[str, Any] = {**header, "CityObjects": objects, "vertices": vertices}
    if look:
        whole["appearance"] = look
    return whole


def text_of(part: dict[str, Any]) -> dict[str, Raw]:
    """A made document or feature with its members as text again."""
    return {key: Raw(encode(value)) for key, value in part.items()}
