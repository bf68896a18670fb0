"""A 3DCityDB from its address to readings: page by page, in one snapshot, counted at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np
from sqlalchemy import Connection

from cim_bridge.citygml.batch import Batch
from cim_bridge.citygml.collect import collect, first_points
from cim_bridge.citygml.frame import Frame, frame_of
from cim_bridge.citygml.names import HAZARD
from cim_bridge.citygml.rings import Rings
from cim_bridge.cityunits import filtered
from cim_bridge.issues import IssueLog
from cim_bridge.progress import SILENT, Progress
from cim_bridge.reader import Reading, Wish, no_garbage_collection
from cim_bridge.readers.remote.citydb.address import Address
from cim_bridge.readers.remote.citydb.asking import Questions
from cim_bridge.readers.remote.citydb.attributes import Attributes
from cim_bridge.readers.remote.citydb.classes import Classes, Names, read_classes, read_names
from cim_bridge.readers.remote.citydb.digest import Digest
from cim_bridge.readers.remote.citydb.faces import take
from cim_bridge.readers.remote.citydb.inspecting import Contents, inspect
from cim_bridge.readers.remote.citydb.looks import Looks, open_looks
from cim_bridge.readers.remote.citydb.snapshot import Stopped, snapshot
from cim_bridge.readers.remote.citydb.tree import Page, Seen, begin, sort_out
from cim_bridge.readers.remote.citydb.uses import Uses, choose

FEATURES = 2000
"""Features of their own that are read at a time; a terrain is read alone."""


@dataclass
class Contained:
    """What a read database was: its system, how many features, and a hash of the content.

    content: of ids, classes, values and coordinates in the order of the database's own numbers;
    no page size and no time changes it.
    """

    schema: str = ""
    srs: str = ""
    features: int = 0
    content: str = ""


def read_citydb(
    address: Address, place: str | None, wish: Wish, keep: Callable[[Reading], None],
    log: IssueLog, progress: Progress = SILENT,
) -> Contained | None:  # fmt: skip
    """Read a database chunk by chunk; None, with Issues in the log, when not all could be read.

    place: the checked address to connect to. keep: takes each chunk; they are of no use when None
    comes back.
    """
    found = IssueLog()
    told: Contained | None = None
    try:
        with no_garbage_collection(), snapshot(address, place, found) as connection:
            contents = inspect(connection, address, found)
            progress.stage("read database", contents.expected)
            told = _Run(connection, contents, address.label, wish, found, keep, progress).read()
    except Stopped:
        told = None
    progress.done()
    log.extend(found)
    return None if found.errors else told


@dataclass
class _Run:
    """One read of one database."""

    connection: Connection
    contents: Contents
    label: str
    wish: Wish
    log: IssueLog
    keep: Callable[[Reading], None]
    progress: Progress
    seen: Seen = field(default_factory=Seen)
    digest: Digest = field(default_factory=Digest)
    frame: Frame | None = None
    kept: int = 0
    looks: Looks | None = None

    def read(self) -> Contained:
        """Every page, then the count."""
        tables = self.contents.tables
        names = read_names(self.connection, tables)
        classes = read_classes(self.connection, tables, names)
        questions = Questions(self.connection, tables)
        attributes = Attributes(names, questions.meanings())
        self.looks = open_looks(self.connection, tables.schema, self.label, self.log)
        with closing(questions.roots()) as streamed:
            for roots in _pages(streamed, classes):
                self._page(roots, questions, classes, names, attributes)
        self._finish()
        content = self.digest.text()
        return Contained(tables.schema, self.contents.srs, self.contents.expected, content)

    def _page(
        self, roots: list[int], questions: Questions, classes: Classes, names: Names,
        attributes: Attributes,
    ) -> None:  # fmt: skip
        """One page of features to units, triangles and ground."""
        batch = Batch()
        page = Page.of_rows(list(questions.tree(roots)), classes)
        members = sort_out(page, classes, self.seen)
        begin(page, members, classes, names, batch, self.seen)
        at = {int(page.id[row]): number for number, row in enumerate(members.own.tolist())}
        rows = questions.attributes(list(at))
        attributes.fill(rows, lambda feature: batch.attributes[at[feature]])
        _hazards(batch)
        shown = page.id[members.owner >= -1]
        uses = Uses.of(questions.geometry_properties(shown.tolist()), page, members, names)
        choice = choose(uses, batch, self.wish.lod)
        rings, worn = take(uses, choice, questions, batch, self.seen, self.looks)
        self.digest.add(batch, rings, worn)
        if batch.ids or batch.face:
            frame = self._frame(rings, batch)
            self._keep(collect(batch, frame, self.wish, self.log, self.label, rings, worn))
        self.progress.advance(len(page.id))

    def _keep(self, part: Reading) -> None:
        """Hand a chunk over, without the units that were not asked for."""
        if self.wish.where is not None:
            part = filtered(part, self.wish.where, IssueLog(), self.label)
        self.kept += sum(map(len, part.units))
        self.keep(part)

    def _frame(self, rings: Rings, batch: Batch) -> Frame:
        """Settled with the first page that has points."""
        if self.frame is not None:
            return self.frame
        points = rings.points[:2000] if len(rings.points) else first_points(batch)
        trial = IssueLog()
        found = frame_of([], self.contents.srs, self.wish.crs, points, trial, self.label)
        if len(points):
            self.frame = found
            self.log.extend(trial)
        return found

    def _finish(self) -> None:
        """Compare the count, and tell once what the whole database showed."""
        log, seen, label = self.log, self.seen, self.label
        read, expected = seen.count(), self.contents.expected
        if read != expected:
            log.add("CITYDB_COUNT", file=label, expected=expected, read=read)
        seen.named.close(log, file=label, column="objectid")
        if self.wish.where is not None and not self.kept:
            filtered(Reading(None, []), self.wish.where, log, label)
        if seen.nameless:
            first, count = seen.nameless[0], len(seen.nameless)
            log.add("CITYDB_ID_MISSING", file=label, id=first, count=count)
        if seen.skipped.total():
            types = ", ".join(f"{k} ({n})" for k, n in sorted(seen.skipped.items()) if n)
            log.add("CITYGML_SKIPPED", file=label, count=seen.skipped.total(), types=types)
        if self.looks is not None:
            self.looks.report(log, label)
        if seen.lost:
            log.add("CITYDB_GEOMETRY", file=label, id=min(seen.lost), count=len(set(seen.lost)))


def _pages(roots: Iterator[tuple[int, int]], classes: Classes) -> Iterator[list[int]]:
    """Ids of features of their own, some thousand at a time; a terrain alone."""
    page: list[int] = []
    for id_, kind in roots:
        terrain = classes.type[classes.rows(np.array([kind], np.int64))[0]] == "TINRelief"
        if page and (terrain or len(page) >= FEATURES):
            yield page
            page = []
        page.append(id_)
        if terrain:
            yield page
            page = []
    if page:
        yield page


def _hazards(batch: Batch) -> None:
    """Water that carries the attributes of a risk is a hazard zone."""
    for number, type_ in enumerate(batch.types):
        data = batch.attributes[number]
        if type_ == "WaterBody" and any("isk" in key for key in data):
            batch.types[number] = HAZARD
            data["featureType"] = type_
