"""Is a release whole? Every file hashed once; afterwards its sizes and times are enough.

A release is never changed, so a proof holds as long as no file was touched. What was proven is
noted in `<city>/.cache/proven`; without the note, or after any touch, every file is hashed again.
`cimtwin doctor --city` always hashes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path

from cim_bridge.errors import Damaged
from cim_bridge.folder import CityFolder
from cim_bridge.issues import IssueLog
from cim_bridge.staging import stamp, verify


def prove_release(folder: CityFolder, model: str, results: str) -> None:
    """Hash every file of a publication: refuse it where one is missing or is not as its hash says.

    Nothing is written.
    """
    _prove_both(folder, model, results, lambda release, _: verify(release))


def prove_and_note(folder: CityFolder, model: str, results: str) -> None:
    """The same, and note what was proven."""
    _prove_both(folder, model, results, _noted)


def prove_unless_noted(folder: CityFolder, model: str, results: str) -> None:
    """Believe what was proven and not touched since; hash the rest, and note it."""

    def prove(release: Path, note: Path) -> None:
        if _read(note) != stamp(release):
            _noted(release, note)

    _prove_both(folder, model, results, prove)


def _noted(release: Path, note: Path) -> None:
    before = stamp(release)
    verify(release)
    if stamp(release) == before:
        _write(note, before)


def _prove_both(
    folder: CityFolder, model: str, results: str, prove: Callable[[Path, Path], None]
) -> None:
    log = IssueLog()
    releases = {"model": folder.models / model}
    if results:
        releases["results"] = folder.results / results
    for what, release in releases.items():
        if not release.is_dir():
            log.add("RELEASE_MISSING", what=what, id=release.name)
            continue
        try:
            prove(release, folder.path / ".cache" / "proven" / release.name)
        except Damaged:
            log.add("RELEASE_DAMAGED", what=what, id=release.name)
    log.raise_if_errors()


def _read(note: Path) -> str:
    try:
        return note.read_text(encoding="ascii")
    except (OSError, ValueError):
        return ""


def _write(note: Path, told: str) -> None:
    """Note a proof; an account that may not write here proves by hashes every time."""
    with contextlib.suppress(OSError):
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(told, encoding="ascii")
