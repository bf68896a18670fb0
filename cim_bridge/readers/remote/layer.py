"""One layer of a platform as it promises it, and the count of what it then gives."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from cim_bridge.crs import Box
from cim_bridge.issues import IssueLog
from cim_bridge.progress import Progress
from cim_bridge.readers.remote.failures import Refused


@dataclass(frozen=True)
class Layer:
    """What is known before the first feature comes.

    crs: of the coordinates that will come, None when the platform does not say. official: its
    name promises the registry's axis order, which may be northing first. extent: (west, south,
    east, north) as declared, in extent_crs with x east. driver: GDAL's name of the pages' format.
    types: column → "text", "integer", "number" or "truth", where the platform tells them.
    query: everything that was asked and is not in the address; no times, no secrets. paging: how
    the pages are asked for, which leaves the content as it is.
    """

    protocol: str
    address: str
    name: str
    driver: str
    crs: str | None
    official: bool = False
    extent: Box | None = None
    extent_crs: str = "OGC:CRS84"
    types: dict[str, str] = field(default_factory=dict)
    id_column: str = ""
    query: dict[str, str] = field(default_factory=dict)
    paging: dict[str, str] = field(default_factory=dict)
    attribution: str = ""


@dataclass
class Tally:
    """Counts pages against the promise. A partial read is never a model: it raises Refused."""

    address: str
    progress: Progress
    most_pages: int
    matched: int | None = None
    received: int = 0
    pages: list[Path] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    _ids: list[Any] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)
    _started: bool = False
    _atleast: bool = False

    def expect(self, matched: int | None, *, atleast: bool = False) -> None:
        """Note how many features there are; Refused when a later page says another number.

        atleast: of an answer that may count no further than a cap: a page may know of more.
        """
        if matched is None:
            return
        if self._atleast and self.matched is not None:
            matched = max(self.matched, matched)
            self.matched = None
        self._atleast = atleast
        if self.matched is not None and matched != self.matched:
            raise Refused(
                "REMOTE_CHANGED", url=self.address, before=self.matched, now=matched,
                received=self.received,
            )  # fmt: skip
        self.matched = matched

    def add(self, page: Path, ids: list[str], told: int | None = None) -> bool:
        """Take a page of len(ids) features ("" where one has no id); False when it is empty.

        told: how many the page says it holds. Refused when it lies, or came before.
        """
        self._begin()
        if told is not None and told != len(ids):
            raise Refused(
                "REMOTE_PAGE_WRONG", url=self.address, page=len(self.pages) + 1, told=told,
                received=len(ids),
            )  # fmt: skip
        if not ids:
            page.unlink()
            return False
        if len(self.pages) >= self.most_pages:
            raise Refused("REMOTE_TOO_MUCH", url=self.address, limit=f"{self.most_pages} pages")
        hashed = _hashes(ids, page)
        mark = hashlib.sha256(hashed.tobytes()).digest()
        if mark in self._seen:
            raise Refused(
                "REMOTE_REPEATED", url=self.address, received=self.received + len(ids),
                distinct=self.received, expected=self._expected(),
            )  # fmt: skip
        self._seen.add(mark)
        if all(ids):
            self._ids.append(hashed)
        self.pages.append(page)
        self.counts.append(len(ids))
        self.received += len(ids)
        self.progress.advance(len(ids))
        return True

    def finish(self, log: IssueLog) -> None:
        """Compare promised, received and distinct; a warning where nothing was promised."""
        self.progress.done()
        distinct = self._distinct()
        if distinct < self.received:
            raise Refused(
                "REMOTE_REPEATED", url=self.address, received=self.received, distinct=distinct,
                expected=self._expected(),
            )  # fmt: skip
        if self.matched is None:
            if self.received:
                log.add("REMOTE_COUNT_UNKNOWN", file=self.address, received=self.received)
        elif self.received < self.matched:
            self.fall_short()
        elif self.received > self.matched:
            log.add(
                "REMOTE_COUNT_LOW", file=self.address, expected=self.matched,
                received=self.received,
            )  # fmt: skip

    def knows(self, ids: list[str]) -> bool:
        """Whether one of these features came already."""
        import pandas as pd

        hashed = pd.util.hash_array(np.array([one for one in ids if one], dtype=object))
        return any(bool(np.isin(hashed, part).any()) for part in self._ids)

    def fall_short(self, expected: str = "") -> NoReturn:
        """Refuse: fewer came than there are."""
        raise Refused(
            "REMOTE_INCOMPLETE", url=self.address, expected=expected or self._expected(),
            received=self.received,
        )  # fmt: skip

    def _begin(self) -> None:
        if not self._started:
            self._started = True
            self.progress.stage("download features", self.matched)

    def _expected(self) -> str:
        return "?" if self.matched is None else str(self.matched)

    def _distinct(self) -> int:
        """Different ids; where features have none, as many as came."""
        known = sum(len(part) for part in self._ids)
        unique = len(np.unique(np.concatenate(self._ids))) if self._ids else 0
        return self.received - known + unique


def _hashes(ids: list[str], page: Path) -> Any:
    """64-bit hashes of the ids; of a page without them, one of its bytes."""
    import pandas as pd

    if all(ids):
        return pd.util.hash_array(np.array(ids, dtype=object))
    digest = hashlib.sha256(page.read_bytes()).digest()
    return np.frombuffer(digest, np.uint64)
