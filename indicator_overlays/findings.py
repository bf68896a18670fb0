"""Many equal findings told briefly: the first places one by one, the rest as one line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim_bridge.issues import IssueLog

SHOWN = 20
"""Places of one finding that are told one by one."""


@dataclass(frozen=True)
class Finder:
    """Reports faults of rows of one sheet (or of several put together).

    `places` has the columns file, sheet, row (1-based) and, for cells, letter.
    """

    log: IssueLog
    places: pd.DataFrame
    ids: pd.Series[str]

    def report(
        self,
        code: str,
        bad: npt.NDArray[np.bool_],
        letter: str = "",
        **params: object,
    ) -> npt.NDArray[np.bool_]:
        """Add Issues of `code` where `bad`; params may be a Series (one text a row). Returns `bad`.

        `letter` is the column's letter; without it the row's own (`places.letter`).
        """
        found = np.flatnonzero(bad)
        for position in found[:SHOWN]:
            place = self.places.iloc[position]
            column = letter or str(place.get("letter", ""))
            self.log.add(
                code,
                file=place["file"],
                layer=place["sheet"],
                row=int(place["row"]),
                cell=f"{column}{place['row']}" if column else "",
                id=str(self.ids.iloc[position]),
                **_params(params, int(position)),
            )
        if len(found) > SHOWN:
            last = int(found[SHOWN])
            place = self.places.iloc[last]
            self.log.add(
                code,
                file=place["file"],
                layer=place["sheet"],
                id="",
                count=len(found) - SHOWN,
                **_params(params, last),
            )
        return bad


def _params(params: dict[str, object], position: int) -> dict[str, Any]:
    return {
        name: value.iloc[position] if isinstance(value, pd.Series) else value
        for name, value in params.items()
    }
