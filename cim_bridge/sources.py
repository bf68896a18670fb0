"""What was named as a source, as files: a folder stands for every file in it that we read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from cim_bridge.issues import IssueLog
from cim_bridge.reader import HEAD_BYTES, readers

TILESET = "tileset.json"


def files_of(sources: Sequence[Path], log: IssueLog) -> list[Path]:
    """Files in a fixed order; an Issue for a folder that holds nothing we read."""
    found: list[Path] = []
    for source in sources:
        inner = list(_inside(source)) if source.is_dir() else [source]
        if not inner:
            log.add("FOLDER_EMPTY", file=source, path=source)
        found += inner
    return list(dict.fromkeys(found))


def _inside(folder: Path) -> Iterator[Path]:
    """A tileset is entered by its root; in other folders every file that a reader recognises."""
    if (folder / TILESET).is_file():
        yield folder / TILESET
        return
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if not hidden and path.is_file() and not path.is_symlink() and _recognised(path):
            yield path


def _recognised(path: Path) -> bool:
    with path.open("rb") as handle:
        head = handle.read(HEAD_BYTES)
    reader = next((reader for reader in readers() if reader.recognises(path, head)), None)
    worth = getattr(reader, "worth", None)  # a table in a folder may be a list of anything
    return reader is not None and (worth is None or bool(worth(path, head)))
