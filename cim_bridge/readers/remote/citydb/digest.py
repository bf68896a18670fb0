"""What a database held, as one hash: the same for the same content, whatever was read at a time."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
import orjson

from cim_bridge.citygml.appearance import Appearance
from cim_bridge.citygml.batch import Batch
from cim_bridge.citygml.rings import Rings


class Digest:
    """A hash of what was read, the same however it was paged."""

    def __init__(self) -> None:
        self._hashes = [hashlib.sha256() for _ in range(6)]
        self._looks = hashlib.sha256()
        self._dressed = False

    def add(self, batch: Batch, rings: Rings, worn: Appearance | None = None) -> None:
        """Take one page: objects, what faces are, marks, placements, where the faces are, and what
        they wear."""
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
        if worn is not None:
            self._dressed = True
            self._add_looks(batch, worn)

    def _add_looks(self, batch: Batch, worn: Appearance) -> None:
        told = [
            (one.colour, one.wrap, one.picture.digest if one.picture else "")
            for one in worn.materials
        ]
        for face, (material, image, generator) in batch.worn.items():
            row = [told[material] if material >= 0 else None, told[image] if image >= 0 else None]
            self._looks.update(orjson.dumps(row))
            if generator >= 0:
                self._looks.update(worn.generators[generator].tobytes())
            ring = batch.ring_of.get(batch.face[face], -1)
            if ring >= 0:
                self._looks.update(worn.uv[worn.offset[ring] : worn.offset[ring + 1]].tobytes())

    def text(self) -> str:
        """The hash as hexadecimal text."""
        hashes = [*self._hashes, self._looks] if self._dressed else self._hashes
        return hashlib.sha256(b"".join(one.digest() for one in hashes)).hexdigest()
