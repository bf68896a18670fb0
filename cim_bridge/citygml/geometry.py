"""Second pass for references across features: only the geometries that were asked for are kept."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cim_bridge.citygml.batch import Batch
from cim_bridge.citygml.names import GML
from cim_bridge.citygml.stream import elements
from cim_bridge.citygml.surfaces import Known, Walker
from cim_bridge.issues import IssueLog

MOST = 1_000_000
"""References that are looked up at most; a model in which more are open is broken."""


def find_geometry(path: Path, wanted: Mapping[str, str], known: Known) -> bool:
    """Look ids up anywhere in the file; True when at least one was found."""
    open_ids = set(list(wanted)[:MOST])
    keys = [f"{{{space}}}id" for space in GML]
    found = False
    for member in elements(path, IssueLog()):
        for element in member.iter():
            name = next((n for key in keys if (n := element.get(key)) is not None), None)
            if name in open_ids:
                key = next(key for key in keys if element.get(key) is not None)
                walker = Walker(key, Batch(), known.appearance)
                known.faces[str(name)] = [(r, look) for r, _, look in walker.faces_in(element)]
                open_ids.discard(name)
                found = True
    return found
