"""A source in words and as data."""

from __future__ import annotations

from typing import Any

import numpy as np

from cim_bridge.doctor.content import examples, geometry_text, heights_text
from cim_bridge.doctor.datum import datum
from cim_bridge.doctor.ids import Candidate
from cim_bridge.doctor.missing import NEEDED, missing
from cim_bridge.doctor.modes import best
from cim_bridge.doctor.report import Mark, Section
from cim_bridge.doctor.source import Source
from cim_bridge.doctor.telltiles import tell_tiles
from cim_bridge.doctor.words import both, listed, say, some
from cim_bridge.texts import Text, text

_KEYS = 5


def tell(
    source: Source, offset: float | None, *, agreed: bool = False
) -> tuple[Section, dict[str, Any]]:
    """(section, data) of one source. offset: the city's height offset, None without a city.

    agreed: its heights were held against the city's and agree, so their datum is no doubt.
    """
    section = Section("source", both(source.name))
    data = _data(source)
    _tell_format(source, section)
    _tell_content(source, section)
    if source.tileset is not None:
        tell_tiles(source.tileset, source.modes, section)
        data["tileset"] = source.tileset.to_json()
        data["overlay"] = {
            "mode": best(source.modes), "modes": [mode.to_json() for mode in source.modes],
        }  # fmt: skip
    if source.bound is not None:
        source.bound.tell(section)
        data["binding"] = source.bound.to_json()
    _tell_place(source, section)
    named = _tell_datum(source, section, data, offset, agreed=agreed)
    _tell_ids(source, section)
    lacking = missing(source, named) if source.reader else []
    data["missing"] = lacking
    if lacking:
        names = [say(f"missing.{name}") for name in lacking]
        bad = any(name in NEEDED for name in lacking)
        section.add("missing", listed(names), "bad" if bad else "warn")
    return section, data


def _data(source: Source) -> dict[str, Any]:
    told, place, reading = source.about, source.position, source.reading
    mesh = reading.mesh if reading else None
    return {
        "file": source.path.name,
        "format": source.reader or None,
        "crs": place.crs if place else (reading.crs if reading else None),
        "extent": list(place.extent) if place and place.extent else None,
        "triangles": 0 if mesh is None else len(mesh.triangles),
        "ground": reading is not None and reading.ground is not None and not reading.clouds,
        "levels": [level.to_json() for level in source.levels],
        "files": len(source.files),
        "bytes": sum(file.stat().st_size for file in source.files if file.is_file()),
        "about": {
            "format": told.format, "version": told.version or None, "title": told.title or None,
            "date": told.date or None, "licence": told.licence or None,
            "layers": list(told.layers),
        },
        "encoding": None if source.charset is None else {
            "declared": source.charset.declared or None,
            "detected": source.charset.detected or "ascii",
            "lies": source.charset.lies, "sample": list(source.charset.sample),
        },
        "points": sum(cloud.count for cloud in reading.clouds) if reading else 0,
        "crs_declared": reading.crs if reading else None,
        "crs_fits": [
            {"crs": fit.crs, "share": None if np.isnan(fit.share) else round(fit.share, 4),
             "why": dict(fit.why)} for fit in (place.fits if place else [])
        ],
        "ids": {
            "key": source.wish.key,
            "candidates": [one.to_json() for one in source.keys[:_KEYS]],
        },
        "needs": [{"option": option, "why": dict(why)} for option, why in source.needs],
        "readable": reading is not None and not source.stuck,
    }  # fmt: skip


def size_text(count: int) -> str:
    """Bytes as people read them."""
    number = float(count)
    for unit in ("B", "KB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"


def _tell_format(source: Source, section: Section) -> None:
    told = source.about
    size = sum(file.stat().st_size for file in source.files if file.is_file())
    if source.tileset is not None:
        size = source.tileset.bytes
    parts = [both(f"{told.format or '?'} {told.version}".strip()), both(size_text(size))]
    if len(source.files) > 1:
        parts.append(say("format.files", n=len(source.files)))
    mark: Mark = "" if source.reading is not None else "bad"
    section.add("format", listed(parts), mark)
    for name in ("title", "date", "licence"):
        if getattr(told, name):
            section.add(name, both(getattr(told, name)), detail=True)
    if len(told.layers) > 1:
        first, rest = told.layers[0], some(told.layers[1:], 6)
        section.add("layers", say("format.layers", first=first, rest=rest), "warn")
    notes = [say(f"format.{note}") for note in told.lacking if note != "no_prj"]
    if notes:
        section.add("beside", listed(notes), "warn")
    _tell_charset(source, section)


def _tell_charset(source: Source, section: Section) -> None:
    found = source.charset
    if found is None:
        return
    shown = {"declared": found.declared or "—", "detected": found.detected or "ASCII",
             "sample": "、".join(found.sample[:4])}  # fmt: skip
    if found.lies:
        section.add("encoding", say("encoding.lies", **shown), "warn")
    elif found.detected and not found.declared:
        section.add("encoding", say("encoding.undeclared", **shown), "warn")
    else:
        section.add("encoding", say("encoding.fine", **shown), detail=not found.detected)


def _tell_content(source: Source, section: Section) -> None:
    reading = source.reading
    for level in source.levels:
        section.add("content", level.text)
        if level.lods:
            shown = ", ".join(f"LoD{name} × {n:,}" for name, n in level.lods.items())
            section.add("lod", shown)
        wrong = level.invalid or level.empty or level.flat
        if level.shapes or wrong:
            section.add("geometry", geometry_text(level), "warn" if wrong else "", detail=not wrong)
        if level.heights:
            lacking = level.heights.get("none", 0)
            section.add("heights", heights_text(level.heights), "warn" if lacking else "")
    if reading is None:
        return
    for cloud in reading.clouds:
        key = "content.cloud_colour" if cloud.colored else "content.cloud"
        section.add("content", say(key, n=cloud.count))
    if reading.ground is not None and not reading.clouds:
        section.add("content", say("content.ground", n=len(reading.ground.triangles)))


def _tell_place(source: Source, section: Section) -> None:
    place = source.position
    if place is None:
        if source.nowhere:
            section.add("crs", say("place.nowhere"), "bad")
        return
    if place.extent is not None:
        west, south, east, north = place.extent
        section.add("extent", f"{west:.5f}, {south:.5f} … {east:.5f}, {north:.5f}")
    section.add("crs", *_crs_text(source))
    for fit in place.fits[1:3]:
        section.add("crs_also", say("place.also", crs=fit.crs, why=fit.why), detail=True)


def _crs_text(source: Source) -> tuple[Text, Mark]:
    place = source.position
    assert place is not None  # noqa: S101 - the caller looked
    declared = place.declared or ""
    shown = declared if len(declared) <= 60 else declared[:57] + "…"
    if place.needs and place.fits and place.crs:
        key = "place.named_wrong" if declared else "place.unnamed_fits"
        return say(key, declared=shown, crs=place.crs, why=place.fits[0].why), "bad"
    if place.homeless:
        return say("place.unfit" if declared else "place.unnamed", declared=shown), "bad"
    if source.tileset is not None and place.crs == place.declared:
        return say("place.earth", crs=place.crs), ""
    if place.crs != place.declared:
        return say("place.asked", crs=place.crs, declared=shown or "—"), ""
    shift = place.shift
    if shift is not None and place.crs in shift.hits:
        hit = f"{shift.hits[place.crs]:.0%}"
        return say("place.sits", declared=shown, hit=hit, n=shift.points), ""
    return both(shown), ""


def _tell_datum(
    source: Source, section: Section, data: dict[str, Any], offset: float | None, *, agreed: bool
) -> bool:
    """Add what heights count from; whether that is named or does not matter."""
    if source.reading is None:
        return True
    raised = [level.raised for level in source.levels if level.level == "building"]
    feet = raised[0] if raised else (np.nan, np.nan)
    crs = source.position.crs if source.position else source.reading.crs
    told, words, doubt = datum(source.reading, crs, feet, 1.0 if agreed else offset)
    doubt = doubt and not agreed
    data["height_datum"] = {**told, "doubtful": doubt}
    section.add("datum", words, "warn" if doubt else "", detail=not raised)
    return not doubt or bool(told["named"]) or told["ellipsoidal"]


def _tell_ids(source: Source, section: Section) -> None:
    if source.levels:
        section.add("id_examples", both(examples(max(source.levels, key=lambda one: one.count))))
    if source.tileset is not None or not source.keys:
        return
    wanted = source.wish.key
    chosen = next((one for one in source.keys if one.column == wanted), source.keys[0])
    if source.reader in ("vector", "table") or wanted:
        section.add("key", candidate_text(chosen), _key_mark(chosen))
    for other in [one for one in source.keys if one is not chosen][:3]:
        section.add("key_also", candidate_text(other), detail=True)
    for item in chosen.damage:
        section.add("damage", damage_text(item.kind, item.count, item.examples), "warn")


def _key_mark(one: Candidate) -> Mark:
    return "ok" if one.sound and not one.volatile else "warn"


def candidate_text(one: Candidate) -> Text:
    """A column as a key, in words."""
    parts = [both(f"{one.column} ({', '.join(one.examples)})")]
    if one.sound:
        parts.append(say("key.sound"))
    if one.filled < 1:
        parts.append(say("key.empty", n=round(one.rows * (1 - one.filled))))
    if one.repeated:
        shown = ", ".join(f"{word} × {n}" for word, n in one.repeated[:3])
        parts.append(say("key.repeated", share=1 - one.unique, shown=shown))
    if one.volatile:
        parts.append(say("key.volatile"))
    return listed(parts)


def damage_text(kind: str, count: int, shown: tuple[str, ...]) -> Text:
    """One kind of damage with its remedy."""
    told = say(f"damage.{kind}", n=count, shown=", ".join(shown[:3]))
    mend = say(f"mend.{kind}")
    return text(f"{told['zh']} → {mend['zh']}", f"{told['en']} → {mend['en']}")
