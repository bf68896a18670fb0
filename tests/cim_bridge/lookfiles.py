"""Small textured models as programs export them, written by the tests themselves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from tests.cim_bridge.cityfiles import building, document, row_of_boxes

QUARTERS = np.array([[[220, 30, 30], [30, 180, 40]], [[30, 60, 220], [230, 210, 40]]], np.uint8)
"""Colours of an image's quarters: upper left, upper right, lower left, lower right."""


def quarters(path: Path, side: int = 32, kind: str | None = None) -> Path:
    """An image of four colours."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image = np.repeat(np.repeat(QUARTERS, side // 2, 0), side // 2, 1)
    Image.fromarray(image).save(path, kind)
    return path


def textured_boxes(folder: Path, count: int = 2, **appearance: Any) -> Path:
    """Boxes whose walls wear `looks/wall.png`, whose roof is blue and whose floor wears nothing.

    A wall's lower left corner shows the image's lower left one.
    """
    quarters(folder / "looks" / "wall.png")
    found = row_of_boxes(count)
    wall = [[0, 0, 1, 2, 3]]
    for item in found["CityObjects"].values():
        geometry = item["geometry"][0]
        geometry["texture"] = {"day": {"values": [[[[None]], [[None]], wall, wall, wall, wall]]}}
        geometry["material"] = {"day": {"values": [[None, 0, None, None, None, None]]}}
    found["appearance"] = {
        "materials": [{"name": "roof", "diffuseColor": [0.0, 0.2, 1.0]}],
        "textures": [{"type": "PNG", "image": "looks/wall.png", "wrapMode": "wrap"}],
        "vertices-texture": [[0, 0], [1, 0], [1, 1], [0, 1]],
        **appearance,
    }
    path = folder / "boxes.city.json"
    path.write_text(json.dumps(found), encoding="utf-8")
    return path


def as_sequence(path: Path) -> Path:
    """The same as CityJSONSeq, every feature with an appearance of its own."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    look, objects, vertices = (whole.pop(k) for k in ("appearance", "CityObjects", "vertices"))
    lines = [{**whole, "CityObjects": {}, "vertices": []}]
    for number, (name, _) in enumerate(objects.items()):
        own = building(0)
        own["geometry"][0] |= {k: objects[name]["geometry"][0][k] for k in ("texture", "material")}
        feature = {"type": "CityJSONFeature", "id": name, "CityObjects": {name: own}}
        lines.append(
            {**feature, "vertices": vertices[8 * number : 8 * number + 8], "appearance": look}
        )
    out = path.with_name("boxes.city.jsonl")
    out.write_text("\n".join(json.dumps(line) for line in lines), encoding="utf-8")
    return out


def several(folder: Path, change: dict[str, Any]) -> Path:
    """Textured boxes with some top-level members replaced."""
    path = textured_boxes(folder)
    whole = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(document(whole["CityObjects"], whole["vertices"]) | change))
    return path
