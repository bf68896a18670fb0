"""One source looked at: read as `bridge` would, placed, judged; nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from cim_bridge.anchor import Anchor
from cim_bridge.doctor.attempt import NOWHERE, Attempt, attempt
from cim_bridge.doctor.bound import Bound
from cim_bridge.doctor.charset import Charset, charset
from cim_bridge.doctor.columns import Texts, own_columns
from cim_bridge.doctor.content import LevelFacts, levels_of
from cim_bridge.doctor.formats import About, about
from cim_bridge.doctor.ids import Candidate, candidates
from cim_bridge.doctor.modes import Mode, modes
from cim_bridge.doctor.position import Position, position
from cim_bridge.doctor.tiles import TilesetFacts, add_pieces, tileset_facts
from cim_bridge.errors import InputRefused
from cim_bridge.issues import IssueLog
from cim_bridge.place import Ground
from cim_bridge.progress import SILENT, Progress
from cim_bridge.reader import Reading, Units, Wish, find_reader, join_readings
from cim_bridge.sound import sound
from cim_bridge.sources import files_of
from cim_bridge.texts import Text
from cim_bridge.tilesin.pieces import Piece

Bind = Callable[[list[Piece], Wish], "Bound | None"]


@dataclass
class Source:
    """A source as it was found. path: as given; files: what it stands for.

    log: what `bridge` would say. reading: raw, in its own numbers; None when nothing was read.
    ready: placed and made sound, in metres (`metres`); None where it has no place.
    needs: options to add, with reasons. stuck: nothing that is known helps.
    """

    path: Path
    files: list[Path]
    log: IssueLog
    wish: Wish
    reader: str = ""
    about: About = field(default_factory=About)
    charset: Charset | None = None
    attempt: Attempt | None = None
    position: Position | None = None
    reading: Reading | None = None
    ready: Reading | None = None
    levels: list[LevelFacts] = field(default_factory=list)
    columns: dict[str, Texts] = field(default_factory=dict)
    keys: list[Candidate] = field(default_factory=list)
    tileset: TilesetFacts | None = None
    modes: list[Mode] = field(default_factory=list)
    bound: Bound | None = None
    stuck: bool = False
    address: str = ""
    """Where a platform serves it, when it was fetched to be looked at."""

    @property
    def asked(self) -> str:
        """As the person named it."""
        return self.address or str(self.path)

    @property
    def name(self) -> str:
        """As people call it: the file, or the folder."""
        if self.address:
            return self.address
        path = self.path.resolve()
        return f"{path.parent.name}/{path.name}" if path.name == "tileset.json" else path.name

    @property
    def needs(self) -> list[tuple[str, Text]]:
        """Options that the command needs beyond what was asked."""
        read = self.attempt.needs if self.attempt else []
        return [*read, *(self.position.needs if self.position else [])]

    @property
    def metres(self) -> str:
        """System of `ready`."""
        return self.position.metres if self.position else ""

    @property
    def main(self) -> Units | None:
        """The units of most rows, placed when that can be."""
        units = (self.ready or self.reading or Reading(None, [])).units
        return max(units, key=len) if units else None

    @property
    def nowhere(self) -> bool:
        """Whether the place is made up."""
        return self.attempt is not None and self.attempt.nowhere


def look(
    path: Path, wish: Wish, where: Ground | None, centre: Anchor | None,
    progress: Progress = SILENT, bind: Bind | None = None,
) -> Source:  # fmt: skip
    """Look at one source: a file, or a folder of files that are one source.

    bind: tries to bind the contents of a tileset to units.
    """
    log = IssueLog()
    files = files_of([path], log)
    found = Source(path, files, log, wish)
    if not files:
        found.stuck = True
        return found
    parts: list[Reading] = []
    progress.stage(f"look at {path.name}", len(files))
    for number, file in enumerate(files):
        reading = _read(file, found, centre, progress, bind, first=number == 0)
        progress.advance()
        if reading is not None and (not parts or reading.crs == parts[0].crs):
            parts.append(reading)
    progress.done()
    if parts:
        found.reading = join_readings(parts)
        _judge(found, where)
    return found


def _read(
    file: Path,
    found: Source,
    centre: Anchor | None,
    progress: Progress,
    bind: Bind | None,
    *,
    first: bool,
) -> Reading | None:
    """Read one file; the first one's format and needs stand for all of them."""
    reader = find_reader(file, found.log)
    if reader is None:
        found.stuck |= first
        return None
    if first:
        found.reader, found.about = reader.name, about(file, reader.name)
        found.charset = charset(file) if found.about.format == "Shapefile" else None
    if reader.name == "3dtiles":
        return _tileset(file, found, progress, bind)
    made = attempt(reader, file, found.wish, centre)
    found.log.extend(made.asked)
    if first:
        found.attempt, found.wish, found.stuck = made, made.wish, made.stuck
    return made.reading


def _tileset(file: Path, found: Source, progress: Progress, bind: Bind | None) -> Reading | None:
    """Open a tileset once: the same contents give the facts and the units."""
    from cim_bridge.readers.tileset import reading_of
    from cim_bridge.tilesin.opened import open_tileset

    opened = open_tileset(file, found.log)
    if opened is None:
        found.stuck = True
        return None
    try:
        found.tileset = tileset_facts(file, opened)
        pieces = list(opened.pieces(progress, finest=True))
        add_pieces(found.tileset, pieces, opened, found.wish.key)
    finally:
        opened.package.close()
    found.about = About(
        "3D Tiles", found.tileset.version, title=str(opened.walk.metadata.get("name", ""))
    )
    if bind is not None and any(len(piece) for piece in pieces):
        found.bound = bind(pieces, found.wish)
    reading = reading_of(pieces, found.wish, found.log, file.name)
    found.attempt = Attempt(reading, found.wish, IssueLog())
    found.stuck |= reading is None
    found.modes = modes(found.tileset, on_earth=reading is not None and reading.crs is not None)
    return reading


def _judge(found: Source, where: Ground | None) -> None:
    """Count, rank, place and make sound what was read."""
    reading = found.reading
    assert reading is not None  # noqa: S101 - the caller has it
    found.levels = levels_of(reading)
    if reading.units:
        units = max(reading.units, key=len)
        found.columns = own_columns(units)
        found.keys = candidates(found.columns, units.level)
    if found.nowhere and found.wish.anchor is not None and found.wish.anchor.crs == NOWHERE:
        return
    trial = IssueLog()
    found.position = position(reading, found.wish.crs, where, trial, found.path.name)
    found.log.extend(trial)
    placed = found.position.placed
    if placed is None:
        return
    if found.wish.crs is None and found.position.crs != reading.crs:
        found.wish = replace(found.wish, crs=found.position.crs)
    found.ready = _sound(placed, found)


def _sound(placed: Reading, found: Source) -> Reading | None:
    """As `bridge` goes on, on copies of the columns; what it would mend or drop is told."""
    copies = [
        Units(u.level, dict(u.columns), u.shapes.copy(), u.part, u.claims) for u in placed.units
    ]
    if not copies:
        return placed
    trial = IssueLog()
    try:
        made = sound(
            Reading(placed.crs, copies, placed.mesh, placed.ground), trial, found.path.name
        )
    except InputRefused as exc:
        found.log.extend(exc.log)
        return placed
    found.log.extend(trial)
    return made
