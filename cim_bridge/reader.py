"""The Reader seam: what a format must give, which reader takes a file, and reading it.

A third party adds a format with the entry point group `cim_twin.readers`, naming a Reader object.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

import numpy as np
import numpy.typing as npt

from cim_bridge.issues import IssueLog

if TYPE_CHECKING:
    from cim_bridge.anchor import Anchor
    from cim_bridge.mesh import Mesh
    from cim_bridge.points.cloud import Cloud

GROUP = "cim_twin.readers"
HEAD_BYTES = 4096

_BUILT_IN: tuple[str, ...] = (
    "cim_bridge.readers.cityjsonseq",
    "cim_bridge.readers.tileset",
    "cim_bridge.readers.cityjson",
    "cim_bridge.readers.citygml",
    "cim_bridge.readers.ifc",
    "cim_bridge.readers.meshes",
    "cim_bridge.readers.points",
    "cim_bridge.readers.geoparquet",
    "cim_bridge.readers.vector",
    "cim_bridge.readers.table",
    "cim_bridge.readers.citydb",
)


@dataclass(frozen=True)
class Wish:
    """What the person asked for: level or layer, CRS, level of detail, id column, filter.

    anchor: where the file's own origin lies (cim_bridge.anchor), for models that do not say it.
    up: which axis of a mesh points up, "y" or "z"; None is the habit of its format.
    height_offset: metres that bring the heights to the model's; readers leave that to the bridge.
    coordinates: columns of a table with x and y (`X,Y`), or the one with WKT.
    """

    level: str | None = None
    layer: str | None = None
    crs: str | None = None
    lod: str | None = None
    key: str | None = None
    where: str | None = None
    anchor: Anchor | None = None
    up: str | None = None
    height_offset: float = 0.0
    coordinates: str | None = None


@dataclass
class Units:
    """Units of one level as columns, still in the source's CRS.

    columns: arrays of equal length (source_id, label_zh, height, attributes, ...).
    shapes: (N,) 2D shapely geometries, or None where the mesh will give the footprint.
    part: marks building parts that fold into the building they lie in.
    claims: higher level → column of `attributes` that names the unit a row lies in.
    """

    level: str
    columns: dict[str, npt.NDArray[Any]]
    shapes: npt.NDArray[Any]
    part: npt.NDArray[np.bool_] | None = None
    claims: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.shapes)

    @property
    def ids(self) -> npt.NDArray[Any]:
        """Source ids."""
        return self.columns["source_id"]

    def take(self, index: npt.NDArray[Any]) -> Units:
        """Some rows, by mask or position."""
        return Units(
            self.level,
            {name: values[index] for name, values in self.columns.items()},
            self.shapes[index],
            None if self.part is None else self.part[index],
            self.claims,
        )


@dataclass
class Reading:
    """What one file gave: units of one or more levels, building triangles and the ground.

    mesh.feature counts the rows of the building units; crs is None when the file says nothing.
    ellipsoidal: heights are above WGS 84's ellipsoid, so the city's height offset is taken off.
    placed: the reader has heeded the wished CRS already; `crs` is where the coordinates are.
    clouds: point clouds, which make tilesets of their own and no units.
    """

    crs: str | None
    units: list[Units]
    mesh: Mesh | None = None
    ground: Mesh | None = None
    ellipsoidal: bool = False
    placed: bool = False
    clouds: tuple[Cloud, ...] = ()


@runtime_checkable
class Reader(Protocol):
    """One format. `recognises` sees the path and the first 4 KiB and must not open more."""

    name: str

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the content is of this format."""
        ...

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read one file; findings go to the log, None when nothing can be used."""
        ...


@runtime_checkable
class StreamReader(Reader, Protocol):
    """A format that need not be read whole: its units come in chunks of a few thousand."""

    def stream(self, path: Path, wish: Wish, log: IssueLog) -> Iterator[Reading]:
        """Read one file in chunks of bounded size; findings go to the log.

        Joined in order the chunks are what `read` gives. After an error nothing more comes, and
        what came is not used.
        """
        ...


def chunks_of(reader: Reader, path: Path, wish: Wish, log: IssueLog) -> Iterator[Reading]:
    """Readings of one file, chunk by chunk where the format allows it, else all in one."""
    if isinstance(reader, StreamReader):
        yield from reader.stream(path, wish, log)
        return
    found = reader.read(path, wish, log)
    if found is not None:
        yield found


def read_whole(reader: Reader, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
    """Everything of one file; None when an error was found."""
    before = len(log.errors)
    parts = list(chunks_of(reader, path, wish, log))
    if len(log.errors) > before:
        return None
    return join_readings(parts) if parts else Reading(None, [])


@cache
def readers() -> tuple[Reader, ...]:
    """Return the built-in readers, then those of installed plugins; fixed for the process."""
    return tuple(_each())


def _each() -> Iterator[Reader]:
    """Readers one by one: what stands behind the one that fits is not even imported."""
    for name in _BUILT_IN:
        yield cast(Reader, import_module(name).READER)
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        yield cast(Reader, entry.load())


_PACKED = {
    b"\x1f\x8b": "gzip", b"PK\3\4": "zip", b"7z\xbc\xaf": "7z", b"Rar!": "rar",
}  # fmt: skip
"""How files begin that hold others; of them only tilesets are read as they are."""


def find_reader(path: Path, log: IssueLog) -> Reader | None:
    """Return the reader for a file by its content; an Issue when there is none."""
    if not path.is_file():
        log.add("SOURCE_NOT_FOUND", file=path, path=path)
        return None
    with path.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
    if not head.strip(b"\xef\xbb\xbf \t\r\n\0"):
        log.add("FILE_EMPTY", file=path)
        return None
    reader = next((one for one in _each() if one.recognises(path, head)), None)
    packed = next((name for start, name in _PACKED.items() if head.startswith(start)), "")
    if packed and (reader is None or (packed == "gzip" and reader.name != "3dtiles")):
        log.add("FILE_PACKED", file=path, kind=packed)
        return None
    if reader is not None:
        return reader
    known = ", ".join(one.name for one in readers())
    log.add("FORMAT_UNKNOWN", file=path, known=known)
    return None


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """Pause the garbage collector while millions of JSON objects are made (5 to 8 times faster)."""
    import gc

    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def join_readings(parts: list[Reading]) -> Reading:
    """Put readings of one CRS one after the other: rows and triangles keep their order."""
    from cim_bridge.mesh import join

    if len(parts) == 1:
        return parts[0]
    by_level: dict[str, list[Units]] = {}
    meshes: list[Mesh] = []
    rows = 0
    for part in parts:
        for units in part.units:
            by_level.setdefault(units.level, []).append(units)
            if units.level == "building" and part.mesh is not None:
                meshes.append(part.mesh.with_features(np.arange(len(units)) + rows))
            rows += len(units) if units.level == "building" else 0
    grounds = [part.ground for part in parts if part.ground is not None]
    return Reading(
        parts[0].crs,
        [join_units(same) for same in by_level.values()],
        join(meshes) if meshes else None,
        join(grounds) if grounds else None,
        ellipsoidal=parts[0].ellipsoidal,
        placed=parts[0].placed,
        clouds=tuple(cloud for part in parts for cloud in part.clouds),
    )


def join_units(parts: list[Units]) -> Units:
    """Put units of one level one after the other; a column that one lacks is empty there."""
    if len(parts) == 1:
        return parts[0]
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    claims = {level: name for part in parts for level, name in part.claims.items()}
    masks = [p.part if p.part is not None else np.zeros(len(p), bool) for p in parts]
    return Units(
        parts[0].level,
        {name: np.concatenate([_column(p.columns, name, len(p)) for p in parts]) for name in names},
        np.concatenate([part.shapes for part in parts]),
        np.concatenate(masks) if any(mask.any() for mask in masks) else None,
        claims,
    )


def _column(columns: dict[str, npt.NDArray[Any]], name: str, count: int) -> npt.NDArray[Any]:
    found = columns.get(name)
    return found if found is not None else np.full(count, "", dtype=object)
