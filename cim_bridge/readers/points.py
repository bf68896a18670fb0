"""Point clouds, LAS, LAZ, PLY and XYZ: a tileset of their own, and no units."""

from __future__ import annotations

from pathlib import Path

from cim_bridge.issues import IssueLog
from cim_bridge.points.scan import kind_of
from cim_bridge.reader import HEAD_BYTES, Reading, Wish


class PointCloud:
    """Looks at one cloud in a child process (see cim_bridge.points); tiles are cut at the end."""

    name = "points"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether it is LAS, a PLY without faces, or is named as one of the formats."""
        return kind_of(path, head) != ""

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read count, bounds and CRS; None when an error was found."""
        from cim_bridge.points.cloud import reading_of
        from cim_bridge.points.scan import scan

        if wish.level is not None or wish.layer not in (None, "points"):
            log.add("POINTS_NO_UNITS", file=path, level=wish.level or wish.layer)
            return None
        with path.open("rb") as handle:
            kind = kind_of(path, handle.read(HEAD_BYTES))
        cloud = scan(path, kind, log)
        return reading_of(cloud) if cloud is not None else None


READER = PointCloud()
"""The reader, as the seam names it."""
