"""The folder a document came in: paths named inside it must stay inside it, nothing is fetched."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

_MARKS = ("codelists", "udx")
_CLIMB = 6
_SCHEME = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:")


def package_root(path: Path) -> Path:
    """Return the folder that holds `codelists` or `udx` above a document, else its own."""
    here = path.resolve().parent
    for folder in (here, *here.parents[:_CLIMB]):
        if any((folder / mark).is_dir() for mark in _MARKS):
            return folder
    return here


def is_remote(uri: str) -> bool:
    """Whether a URI names another machine or scheme; such are never opened."""
    return bool(_SCHEME.match(uri.strip())) or uri.strip().startswith(("//", "\\\\"))


def inside(document: Path, root: Path, uri: str) -> Path | None:
    """Return the file that a relative URI names; None when it could lie outside the package."""
    text = unquote(uri.strip())
    if not text or "\0" in text or "\\" in text or is_remote(text) or unquote(text) != text:
        return None
    if PurePosixPath(text).is_absolute():
        return None
    found = (document.resolve().parent / text.partition("#")[0]).resolve()
    return found if found.is_relative_to(root) and found != root else None
