"""The ways in which tiles may be written; names only, so that a command line can list them."""

from __future__ import annotations

from typing import Any

from cim_bridge.errors import WrongUse

PROFILES = ("portable", "lean")
"""portable: normals, quantised, no compression extension, any client reads it. lean: shared
corners, EXT_meshopt_compression, ids left to the API; for our viewer."""
TILINGS = ("explicit", "implicit")
"""explicit: every tile stands in tileset.json. implicit: a quadtree whose tiles are said to exist
by subtrees of bits; what tileset.json weighs does not grow with the city."""
CONTENTS = "contents.json"
"""Of an implicit tileset: `level/x/y` to the name of the content's file, one folder up. A server
answers the template's address by that name, so that an unchanged tile stays in every cache."""


def tile_kinds(
    profile: str | None, tiling: str | None, manifest: dict[str, Any] | None
) -> tuple[str, str]:
    """What was asked for, else what the model before has, else the first of each; WrongUse."""
    known = manifest or {}
    chosen = (
        profile or known.get("profile") or PROFILES[0],
        tiling or known.get("tiling") or TILINGS[0],
    )
    for name, value, every in zip(("profile", "tiling"), chosen, (PROFILES, TILINGS), strict=True):
        if value not in every:
            raise WrongUse(f"unknown {name} {value}; use one of {', '.join(every)}")
    return chosen
