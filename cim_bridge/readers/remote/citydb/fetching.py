"""A database as a source of `bridge`: read into chunks on disk that the next step takes up."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cim_bridge.errors import InputRefused
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.progress import SILENT, Progress
from cim_bridge.reader import Wish
from cim_bridge.readers.remote.citydb.access import allowed
from cim_bridge.readers.remote.citydb.address import address_of
from cim_bridge.readers.remote.citydb.reading import read_citydb
from cim_bridge.readers.remote.citydb.snapshot import Stopped
from cim_bridge.readers.remote.fetch import Fetched
from cim_bridge.readers.remote.settings import RemoteSettings
from cim_bridge.spool import Spool
from cim_bridge.spoolfile import laid


@contextmanager
def fetched_database(
    folder: CityFolder,
    source: str,
    *,
    allow: tuple[str, ...] = (),
    wish: Wish | None = None,
    progress: Progress = SILENT,
) -> Iterator[Fetched]:
    """Read a 3DCityDB; what came lies in the city folder until the block ends.

    allow: hosts beside those of city.toml. wish: level, LoD and filter, which are heeded here.
    Raises InputRefused with every finding: a partial read is never a model.
    """
    hosts = RemoteSettings.of(folder.config, allow).hosts
    log = IssueLog()
    address = address_of(source, log)
    log.raise_if_errors()
    assert address is not None  # noqa: S101 - an address that is none has left an error
    with tempfile.TemporaryDirectory(prefix=".remote-", dir=folder.path) as home:
        spool = Spool(Path(home) / "chunks")
        try:
            place = allowed(address, hosts, log)
            told = read_citydb(address, place, wish or Wish(), spool.put, log, progress)
        except Stopped as exc:
            raise InputRefused(log) from exc
        if told is None:
            raise InputRefused(log)
        name = re.sub(r"[^\w-]+", "_", address.name).strip("_") or "citydb"
        origin = {
            "protocol": "3DCityDB 5", "address": source, "schema": told.schema, "crs": told.srs,
            "features": told.features, "content": told.content,
        }  # fmt: skip
        path = laid(spool, Path(home) / f"{name}.chunks")
        yield Fetched((path,), name, source, origin, "", log)
