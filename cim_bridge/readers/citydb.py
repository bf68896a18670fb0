"""What came from a 3DCityDB, as it was laid into chunks (see cim_bridge.readers.remote.citydb)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish, join_readings
from cim_bridge.spoolfile import chunks_at, is_laid


class CityDb:
    """Takes up chunks that this very process has read from a database."""

    name = "3dcitydb"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the file stands for such chunks."""
        return is_laid(head)

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Every chunk joined; what was wished has been heeded when they were made."""
        parts = list(self.stream(path, wish, log))
        return join_readings(parts) if parts else Reading(None, [])

    def stream(self, path: Path, wish: Wish, log: IssueLog) -> Iterator[Reading]:
        """The chunks one by one."""
        yield from chunks_at(path)


READER = CityDb()
"""The reader, as the seam names it."""
