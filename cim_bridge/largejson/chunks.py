"""The second pass: some thousand city objects at a time, with only the vertices they use."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import numpy.typing as npt

from cim_bridge.citybody import Source
from cim_bridge.cityjson import CityObject, check_version, placed
from cim_bridge.cityobjects import Chosen, choose
from cim_bridge.cityunits import collected
from cim_bridge.crs import crs_text
from cim_bridge.flow.tally import Tally
from cim_bridge.geometry.faces import I64
from cim_bridge.issues import IssueLog
from cim_bridge.largejson.index import GROUND, VERTICES, Index, index_of
from cim_bridge.largejson.scan import Irregular, Text
from cim_bridge.mapped import mapped, release, trim
from cim_bridge.reader import Reading, Wish

OBJECTS, BYTES = 2000, 8 << 20
"""A chunk ends at so many city objects or bytes of text."""

_SPREAD = 16
"""Vertices between the lowest and the highest of a chunk, for each one used, that are read."""
_ADDED_UP = ("TYPE_SKIPPED",)
"""Findings that chunks can add up to what a whole document gives; with others it is read whole."""

_CITY = msgspec.json.Decoder(dict[str, CityObject])


def read_chunks(path: Path, wish: Wish, folder: Path, log: IssueLog) -> Iterator[Reading]:
    """Readings of a document; joined they are what reading it whole gives.

    Raises Irregular where they would not be, and msgspec's errors.
    """
    told = Tally()
    with Text(path) as text:
        index = index_of(text, folder)
        if not check_version(index.document, IssueLog(), file=path.name):
            raise Irregular("version")
        corners = _Corners(folder, index)
        for some in _some(index):
            ids, objects = _objects(text, index, some)
            reading = corners.collect(ids, objects, index, wish, told, path.name)
            if reading.units or reading.ground is not None:
                yield reading
            del reading, ids, objects
            trim()
    if any(issue.code not in _ADDED_UP for issue in told):
        raise Irregular("findings")
    log.extend(told)


def _some(index: Index) -> Iterator[I64]:
    """Numbers of the objects of a chunk: whole families; the ground is one chunk."""
    order, family = index.order, index.family
    fresh = np.flatnonzero(np.append(True, family[1:] != family[:-1]))
    fresh = fresh[(index.what[fresh] != GROUND) | (fresh == np.argmax(index.what == GROUND))]
    size = np.diff(index.bounds)[order]
    ends = np.append(fresh, len(order))
    weight = np.concatenate(([0], np.cumsum(np.maximum(size, BYTES // OBJECTS))))
    start = 0
    while start < len(order):
        here = int(np.searchsorted(weight[ends], weight[start] + BYTES, "right")) - 1
        end = max(int(ends[here]), int(ends[np.searchsorted(ends, start, "right")]))
        border = start + int(np.argmax(index.what[start:end] != index.what[start]))
        end = border if border > start else end
        yield order[start:end]
        start = end


def _objects(text: Text, index: Index, some: I64) -> tuple[list[str], list[CityObject]]:
    """Decode objects by number; those that follow each other are read at once."""
    breaks = np.flatnonzero(np.diff(some) != 1) + 1
    parts = [
        text.part(int(index.bounds[some[a]]) + 1, int(index.bounds[some[b - 1] + 1]))
        for a, b in pairwise([0, *breaks.tolist(), len(some)])
    ]
    found = _CITY.decode(b"{" + b",".join(parts) + b"}")
    if len(found) != len(some):
        raise Irregular("ids")
    return list(found), list(found.values())


class _Corners:
    """The vertices on disk, and what is read of them for a chunk."""

    def __init__(self, folder: Path, index: Index) -> None:
        self._rows = mapped(folder / f"{VERTICES}.npy")
        self._transform = index.document.transform
        metadata = index.document.metadata
        self.crs = crs_text(metadata.crs if metadata else None)

    def _judge(self, points: npt.NDArray[np.float64]) -> None:
        """Degrees: slopes are judged by the middle of all vertices, which no chunk knows."""
        if self.crs is None or not len(points) or np.abs(points[:, :2]).max() > 180:
            return
        from cim_bridge.crs import is_geographic

        if is_geographic(self.crs):
            raise Irregular("degrees")

    def collect(
        self, ids: list[str], objects: list[CityObject], index: Index, wish: Wish, log: IssueLog,
        file: str,
    ) -> Reading:  # fmt: skip
        """Make a reading of some objects."""
        chosen = choose(objects, wish.lod)
        used = _used(chosen)
        low, high = (int(used.min()), int(used.max()) + 1) if len(used) else (0, 0)
        if high > len(self._rows):
            raise Irregular("vertices lack")
        near = high - low <= max(_SPREAD * len(used), 1)
        held = None if near else np.unique(used)
        rows = np.array(self._rows[low:high] if held is None else self._rows[held])
        release(self._rows)
        points = placed(rows, self._transform)
        self._judge(points)
        source = Source(
            file=file, crs=self.crs, ids=ids, objects=objects,
            vertices=points,
            bases=np.full(len(ids), -low, np.int64) if held is None else None,
            used=held, columns=index.columns,
        )  # fmt: skip
        return collected(source, chosen, wish, log)


def _used(chosen: Chosen) -> I64:
    """Numbers of the vertices that the chosen geometries name."""
    return np.concatenate((chosen.solid.faces.corner, chosen.flat.faces.corner))
