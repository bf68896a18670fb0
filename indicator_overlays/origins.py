"""Where rolled-up values come from: one delivery keeps its code, several get a code together."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

BETWEEN = ","
"""What stands between the batches of a value that was rolled up from several."""


class Origins:
    """Codes of names, and of sets of names; the same set always has the same code."""

    def __init__(self, names: list[str]) -> None:
        self._sets: list[frozenset[int]] = [frozenset({code}) for code in range(len(names))]
        self._codes = {members: code for code, members in enumerate(self._sets)}
        self._names = names

    def joined(self, codes: pd.Series[int], key: pd.DataFrame) -> pd.Series[int]:
        """One code for each group of equal `key` rows, sorted by key; few groups are mixed."""
        names = list(key.columns)
        grouped = codes.groupby([key[name] for name in names], sort=True)
        lowest, highest = grouped.min(), grouped.max()
        mixed = lowest != highest
        if mixed.any():
            here = pd.MultiIndex.from_frame(key).isin(mixed.index[mixed])
            pairs = key.assign(code=codes)[here].drop_duplicates()
            several = pairs.groupby(names, sort=True)["code"].agg(self._together)
            lowest = lowest.where(~mixed, several.reindex(lowest.index).fillna(-1)).astype(np.int64)
        return lowest

    def _together(self, codes: pd.Series[int]) -> int:
        members = frozenset().union(*(self._sets[code] for code in codes.tolist() if code >= 0))
        if members not in self._codes:
            self._codes[members] = len(self._sets)
            self._sets.append(members)
        return self._codes[members]

    def words(self, codes: npt.NDArray[np.int64]) -> npt.NDArray[np.object_]:
        """The names of each code, joined."""
        used, inverse = np.unique(codes, return_inverse=True)
        texts = [
            BETWEEN.join(sorted(self._names[member] for member in self._sets[code]))
            for code in used.tolist()
        ]
        return np.array(texts, object)[inverse]
