"""Will it work, what has to be added, and what to type next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cim_bridge.doctor.bound import Bound
from cim_bridge.doctor.city import City
from cim_bridge.doctor.commands import commands_for
from cim_bridge.doctor.join import Join
from cim_bridge.doctor.report import Verdict, Word
from cim_bridge.doctor.source import Source
from cim_bridge.doctor.table import Table
from cim_bridge.doctor.words import listed, say
from cim_bridge.issues import Issue
from cim_bridge.levels import LEVELS
from cim_bridge.texts import Text, text

_SETTLED = {
    "LEVEL_MISSING", "ID_MISSING", "ID_EMPTY", "ID_DUPLICATE", "KEY_UNKNOWN", "CRS_MISSING",
    "CRS_UNREADABLE", "CRS_OUTSIDE_EXTENT", "CRS_SHIFTED", "IFC_PLACE_MISSING",
    "MESH_PLACE_MISSING", "IFC_CRS_UNKNOWN", "ID_TAKEN", "TILESIN_KEY_UNKNOWN",
}  # fmt: skip
"""Errors that an option settles."""
_EMPTY = ("TILESIN_NOTHING",)
_LOW = 0.5
"""Share of rows below which a join is not what anybody meant, if another way does better."""


def verdict(
    sources: Sequence[Source], tables: Sequence[Table], city: City | None, errors: Sequence[Issue]
) -> Verdict:
    """Judge everything together. errors: what would refuse the command as it is."""
    joins = [one.join for table in tables for one in table.sheets if one.join is not None]
    wanted = _reasons(sources, joins) + _refusals(tables)
    word = _word(sources, tables, joins, errors, wanted, city)
    commands = tuple(commands_for(sources, tables, city)) if word != "fails" else ()
    if word == "fails":
        return Verdict(
            word, say("verdict.fails", why=_why_not(errors, sources, tables, joins)), commands
        )
    told = [_counts(sources)] if sources else []
    told += [_bound(source.bound) for source in sources if source.bound is not None]
    told += [_joined(one) for one in joins]
    if not joins:
        rows = sum(len(one.sheet.frame) for table in tables for one in table.sheets)
        told += [say("verdict.table", rows=rows)] if rows else []
    review = sum(one.review for one in joins)
    if review:
        told.append(say("verdict.review", n=review))
    what = listed([part for part in told if part["en"]])
    if word == "works_after":
        options = [option for option, _ in wanted if option]
        mends = [why for option, why in wanted if not option]
        after = listed([*([say("verdict.options", options=" ".join(options))] if options else []),
                        *mends])  # fmt: skip
        return Verdict(word, say("verdict.after", after=after, what=what), commands, review)
    return Verdict(word, say("verdict.works", what=what), commands, review)


def unsettled(source: Source) -> list[Issue]:
    """Errors of a source that none of its options settles."""
    if not source.needs:
        return list(source.log.errors)
    return [issue for issue in source.log.errors if issue.code not in _SETTLED]


def _reasons(sources: Sequence[Source], joins: Sequence[Join]) -> list[tuple[str, Text]]:
    """What has to be added or mended, each option once."""
    found = {option: why for source in sources for option, why in source.needs if option}
    wanted = list(found.items())
    for one in joins:
        if one.report["rate"] >= _LOW:
            continue
        if one.mends and sum(one.mends.values()) > one.report["matched"]:
            step = max(one.mends, key=lambda name: one.mends[name])
            wanted.append(("", say("verdict.mend", step=say(f"mend.{step}"),
                                   n=sum(one.mends.values()))))  # fmt: skip
    return wanted


def _refusals(tables: Sequence[Table]) -> list[tuple[str, Text]]:
    """What a dry run of `load` would refuse, the first one with its remedy."""
    found: list[tuple[str, Text]] = []
    for table in tables:
        errors = table.refused.errors
        if errors:
            first, count = errors[0], sum(issue.count for issue in errors)
            place = str(first.place)
            found.append(("", say("verdict.refused", place=place, fix=first.fix, n=count)))
    return found


def _word(
    sources: Sequence[Source], tables: Sequence[Table], joins: Sequence[Join],
    errors: Sequence[Issue], wanted: list[tuple[str, Text]], city: City | None,
) -> Word:  # fmt: skip
    stuck = any(source.stuck or unsettled(source) for source in sources)
    homeless = any(
        source.position is not None
        and source.position.homeless
        and not source.position.fits
        and city is not None
        and source.position.declared is not None
        for source in sources
    )
    known = {id(issue) for source in sources for issue in source.log}
    other = [issue for issue in errors if id(issue) not in known]
    lost = bool(joins) and not any(one.report["matched"] for one in joins)
    lost |= any(_unjoined(table) for table in tables)
    lost |= any(source.bound is not None and not source.bound.matched for source in sources)
    bare = city is not None and city.model is None and bool(tables) and not sources
    if bare or stuck or homeless or other or (lost and not any(not option for option, _ in wanted)):
        return "fails"
    return "works_after" if wanted else "works"


def _unjoined(table: Table) -> bool:
    """Whether no sheet of a table names units, though there were some to name."""
    return table.compared and not any(one.join is not None for one in table.sheets)


def _why_not(
    errors: Sequence[Issue], sources: Sequence[Source], tables: Sequence[Table],
    joins: Sequence[Join],
) -> Text:  # fmt: skip
    if errors:
        first = _telling(errors, sources)
        more = len(errors) - 1
        return say("verdict.more" if more else "verdict.why", why=first.why, fix=first.fix, n=more)
    unjoined = next((table for table in tables if _unjoined(table)), None)
    if unjoined is not None:
        return say("verdict.no_column", file=unjoined.path.name)
    if joins:
        return say("verdict.no_row", key=joins[0].key)
    if any(source.bound is not None for source in sources):
        return say("verdict.no_feature")
    if tables and not sources:
        return say("verdict.no_model")
    return say("verdict.nothing")


def _telling(errors: Sequence[Issue], sources: Sequence[Source]) -> Issue:
    """The error that says most: behind `nothing can be read` stands why a content cannot."""
    first = next((issue for issue in errors if issue.code not in _EMPTY), errors[0])
    if first.code not in _EMPTY:
        return first
    return next(
        (issue for source in sources for issue in source.log
         if issue.code.startswith("TILESIN_CONTENT_")), first
    )  # fmt: skip


def _counts(sources: Sequence[Source]) -> Text:
    counts: Counter[str] = Counter()
    points = triangles = 0
    for source in sources:
        for level in source.levels:
            counts[level.level] += level.count
        if source.reading is not None:
            points += sum(cloud.count for cloud in source.reading.clouds)
            ground = source.reading.ground
            triangles += len(ground.triangles) if ground is not None else 0
    parts = [say(f"units.{level}", n=counts[level]) for level in LEVELS if counts[level]]
    if points:
        parts.append(say("content.cloud", n=points))
    if not parts and triangles:
        parts.append(say("content.ground", n=triangles))
    return listed(parts[:4])


def _bound(one: Bound) -> Text:
    return say("bound.rate", matched=one.matched, features=one.features, rate=one.rate)


def _joined(one: Join) -> Text:
    told = one.report
    names = list(told["methods"]) or ["id"]
    zh, en = ([say(f"way.{name}")[tongue] for name in names] for tongue in ("zh", "en"))
    ways = text("、".join(zh), ", ".join(en))
    key = "verdict.joined" if names == ["id"] else "verdict.joined_by"
    return say(key, matched=told["matched"], rows=told["rows"], key=one.key, rate=told["rate"],
               ways=ways)  # fmt: skip
