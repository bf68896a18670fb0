"""A 3DCityDB from its address to a Reading: page by page, in one snapshot, counted at the end."""

from __future__ import annotations

from collections.abc import Iterator
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
from cim_bridge.keys import check_ids
from cim_bridge.reader import Reading, Wish, join_readings, no_garbage_collection
from cim_bridge.readers.remote.citydb.address import Address
from cim_bridge.readers.remote.citydb.asking import Questions
from cim_bridge.readers.remote.citydb.attributes import Attributes
from cim_bridge.readers.remote.citydb.classes import Classes, Names, read_classes, read_names
from cim_bridge.readers.remote.citydb.faces import take
from cim_bridge.readers.remote.citydb.inspecting import Contents, inspect
from cim_bridge.readers.remote.citydb.snapshot import Stopped, snapshot
from cim_bridge.readers.remote.citydb.tree import Page, Seen, begin, sort_out
from cim_bridge.readers.remote.citydb.uses import Uses, choose

FEATURES = 2000
"""Features of their own that are read at a time; a terrain is read alone."""


def read_citydb(address: Address, wish: Wish, log: IssueLog) -> Reading | None:
    """Read a database; None, with Issues in the log, when not all of it could be read."""
    found = IssueLog()
    reading = None
    try:
        with no_garbage_collection(), snapshot(address, found) as connection:
            contents = inspect(connection, address, found)
            reading = _Reading(connection, contents, address.label, wish, found).read()
    except Stopped:
        reading = None
    log.extend(found)
    return None if found.errors else reading


@dataclass
class _Reading:
    """One read of one database."""

    connection: Connection
    contents: Contents
    label: str
    wish: Wish
    log: IssueLog
    seen: Seen = field(default_factory=Seen)
    parts: list[Reading] = field(default_factory=list)
    frame: Frame | None = None

    def read(self) -> Reading:
        """Every page, then the count."""
        tables = self.contents.tables
        names = read_names(self.connection, tables)
        classes = read_classes(self.connection, tables, names)
        questions = Questions(self.connection, tables)
        attributes = Attributes(names, questions.meanings())
        for roots in _pages(questions, classes):
            self._page(roots, questions, classes, names, attributes)
        self._finish()
        joined = join_readings(self.parts) if self.parts else Reading(None, [])
        return filtered(joined, self.wish.where, self.log, self.label)

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
        rings, _ = take(uses, choice, questions, batch, self.seen)
        if batch.ids or batch.face:
            part = collect(batch, self._frame(rings, batch), self.wish, self.log, self.label, rings)
            self.parts.append(part)

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
        check_ids(np.array(seen.named, dtype=object), log, file=label, column="objectid")
        if seen.nameless:
            first, count = seen.nameless[0], len(seen.nameless)
            log.add("CITYDB_ID_MISSING", file=label, id=first, count=count)
        if seen.skipped.total():
            types = ", ".join(f"{k} ({n})" for k, n in sorted(seen.skipped.items()) if n)
            log.add("CITYGML_SKIPPED", file=label, count=seen.skipped.total(), types=types)
        if seen.lost:
            log.add("CITYDB_GEOMETRY", file=label, id=min(seen.lost), count=len(set(seen.lost)))


def _pages(questions: Questions, classes: Classes) -> Iterator[list[int]]:
    """Ids of features of their own, some thousand at a time; a terrain alone."""
    page: list[int] = []
    for id_, kind in questions.roots():
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
