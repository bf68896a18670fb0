"""Joins on disk, beside the releases and never part of one: bounded, and gone after some days."""

from __future__ import annotations

import datetime as dt
import re
import secrets
import shutil
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from cim_bridge.folder import CityFolder
from twin_server.errors import Missing
from twin_server.workflow.desk import ActionRefused

MOST_JOINS = 200
"""Joins that are kept at once."""

MOST_BYTES = 2 * 2**30
"""Bytes that all joins may take."""

DAYS = 7
"""Days after which a join is gone."""

_NAME = re.compile(r"^[0-9a-f]{24}$")
_LOCK = threading.Lock()


@dataclass(frozen=True)
class Join:
    """One join. told: what its document says (id, timeStamp, expires, inputs, information)."""

    id: str
    told: dict[str, Any]
    output: Path


class Shelf:
    """The joins of one city, in `<city>/scratch/joins`."""

    def __init__(self, folder: CityFolder, now: dt.datetime | None = None) -> None:
        """`now`: the moment that counts, UTC; the clock's without one."""
        self._root = folder.path / "scratch" / "joins"
        self._now = now or dt.datetime.now(dt.UTC)

    def every(self) -> list[Join]:
        """Joins that still hold, the newest first; those that do not are taken away."""
        found = []
        for path in sorted(self._root.glob("*/join.json")):
            told = orjson.loads(path.read_bytes())
            if told["expires"] <= stamp(self._now):
                shutil.rmtree(path.parent, ignore_errors=True)
            else:
                found.append(Join(told["id"], told, path.parent / "output.geojson"))
        return sorted(found, key=lambda one: (one.told["timeStamp"], one.id), reverse=True)

    def find(self, name: str) -> Join:
        """A join by its id; Missing when there is none, or no longer."""
        path = self._root / name / "join.json"
        if _NAME.match(name) and path.is_file():
            told = orjson.loads(path.read_bytes())
            if told["expires"] > stamp(self._now):
                return Join(name, told, path.parent / "output.geojson")
        raise Missing("UNKNOWN_JOIN", f"there is no join {name[:60]!r}, or no longer")

    def keep(self, told: dict[str, Any], output: bytes) -> Join:
        """Keep a join; ActionRefused when there is no room left."""
        with _LOCK:
            held = self.every()
            size = sum(one.output.stat().st_size for one in held)
            if len(held) >= MOST_JOINS or size + len(output) > MOST_BYTES:
                raise ActionRefused("JOINS_FULL", "no room for another join: delete some")
            name = secrets.token_hex(12)
            until = self._now + dt.timedelta(days=DAYS)
            whole = {"id": name, "timeStamp": stamp(self._now), "expires": stamp(until), **told}
            part = self._root / f".part-{name}"
            part.mkdir(parents=True)
            (part / "output.geojson").write_bytes(output)
            (part / "join.json").write_bytes(orjson.dumps(whole))
            part.rename(self._root / name)
        return Join(name, whole, self._root / name / "output.geojson")

    def delete(self, name: str) -> None:
        """Take a join away; Missing when there is none."""
        shutil.rmtree(self.find(name).output.parent)


def stamp(moment: dt.datetime) -> str:
    """A moment as RFC 3339 has it, to the second, UTC."""
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
