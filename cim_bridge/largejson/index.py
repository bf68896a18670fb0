"""The first pass: families of city objects, what their attributes are, vertices on disk."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cim_bridge.attributes import object_kinds
from cim_bridge.cityjson import Document, numbers
from cim_bridge.cityobjects import FOLDED
from cim_bridge.flow.appended import Appended
from cim_bridge.geometry.faces import I64
from cim_bridge.largejson.scan import BLOCK, OBJECTS, Irregular, Members, Scan, Text
from cim_bridge.rowtable import BIG, FLOATS, OTHER, WHOLES

VERTICES = "vertices"
BUILDING, OBJECT, OTHER_TYPE, GROUND = range(4)
"""What becomes of a city object; chunks come in this order."""

LEVELS = {BUILDING: "building", OBJECT: "object"}

_MOST_NAMES = 5000
_MOST_REST = 64 << 20
"""Bytes of a document besides city objects and vertices."""

_TAIL = 4096
"""Bytes within which the end of the vertices is looked for."""

_PART = re.compile(r"^(Building|Bridge|Tunnel)(Part|Installation|ConstructiveElement)$")


class Light(msgspec.Struct, gc=False):
    """A city object without its geometry."""

    type: str
    parents: list[str] | None = None
    attributes: Any = None


_LIGHT = msgspec.json.Decoder(dict[str, Light])
_DOCUMENT = msgspec.json.Decoder(Document)


@dataclass
class Index:
    """What the first pass found.

    bounds: object n lies between bounds[n] + 1 and bounds[n + 1]. order: object numbers, families
    together; family (as order): where the family of each begins in the document. what (as
    order): BUILDING, OBJECT, OTHER_TYPE or GROUND.
    columns: level → attribute → how its values are typed, in order of appearance.
    """

    bounds: I64
    order: I64
    family: I64
    what: npt.NDArray[np.uint8]
    columns: dict[str, dict[str, str]]
    document: Document


def index_of(text: Text, folder: Path) -> Index:
    """Scan a document; its vertices go to the folder. Raises Irregular, and msgspec's errors."""
    scan, objects = Scan(text), _Objects()
    open_at: int | None = None
    for ends in scan.blocks():
        if len(ends):
            objects.take(text, ends if open_at is None else np.append(open_at, ends))
            open_at = int(ends[-1])
    spans = scan.found.spans
    if OBJECTS not in spans or VERTICES not in spans:
        raise Irregular("members lack")
    document = _document(text, spans)
    _vertices(text, spans[VERTICES], folder / f"{VERTICES}.npy")
    return objects.index(scan.found, document)


def _document(text: Text, spans: dict[str, tuple[int, int]]) -> Document:
    """Everything but city objects and vertices."""
    rest = {name: span for name, span in spans.items() if name not in (OBJECTS, VERTICES)}
    if sum(last - first for first, last in rest.values()) > _MOST_REST:
        raise Irregular("rest")
    parts = [msgspec.json.encode(name) + b":" + text.part(*span) for name, span in rest.items()]
    document = _DOCUMENT.decode(b"{" + b",".join(parts) + b"}")
    if bytes(document.appearance) or document.templates is not None:
        raise Irregular("looks or templates")
    return document


def _vertices(text: Text, span: tuple[int, int], path: Path) -> None:
    """Put the vertices on disk as they are written, block by block."""
    first, last = span
    tail = text.part(max(first, last - _TAIL), last)
    if text.part(first, first + 1) != b"[" or not tail.rstrip().endswith(b"]"):
        raise Irregular(VERTICES)
    file, at, held = Appended(path, np.float64, (3,)), first + 1, b""
    end = last - len(tail) + len(tail.rstrip()) - 1
    while at < end:
        data, at = held + text.part(at, min(at + BLOCK, end)), min(at + BLOCK, end)
        cut = max(data.rfind(b"["), 0) if at < end else len(data)
        whole, held = data[:cut].rstrip(), data[cut:]
        if at < end:
            if not whole.endswith(b","):
                raise Irregular(VERTICES)
            whole = whole[:-1]
        file.add(_finite(numbers(b"[" + whole + b"]")))
    file.close()


def _finite(rows: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if not np.isfinite(rows).all():
        raise Irregular("not finite")
    return rows


@cache
def what_of(kind: str) -> int:
    """What becomes of a type of city object."""
    part = _PART.match(kind)
    whole = part[1] if part else kind
    if whole == "Building":
        return BUILDING
    if whole == "TINRelief":
        return GROUND
    return OBJECT if object_kinds().get(whole) else OTHER_TYPE


@dataclass
class _Objects:
    """City objects as they are met: a hash of the id, and of the parent of what is folded."""

    hashes: list[I64] = field(default_factory=list)
    whats: list[npt.NDArray[np.uint8]] = field(default_factory=list)
    parts: list[int] = field(default_factory=list)
    parents: list[int] = field(default_factory=list)
    columns: dict[str, dict[str, set[str]]] = field(
        default_factory=lambda: {level: {} for level in LEVELS.values()}
    )
    seen: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LEVELS.values(), 0))
    count: int = 0

    def take(self, text: Text, bounds: I64) -> None:
        """Note the objects between bounds."""
        if len(bounds) < 2:
            return
        found = _LIGHT.decode(b"{" + text.part(int(bounds[0]) + 1, int(bounds[-1])) + b"}")
        if len(found) != len(bounds) - 1:
            raise Irregular("ids")
        items = list(found.values())
        what = np.array([what_of(item.type) for item in items], np.uint8)
        self.hashes.append(np.fromiter(map(hash, found), np.int64, len(found)))
        self.whats.append(what)
        for number, item in enumerate(items, self.count):
            if item.type in FOLDED:
                if not item.parents:
                    raise Irregular("no parent")
                self.parts.append(number)
                self.parents.append(hash(item.parents[0]))
        for code, level in LEVELS.items():
            rows = [item.attributes for item, own in zip(items, what.tolist(), strict=True)
                    if own == code and type(item.attributes) is dict]  # fmt: skip
            lacks = int((what == code).sum()) > len(rows)
            _note(self.columns[level], rows, lacks=lacks, first=not self.seen[level])
            self.seen[level] += int((what == code).sum())
        self.count += len(items)

    def index(self, members: Members, document: Document) -> Index:
        """Put families together."""
        bounds = np.concatenate(members.bounds) if members.bounds else np.zeros(0, np.int64)
        if len(bounds) != self.count + 1 or not self.count:
            raise Irregular("objects")
        hashes, what = np.concatenate(self.hashes), np.concatenate(self.whats)
        turn = np.argsort(hashes, kind="stable")
        ordered = hashes[turn]
        if (ordered[1:] == ordered[:-1]).any():
            raise Irregular("ids")
        family = np.arange(self.count)
        if self.parts:
            wanted = np.array(self.parents, np.int64)
            at = np.minimum(np.searchsorted(ordered, wanted), self.count - 1)
            if (ordered[at] != wanted).any():
                raise Irregular("parent lacks")
            family[self.parts] = turn[at]
            for _ in range(8):
                family = family[family]
        if (what != what[family]).any() or (family[family] != family).any():
            raise Irregular("families")
        order = np.lexsort((family, what))
        columns = {level: _typed(kinds) for level, kinds in self.columns.items()}
        return Index(bounds, order, family[order], what[order], columns, document)


def _note(
    columns: dict[str, set[str]], rows: list[dict[str, Any]], *, lacks: bool, first: bool
) -> None:
    """Add the kinds of the values of some rows; a name that is new was missing before."""
    for name in dict.fromkeys(chain.from_iterable(rows)):
        columns.setdefault(name, set() if first else {"NoneType"})
    if len(columns) > _MOST_NAMES:
        raise Irregular("names")
    for name, kinds in columns.items():
        values = [row.get(name) for row in rows]
        kinds |= {kind.__name__ for kind in set(map(type, values))}
        if lacks:
            kinds.add("NoneType")
        if "int" in kinds and "huge" not in kinds:
            _whole(value for value in values if type(value) is int)


def _whole(values: Iterable[int]) -> None:
    if any(not -BIG <= value < BIG for value in values):
        raise Irregular("whole numbers")


def _typed(columns: dict[str, set[str]]) -> dict[str, str]:
    """How each column is typed, as cim_bridge.rowtable does when it sees all rows."""
    numeric = {"int", "float", "NoneType"}
    return {
        name: WHOLES if kinds == {"int"}
        else FLOATS if kinds <= numeric and kinds != {"NoneType"}
        else OTHER
        for name, kinds in columns.items()
    }  # fmt: skip
