"""Rows of a table as what they say about their place."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from cim_bridge.matching.texts import Texts, as_words, no_words

F64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Keys:
    """N rows. Texts are Arrow strings, "" for none; x, y: metres in the model CRS, NaN for none.

    parents: names or ids of units the row lies in, in any order. shapes: geometries in the model
    CRS, or None.
    """

    id: Texts
    label: Texts
    address: Texts
    parents: tuple[Texts, ...] = ()
    x: F64 = field(default_factory=lambda: np.zeros(0))
    y: F64 = field(default_factory=lambda: np.zeros(0))
    shapes: npt.NDArray[Any] | None = None

    @classmethod
    def of(
        cls, id: Any = None, *, label: Any = None, address: Any = None,
        parents: tuple[Any, ...] = (), x: Any = None, y: Any = None, shapes: Any = None,
    ) -> Keys:  # fmt: skip
        """From columns (numpy, pandas, Arrow or lists), all of one length.

        Without a label column the ids are tried as labels, without an address the labels.
        """
        given = [part for part in (id, label, address, x, shapes) if part is not None]
        count = len(given[0]) if given else 0
        ids = no_words(count) if id is None else as_words(id)
        labels = ids if label is None else as_words(label)
        nowhere = np.full(count, np.nan)
        return cls(
            ids,
            labels,
            labels if address is None else as_words(address),
            tuple(as_words(part) for part in parents),
            nowhere if x is None else np.asarray(x, np.float64),
            nowhere if y is None else np.asarray(y, np.float64),
            None if shapes is None else np.asarray(shapes, object),
        )

    def __len__(self) -> int:
        return len(self.id)
