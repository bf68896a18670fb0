"""The buildings of the release before, read in runs of rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.geometry.faces import I64, Bools
from cim_bridge.mesh import Mesh
from cim_bridge.release import UNITS, ModelRelease
from cim_bridge.table import Columns, columns_in

LEVEL = "building"


class Before:
    """What the release before holds of buildings; nothing when there is none.

    source: the one that is being bridged, whose own former units do not count as held.
    """

    def __init__(self, release: ModelRelease | None, source: str) -> None:
        self._release, self._source = release, source
        self.hashes, self.held = np.zeros(0, np.int64), np.zeros(0, bool)
        self._first = 0
        self._cached: tuple[int, Columns] = (-1, {})
        if release is not None:
            self._index(release)

    def __len__(self) -> int:
        return len(self.hashes)

    def _index(self, release: ModelRelease) -> None:
        hashes: list[I64] = []
        held: list[Bools] = []
        seen = 0
        for table in self._tables("level", "source_id", "source", "removed"):
            levels = np.array(table.column("level").to_pylist(), object)
            mine = levels == LEVEL
            if mine.any() and not hashes:
                self._first = seen + int(np.flatnonzero(mine)[0])
            seen += len(levels)
            names = table.column("source_id").to_pylist()
            hashes.append(np.fromiter(map(hash, names), np.int64, len(names))[mine])
            sources = np.array(table.column("source").to_pylist(), object)
            gone = table.column("removed").to_numpy().astype(bool)
            held.append(((sources != self._source) & ~gone)[mine])
        self.hashes = np.concatenate([self.hashes, *hashes])
        self.held = np.concatenate([self.held, *held])

    @cached_property
    def _file(self) -> Any:
        import pyarrow.parquet as pq

        assert self._release is not None  # noqa: S101 - asked only where there is one
        return pq.ParquetFile(self._release.path / UNITS)

    @cached_property
    def _starts(self) -> I64:
        """First row of every row group, and the number of rows."""
        groups = self._file.metadata
        counts = [groups.row_group(n).num_rows for n in range(groups.num_row_groups)]
        return np.concatenate(([0], np.cumsum(counts)))

    def _tables(self, *names: str) -> Iterator[Any]:
        if self._release is None:
            return
        for number in range(len(self._starts) - 1):
            yield self._file.read_row_group(number, columns=list(names))

    def attributes(self, source: str) -> Iterator[npt.NDArray[Any]]:
        """Attributes of the living buildings of a source, part by part."""
        for table in self._tables("level", "source", "removed", "attributes"):
            texts = {n: np.array(table.column(n).to_pylist(), object) for n in table.column_names}
            live = ~texts["removed"].astype(bool)
            keep = (texts["level"] == LEVEL) & (texts["source"] == source) & live
            if keep.any():
                yield texts["attributes"][keep]

    def others(self) -> Columns | None:
        """Columns of all other levels than buildings."""
        if self._release is None:
            return None
        parts = []
        for number in range(len(self._starts) - 1):
            a, b = int(self._starts[number]), int(self._starts[number + 1])
            if self._first <= a and b <= self._first + len(self):
                continue
            columns = self._group(number)
            keep = columns["level"] != LEVEL
            parts.append({name: values[keep] for name, values in columns.items()})
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def rows(self, first: int, last: int) -> Columns | None:
        """Columns of the buildings of rows first to last - 1; None where none of them is known."""
        last = min(last, len(self))
        if first >= last:
            return None
        a, b = self._first + first, self._first + last
        one = int(np.searchsorted(self._starts, a, "right")) - 1
        parts = []
        while one < len(self._starts) - 1 and self._starts[one] < b:
            start = int(self._starts[one])
            columns = self._group(one)
            parts.append({n: v[max(a - start, 0) : b - start] for n, v in columns.items()})
            one += 1
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    def _group(self, number: int) -> Columns:
        """One row group; the last one stays, because the next run may begin in it."""
        if self._cached[0] != number:
            self._cached = (number, columns_in(self._file.read_row_group(number)))
        return self._cached[1]

    @cached_property
    def _mesh(self) -> Mesh:
        return self._release.mesh() if self._release is not None else Mesh.none()

    def mesh(self, first: int, last: int, keep: Bools) -> Mesh | None:
        """Triangles of the kept ones of these rows, which count from `first`."""
        mesh = self._mesh
        a, b = mesh.span(first, last)
        if a == b:
            return None
        run = mesh.take(np.arange(a, b))
        feature = run.feature - np.uint32(first)
        low, high = int(run.triangles.min()), int(run.triangles.max()) + 1
        near = replace(
            run, vertices=np.array(run.vertices[low:high]), feature=feature,
            triangles=run.triangles - np.uint32(low),
        )  # fmt: skip
        return near.select(keep[feature])


def known_at(before: Before, hashes: npt.NDArray[np.int64]) -> I64:
    """Row of each id in the release before, -1 for a new one (by 64-bit hash)."""
    found = np.full(len(hashes), -1, np.int64)
    if len(before):
        order = np.argsort(before.hashes, kind="stable")
        place = np.minimum(np.searchsorted(before.hashes, hashes, sorter=order), len(order) - 1)
        at = order[place]
        same = before.hashes[at] == hashes
        found[same] = at[same]
    return found
