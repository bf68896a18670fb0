"""Read a source as `bridge` would; where that is refused, find what would have to be said."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import shapely

from cim_bridge.anchor import Anchor
from cim_bridge.attributes import spellings
from cim_bridge.crs import measures_true
from cim_bridge.doctor.columns import own_columns
from cim_bridge.doctor.ids import candidates
from cim_bridge.doctor.words import say
from cim_bridge.issues import IssueLog
from cim_bridge.levels import LABELS, LEVELS
from cim_bridge.reader import Reader, Reading, Units, Wish, read_whole
from cim_bridge.texts import Text

_TRIES = 4
_ROADS = {"highway", "fclass", "road", "roadclass", "lanes", "maxspeed", "道路等级", "道路名称"}
"""Columns that make lines roads."""
_IDS = {"ID_MISSING", "ID_EMPTY", "ID_DUPLICATE", "KEY_UNKNOWN"}
_PLACES = {"IFC_PLACE_MISSING", "MESH_PLACE_MISSING"}
NOWHERE = "EPSG:4549"
"""Where a file without a place is put, only to be looked at."""


@dataclass
class Attempt:
    """What reading gave. asked: findings as `bridge` would tell them with what was asked.

    needs: options that must be added to the command, with the reason of each. wish: with them.
    stuck: no option helps; the reading (if any) only serves to describe the file.
    nowhere: the place is made up, so nothing is said about it.
    """

    reading: Reading | None
    wish: Wish
    asked: IssueLog
    needs: list[tuple[str, Text]] = field(default_factory=list)
    stuck: bool = False
    nowhere: bool = False


ReadOne = Callable[[Wish, IssueLog], "Reading | None"]


def attempt(
    reader: Reader, path: Path, wish: Wish, centre: Anchor | None, *, read: ReadOne | None = None
) -> Attempt:
    """Read, and read again with one more option each time that names what was lacking.

    centre: the middle of the city, where files without a place are looked at. read: another way
    of reading the same file (a tileset that is open already).
    """
    look = read or (lambda one, log: read_whole(reader, path, one, log))
    asked = IssueLog()
    found = Attempt(look(wish, asked), wish, asked)
    log = asked
    for _ in range(_TRIES):
        if _usable(found.reading):
            return found
        codes = {issue.code for issue in log.errors}
        if not _amended(found, codes, look, centre, path):
            break
        log = IssueLog()
        found.reading = look(found.wish, log)
    if not _usable(found.reading):
        found.stuck = True
        known = {(issue.code, issue.place) for issue in asked}
        asked.extend([issue for issue in log if (issue.code, issue.place) not in known])
        found.reading = found.reading or _softly(found.wish, look)
    return found


def _usable(reading: Reading | None) -> bool:
    return reading is not None and bool(
        reading.units or reading.ground is not None or reading.clouds
    )


def _amended(
    found: Attempt, codes: set[str], look: ReadOne, centre: Anchor | None, path: Path
) -> bool:
    """Add one option to the wish; False when none is known to help."""
    wish = found.wish
    if "LEVEL_MISSING" in codes:
        soft = _softly(wish, look)
        if soft is None or not soft.units:
            return False
        layer, word = _named(path) or _guessed(soft.units[0])
        found.wish = replace(wish, layer=word) if layer else replace(wish, level=word)
        found.needs.append((f"--{'layer' if layer else 'level'} {word}", say("need.level")))
        return True
    if codes & _IDS:
        return _keyed(found, look)
    if codes & _PLACES and wish.anchor is None:
        anchor = centre or Anchor(500_000.0, 4_000_000.0, 0.0, 0.0, NOWHERE)
        found.wish = replace(wish, anchor=anchor)
        found.needs.append(("--anchor E,N,H", say("need.anchor")))
        found.nowhere = True
        return True
    if "IFC_CRS_UNKNOWN" in codes and wish.crs is None and centre is not None:
        found.wish = replace(wish, crs=centre.crs)
        found.needs.append((f"--crs {centre.crs}", say("need.crs_name")))
        return True
    return False


def _keyed(found: Attempt, look: ReadOne) -> bool:
    soft = _softly(found.wish, look)
    if soft is None or not soft.units:
        return False
    units = max(soft.units, key=len)
    level = found.wish.level or "building"
    sound = [one for one in candidates(own_columns(units), level) if one.sound]
    best = next((one for one in sound if one.column != found.wish.key), None)
    if best is None or any(option.startswith("--key") for option, _ in found.needs):
        return False
    found.wish = replace(found.wish, key=best.column)
    found.needs.append((f"--key {quoted(best.column)}", say("need.key", column=best.column)))
    if best.volatile:
        found.needs.append(("", say("need.volatile", column=best.column)))
    return True


def _names(units: Units) -> set[str]:
    """Names of the source's own columns."""
    return {name.casefold() for name in own_columns(units)}


def quoted(word: str) -> str:
    """A word as a shell takes it."""
    plain = all(c.isalnum() or c in "_-./:@+," for c in word)
    return word if plain and word else "'" + word.replace("'", "'\\''") + "'"


def _softly(wish: Wish, look: ReadOne) -> Reading | None:
    """As objects of a context layer, whose ids need not be sound: only to be looked at."""
    soft = replace(wish, level=None, layer="objects", key=None)
    return look(soft, IssueLog())


def _named(path: Path) -> tuple[bool, str] | None:
    """(is a layer, word) that the file's name says: roads.gpkg, 社区.shp; else None."""
    stem = path.name.split(".")[0].casefold()
    words = set(re.split(r"[\W\d_]+", stem))
    for layer in spellings()["layers"]:
        if layer in words:
            return True, layer
    for level in LEVELS[1:8]:
        zh = LABELS[level]["zh"]
        if {level, f"{level}s"} & words or (len(zh) > 1 and zh in stem):
            return False, level
    return None


def _guessed(units: Units) -> tuple[bool, str]:
    """(is a layer, word): what rows without a height are most likely to be, by their shapes.

    Areas are told by their usual size in square metres: buildings, blocks, communities, districts.
    """
    shapes = units.shapes[~shapely.is_missing(units.shapes)]
    kinds = shapely.get_type_id(shapes)
    if not len(kinds) or np.isin(kinds, (0, 4)).mean() > 0.5:
        return True, "facilities"
    if np.isin(kinds, (1, 2, 5)).mean() > 0.5:
        return True, "roads" if _ROADS & _names(units) else "objects"
    bounds = shapely.bounds(shapes)
    degrees = bool((np.abs(bounds[:, [0, 2]]) <= 180).all() and (np.abs(bounds) <= 180).all())
    area = float(np.median(shapely.area(shapes)))
    if degrees:
        area *= 111_320.0**2 * float(np.cos(np.radians(np.median(bounds[:, 1]))))
    for most, level in ((3e3, "building"), (4e5, "block"), (8e6, "community")):
        if area < most:
            return False, level
    return False, "district"


def middle_of(box: tuple[float, float, float, float] | None, crs: str) -> Anchor | None:
    """The middle of a box of degrees as an anchor in a city's system."""
    from cim_bridge.crs import WGS84, local_crs, transformer

    if box is None:
        return None
    lon, lat = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    target = crs if measures_true(crs) else local_crs(lon, lat)
    east, north = transformer(WGS84, target).transform(lon, lat)
    if not np.isfinite([east, north]).all():
        return None
    return Anchor(float(east), float(north), 0.0, 0.0, target)
