"""The files a source was bridged from, found again by their recorded path and hash."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.sources import files_of
from cim_bridge.staging import file_digest


def originals(folder: CityFolder, source: dict[str, Any]) -> list[Path] | None:
    """Paths of a manifest's source, each with the very bytes that were read; None if one is gone.

    Recorded paths are tried as they are and from the city folder.
    """
    listed = CityFolder.open(folder.path).config.raw.get("source", [])
    told: dict[str, Any] = next((item for item in listed if item["name"] == source["name"]), {})
    given = [Path(text) for text in told.get("paths", [])]
    there = [path for one in given for path in (one, folder.path / one) if path.exists()]
    known = {path.name: path for path in reversed(files_of(there, IssueLog()))}
    found = []
    for entry in source["files"]:
        path = known.get(entry["name"])
        if path is None or not path.is_file() or path.stat().st_size != entry["bytes"]:
            return None
        if file_digest(path) != entry["sha256"]:
            return None
        found.append(path)
    return found
