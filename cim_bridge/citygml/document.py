"""One CityGML document to readings, chunk by chunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cim_bridge.citygml.appearance import Appearance, read_appearance
from cim_bridge.citygml.batch import Batch
from cim_bridge.citygml.codelists import CodeLists
from cim_bridge.citygml.collect import collect, first_points
from cim_bridge.citygml.feature import Features
from cim_bridge.citygml.frame import Frame, Framed, check_mixed, frame_of
from cim_bridge.citygml.geometry import find_geometry
from cim_bridge.citygml.names import VERSIONS, name_of, version_of
from cim_bridge.citygml.resolving import Resolver
from cim_bridge.citygml.stream import TRIANGLE, Element, elements, local
from cim_bridge.citygml.surfaces import Known, Walker
from cim_bridge.cityunits import filtered
from cim_bridge.issues import IssueLog
from cim_bridge.keys import IdCheck
from cim_bridge.reader import Reading, Wish

FEATURES, FACES = 2000, 100_000
"""A chunk ends at so many features or faces."""


def read_into(
    path: Path, wish: Wish, keep: Callable[[Reading], None], forget: Callable[[], None],
    framed: Framed = frame_of,
) -> IssueLog:  # fmt: skip
    """Read a document chunk by chunk; again from the start when it refers across features.

    keep: takes each chunk. forget: drops those taken so far. framed: settles where the document
    is (cim_bridge.citygml.assumed). Returns what was found.
    """
    known = Known()
    told = _Document(path, wish, IssueLog(), known, framed).read(keep)
    wanted = dict(known.lacking)
    if wanted and not told.errors and find_geometry(path, wanted, known):
        forget()
        known.lacking.clear()
        told = _Document(path, wish, IssueLog(), known, framed).read(keep)
    return told


@dataclass
class _Document:
    """One pass over one file."""

    path: Path
    wish: Wish
    log: IssueLog
    known: Known
    framed: Framed
    frame: Frame | None = None
    appearance: Appearance | None = None
    envelope: str = ""
    seen: int = 0
    kept: int = 0
    ids: IdCheck = field(default_factory=IdCheck)

    def read(self, keep: Callable[[Reading], None]) -> IssueLog:
        """Stream the members into chunks, each given to `keep`; returns the findings."""
        lists = CodeLists(self.path, self.log)
        self.appearance = self.known.appearance = read_appearance(self.path, self.log)
        features: Features | None = None
        for element in elements(self.path, self.log):
            if features is None:
                features = self._begin(element, lists)
                if features is None:
                    return self.log
            self._take(element, features)
            if features.batch.size >= FEATURES or len(features.batch.face) >= FACES:
                self._flush(features, keep)
        if self.log.errors:
            return self.log
        if features is not None:
            self._flush(features, keep)
            self._finish(features, lists)
        if not self.seen and not self.log.errors:
            self.log.add("FEATURES_NONE", file=self.path)
        if not self.log.errors and self.wish.where is not None and not self.kept:
            filtered(Reading(None, []), self.wish.where, self.log, self.path.name)
        return self.log

    def _begin(self, element: Element, lists: CodeLists) -> Features | None:
        """Look at the root: version, the envelope's system, how ids are written."""
        root = element.getroottree().getroot()
        version = version_of(root.tag)
        if version not in VERSIONS:
            name = name_of(root.tag)
            if name.local == "CityModel":
                self.log.add("CITYGML_VERSION", file=self.path, namespace=name.space or "—")
            else:
                self.log.add("NOT_CITYGML", file=self.path, root=name.local)
            return None
        self.envelope = _envelope(root) or _envelope(element)
        if self.envelope.startswith("#") and self.wish.crs is None:
            from cim_bridge.citygml.anchor import local_system

            local_system(root, self.envelope, self.log, self.path)
        walker = Walker(_id_name(root, element), Batch(), self.appearance)
        return Features(walker, Resolver(walker, self.known), lists, self.wish.lod)

    def _take(self, element: Element, features: Features) -> None:
        kind = local(element)
        if kind == TRIANGLE:
            self.seen += 1
            features.triangle(element)
        elif kind != "appearanceMember":
            self.seen += 1
            if not self.envelope:
                self.envelope = _envelope(element)
            features.take(element)

    def _flush(self, features: Features, keep: Callable[[Reading], None]) -> None:
        """Make the batch a reading; the frame is settled with the first."""
        batch = features.batch
        self.ids.add(features.ids)
        features.ids.clear()
        if batch.face or batch.ids:
            if self.frame is None:
                names = list(features.walker.srs_names)
                points = first_points(batch)
                self.frame = self.framed(
                    names, self.envelope, self.wish.crs, points, self.log, self.path.name
                )
            part = collect(
                batch, self.frame, self.wish, self.log, self.path.name,
                appearance=self.appearance,
            )  # fmt: skip
            if self.wish.where is not None:
                part = filtered(part, self.wish.where, IssueLog(), self.path.name)
            self.kept += len(part.units)
            if self.wish.where is None or part.units:
                keep(part)
        features.walker.batch = Batch()

    def _finish(self, features: Features, lists: CodeLists) -> None:
        """Tell once what the whole file showed."""
        log, file = self.log, self.path.name
        if self.wish.crs is None:
            check_mixed(list(features.walker.srs_names), log, file)
        self.ids.close(log, file=file, column="gml:id")
        if features.nameless:
            first, count = features.nameless[0], len(features.nameless)
            log.add("GML_ID_MISSING", file=file, id=first, count=count)
        if features.skipped.total():
            types = ", ".join(f"{k} ({n})" for k, n in sorted(features.skipped.items()) if n)
            log.add("CITYGML_SKIPPED", file=file, count=features.skipped.total(), types=types)
        for code, links in (
            ("XLINK_UNRESOLVED", self.known.lacking), ("XLINK_OUTSIDE", self.known.outside),
        ):  # fmt: skip
            if links:
                href, owner = next(iter(links.items()))
                log.add(code, file=file, id=owner, count=len(links), href=href[:200])
        if lists.absent:
            names = ", ".join(list(lists.absent)[:10])
            log.add("CODELIST_ABSENT", file=file, count=len(lists.absent), lists=names)


def _envelope(element: Element) -> str:
    """srsName of the first envelope at the top of an element or of the features in it."""
    for path in ("{*}boundedBy/{*}Envelope", "{*}*/{*}boundedBy/{*}Envelope"):
        found = element.find(path)
        if found is not None and found.get("srsName"):
            return str(found.get("srsName"))
    return ""


def _id_name(root: Element, element: Element) -> str:
    """Attribute name of gml:id in this document (GML 3.1 or 3.2)."""
    spaces = {*root.nsmap.values(), *element.nsmap.values()}
    newer = "http://www.opengis.net/gml/3.2"
    return f"{{{newer if newer in spaces else 'http://www.opengis.net/gml'}}}id"
