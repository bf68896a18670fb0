"""The levels of spatial units, from the whole city down to a building."""

from __future__ import annotations

from cim_bridge.texts import Text, text

LEVELS: tuple[str, ...] = (
    "city",
    "district",
    "subdistrict",
    "community",
    "block",
    "compound",
    "plot",
    "building",
    "area",
    "object",
)
"""Every level code, coarse to fine; `area` (special areas) and `object` cross the others."""

PARENT_LEVELS: tuple[str, ...] = LEVELS[:7]
"""Levels that a finer unit can lie in, coarse to fine."""

LABELS: dict[str, Text] = {
    "city": text("全市", "City"),
    "district": text("区", "District"),
    "subdistrict": text("街道", "Subdistrict"),
    "community": text("社区", "Community"),
    "block": text("街区", "Block"),
    "compound": text("小区", "Compound"),
    "plot": text("地块", "Plot"),
    "building": text("楼栋", "Building"),
    "area": text("专题片区", "Special area"),
    "object": text("设施", "Object"),
}
"""Default labels; a city's city.toml may give its own."""

_WORDS: dict[str, str] = {
    "street": "subdistrict",
    "street(subdistrict)": "subdistrict",
    "town": "subdistrict",
    "neighbourhood": "community",
    "neighborhood": "community",
    "compound / community": "compound",
    "block / plot": "block",
    "block / community / 1 km grid": "block",
    "residential compound": "compound",
    "cluster": "area",
    "cluster (between district and city)": "area",
    "corridor": "area",
    "site": "area",
    "point": "object",
    "point event": "object",
    "road": "object",
    "road segment": "object",
    "pipe": "object",
    "school": "object",
    "river section": "object",
    "water section": "object",
    "water body": "object",
    "shoreline segment": "object",
    "sea grid / district": "district",
}


def level_of_word(word: str) -> str | None:
    """Map a word of an indicator list's `attach_levels` or `spatial_unit` to a level code."""
    plain = word.strip().lower()
    if plain in LEVELS:
        return plain
    return _WORDS.get(plain)


def unit_id(level: str, source_id: str) -> str:
    """Return the public id of a unit: `<level>:<source_id>`."""
    return f"{level}:{source_id}"
