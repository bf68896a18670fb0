"""CityGML 1.0, 2.0 and 3.0, streamed: memory depends on a chunk of features, not on the file.

What parses is imported where it works: as a rule a child does, not this process.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from cim_bridge.citygml.head import head_text
from cim_bridge.issues import IssueLog
from cim_bridge.reader import Reading, Wish, join_readings, no_garbage_collection

_ROOT = re.compile(r"<(?:[\w.-]+:)?CityModel[\s>]")


class CityGml:
    """Reads one CityGML document."""

    name = "citygml"

    def recognises(self, path: Path, head: bytes) -> bool:
        """Whether the root element is a CityModel, or the name says so and nothing else does."""
        text = head_text(head).lstrip()
        if not text.startswith("<"):
            return False
        named = path.suffix.lower() in (".gml", ".citygml", ".xml")
        if _ROOT.search(text) or (named and "www.opengis.net/citygml" in text):
            return True
        other = re.search(r"<(?:[\w.-]+:)?(?!CityModel)[A-Za-z_][\w.-]*[\s>]", text)
        return path.suffix.lower() in (".gml", ".citygml") and (not other or "<!DOCTYPE" in text)

    def read(self, path: Path, wish: Wish, log: IssueLog) -> Reading | None:
        """Read the file in this process; None when an error was found."""
        from cim_bridge.citygml.document import read_into

        parts: list[Reading] = []
        with no_garbage_collection():
            told = read_into(path, wish, parts.append, parts.clear)
        log.extend(told)
        if told.errors:
            return None
        return join_readings(parts) if parts else Reading(None, [])

    def stream(self, path: Path, wish: Wish, log: IssueLog) -> Iterator[Reading]:
        """Let a child parse the XML into chunks on disk; nothing comes when an error was found."""
        from cim_bridge.citygml.apart import parsed_apart

        yield from parsed_apart(path, wish, log)


READER = CityGml()
"""The reader, as the seam names it."""
