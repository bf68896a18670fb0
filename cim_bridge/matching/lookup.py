"""Names with the targets they mean: looked up by hash, narrowed by the place they must lie in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from cim_bridge.matching.texts import I64, Texts, filled, pa, places


@dataclass(frozen=True)
class Lookup:
    """Distinct names; the targets of name k are targets[first[k]:first[k + 1]], ascending."""

    names: Texts
    first: I64
    targets: I64

    @classmethod
    def of(cls, names: Texts, targets: npt.NDArray[np.int64]) -> Lookup:
        """Build from (N,) names, with repeats and empty ones, and the target of each."""
        coded = names.dictionary_encode()
        code = np.asarray(coded.indices).astype(np.int64)
        keep = filled(names)
        code, targets = code[keep], targets[keep]
        order = np.lexsort((targets, code))
        code, targets = code[order], targets[order]
        fresh = np.ones(len(code), bool)
        fresh[1:] = (code[1:] != code[:-1]) | (targets[1:] != targets[:-1])
        code, targets = code[fresh], targets[fresh]
        first = np.searchsorted(code, np.arange(len(coded.dictionary) + 1))
        return cls(coded.dictionary, first.astype(np.int64), targets)

    def __len__(self) -> int:
        return len(self.names)

    def codes(self, wanted: Texts) -> I64:
        """Number of the name that each text is, -1 none."""
        found = places(self.names, wanted)
        return np.where(filled(wanted), found, -1)

    def spans(self, codes: I64) -> tuple[I64, I64]:
        """(start, stop) in `targets` of each name number; an empty span for -1."""
        if not len(self.names):
            return np.zeros(len(codes), np.int64), np.zeros(len(codes), np.int64)
        safe = np.maximum(codes, 0)
        start = self.first[safe]
        return start, np.where(codes >= 0, self.first[safe + 1], start)

    def find(self, wanted: Texts) -> tuple[I64, I64]:
        """(first target or -1, number of targets) of each text."""
        start, stop = self.spans(self.codes(wanted))
        if not len(self.targets):
            return np.full(len(start), -1, np.int64), stop - start
        at = np.minimum(start, len(self.targets) - 1)
        return np.where(stop > start, self.targets[at], -1), stop - start

    def all_of(self, wanted: str) -> list[int]:
        """Every target of one name."""

        start, stop = self.spans(self.codes(pa.array([wanted], pa.large_string())))
        return [int(target) for target in self.targets[start[0] : stop[0]]]

    def inside(self, holder: I64, codes: I64, wanted: I64) -> tuple[I64, I64, I64]:
        """Targets of a name that lie in a given place.

        holder: (targets,) number of the place each target lies in, -1 none; codes, wanted: (N,)
        number of a name and of a place. Returns (targets, start, stop): spans in a list of targets.
        """
        size = int(max(holder.max(initial=-1), wanted.max(initial=-1))) + 2
        names = np.repeat(np.arange(len(self.names)), np.diff(self.first))
        key = names * size + holder[self.targets] + 1
        order = np.argsort(key, kind="stable")
        key = key[order]
        ask = codes * size + wanted + 1
        known = (codes >= 0) & (wanted >= 0)
        start = np.where(known, np.searchsorted(key, ask, "left"), 0)
        stop = np.where(known, np.searchsorted(key, ask, "right"), 0)
        return self.targets[order], start, stop
