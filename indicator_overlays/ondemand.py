"""Columns of large levels that nobody may ever ask for: made from exact values when someone does.

A results release always holds the u8 classes, which colour the map, and the exact values. The u16
ramp and the f32 numbers follow from them, so a level of more than `ROWS` rows leaves them out of
the release: its manifest names them without a hash, and the hash is found when the overlay is first
asked for. Equal values give equal bytes, whoever makes them.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np

from indicator_overlays.columns import NO_UNIT, f32_column, read_column, u16_column
from indicator_overlays.results_reader import Results
from indicator_overlays.yearly import Key

ROWS = 65_536
"""A level of more rows has its u16 and f32 columns on demand; 256 KiB of f32 are still written."""


class OnDemand:
    """The columns of one release, whether they lie in it or have to be made."""

    def __init__(self, results: Results) -> None:
        self._results = results
        self._hashes: dict[tuple[Key, str], str] = {}
        self._left: dict[tuple[str, str], list[Key]] = {}
        for entry in results.manifest["columns"]:
            if "sha256" not in entry:
                key = Key(entry["system"], entry["indicator"], entry["level"], int(entry["year"]))
                self._left.setdefault((key.indicator, entry["dtype"]), []).append(key)

    def settled(self, key: Key, entries: tuple[dict[str, Any], ...]) -> list[dict[str, Any]]:
        """The columns of an overlay, each with its sha256."""
        return [
            entry if "sha256" in entry else {**entry, "sha256": self._hash(key, entry["dtype"])}
            for entry in entries
        ]

    def find(self, tag: str, indicator: str, dtype: str) -> bytes | None:
        """The bytes of a made column by the start of its hash and its indicator; None if none is.

        An address outlives the process that gave it: whoever is asked finds it again.
        """
        for key in self._left.get((indicator, dtype), []):
            if self._hash(key, dtype).startswith(tag):
                return self.make(key, dtype)
        return None

    def _hash(self, key: Key, dtype: str) -> str:
        if (key, dtype) not in self._hashes:
            self._hashes[key, dtype] = hashlib.sha256(self.make(key, dtype)).hexdigest()
        return self._hashes[key, dtype]

    def make(self, key: Key, dtype: str) -> bytes:
        """u16 or f32 bytes of an overlay, the same that a small level has in its release."""
        results = self._results
        overlay = results.overlay(*key)
        classes = next(item for item in overlay.columns if item["dtype"] == "u8")
        codes = np.frombuffer(read_column(results.path / classes["uri"]), np.uint8)
        legend = results.legend(*key[:3])
        removed = codes == NO_UNIT
        if dtype == "f32":
            return f32_column(overlay.cells, results.breaks(*key[:3]), removed).tobytes()
        domain = (float(legend["domain"]["min"]), float(legend["domain"]["max"]))
        return u16_column(overlay.cells, domain, removed).tobytes()
