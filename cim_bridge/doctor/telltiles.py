"""A tileset in words."""

from __future__ import annotations

from cim_bridge.doctor.modes import Mode
from cim_bridge.doctor.report import Section
from cim_bridge.doctor.tiles import TilesetFacts
from cim_bridge.doctor.words import both, listed, say, some


def tell_tiles(facts: TilesetFacts, modes: list[Mode], section: Section) -> None:
    """Add what a tileset is made of, and which overlay will work."""
    look = facts.glance
    told = [(name, n) for name, n in look.formats.most_common() if name != "unreadable"]
    shown = ", ".join(f"{name} {n:,}" for name, n in told)
    parts = [say("tiles.counts", tiles=facts.tiles, depth=facts.depth, contents=look.total)]
    parts += [both(shown)] if shown else []
    if look.seen < look.total:
        parts.append(say("tiles.sampled", n=look.seen))
    section.add("tiles", listed(parts))
    _tell_package(facts, section)
    _tell_errors(facts, section)
    _tell_features(facts, section)
    if facts.faults is not None:
        total = sum(facts.faults.values())
        listing = some([f"{code} {n}" for code, n in facts.faults.items()], 6)
        key = "tiles.faults" if total else "tiles.no_faults"
        section.add("faults", say(key, n=total, shown=listing), "warn" if total else "",
                    detail=not total)  # fmt: skip
    for mode in modes:
        section.add(f"mode_{mode.name}", mode.why, "ok" if mode.works else "")


def _tell_package(facts: TilesetFacts, section: Section) -> None:
    notes = []
    if facts.package != "folder":
        notes.append(say("tiles.archive", kind=facts.package))
    if facts.glance.gzipped:
        notes.append(say("tiles.gzipped", n=facts.glance.gzipped))
    odd = [axis for axis in facts.up if axis not in ("Y", "")]
    if odd:
        notes.append(say("tiles.up", axis=", ".join(odd)))
    if notes:
        section.add("package", listed(notes))
    if facts.required:
        section.add("required", ", ".join(facts.required))
    if facts.blocked:
        section.add("blocked", say("tiles.blocked", names=", ".join(facts.blocked)), "bad")
    if facts.unread:
        section.add("unread", say("tiles.unread", names=", ".join(facts.unread)), "warn")
    if facts.lost:
        shown = listed([say(f"tiles.lost_{name}", n=n) for name, n in facts.lost.items()])
        section.add("lost", shown, "warn")


def _tell_errors(facts: TilesetFacts, section: Section) -> None:
    told = facts.errors
    wrong = []
    if told["grows"]:
        wrong.append(say("tiles.error_grows", n=told["grows"]))
    if told["zero_above_children"]:
        wrong.append(say("tiles.error_zero", n=told["zero_above_children"]))
    if wrong:
        section.add("error", listed(wrong), "warn")
    elif told["root"] is not None:
        section.add("error", f"{told['root']:g} … {told['leaves_max'] or 0:g}", detail=True)


def _tell_features(facts: TilesetFacts, section: Section) -> None:
    look = facts.glance
    kinds = [say(f"tiles.ids_{kind}", n=n) for kind, n in look.ids.items()]
    kinds += [say(f"tiles.meta_{kind.replace(' ', '_')}", n=n) for kind, n in look.metadata.items()]
    parts = [say("tiles.features", n=facts.features), *kinds]
    if facts.wholes:
        parts.insert(1, say("tiles.wholes", n=facts.wholes))
    section.add("features", listed(parts))
    if facts.properties:
        shown = [f"{name} ({told['kind']})" for name, told in facts.properties.items()]
        section.add("properties", some(shown, 8))
    if not facts.key:
        section.add("id_property", say("tiles.no_key"), "warn" if facts.features else "")
        return
    told = [both(facts.key)]
    if facts.key_repeated:
        told.append(say("tiles.key_repeated", n=facts.key_repeated))
    if facts.key_cut:
        told.append(say("tiles.key_cut", n=facts.key_cut))
    if facts.key_empty:
        told.append(say("tiles.key_empty", n=facts.key_empty))
    if not (facts.key_repeated or facts.key_cut or facts.key_empty):
        told.append(say("tiles.key_unique"))
    section.add("id_property", listed(told), "warn" if facts.key_repeated else "ok")
