"""Contents that a run before had finished when it was killed, taken over one by one.

A run makes its contents in an order that its inputs alone decide, so a content is known by its
number and the features in it. One with images is made again: what it wears counts above it.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from cim_bridge.tiles.part import Part
from cim_bridge.tiles.store import ContentStore, link_with_copies
from cim_bridge.tiles.strings import I64


class Finished:
    """The contents in a folder, and a list of them with a line for each; None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.taken = 0
        self._folder, self._count = folder, 0
        self._known: dict[str, dict[str, Any]] = {}
        self._features: set[str] = set()
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        self._list = folder / "contents.jsonl"
        whole = self._list.read_bytes() if self._list.is_file() else b""
        for line in whole[: whole.rfind(b"\n") + 1].splitlines():
            told = orjson.loads(line)
            self._known[told["key"]] = told
        self._features = {key.partition(" ")[2] for key in self._known}
        self._list.write_bytes(whole[: whole.rfind(b"\n") + 1])

    def key(self, chosen: I64) -> str:
        """What the next content is known by."""
        self._count += 1
        if self._folder is None:
            return ""
        return f"{self._count} {_named(chosen)}"

    def holds(self, chosen: I64) -> bool:
        """Whether a content of these features is likely to be taken over."""
        return bool(self._features) and _named(chosen) in self._features

    def take(self, key: str, chosen: I64, store: ContentStore) -> tuple[Part, str, int] | None:
        """Link a content into the store; its bounds as a part without triangles, name and bytes."""
        told = self._known.get(key)
        if told is None or self._folder is None or not store.take(self._folder / told["name"]):
            return None
        self.taken += 1
        frame, low, high = (np.array(told[name], np.float64) for name in ("frame", "low", "high"))
        return Part.bounds_only(chosen, frame, low, high), told["name"], told["bytes"]

    def note(self, key: str, part: Part, name: str, size: int, store: ContentStore) -> None:
        """Keep a content that was just stored."""
        if self._folder is None or part.atlas is not None:
            return
        link_with_copies(store.folder / name, self._folder / name)
        told = {
            "key": key, "name": name, "bytes": size, "frame": part.frame, "low": part.low,
            "high": part.high,
        }  # fmt: skip
        with self._list.open("ab") as file:
            file.write(orjson.dumps(told, option=orjson.OPT_SERIALIZE_NUMPY) + b"\n")


def _named(chosen: I64) -> str:
    return hashlib.sha256(np.ascontiguousarray(chosen, np.int64).data).hexdigest()[:32]
