"""Columns of text or days as small integers, so that joining keys costs no text comparison."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa


def key_codes(table: pa.Table, name: str) -> npt.NDArray[np.int32]:
    """Equal values get equal numbers; days count from 1970-01-01, a missing one is -1."""
    column: Any = table.column(name)
    if table.schema.field(name).type == pa.string():
        encoded = column.combine_chunks().dictionary_encode().indices
        return np.asarray(encoded.fill_null(-1).to_numpy(zero_copy_only=False), np.int32)
    return np.asarray(column.cast(pa.int32()).fill_null(-1).to_numpy(), np.int32)


def key_frame(table: pa.Table, names: tuple[str, ...]) -> pd.DataFrame:
    """Several key columns side by side, as codes."""
    return pd.DataFrame({name: key_codes(table, name) for name in names})
