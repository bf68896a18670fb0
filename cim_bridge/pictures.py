"""Images that a document names: found beside it, never outside it, never fetched."""

from __future__ import annotations

import base64
import binascii
from pathlib import Path

from cim_bridge.citygml.package import inside, is_remote, package_root
from cim_bridge.issues import IssueLog
from cim_bridge.materials import Picture


class Pictures:
    """Texture images named in one document: are they there, and inside its package?"""

    def __init__(self, document: Path) -> None:
        self.document = document
        self._root = package_root(document)
        self._known: dict[str, Picture | None] = {}
        self._wrong: dict[str, list[str]] = {}

    def take(self, uri: str) -> Picture | None:
        """Return the image of a URI; None, with an Issue to come, when it cannot be used."""
        uri = uri.strip()
        if uri not in self._known:
            self._known[uri] = self._find(uri)
        return self._known[uri]

    def _find(self, uri: str) -> Picture | None:
        if uri[:5].lower() == "data:":
            return self._embedded(uri)
        if is_remote(uri):
            return self._refuse("TEXTURE_REMOTE", uri)
        path = inside(self.document, self._root, uri)
        if path is None:
            return self._refuse("TEXTURE_OUTSIDE", uri)
        return Picture(path) if path.is_file() else self._refuse("TEXTURE_MISSING", uri)

    def _embedded(self, uri: str) -> Picture | None:
        head, _, text = uri.partition(",")
        try:
            return Picture(data=base64.b64decode(text, validate=head.endswith(";base64")))
        except binascii.Error:
            return self._refuse("TEXTURE_MISSING", uri)

    def _refuse(self, code: str, uri: str) -> Picture | None:
        self._wrong.setdefault(code, []).append(uri)
        return None

    @property
    def escapes(self) -> bool:
        """Whether anything was named that lies outside the package or on another machine."""
        return bool({"TEXTURE_OUTSIDE", "TEXTURE_REMOTE"} & self._wrong.keys())

    def report(self, log: IssueLog) -> None:
        """Add one Issue for each kind of image that cannot be used."""
        for code, uris in sorted(self._wrong.items()):
            log.add(code, file=self.document, count=len(uris), image=uris[0][:200])
