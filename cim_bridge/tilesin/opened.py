"""A whole tileset read: every content's pieces; what cannot be read is reported."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from cim_bridge.issues import IssueLog
from cim_bridge.progress import SILENT, Progress
from cim_bridge.tilesin.broken import FAULTS, Unreadable, reason
from cim_bridge.tilesin.package import Package, open_package
from cim_bridge.tilesin.pieces import Piece
from cim_bridge.tilesin.read import read_content
from cim_bridge.tilesin.walk import Content, Tile, Walk

_SHOWN = 5


@dataclass
class Opened:
    """An open tileset: its package, its tiles, and its contents one after the other."""

    package: Package
    walk: Walk
    log: IssueLog
    missing: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)
    unreadable: dict[str, str] = field(default_factory=dict)
    notes: Counter[str] = field(default_factory=Counter)

    def pieces(self, progress: Progress = SILENT, *, finest: bool = False) -> Iterator[Piece]:
        """Every piece of every content; `finest` leaves out what finer tiles replace."""
        progress.stage("read tiles", sum(len(tile.contents) for tile in self.walk.tiles))
        seen: set[str] = set()
        for tile, content in self.walk.contents():
            progress.advance()
            if finest and not tile.finest:
                continue
            try:
                for piece in _quietly(tile, content):
                    self.notes.update(piece.notes)
                    if piece.uri in seen:
                        self.notes["sharedContents"] += 1
                    seen.add(piece.uri)
                    yield piece
            except FileNotFoundError:
                self.missing.append(content.uri)
            except Unreadable as exc:
                self.unreadable[content.uri] = reason(exc)
            except FAULTS as exc:
                self.broken[content.uri] = reason(exc)
        self._report()
        progress.done()

    def _report(self) -> None:
        file = self.package.name
        if self.missing:
            shown = ", ".join(self.missing[:_SHOWN]) + (" …" if len(self.missing) > _SHOWN else "")
            self.log.add("TILESIN_CONTENT_MISSING", file=file, count=len(self.missing), uris=shown)
        for code, found in (
            ("TILESIN_CONTENT_BROKEN", self.broken),
            ("TILESIN_CONTENT_UNREADABLE", self.unreadable),
        ):
            for why, number in Counter(found.values()).most_common(_SHOWN):
                first = next(uri for uri, said in found.items() if said == why)
                self.log.add(code, file=file, cell=first, count=number, reason=why)
        for what, number in sorted(self.notes.items()):
            if number:
                self.log.add("TILESIN_NOTED", file=file, count=number, what=what)


def _quietly(tile: Tile, content: Content) -> list[Piece]:
    """The pieces of one content; numbers that are none become Issues, not warnings of numpy."""
    with np.errstate(all="ignore"):
        return list(read_content(tile, content))


def open_tileset(path: Path, log: IssueLog, *, looks: bool = False) -> Opened | None:
    """Open a folder, tileset.json, .3tz or .3dtiles and walk it; None with Issues if it cannot.

    looks: whether the pieces should carry their colours and images.
    """
    package = open_package(path, log)
    if package is None:
        return None
    package = replace(package, looks=looks)
    before = len(log.errors)
    walk = Walk(package, log).run()
    if len(log.errors) > before:
        package.close()
        return None
    return Opened(package, walk, log)
