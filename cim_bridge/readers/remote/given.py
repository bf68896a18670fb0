"""What a person named as a source: files as they are, or one address, which is fetched first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cim_bridge.errors import WrongUse
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.progress import SILENT, Progress
from cim_bridge.reader import Wish
from cim_bridge.readers.remote.citydb import is_database


@dataclass(frozen=True)
class Given:
    """Local files to read. Of a platform's layer also a name, its credit and where it came from."""

    paths: tuple[Path, ...]
    name: str | None = None
    origin: dict[str, Any] | None = None
    attribution: str = ""
    issues: IssueLog = field(default_factory=IssueLog)

    @property
    def names(self) -> list[str]:
        """How the source is called in records: file names, or the address."""
        if self.origin is not None:
            return [str(self.origin["address"])]
        return [path.name for path in self.paths]


@contextmanager
def given(
    folder: CityFolder,
    sources: Sequence[Path | str],
    *,
    allow: tuple[str, ...] = (),
    crs: str | None = None,
    whole: bool = False,
    wish: Wish | None = None,
    progress: Progress = SILENT,
) -> Iterator[Given]:
    """Local files for sources; those of an address last as long as the block.

    An address (a text with `://`) stands alone: WrongUse with several. wish: level, LoD and filter
    of a database, which are heeded while it is read. The rest as in `fetched`.
    """
    addresses = [source for source in sources if isinstance(source, str)]
    if not addresses:
        yield Given(tuple(source for source in sources if isinstance(source, Path)))
        return
    if len(sources) > 1:
        raise WrongUse("地址须单独给出 / an address is a source of its own: name it alone")
    if is_database(addresses[0]):
        from cim_bridge.readers.remote.citydb.fetching import fetched_database

        opened = fetched_database(
            folder, addresses[0], allow=allow, wish=wish or Wish(crs=crs), progress=progress
        )
    else:
        from cim_bridge.readers.remote.fetch import fetched

        opened = fetched(folder, addresses[0], allow=allow, crs=crs, whole=whole, progress=progress)
    with opened as found:
        yield Given(found.paths, found.name, found.origin, found.attribution, found.issues)
