"""Code lists (gml:Dictionary) that lie in the package: code → description."""

from __future__ import annotations

from pathlib import Path

from cim_bridge.citygml.package import inside, is_remote, package_root
from cim_bridge.citygml.stream import Element, local, small_document
from cim_bridge.issues import IssueLog

MOST_BYTES = 16 << 20
"""A code list is small; a larger file is none."""


class CodeLists:
    """Looks codes up for one document and remembers which lists were absent."""

    def __init__(self, document: Path, log: IssueLog) -> None:
        self._document = document
        self._root = package_root(document)
        self._log = log
        self._lists: dict[str, dict[str, str]] = {}
        self.absent: dict[str, None] = {}

    def meaning(self, space: str, code: str) -> str:
        """Return the description of a code, "" where it is not known."""
        found = self._lists.get(space)
        if found is None:
            found = self._lists[space] = self._read(space)
        return found.get(code.strip(), "")

    def _read(self, space: str) -> dict[str, str]:
        if is_remote(space):
            return {}
        path = inside(self._document, self._root, space)
        if path is None or not path.is_file() or path.stat().st_size > MOST_BYTES:
            self.absent[space.rpartition("/")[2]] = None
            return {}
        root, reason = small_document(path.read_bytes())
        if root is None:
            self._log.add("CODELIST_BROKEN", file=self._document, list=path.name, reason=reason)
            return {}
        return dict(_entry(one) for one in root.iter("{*}Definition"))


def _entry(definition: Element) -> tuple[str, str]:
    texts = {local(child): (child.text or "").strip() for child in definition}
    return texts.get("name", ""), texts.get("description", "")
