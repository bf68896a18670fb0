"""Asks for tiles of base maps: listed hosts, no redirects, small images, few at a time."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from cim_bridge.errors import TwinError, Unavailable
from cim_bridge.folder import CityFolder
from cim_bridge.readers.remote.wire import Resolve, system_addresses
from twin_server.basemaps.address import address_of
from twin_server.basemaps.cache import TYPES, Cache, Tile
from twin_server.basemaps.settings import Basemap, Basemaps
from twin_server.errors import Missing
from twin_server.outbound import Outbound

MOST_BYTES = 1 << 20
SECONDS = 15.0
"""How long one tile may take altogether."""
AT_ONCE = 8
_MOST_WAITING = 200

_BEGIN = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff", "image/webp": b"RIFF"}


class TileRefused(TwinError):
    """A service that does not answer with a tile; `code` for machines, never an address."""

    code = "BASEMAP_UNAVAILABLE"


class Proxy:
    """The base maps of one city, in threads of their own: a slow service slows nothing else."""

    def __init__(
        self, folder: CityFolder, settings: Basemaps, resolve: Resolve = system_addresses
    ) -> None:
        self.settings = settings
        self._cache = Cache(folder.path, settings.cache_bytes, settings.cache_seconds)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="basemap")
        self._waiting = 0
        self._outbound = (
            Outbound(settings.allow, settings.allow_private, resolve, AT_ONCE)
            if settings.every
            else None
        )

    def find(self, name: str) -> Basemap:
        """A base map by its name; Missing UNKNOWN_BASEMAP."""
        found = self.settings.every.get(name)
        if found is None:
            known = ", ".join(self.settings.every) or "none"
            raise Missing("UNKNOWN_BASEMAP", f"no base map {name!r}; there are: {known}")
        return found

    async def tile(self, name: str, z: int, x: int, y: int) -> Tile:
        """One tile. Missing where the grid has none, TileRefused where the service gives none."""
        one = self.find(name)
        if not (one.least <= z <= one.most and 0 <= x < 2**z and 0 <= y < 2**z):
            raise Missing("UNKNOWN_TILE", f"{name} has no tile {z}/{x}/{y}")
        if self._waiting >= _MOST_WAITING:
            raise TileRefused(f"{name}: too many tiles wait for their service")
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, self._tile, one, z, x, y)
        finally:
            self._waiting -= 1

    def _tile(self, one: Basemap, z: int, x: int, y: int) -> Tile:
        kept = self._cache.get(one, z, x, y)
        if kept is not None:
            return kept
        assert self._outbound is not None  # noqa: S101 - there is a base map
        try:
            answer = self._outbound.fetch(
                address_of(one, z, x, y), accept="image/png,image/jpeg,image/webp",
                most=MOST_BYTES, seconds=SECONDS,
            )  # fmt: skip
        except Unavailable as exc:  # which tells no address
            raise TileRefused(f"{one.name}: {exc}") from exc
        if answer.status != 200:
            raise TileRefused(f"{one.name}: its service answers {answer.status}")
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in TYPES or not answer.body.startswith(_BEGIN[kind]):
            raise TileRefused(f"{one.name}: its service answers {kind[:60] or 'nothing'}, no image")
        made = Tile(answer.body, kind)
        self._cache.put(one, z, x, y, made)
        return made

    def close(self) -> None:
        """End the threads and every connection."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        if self._outbound is not None:
            self._outbound.close()
