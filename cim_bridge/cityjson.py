"""CityJSON text as typed structs; the numbers of geometries stay text until they are needed."""

from __future__ import annotations

import re
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from cim_bridge.issues import IssueLog

VERSIONS: tuple[str, ...] = ("1.0", "1.1", "2.0")

NO_RAW = msgspec.Raw(b"")


class Surface(msgspec.Struct, gc=False):
    """One semantic surface."""

    type: str = ""


class Semantics(msgspec.Struct, gc=False):
    """Semantic surfaces of a geometry and the text of which face is which."""

    surfaces: list[Surface] = []
    values: msgspec.Raw = NO_RAW


class Geometry(msgspec.Struct, gc=False):
    """One geometry object; `boundaries`, `texture` and `material` are text."""

    type: str
    lod: str | float | None = None
    boundaries: msgspec.Raw = NO_RAW
    semantics: Semantics | None = None
    texture: msgspec.Raw = NO_RAW
    material: msgspec.Raw = NO_RAW
    template: int = -1
    transformation: list[float] | None = msgspec.field(name="transformationMatrix", default=None)


class CityObject(msgspec.Struct, gc=False):
    """One city object; `attributes` is text."""

    type: str
    geometry: list[Geometry] | None = None
    attributes: msgspec.Raw = NO_RAW
    parents: list[str] | None = None


class Transform(msgspec.Struct):
    """Scale and translation of whole-number vertices."""

    scale: list[float]
    translate: list[float]


class Metadata(msgspec.Struct):
    """The one thing that matters of the metadata: the CRS, in any spelling."""

    crs: Any = msgspec.field(name="referenceSystem", default=None)


class Templates(msgspec.Struct):
    """Geometry templates and their own vertices."""

    templates: list[Geometry] = []
    vertices: list[list[float]] = msgspec.field(name="vertices-templates", default_factory=list)


class Id(str):
    """An object id; its type makes the decoder tell every key it meets, also repeated ones."""

    __slots__ = ()


class Document(msgspec.Struct):
    """A CityJSON file, or one line of a CityJSONSeq."""

    type: str = ""
    version: str | float = ""
    objects: dict[Id, CityObject] = msgspec.field(name="CityObjects", default_factory=dict)
    vertices: msgspec.Raw = NO_RAW
    transform: Transform | None = None
    metadata: Metadata | None = None
    templates: Templates | None = msgspec.field(name="geometry-templates", default=None)
    appearance: msgspec.Raw = NO_RAW
    id: str = ""


class Decoder:
    """Decodes documents and remembers the object ids it met, in order, repeats included."""

    def __init__(self) -> None:
        self.met: list[str] = []
        self._decoder = msgspec.json.Decoder(Document, dec_hook=self._hook)

    def _hook(self, _kind: type[Any], value: Any) -> Any:
        self.met.append(value)
        return Id(value)

    def decode(self, data: bytes) -> Document:
        """Decode one document; raises msgspec's errors, which `explain` turns into an Issue."""
        return self._decoder.decode(data)


_BYTE = re.compile(r"\(byte (\d+)\)")
_NOT_NUMBERS = (b"NaN", b"nan", b"Infinity", b"-Infinity", b"inf", b"-inf")


def explain(
    error: Exception, data: bytes, log: IssueLog, *, file: object, first_line: int = 1
) -> None:
    """Add the Issue for text that could not be decoded, with byte and line where known."""
    if "out of range" in str(error):
        log.add("COORDINATE_NOT_FINITE", file=file, row=first_line, count=1)
        return
    found = _BYTE.search(str(error))
    at = int(found.group(1)) if found else len(data) if "truncated" in str(error) else None
    if at is None:
        log.add("CITYJSON_STRUCTURE", file=file, reason=str(error))
        return
    line = first_line + data.count(b"\n", 0, at)
    column = at - data.rfind(b"\n", 0, at)
    if data[max(at - 1, 0) : at + 9].lstrip(b"-:, [").startswith(_NOT_NUMBERS):
        log.add("COORDINATE_NOT_FINITE", file=file, row=line, count=1)
        return
    reason = str(error).partition(" (byte")[0]
    log.add("JSON_BROKEN", file=file, row=line, line=line, column=column, byte=at, reason=reason)


def is_utf8(data: bytes, log: IssueLog, *, file: object, first_line: int = 1) -> bool:
    """Whether the text is UTF-8; an Issue when not. Text that stays undecoded is looked at too."""
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as exc:
        line = first_line + data.count(b"\n", 0, exc.start)
        log.add("TEXT_NOT_UTF8", file=file, row=line, reason=f"byte {exc.start}: {exc.reason}")
        return False
    return True


def check_version(document: Document, log: IssueLog, *, file: object) -> bool:
    """Whether this is CityJSON of a version we read; an Issue when not."""
    if document.type != "CityJSON":
        log.add("NOT_CITYJSON", file=file, type=document.type or "—")
        return False
    version = str(document.version)
    if version[:3] not in VERSIONS:
        known = ", ".join(VERSIONS)
        log.add("CITYJSON_VERSION", file=file, version=version or "—", known=known)
        return False
    return True


_WHOLE = bytes(c if chr(c) in "-0123456789" else 0x20 for c in range(256))


def numbers(text: msgspec.Raw | bytes) -> npt.NDArray[np.float64]:
    """(V, 3) vertices from their text, which is valid JSON.

    Whole numbers in plain triples, the usual case, are parsed in one call.
    """
    raw = bytes(text)
    if not raw:
        return np.zeros((0, 3))
    frame = raw.translate(None, b"-0123456789 \t\r\n")
    count = frame.count(b"[") - 1
    if count > 0 and frame == b"[" + b",".join([b"[,,]"] * count) + b"]":
        found = np.fromstring(raw.translate(_WHOLE), dtype=np.int64, sep=" ")
        if len(found) == 3 * count:
            return found.reshape(-1, 3).astype(np.float64)
    try:
        rows = msgspec.json.decode(raw, type=list[tuple[float, float, float]])
    except msgspec.ValidationError as exc:
        raise msgspec.ValidationError(f"vertices: {exc}") from exc
    return np.array(rows).reshape(-1, 3)


def placed(
    vertices: npt.NDArray[np.float64], transform: Transform | None
) -> npt.NDArray[np.float64]:
    """Vertices with the transform applied."""
    if transform is None:
        return vertices
    found: npt.NDArray[np.float64] = vertices * np.array(transform.scale[:3])
    found += np.array(transform.translate[:3])
    return found
