"""Which column of a source identifies its units; ids are kept exactly as written."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import orjson

from cim_bridge.attributes import as_texts, spellings
from cim_bridge.issues import IssueLog

if TYPE_CHECKING:
    import pandas as pd

SHOWN = 20
"""How many examples an Issue lists."""

_IN_MEMORY = 1 << 20
"""Bytes of ids that are kept in memory before they go to disk."""


def ids_of(
    frame: pd.DataFrame,
    level: str,
    *,
    key: str | None,
    optional: npt.NDArray[np.bool_] | None = None,
    soft: bool = False,
    log: IssueLog,
    file: str,
) -> npt.NDArray[Any]:
    """Return the id texts of the rows; `optional` marks rows that need none (parts).

    Without --key the first unique, complete, id-like column serves and an Issue says which.
    `soft`: rows of a context layer (roads, water) that lack an id of their own are numbered.
    """
    needed = ~optional if optional is not None else np.ones(len(frame), bool)
    if key is not None:
        return _given(frame, key, needed, log, file)
    for name, trusted in candidates(frame, level):
        texts = as_texts(frame[name])
        wanted = texts[needed]
        complete = bool((wanted != "").all())
        if complete and len(np.unique(wanted.astype(str))) == len(wanted):
            log.add("KEY_CHOSEN", file=file, cell=name, column=name, example=_example(wanted))
            return texts
        if trusted and soft:
            return numbered(texts, log, file=file, column=name)
        if trusted:
            check_ids(wanted, log, file=file, column=name)
            return texts
    if soft:
        return numbered(np.full(len(frame), "", dtype=object), log, file=file, column="—")
    if len(frame) == 1 and not len(frame.columns):  # a bare geometry: its file is all it has
        name = file.split(".")[0]
        log.add("ID_FROM_FILE", file=file, id=name)
        return np.full(1, name, dtype=object)
    log.add("ID_MISSING", file=file, columns=", ".join(map(str, frame.columns)) or "—")
    return np.full(len(frame), "", dtype=object)


def _given(
    frame: pd.DataFrame, key: str, needed: npt.NDArray[np.bool_], log: IssueLog, file: str
) -> npt.NDArray[Any]:
    if key not in frame.columns:
        log.add("KEY_UNKNOWN", file=file, column=key, columns=", ".join(map(str, frame.columns)))
        return np.full(len(frame), "", dtype=object)
    texts = as_texts(frame[key])
    check_ids(texts[needed], log, file=file, column=key)
    return texts


def candidates(frame: pd.DataFrame, level: str) -> Iterator[tuple[str, bool]]:
    """Id-like columns, best first; True when its name leaves no doubt that it is the id."""
    lower = {str(name).strip().lower(): name for name in frame.columns}
    keys = spellings()["keys"]
    certain = {"source_id", "unit_id", "id", f"{level}_id"}
    listed = [name.format(level=level) for name in keys["names"]]
    endings = tuple(keys["endings"])
    never = set(keys["never"])
    other = [name for name in lower if name.endswith(endings) and name not in listed]
    codes = [name for name in lower if name not in listed and name not in other]
    for name in [*listed, *other, *codes]:
        if name not in lower or name in never:
            continue
        column = frame[lower[name]]
        if name in codes and not _code_like(column):
            continue
        if _is_measure(column):
            continue
        yield lower[name], name in certain


def _is_measure(column: pd.Series[Any]) -> bool:
    if column.dtype.kind != "f":
        return column.dtype.kind in "Mmb"
    values = column.to_numpy(np.float64)
    values = values[np.isfinite(values)]
    return bool((values != np.round(values)).any())


def _code_like(column: pd.Series[Any]) -> bool:
    """Texts like BK0101: no spaces, with digits, short."""
    if column.dtype.kind in "fiu":
        return False
    texts = [text for text in as_texts(column).tolist() if text]
    return bool(texts) and all(
        len(text) <= 40 and " " not in text and any(c.isdigit() for c in text) for text in texts
    )


def numbered(texts: npt.NDArray[Any], log: IssueLog, *, file: str, column: str) -> npt.NDArray[Any]:
    """Make ids unique: the first keeps its id, later ones get `#2`, rows without `#row`."""
    import pandas as pd

    again = pd.Series(texts).groupby(texts).cumcount().to_numpy()
    rows = np.arange(1, len(texts) + 1)
    suffix = np.where(texts == "", rows, again + 1).astype(str).astype(object)
    changed = (again > 0) | (texts == "")
    log.add("ID_NUMBERED", file=file, cell=column, column=column, count=int(changed.sum()))
    found: npt.NDArray[Any] = np.where(changed, texts + "#" + suffix, texts)
    return found


def _example(texts: npt.NDArray[Any]) -> str:
    return ", ".join(texts[:3].tolist())


def check_ids(ids: npt.NDArray[Any], log: IssueLog, *, file: str, column: str) -> None:
    """Add Issues for missing and for duplicate ids; the first twenty are listed."""
    missing = int((ids == "").sum())
    if missing:
        row = int(np.flatnonzero(ids == "")[0]) + 1
        log.add("ID_EMPTY", file=file, cell=column, row=row, column=column, count=missing)
    unique, number = np.unique(ids[ids != ""].astype(str), return_counts=True)
    twice = unique[number > 1]
    if len(twice):
        listed = ", ".join(twice[:SHOWN].tolist()) + (" …" if len(twice) > SHOWN else "")
        log.add("ID_DUPLICATE", file=file, cell=column, id=twice[0], count=len(twice), ids=listed)


class IdCheck:
    """The same for ids that come in chunks: eight bytes of memory an id, the texts on disk."""

    def __init__(self) -> None:
        self._hashes: list[npt.NDArray[np.int64]] = []
        self._texts = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed with us
        weakref.finalize(self, self._texts.close)
        self._missing = False

    def add(self, ids: Sequence[str]) -> None:
        """Note some more ids, in the order of the source."""
        if len(ids):
            self._hashes.append(np.fromiter(map(hash, ids), np.int64, len(ids)))
            self._missing = self._missing or "" in ids
            self._texts.write(orjson.dumps(list(ids)) + b"\n")

    def __len__(self) -> int:
        return sum(map(len, self._hashes))

    def close(self, log: IssueLog, *, file: str, column: str) -> None:
        """Report what `check_ids` would; the texts are looked at only when something is wrong."""
        hashes = np.concatenate([np.zeros(0, np.int64), *self._hashes])
        self._hashes = []
        hashes.sort()
        if self._missing or (hashes[1:] == hashes[:-1]).any():
            self._texts.seek(0)
            every = [word for line in self._texts for word in orjson.loads(line)]
            check_ids(np.array(every, dtype=object), log, file=file, column=column)
        self._texts.close()
