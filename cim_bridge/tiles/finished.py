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

from cim_bridge.tiles.grid import Grid
from cim_bridge.tiles.part import Part
from cim_bridge.tiles.store import ContentStore, link_with_copies
from cim_bridge.tiles.strings import I64


class Finished:
    """The contents in a folder, and a list of them with a line for each; None keeps nothing."""

    def __init__(self, folder: Path | None) -> None:
        self.taken = 0
        self._folder, self._count = folder, 0
        self._known: dict[str, dict[str, Any]] = {}
        if folder is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        self._list = folder / "contents.jsonl"
        whole = self._list.read_bytes() if self._list.is_file() else b""
        for line in whole[: whole.rfind(b"\n") + 1].splitlines():
            told = orjson.loads(line)
            self._known[told["key"]] = told
        self._list.write_bytes(whole[: whole.rfind(b"\n") + 1])

    def key(self, chosen: I64) -> str:
        """What the next content is known by."""
        self._count += 1
        if self._folder is None:
            return ""
        features = hashlib.sha256(np.ascontiguousarray(chosen, np.int64).data).hexdigest()
        return f"{self._count} {features[:32]}"

    def take(self, key: str, chosen: I64, store: ContentStore) -> tuple[Part, str, int] | None:
        """Link a content into the store; its bounds as a part without triangles, name and bytes."""
        told = self._known.get(key)
        if told is None or self._folder is None or not store.take(self._folder / told["name"]):
            return None
        self.taken += 1
        frame, low, high = (np.array(told[name], np.float64) for name in ("frame", "low", "high"))
        nothing = np.zeros((0, 3), np.int64)
        part = Part(
            nothing.astype(np.uint16), None, np.zeros(0, np.uint16), nothing, chosen,
            Grid(np.ones(3), np.zeros(3), floats=False), frame, low, high,
        )  # fmt: skip
        return part, told["name"], told["bytes"]

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
