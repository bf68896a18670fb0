"""Which sums may be published together, so that no difference of them tells about fewer than k.

Elements (buildings, answers) are cut into atoms, each of at least k. A sum is published only when
it is a sum of whole atoms; so whatever is added or subtracted, the finest that comes out is the sum
of one atom (complementary suppression of tabular data).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Atoms:
    """The finest groups of elements that published sums can tell apart.

    weight: how many persons or units each element (N,) stands for; 0 takes no part.
    """

    def __init__(self, weight: Floats, k: int) -> None:
        self._weight, self._k = weight, k
        self._atom = np.zeros(len(weight), np.int64)
        self._size = np.zeros(len(weight) + 1)
        self._size[0] = weight.sum()
        self._count = 1

    def admit(self, label: Ints) -> Ints:
        """Rows of the units whose sums may be published beside all admitted before.

        label: (N,) row of the unit each element is counted in, -1 none. The largest go first.
        """
        inside = np.flatnonzero((label >= 0) & (self._weight > 0))
        order = inside[np.argsort(label[inside], kind="stable")]
        if not len(order):
            return np.zeros(0, np.int64)
        rows, starts = np.unique(label[order], return_index=True)
        total = np.add.reduceat(self._weight[order], starts)
        ends = np.append(starts[1:], len(order))
        found = [
            int(rows[n])
            for n in np.lexsort((rows, -total))
            if total[n] >= self._k and self._cut(order[starts[n] : ends[n]])
        ]
        return np.array(sorted(found), np.int64)

    def admits(self, members: Ints) -> bool:
        """Whether the sum over some elements may be published beside all admitted before."""
        inside = members[self._weight[members] > 0]
        return bool(
            len(inside)
            and self._weight[inside].sum() >= self._k
            and self._cut(np.sort(inside, kind="stable"))
        )

    def _cut(self, members: Ints) -> bool:
        """Cut atoms so that `members` are whole ones; False where a piece would be too small."""
        atoms, inverse = np.unique(self._atom[members], return_inverse=True)
        taken = np.bincount(inverse, self._weight[members])
        left = self._size[atoms] - taken
        if np.any(taken < self._k) or np.any((left > 0) & (left < self._k)):
            return False
        split = np.flatnonzero(left > 0)
        named = atoms.copy()
        named[split] = self._count + np.arange(len(split))
        self._atom[members] = named[inverse]
        self._size[atoms[split]] = left[split]
        self._size[named[split]] = taken[split]
        self._count += len(split)
        return True
