"""One writer at a time in a city folder, and no leftovers of a writer that was killed."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import click

from cim_bridge.folder import CityFolder

_STAGING = ".staging-*"


@contextmanager
def one_writer(folder: CityFolder) -> Iterator[None]:
    """Hold the city's lock while working on it; wait when another command holds it.

    Under the lock no other writer can be alive, so staging folders that are still there were left
    by one that was killed: they are removed.
    """
    with (folder.path / ".lock").open("w") as handle:
        _lock(handle)
        for parent in (folder.models, folder.batches, folder.results, folder.surveys):
            for left in parent.glob(_STAGING):
                shutil.rmtree(left, ignore_errors=True)
        yield


def _lock(handle: IO[str]) -> None:
    if sys.platform == "win32":  # pragma: no cover - advisory locks are POSIX; Windows goes without
        return
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        click.echo(
            "另一个命令正在写入此城市，等待… / waiting for another command that writes here",
            err=True,
        )
        fcntl.flock(handle, fcntl.LOCK_EX)
