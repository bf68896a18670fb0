"""What a database held, as one hash: the same for the same content, whatever was read at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson

from cim_bridge.citygml.batch import Batch
from cim_bridge.citygml.rings import Rings


class Digest:
    """A hash of what was read, the same however it was paged."""

    def __init__(self) -> None:
        self._hashes = [hashlib.sha256() for _ in range(6)]

    def add(self, batch: Batch, rings: Rings) -> None:
        """Take one page: objects, what faces are, marks, placements, and where the faces are."""
        own = [id_ if above < 0 else "" for id_, above in zip(batch.ids, batch.parent, strict=True)]
        told: list[Iterable[Any]] = [
            zip(own, batch.types, batch.attributes, strict=True),
            ((lod, surface, count) for _, lod, surface, _, count in batch.runs),
            ((text, is_line) for _, text, is_line in batch.marks),
            zip(batch.matrices, batch.anchors, strict=True),
        ]
        for one, rows in zip(self._hashes, told, strict=False):
            for row in rows:
                one.update(orjson.dumps(row) + b"\n")
        self._hashes[4].update(np.ascontiguousarray(rings.points).tobytes())
        self._hashes[5].update(np.diff(rings.ring).tobytes())

    def text(self) -> str:
        """The hash as hexadecimal text."""
        return hashlib.sha256(b"".join(one.digest() for one in self._hashes)).hexdigest()
