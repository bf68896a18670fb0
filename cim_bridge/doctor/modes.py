"""Which overlay will work on a tileset, by what, and why not the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cim_bridge.attributes import matching
from cim_bridge.doctor.tiles import TilesetFacts
from cim_bridge.doctor.words import say, some
from cim_bridge.texts import Text

_SAFE_ROWS, _MOST_ROWS = 2048, 8192
"""Rows of one property table: every WebGL 2 texture holds the first, most renderers the second."""


@dataclass(frozen=True)
class Mode:
    """One way of colouring: texture, style, binding or rewrite; whether it works, by what."""

    name: str
    works: bool
    why: Text

    def to_json(self) -> dict[str, Any]:
        """Return a JSON-ready dict."""
        return {"mode": self.name, "works": self.works, "why": dict(self.why)}


def modes(facts: TilesetFacts, *, on_earth: bool) -> list[Mode]:
    """Judge every way of colouring a tileset."""
    return [
        _texture(facts),
        _style(facts),
        _binding(facts, on_earth=on_earth),
        _rewrite(facts, on_earth=on_earth),
    ]


def best(found: list[Mode]) -> str:
    """The mode a viewer would take: texture, style (through a binding or by itself), or none."""
    return next((mode.name for mode in found[:3] if mode.works), "none")


def _blocked(facts: TilesetFacts) -> Text | None:
    if not facts.blocked:
        return None
    return say("mode.blocked", names=", ".join(facts.blocked))


def _texture(facts: TilesetFacts) -> Mode:
    look = facts.glance
    blocked = _blocked(facts)
    ours = look.row_tables > 0 and look.row_tables == look.formats["glb"]
    if not ours:
        return Mode("texture", False, say("mode.texture_foreign"))
    if blocked is not None:
        return Mode("texture", False, blocked)
    if look.untabled:
        return Mode("texture", False, say("mode.texture_untabled", n=look.untabled))
    if look.largest > _MOST_ROWS:
        return Mode("texture", False, say("mode.texture_large", n=look.largest))
    wide = look.largest > _SAFE_ROWS
    return Mode(
        "texture", True, say("mode.texture_wide" if wide else "mode.texture", n=look.largest)
    )


def _style(facts: TilesetFacts) -> Mode:
    blocked = _blocked(facts)
    if blocked is not None:
        return Mode("style", False, blocked)
    held = {"batch table", "hierarchy", "property table"} & set(facts.glance.metadata)
    if not held or not facts.glance.ids:
        return Mode("style", False, _without_features(facts))
    if facts.key:
        return Mode("style", True, say("mode.style_key", key=facts.key))
    names = some(list(facts.properties), 6) or "—"
    return Mode("style", True, say("mode.style", names=names))


def _without_features(facts: TilesetFacts) -> Text:
    formats = facts.glance.formats
    if formats and set(formats) <= {"pnts", "unreadable"}:
        return say("mode.points")
    if facts.glance.ids["texture"] and len(facts.glance.ids) == 1:
        return say("mode.textured_ids")
    return say("mode.no_properties" if facts.glance.ids else "mode.no_features")


def _binding(facts: TilesetFacts, *, on_earth: bool) -> Mode:
    if facts.blocked:
        return Mode("binding", False, say("mode.blocked", names=", ".join(facts.blocked)))
    if not facts.features and not facts.wholes:
        return Mode("binding", False, say("mode.nothing_read"))
    labels = [n for column in ("label_zh", "label", "label_en")
              for n in matching(column, facts.properties)]  # fmt: skip
    ways = []
    if facts.key:
        ways.append(say("mode.by_id", key=facts.key))
    if labels:
        ways.append(say("mode.by_label", key=labels[0]))
    if facts.triangles:
        ways.append(say("mode.by_geometry" if on_earth else "mode.by_geometry_crs"))
    if not ways:
        return Mode("binding", False, _without_features(facts))
    told = {"zh": "、".join(way["zh"] for way in ways), "en": ", ".join(way["en"] for way in ways)}
    whole = not facts.features
    key = "mode.binding_whole" if whole else "mode.binding"
    return Mode("binding", True, say(key, ways=told, n=facts.features or facts.wholes))


def _rewrite(facts: TilesetFacts, *, on_earth: bool) -> Mode:
    if not facts.triangles:
        return Mode("rewrite", False, say("mode.rewrite_none"))
    if facts.lost:
        lost = sum(facts.lost.values())
        return Mode("rewrite", True, say("mode.rewrite_part", n=lost))
    return Mode("rewrite", True, say("mode.rewrite" if on_earth else "mode.rewrite_crs"))
