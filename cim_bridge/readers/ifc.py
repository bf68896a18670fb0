"""IFC 2x3 and 4: buildings with their elements' bodies, storeys as objects below them."""

from __future__ import annotations

from pathlib import Path

from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish


class IfcFile:
    """Reads one IFC STEP file in a child process (see cim_bridge.ifc)."""

    name = "ifc"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether it is a STEP file of an IFC schema, or is named so."""
        text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
        if text.startswith(b"ISO-10303-21"):
            return b"IFC" in head.upper()
        return path.suffix.lower() == ".ifc"

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read the file; None when an error was found."""
        from cim_bridge.cityunits import filtered
        from cim_bridge.ifc.collect import collect
        from cim_bridge.ifc.georeference import frame_of
        from cim_bridge.ifc.kernels import read_ifc

        ifc = read_ifc(path, log)
        if ifc is None:
            return None
        if not ifc.shapes:
            log.add("IFC_NO_SHAPES", file=path, schema=ifc.facts["schema"])
            return None
        if ifc.lacking:
            log.add("IFC_SHAPES_LACKING", file=path, id=ifc.lacking[0], count=len(ifc.lacking))
        frame = frame_of(ifc.facts, wish, log, path)
        if frame is None:
            return None
        stem = path.name.split(".")[0]
        reading = collect(ifc, frame, wish, stem, log, path.name)
        return filtered(reading, wish.where, log, path.name)


READER = IfcFile()
"""The reader, as the seam names it."""
