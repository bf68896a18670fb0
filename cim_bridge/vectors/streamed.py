"""Buildings of a vector file part by part, where no row needs to know the others.

What needs all rows at once is read in one piece: other levels than buildings (they are few), rows
that are parts of a building, texts of doubtful encoding, ids that are not simply unique.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cim_bridge.attributes import as_texts, matching
from cim_bridge.encoding import mend_texts
from cim_bridge.issues import IssueLog
from cim_bridge.keys import candidates
from cim_bridge.reader import Reading, Wish
from cim_bridge.rowunits import has_parts, reading_of
from cim_bridge.vectors.opened import Opened

if TYPE_CHECKING:
    import pandas as pd

ROWS = 4000
"""Rows of a part."""


def readings_of(found: Opened, wish: Wish, log: IssueLog, file: str) -> Iterator[Reading]:
    """Readings of all parts; one for all where they cannot be told apart."""
    key = _key(found, wish, file) if found.count > 1 else None
    if key is None:
        frame, shapes = _joined(found)
        mend_texts(frame, log, file=file, undeclared=found.undeclared)
        reading = reading_of(frame, shapes, found.crs, wish, log, file)
        if reading is not None:
            yield reading
        return
    for number, (frame, shapes) in enumerate(found.parts()):
        told = IssueLog()
        reading = reading_of(frame, shapes, found.crs, replace(wish, key=key), told, file)
        if number == 0:  # what is told of columns holds for every part
            log.extend(told)
            _tell_key(frame, key, wish, log, file)
        if reading is not None:
            yield reading


def _tell_key(frame: pd.DataFrame, key: str, wish: Wish, log: IssueLog, file: str) -> None:
    if wish.key is None:
        example = ", ".join(as_texts(frame[key])[:3].tolist())
        log.add("KEY_CHOSEN", file=file, cell=key, column=key, example=example)


def _joined(found: Opened) -> tuple[pd.DataFrame, npt.NDArray[Any]]:
    import pandas as pd

    if found.count == 1:
        return found.part(0)
    frames, shapes = zip(*found.parts(), strict=True)
    return pd.concat(frames, ignore_index=True), np.concatenate(shapes)


def _key(found: Opened, wish: Wish, file: str) -> str | None:
    """The id column, when every part is a plain run of buildings and all ids differ."""
    if wish.layer is not None or wish.where is not None:
        return None
    if wish.level not in (None, "building"):
        return None
    names = found.part(0)[0].columns
    if wish.level is None and not (matching("height", names) or matching("storeys", names)):
        return None
    if not all(_plain(frame, found, file) for frame, _ in found.parts()):
        return None
    if wish.key is not None:
        return wish.key if wish.key in names and _unique(found, wish.key) else None
    return _chosen(found)


def _plain(frame: pd.DataFrame, found: Opened, file: str) -> bool:
    told = IssueLog()
    mend_texts(frame, told, file=file, undeclared=found.undeclared)
    return not len(told) and not has_parts(frame)


def _chosen(found: Opened) -> str | None:
    """The first id-like column that is complete and unique, as one look at all rows finds it."""
    for name, trusted in candidates(found.part(0)[0], "building"):
        if not all(_candidate(frame, name) for frame, _ in found.parts()):
            continue
        if _unique(found, name):
            return name
        if trusted:
            return None
    return None


def _candidate(frame: pd.DataFrame, name: str) -> bool:
    return any(name == other for other, _ in candidates(frame, "building"))


def _unique(found: Opened, name: str) -> bool:
    """Whether all texts of a column are there and differ (by their 64-bit hashes)."""
    hashes: list[npt.NDArray[np.int64]] = []
    for frame, _ in found.parts():
        words = as_texts(frame[name])
        if (words == "").any():
            return False
        hashes.append(np.fromiter(map(hash, words.tolist()), np.int64, len(words)))
    every = np.concatenate(hashes)
    every.sort()
    return not (every[1:] == every[:-1]).any()
