"""The attribute tables of a GIS file as sheets, for tables of values that come as layers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cim_bridge.issues import IssueLog
from cim_bridge.vectors.opened import Opened, opened
from cim_bridge.workbook import Grid

LAYER_FILES = frozenset({".gpkg", ".fgb", ".geojson"})
"""Endings of files whose layers are read as tables."""


def read_layers(path: Path, layer: str, log: IssueLog) -> list[Grid]:
    """Every layer as one sheet, or the one that is named; the names of its fields are row 1."""
    with opened(path, log, layer=layer) as first:
        if first is None:
            return []
        names = (layer,) if layer else first.layers
        grids = [_grid(first, names[0])]
    for name in names[1:]:
        with opened(path, log, layer=name) as found:
            if found is not None:
                grids.append(_grid(found, name))
    return [grid for grid in grids if len(grid.frame) > 1]


def _grid(found: Opened, name: str) -> Grid:
    frame, _ = found.part(0)
    words = pd.DataFrame(
        {place: _words(frame[title]) for place, title in enumerate(frame.columns)}, dtype="str"
    )
    head = pd.DataFrame([list(map(str, frame.columns))], columns=words.columns, dtype="str")
    whole = pd.concat([head, words], ignore_index=True)
    whole.columns = pd.RangeIndex(whole.shape[1])
    return Grid(name, whole, np.arange(1, len(whole) + 1, dtype=np.int64), ())


def _words(column: pd.Series[Any]) -> npt.NDArray[Any]:
    """What a person sees: whole numbers without .0, days as ISO, nothing for nothing."""
    values = column.to_numpy()
    nothing = pd.isna(column).to_numpy()
    if values.dtype.kind == "f":
        whole = np.isfinite(values) & (values == np.round(values)) & (np.abs(values) < 1e15)
        words = values.astype(str).astype(object)
        words[whole] = values[whole].astype(np.int64).astype(str)
    elif values.dtype.kind == "M":
        days = values == values.astype("datetime64[D]")
        words = values.astype("datetime64[s]").astype(str).astype(object)
        words[days] = values[days].astype("datetime64[D]").astype(str)
    else:
        words = column.astype(str).to_numpy(dtype=object)
    words[nothing] = ""
    return words
