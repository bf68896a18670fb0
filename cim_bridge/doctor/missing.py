"""What a source does not say about itself, and which of it stands in the way."""

from __future__ import annotations

from cim_bridge.doctor.source import Source

NEEDED = ("crs", "id", "georeference")
"""Without these a source cannot be bridged; the others only make it less trusted."""


def missing(source: Source, datum_named: bool) -> list[str]:
    """Names of what is lacking: title, date, licence, crs, id, georeference, height_datum."""
    told = source.about
    lacking = [name for name in ("title", "date", "licence") if not getattr(told, name)]
    reading = source.reading
    mesh = source.reader in ("mesh", "ifc")
    if reading is not None and reading.crs is None and not mesh:
        lacking.append("crs")
    if source.nowhere or (source.tileset is not None and reading is not None and not reading.crs):
        lacking.append("georeference")
    if _without_id(source):
        lacking.append("id")
    if not datum_named:
        lacking.append("height_datum")
    return lacking


def _without_id(source: Source) -> bool:
    if source.tileset is not None:
        return not source.tileset.key
    needs = " ".join(option for option, _ in source.needs)
    codes = {issue.code for issue in source.log.errors}
    return "--key" in needs or bool(codes & {"ID_MISSING", "ID_EMPTY", "ID_DUPLICATE"})
