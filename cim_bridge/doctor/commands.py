"""What to type next, exactly: options that were asked for, and those that were found needed."""

from __future__ import annotations

from collections.abc import Sequence

from cim_bridge.crs import measures_true
from cim_bridge.doctor.attempt import quoted
from cim_bridge.doctor.city import City
from cim_bridge.doctor.join import Join
from cim_bridge.doctor.source import Source
from cim_bridge.doctor.table import Table, TableSheet
from cim_bridge.national import national_crs

NEW_CITY = "mycity"
"""Folder that the commands name where there is no city yet."""


def commands_for(
    sources: Sequence[Source], tables: Sequence[Table], city: City | None
) -> list[str]:
    """What to type next, in order."""
    folder = quoted(city.name) if city else NEW_CITY
    found: list[str] = []
    if city is None and sources:
        found.append(f"cimtwin init {NEW_CITY} --name 城市名 --crs {quoted(_city_crs(sources))}")
    found += [_command(source, city, folder) for source in sources]
    for table in tables:
        if not sources and city is None:
            found.append(f"cimtwin doctor {quoted(str(table.path))} --city {folder}")
        for one in table.sheets[:3]:
            if one.join is not None:
                found += _load(table, one, one.join, folder)
                break
    return found


def _city_crs(sources: Sequence[Source]) -> str:
    """The source's own system where lengths are true in it, else that of its country."""
    for source in sources:
        place = source.position
        if place is None or place.extent is None or place.crs is None:
            continue
        if place.metres and measures_true(place.crs):
            return place.metres
        west, south, east, north = place.extent
        return national_crs((west + east) / 2, (south + north) / 2)
    return "EPSG:CODE"


def _command(source: Source, city: City | None, folder: str) -> str:
    """`attach` for a tileset beside a model that has units of its own, else `bridge`."""
    path = quoted(source.asked)
    if source.tileset is not None and city is not None and city.model is not None:
        named = source.bound.key if source.bound else source.tileset.key
        key = f" --id-property {quoted(named)}" if named else ""
        return f"cimtwin attach {path} --city {folder}{key}{_options(source, ('level', 'crs'))}"
    return f"cimtwin bridge {path} --city {folder}{_options(source)}"


def _options(
    source: Source, names: tuple[str, ...] = ("level", "layer", "crs", "key", "anchor", "more")
) -> str:
    needed = {option.split(" ")[0]: option for option, _ in source.needs if option}
    wish = source.wish
    anchor = wish.anchor.text if wish.anchor is not None and not source.nowhere else None
    told = {"level": wish.level, "layer": wish.layer, "crs": wish.crs, "key": wish.key,
            "anchor": anchor}  # fmt: skip
    parts = []
    for name in names:
        if f"--{name}" in needed:
            flag, _, value = needed.pop(f"--{name}").partition(" ")
            parts.append(f"{flag} {value if value.startswith(chr(39)) else quoted(value)}")
        elif told.get(name):
            parts.append(f"--{name} {quoted(str(told[name]))}")
    if "more" in names:
        parts += needed.values()
    return "".join(f" {part}" for part in parts)


def _load(table: Table, sheet: TableSheet, one: Join, folder: str) -> list[str]:
    """`load`, and before it a map where the table does not speak for itself."""
    level = f" --level {one.level}" if one.level else ""
    year = "" if sheet.dated else " --year YYYY"
    path = quoted(str(table.path))
    load = f"cimtwin load {path} --city {folder} --source 来源部门{year} --key {quoted(one.key)}"
    text = _map(sheet, one)
    if not text:
        return [f"{load}{level}"]
    name = quoted(f"{table.path.stem}.map.toml")
    return [f"printf '{text}' > {name}", f"{load}{level} --map {name}"]


def _map(sheet: TableSheet, one: Join) -> str:
    """Text of the map that the table needs, as printf takes it; "" none."""
    parts = []
    if sheet.plain:
        parts.append('[columns]\\nINDICATOR_CODE = "列名"\\n')
    if one.needs_map:
        by = ", ".join(f'"{way}"' for way in one.by)
        parts.append(f"[match]\\nby = [{by}]\\n")
        if "point" in one.by and sheet.place:
            east, north = sheet.place
            parts.append(f'x = "{east}"\\ny = "{north}"\\n')
    text = "".join(parts)
    return text.replace("%", "%%").replace("'", "'\\''")
