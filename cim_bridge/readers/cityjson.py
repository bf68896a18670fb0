"""CityJSON 1.0, 1.1 and 2.0: small files whole, large ones in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np

from cim_bridge.citybody import Source
from cim_bridge.cityjson import Decoder, Document, check_version, explain, is_utf8, numbers, placed
from cim_bridge.cityjsonlook import wardrobe_of
from cim_bridge.cityunits import collect
from cim_bridge.crs import crs_text
from cim_bridge.issues import IssueLog
from cim_bridge.keys import check_ids
from cim_bridge.largejson.apart import fits, read_apart
from cim_bridge.reader import Reading, Wish, no_garbage_collection

_OTHER_JSON = (b'"FeatureCollection"', b'"Topology"', b'"Feature"', b'"GeometryCollection"')


class CityJson:
    """Reads one CityJSON document."""

    name = "cityjson"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether this is one JSON object that is not of another kind."""
        if b'"CityJSON"' in head or b'"CityObjects"' in head:
            return True
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        named = path.name.lower().endswith((".city.json", ".cityjson"))
        plain = path.suffix.lower() == ".json" and not any(word in head for word in _OTHER_JSON)
        return named or (plain and text.startswith(b"{"))

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read the file; None when an error was found."""
        data = path.read_bytes().removeprefix(b"\xef\xbb\xbf")
        with no_garbage_collection():
            return _read(data, path, wish, log)

    def stream(self, path: Path, wish: Wish, log: IssueLog) -> Iterator[Reading]:
        """Let a child read a large file in chunks; one that is not plain enough is read whole."""
        chunks = read_apart(path, wish, log) if fits(path, wish) else None
        if chunks is not None:
            yield from chunks
            return
        found = self.read(path, wish, log)
        if found is not None:
            yield found


def _read(data: bytes, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
    decoder, file = Decoder(), path.name
    if not is_utf8(data, log, file=file):
        return None
    try:
        document = decoder.decode(data)
        if not check_version(document, log, file=file):
            return None
        vertices = placed(numbers(document.vertices), document.transform)
    except (msgspec.MsgspecError, RecursionError) as exc:
        explain(exc, data, log, file=file)
        return None
    return _collect(document, decoder.met, vertices, path, wish, log)


def _collect(
    document: Document, met: list[str], vertices: np.ndarray, path: Path, wish: Wish, log: IssueLog
) -> Reading | None:
    file = path.name
    before = len(log.errors)
    if len(met) != len(document.objects):
        check_ids(np.array(met, dtype=object), log, file=file, column="CityObjects")
    if not document.objects:
        log.add("FEATURES_NONE", file=file)
    if not np.isfinite(vertices).all():
        bad = int((~np.isfinite(vertices)).any(axis=1).sum())
        log.add("COORDINATE_NOT_FINITE", file=file, count=bad)
    if len(log.errors) > before:
        return None
    source = Source(
        file=file,
        crs=crs_text(document.metadata.crs if document.metadata else None),
        ids=[str(name) for name in document.objects],
        objects=list(document.objects.values()),
        vertices=vertices,
        templates=document.templates,
        wardrobe=wardrobe_of(path, document.appearance, log),
    )
    return collect(source, wish, log)


READER = CityJson()
