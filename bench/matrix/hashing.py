"""One digest of a whole folder: names and bytes of every file."""

from __future__ import annotations

import hashlib
from pathlib import Path


def code_digest(root: Path) -> str:
    """Digest of what makes the rows: rows of other code are of no use."""
    found = hashlib.sha256()
    for package in ("cim_bridge", "bench/matrix"):
        for path in sorted((root / package).rglob("*")):
            if path.suffix in (".py", ".toml"):
                found.update(path.read_bytes())
    return found.hexdigest()[:16]


def digest_of(folder: Path) -> str:
    """SHA-256 over the sorted relative names and the contents; locks do not count."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".lock":
            found.update(path.relative_to(folder).as_posix().encode() + b"\0")
            found.update(hashlib.sha256(path.read_bytes()).digest())
        elif path.is_dir():
            found.update(path.relative_to(folder).as_posix().encode() + b"/\0")
    return found.hexdigest()
