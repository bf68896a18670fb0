"""glTF and GLB, OBJ, PLY and STL: bodies of buildings, placed by an anchor and a heading."""

from __future__ import annotations

from pathlib import Path

from cim_bridge.issues import IssueLog
from cim_bridge.meshes.precheck import kind_of
from cim_bridge.reader import HEAD_BYTES, Reading, Wish


class MeshFile:
    """Reads one mesh file in a child process (see cim_bridge.meshes)."""

    name = "mesh"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether it is one of the formats, by content where that tells, else by its ending."""
        return kind_of(path, head) != ""

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read the file; None when an error was found."""
        from cim_bridge.cityunits import filtered
        from cim_bridge.meshes.collect import collect, frame_of, read_body
        from cim_bridge.meshes.precheck import trusted

        with path.open("rb") as handle:
            kind = kind_of(path, handle.read(HEAD_BYTES))
        if not trusted(path, kind, log):
            return None
        body = read_body(path, kind, wish.up, log)
        frame = frame_of(body, wish, log, path) if body is not None else None
        if body is None or frame is None:
            return None
        reading = collect(body, frame, wish, path.name.split(".")[0], log, path.name)
        return filtered(reading, wish.where, log, path.name)


READER = MeshFile()
"""The reader, as the seam names it."""
