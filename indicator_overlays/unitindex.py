"""Which unit an id in somebody's table means: by public id, source id, external id, or label."""

from __future__ import annotations

import difflib
import unicodedata
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import orjson
import pandas as pd

from cim_bridge.folder import CityFolder
from cim_bridge.release import open_model

BY_ID, BY_EXTERNAL, BY_LABEL, UNKNOWN, AMBIGUOUS = 0, 1, 2, 3, 4
"""How an id was matched."""

_COLUMNS = ("id", "level", "source_id", "label_zh", "label_en", "external_ids", "removed")


@dataclass(frozen=True)
class Matches:
    """For every wanted id the position of its unit (-1 none) and how it was found."""

    position: npt.NDArray[np.int64]
    how: npt.NDArray[np.uint8]


class UnitIndex:
    """The ids of the newest model, ready for joins."""

    def __init__(self, units: pd.DataFrame) -> None:
        self.units = units.reset_index(drop=True)
        self._public = pd.Index(self.units["id"].astype("str"))

    @classmethod
    def of(cls, folder: CityFolder) -> UnitIndex:
        """Index the newest model; NotFound before the first `bridge`."""
        frame: pd.DataFrame = open_model(folder).columns(*_COLUMNS).to_pandas()
        return cls(frame[~frame["removed"].astype("bool")])

    def ids(self, position: npt.NDArray[np.int64]) -> pd.Series[str]:
        """Public ids at positions."""
        return pd.Series(self._public.take(position), dtype="str")

    def positions(self, public: npt.NDArray[np.object_]) -> npt.NDArray[np.int64]:
        """Positions of public ids, -1 for one that is not there."""
        found: npt.NDArray[np.int64] = self._public.get_indexer(pd.Index(public, dtype="str"))
        return found.astype(np.int64)

    def levels(self, position: npt.NDArray[np.int64]) -> pd.Series[str]:
        """Level codes at positions."""
        return self.units["level"].astype("str").iloc[position].reset_index(drop=True)

    def resolve(self, ids: pd.Series[str], level: pd.Series[str] | str) -> Matches:
        """Match ids (text) at a level (one code, one a row, or "" for any)."""
        levels = pd.Series(level, index=ids.index, dtype="str") if isinstance(level, str) else level
        level_codes, level_words = pd.factorize(levels)
        id_codes, id_words = pd.factorize(ids)
        pairs, codes = np.unique(
            level_codes.astype(np.int64) * max(len(id_words), 1) + id_codes, return_inverse=True
        )
        at_level, at_id = np.divmod(pairs, max(len(id_words), 1))
        wanted_level = pd.Series(level_words, dtype="str").take(at_level).reset_index(drop=True)
        wanted = pd.Series(id_words, dtype="str").take(at_id).reset_index(drop=True)
        position = self._public.get_indexer(pd.Index(wanted_level + ":" + wanted))
        if (position < 0).any():
            public = self._public.get_indexer(pd.Index(wanted))
            position = np.where(position < 0, public, position)
        how = np.where(position < 0, UNKNOWN, BY_ID).astype(np.uint8)
        for mark in (BY_ID, BY_EXTERNAL, BY_LABEL):
            if (position < 0).any():
                self._try(self._table_of(mark), mark, wanted_level, wanted, position, how)
        return Matches(position[codes].astype(np.int64), how[codes])

    def nearest(self, wanted: str, level: str) -> str:
        """Suggest an existing id: the same after NFKC, case and zero padding, or a close one."""
        known = self.units["source_id"]
        if level:
            known = known[self.units["level"] == level]
        plain = _plain(wanted)
        same = known[known.map(_plain) == plain]
        if len(same):
            return str(same.iloc[0])
        close = difflib.get_close_matches(wanted, known.astype("str").head(20_000).tolist(), n=1)
        return close[0] if close else ""

    def _table_of(self, mark: int) -> pd.DataFrame:
        return {BY_ID: lambda: self._sources, BY_EXTERNAL: lambda: self._external}.get(
            mark, lambda: self._labels
        )()

    def _try(
        self,
        table: pd.DataFrame,
        mark: int,
        level: pd.Series[str],
        wanted: pd.Series[str],
        position: npt.NDArray[np.int64],
        how: npt.NDArray[np.uint8],
    ) -> None:
        """Fill what is still unmatched from one table of (key → position, unique)."""
        left = np.flatnonzero(position < 0)
        if not len(table):
            return
        words = wanted.iloc[left] if mark == BY_ID else wanted.iloc[left].map(_fold)
        at = table.index.get_indexer(pd.Index(level.iloc[left] + "\x1f" + words))
        rows = table.iloc[np.maximum(at, 0)]
        alone = (at >= 0) & rows["alone"].to_numpy(bool)
        position[left] = np.where(alone, rows["position"].to_numpy(np.int64), -1)
        how[left] = np.where(alone, mark, np.where(at >= 0, AMBIGUOUS, how[left]))

    @cached_property
    def _sources(self) -> pd.DataFrame:
        return self._table(self.units["source_id"].astype("str"))

    @cached_property
    def _external(self) -> pd.DataFrame:
        texts = self.units["external_ids"].fillna("{}").to_numpy(object)
        some = [
            (row, value)
            for row in np.flatnonzero([len(str(raw)) > 2 for raw in texts])
            for value in _values(texts[row])
        ]
        rows = np.array([item[0] for item in some], np.int64)
        return self._table(pd.Series([_fold(item[1]) for item in some], dtype="str"), rows)

    @cached_property
    def _labels(self) -> pd.DataFrame:
        frame = self.units
        both = pd.concat([frame["label_zh"].astype("str"), frame["label_en"].astype("str")])
        plain = both.fillna("").map(_fold)
        kept = plain[plain != ""].reset_index().drop_duplicates()
        return self._table(
            pd.Series(kept.iloc[:, 1], dtype="str"), kept["index"].to_numpy(np.int64)
        )

    def _table(
        self, keys: pd.Series[str], rows: npt.NDArray[np.int64] | None = None
    ) -> pd.DataFrame:
        """(level ␟ word, and ␟ word for any level) → first position, whether it is alone."""
        at = np.arange(len(keys)) if rows is None else rows
        level = self.units["level"].astype("str").to_numpy(object)[at]
        plain = keys.to_numpy(object)
        both = pd.DataFrame(
            {
                "key": np.concatenate([level + "\x1f" + plain, "\x1f" + plain]) if len(at) else [],
                "position": np.concatenate([at, at]),
            }
        )
        grouped = both.groupby("key", sort=False)["position"]
        return pd.DataFrame({"position": grouped.first(), "alone": grouped.nunique() == 1})


def _fold(word: object) -> str:
    return unicodedata.normalize("NFKC", str(word)).strip().casefold()


def _plain(word: object) -> str:
    text = _fold(word)
    return text.lstrip("0") or text


def _values(raw: object) -> list[str]:
    loaded = orjson.loads(str(raw))
    return [str(value) for value in loaded.values()] if isinstance(loaded, dict) else []
