"""CityJSON text sequences (.city.jsonl): one header line, then one feature a line, in chunks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import msgspec
import numpy as np

from cim_bridge.citybody import Source
from cim_bridge.cityjson import Decoder, Document, check_version, explain, is_utf8, numbers, placed
from cim_bridge.cityjsonlook import wardrobe_of_features
from cim_bridge.cityunits import collect, filtered
from cim_bridge.crs import crs_text
from cim_bridge.issues import IssueLog
from cim_bridge.keys import IdCheck
from cim_bridge.reader import Reading, Wish, join_readings, no_garbage_collection

LINES = 2000
"""Features read at once: memory stays flat however long the file is."""

Line = tuple[int, bytes]


class CityJsonSeq:
    """Reads CityJSONFeature lines."""

    name = "cityjsonseq"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the first line is a whole CityJSON header or the name says so."""
        if path.name.lower().endswith((".city.jsonl", ".cityjsonl", ".city.jsonseq")):
            return True
        first, _, rest = head.lstrip(b"\xef\xbb\xbf \t\r\n\x1e").partition(b"\n")
        follows = rest.lstrip(b" \t\r\n\x1e").startswith(b"{")
        whole = first.rstrip().endswith(b"}") and b'"CityJSON"' in first and follows
        return whole or b'"CityJSONFeature"' in first

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read the file; None when an error was found."""
        before = len(log.errors)
        parts = list(self.stream(path, wish, log))
        return join_readings(parts) if len(log.errors) == before and parts else None

    def stream(self, path: Path, wish: Wish, log: IssueLog) -> Iterator[Reading]:
        """Read some lines at a time: memory stays flat however long the file is."""
        met, kept = IdCheck(), 0
        with path.open("rb") as handle, no_garbage_collection():
            lines = _lines(handle)
            header = _header(lines, path.name, log)
            if header is None:
                return
            met.add(list(header.objects))
            if header.objects:
                log.add("CITYJSON_STRUCTURE", file=path, reason="the header holds city objects")
            while chunk := list(islice(lines, LINES)):
                part = _chunk(chunk, header, met, path, wish, log)
                if part is not None and (wish.where is None or part.units):
                    kept += len(part.units)
                    yield part
        if not len(met):
            log.add("FEATURES_NONE", file=path)
        elif wish.where is not None and not kept:
            filtered(Reading(None, []), wish.where, log, path.name)
        met.close(log, file=path.name, column="CityObjects")


def _lines(handle: Iterator[bytes]) -> Iterator[Line]:
    for number, line in enumerate(handle, 1):
        text = line.strip(b"\xef\xbb\xbf\x1e \t\r\n")
        if text:
            yield number, text


def _decoded(line: Line, decoder: Decoder, file: str, log: IssueLog) -> Document | None:
    if not is_utf8(line[1], log, file=file, first_line=line[0]):
        return None
    try:
        return decoder.decode(line[1])
    except (msgspec.MsgspecError, RecursionError) as exc:
        explain(exc, line[1], log, file=file, first_line=line[0])
        return None


def _header(lines: Iterator[Line], file: str, log: IssueLog) -> Document | None:
    first = next(lines, None)
    if first is None:
        log.add("FILE_EMPTY", file=file)
        return None
    header = _decoded(first, Decoder(), file, log)
    if header is None or not check_version(header, log, file=file):
        return None
    return header


def _chunk(
    lines: list[Line], header: Document, met: IdCheck, path: Path, wish: Wish, log: IssueLog
) -> Reading | None:
    decoder, file = Decoder(), path.name
    before = len(log.errors)
    documents = [_decoded(line, decoder, file, log) for line in lines]
    features = [document for document in documents if document is not None]
    met.add(decoder.met)
    wrong = [d.type for d in features if d.type != "CityJSONFeature"]
    if wrong:
        log.add("NOT_CITYJSON", file=file, type=wrong[0] or "—", count=len(wrong))
    if len(log.errors) > before:
        return None
    texts = [bytes(feature.vertices).strip() for feature in features]
    counts = np.array([max(text.count(b"[") - 1, 0) for text in texts], np.int64)
    inner = b",".join(text[1:-1] for text in texts if len(text.strip(b"[] \t")) > 0)
    try:
        vertices = placed(numbers(b"[" + inner + b"]"), header.transform)
    except msgspec.MsgspecError as exc:
        log.add("CITYJSON_STRUCTURE", file=file, row=lines[0][0], reason=str(exc))
        return None
    bases = np.repeat(np.cumsum(counts) - counts, [len(feature.objects) for feature in features])
    source = Source(
        file=file,
        crs=crs_text(header.metadata.crs if header.metadata else None),
        ids=[str(name) for feature in features for name in feature.objects],
        objects=[item for feature in features for item in feature.objects.values()],
        vertices=vertices,
        bases=bases,
        templates=header.templates,
        wardrobe=wardrobe_of_features(
            path, header.appearance, [(one.appearance, len(one.objects)) for one in features], log
        ),
    )
    reading = collect(source, replace(wish, where=None), log)
    return filtered(reading, wish.where, IssueLog(), file)


READER = CityJsonSeq()
